"""Draw a network in layers: every node with its name, every connection on a way of its own."""

from collections.abc import Mapping
from itertools import pairwise

import networkx as nx
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Circle, Rectangle

from viz.names import in_figure
from viz.network.glyph import draw_glyph
from viz.network.heading import HEIGHT, MARGIN, Heading, text_width
from viz.network.layout import Layout, Vertex, WayPoint, arrange
from viz.network.recurrent import ABOVE_ARCS, arcs_of, draw_arcs, is_used
from viz.network.wires import LEVEL, draw_wires
from viz.style import ACTIVATION_COLOURS, FAINT, INK
from wann.names import activation_title

# all lengths in inches
RADIUS = {"hidden": 0.19, "input": 0.085, "bias": 0.085, "output": 0.13}
LABEL_HEIGHT = 0.15  # of the activation's name, under its node
CLEARANCE = 0.09  # between a node with its label, and whatever passes it
BIAS_APART = 0.2  # more than between two inputs
BASELINE = 0.05  # of a name, below its node's centre
NAME_SIZE, LABEL_SIZE = 11, 6.5  # points
ON_TOP = 1e6  # the order of drawing of nodes, above that of all connections


def arrange_layered(
    graph: nx.DiGraph, column: Mapping[int, int]
) -> tuple[Layout, dict[Vertex, tuple[float, float]]]:
    """Return the layout, and where each of its vertices lies, in inches; ``column`` is the number
    of each node's.
    """
    layout = arrange(graph, column, lambda upper, lower: _gap(graph, upper, lower))
    centres = _centres(layout)
    _spread_inputs(layout)
    _spread_outputs(layout)
    position = {
        v: (centres[c], -layout.height[v])
        for c, vertices in enumerate(layout.columns)
        for v in vertices
    }
    return layout, position


def draw_layered(
    ax: Axes,
    graph: nx.DiGraph,
    heading: Heading,
    layout: Layout,
    position: Mapping[Vertex, tuple[float, float]],
) -> tuple[float, float]:
    """Draw a network, and return the size of the drawing in inches.

    Args:
        ax: axes to draw into, one inch to the unit.
        graph: what is drawn, see ``viz.topology.effective``.
        heading: what stands above it.
        layout: of this graph, or of one that it is a part of, by ``arrange_layered``.
        position: of its vertices.
    """
    look = heading.look
    draw_wires(ax, graph.edges, layout.ways, position, look)
    arcs = arcs_of(graph, position, RADIUS["hidden"])
    draw_arcs(ax, arcs, look, ON_TOP - 1)
    for node, attributes in graph.nodes(data=True):
        used = is_used(graph, node)
        fill = look.fill(node) if look and used else None
        _draw_node(ax, node, position[node], attributes, used, fill, heading.ids)
    return _frame(ax, graph, position, heading, max((arc.top for arc in arcs), default=None))


def _gap(graph: nx.DiGraph, upper: Vertex, lower: Vertex) -> float:
    """Return the least distance in height of two vertices of a column."""
    above = below = 0.0
    if not isinstance(upper, WayPoint):
        role = graph.nodes[upper]["role"]
        above = RADIUS[role] + (LABEL_HEIGHT if role == "hidden" else 0)
    if not isinstance(lower, WayPoint):
        below = RADIUS[graph.nodes[lower]["role"]]
    apart = BIAS_APART if graph.nodes.get(lower, {}).get("role") == "bias" else 0.0
    return above + below + CLEARANCE + apart


def _spread_inputs(layout: Layout) -> None:
    """Space the inputs evenly between the first one and the bias, which comes last and a little
    apart.
    """
    sources = layout.columns[0]
    top, bottom = layout.height[sources[0]], layout.height[sources[-1]]
    layout.height.update(
        zip(
            sources[:-1], np.linspace(top, bottom - BIAS_APART, len(sources)).tolist(), strict=False
        )
    )


