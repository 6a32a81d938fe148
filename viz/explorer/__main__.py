"""Write a page that explores a network in a browser: ``python -m viz.explorer RUN|CHAMPION``.

One HTML file that needs nothing else, no network connection either: the network drawn, with the
values that flow through it; a slider for the weight that all connections share; the agent acting,
or an image to draw and classify; and of a run its Pareto front and the champions on the way to the
last one. The browser computes networks and physics with the bits of ``wann``; other environments
are recorded. The sources of the page are in ``viz/explorer/page``.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from viz.explorer.content import FEW_TRIALS, TRIALS, content
from viz.explorer.html import page
from viz.style import default_file, run_drawing
from wann.champion.champion import Champion, load, task_of
from wann.command.options import check_count
from wann.command.progress import EpisodeProgress
from wann.errors import WannError
from wann.files import write_file
from wann.genome.genome import same_genome
from wann.output import Parser, say
from wann.runs.directory import RunDirectory
from wann.tasks.data import add_data_option, data_of_args


def html_file(text: str) -> Path:
    """Return the path of the page, as a command line names it, or raise WannError if it is not
    called so.
    """
    path = Path(text)
    if path.suffix not in (".html", ".htm"):
        raise WannError(f"{text}: the page is an HTML file: give a file name that ends in .html")
    return path


def with_tuned(champion: Champion, run: RunDirectory) -> Champion:
    """Return the champion of a run with the individual weights that ``wann.tune`` found for it, if
    it did.
    """
    file = run.path / "tuned.json"
    tuned = load(file) if file.is_file() else champion
    if not same_genome(tuned.genome, champion.genome):
        return champion
    return replace(champion, weights=tuned.weights, shared_weight=tuned.shared_weight)


def main(argv: Sequence[str] | None = None) -> None:
    """Write the page of the run or champion that the command line names."""
    parser = Parser(
        prog="python -m viz.explorer", description="Write a page that explores a network."
    )
    parser.add_argument(
        "champion", type=Path, help="a run directory, a champion file, or a published .out file"
    )
    default = "page to write (default: into RUN/figures, or beside the champion file)"
    parser.add_argument("-o", "--output", type=html_file, metavar="FILE", help=default)
    parser.add_argument(
        "--task", metavar="NAME", help="task that it plays (default: the one it was evolved for)"
    )
    trials = (
        f"trials of the score at each weight (default: {TRIALS}, of an environment in Python"
        f" {FEW_TRIALS})"
    )
    parser.add_argument("--trials", type=int, metavar="N", help=trials)
    stored = "CHAMPION is the .out file of a tuned network: its values are individual weights"
    parser.add_argument("--stored-weights", action="store_true", help=stored)
    add_data_option(parser)
    arguments = parser.parse_args(argv)
    if arguments.trials is not None:
        check_count("--trials", arguments.trials, 1)
    run = (
        RunDirectory.open(arguments.champion)
        if (arguments.champion / "config.toml").is_file()
        else None
    )
    champion = load(arguments.champion, arguments.stored_weights)
    task = task_of(champion, arguments.task, data_of_args(arguments))
    if champion.task is None:  # a published file knows no names
        champion = replace(champion, inputs=tuple(task.inputs), outputs=tuple(task.outputs))
    champion = champion if run is None else with_tuned(champion, run)
    path = arguments.output or default_file(arguments.champion, "explorer").with_suffix(".html")
    with EpisodeProgress() as progress:
        data = content(
            champion,
            task,
            arguments.task or str(champion.task),
            run,
            arguments.trials,
            progress.show,
        )
    text = page(data)
    if path.parent.name == "figures":
        path.parent.mkdir(exist_ok=True)
    write_file(path, text)
    say(path)


def command() -> None:
    """Run the command as a program: mistakes become one line and exit code 2."""
    run_drawing(main)


if __name__ == "__main__":
    command()
