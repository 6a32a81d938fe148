"""What networks of ``carracing`` are worth in Gymnasium's own ``CarRacing-v3``:
``python tests/benchmarks/carracing_gym.py RUNS ... -o docs/results/data/carracing_gym.csv``.

RUNS are run directories, or folders of ``wann evolve --seeds``, that ``wann tune`` was run for.
Each network drives on the same tracks in both: with a shared weight of U(-2, 2) for each, with
the best shared one and with tuned weights, as ``tuned.json`` has them. A row has mean and standard
deviation over the tracks, and on how many [%] it reaches 900. An episode takes four seconds, so
rows that the file has are not made again.
"""

import argparse
import csv
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np

import wann
from envs.carracing.task import THRESHOLD
from wann.compare.runs import read_runs
from wann.network.network import decode_all
from wann.streams import rng_for
from wann.tasks import Data, Task, find_task

TASKS = {"own": "carracing", "gym": "carracing_gym"}
COLUMNS = ("run", "seed", "weights", "tracks", *(
    f"{name}{figure}" for name in TASKS for figure in ("", "_std", "_up")
))  # fmt: skip

task_named = cache(lambda name: find_task(name, Data()))


def driven(path: Path, name: str, weights: np.ndarray, track: np.ndarray) -> float:
    """Return what a champion scores on a track with weights ``(1,)`` or ``(1, C)``."""
    task: Task = task_named(name)
    scores, _ = task.score(decode_all([wann.load(path).genome]), weights, track)
    return float(scores[0, 0, 0])


def weights_of(path: Path, tracks: int) -> dict[str, list[np.ndarray]]:
    """Return the weights of each kind for each track."""
    tuned = wann.load(path / "tuned.json")
    random = rng_for(0, 0, "weights").uniform(-2, 2, (tracks, 1))
    best = np.array([tuned.shared_weight])
    return {
        "random": list(random), "best": [best] * tracks, "tuned": [tuned.weights_at()] * tracks,
    }  # fmt: skip


def rows_of(path: Path, key: tuple[str, str], args: argparse.Namespace) -> Iterator[dict[str, str]]:
    """Yield the rows of a run that are not known yet."""
    drawn = task_named("carracing").trials(args.tracks, rng_for(0, 0, "tracks"))
    tracks = np.split(drawn, args.tracks)
    for kind, weights in weights_of(path, args.tracks).items():
        if (*key, kind, str(args.tracks)) in args.known:
            continue
        row = dict(zip(COLUMNS, (*key, kind, str(args.tracks)), strict=False))
        for name, task in TASKS.items():
            scores = np.array([*args.pool.map(partial(driven, path, task), weights, tracks)])
            row[name], row[f"{name}_std"] = f"{scores.mean():.0f}", f"{scores.std():.0f}"
            row[f"{name}_up"] = f"{100 * (scores >= THRESHOLD).mean():.0f}"
        print(*row.values(), flush=True)
        yield row


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", type=Path, nargs="+", metavar="RUNS")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE.csv")
    parser.add_argument("--tracks", type=int, default=100, metavar="N")
    parser.add_argument("--workers", type=int, default=2, metavar="N")
    return parser


def main() -> None:
    """Drive, and write the rows."""
    args, rows = parser().parse_args(), []
    if args.output.exists():
        with args.output.open(newline="") as opened:
            rows = list(csv.DictReader(opened))
    args.pool = ProcessPoolExecutor(args.workers, get_context("spawn"))
    args.known = {tuple(row[name] for name in COLUMNS[:4]) for row in rows}
    for folder in args.runs:
        for run in read_runs([folder]):
            for row in rows_of(run.path, (folder.name, str(run.seed)), args):
                rows.append(row)
                with args.output.open("w", newline="") as opened:
                    writer = csv.DictWriter(opened, COLUMNS, lineterminator="\n")
                    writer.writeheader()
                    writer.writerows(rows)


if __name__ == "__main__":
    main()
