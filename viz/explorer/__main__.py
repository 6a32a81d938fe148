"""Write a page that explores networks in a browser: ``python -m viz.explorer CHAMPION ...``.

One HTML file that needs nothing else, no network connection either: the network drawn, with the
values that flow through it; a slider for the weight that all connections share; the agent acting,
to be pushed and dragged, or an image to draw and classify. Several champions are compared in a
table, from which one is chosen; of one run there are its Pareto front and the champions on the way
to the last one. The browser computes networks and physics with the bits of ``wann``; other
environments are recorded. The sources of the page are in ``viz/explorer/page``.
"""

from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path

from viz.explorer.content import FEW_TRIALS, TRIALS, content
from viz.explorer.given import Given, read_given
from viz.explorer.html import page
from viz.style import default_file, run_drawing
from wann.command.options import add_subjects, check_count, the_latest
from wann.command.progress import EpisodeProgress
from wann.errors import WannError
from wann.files import write_file
from wann.output import Parser, say
from wann.tasks.data import add_data_option, data_of_args

SEVERAL = "explorer.html"  # the page of several champions, unless told otherwise


def html_file(text: str) -> Path:
    """Return the path of the page, as a command line names it, or raise WannError if it is not
    called so.
    """
    path = Path(text)
    if path.suffix not in (".html", ".htm"):
        raise WannError(f"{text}: the page is an HTML file: give a file name that ends in .html")
    return path


def default_page(paths: Sequence[Path]) -> Path:
    """Return where the page of these champions is written, if the user does not say."""
    if len(paths) > 1:
        return Path(SEVERAL)
    return default_file(paths[0], "explorer").with_suffix(".html")


def write_page(given: Sequence[Given], task: str, path: Path, trials: int | None = None) -> None:
    """Write the page of these champions, and say where.

    Args:
        given: the champions.
        task: name of it.
        path: of the page.
        trials: of the score at each weight.
    """
    with EpisodeProgress() as progress:
        text = page(content(given, task, trials, progress.show))
    if path.parent.name == "figures":
        path.parent.mkdir(exist_ok=True)
    write_file(path, text)
    say(path)


def parser() -> ArgumentParser:
    """Return the command line of ``python -m viz.explorer``."""
    p = Parser(prog="python -m viz.explorer", description="Write a page that explores networks.")
    add_subjects(p, "of several one is chosen there")
    names = "what several champions are called there (default: the last parts of their paths)"
    p.add_argument("--names", nargs="+", metavar="NAME", help=names)
    default = (
        "page to write (default: into RUN/figures, or beside the champion file; of several"
        f" champions {SEVERAL})"
    )
    p.add_argument("-o", "--output", type=html_file, metavar="FILE", help=default)
    p.add_argument(
        "--task",
        metavar="NAME",
        help="task that they play (default: the one they were evolved for)",
    )
    trials = (
        f"trials of the score at each weight (default: {TRIALS}, of an environment in Python"
        f" {FEW_TRIALS})"
    )
    p.add_argument("--trials", type=int, metavar="N", help=trials)
    stored = "a .out file is that of a tuned network: its values are individual weights"
    p.add_argument("--stored-weights", action="store_true", help=stored)
    add_data_option(p)
    return p


def main(argv: Sequence[str] | None = None) -> None:
    """Write the page of the runs and champions that the command line names."""
    arguments = parser().parse_args(argv)
    if arguments.trials is not None:
        check_count("--trials", arguments.trials, 1)
    paths = arguments.champion or [the_latest()]
    given, task = read_given(
        paths,
        arguments.names,
        arguments.task,
        arguments.stored_weights,
        data_of_args(arguments),
    )
    path = arguments.output or default_page(paths)
    write_page(given, task, path, arguments.trials)


def command() -> None:
    """Run the command as a program: mistakes become one line and exit code 2."""
    run_drawing(main)


if __name__ == "__main__":
    command()
