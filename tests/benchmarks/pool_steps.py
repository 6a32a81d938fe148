"""Environment steps per CPU second of EnvPool's environments beside Gymnasium's own, in one run.

The same networks play ``envpool:ID`` and ``gym:ID`` in one process (``--backend serial``), at six
weights. CPU seconds are those of all threads of the process, EnvPool's included, so that other work
of the machine counts little. Rounds take turns; the figures are medians.
"""

import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "helpers"))
from support.genomes import grow

from wann.network.network import decode_all
from wann.tasks import Task, find_task

IDS = (
    "CartPole-v1", "Pendulum-v1", "Acrobot-v1", "MountainCar-v0", "LunarLander-v3",
    "BipedalWalker-v3",
)  # fmt: skip
ROUNDS, NETWORKS, FEW = 5, 96, 6  # of the Python environment few networks play
WEIGHTS = np.array([-2.0, -1.0, -0.5, 0.5, 1.0, 2.0])


def played(task: Task, members: np.ndarray) -> float:
    """Return steps per CPU second of some of 96 networks of up to 60 connections, two trials."""
    sizes = len(task.inputs), len(task.outputs)
    networks = decode_all([grow(*sizes, k % 60, k) for k in range(NETWORKS)]).pick(members)
    trials = task.trials(2, np.random.default_rng(0))
    task.score(networks.part(0, 1), WEIGHTS[:1], trials)  # compiles
    begun = time.process_time()
    _, made = task.score(networks, WEIGHTS, trials)
    return made / (time.process_time() - begun)


def main() -> None:
    """Print a table."""
    print(f"{'steps per CPU second':24s}{'gym':>9s}{'envpool':>9s}   ratio")
    few = np.linspace(0, NETWORKS - 1, FEW).astype(int)
    for env_id in IDS:
        pool, own = find_task(f"envpool:{env_id}"), find_task(f"gym:{env_id}")
        rows = [(played(own, few), played(pool, np.arange(NETWORKS))) for _ in range(ROUNDS)]
        gym, envpool = np.median(rows, axis=0)
        ratio = np.median([b / a for a, b in rows])
        print(f"{env_id:24s}{gym:9.0f}{envpool:9.0f} {ratio:7.2f}", flush=True)


if __name__ == "__main__":
    main()