def _spread_outputs(layout: Layout) -> None:
    """Space several outputs evenly over half of the height, if they take up less."""
    outputs = layout.columns[-1]
    top, bottom = min(layout.height.values()), max(layout.height.values())
    first, last = layout.height[outputs[0]], layout.height[outputs[-1]]
    reach = (bottom - top) / 4
    if len(outputs) > 1 and last - first < 2 * reach:
        middle = np.clip((first + last) / 2, top + reach, bottom - reach)
        heights = np.linspace(middle - reach, middle + reach, len(outputs))
        layout.height.update(zip(outputs, heights.tolist(), strict=True))


def _centres(layout: Layout) -> list[float]:
    """Return where each column lies: the steeper the connections between two, the further apart."""
    rise = np.zeros(len(layout.columns))
    column = {vertex: c for c, vertices in enumerate(layout.columns) for vertex in vertices}
    for way in layout.ways.values():
        for u, v in pairwise(way):
            rise[column[v]] = max(rise[column[v]], abs(layout.height[u] - layout.height[v]))
    widths = 2 * LEVEL + np.clip(0.2 + 0.27 * rise, 0.3, 3.0)
    widths[0] = 0.0
    return np.cumsum(widths).tolist()


def _draw_node(
    ax: Axes,
    node: int,
    at: tuple[float, float],
    attributes: Mapping,
    used: bool,
    fill: str | None,
    with_id: bool,
) -> None:
    role, radius, (x, y) = attributes["role"], RADIUS[attributes["role"]], at
    colour = INK if used else FAINT
    bias = role == "bias"
    shape = (
        Rectangle((x - radius, y - radius), 2 * radius, 2 * radius) if bias else Circle(at, radius)
    )
    shape.set(
        edgecolor=fill or colour,
        facecolor=fill or colour,
        linewidth=1.2,
        zorder=ON_TOP,
        gid=f"node-{node}",
    )
    ax.add_patch(shape)
    if role == "hidden":
        fill = fill or ACTIVATION_COLOURS[attributes["activation"]]
        shape.set(facecolor=fill, edgecolor="white")
        draw_glyph(ax, at, radius, attributes["activation"], fill, ON_TOP + 1)
        title = activation_title(attributes["activation"])
        name = f"{node} {title}" if with_id else title
        label = ax.text(x, y - radius - 0.02, name, fontsize=LABEL_SIZE, color=INK)
        label.set(ha="center", va="top", zorder=ON_TOP + 1)
    elif role == "output":
        ax.text(
            x + radius + 0.08,
            y - BASELINE,
            in_figure(attributes["name"]),
            fontsize=NAME_SIZE,
            color=INK,
        )
    else:
        name = in_figure(attributes["name"])
        ax.text(x - radius - 0.08, y - BASELINE, name, fontsize=NAME_SIZE, color=colour, ha="right")


def _frame(
    ax: Axes, graph: nx.DiGraph, position: Mapping, heading: Heading, highest: float | None
) -> tuple[float, float]:
    """Write the heading, and fit the axes to what is drawn, of which arcs may be the highest;
    return their size.
    """
    xs, ys = zip(*position.values(), strict=True)
    names = {"left": 0.0, "right": 0.0}
    for _, attributes in graph.nodes(data=True):
        if attributes["role"] != "hidden":
            side = "right" if attributes["role"] == "output" else "left"
            names[side] = max(names[side], text_width(in_figure(attributes["name"]), NAME_SIZE))
    left = min(xs) - 0.17 - names["left"] - MARGIN
    right = max(xs) + 0.21 + names["right"] + MARGIN
    spare = max(0.0, heading.width - (right - left)) / 2
    left, right = left - spare, right + spare
    top = max(max(ys) + HEIGHT, -np.inf if highest is None else highest + ABOVE_ARCS)
    bottom = min(ys) - RADIUS["hidden"] - LABEL_HEIGHT - MARGIN
    heading.draw(ax, left, right, top)
    ax.set(xlim=(left, right), ylim=(bottom, top), aspect="equal")
    ax.set_axis_off()
    return right - left, top - bottom
