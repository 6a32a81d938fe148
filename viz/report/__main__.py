"""Make all figures of a run, and a page that shows them with its numbers:
``python -m viz.report RUN``.

Into RUN/figures go the figures as files, films of the champion and of how it grew, ``assess.json``
with what ``wann.assess`` measures, the page of ``viz.explorer``, and ``report.html``: one file that
needs no other and no network.
"""

import warnings
from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import replace

from viz.explorer.content import content
from viz.explorer.given import Given
from viz.explorer.html import page as explorer_page
from viz.report.figures import FIGURES, FILMS, Subject
from viz.report.page import page
from viz.style import figure_bytes, figure_of, run_drawing, save
from wann.assess import assess as measure
from wann.champion.champion import Champion
from wann.champion.task import task_of
from wann.command.options import add_subject
from wann.command.progress import EpisodeProgress
from wann.errors import WannError
from wann.explain import explain
from wann.files import write_file, write_json
from wann.output import Parser, say
from wann.runs.directory import RunDirectory
from wann.tasks import Data
from wann.tasks.data import add_data_option, data_of_args
from wann.tasks.task import capabilities_of

FEW_TRIALS, TRIALS = 10, 100  # at each weight; 100 of an environment in Python would take an hour


def tuned_weights(run: RunDirectory, champion: Champion) -> Champion | None:
    """Return the champion with the weights of RUN/tuned.json, or None if there are none.

    Warn if they are another's.
    """
    tuned = run.tuned()
    if tuned is None:
        if run.tuned_file.exists():
            warnings.warn(
                f"{run.tuned_file} is of another network than the champion, and not shown",
                stacklevel=2,
            )
        return None
    return replace(champion, weights=tuned.weights)


def champion_of(run: RunDirectory) -> Champion:
    """Return the champion of a run.

    Raises:
        WannError: it has none yet.
    """
    if not (run.path / "champion.json").exists():
        raise WannError(f"{run.path}: the run has no champion yet: let it evolve a few seconds")
    return run.champion()


def subject_of(run: RunDirectory, name: str | None, data: Data) -> Subject:
    """Return what the report of a run tells of, measured.

    Args:
        run: the run.
        name: of the task; None is that of the champion.
        data: of the task.
    """
    champion = champion_of(run)
    task = task_of(champion, name, data)  # its mistakes are told before figures are made
    trials = TRIALS if capabilities_of(task).cheap else FEW_TRIALS
    tuned = tuned_weights(run, champion)
    with EpisodeProgress() as progress:
        result = measure(tuned or champion, name, trials, progress=progress.show, data=data)
    with EpisodeProgress() as progress:
        losses = explain(champion, name, trials, progress=progress.show, data=data)
    return Subject(run, champion, tuned, task, result, losses)


def write_figures(of: Subject) -> dict[str, bytes]:
    """Write the figures that apply, and return them as SVG."""
    pictures = {}
    for name, row in FIGURES.items():
        ax = row.draw(of)
        if ax is None:
            continue
        figure = figure_of(ax)
        for suffix in row.suffixes:
            save(figure, of.run.figures / f"{name}{suffix}")
            say(of.run.figures / f"{name}{suffix}")
        pictures[name] = figure_bytes(figure, ".svg")
    return pictures


def write_films(of: Subject) -> dict[str, bytes]:
    """Write the films that apply, and return them."""
    films = {}
    for name, film in FILMS.items():
        path = of.run.figures / f"{name}.gif"
        if film.write(of, path):
            say(path)
            films[name] = path.read_bytes()
    return films


def write_explorer(of: Subject) -> bool:
    """Write the page of the explorer, and return whether the network can be explored."""
    path = of.run.figures / "explorer.html"
    try:
        with EpisodeProgress() as progress:
            name, shown = str(of.result.task), of.tuned or of.champion
            data = content([Given(shown, of.task, run=of.run)], name, progress=progress.show)
    except WannError as error:
        warnings.warn(f"no explorer: {error}", stacklevel=2)
        return False
    write_file(path, explorer_page(data))
    say(path)
    return True


def parser() -> ArgumentParser:
    """Return the command line of ``python -m viz.report``."""
    p = Parser(
        prog="python -m viz.report", description="Make all figures of a run, and a page of them."
    )
    add_subject(p, "run", "a run directory, as python -m wann.evolve writes it")
    p.add_argument(
        "--task", metavar="NAME", help="task to play; default: the one of the run, if wann ships it"
    )
    add_data_option(p)
    return p


def main(argv: Sequence[str] | None = None) -> None:
    """Make the report of the run that the command line names."""
    arguments = parser().parse_args(argv)
    run = RunDirectory.open(arguments.run)
    subject = subject_of(run, arguments.task, data_of_args(arguments))
    pictures, films = write_figures(subject), write_films(subject)
    explorer = write_explorer(subject)
    write_json(run.figures / "assess.json", subject.result.to_json())
    say(run.figures / "assess.json")
    write_file(run.figures / "report.html", page(subject, pictures, films, explorer))
    say(run.figures / "report.html")


def command() -> None:
    """Run the command as a program: mistakes become one line and exit code 2."""
    run_drawing(main)


if __name__ == "__main__":
    command()
