"""Draw a network: ``python -m viz.topology CHAMPION``.

Inputs are on the left, outputs on the right, and each node is in the column of its layer. A hidden
node shows its activation as colour, curve and name. Only what can act on an output is drawn:
disabled connections are not, nor are hidden nodes from which no enabled connections lead to an
output; inputs without an enabled way to an output are grey. Individual weights, if the file has
any, are shown by the colour (sign) and width (magnitude) of connections; ``--shared`` leaves them
out. With ``--importance``, colours and widths show instead what is lost without each connection,
hidden node and input, and hidden nodes have the numbers by which ``wann.explain`` names them;
``--ids`` shows these without.
"""

from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from matplotlib.axes import Axes

from viz.film import film_file
from viz.network.dense import Image
from viz.network.drawing import draw_part, effective, plan_of
from viz.network.growth import animate
from viz.network.heading import Heading
from viz.network.importance import Importance
from viz.network.look import Look
from viz.network.weights import Weights
from viz.style import default_file, figure_parser, run_drawing, write_all
from wann.champion.champion import Champion, load
from wann.command.progress import EpisodeProgress
from wann.errors import WannError
from wann.explain import explain
from wann.output import say
from wann.runs.directory import RunDirectory
from wann.tasks.data import add_data_option, data_of_args


def draw(
    champion: Champion,
    ax: Axes | None = None,
    importance: Importance | None = None,
    ids: bool = False,
) -> Axes:
    """Draw the network of a champion, with its individual weights if it has any.

    Args:
        champion: what to draw.
        ax: axes to draw into, one inch to the unit; default: a new figure as large as the network
            needs.
        importance: what is lost without each part, to be shown as colours and widths in place of
            the weights; hidden nodes have their ids then.
        ids: whether they have them anyway.

    Raises:
        WannError: the network is too large to be drawn.
    """
    graph = effective(champion.graph())
    look: Look | None = importance
    if look is None and champion.weights is not None:
        look = Weights.of(champion)
    what = "pixels" if Image.of(champion.inputs) else "inputs"
    heading = Heading.of(champion, graph, look, what)
    heading = heading._replace(ids=ids or importance is not None)
    return draw_part(plan_of(champion, graph), graph, heading, ax)


def parser() -> ArgumentParser:
    """Return the command line of ``python -m viz.topology``."""
    p = figure_parser("viz.topology", "Draw a network.", "champion")
    p.add_argument("--importance", action="store_true", help="show what is lost without each part")
    p.add_argument(
        "--task", metavar="NAME", help="task that says so; default: the one it was evolved for"
    )
    p.add_argument(
        "--trials", type=int, default=100, metavar="N", help="trials that say so (default: 100)"
    )
    stored = "CHAMPION is the .out file of a tuned network: its values are individual weights"
    p.add_argument("--stored-weights", action="store_true", help=stored)
    shared = (
        "of a tuned network: leave out its individual weights; the importance is at those of the"
        " search then"
    )
    p.add_argument("--shared", action="store_true", help=shared)
    ids = "number the hidden nodes, as wann.explain names them (of networks that fit)"
    p.add_argument("--ids", action="store_true", help=ids)
    growth = "write a film of how the champion of a run grew instead: .gif or .mp4"
    p.add_argument("--animate", type=Path, metavar="FILE", help=growth)
    add_data_option(p)
    return p


def main(argv: Sequence[str] | None = None) -> None:
    """Draw the network of the champion that the command line names."""
    arguments = parser().parse_args(argv)
    if arguments.animate:
        for name in ("importance", "task", "stored_weights", "shared", "ids", "output", "width"):
            if getattr(arguments, name):
                raise WannError(
                    "--animate shows the champions of a run as they are: leave out"
                    f" --{name.replace('_', '-')}"
                )
        animate(RunDirectory.open(arguments.champion), film_file(arguments.animate))
        say(arguments.animate)
        return
    champion = load(arguments.champion, arguments.stored_weights)
    champion = replace(champion, weights=None) if arguments.shared else champion
    importance, name = None, "topology"
    if arguments.importance:
        with EpisodeProgress() as progress:
            data = data_of_args(arguments)
            losses = explain(
                champion, arguments.task, arguments.trials, progress=progress.show, data=data
            )
        importance, name = Importance.of(losses), "importance"
    elif arguments.task:
        raise WannError("--task says on what the importance of parts is measured: add --importance")
    path: Path = default_file(arguments.champion, name)
    write_all(
        draw(champion, importance=importance, ids=arguments.ids),
        arguments.output or [path, path.with_suffix(".svg")],
        arguments.width,
    )


def command() -> None:
    """Run the command as a program: mistakes become one line and exit code 2."""
    run_drawing(main)


if __name__ == "__main__":
    command()
