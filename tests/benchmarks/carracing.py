"""Steps per second of car racing on one core: physics, picture, features and network, beside
Gymnasium's ``CarRacing-v3`` and, where it is installed, EnvPool's.

Gymnasium and EnvPool only step and draw their frames; what makes features of these and the
networks come on top. Rounds take turns; the figures are medians.

    python tests/benchmarks/carracing.py [ROUNDS]
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import gymnasium
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "helpers"))
from support.genomes import grow
from support.racing import encoder

from envs.carracing.physics.track import track_of
from envs.carracing.sight.raster import raster_of
from envs.carracing.task import RacingTask, prepared
from wann.network.network import decode_all

ROUNDS, BARE_STEPS = 3, 300
WEIGHTS = np.array([-2.0, -1.0, -0.5, 0.5, 1.0, 2.0])
TRIALS = np.array([[3], [4]])


def own() -> tuple[int, float]:
    """Return the steps that 12 networks of up to 76 mutations made at six weights, and seconds."""
    task = RacingTask(encoder())
    networks = decode_all([grow(16, 3, 4 * (5 * k % 20), k) for k in range(12)])
    for seed in TRIALS[:, 0].tolist():
        prepared(seed)
    task.score(networks.part(0, 1), WEIGHTS[:1], TRIALS)  # compiles
    begun = time.process_time()
    _, steps = task.score(networks, WEIGHTS, TRIALS)
    return steps, time.process_time() - begun


def gymnasiums() -> tuple[int, float]:
    """Return steps of Gymnasium's environment, frames included, and seconds."""
    env = gymnasium.make("CarRacing-v3", disable_env_checker=True).unwrapped
    env.reset(seed=3)
    actions = np.random.default_rng(0).uniform([-1, 0, 0], 1, (BARE_STEPS, 3))
    begun = time.process_time()
    for action in actions:
        env.step(action)
    return BARE_STEPS, time.process_time() - begun


def envpools() -> tuple[int, float]:
    """Return the same of EnvPool's."""
    import envpool

    env = envpool.make_gymnasium("CarRacing-v3", num_envs=1, num_threads=1, seed=3)
    env.reset()
    actions = np.random.default_rng(0).uniform([-1, 0, 0], 1, (BARE_STEPS, 1, 3))
    begun = time.process_time()
    for action in actions.astype(np.float32):
        env.step(action)
    return BARE_STEPS, time.process_time() - begun


def ways() -> dict[str, Callable[[], tuple[int, float]]]:
    """Return what can be measured here."""
    found = {"wann, with features and networks": own}
    try:
        import Box2D  # noqa: F401

        found["Gymnasium"] = gymnasiums
    except ImportError:
        print("Gymnasium's is left out: Box2D is not installed")
    try:
        import envpool  # noqa: F401

        found["EnvPool"] = envpools
    except ImportError:
        print("EnvPool's is left out: it is not installed")
    return found


def main() -> None:
    """Print a table."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    found = ways()
    measured: dict[str, list[float]] = {name: [] for name in found}
    for _ in range(rounds):
        for name, way in found.items():
            steps, seconds = way()
            measured[name].append(steps / seconds)
    medians = {name: float(np.median(values)) for name, values in measured.items()}
    print(f"{'':34s}{'steps/s':>9s}  times Gymnasium's")
    for name, value in medians.items():
        times = f"{value / medians['Gymnasium']:17.0f}" if "Gymnasium" in medians else ""
        print(f"{name:34s}{value:9.0f}  {times}")
    begun = time.process_time()
    for seed in range(10, 20):
        raster_of(track_of(seed))
    print(f"a track and its raster: {(time.process_time() - begun) * 100:.0f} ms, once for all")


if __name__ == "__main__":
    main()
