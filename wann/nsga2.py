"""NSGA-II's ranking as pure functions on an array of objectives, all to be maximised.

Source: Deb, Pratap, Agarwal & Meyarivan 2002, "A fast and elitist multiobjective genetic
algorithm: NSGA-II", sections III-A and III-B; the fronts by a sweep as in Jensen 2003.
"""

from bisect import bisect_right

import numpy as np


def _distinct(points: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the distinct points in ascending order, the index of the first of each, and which one each point is."""
    order = np.lexsort(points.T[::-1])
    ordered = points[order]
    new = np.ones(len(points), bool)
    new[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    inverse = np.empty(len(points), np.int64)
    inverse[order] = np.cumsum(new) - 1
    return ordered[new], order[new], inverse


def fronts(objectives: np.ndarray) -> np.ndarray:
    """Return the number of the non-dominated front of each point, 0 for the best, in O(N log N).

    Args:
        objectives: ``(N, 2)``, finite, to be maximised.

    Returns: ``(N,)`` of int.  Equal points share a front: neither dominates the other.
    """
    points, _, which = _distinct(objectives)
    front_of = np.empty(len(points), np.int64)
    # From the best first objective down, a point is dominated by a front exactly if that front has
    # seen a second objective at least as good.  Later fronts have seen less, so the list is sorted.
    best_seen: list[float] = []  # minus the best second objective of each front, ascending
    for i in range(len(points) - 1, -1, -1):
        second = -points[i, 1]
        k = bisect_right(best_seen, second)
        front_of[i] = k
        best_seen[k : k + 1] = [second]
    return front_of[which]


def crowding_distance(objectives: np.ndarray) -> np.ndarray:
    """Return the crowding distance of the points of one front.

    For each objective the gap between a point's two neighbours is divided by the front's range;
    the ends are infinitely far.  An objective in which all points are equal adds nothing.  Of
    several equal points the first counts as the point and the others get 0: they add no diversity.

    Args:
        objectives: ``(N, M)``, finite.

    Returns: ``(N,)`` distances in ``[0, M]`` or inf.
    """
    points, first, _ = _distinct(objectives)
    total = np.zeros(len(points))
    for values in points.T:
        order = np.argsort(values, kind="stable")
        spread = values[order[-1]] - values[order[0]]
        if spread > 0:
            total[order[1:-1]] += (values[order[2:]] - values[order[:-2]]) / spread
            total[(values == values[order[0]]) | (values == values[order[-1]])] = np.inf
        elif len(points) == 1:
            total[:] = np.inf
    distance = np.zeros(len(objectives))
    distance[first] = total
    return distance


def rank(objectives: np.ndarray) -> np.ndarray:
    """Return the indices of all points from best to worst: by front, then the less crowded first.

    Args:
        objectives: ``(N, 2)``, finite, to be maximised.

    Returns: ``(N,)``, a permutation; ties keep the order of the input.
    """
    front = fronts(objectives)
    crowding = np.empty(len(objectives))
    for k in range(front.max() + 1):
        members = np.flatnonzero(front == k)
        crowding[members] = crowding_distance(objectives[members])
    return np.lexsort((-crowding, front))
