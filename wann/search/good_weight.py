"""The shared weight that a champion is given: a good one, and not at an edge."""

from collections.abc import Callable, Sequence

import numpy as np

from wann.genome.genome import Genome
from wann.tasks import Task
from wann.tasks.checks import trials_of
from wann.tasks.task import capabilities_of

WEIGHTS = 41  # from minus to plus the largest of the sweep
TRIALS = 16  # at most


def good_weight(
    genome: Genome,
    task: Task,
    evaluate: Callable[[Sequence[Genome], np.ndarray, np.ndarray], np.ndarray],
    sweep: np.ndarray,
    scores: np.ndarray,
    rng: np.random.Generator,
) -> float:
    """Return a shared weight at which a genome is as good as at any.

    Args:
        genome: the network.
        task: on which it is scored.
        evaluate: ``(N, W, T)`` scores of genomes at W weights in T trials.
        sweep: ``(W,)`` the weights that it was evolved for. Where rollouts are slow, it is one of
            these; else of WEIGHTS from minus to plus the largest of them.
        scores: ``(W, T)`` its scores there; a quarter as many trials, up to TRIALS, will do for the
            others.
        rng: source of the trials.
    """
    weights = sweep
    if capabilities_of(task).cheap:
        weights = np.linspace(-np.abs(sweep).max(), np.abs(sweep).max(), WEIGHTS)
        n = min(TRIALS, max(2, scores.shape[1] // 4))
        scores = evaluate([genome], weights, trials_of(task, n, rng))[0]
    order = np.argsort(weights)
    return middle_of_plateau(weights[order], scores[order])


def middle_of_plateau(weights: np.ndarray, scores: np.ndarray) -> float:
    """Return the middle one of neighbouring weights that are as good as the best.

    A weight is as good if its mean is within two standard errors, of the difference in the same
    trials, of that of the best weight, and so are all weights between.

    Args:
        weights: ``(W,)``, ascending.
        scores: ``(W, T)`` in the same T trials.
    """
    best = int(np.argmax(scores.mean(axis=1)))
    lost = scores[best] - scores
    error = lost.std(axis=1) / max(1, scores.shape[1] - 1) ** 0.5
    good = lost.mean(axis=1) <= 2 * error
    first = last = best
    while first > 0 and good[first - 1]:
        first -= 1
    while last + 1 < len(weights) and good[last + 1]:
        last += 1
    return float(weights[(first + last) // 2])
