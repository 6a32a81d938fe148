"""What is drawn of a network, how, and where: the common part of figures and films."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

import networkx as nx
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from viz.network.dense import RADIUS, Image, arrange_dense, draw_dense
from viz.network.heading import Heading
from viz.network.image import grid_of
from viz.network.layered import arrange_layered, draw_layered
from viz.network.recurrent import arcs_of, recurrent_edges
from wann.champion.champion import Champion
from wann.errors import WannError

MOST_UNUSED = 24  # unused inputs that are drawn; more would fill the figure
MOST_DRAWN = 5000  # connections and outputs: a figure of more says nothing, and takes minutes
# of connections between neighbouring columns, beyond which it is drawn as a dense one
MOST_STRETCHES = 1000


class Plan(NamedTuple):
    """How a graph and any part of it are drawn, each node always in the same place.

    Attributes:
        position: of each node, in inches.
        draw: draws a part and returns the size of the drawing in inches; takes axes, part and
            heading.
    """

    position: Mapping[Any, tuple[float, float]]
    draw: Callable[[Axes, nx.DiGraph, Heading], tuple[float, float]]


def effective(graph: nx.DiGraph) -> nx.DiGraph:
    """Return the part of ``Champion.graph()`` that is drawn: see ``viz.topology``.

    Its edges are the connections that are not recurrent; ``graph["recurrent"]`` has the others.
    Inputs without a connection are part of it, unless there are more than ``MOST_UNUSED`` of them;
    the bias always is.
    """
    enabled = nx.DiGraph()
    enabled.add_nodes_from(graph.nodes(data=True))
    on = [(u, v, facts) for u, v, facts in graph.edges(data=True) if facts["enabled"]]
    enabled.add_edges_from((u, v) for u, v, facts in on if not facts.get("recurrent"))
    recurrent = [(u, v) for u, v, facts in on if facts.get("recurrent")]
    both = nx.DiGraph(enabled)
    both.add_edges_from(recurrent)
    outputs = [node for node, role in graph.nodes(data="role") if role == "output"]
    live = set(outputs).union(*(nx.ancestors(both, output) for output in outputs))
    unused = [
        node for node, role in graph.nodes(data="role") if role == "input" and node not in live
    ]
    shown = live | {0} | set(unused if len(unused) <= MOST_UNUSED else ())  # 0 is the bias
    # the bias, apart from the inputs, comes below them
    order = sorted(shown, key=lambda node: (graph.nodes[node]["role"] == "bias", node))
    result = nx.DiGraph()
    result.add_nodes_from((node, enabled.nodes[node]) for node in order)
    result.add_edges_from((u, v) for u, v in enabled.edges if v in live)
    if recurrent:
        result.graph["recurrent"] = [(u, v) for u, v in recurrent if v in live]
    return result


def plan_of(champion: Champion, graph: nx.DiGraph, dense: bool = False) -> Plan:
    """Return how to draw the part ``graph`` of a network: in layers, or densely if told, or if it
    needs it.

    Raises:
        WannError: the graph is too large to be drawn.
    """
    size = graph.number_of_edges() + len(recurrent_edges(graph))
    n_outputs = champion.genome.n_outputs
    if size + n_outputs > MOST_DRAWN:
        raise WannError(
            f"{size} connections and {n_outputs} outputs: too many to draw; at most {MOST_DRAWN}"
            " together"
        )
    column = columns_of(graph)
    if dense or is_dense(champion, graph, column):
        image = Image.of(champion.inputs)
        position = arrange_dense(graph, image)
        arcs = arcs_of(graph, position, RADIUS["hidden"])
        highest = max((arc.top for arc in arcs), default=None)
        draw = partial(draw_dense, position=position, image=image, highest=highest)
        return Plan(position, draw)
    layout, places = arrange_layered(graph, column)
    return Plan(places, partial(draw_layered, layout=layout, position=places))


def is_dense(champion: Champion, graph: nx.DiGraph, column: Mapping[int, int]) -> bool:
    """Return whether a network is drawn as a dense one: it sees an image, or has too many
    connections.
    """
    stretches = sum(column[target] - column[source] for source, target in graph.edges)
    return grid_of(champion.inputs) is not None or stretches > MOST_STRETCHES


def draw_part(plan: Plan, graph: nx.DiGraph, heading: Heading, ax: Axes | None = None) -> Axes:
    """Draw a part of a network into the axes, or a new figure of the size that it needs."""
    figure = None
    if ax is None:
        figure = Figure()
        ax = figure.add_axes((0, 0, 1, 1))
    size = plan.draw(ax, graph, heading)
    if figure:
        figure.set_size_inches(*size)
    return ax


def columns_of(graph: nx.DiGraph) -> dict[int, int]:
    """Return the number of each node's column: layers without a node have none."""
    used = sorted(set(nx.get_node_attributes(graph, "layer").values()))
    place = {layer: c for c, layer in enumerate(used)}
    return {node: place[layer] for node, layer in graph.nodes(data="layer")}
