"""Draw a network: ``python -m viz.topology CHAMPION``.

Inputs are on the left, outputs on the right, and each node is in the column of its layer.  A hidden node
shows its activation as colour, curve and name.  Only what can act on an output is drawn: disabled
connections are not, nor are hidden nodes from which no enabled connections lead to an output; inputs
without an enabled way to an output are grey.  With ``--importance``, colours and widths show instead what
is lost without each connection, hidden node and input.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import networkx as nx
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, PathPatch, Rectangle
from matplotlib.path import Path as Curve

from viz.dense import draw_dense
from viz.heading import HEIGHT, MARGIN, draw_heading, heading, heading_width, text_width
from viz.importance import Importance
from viz.layout import Layout, Vertex, WayPoint, arrange
from viz.pixels import grid_of
from viz.style import (
    ACTIVATION_COLOURS,
    FAINT,
    INK,
    SOFT,
    default_file,
    figure_parser,
    pretty,
    write_all,
)
from wann.activations import ACTIVATION_IDS, activate
from wann.champion import Champion, load
from wann.errors import WannError, run_command
from wann.explain import explain
from wann.tasks import add_data_option

# all lengths in inches
RADIUS = {"hidden": 0.19, "input": 0.085, "bias": 0.085, "output": 0.13}
LABEL_HEIGHT = 0.15  # of the activation's name, under its node
CLEARANCE = 0.09  # between a node with its label, and whatever passes it
BIAS_APART = 0.2  # more than between two inputs
LEVEL = 0.26  # connections run level this far on both sides of a column's centre
BASELINE = 0.05  # of a name, below its node's centre
NAME_SIZE, LABEL_SIZE = 11, 6.5  # points
ON_TOP = 1e6  # the order of drawing of nodes, above that of all connections
MOST_UNUSED = 24  # unused inputs that are drawn; more would fill the figure
MOST_DRAWN = 5000  # connections and outputs: a figure of more says nothing, and takes minutes
MOST_STRETCHES = 2000  # of connections between neighbouring columns, beyond which it is drawn as a dense one


def effective(graph: nx.DiGraph) -> nx.DiGraph:
    """Return the part of ``Champion.graph()`` that is drawn: see the module's docstring.

    Inputs without a connection are part of it, unless there are more than ``MOST_UNUSED`` of them; the bias always is.
    """
    enabled = nx.DiGraph()
    enabled.add_nodes_from(graph.nodes(data=True))
    enabled.add_edges_from((u, v) for u, v, on in graph.edges(data="enabled") if on)
    outputs = [node for node, role in graph.nodes(data="role") if role == "output"]
    live = set(outputs).union(*(nx.ancestors(enabled, output) for output in outputs))
    unused = [node for node, role in graph.nodes(data="role") if role == "input" and node not in live]
    shown = live | {0} | set(unused if len(unused) <= MOST_UNUSED else ())  # 0 is the bias
    # the bias, apart from the inputs, comes below them
    order = sorted(shown, key=lambda node: (graph.nodes[node]["role"] == "bias", node))
    result = nx.DiGraph()
    result.add_nodes_from((node, enabled.nodes[node]) for node in order)
    result.add_edges_from((u, v) for u, v in enabled.edges if v in live)
    return result


def draw(champion: Champion, ax: Axes | None = None, importance: Importance | None = None) -> Axes:
    """Draw the network of a champion.

    Args:
        champion: what to draw.
        ax: axes to draw into, one inch to the unit; default: a new figure as large as the network needs.
        importance: what is lost without each part, to be shown as colours and widths.

    Raises:
        WannError: the network is too large to be drawn.
    """
    genome = champion.genome
    if genome.size + genome.n_outputs > MOST_DRAWN:
        raise WannError(f"{genome.size} connections and {genome.n_outputs} outputs: too many to draw; "
                        f"at most {MOST_DRAWN} together")  # fmt: skip
    graph = effective(champion.graph())
    column = columns_of(graph)
    figure = None
    if ax is None:
        figure = Figure()
        ax = figure.add_axes((0, 0, 1, 1))
    if is_dense(champion, graph, column):
        size = draw_dense(champion, graph, ax, importance)
    else:
        size = _draw_layered(champion, graph, column, ax, importance)
    if figure:
        figure.set_size_inches(*size)
    return ax


def columns_of(graph: nx.DiGraph) -> dict[int, int]:
    """Return the number of each node's column: layers without a node have none."""
    used = sorted(set(nx.get_node_attributes(graph, "layer").values()))
    place = {layer: c for c, layer in enumerate(used)}
    return {node: place[layer] for node, layer in graph.nodes(data="layer")}


