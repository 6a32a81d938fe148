"""NSGA-II's ranking as pure functions on an array of objectives, all to be maximised.

Source: Deb, Pratap, Agarwal & Meyarivan 2002, "A fast and elitist multiobjective genetic
algorithm: NSGA-II", sections III-A and III-B; the fronts by a sweep as in Jensen 2003.
"""

import numpy as np

from wann.genome.genome import grouped
from wann.jit import compiled


def fronts(objectives: np.ndarray) -> np.ndarray:
    """Return the number of the non-dominated front of each point, 0 for the best, in O(N log N).

    Args:
        objectives: ``(N, 2)``, finite, to be maximised.

    Returns: ``(N,)`` of int.  Equal points share a front: neither dominates the other.
    """
    front: np.ndarray = sweep(objectives, in_order(objectives))
    return front


def crowding_distance(objectives: np.ndarray, front: np.ndarray) -> np.ndarray:
    """Return the crowding distance of each point within its front.

    For each objective the gap between a point's two neighbours is divided by the front's range;
    the ends are infinitely far.  Of several equal points the first counts as the point and the
    others get 0: they add no diversity.

    Args:
        objectives: ``(N, 2)``, finite.
        front: ``(N,)`` from ``fronts``.

    Returns: ``(N,)`` distances in ``(0, 2]``, inf, or 0 for a repeated point.
    """
    # with two objectives one order serves both: along a front one rises as the other falls
    distance: np.ndarray = distances(objectives, by_front(front, in_order(objectives)), front)
    return distance


def rank(objectives: np.ndarray) -> np.ndarray:
    """Return the indices of all points from best to worst: by front, then the less crowded first.

    Args:
        objectives: ``(N, 2)``, finite, to be maximised.

    Returns: ``(N,)``, a permutation; ties keep the order of the input.
    """
    order = in_order(objectives)
    front = sweep(objectives, order)
    distance = distances(objectives, by_front(front, order), front)
    return by_front(front, argsort(-distance))


# ----------------------------------------------------------------------------------------- sorting
def argsort(values: np.ndarray) -> np.ndarray:
    """Return the indices of values in ascending order, of equal ones in their own order.

    What NumPy's stable sort returns, from its fast one.
    """
    order = np.argsort(values)
    settle(values, order)
    return order


@compiled
def settle(values: np.ndarray, order: np.ndarray) -> None:
    """Put the indices of equal values, which lie together, in ascending order."""
    first = 0
    for k in range(1, order.size + 1):
        if k == order.size or values[order[k]] != values[order[first]]:
            if k - first > 1:
                order[first:k] = np.sort(order[first:k])
            first = k


def in_order(objectives: np.ndarray) -> np.ndarray:
    """Return the indices of points by the first objective, then the second, ascending."""
    order = argsort(np.ascontiguousarray(objectives[:, 0]))
    settle_pairs(objectives, order)
    return order


@compiled
def settle_pairs(points: np.ndarray, order: np.ndarray) -> None:
    """Put the indices of points whose first objective is the same, which lie together, in the order
    of the second, stably.
    """
    first = 0
    for k in range(1, order.size + 1):
        if k == order.size or points[order[k], 0] != points[order[first], 0]:
            if k - first > 1:
                some = order[first:k].copy()
                order[first:k] = some[np.argsort(points[some, 1], kind="mergesort")]
            first = k


def by_front(front: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Return the indices by front, those of one front in the order in which they are given."""
    fronts_first: np.ndarray = order[grouped(front[order], len(order))[0]]
    return fronts_first


# ------------------------------------------------------------------------ along an order of points
@compiled
def sweep(points: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Return the front of each point.

    From the best first objective down, a point is dominated by a front exactly if that front has
    seen a second objective at least as good.  Later fronts have seen less, so a binary search finds
    the first front that does not dominate it.

    Args:
        points: ``(N, 2)`` objectives.
        order: from ``in_order``.
    """
    front, best_seen, n_fronts = np.empty(order.size, np.int64), np.empty(order.size), 0
    for k in range(order.size - 1, -1, -1):
        i = order[k]
        if k + 1 < order.size and is_equal(points, i, order[k + 1]):
            front[i] = front[order[k + 1]]
            continue
        low, high = 0, n_fronts
        while low < high:
            middle = (low + high) // 2
            if best_seen[middle] >= points[i, 1]:
                low = middle + 1
            else:
                high = middle
        front[i], best_seen[low] = low, points[i, 1]
        n_fronts = max(n_fronts, low + 1)
    return front


@compiled
def distances(points: np.ndarray, order: np.ndarray, front: np.ndarray) -> np.ndarray:
    """Return ``crowding_distance``; the order is by front, then ``in_order``."""
    distance, n = np.zeros(order.size), order.size
    first = 0  # of the front
    while first < n:
        last = first
        while last + 1 < n and front[order[last + 1]] == front[order[first]]:
            last += 1
        k = first
        while k <= last:
            after = k + 1
            while after <= last and is_equal(points, order[k], order[after]):
                after += 1
            if k == first or after > last:
                distance[order[k]] = np.inf
            else:
                for which in range(2):
                    gap = points[order[after], which] - points[order[k - 1], which]
                    spread = points[order[last], which] - points[order[first], which]
                    distance[order[k]] += gap / spread
            k = after
        first = last + 1
    return distance


@compiled
def is_equal(points: np.ndarray, i: int, j: int) -> bool:
    """Return whether two points are the same."""
    return bool(points[i, 0] == points[j, 0] and points[i, 1] == points[j, 1])
