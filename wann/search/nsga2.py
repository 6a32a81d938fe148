"""NSGA-II's ranking as pure functions on an array of objectives, all to be maximised.

Source: Deb, Pratap, Agarwal & Meyarivan 2002, "A fast and elitist multiobjective genetic
algorithm: NSGA-II", sections III-A and III-B; the fronts by a sweep as in Jensen 2003.
"""

import numpy as np

from wann.genome.genome import grouped
from wann.jit import compiled


def sorted_points(objectives: np.ndarray) -> np.ndarray:
    """Return the order of points, ``(N,)``, by the first objective, then by the second."""
    order: np.ndarray = np.lexsort(objectives.T[::-1])
    return order


def fronts(objectives: np.ndarray, order: np.ndarray | None = None) -> np.ndarray:
    """Return the number of the non-dominated front of each point, 0 for the best, in O(N log N).

    Args:
        objectives: ``(N, 2)``, finite, to be maximised.
        order: ``sorted_points(objectives)``, where it is known.

    Returns: ``(N,)`` of int.  Equal points share a front: neither dominates the other.
    """
    front: np.ndarray = sweep(objectives, sorted_points(objectives) if order is None else order)
    return front


@compiled
def sweep(objectives: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Return the front of each point, given their order by the first objective.

    From the best first objective down, a point is dominated by a front exactly if that front has
    seen a second objective at least as good.  Later fronts have seen less, so a binary search finds
    the first front that does not dominate it.  Equal points follow one another.
    """
    n = order.size
    front, best_seen, n_fronts = np.empty(n, np.int64), np.empty(n), 0
    for place in range(n - 1, -1, -1):
        i = order[place]
        first, second = objectives[i]
        if place < n - 1:
            last = order[place + 1]
            if objectives[last, 0] == first and objectives[last, 1] == second:
                front[i] = front[last]
                continue
        low, high = 0, n_fronts
        while low < high:
            middle = (low + high) // 2
            if best_seen[middle] >= second:
                low = middle + 1
            else:
                high = middle
        front[i], best_seen[low] = low, second
        n_fronts = max(n_fronts, low + 1)
    return front


def crowding_distance(
    objectives: np.ndarray, front: np.ndarray, order: np.ndarray | None = None
) -> np.ndarray:
    """Return the crowding distance of each point within its front.

    For each objective the gap between a point's two neighbours is divided by the front's range;
    the ends are infinitely far.  Of several equal points the first counts as the point and the
    others get 0: they add no diversity.

    Args:
        objectives: ``(N, 2)``, finite.
        front: ``(N,)`` from ``fronts``.
        order: ``sorted_points(objectives)``, where it is known.

    Returns: ``(N,)`` distances in ``(0, 2]``, inf, or 0 for a repeated point.
    """
    order = sorted_points(objectives) if order is None else order
    distance: np.ndarray = gaps(objectives, front, order)
    return distance


@compiled
def gaps(objectives: np.ndarray, front: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Return the crowding distances of points in fronts, given their order by the first objective.

    With two objectives one order serves both: along a front one rises as the other falls.
    """
    distance = np.zeros(order.size)
    place, start = grouped(front[order], front.max() + 1)
    for k in range(start.size - 1):
        members = np.empty(start[k + 1] - start[k], np.int64)  # the first of equal points
        n = 0
        for i in order[place[start[k] : start[k + 1]]]:
            if n == 0 or (objectives[i] != objectives[members[n - 1]]).any():
                members[n] = i
                n += 1
        for m in range(n):
            if m == 0 or m == n - 1:
                distance[members[m]] = np.inf
                continue
            for q in range(2):
                gap = objectives[members[m + 1], q] - objectives[members[m - 1], q]
                spread = objectives[members[n - 1], q] - objectives[members[0], q]
                distance[members[m]] += gap / spread
    return distance


def rank(objectives: np.ndarray) -> np.ndarray:
    """Return the indices of all points from best to worst: by front, then the less crowded first.

    Args:
        objectives: ``(N, 2)``, finite, to be maximised.

    Returns: ``(N,)``, a permutation; ties keep the order of the input.
    """
    order = sorted_points(objectives)
    front = fronts(objectives, order)
    best_first = np.argsort(-crowding_distance(objectives, front, order), kind="stable")
    ranked: np.ndarray = best_first[grouped(front[best_first], int(front.max()) + 1)[0]]
    return ranked
