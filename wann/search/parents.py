"""Who gets children: parents drawn from a generation that was ranked."""

import numpy as np

from wann.jit import compiled

EPSILON = 0.25  # median absolute deviations by which a network may be worse than the best


def tournament(order: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """Return the best of each row of candidates.

    Args:
        order: ``(N,)`` genomes from best to worst.
        draws: ``(C, K)`` the candidates' places in it.

    Returns: ``(C,)`` genomes.
    """
    # drawing places in ranked order makes the winner the least
    winners: np.ndarray = order[draws.min(axis=1)]
    return winners


def lexicase(
    order: np.ndarray, draws: np.ndarray, cases: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Return a winner of each row of candidates: who is best at one case after another.

    For each row the cases are put in a random order. At each, only candidates stay that are within
    EPSILON median absolute deviations of the best one that is left; the winner is drawn from those
    that stay to the end.

    Args:
        order: ``(N,)`` genomes from best to worst.
        draws: ``(C, K)`` the candidates' places in it.
        cases: ``(N, Q)`` score of each genome in each case; NaN is worse than all.
        rng: source of the orders and of the draws.

    Returns: ``(C,)`` genomes.

    Source: La Cava, Spector & Danai 2016, "Epsilon-lexicase selection for regression", GECCO; the
    thresholds are of the whole population, the best of those that are left: "semi-dynamic" in La
    Cava, Helmuth, Spector & Moore 2019, Evolutionary Computation 27 (3). Cases here are shared
    weights.
    """
    known = np.where(np.isnan(cases), -np.inf, cases)
    middle = np.nanmedian(cases, axis=0)
    epsilon = EPSILON * np.nanmedian(np.abs(cases - middle), axis=0)
    numbers = rng.random((len(draws), cases.shape[1] + 1))
    orders = np.argsort(numbers[:, :-1], axis=1)
    winners: np.ndarray = winners_of(order[draws], known, epsilon, orders, numbers[:, -1])
    return winners


@compiled
def winners_of(
    candidates: np.ndarray,
    cases: np.ndarray,
    epsilon: np.ndarray,
    orders: np.ndarray,
    numbers: np.ndarray,
) -> np.ndarray:
    """Return the winner of each row; ``numbers``, below 1, decide between those that stay."""
    winners = np.empty(len(candidates), np.int64)
    for i in range(len(candidates)):
        left = candidates[i].copy()
        n = left.size
        for case in orders[i]:
            best = -np.inf
            for k in range(n):
                best = max(best, cases[left[k], case])
            stay = 0
            for k in range(n):
                if cases[left[k], case] >= best - epsilon[case]:
                    left[stay] = left[k]
                    stay += 1
            n = stay
        winners[i] = left[int(numbers[i] * n)]
    return winners
