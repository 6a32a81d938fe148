"""Swing up a pendulum with a weak motor and hold it: Gymnasium's Pendulum-v1, the same physics."""

import math
from typing import NamedTuple

import numpy as np

from wann.physics import ControlTask, Goal, rint, sin_cos

UPRIGHT = 0.9396926207859084  # the cosine of 20 degrees
TURN = 2 * math.pi  # rad


class Pendulum(NamedTuple):
    """Pendulum-v1: a rod on a pivot, whose motor is too weak to lift it at once.

    ## Action Space
    | row | name   | meaning                                                    | bounds         |
    |-----|--------|------------------------------------------------------------|----------------|
    | 0   | torque | torque at the pivot as a share of ``torque``, left positive | [-1, 1] (clip) |

    ## Observation Space
    The state is the angle [rad, 0 = upright, counterclockwise positive] and its velocity.

    | row | name | meaning                               | unit  | bounds      |
    |-----|------|---------------------------------------|-------|-------------|
    | 0   | cos  | 1 upright, -1 hanging                 |       | [-1, 1]     |
    | 1   | sin  | positive where it leans to the left   |       | [-1, 1]     |
    | 2   | spin | angular velocity                      | rad/s | +-``most``  |

    ## Rewards
    ``-(angle^2 + 0.1 velocity^2 + 0.001 torque^2)`` of the state that an action is taken in, with
    the angle in +-pi and the torque in newton metres: at most 0, about -1200 for hanging still.

    ## Starting State
    Any angle and +-1 rad/s, uniform.

    ## Episode End
    Truncated after 200 steps (10 s).

    ## Success
    The pendulum is within 20 degrees of upright through the last 2.5 s.

    Source: Gymnasium ``envs/classic_control/pendulum.py``.
    """

    gravity: float = 10.0  # m/s^2
    mass: float = 1.0  # kg
    length: float = 1.0  # m
    torque: float = 2.0  # N m
    most: float = 8.0  # rad/s
    dt: float = 0.05  # s, semi-implicit Euler

    state_names = ("theta", "theta_dot")
    observation_names = ("cos", "sin", "spin")
    action_names = ("torque",)
    holding = "upright"
    about = "swing the pendulum up and hold it"

    @property
    def observation_bounds(self) -> tuple[float, ...]:
        """Largest magnitude of each observation."""
        one = math.nextafter(1.0, 2.0)  # sin_cos can round to one bit more than 1
        return one, one, self.most

    def start_states(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Return ``(n, 2)`` start states, uniform."""
        return rng.uniform((-math.pi, -1.0), (math.pi, 1.0), (n, 2))

    def reset(self, start):
        """Return the state with sin and cos of the angle, so that a step computes them once."""
        return start + sin_cos(start[0])

    def observe(self, state):
        """Return (cos theta, sin theta, theta_dot)."""
        _, theta_dot, s, c = state
        return c, s, theta_dot

    def step(self, state, action):
        """Return (state, reward, alive) after one time step."""
        theta, theta_dot, s, _ = state
        push = min(1.0, max(-1.0, action[0])) * self.torque
        off = theta - TURN * rint(theta * (1.0 / TURN))
        cost = off * off + 0.1 * (theta_dot * theta_dot) + 0.001 * (push * push)
        theta_dot = theta_dot + self.dt * (
            (3.0 * self.gravity / (2.0 * self.length)) * s
            + (3.0 / (self.mass * self.length * self.length)) * push
        )
        theta_dot = min(max(theta_dot, -self.most), self.most)
        theta = theta + self.dt * theta_dot
        return (theta, theta_dot) + sin_cos(theta), -cost, True

    def holds(self, state):
        """Return whether the pendulum is up."""
        return state[3] >= UPRIGHT

    def status(self, state: tuple[float, ...], alive: bool) -> str:
        """Return what is to be seen of a state."""
        return "is up" if state[3] >= UPRIGHT else "swings"

    def draw(
        self, state: tuple[float, ...], action: tuple[float, ...] | None, size: tuple[int, int]
    ) -> np.ndarray:
        """Return a picture of the pendulum and of the torque that led there."""
        from envs.classic.drawing import draw_links

        turn = 0.0 if action is None else min(1.0, max(-1.0, action[0]))
        return draw_links((state[0] + math.pi,), (self.length,), size, turn)


PENDULUM = ControlTask(Pendulum(), max_steps=200, goal=Goal(50, "stays up", "does not stay up"))
