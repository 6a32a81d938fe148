"""How far the mean of some trials may be from the mean of all: the percentile bootstrap."""

from collections.abc import Sequence

import numpy as np

LEVEL = 0.95  # of the intervals
RESAMPLES = 2000  # the ends of an interval are then exact to about a tenth of a standard error
AT_ONCE = 200  # of them, for memory


def intervals(scores: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return an interval for the mean of each row that holds the true mean in 95 % of cases.

    The T trials are drawn anew with replacement, 2000 times; the interval spans the middle 95 % of
    the means. A trial is drawn as a whole: what it was scored with, say random weights of its own,
    comes along, so that chance in both is counted. All rows see the same draws. The fewer the
    trials, the more too narrow the interval: 10 give 90 % instead of 95 %.

    Args:
        scores: ``(K, T)`` scores of K conditions in T independent trials.
        rng: source of the draws.

    Returns: ``(K, 2)``, lower and upper end.

    Source: Efron & Tibshirani 1993, An Introduction to the Bootstrap, chapter 13.
    """
    n = scores.shape[1]
    means = np.array(
        [scores.take(rng.integers(n, size=n), axis=1).mean(axis=1) for _ in range(RESAMPLES)]
    )
    return _middle(means)


def crossed_intervals(tables: Sequence[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """Return an interval for the mean of each table whose rows and columns are both a matter of
    chance.

    Say each of D random weights was tried on each of the same S samples: rows and columns are drawn
    anew independently, so that the luck of both is counted, if anything too much of it. All tables
    see the same draws of columns, and those with as many rows of rows; a single row is kept.

    Args:
        tables: K of ``(D, S)``; D may differ.
        rng: source of the draws.

    Returns: ``(K, 2)``, lower and upper end.

    Source: Owen 2007, The pigeonhole bootstrap.
    """
    means = np.empty((RESAMPLES, len(tables)))
    for first in range(0, RESAMPLES, AT_ONCE):
        columns = _counts(tables[0].shape[1], rng)
        rows = {n: _counts(n, rng) for n in sorted({len(table) for table in tables})}
        for k, table in enumerate(tables):
            sums = (rows[len(table)] * (columns @ table.T)).sum(axis=1)
            means[first : first + AT_ONCE, k] = sums / table.size
    return _middle(means)


def _counts(n: int, rng: np.random.Generator) -> np.ndarray:
    """Return how often each of n is drawn with replacement in n draws, ``(AT_ONCE, n)``."""
    drawn = rng.integers(n, size=(AT_ONCE, n)) + n * np.arange(AT_ONCE)[:, None]
    return np.bincount(drawn.ravel(), minlength=AT_ONCE * n).reshape(AT_ONCE, n).astype(float)


def _middle(means: np.ndarray) -> np.ndarray:
    """Return the ends of the middle 95 % of each column."""
    tail = (1 - LEVEL) / 2
    ends: np.ndarray = np.quantile(means, (tail, 1 - tail), axis=0)
    return ends.T
