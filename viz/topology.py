"""Draw a network: ``python -m viz.topology CHAMPION``.

Inputs are on the left, outputs on the right, and each node is in the column of its layer.  A hidden node
shows its activation as colour, curve and name.  Only what can act on an output is drawn: disabled
connections are not, nor are hidden nodes from which no enabled connections lead to an output; inputs
without an enabled way to an output are grey.  Individual weights, if the file has any, are shown by the colour
(sign) and width (magnitude) of connections; ``--shared`` leaves them out.  With ``--importance``, colours and widths
show instead what is lost without each connection, hidden node and input.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import networkx as nx
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from viz.dense import Image, arrange_dense, draw_dense
from viz.heading import Heading
from viz.importance import Importance
from viz.layered import draw_layered, place_layered
from viz.look import Look
from viz.style import default_file, figure_parser, write_all
from viz.weights import Weights
from wann.champion import Champion, load
from wann.errors import WannError, run_command
from wann.explain import explain
from wann.tasks import add_data_option

MOST_UNUSED = 24  # unused inputs that are drawn; more would fill the figure
MOST_DRAWN = 5000  # connections and outputs: a figure of more says nothing, and takes minutes
MOST_STRETCHES = 2000  # of connections between neighbouring columns, beyond which it is drawn as a dense one

#: Draws a part of the network that it was planned for: (axes, part, heading) -> size in inches.
Drawing = Callable[[Axes, nx.DiGraph, Heading], tuple[float, float]]


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
    """Draw the network of a champion, with its individual weights if it has any.

    Args:
        champion: what to draw.
        ax: axes to draw into, one inch to the unit; default: a new figure as large as the network needs.
        importance: what is lost without each part, to be shown as colours and widths in place of the weights.

    Raises:
        WannError: the network is too large to be drawn.
    """
    graph = effective(champion.graph())
    look: Look | None = importance
    if look is None and champion.weights is not None:
        look = Weights.of(champion)
    what = "pixels" if Image.of(champion.inputs) else "inputs"
    return draw_part(plan(champion, graph), graph, Heading.of(champion, graph, look, what), ax)


def plan(champion: Champion, graph: nx.DiGraph) -> Drawing:
    """Return what draws the part ``graph`` of a network, and any part of it, each node always in the same place.

    Raises:
        WannError: the network is too large to be drawn.
    """
    genome = champion.genome
    if genome.size + genome.n_outputs > MOST_DRAWN:
        raise WannError(f"{genome.size} connections and {genome.n_outputs} outputs: too many to draw; "
                        f"at most {MOST_DRAWN} together")  # fmt: skip
    column = columns_of(graph)
    stretches = sum(column[target] - column[source] for source, target in graph.edges)
    image = Image.of(champion.inputs)
    if image or stretches > MOST_STRETCHES:
        return partial(draw_dense, position=arrange_dense(graph, image), image=image)
    return partial(draw_layered, placement=place_layered(graph, column))


def draw_part(drawing: Drawing, graph: nx.DiGraph, heading: Heading, ax: Axes | None = None) -> Axes:
    """Draw a part of a network into the axes, or a new figure of the size that it needs."""
    figure = None
    if ax is None:
        figure = Figure()
        ax = figure.add_axes((0, 0, 1, 1))
    size = drawing(ax, graph, heading)
    if figure:
        figure.set_size_inches(*size)
    return ax


def columns_of(graph: nx.DiGraph) -> dict[int, int]:
    """Return the number of each node's column: layers without a node have none."""
    used = sorted(set(nx.get_node_attributes(graph, "layer").values()))
    place = {layer: c for c, layer in enumerate(used)}
    return {node: place[layer] for node, layer in graph.nodes(data="layer")}


def main(argv: Sequence[str] | None = None) -> None:
    """Draw the network of the champion that the command line names."""
    parser = figure_parser("viz.topology", "Draw a network.", "champion")
    parser.add_argument("--importance", action="store_true", help="show what is lost without each part")
    parser.add_argument("--task", metavar="NAME", help="task that says so; default: the one it was evolved for")
    stored = "CHAMPION is the .out file of a tuned network: its values are individual weights"
    parser.add_argument("--stored-weights", action="store_true", help=stored)
    shared = "of a tuned network: leave out its individual weights; the importance is at those of the search then"
    parser.add_argument("--shared", action="store_true", help=shared)
    add_data_option(parser)
    arguments = parser.parse_args(argv)
    champion = load(arguments.champion, arguments.stored_weights)
    champion = replace(champion, weights=None) if arguments.shared else champion
    importance, name = None, "topology"
    if arguments.importance:
        importance, name = Importance.of(explain(champion, arguments.task)), "importance"
    elif arguments.task:
        raise WannError("--task says on what the importance of parts is measured: add --importance")
    path: Path = default_file(arguments.champion, name)
    write_all(draw(champion, importance=importance), arguments.output or [path, path.with_suffix(".svg")])


if __name__ == "__main__":
    run_command(main)
