"""Make all figures of a run, and a page that shows them with its numbers: ``python -m viz.report RUN``.

Into RUN/figures go the figures as files, a film of the champion, ``assess.json`` with what
``wann.assess`` measures, and ``report.html``: one file that needs no other and no network.
"""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from viz import accuracy, assess, confusion, curves, pareto, pixels, topology, watch, weight_sweep
from viz.network.importance import Importance
from viz.report.page import page
from viz.scene.environment import can_draw
from viz.scene.panel import players
from viz.style import figure_bytes, figure_of, plain, run_drawing, save
from wann.assess.control import assess as measure
from wann.champion.champion import Champion, load, task_of
from wann.command.progress import EpisodeProgress
from wann.explain.ablation import explain
from wann.files import write_file, write_json
from wann.genome.genome import same_genome
from wann.output import Parser, say
from wann.runs.directory import RunDirectory
from wann.tasks import Data, Task
from wann.tasks.classification.samples import has_samples
from wann.tasks.data import add_data_option, data_of_args
from wann.tasks.task import capabilities_of

FEW_TRIALS, TRIALS = 10, 100  # at each weight; 100 of an environment in Python would take an hour
VECTORS = ("topology", "tuned", "importance")  # figures that are written as SVG, too


def tuned_weights(run: RunDirectory, champion: Champion) -> Champion | None:
    """Return the champion with the weights of RUN/tuned.json, or None if there are none; warn if they are another's."""
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


def draw_all(
    run: RunDirectory,
    champion: Champion,
    tuned: Champion | None,
    task: Task,
    result: Mapping[str, Any],
    trials: int,
    data: Data,
) -> Iterator[tuple[str, Axes]]:
    """Yield the name and the axes of each figure.

    Args:
        run: the run.
        champion: its champion.
        tuned: the champion with individual weights, if it has any.
        task: that it plays.
        result: of ``wann.assess.control.assess``.
        trials: for what the importance of parts is measured in.
        data: of the task.
    """
    name = plain(result["task"])
    yield "topology", topology.draw(champion)
    if tuned:
        yield "tuned", topology.draw(tuned)
    yield "curves", curves.draw_run(run)
    yield "pareto", pareto.draw_run(run)
    classifies = has_samples(task)
    sweep = weight_sweep.sweep(champion, task) if classifies else weight_sweep.Sweep.of(result)
    yield "weight_sweep", weight_sweep.draw(sweep, title=name)
    yield "assess", assess.draw(result)[0]
    if has_samples(task):
        yield "accuracy", accuracy.draw(accuracy.Accuracy.of(result), title=name)
        yield "confusion", confusion.draw(np.array(result["confusion"]), task.outputs, title=name)
        if pixels.grid_of(task.inputs):
            yield "pixels", pixels.draw(pixels.measure(champion, task), title=name)
    with EpisodeProgress() as progress:
        losses = explain(champion, result["task"], trials, told=progress.show, data=data)
    yield "importance", topology.draw(champion, importance=Importance.of(losses))


def film(run: RunDirectory, champion: Champion, task: Task) -> Path | None:
    """Write the film of the champion at each weight of the sweep, and return the path, if its task can be drawn."""
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
    task = task_of(
        champion, arguments.task, data
    )  # a mistake in it is told before figures are made
    trials = TRIALS if capabilities_of(task).compiled else FEW_TRIALS
    tuned = tuned_weights(run, champion)
    with EpisodeProgress() as progress:
        result = measure(tuned or champion, arguments.task, trials, told=progress.show, data=data)

    pictures: dict[str, bytes] = {}
    for name, ax in draw_all(run, champion, tuned, task, result, trials, data):
        figure = figure_of(ax)
        for suffix in (".png", ".svg") if name in VECTORS else (".png",):
            save(figure, run.figures / f"{name}{suffix}")
            say(run.figures / f"{name}{suffix}")
        pictures[name] = figure_bytes(figure, ".svg")
    moving = film(run, champion, task)
    if moving:
        say(moving)
    write_json(run.figures / "assess.json", result)
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
