"""Environment steps per second of Gymnasium tasks, beside the bare environment.

The bare environment is what ``gymnasium.make`` returns, with actions of ``action_space.sample()``;
``drawn before`` is the same with actions that were sampled before the clock starts. Rounds take
turns; the figures are medians.
"""

import sys
import time
from pathlib import Path

import gymnasium
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "helpers"))
from support.genomes import grow

from wann.network.network import decode_all
from wann.tasks import find_task

IDS = (
    "CartPole-v1", "MountainCar-v0", "MountainCarContinuous-v0", "Pendulum-v1", "Acrobot-v1",
    "LunarLander-v3",
    "BipedalWalker-v3",
)  # fmt: skip
ROUNDS, STEPS = 5, 4000


def bare(env_id: str, sampled: bool) -> float:
    """Return steps per second of the environment alone."""
    env = gymnasium.make(env_id)
    env.action_space.seed(0)
    actions = [env.action_space.sample() for _ in range(STEPS)]
    begun, made, seed = time.perf_counter(), 0, 0
    while made < STEPS:
        env.reset(seed=seed)
        over, seed = False, seed + 1
        while not over and made < STEPS:
            action = env.action_space.sample() if sampled else actions[made]
            _, _, terminated, truncated, _ = env.step(action)
            over, made = terminated or truncated, made + 1
    return made / (time.perf_counter() - begun)


def played(env_id: str) -> float:
    """Return steps per second of 12 networks of up to 40 connections at six weights."""
    task = find_task(f"gym:{env_id}")
    networks = decode_all([grow(len(task.inputs), len(task.outputs), 4 * k, k) for k in range(12)])
    weights, trials = np.array([-2.0, -1.0, -0.5, 0.5, 1.0, 2.0]), np.arange(2)[:, None]
    begun = time.perf_counter()
    _, made = task.score(networks, weights, trials)
    return made / (time.perf_counter() - begun)


def main() -> None:
    """Print a table."""
    print(f"{'':26s}{'steps/s':>9s}  of bare, random  of bare, drawn before")
    for env_id in IDS:
        played(env_id)  # compiles
        rows = np.array(
            [(played(env_id), bare(env_id, True), bare(env_id, False)) for _ in range(ROUNDS)]
        )
        own, random, drawn = np.median(rows, axis=0)
        print(f"{env_id:26s}{own:9.0f}  {own / random:15.2f}  {own / drawn:21.2f}")


if __name__ == "__main__":
    main()
