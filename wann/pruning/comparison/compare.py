"""Prune a network in many ways and compare: ``python -m wann.pruning TASK``.

See ``wann.pruning.prune.METHODS``.
"""

import argparse
import sys
import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from wann.champion.champion import load
from wann.champion.json_file import LARGEST_NUMBER
from wann.command.options import check_seed
from wann.command.program import run_command, shell_command
from wann.command.progress import Stoppable, clock
from wann.errors import WannError
from wann.output import own_stdout, say, say_json, stdout
from wann.pruning.comparison.cells import Cell, Result, plan
from wann.pruning.comparison.options import HALF_DECADES, network_of, parser
from wann.pruning.comparison.results import Results
from wann.pruning.comparison.subject import Subject, evolved_rows
from wann.pruning.comparison.workers import run_cells, workers_for
from wann.pruning.mlp import MLP
from wann.pruning.prune import Shape
from wann.pruning.structure import to_champion
from wann.pruning.training import Recipe, check_recipe
from wann.tasks.data import data_of_args, is_sample_file
from wann.tasks.task import data_of
from wann.workers.cores import one_blas_thread


class CompareProgress(Stoppable):
    """Shows which cells are finished."""

    unit = "the cells in hand"

    def start(self, label: str, net: Shape, cells: int, finished: int, path: Path) -> None:
        """Say what there is to do."""
        resumed = f", {finished} of them finished" if finished else ""
        self.say(
            f"{label}: {net.label}, {net.n_weights} weights, {cells} cells{resumed}, in {path}"
        )
        self._left = self._todo = cells - finished
        self._begun = time.monotonic()

    def show(self, cell: Cell, row: Mapping[str, Any]) -> bool:
        """Show a cell that was finished, unless another one was shown a moment ago.

        Return whether it was shown.
        """
        self._left -= 1
        if self._left and not self.due:
            return False
        pace = (time.monotonic() - self._begun) / (self._todo - self._left)
        self.figures(
            {
                "cell": f"{self._todo - self._left}/{self._todo}",
                "finished": cell.name,
                "weights": str(row["remaining"]),
                "accuracy": f"{100 * row['accuracy']:.2f} %",
                "left": clock(pace * self._left),
            },
            bold="accuracy",
        )
        return True


def summary(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the table that the command prints at its end: mean ± standard deviation over seeds,
    and how many.
    """
    groups: dict[tuple[str, int, int], list[Mapping[str, Any]]] = {}
    for row in rows:  # several rounds may leave as many of a few weights
        groups.setdefault((row["method"], row["remaining"], row["rounds"]), []).append(row)
    lines = [
        f"{'method':24s} {'weights':>8s} {'effective':>10s} {'connections':>12s}"
        f" {'accuracy %':>16s}  seeds"
    ]
    for (method, remaining, _), group in groups.items():
        means = [
            float(np.mean([row[name] for row in group])) for name in ("effective", "connections")
        ]
        values = 100 * np.array([row["accuracy"] for row in group])
        flag = "  collapsed" if any(row["no_path"] or row["empty_layer"] for row in group) else ""
        flag += "  diverged" if any(row["diverged"] for row in group) else ""
        seeds = len({row["seed"] for row in group})
        lines.append(
            f"{method:24s} {remaining:8d} {means[0]:10.0f} {means[1]:12.0f} "
            f"{values.mean():8.2f} ± {values.std():5.2f}  {seeds:5d}{flag}"
        )
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command."""
    _run(parser().parse_args(argv))


@own_stdout()
def _run(args: argparse.Namespace) -> None:
    for seed in args.seeds:
        check_seed("--seeds", seed)
    recipe = Recipe(args.optimizer, args.rate, args.momentum, args.batch, args.epochs)
    check_recipe(recipe)
    if args.data and is_sample_file(args.task):
        raise WannError(f"--data {args.data} beside {args.task}: give the file of samples once")
    subject = Subject(args.task, data_of_args(args))
    say(subject.task.summary, sys.stderr if args.json else stdout())
    net = network_of(args, subject)
    compressions = args.compressions or [c for c in HALF_DECADES if c <= net.n_weights]
    cells = plan(net, args.methods, compressions, args.seeds)
    champions = [
        row
        for path in args.champion
        for row in evolved_rows(load(path), path, subject.name, subject.data)
    ]
    real = np.dtype(args.precision).type
    settings = {
        "task": subject.name,
        "data": subject.checksum(),
        "net": net.settings(),
        "recipe": recipe._asdict(),
        "precision": args.precision,
    }
    results = Results(args.out or Path("runs") / f"pruning-{subject.label}", settings)

    def before(cell: Cell) -> Result | None:
        return results.result(cell.needs, net, real) if cell.needs else None

    def rows() -> list[dict[str, Any]]:
        return [
            results.row(cell.name) for cell in cells if results.is_finished(cell.name)
        ] + champions

    with one_blas_thread(), CompareProgress(sys.stderr if args.json else stdout()) as progress:
        finished = sum(results.is_finished(cell.name) for cell in cells)
        progress.start(subject.label, net, len(cells), finished, results.path)

        def save(cell: Cell, result: Result) -> None:
            results.save(cell, result)
            if progress.show(cell, result.row):
                results.write_tables(rows())

        done = finished == len(cells)
        if not done:
            setup = subject.setup(net, recipe, real)
            workers = workers_for(setup, args.backend, args.workers, args.address)
            try:
                done = run_cells(
                    cells, workers, before, results.is_finished, save, lambda: progress.stopped
                )
            finally:
                workers.close()
    results.write_tables(rows())
    if not done:
        say("stopped early; the same command goes on where it was", sys.stderr)
        sys.exit(130)
    if args.networks:
        assert isinstance(net, MLP)
        write_networks(results, cells, subject, net, real)
    if args.json:
        say_json({"folder": str(results.path), "rows": rows()})
    else:
        say(f"\n{summary(rows())}\n\n  {shell_command('viz.pruning', results.path)}")


def write_networks(
    results: Results, cells: Sequence[Cell], subject: Subject, net: MLP, real: type
) -> None:
    """Write each network as a champion file, unless its training has diverged.

    A warning then says so.
    """
    folder = results.networks
    for cell in cells:
        row, parameters, mask = results.result(cell.name, net, real)
        with np.errstate(all="ignore"):
            champion = to_champion(
                net,
                parameters,
                mask,
                subject.name,
                (subject.task.inputs, subject.task.outputs),
                (subject.shift, subject.scale),
            )
            how = {"pruning": {**results.settings, **row}, **data_of(subject.task)}
            champion = replace(champion, scores={"accuracy": row["accuracy"]}, provenance=how)
        if not (np.abs(champion.weights_at()) < LARGEST_NUMBER).all():
            warnings.warn(
                f"{cell.name}: no file is written for this network: it has diverged", stacklevel=2
            )
            continue
        champion.save(folder / f"{cell.name}.json")


def command() -> None:
    """Run the command as a program: mistakes become one line and exit code 2."""
    run_command(main)
