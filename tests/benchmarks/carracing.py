"""Steps per second of car racing on one core: physics, picture, features and network, beside
Gymnasium's ``CarRacing-v3`` and, where it is installed, EnvPool's.

Gymnasium and EnvPool only step and draw their frames; what makes features of these and the
networks come on top. Rounds take turns; the figures are medians. Then what the parts of a step
take, what a track takes, and how near the picture comes to Gymnasium's.

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
from support.racing import drivers, encoder

from envs.carracing.environment import RacingEnv
from envs.carracing.original import OriginalRacing
from envs.carracing.physics.numbers import kernel
from envs.carracing.physics.race import begin, drive, new_race
from envs.carracing.physics.track import track_of
from envs.carracing.play import see
from envs.carracing.sight.encoder import encode
from envs.carracing.sight.picture import PIXELS, ZOOMED, view
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


@kernel
def driven(race, track, actions):
    """Drive with recorded actions."""
    for i in range(len(actions)):
        drive(race, track, actions[i, 0], actions[i, 1], actions[i, 2])


@kernel
def looked(race, raster, shown, picture, times):
    """Look so many times."""
    for _ in range(times):
        see(race, raster, shown, picture)


@kernel
def encoded(made, picture, features, times):
    """Encode a picture so many times."""
    for _ in range(times):
        encode(made, picture, features)


def parts() -> dict[str, float]:
    """Return microseconds of each part of a step."""
    track, raster = prepared(3)
    race, driver, actions = new_race(track.size), drivers(0)["follows"], []
    begin(race, track)
    for _ in range(1000):
        actions.append(driver(track, race.car.bodies[0]))
        drive(race, track, *actions[-1].tolist())
    rough = np.random.default_rng(0).uniform([-1, 0, 0], 1, (1000, 3))
    picture, features = np.empty(3 * PIXELS, np.float32), np.empty(16, np.float32)
    made, given = encoder(), np.array(actions)
    calls: dict[str, Callable[[], None]] = {
        "car, along the road": lambda: driven(race, track, given),
        "car, another action in each step": lambda: driven(race, track, rough),
        "picture": lambda: looked(race, raster, view(), picture, 1000),
        "16 features": lambda: encoded(made, picture, features, 1000),
    }
    found = {}
    for name, call in calls.items():
        seconds = []
        for _ in range(4):  # the first one compiles
            begin(race, track)
            begun = time.process_time()
            call()
            seconds.append(time.process_time() - begun)
        found[name] = min(seconds) * 1e3
    return found


def nearness() -> None:
    """Print how near pictures come to those of Gymnasium at the same poses."""
    own, original, off, shown = RacingEnv(), OriginalRacing(), [], []
    for seed in (3, 4, 5):
        rng, action = np.random.default_rng(seed), np.zeros(3)
        for env in (own, original):
            env.reset(seed=seed)
        for number in range(2, 252):
            if number % 10 == 0:
                action = rng.uniform([-0.6, -1.0, -1.0], [0.6, 0.3, 0.2])
            own.step(action)
            frame = original.step(action)[0].astype(float)
            off.append((number < ZOOMED, own.picture() - frame))
            shown.append(frame.reshape(-1, 3).var(axis=0).mean())
    for name, zooming in (("in the first second", True), ("later", False)):
        some = np.array([error for early, error in off if early == zooming])
        seen = np.mean([v for v, (early, _) in zip(shown, off, strict=True) if early == zooming])
        share, square = (abs(some).max(axis=-1) > 8).mean(), (some**2).mean() / seen
        print(
            f"pixels that differ by more than 8 of 255, {name}: {share:.1%}; mean difference"
            f" {abs(some).mean():.2f}; squared {square:.2%} of what there is to see"
        )


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
    print()
    for name, microseconds in parts().items():
        print(f"{name:34s}{microseconds:9.2f} us")
    begun = time.process_time()
    for seed in range(10, 20):
        raster_of(track_of(seed))
    took, size = (time.process_time() - begun) * 100, prepared(3)[1].texels.nbytes / 1e6
    print(f"a track and its raster: {took:.0f} ms and {size:.1f} MB, once for all that drive on it")
    if "Gymnasium" in medians:
        nearness()


if __name__ == "__main__":
    main()
