"""Layered layout of a feed-forward network: inputs on the left, outputs on the right.

Sugiyama's method.  Connections that span several columns get a way-point in each column between;
long connections out of one node share their way-points and part where they must.  Columns are then
ordered for few crossings, and all vertices placed so that the stretches between way-points are
straight.

Source: Sugiyama, Tagawa & Toda 1981; Gansner et al. 1993 (ordering); Brandes & Koepf 2001
(placement).
"""

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from itertools import pairwise
from random import Random
from typing import NamedTuple

import networkx as nx

Vertex = Hashable  # the id of a node, or a WayPoint
Order = list[list[Vertex]]  # the vertices of each column, from top to bottom
# least distance of two vertices, the first above the second
Gap = Callable[[Vertex, Vertex], float]

PATIENCE = 6  # sweeps without fewer crossings after which ordering ends
RESTARTS = 8  # from shuffled columns; a large network has less need and no time
LARGE = 2000  # vertices, for one restart


class WayPoint(NamedTuple):
    """Where the long connections out of a node pass a column."""

    source: int
    column: int


class Segments(NamedTuple):
    """The parts of connections between a column and the next: the vertices before and after each
    vertex.
    """

    before: dict[Vertex, list[Vertex]]
    after: dict[Vertex, list[Vertex]]


class Layout(NamedTuple):
    """Where everything lies; heights grow downwards.

    Attributes:
        columns: vertices of each column from top to bottom.
        height: of each vertex.
        ways: for each connection, its source, way-points and target.
    """

    columns: Order
    height: dict[Vertex, float]
    ways: dict[tuple[int, int], list[Vertex]]


def arrange(graph: nx.DiGraph, column: Mapping[int, int], gap: Gap) -> Layout:
    """Return the layout of a graph.

    Args:
        graph: the nodes and connections to draw; the order of the nodes is the order of inputs and
            outputs.
        column: number of each node's column from 0 on; a connection leads to a higher one.
        gap: least distance in height of two vertices (the upper one, the lower one) of a column.
    """
    ways = {
        (source, target): [
            source,
            *(WayPoint(source, c) for c in range(column[source] + 1, column[target])),
            target,
        ]
        for source, target in graph.edges
    }
    # shared ones once
    pairs = dict.fromkeys(pair for way in ways.values() for pair in pairwise(way))
    vertices = dict.fromkeys((*graph, *(vertex for way in ways.values() for vertex in way)))
    segments = Segments({v: [] for v in vertices}, {v: [] for v in vertices})
    for u, v in pairs:
        segments.before[v].append(u)
        segments.after[u].append(v)
    columns: Order = [[] for _ in range(max(column.values()) + 1)]
    for vertex in vertices:
        columns[vertex.column if isinstance(vertex, WayPoint) else column[vertex]].append(vertex)
    columns = reduce_crossings(columns, segments)
    return Layout(columns, place(columns, segments, gap), ways)


# ------------------------------------------------------------------------------------- ordering
def crossings(columns: Order, segments: Segments) -> int:
    """Return how many pairs of segments cross."""
    total = 0
    for left, right in pairwise(columns):
        row, above = _rows(right), list[int]()  # the ends of the segments further up, sorted
        for u in left:
            ends = [row[v] for v in segments.after[u]]
            total += sum(len(above) - bisect_right(above, end) for end in ends)
            for end in ends:
                insort(above, end)
    return total


def _crossings(upper: Sequence[int], lower: Sequence[int]) -> int:
    """Return the crossings of the segments of two vertices, given the rows where they end,
    sorted.
    """
    return sum(bisect_left(lower, a) for a in upper)


