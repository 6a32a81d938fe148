"""Gymnasium's car racing to compare with, drivers for both, and an encoder of little use."""

import math

import gymnasium
import numpy as np

from envs.carracing.sight.encoder import Encoder
from envs.carracing.sight.picture import PIXELS


def gymnasiums(pictures=False):
    """Return a bare ``CarRacing-v3``; without pictures it is a hundred times as fast."""
    env = gymnasium.make("CarRacing-v3", disable_env_checker=True).unwrapped
    if not pictures:
        env._render = lambda mode: None
    return env


def drivers(seed):
    """Return functions of (track, hull's body as in ``Car.bodies``) that give actions of Gymnasium:
    held for a while, fresh in each step, and along the road.
    """
    rng = np.random.default_rng(seed)
    held = [np.zeros(3)]
    calls = iter(range(10**9))

    def holds(track, hull):
        if next(calls) % 10 == 0:
            held[0] = rng.uniform([-1, 0, 0], 1) * (1, 1, rng.random() < 0.2)
        return held[0]

    def shakes(track, hull):
        return rng.uniform([-1, 0, 0], 1)

    return {"holds": holds, "shakes": shakes, "follows": follow}


def follow(track, hull):
    """Steer to the middle of the road ahead, at up to 40 m/s."""
    x, y, angle, vx, vy = (float(number) for number in hull[:5])
    nearest = np.argmin(np.hypot(track.points[:, 1] - x, track.points[:, 2] - y))
    _, goal_x, goal_y = track.points[(nearest + 5) % track.size]
    off = math.remainder(math.atan2(x - goal_x, goal_y - y) - angle, 2 * math.pi)
    speed = math.hypot(vx, vy)
    return np.array([np.clip(-2 * off, -1, 1), 0.5 * (speed < 40), 0.3 * (speed > 45)])


def bodies_of(env):
    """Return ``(5, 6)`` float32 of Box2D's bodies: columns as in ``Car.bodies``."""
    return np.array(
        [
            (*body.worldCenter, body.angle, *body.linearVelocity, body.angularVelocity)
            for body in (env.car.hull, *env.car.wheels)
        ],
        np.float32,
    )


def encoder(n=16, seed=0):
    """Return an encoder whose features are about normal, of random directions."""
    rng = np.random.default_rng(seed)
    return Encoder.of(
        np.full(3 * PIXELS, 120.0), rng.normal(0.0, 0.01 / math.sqrt(PIXELS), (n, 3 * PIXELS))
    )