def _draw_layered(
    champion: Champion, graph: nx.DiGraph, column: Mapping[int, int], ax: Axes, importance: Importance | None
) -> tuple[float, float]:
    """Draw every node with its name and every connection on a way of its own; return the size in inches."""
    layout, position = arrange_layered(graph, column)
    _draw_connections(ax, layout, position, importance)
    for node, attributes in graph.nodes(data=True):
        used = graph.degree(node) > 0
        colour = importance.colour(importance.nodes[node]) if importance and used and node in importance.nodes else None
        _draw_node(ax, node, position[node], attributes, used, colour)
    return _frame(ax, graph, position, heading(champion, graph), importance)


def arrange_layered(graph: nx.DiGraph, column: Mapping[int, int]) -> tuple[Layout, dict[Vertex, tuple[float, float]]]:
    """Return the layout, and where each of its vertices lies, in inches."""
    layout = arrange(graph, column, lambda upper, lower: _gap(graph, upper, lower))
    centres = _centres(layout)
    _spread_inputs(layout)
    _spread_outputs(layout)
    position = {v: (centres[c], -layout.height[v]) for c, vertices in enumerate(layout.columns) for v in vertices}
    return layout, position


def is_dense(champion: Champion, graph: nx.DiGraph, column: Mapping[int, int]) -> bool:
    """Return whether a network is drawn as a dense one: it sees an image, or has too many connections."""
    stretches = sum(column[target] - column[source] for source, target in graph.edges)
    return grid_of(champion.inputs) is not None or stretches > MOST_STRETCHES


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
    """Space the inputs evenly between the first one and the bias, which comes last and a little apart."""
    sources = layout.columns[0]
    top, bottom = layout.height[sources[0]], layout.height[sources[-1]]
    layout.height.update(zip(sources[:-1], np.linspace(top, bottom - BIAS_APART, len(sources)).tolist(), strict=False))


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


def connection_curve(points: Sequence[tuple[float, float]]) -> Curve:
    """Return the smooth curve through the points: level near each, so that it clears the other nodes of a column."""
    vertices, codes = [points[0]], [Curve.MOVETO]
    for (x0, y0), (x1, y1) in pairwise(points):
        start, end = x0 + LEVEL, x1 - LEVEL
        middle = (start + end) / 2
        vertices += [(start, y0), (middle, y0), (middle, y1), (end, y1)]
        codes += [Curve.LINETO, Curve.CURVE4, Curve.CURVE4, Curve.CURVE4]
    return Curve([*vertices, points[-1]], [*codes, Curve.LINETO])


def _rim(curve: Curve) -> Curve:
    """Return the parts of a connection's curve that may cross others: not those where connections part and join."""
    t = np.linspace(0.2, 0.62, 30)[:, None]
    vertices = np.asarray(curve.vertices)
    cubics = [vertices[i : i + 4] for i in range(1, len(vertices) - 4, 4)]
    parts = [a * (1 - t) ** 3 + 3 * b * t * (1 - t) ** 2 + 3 * c * t**2 * (1 - t) + d * t**3 for a, b, c, d in cubics]
    return Curve.make_compound_path(*map(Curve, parts))


def _draw_connections(
    ax: Axes, layout: Layout, position: Mapping[Vertex, tuple[float, float]], importance: Importance | None
) -> None:
    """Draw all connections, each with a white rim where it may cross others, so that the upper one stands out."""
    loss = importance.connections if importance else dict.fromkeys(layout.ways, 0.0)
    most: dict[int, float] = {}
    for edge in layout.ways:
        most[edge[0]] = max(most.get(edge[0], loss[edge]), loss[edge])
    for depth, source in enumerate(sorted(most, key=lambda node: (most[node], node))):
        for edge, way in layout.ways.items():
            if edge[0] == source:  # all connections of a node lie above those of the node before
                colour, width, rise = SOFT, 1.1, 0.0
                if importance:
                    colour, width = importance.colour(loss[edge]), importance.width(loss[edge])
                    rise = 0.4 * importance.share(loss[edge])
                curve = connection_curve([position[vertex] for vertex in way])
                rim = PathPatch(_rim(curve), fill=False, edgecolor="white", linewidth=width + 1.5, capstyle="butt")
                line = PathPatch(curve, fill=False, edgecolor=colour, linewidth=width, capstyle="round")
                rim.set_zorder(depth)
                line.set(zorder=depth + 0.5 + rise, gid=f"connection-{edge[0]}-{edge[1]}")
                ax.add_patch(rim)
                ax.add_patch(line)


