"""The statistics against slow, obvious twins, and SciPy's where it is installed."""

from itertools import combinations

import numpy as np
import pytest

from wann.compare import statistics
from wann.compare.statistics import advantage, holm, median_interval, rank_test

RNG = np.random.default_rng(0)
#: groups of values, without ties and with many
GROUPS = [
    (RNG.normal(size=n), RNG.normal(0.5, 1, size=m)) for n, m in ((1, 1), (1, 4), (3, 3), (5, 4))
] + [
    (RNG.integers(0, top, n).astype(float), RNG.integers(0, top, m).astype(float))
    for n, m, top in ((3, 3, 2), (5, 4, 3), (2, 6, 3), (4, 4, 1))
]


def slow_rank_test(values, others):
    """Return the p-value by trying each division of the values into two groups."""
    both = [*values, *others]
    ranks = [sum(v < w for v in both) + (1 + sum(v == w for v in both)) / 2 for w in both]
    sums = [sum(ranks[k] for k in chosen) for chosen in combinations(range(len(both)), len(values))]
    own = sum(ranks[: len(values)])
    tails = sum(s <= own for s in sums), sum(s >= own for s in sums)
    return min(1.0, 2 * min(tails) / len(sums))


@pytest.mark.parametrize(("values", "others"), GROUPS)
def test_the_rank_test_is_that_of_all_permutations(values, others):
    assert rank_test(values, others) == pytest.approx(slow_rank_test(values, others), rel=1e-12)
    assert rank_test(others, values) == pytest.approx(rank_test(values, others), rel=1e-12)


def test_the_rank_test_of_known_values():
    assert rank_test(np.arange(3.0), np.arange(3.0, 6)) == pytest.approx(2 / 20)
    assert rank_test(np.arange(5.0), np.arange(5.0, 10)) == pytest.approx(2 / 252)
    assert rank_test(np.ones(4), np.ones(6)) == 1.0 == rank_test(np.ones(80), np.ones(60))


@pytest.mark.parametrize("exact", [True, False])
def test_the_rank_test_is_that_of_scipy(exact, monkeypatch):
    scipy = pytest.importorskip("scipy.stats")
    if not exact:
        monkeypatch.setattr(statistics, "MOST_EXACT", 0)
    for n, m in ((3, 5), (10, 10), (50, 50), (7, 40)):
        values, others = RNG.normal(size=n), RNG.normal(0.3, 1, m)
        ties = RNG.integers(0, 5, n), RNG.integers(1, 6, m)
        for one, other in [(values, others)] + ([] if exact else [ties]):
            method = "exact" if exact else "asymptotic"
            wanted = scipy.mannwhitneyu(one, other, method=method).pvalue
            assert rank_test(one, other) == pytest.approx(wanted, rel=1e-9), (n, m)


def test_many_values_are_near_the_exact_test(monkeypatch):
    values, others = RNG.integers(0, 30, 40).astype(float), RNG.integers(3, 33, 45).astype(float)
    exact = rank_test(values, others)
    monkeypatch.setattr(statistics, "MOST_EXACT", 80)
    assert rank_test(values, others) == pytest.approx(exact, rel=0.1)


@pytest.mark.parametrize(("values", "others"), GROUPS)
def test_advantage_counts_pairs(values, others):
    pairs = [(v > w) + (v == w) / 2 for v in values for w in others]
    assert advantage(values, others) == pytest.approx(np.mean(pairs), rel=1e-12)


def test_holm():
    assert holm([]) == [] and holm([0.2]) == [0.2]
    # the textbook's way: the smallest times 3, the next times 2, never less than the one before
    assert holm([0.03, 0.01, 0.02]) == pytest.approx([0.04, 0.03, 0.04])
    assert holm([0.6, 0.5]) == [1.0, 1.0]


def test_median_interval():
    values = RNG.normal(3, 1, 31)
    low, high = median_interval(values, np.random.default_rng(0))
    assert low < np.median(values) < high and {low, high} <= set(values.tolist())
    assert (low, high) == median_interval(values, np.random.default_rng(0))
    assert median_interval(np.full(4, 2.0), np.random.default_rng(0)) == (2.0, 2.0)


def test_median_interval_of_many_values_is_drawn_in_parts(monkeypatch):
    values = np.arange(100.0)
    whole = median_interval(values, np.random.default_rng(1))
    monkeypatch.setattr(statistics, "AT_ONCE", 1000)
    assert median_interval(values, np.random.default_rng(1)) == whole


@pytest.mark.slow
def test_median_interval_holds_the_median_as_often_as_it_says():
    rng = np.random.default_rng(5)
    held = 0
    for _ in range(200):
        low, high = median_interval(rng.exponential(size=20), rng)
        held += low <= np.log(2) <= high
    assert 0.88 <= held / 200 <= 0.99
