"""Make all figures of a run and a film of its champion: ``python -m viz.report RUN``."""

from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path

from viz import accuracy, assess, confusion, curves, pareto, pixels, topology, weight_sweep
from wann.champion import task_of
from wann.classification import ClassificationTask
from wann.errors import run_command
from wann.runs import RunDirectory
from wann.tasks import add_data_option, is_compiled

FEW_TRIALS = "10"  # at each weight, of an environment in Python: 100 would take an hour


def main(argv: Sequence[str] | None = None) -> None:
    """Make the report of the run that the command line names."""
    parser = ArgumentParser(prog="python -m viz.report", description=__doc__)
    parser.add_argument("run", type=Path, metavar="RUN", help="a run directory, as python -m wann.evolve writes it")
    parser.add_argument("--task", metavar="NAME", help="task to play; default: the one of the run, if wann ships it")
    add_data_option(parser)
    arguments = parser.parse_args(argv)
    run = RunDirectory.open(arguments.run)
    played = task_of(run.champion(), arguments.task)  # a mistake in it is told before figures are made
    for figure in (topology, curves, pareto):
        figure.main([str(run.path)])
    task = ["--task", arguments.task] if arguments.task else []
    figures = [weight_sweep, assess]
    if isinstance(played, ClassificationTask):
        figures += [accuracy, confusion, *([pixels] if pixels.grid_of(played.inputs) else [])]
    few = [] if is_compiled(played) else ["--trials", FEW_TRIALS]
    for figure in figures:
        figure.main([str(run.path), *task, *few])
    topology.main([str(run.path), "--importance", *task])
    film(run, arguments.task)


def film(run: RunDirectory, task_name: str | None = None) -> None:
    """Write the film of the champion at each weight of the sweep, if its task can be drawn, and print the path."""
    from viz import watch

    champion = run.champion()
    task = task_of(champion, task_name)
    if watch.drawable(task):
        path = run.figures / "watch.gif"
        watch.film(watch.players(champion, champion.sweep), task, path)
        print(path)


if __name__ == "__main__":
    run_command(main)
