"""NSGA-II against definitions, and against cases worked by hand."""

from itertools import pairwise

import numpy as np
import pytest

from wann.search.nsga2 import crowding_distance, fronts, in_order, rank


def slow_fronts(points):
    """Return the fronts by definition: peel off the points that no remaining point dominates."""
    front, left, k = np.full(len(points), -1), set(range(len(points))), 0
    while left:
        best = {
            i for i in left
            if not any(
                (points[j] >= points[i]).all() and (points[j] > points[i]).any() for j in left
            )
        }  # fmt: skip
        for i in best:
            front[i] = k
        left -= best
        k += 1
    return front


@pytest.mark.parametrize("seed", range(60))
def test_fronts_are_those_of_the_definition(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 70))
    if seed % 3 == 0:
        points = rng.normal(size=(n, 2))
    else:  # many ties and duplicates
        points = rng.integers(0, int(rng.integers(1, 9)), (n, 2)).astype(float)
    assert np.array_equal(fronts(points), slow_fronts(points))
    assert np.array_equal(in_order(points), np.lexsort(points.T[::-1]))


def test_fronts_by_hand():
    points = np.array([[1, 5], [3, 3], [5, 1], [1, 4], [3, 3], [0, 0], [5, 0]], float)
    assert fronts(points).tolist() == [0, 0, 0, 1, 0, 2, 1]


def slow_crowding(points):
    """Return the crowding distances of the distinct points of one front, by definition."""
    total = np.zeros(len(points))
    for values in points.T:
        order = np.argsort(values)
        total[order[[0, -1]]] = np.inf
        for k in range(1, len(points) - 1):
            total[order[k]] += (values[order[k + 1]] - values[order[k - 1]]) / (
                values.max() - values.min()
            )
    return total


ONE_FRONT = np.zeros(10, int)


def test_crowding_by_hand():
    # ranges 10 and 100: the middle points have neighbours at 0 and 5, then 2 and 10
    points = np.array([[5, 40], [0, 100], [10, 0], [2, 70]], float)
    distance = crowding_distance(points, ONE_FRONT[:4])
    assert distance.tolist() == [
        (10 - 2) / 10 + (70 - 0) / 100,
        np.inf,
        np.inf,
        (5 - 0) / 10 + (100 - 40) / 100,
    ]


def test_crowding_with_duplicates_counts_each_place_once():
    points = np.array([[0, 4], [1, 3], [1, 3], [2, 2], [4, 0], [4, 0]], float)
    distance = crowding_distance(points, ONE_FRONT[:6])
    assert distance[[0, 4]].tolist() == [np.inf, np.inf]
    assert distance[[2, 5]].tolist() == [0, 0]
    assert distance[1] == 2 / 4 + 2 / 4 and distance[3] == 3 / 4 + 3 / 4


def test_crowding_of_few_points():
    assert crowding_distance(np.array([[1.0, 2.0]]), ONE_FRONT[:1]).tolist() == [np.inf]
    assert crowding_distance(np.array([[1.0, 2.0], [1.0, 2.0]]), ONE_FRONT[:2]).tolist() == [
        np.inf,
        0,
    ]
    assert crowding_distance(np.array([[1.0, 2.0], [2.0, 1.0]]), ONE_FRONT[:2]).tolist() == [
        np.inf,
        np.inf,
    ]


@pytest.mark.parametrize("seed", range(20))
def test_crowding_of_all_fronts_is_that_of_each_by_definition(seed):
    points = np.unique(np.random.default_rng(seed).integers(0, 12, (60, 2)).astype(float), axis=0)
    np.random.default_rng(seed).shuffle(points)
    front = fronts(points)
    distance = crowding_distance(points, front)
    for k in range(front.max() + 1):
        assert np.allclose(distance[front == k], slow_crowding(points[front == k]))


def test_crowding_does_not_depend_on_units_or_order():
    rng = np.random.default_rng(0)
    points, one = (
        np.column_stack((np.sort(rng.random(20)), -np.sort(rng.random(20)))),
        np.zeros(20, int),
    )
    order = rng.permutation(20)
    assert np.array_equal(
        crowding_distance(points, one)[order], crowding_distance(points[order], one)
    )
    assert np.allclose(
        crowding_distance(points, one), crowding_distance(points * [1000, 0.001] + [5, 9], one)
    )


@pytest.mark.parametrize("seed", range(20))
def test_rank_sorts_by_front_then_by_crowding(seed):
    points = np.random.default_rng(seed).integers(0, 12, (50, 2)).astype(float)
    order, front = rank(points), fronts(points)
    distance = crowding_distance(points, front)
    assert sorted(order.tolist()) == list(range(50))
    assert (np.diff(front[order]) >= 0).all()
    for k in range(front.max() + 1):
        ranked = distance[order[front[order] == k]].tolist()
        assert all(a >= b for a, b in pairwise(ranked))


@pytest.mark.parametrize("decimals", [0, 1, 15])
@pytest.mark.parametrize("n", [1, 2, 3, 40, 1000])
def test_rank_is_two_stable_sorts_bit_for_bit(n, decimals):
    for seed in range(5):
        points = np.random.default_rng(seed).normal(size=(n, 2)).round(decimals)  # with -0.0
        front = fronts(points)
        distance = crowding_distance(points, front)
        assert np.array_equal(rank(points), np.lexsort((-distance, front)))