def _draw_node(ax: Axes, node: int, at: tuple[float, float], attributes: Mapping, used: bool, fill: str | None) -> None:
    role, radius, (x, y) = attributes["role"], RADIUS[attributes["role"]], at
    colour = INK if used else FAINT
    bias = role == "bias"
    shape = Rectangle((x - radius, y - radius), 2 * radius, 2 * radius) if bias else Circle(at, radius)
    shape.set(edgecolor=fill or colour, facecolor=fill or colour, linewidth=1.2, zorder=ON_TOP, gid=f"node-{node}")
    ax.add_patch(shape)
    if role == "hidden":
        fill = fill or ACTIVATION_COLOURS[attributes["activation"]]
        shape.set(facecolor=fill, edgecolor="white")
        _draw_activation(ax, at, attributes["activation"], fill)
        label = ax.text(x, y - radius - 0.02, attributes["activation"], fontsize=LABEL_SIZE, color=INK)
        label.set(ha="center", va="top", zorder=ON_TOP + 1)
    elif role == "output":
        ax.text(x + radius + 0.08, y - BASELINE, pretty(attributes["name"]), fontsize=NAME_SIZE, color=INK)
    else:
        name = pretty(attributes["name"])
        ax.text(x - radius - 0.08, y - BASELINE, name, fontsize=NAME_SIZE, color=colour, ha="right")


def _draw_activation(ax: Axes, at: tuple[float, float], name: str, fill: str) -> None:
    """Draw the curve of an activation inside its node of this colour."""
    inputs = np.linspace(-1, 1, 81) * {"sin": 1.0, "cos": 1.5, "relu": 1.0, "abs": 1.0, "square": 1.0}.get(name, 3.0)
    outputs = np.array([activate(ACTIVATION_IDS[name], v) for v in inputs.tolist()], float)
    size = 0.58 * RADIUS["hidden"]
    span = outputs.max() - outputs.min()
    x = at[0] + size * inputs / inputs.max()
    y = at[1] + size * 1.5 * ((outputs - outputs.min()) / span - 0.5)
    red, green, blue = to_rgb(fill)
    dark = 0.3 * red + 0.59 * green + 0.11 * blue < 0.55
    colour = "white" if dark else INK
    ax.add_line(Line2D(x, y, color=colour, linewidth=1.3, solid_capstyle="round", zorder=ON_TOP + 1))


def _frame(
    ax: Axes, graph: nx.DiGraph, position: Mapping, heading: tuple[str, str], importance: Importance | None
) -> tuple[float, float]:
    """Write the heading, with the key of colours beside it, and fit the axes to what is drawn; return their size."""
    title, facts = heading
    xs, ys = zip(*position.values(), strict=True)
    names = {"left": 0.0, "right": 0.0}
    for _, attributes in graph.nodes(data=True):
        if attributes["role"] != "hidden":
            side = "right" if attributes["role"] == "output" else "left"
            names[side] = max(names[side], text_width(pretty(attributes["name"]), NAME_SIZE))
    left = min(xs) - 0.17 - names["left"] - MARGIN
    right = max(xs) + 0.21 + names["right"] + MARGIN
    spare = max(0.0, heading_width(title, facts, importance) - (right - left)) / 2
    left, right = left - spare, right + spare
    top, bottom = max(ys) + HEIGHT, min(ys) - RADIUS["hidden"] - LABEL_HEIGHT - MARGIN
    draw_heading(ax, title, facts, importance, left, right, top)
    ax.set(xlim=(left, right), ylim=(bottom, top), aspect="equal")
    ax.set_axis_off()
    return right - left, top - bottom


def main(argv: Sequence[str] | None = None) -> None:
    """Draw the network of the champion that the command line names."""
    parser = figure_parser("viz.topology", "Draw a network.", "champion")
    parser.add_argument("--importance", action="store_true", help="show what is lost without each part")
    parser.add_argument("--task", metavar="NAME", help="task that says so; default: the one it was evolved for")
    stored = "CHAMPION is the .out file of a tuned network: its values are individual weights"
    parser.add_argument("--stored-weights", action="store_true", help=stored)
    shared = "of a tuned network: say it of the shared weights that it was evolved for instead"
    parser.add_argument("--shared", action="store_true", help=shared)
    add_data_option(parser)
    arguments = parser.parse_args(argv)
    champion = load(arguments.champion, arguments.stored_weights)
    champion = replace(champion, weights=None) if arguments.shared else champion
    importance, name = None, "topology"
    if arguments.importance:
        importance, name = Importance.of(explain(champion, arguments.task)), "importance"
    elif arguments.task or arguments.shared or arguments.stored_weights:
        raise WannError("--task, --shared and --stored-weights say how the importance of parts is measured: "
                        "add --importance")  # fmt: skip
    path: Path = default_file(arguments.champion, name)
    write_all(draw(champion, importance=importance), arguments.output or [path, path.with_suffix(".svg")])


if __name__ == "__main__":
    run_command(main)
