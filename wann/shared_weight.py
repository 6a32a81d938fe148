"""The best single weight of a network, found on trials that have no part in any score that is reported."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

#: ``score(weights, n)``: mean score of each of these weights, ``(W,)`` or ``(W, C)``, on the same n fresh trials.
Score = Callable[[np.ndarray, int], np.ndarray]

LIMIT = 3.0  # weights from minus to plus this are tried
STEP = 0.01  # of the sweep; the refined one is a quarter of it
ROUNDS = ((150, 64), (40, 256))  # how many of the best go on, and to how many fresh trials
REFINED, FINALISTS, FINAL_TRIALS = 5, 10, 1024


class SharedWeights(NamedTuple):
    """What the search for the best shared weight found.

    Attributes:
        best: the best weight.
        sweep: ``(W,)`` the weights of the sweep, ascending.
        means: ``(W,)`` their scores in the first round: good for finding regions, too good at their best.
    """

    best: float
    sweep: np.ndarray
    means: np.ndarray


def best_shared_weight(score: Score) -> SharedWeights:
    """Return the best shared weight: a fine sweep, then ever fewer weights on ever more fresh trials.

    Scores jump between neighbouring weights, so nothing is interpolated, and a weight counts only for what it
    scores itself.  The best of many noisy means is mostly lucky: each round has trials of its own, so that luck
    in one does not help in the next, and the last leaves a standard error of 1/32 of the spread over trials.
    Of equals the smaller magnitude is taken, then the positive one.
    """
    n = round(LIMIT / STEP)
    sweep = np.arange(-n, n + 1) * STEP
    means = score(sweep, 16)
    left, left_means = sweep, means
    for survivors, trials in ROUNDS:
        left = _best(left, left_means, survivors)
        left_means = score(left, trials)
    near = _best(left, left_means, REFINED)[:, None] + np.arange(-3, 4) * (STEP / 4)
    left = np.unique(np.concatenate((left, np.clip(near.ravel(), -LIMIT, LIMIT))))
    left = _best(left, score(left, ROUNDS[-1][1]), FINALISTS)
    return SharedWeights(float(_best(left, score(left, FINAL_TRIALS), 1)[0]), sweep, means)


def _best(weights: np.ndarray, means: np.ndarray, n: int) -> np.ndarray:
    """Return the n weights of the highest means, best first."""
    return weights[np.lexsort((-weights, np.abs(weights), -means))[:n]]
