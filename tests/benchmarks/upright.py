"""How often swing-up champions get the pole up, and keep it up:
``python tests/benchmarks/upright.py CHAMPION ...``.

An episode is one of 41 shared weights from -2 to 2 and five start states, or with ``--tuned`` of
the champion's own weights and 20. The pole is up where it comes within 18 degrees of upright and
the cart stays on the rail; it is kept up where it also is within 37 degrees through the last 200 of
1000 steps.
"""

import argparse
from collections.abc import Callable

import gymnasium
import numpy as np

import envs  # noqa: F401 - registers the environment
import wann

COSINE = 2  # of the pole's angle, in an observation


def cosines(env: gymnasium.Env, act: Callable, seed: int) -> np.ndarray | None:
    """Return the cosine of the pole's angle after each step; None if the cart leaves the rail."""
    observation, _ = env.reset(seed=seed)
    found = []
    for _ in range(1000):
        observation, _, terminated, *_ = env.step(act(observation))
        found.append(observation[COSINE])
        if terminated:
            return None
    return np.array(found)


def main() -> None:
    """Print a row for each champion."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("champions", nargs="+", metavar="CHAMPION")
    parser.add_argument("--tuned", action="store_true")
    args = parser.parse_args()
    env = gymnasium.make("wann/CartPoleSwingUp-v0").unwrapped
    for path in args.champions:
        champion = wann.load(path)
        weights = [None] if args.tuned else np.linspace(-2, 2, 41).tolist()
        policies = [champion.policy(weight, action_space=env.action_space) for weight in weights]
        episodes = [
            cosines(env, act, seed) for act in policies for seed in range(20 if args.tuned else 5)
        ]
        up = [found is not None and found.max() > np.cos(np.radians(18)) for found in episodes]
        kept = [
            found is not None and found[-200:].min() > np.cos(np.radians(37)) for found in episodes
        ]
        shares = f"up {100 * np.mean(up):.0f} %, kept up {100 * np.mean(kept):.0f} %"
        print(f"{path}: {champion.genome.size} connections, {shares}")


if __name__ == "__main__":
    main()
