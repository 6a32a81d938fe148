"""What is said of a few values of each of two groups: an interval, an effect size, a rank test."""

import math
from collections.abc import Sequence

import numpy as np

LEVEL = 0.95  # of intervals
RESAMPLES = 10_000
AT_ONCE = 2**20  # values that are drawn together
MOST_EXACT = 100  # values of both groups, for which all ways to divide them are counted


def median_interval(values: np.ndarray, rng: np.random.Generator) -> tuple[float, float]:
    """Return a 95 % interval of the median by the percentile bootstrap.

    The values are drawn anew with replacement, 10,000 times; the interval spans the middle 95 % of
    the medians. Of fewer than five values it is hardly more than their range.

    Args:
        values: ``(n,)`` independent values.
        rng: source of the draws.

    Source: Efron & Tibshirani 1993, An Introduction to the Bootstrap, chapter 13.
    """
    n, step = len(values), max(1, AT_ONCE // len(values))
    medians = np.concatenate(
        [
            np.median(values[rng.integers(n, size=(min(step, RESAMPLES - first), n))], axis=1)
            for first in range(0, RESAMPLES, step)
        ]
    )
    low, high = np.quantile(medians, ((1 - LEVEL) / 2, (1 + LEVEL) / 2))
    return float(low), float(high)


def advantage(values: np.ndarray, others: np.ndarray) -> float:
    """Return Vargha-Delaney's A: the chance that one of the values is larger than one of the
    others, equal ones counted half.

    Source: Vargha & Delaney 2000, A critique and improvement of the CL common language effect size
    statistics.
    """
    ascending = np.sort(others)
    smaller = np.searchsorted(ascending, values, "left").sum()
    not_larger = np.searchsorted(ascending, values, "right").sum()
    return float((smaller + not_larger) / (2 * len(values) * len(others)))


def rank_test(values: np.ndarray, others: np.ndarray) -> float:
    """Return the two-sided p-value of the Mann-Whitney U test.

    It is the chance that values of one distribution, divided at random into two such groups, differ
    in their ranks at least as much: twice the smaller tail. Of up to 100 values together all ways
    to divide them are counted, ties included; of more, it is the normal approximation with
    corrections for ties and continuity.

    Args:
        values: ``(n,)`` independent values.
        others: ``(m,)`` likewise.

    Source: Mann & Whitney 1947; ties as Lehmann 1975, Nonparametrics, section 1.4.
    """
    n, both = len(values), np.concatenate((values, others))
    _, place, counts = np.unique(both, return_inverse=True, return_counts=True)
    ranks = (2 * (np.cumsum(counts) - counts) + counts + 1)[place]  # doubled: whole numbers
    if len(both) > MOST_EXACT:
        return _normal(float(ranks[:n].sum()) / 2, n, counts)
    # ways[k, s]: to choose k of the values seen until then whose doubled ranks have the sum s
    ways = np.zeros((n + 1, int(ranks.sum()) + 1))
    ways[0, 0] = 1.0
    for rank in ranks:
        ways[1:, rank:] += ways[:-1, :-rank]
    chances, found = ways[n] / ways[n].sum(), ranks[:n].sum()
    return min(1.0, 2 * float(min(chances[: found + 1].sum(), chances[found:].sum())))


def _normal(rank_sum: float, n: int, counts: np.ndarray) -> float:
    """Return the p-value of a sum of n ranks by the normal distribution.

    Args:
        rank_sum: of the first group.
        n: values in it.
        counts: how often each value is there in both groups.
    """
    total = int(counts.sum())
    m = total - n
    ties = float((counts.astype(float) ** 3 - counts).sum()) / (total * (total - 1))
    variance = n * m / 12 * (total + 1 - ties)
    if variance <= 0:  # all values are equal
        return 1.0
    distance = abs(rank_sum - n * (total + 1) / 2) - 0.5
    return min(1.0, math.erfc(distance / math.sqrt(2 * variance)))


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values corrected for there being several, in their order.

    With them the chance that any of true null hypotheses is rejected stays below the level.

    Source: Holm 1979, A simple sequentially rejective multiple test procedure.
    """
    corrected, largest = [0.0] * len(p_values), 0.0
    order = sorted(range(len(p_values)), key=lambda k: p_values[k])
    for rank, k in enumerate(order):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[k]))
        corrected[k] = largest
    return corrected
