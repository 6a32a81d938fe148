"""NSGA-II's ranking as pure functions on an array of objectives, all to be maximised.

Source: Deb, Pratap, Agarwal & Meyarivan 2002, "A fast and elitist multiobjective genetic
algorithm: NSGA-II", sections III-A and III-B; the fronts by a sweep as in Jensen 2003.
"""

import numpy as np

from wann.jit import compiled


def fronts(objectives: np.ndarray) -> np.ndarray:
    """Return the number of the non-dominated front of each point, 0 for the best, in O(N log N).

    Args:
        objectives: ``(N, 2)``, finite, to be maximised.

    Returns: ``(N,)`` of int.  Equal points share a front: neither dominates the other.
    """
    order = np.lexsort(objectives.T[::-1])
    points = objectives[order]
    # equal points are treated as one
    new = np.append(True, (points[1:] != points[:-1]).any(axis=1))
    points = points[new]
    front_of = sweep(np.ascontiguousarray(points[:, 1]))
    front = np.empty(len(objectives), np.int64)
    front[order] = front_of[np.cumsum(new) - 1]
    return front


@compiled
def sweep(second: np.ndarray) -> np.ndarray:
    """Return the front of each of several different points, given by their second objectives in the
    order of the first.

    From the best first objective down, a point is dominated by a front exactly if that front has
    seen a second objective at least as good.  Later fronts have seen less, so a binary search finds
    the first front that does not dominate it.
    """
    front_of, best_seen, n_fronts = np.empty(second.size, np.int64), np.empty(second.size), 0
    for i in range(second.size - 1, -1, -1):
        low, high = 0, n_fronts
        while low < high:
            middle = (low + high) // 2
            if best_seen[middle] >= second[i]:
                low = middle + 1
            else:
                high = middle
        front_of[i], best_seen[low] = low, second[i]
        n_fronts = max(n_fronts, low + 1)
    return front_of


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
    order = np.lexsort((objectives[:, 1], objectives[:, 0], front))
    points, group = objectives[order], front[order]
    new = np.append(True, (points[1:] != points[:-1]).any(axis=1) | (group[1:] != group[:-1]))
    points, group = points[new], group[new]
    first = np.searchsorted(group, group, side="left")
    last = np.searchsorted(group, group, side="right") - 1
    distance = np.full(len(points), np.inf)
    inner = np.flatnonzero((np.arange(len(points)) > first) & (np.arange(len(points)) < last))
    gap, spread = points[inner + 1] - points[inner - 1], points[last[inner]] - points[first[inner]]
    distance[inner] = (gap / spread).sum(axis=1)
    result = np.zeros(len(objectives))
    result[order[new]] = distance
    return result


def rank(objectives: np.ndarray) -> np.ndarray:
    """Return the indices of all points from best to worst: by front, then the less crowded first.

    Args:
        objectives: ``(N, 2)``, finite, to be maximised.

    Returns: ``(N,)``, a permutation; ties keep the order of the input.
    """
    front = fronts(objectives)
    return np.lexsort((-crowding_distance(objectives, front), front))
