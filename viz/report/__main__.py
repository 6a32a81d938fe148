"""Make all figures of a run, and a page that shows them with its numbers:
``python -m viz.report RUN``.

Into RUN/figures go the figures as files, a film of the champion, ``assess.json`` with what
``wann.assess`` measures, and ``report.html``: one file that needs no other and no network.
"""

import warnings
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from viz import watch
from viz.report.figures import FIGURES, Subject
from viz.report.page import page
from viz.scene.environment import can_draw
from viz.scene.panel import players
from viz.style import figure_bytes, figure_of, run_drawing, save
from wann.assess import assess as measure
from wann.champion.champion import Champion, load, task_of
from wann.command.progress import EpisodeProgress
from wann.files import write_file, write_json
from wann.genome.genome import same_genome
from wann.output import Parser, say
from wann.runs.directory import RunDirectory
from wann.tasks import Task
from wann.tasks.data import add_data_option, data_of_args
from wann.tasks.task import capabilities_of

FEW_TRIALS, TRIALS = 10, 100  # at each weight; 100 of an environment in Python would take an hour


def tuned_weights(run: RunDirectory, champion: Champion) -> Champion | None:
    """Return the champion with the weights of RUN/tuned.json, or None if there are none.

    Warn if they are another's.
    """
    path = run.path / "tuned.json"
    if not path.exists():
        return None
    tuned = load(path)
    # the run may have gone on since
    if tuned.weights is None or not same_genome(tuned.genome, champion.genome):
        warnings.warn(
            f"{path} is of another network than the champion, and not shown", stacklevel=2
        )
        return None
    return replace(champion, weights=tuned.weights)


def film(run: RunDirectory, champion: Champion, task: Task) -> Path | None:
    """Write the film of the champion at each weight of the sweep, and return the path, if its task
    can be drawn.
    """
    if not can_draw(task):
        if capabilities_of(task).drawable:
            warnings.warn(
                'no film: the environment is drawn by pygame: pip install "wann[window]"',
                stacklevel=2,
            )
        return None
    path = run.figures / "watch.gif"
    watch.film(players(champion, champion.sweep), task, path)
    return path


def main(argv: Sequence[str] | None = None) -> None:
    """Make the report of the run that the command line names."""
    parser = Parser(
        prog="python -m viz.report", description="Make all figures of a run, and a page of them."
    )
    parser.add_argument(
        "run", type=Path, metavar="RUN", help="a run directory, as python -m wann.evolve writes it"
    )
    parser.add_argument(
        "--task", metavar="NAME", help="task to play; default: the one of the run, if wann ships it"
    )
    add_data_option(parser)
    arguments = parser.parse_args(argv)
    run = RunDirectory.open(arguments.run)
    champion = run.champion()
    data = data_of_args(arguments)
    task = task_of(champion, arguments.task, data)  # its mistakes are told before figures are made
    trials = TRIALS if capabilities_of(task).compiled else FEW_TRIALS
    tuned = tuned_weights(run, champion)
    with EpisodeProgress() as progress:
        own = tuned or champion, arguments.task, trials
        result = measure(*own, progress=progress.show, data=data)

    subject = Subject(run, champion, tuned, task, result, trials, data)
    pictures: dict[str, bytes] = {}
    for name, row in FIGURES.items():
        ax = row.draw(subject)
        if ax is None:
            continue
        figure = figure_of(ax)
        for suffix in row.suffixes:
            save(figure, run.figures / f"{name}{suffix}")
            say(run.figures / f"{name}{suffix}")
        pictures[name] = figure_bytes(figure, ".svg")
    moving = film(run, champion, task)
    if moving:
        say(moving)
    write_json(run.figures / "assess.json", result.to_json())
    say(run.figures / "assess.json")
    write_file(
        run.figures / "report.html",
        page(run, champion, result, pictures, moving.read_bytes() if moving else None),
    )
    say(run.figures / "report.html")


def command() -> None:
    """Run the command as a program: mistakes become one line and exit code 2."""
    run_drawing(main)


if __name__ == "__main__":
    command()
