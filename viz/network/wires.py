"""The connections of a layered drawing, each a curve that can be followed to its end.

Between two columns connections turn one after another, so that those which run the same way stay
apart. A dot is where connections of one node part, as in circuit diagrams: lines that only cross
have none.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Circle, PathPatch
from matplotlib.path import Path as Curve

from viz.network.layout import Vertex, WayPoint
from viz.network.look import Look
from viz.style import SOFT

# in inches
LEVEL = 0.26  # connections run level this far on both sides of a column's centre
DOT = 0.032  # radius of the dot where connections part
PLAIN, THIN, THICK = 1.1, 0.8, 4.0  # points, of a connection
APART = 0.22  # share of the way between two columns, from its middle, in which connections turn

Edge = tuple[int, int]
Stretch = tuple[Vertex, Vertex]
Places = Mapping[Vertex, tuple[float, float]]


def turns(ways: Mapping[Edge, Sequence[Vertex]], position: Places) -> dict[Stretch, float]:
    """Return where on the way to the next column each stretch turns, as a share of that way.

    Of two that rise or fall side by side, the one on the inner side turns first, so that they do
    not cross and do not lie on each other.
    """
    groups: dict[tuple[float, bool], list[tuple[float, float, Stretch]]] = defaultdict(list)
    for u, v in dict.fromkeys(pair for way in ways.values() for pair in pairwise(way)):
        (x, start), (_, end) = position[u], position[v]
        falls = start > end
        # of falling ones the lower, of rising ones the upper turns first
        sign = 1.0 if falls else -1.0
        groups[x, falls].append((sign * start, sign * end, (u, v)))
    share = {}
    for stretches in groups.values():
        ordered = sorted(stretches, key=lambda stretch: stretch[:2])
        for (*_, at), before, after in zip(ordered, *_chains(ordered), strict=True):
            offset = (before - after) / (before + after) if before + after else 0.0
            share[at] = 0.5 + APART * offset
    return share


def _chains(ordered: Sequence[tuple[float, float, Stretch]]) -> tuple[list[int], list[int]]:
    """Return how many stretches must turn one after another before each falling one, and after it.

    They are in the order of their heights.
    """
    before, after = [0] * len(ordered), [0] * len(ordered)
    pairs = [
        (inner, outer)
        for outer, (_, end, _) in enumerate(ordered)
        for inner, (start, last, _) in enumerate(ordered[:outer])
        if last <= end < start  # the inner one starts no higher, since they are in order
    ]
    for inner, outer in pairs:
        before[outer] = max(before[outer], before[inner] + 1)
    for inner, outer in reversed(pairs):
        after[inner] = max(after[inner], after[outer] + 1)
    return before, after


def connection_curve(
    way: Sequence[Vertex], position: Places, turn: Mapping[Stretch, float]
) -> Curve:
    """Return the smooth curve of a way: level near each column, so that it clears the other nodes
    of it.
    """
    vertices, codes = [position[way[0]]], [Curve.MOVETO]
    for u, v in pairwise(way):
        (x0, y0), (x1, y1) = position[u], position[v]
        start, end = x0 + LEVEL, x1 - LEVEL
        middle = start + turn[u, v] * (end - start)
        vertices += [(start, y0), (middle, y0), (middle, y1), (end, y1)]
        codes += [Curve.LINETO, Curve.CURVE4, Curve.CURVE4, Curve.CURVE4]
    return Curve([*vertices, position[way[-1]]], [*codes, Curve.LINETO])


def draw_wires(
    ax: Axes,
    edges: Collection[Edge],
    ways: Mapping[Edge, Sequence[Vertex]],
    position: Places,
    look: Look | None,
) -> None:
    """Draw connections, each with a white rim where it may cross others, so that the upper one
    stands out.

    Args:
        ax: axes to draw into, one inch to the unit.
        edges: the connections to draw.
        ways: of these and of all others of the layout, which keep their room.
        position: of the vertices of the layout.
        look: what colours and widths mean.
    """
    turn = turns(ways, position)
    lines = {edge: look.line(edge) if look else None for edge in edges}
    strength = {edge: line[1] if line else 0.0 for edge, line in lines.items()}
    most: dict[int, float] = {}
    for edge in edges:
        most[edge[0]] = max(most.get(edge[0], 0.0), strength[edge])
    for depth, source in enumerate(sorted(most, key=lambda node: (most[node], node))):
        own = [edge for edge in edges if edge[0] == source]
        for edge in own:  # all connections of a node lie above those of the node before
            line, rise = lines[edge], 0.4 * strength[edge]
            colour, width = (line[0], THIN + (THICK - THIN) * line[1]) if line else (SOFT, PLAIN)
            curve = connection_curve(ways[edge], position, turn)
            rim = PathPatch(_rim(curve), fill=False, edgecolor="white", linewidth=width + 1.5)
            rim.set(capstyle="butt", zorder=depth)
            wire = PathPatch(curve, fill=False, edgecolor=colour, linewidth=width)
            gid = f"connection-{edge[0]}-{edge[1]}"
            wire.set(capstyle="round", zorder=depth + 0.5 + rise, gid=gid)
            ax.add_patch(rim)
            ax.add_patch(wire)
        _draw_dots(ax, {edge: ways[edge] for edge in own}, position, lines, depth + 0.95)


def _draw_dots(
    ax: Axes,
    ways: Mapping[Edge, Sequence[Vertex]],
    position: Places,
    lines: Mapping[Edge, tuple[str, float] | None],
    zorder: float,
) -> None:
    """Draw a dot wherever connections of one node part that shared their way."""
    parting: dict[WayPoint, dict[Vertex, Edge]] = defaultdict(dict)
    for edge, way in ways.items():
        for u, v in pairwise(way):
            if isinstance(u, WayPoint):
                parting[u][v] = edge
    for point, nexts in parting.items():
        if len(nexts) > 1:
            strongest = max((lines[edge] or (SOFT, 0.0) for edge in nexts.values()), key=_strength)
            x, y = position[point]
            radius = DOT + 0.5 * (THICK - THIN) / 72 * strongest[1]
            dot = Circle((x + LEVEL, y), radius, facecolor=strongest[0], edgecolor="none")
            dot.set(zorder=zorder, gid=f"parting-{point.source}-{point.column}")
            ax.add_patch(dot)


def _strength(line: tuple[str, float]) -> float:
    return line[1]


def _rim(curve: Curve) -> Curve:
    """Return the parts of a connection's curve that may cross others: not those where connections
    part and join.
    """
    t = np.linspace(0.2, 0.62, 30)[:, None]
    vertices = np.asarray(curve.vertices)
    cubics = [vertices[i : i + 4] for i in range(1, len(vertices) - 4, 4)]
    parts = [
        a * (1 - t) ** 3 + 3 * b * t * (1 - t) ** 2 + 3 * c * t**2 * (1 - t) + d * t**3
        for a, b, c, d in cubics
    ]
    return Curve.make_compound_path(*map(Curve, parts))
