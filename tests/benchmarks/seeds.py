"""How good the champions of several runs are, for the tables of ``docs/results``:
``python tests/benchmarks/seeds.py RUNS ... -o docs/results/data/NAME.csv``.

A row for each run, of what ``wann assess`` finds on fresh trials or test samples (of these in %):
the mean over the weights of the ``sweep``, a ``random`` shared weight of U(-2, 2), and the ``best``
one, each with the standard deviation over trials and with the share [%] of the episodes that
succeed (``_up``); of classifiers the ensemble by ``vote`` and by mean ``probability``; of all the
mean score of the ``first`` generation. ``python docs/tables.py`` puts medians and intervals of them
into the pages. RUNS are folders of ``wann evolve --seeds``, or run directories, and give the rows
their name.
"""

import argparse
import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

import wann
from wann.assess import Assessment, assess
from wann.compare.runs import read_runs
from wann.compare.statistics import median_interval
from wann.runs.directory import RunDirectory

COLUMNS = (
    "run", "seed", "first", "vote", "probability", "sweep", "sweep_std", "sweep_up", "random",
    "random_std", "random_up", "best", "best_std", "best_up", "best_weight", "connections",
)  # fmt: skip


def row_of(name: str, path: Path, trials: int, places: int) -> dict[str, str]:
    """Return the row of a run; what is not known of it is left out."""
    run = RunDirectory.open(path)
    champion = wann.load(path)
    found = assess(champion, trials=trials)
    first = float(run.history()["mean"][0])
    return {
        "run": name,
        "seed": str(run.config().seed),
        "first": f"{first:.{places}f}",
        **{key: f"{value:.{places}f}" for key, value in figures_of(found)},
        "best_weight": f"{found.best_weight:g}",
        "connections": str(found.connections),
    }


def figures_of(found: Assessment) -> Iterator[tuple[str, float]]:
    """Yield the figures of an assessment with the names of their columns."""
    conditions = {"sweep": found.sweep, "random": found.random_shared, "best": found.best_shared}
    for name, condition in conditions.items():
        yield name, found.scale * condition.mean
        if condition.score.std is not None:
            yield f"{name}_std", found.scale * condition.score.std
        if condition.success is not None:
            yield f"{name}_up", 100 * condition.success
    for way, column in (("vote", "vote"), ("mean_probability", "probability")):
        if way in found.ensembles:
            yield column, found.scale * found.ensembles[way].mean


def write(rows: Sequence[dict[str, str]], file: Path) -> None:
    """Write the columns that any row has."""
    with file.open("w", newline="") as opened:
        columns = [name for name in COLUMNS if any(name in row for row in rows)]
        writer = csv.DictWriter(opened, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def summary(rows: Sequence[dict[str, str]]) -> Iterator[str]:
    """Yield a line for each figure: its median over the runs and the 95 % interval of that."""
    for name in COLUMNS[2:]:
        values = np.array([float(row[name]) for row in rows if name in row])
        if len(values) and name != "best_weight":
            low, high = median_interval(values, np.random.default_rng(0))
            yield f"{name:12s} {np.median(values):8.1f}   {low:8.1f} to {high:.1f}"


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", type=Path, nargs="+", metavar="RUNS")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE.csv")
    parser.add_argument("--trials", type=int, default=100, metavar="N")
    parser.add_argument("--places", type=int, default=0, metavar="N", help="decimal places")
    return parser


def main() -> None:
    """Assess the runs, write their rows, and print what they have in the middle."""
    args, rows = parser().parse_args(), []
    for folder in args.runs:
        own = [
            row_of(folder.name, run.path, args.trials, args.places) for run in read_runs([folder])
        ]
        print(f"{folder}: {len(own)} runs", *summary(own), sep="\n  ", flush=True)
        rows += own
    write(rows, args.output)


if __name__ == "__main__":
    main()
