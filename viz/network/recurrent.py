"""The recurrent connections of a drawing: dashed arcs with an arrow, above those that lead on.

They carry the value of the step before, so they may point backwards or to their own node.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import networkx as nx
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch, Polygon
from matplotlib.path import Path as Curve

from viz.network.look import Look
from viz.style import RECURRENT

Edge = tuple[int, int]
# in inches
RISE, STEEP, MOST = 0.4, 0.15, 1.1  # of an arc's controls: at least, for each inch, at most
LOOP = 0.3  # half the width of the controls of a node's arc to itself
HEAD = 0.09  # length of an arrow
ABOVE_ARCS = 0.75  # from the highest arc to the top of a drawing
ARC = 0.75  # share of its controls' height that a cubic reaches
PLAIN, THIN, THICK = 1.2, 0.9, 4.0  # points
DASHES = (0, (3.0, 1.6))


class Arc(NamedTuple):
    """A recurrent connection.

    Attributes:
        edge: source and target.
        points: ``(4, 2)`` of its cubic curve.
    """

    edge: Edge
    points: Sequence[tuple[float, float]]

    @property
    def top(self) -> float:
        """The height that it reaches."""
        ends = max(self.points[0][1], self.points[3][1])
        return ends + ARC * max(0.0, self.points[1][1] - ends)


def recurrent_edges(graph: nx.DiGraph) -> list[Edge]:
    """Return source and target of the recurrent connections of a graph that is drawn."""
    edges: list[Edge] = graph.graph.get("recurrent", [])
    return edges


def is_used(graph: nx.DiGraph, node: int) -> bool:
    """Return whether any connection leads from or to a node."""
    return graph.degree(node) > 0 or any(node in edge for edge in recurrent_edges(graph))


def arcs_of(
    graph: nx.DiGraph, position: Mapping[Any, tuple[float, float]], radius: float
) -> list[Arc]:
    """Return the arcs, above the nodes or beside their column; ``radius`` is that of nodes."""
    arcs = []
    for source, target in recurrent_edges(graph):
        (x0, y0), (x1, y1) = position[source], position[target]
        height = min(MOST, RISE + STEEP * (abs(x1 - x0) + abs(y1 - y0)))
        top, near = max(y0, y1) + radius + height, 0.85 * radius
        if source == target:
            half, up = 0.5 * radius, y0 + near
            points = [(x0 + half, up), (x0 + LOOP, top), (x0 - LOOP, top), (x0 - half, up)]
        elif abs(x1 - x0) < radius:  # on the left of their column, lest it runs through others
            left = min(x0, x1) - radius - height
            points = [(x0 - near, y0), (left, y0), (left, y1), (x1 - near, y1)]
        else:
            aside = 0.25 * (x1 - x0)
            points = [(x0, y0 + near), (x0 + aside, top), (x1 - aside, top), (x1, y1 + near)]
        arcs.append(Arc((source, target), points))
    return arcs


def along(points: Sequence[tuple[float, float]], n: int) -> list[tuple[float, float]]:
    """Return n points of a cubic curve."""
    t = np.linspace(0, 1, n)[:, None]
    a, b, c, d = np.array(points)
    curve = a * (1 - t) ** 3 + 3 * t * (1 - t) * (b * (1 - t) + c * t) + d * t**3
    return [(x, y) for x, y in curve.tolist()]


def draw_arcs(ax: Axes, arcs: Sequence[Arc], look: Look | None, zorder: float) -> None:
    """Draw arcs, each with an arrow at its target.

    Args:
        ax: axes to draw into, one inch to the unit.
        arcs: of ``arcs_of``.
        look: what colours and widths mean; recurrent connections have the source -1 - id there.
        zorder: of all of them.
    """
    for (source, target), points in arcs:
        line = look.line((~source, target)) if look else None
        colour, width = (line[0], THIN + (THICK - THIN) * line[1]) if line else (RECURRENT, PLAIN)
        wire = PathPatch(Curve(points, [1, 4, 4, 4]), fill=False, edgecolor=colour)
        wire.set(linewidth=width, linestyle=DASHES, zorder=zorder, capstyle="butt")
        wire.set_gid(f"recurrent-{source}-{target}")
        ax.add_patch(wire)
        _draw_head(ax, points, colour, width, zorder)


def _draw_head(
    ax: Axes, points: Sequence[tuple[float, float]], colour: str, width: float, zorder: float
) -> None:
    (x0, y0), (x1, y1) = points[2], points[3]
    length = max(1e-9, ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5)
    along = (x1 - x0) / length, (y1 - y0) / length
    back, half = HEAD + width / 72, 0.4 * HEAD + width / 144
    left = x1 - back * along[0] - half * along[1], y1 - back * along[1] + half * along[0]
    right = x1 - back * along[0] + half * along[1], y1 - back * along[1] - half * along[0]
    head = Polygon([(x1, y1), left, right], closed=True, facecolor=colour, edgecolor="none")
    head.set_zorder(zorder)
    ax.add_patch(head)


def draw_key(ax: Axes, right: float, top: float) -> None:
    """Say what a dashed line is; axes are in inches."""
    text = ax.text(right, top - 0.06, "value of the step before", fontsize=8.5)
    text.set(color=RECURRENT, ha="right", va="center_baseline")
    x = right - 1.95
    ax.plot([x, x + 0.4], [top - 0.06] * 2, color=RECURRENT, linewidth=PLAIN, linestyle=DASHES)
