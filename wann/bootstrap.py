"""How far the mean of some trials may be from the mean of all: the percentile bootstrap."""

import numpy as np

LEVEL = 0.95  # of the intervals
RESAMPLES = 2000  # the ends of an interval are then exact to about a tenth of a standard error


def intervals(scores: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return an interval for the mean of each row that holds the true mean in 95 % of cases.

    The T trials are drawn anew with replacement, 2000 times; the interval spans the middle 95 % of the means.  A
    trial is drawn as a whole: what it was scored with, say random weights of its own, comes along, so that chance
    in both is counted.  All rows see the same draws.  The fewer the trials, the more too narrow the interval: 10
    give 90 % instead of 95 %.

    Args:
        scores: ``(K, T)`` scores of K conditions in T independent trials.
        rng: source of the draws.

    Returns: ``(K, 2)``, lower and upper end.

    Source: Efron & Tibshirani 1993, An Introduction to the Bootstrap, chapter 13.
    """
    n = scores.shape[1]
    means = np.array([scores.take(rng.integers(n, size=n), axis=1).mean(axis=1) for _ in range(RESAMPLES)])
    tail = (1 - LEVEL) / 2
    return np.quantile(means, (tail, 1 - tail), axis=0).T