def reduce_crossings(columns: Order, segments: Segments) -> Order:
    """Return the columns ordered for few crossings.

    The first and the last, inputs and outputs, keep their order.
    """
    orders = [_sweep(columns, segments)]
    for seed in range(min(RESTARTS, LARGE // len(segments.after))):
        shuffle = Random(seed).sample
        inner = [shuffle(column, len(column)) for column in columns[1:-1]]
        orders.append(_sweep([columns[0], *inner, *columns[1:][-1:]], segments))
    return min(orders, key=lambda order: crossings(order, segments))


def _sweep(columns: Order, segments: Segments) -> Order:
    """Return the best order found by sorting each column by its neighbours, from left to right and
    back.
    """
    best, fewest = columns, crossings(columns, segments)
    columns = [list(column) for column in columns]
    inner = range(1, len(columns) - 1)
    rightwards, waited = True, 0
    while waited < PATIENCE and fewest > 0:
        for c in inner if rightwards else reversed(inner):
            beside, near = (
                (columns[c - 1], segments.before)
                if rightwards
                else (columns[c + 1], segments.after)
            )
            columns[c] = _by_barycentre(columns[c], _rows(beside), near)
        _transpose(columns, segments)
        count = crossings(columns, segments)
        rightwards, waited = not rightwards, waited + 1
        if count < fewest:
            best, fewest, waited = [list(column) for column in columns], count, 0
    return best


def _rows(column: Sequence[Vertex]) -> dict[Vertex, int]:
    return {vertex: row for row, vertex in enumerate(column)}


def _by_barycentre(
    column: Sequence[Vertex], rows: Mapping[Vertex, int], near: Mapping
) -> list[Vertex]:
    """Return the column sorted by the mean row of each vertex's neighbours.

    One without any keeps its place.
    """
    mean = {v: sum(rows[u] for u in near[v]) / len(near[v]) for v in column if near[v]}
    ordered = iter(sorted(mean, key=lambda v: mean[v]))
    return [next(ordered) if v in mean else v for v in column]


def _transpose(columns: Order, segments: Segments) -> None:
    """Swap neighbours in the inner columns for as long as that removes crossings."""
    improved = True
    while improved:
        improved = False
        for c in range(1, len(columns) - 1):
            column, left, right = columns[c], _rows(columns[c - 1]), _rows(columns[c + 1])
            lefts = {v: sorted(left[u] for u in segments.before[v]) for v in column}
            rights = {v: sorted(right[u] for u in segments.after[v]) for v in column}
            for i in range(len(column) - 1):
                a, b = column[i], column[i + 1]
                now = _crossings(lefts[a], lefts[b]) + _crossings(rights[a], rights[b])
                if now > _crossings(lefts[b], lefts[a]) + _crossings(rights[b], rights[a]):
                    column[i], column[i + 1] = b, a
                    improved = True


# ------------------------------------------------------------------------------------- placement
def place(columns: Order, segments: Segments, gap: Gap) -> dict[Vertex, float]:
    """Return the height of each vertex: gaps are kept and way-points of a connection are level.

    Vertices are aligned with a median neighbour and packed in four ways, from left and right, top
    and bottom; each vertex gets the mean of the two middle heights.
    """
    bent = _bent_segments(columns, segments)
    candidates = []
    for down in (True, False):
        order = columns if down else [column[::-1] for column in columns]
        spacing: Gap = gap if down else lambda upper, lower: gap(lower, upper)
        for rightwards in (True, False):
            near = segments.before if rightwards else segments.after
            root = _align(order if rightwards else order[::-1], near, bent)
            heights = _pack(order, root, spacing)
            candidates.append({v: h if down else -h for v, h in heights.items()})

    def extent(heights: Mapping[Vertex, float]) -> float:
        return max(heights.values()) - min(heights.values())

    narrowest = min(candidates, key=extent)
    top, bottom = min(narrowest.values()), max(narrowest.values())
    shifts = [
        # packed from the top, the first two share their top, the others their bottom
        top - min(heights.values()) if k < 2 else bottom - max(heights.values())
        for k, heights in enumerate(candidates)
    ]
    result = {}
    for vertex in narrowest:
        four = sorted(
            heights[vertex] + shift for heights, shift in zip(candidates, shifts, strict=True)
        )
        result[vertex] = (four[1] + four[2]) / 2
    return result


def _bent_segments(columns: Order, segments: Segments) -> set[frozenset[Vertex]]:
    """Return the segments that may not be level: they cross or leave a stretch between two
    way-points.
    """
    bent = set()
    for left, right in pairwise(columns):
        above, below = _rows(left), _rows(right)
        here = [(u, v) for u in left for v in segments.after[u]]
        inner = [(u, v) for u, v in here if isinstance(u, WayPoint) and isinstance(v, WayPoint)]
        for u, v in set(here) - set(inner):
            if any(u == a or (above[u] - above[a]) * (below[v] - below[b]) < 0 for a, b in inner):
                bent.add(frozenset((u, v)))
    return bent


def _align(columns: Order, near: Mapping, bent: set[frozenset[Vertex]]) -> dict[Vertex, Vertex]:
    """Return the first vertex of the level block of each vertex, aligned to the median neighbours
    before it.
    """
    root = {vertex: vertex for column in columns for vertex in column}
    for before, column in pairwise(columns):
        rows, last = _rows(before), -1
        for vertex in column:
            ends = sorted(near[vertex], key=rows.__getitem__)
            for u in ends[(len(ends) - 1) // 2 : len(ends) // 2 + 1]:
                if root[vertex] == vertex and frozenset((u, vertex)) not in bent and rows[u] > last:
                    root[vertex], last = root[u], rows[u]
    return root


def _pack(columns: Order, root: Mapping[Vertex, Vertex], gap: Gap) -> dict[Vertex, float]:
    """Return heights with each block as high as the gaps allow, then lowered as far as others leave
    room.
    """
    least: dict[Vertex, dict[Vertex, float]] = defaultdict(dict)
    blocks = nx.DiGraph()
    blocks.add_nodes_from(root.values())
    for column in columns:
        for upper, lower in pairwise(column):
            a, b = root[upper], root[lower]
            least[a][b] = max(least[a].get(b, 0.0), gap(upper, lower))
            blocks.add_edge(a, b)
    order = list(nx.topological_sort(blocks))
    height = dict.fromkeys(order, 0.0)
    for a in order:
        for b, distance in least[a].items():
            height[b] = max(height[b], height[a] + distance)
    for a in reversed(order):
        if least[a]:
            height[a] = max(
                height[a], min(height[b] - distance for b, distance in least[a].items())
            )
    return {vertex: height[block] for vertex, block in root.items()}
