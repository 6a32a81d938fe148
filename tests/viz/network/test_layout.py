"""The layered layout: few crossings, kept gaps, level connections."""

from itertools import pairwise

import networkx as nx
import numpy as np
import pytest

from viz.network.layout import Layout, Segments, WayPoint, arrange, crossings


def layered(
    n_columns: int, n_rows: int, chance: float, seed: int
) -> tuple[nx.DiGraph, dict[int, int]]:
    """Return a random graph in columns, and the column of each node."""
    rng = np.random.default_rng(seed)
    column = {node: node // n_rows for node in range(n_columns * n_rows)}
    graph = nx.DiGraph()
    graph.add_nodes_from(column)
    graph.add_edges_from(
        (u, v) for u in column for v in column if column[u] < column[v] and rng.random() < chance
    )
    return graph, column


def segments_of(layout: Layout) -> set:
    """Return the segments of the drawing: ((column, height), (column, height))."""
    column = {v: c for c, vertices in enumerate(layout.columns) for v in vertices}
    pairs = {pair for way in layout.ways.values() for pair in pairwise(way)}
    return {((column[u], layout.height[u]), (column[v], layout.height[v])) for u, v in pairs}


def slow_crossings(layout: Layout) -> int:
    """Return the crossings of a layout by comparing all pairs of segments."""
    drawn = sorted(segments_of(layout))
    return sum(
        a[0][0] == b[0][0] and (a[0][1] - b[0][1]) * (a[1][1] - b[1][1]) < 0
        for i, a in enumerate(drawn)
        for b in drawn[:i]
    )


def gap(upper, lower) -> float:
    return 1.0 if isinstance(upper, WayPoint) or isinstance(lower, WayPoint) else 2.5


@pytest.mark.parametrize("seed", range(6))
def test_every_vertex_keeps_its_gap_and_its_row(seed):
    layout = arrange(*layered(5, 5, 0.15, seed), gap)
    for column in layout.columns:
        for upper, lower in pairwise(column):
            assert layout.height[lower] - layout.height[upper] >= gap(upper, lower) - 1e-9
    assert layout.columns[0] == [0, 1, 2, 3, 4] and [
        v for v in layout.columns[4] if v in range(25)
    ] == [*range(20, 25)]


@pytest.mark.parametrize("seed", range(6))
def test_crossings_are_counted_as_drawn_and_become_fewer(seed):
    graph, column = layered(4, 6, 0.2, seed)
    layout = arrange(graph, column, gap)
    before: dict = {v: [] for vertices in layout.columns for v in vertices}
    after: dict = {v: [] for v in before}
    for u, v in {pair for way in layout.ways.values() for pair in pairwise(way)}:
        before[v].append(u)
        after[u].append(v)
    segments = Segments(before, after)
    as_given = [
        sorted(vertices, key=lambda v: (isinstance(v, WayPoint), v)) for vertices in layout.columns
    ]
    assert crossings(layout.columns, segments) == slow_crossings(layout)
    assert crossings(layout.columns, segments) <= crossings(as_given, segments)


def test_a_drawing_without_crossings_is_found():
    edges = [(0, 13), (1, 12), (2, 11), (3, 10), (10, 23), (11, 22), (12, 21), (13, 20)]
    graph = nx.DiGraph()
    graph.add_nodes_from(sorted({node for edge in edges for node in edge}))
    graph.add_edges_from(edges)
    layout = arrange(graph, {node: node // 10 for node in graph}, gap)
    assert slow_crossings(layout) == 0


def test_a_long_connection_is_level_between_its_way_points():
    graph = nx.DiGraph([(0, 1), (1, 2), (2, 3), (3, 4), (0, 4)])
    layout = arrange(graph, {node: node for node in range(5)}, gap)
    way = layout.ways[0, 4]
    assert way == [0, WayPoint(0, 1), WayPoint(0, 2), WayPoint(0, 3), 4]
    assert len({layout.height[vertex] for vertex in way[1:-1]}) == 1


def test_connections_of_one_node_share_their_way_points():
    graph = nx.DiGraph([(0, 1), (1, 2), (2, 3), (0, 2), (0, 3)])
    layout = arrange(graph, {node: node for node in range(4)}, gap)
    assert layout.ways[0, 2][1] == layout.ways[0, 3][1] == WayPoint(0, 1)


def test_the_same_graph_gives_the_same_layout():
    graph, column = layered(6, 5, 0.2, 1)
    assert arrange(graph, column, gap) == arrange(graph, column, gap)
