"""What ``settle_steps`` spares and changes: ``python tests/benchmarks/settled.py RUN ...``.

The last population of each run of ``gym:ID`` or ``envpool:ID`` plays one episode at each weight,
whole and until it has settled.
"""

import argparse
from pathlib import Path

import numpy as np

from wann.config import MANY
from wann.network.network import decode_all
from wann.runs.checkpoint import restore_checkpoint
from wann.runs.directory import RunDirectory
from wann.search.search import WannSearch
from wann.streams import rng_for
from wann.tasks import find_task
from wann.tasks.gym.settled import settling
from wann.tasks.scaling import Scaler
from wann.tasks.task import scaled


def compared(path: Path, settle_steps: int) -> tuple[float, int, np.ndarray]:
    """Return the share of the steps that is spared, the steps of whole episodes, and by how much
    the score of each episode differs.
    """
    config = RunDirectory.open(path).config()
    task = find_task(config.task)
    sizes = len(task.inputs), len(task.outputs)
    search = WannSearch(config.search, *sizes, config.seed)
    scaler = Scaler(config.scale_observations, sizes[0])
    restore_checkpoint(path, search, scaler)
    task = scaled(task, scaler.scale)
    trials = task.trials(1, rng_for(config.seed, MANY, "settled"))
    arguments = decode_all(search.ask()), np.array(config.weights)
    whole, steps = task.score(*arguments, trials)
    ended, fewer = task.score(*arguments, settling(trials, settle_steps))
    return 1 - fewer / steps, steps, np.abs(ended - whole)


def main() -> None:
    """Print a row for each run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", type=Path, nargs="+", metavar="RUN")
    parser.add_argument("--settle-steps", type=int, default=100, metavar="N")
    args = parser.parse_args()
    print("steps of whole episodes, spared, scores differ by: median, 95 %, at most")
    for path in args.runs:
        spared, steps, apart = compared(path, args.settle_steps)
        figures = " ".join(f"{x:.3g}" for x in (*np.quantile(apart, (0.5, 0.95)), apart.max()))
        print(f"{path} {steps} {100 * spared:.0f} % {figures}", flush=True)


if __name__ == "__main__":
    main()
