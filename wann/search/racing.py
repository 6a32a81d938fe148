"""Racing: networks that fall behind in a part of a sweep are not played in the rest of it.

For tasks whose rollouts are slow: most children are worse than their parents, and a few rollouts
show it.
"""

import numpy as np

from wann.search.nsga2 import fronts, rank
from wann.search.search import WannSearch
from wann.workers.evaluator import Evaluator

HEATS = (1 / 4, 1 / 2, 1.0)  # shares of the sweep that have been played after each heat


def race(
    evaluate: Evaluator,
    search: WannSearch,
    weights: np.ndarray,
    trials: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return the ``(N, W, T)`` scores of the genomes of the last ask, NaN where a network was not
    played.

    All networks are in the first heat: at some of the weights in the first trial, or at all weights
    in some of the trials. Into each of the others go the better half of those that are left, and
    whoever is on their Pareto front.

    Args:
        evaluate: scores genomes.
        search: after ask.
        weights: ``(W,)`` shared weights.
        trials: ``(T, ...)``.
        rng: decides the order of the weights.

    Source: Jamieson & Talwalkar 2016, arXiv 1502.07943 (successive halving); that the front goes on
    is ours.
    """
    genomes = search.population
    scores = np.full((len(genomes), len(weights), len(trials)), np.nan)
    # the place of each rollout in the sweep: trial by trial, the weights of each in this order
    place = rng.permutation(len(weights))[:, None] + len(weights) * np.arange(len(trials))
    left, played = np.arange(len(genomes)), 0
    for share in HEATS:
        end = int(np.ceil(share * place.size))
        heat = (place >= played) & (place < end)
        for at in np.unique(heat, axis=1).T:  # the trials of one heat may have different weights
            w, t = np.flatnonzero(at), np.flatnonzero((heat == at[:, None]).all(axis=0))
            if len(w):
                scores[np.ix_(left, w, t)] = evaluate(
                    [genomes[i] for i in left.tolist()], weights[w], trials[t]
                )
        if end < place.size:
            left = left[survivors(search.objectives(scores)[left])]
        played = end
    return scores


def survivors(objectives: np.ndarray) -> np.ndarray:
    """Return which of the points ``(N, 2)`` go on, ascending: the better half, and all on the
    Pareto front.
    """
    n = max(-(-len(objectives) // 2), int((fronts(objectives) == 0).sum()))
    return np.sort(rank(objectives)[:n])
