"""Environment steps per second of Gymnasium tasks, beside the bare environment.

The bare environment is what ``gymnasium.make`` returns, with actions of ``action_space.sample()``;
``drawn before`` is the same with actions that were sampled before the clock starts. Rounds take
turns; the figures are medians.

Of environments that are shipped as compiled physics, too, these play the same networks, in float32
as the configurations have it, on one core; the last column says how many times as fast they are as
the Gymnasium task.
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
COMPILED = {
    "CartPole-v1": "cartpole",
    "MountainCar-v0": "mountaincar_discrete",
    "MountainCarContinuous-v0": "mountaincar",
    "Pendulum-v1": "pendulum",
    "Acrobot-v1": "acrobot",
}
WEIGHTS = np.array([-2.0, -1.0, -0.5, 0.5, 1.0, 2.0])


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


def played(name: str, trials: int = 2, dtype: type = np.float64) -> float:
    """Return steps per second of 12 networks of up to 40 connections at six weights."""
    task = find_task(name)
    networks = decode_all([grow(len(task.inputs), len(task.outputs), 4 * k, k) for k in range(12)])
    drawn = task.trials(trials, np.random.default_rng(0)).astype(dtype)
    begun = time.perf_counter()
    _, made = task.score(networks, WEIGHTS.astype(dtype), drawn)
    return made / (time.perf_counter() - begun)


def compiled(env_id: str) -> float:
    """Return steps per second of the same environment as physics, NaN if it is none."""
    name = COMPILED.get(env_id)
    return np.nan if name is None else played(name, 64, np.float32)


def main() -> None:
    """Print a table."""
    print(f"{'':26s}{'steps/s':>9s}  of bare, random  of bare, drawn before   compiled   ratio")
    for env_id in IDS:
        task = f"gym:{env_id}"
        played(task), compiled(env_id)  # compiles
        rows = np.array(
            [
                (played(task), bare(env_id, True), bare(env_id, False), compiled(env_id))
                for _ in range(ROUNDS)
            ]
        )
        own, random, drawn, physics = np.median(rows, axis=0)
        ours = f"  {physics / 1e6:7.1f} M {physics / own:7.0f}" if physics > 0 else ""
        print(f"{env_id:26s}{own:9.0f}  {own / random:15.2f}  {own / drawn:21.2f}{ours}")


if __name__ == "__main__":
    main()
