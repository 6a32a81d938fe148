"""Balance a pole that starts upright: Gymnasium's CartPole-v1, the same physics and limits; or one
that starts far from upright.
"""

import math
from typing import NamedTuple

import numpy as np

from wann.physics import ControlTask, Goal, sin_cos, where


class CartPole(NamedTuple):
    """CartPole-v1: a cart on a rail, pushed left or right with a constant force.

    ## Action Space
    | action | network output | meaning                                 |
    |--------|----------------|-----------------------------------------|
    | 0      | at most 0      | push to the left with ``force`` newtons |
    | 1      | positive       | push to the right                       |

    ## Observation Space
    The observation is the state; its bounds are twice the limits, beyond which an episode has long
    ended.

    | row | name      | meaning                   | unit  | bounds          |
    |-----|-----------|---------------------------|-------|-----------------|
    | 0   | x         | position of the cart      | m     | +-2 ``limit``   |
    | 1   | x_dot     | its velocity              | m/s   | none            |
    | 2   | theta     | pole angle, 0 = upright   | rad   | +-2 ``angle``   |
    | 3   | theta_dot | its angular velocity      | rad/s | none            |

    ## Rewards
    1 for each step, the last one too.

    ## Starting State
    Each number uniform: x in +-``start_x``, theta in +-``start_theta``, velocities in +-0.05.

    What is watched starts farther off, or there were nothing to see: ``watch_states``.

    ## Episode End
    Terminated when the cart leaves +-``limit`` or the pole leaves +-``angle``; truncated after 500
    steps (10 s).

    ## The far start
    ``CARTPOLE_FAR`` starts anywhere within 1 m and 0.5 rad (29 degrees), and ends at 60 degrees. A
    linear-quadratic regulator, pushing left or right by the sign of its output, keeps the pole up
    from 99.9 % of these starts: that many are possible at least.

    ## Success
    The episode is truncated, not terminated.

    Source: Gymnasium ``envs/classic_control/cartpole.py``, after Barto, Sutton & Anderson 1983.
    """

    gravity: float = 9.8  # m/s^2
    cart_mass: float = 1.0  # kg
    pole_mass: float = 0.1  # kg
    length: float = 0.5  # m, half the pole
    force: float = 10.0  # N
    dt: float = 0.02  # s, explicit Euler
    limit: float = 2.4  # m
    angle: float = 12 * 2 * math.pi / 360  # rad
    start_x: float = 0.05  # m
    start_theta: float = 0.05  # rad

    state_names = ("x", "x_dot", "theta", "theta_dot")
    observation_names = state_names
    action_names = ("push",)
    discrete = True  # only the sign of the action counts
    holding = "upright"  # what it is while an episode goes on

    @property
    def observation_bounds(self) -> tuple[float, ...]:
        """Largest magnitude of each observation."""
        return 2 * self.limit, math.inf, 2 * self.angle, math.inf

    @property
    def pole(self) -> float:
        """Length of the whole pole [m]."""
        return 2 * self.length

    def start_states(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Return ``(n, 4)`` start states, each number uniform around 0."""
        largest = np.array((self.start_x, 0.05, self.start_theta, 0.05))
        return rng.uniform(-largest, largest, (n, 4))

    @property
    def about(self) -> str:
        """What there is to do, and where what is watched starts."""
        if self._starts_far:
            return "catch a leaning pole and keep it up"
        return "keep the pole up, from a start farther off than those of the search"

    @property
    def _starts_far(self) -> bool:
        return self.start_theta > self.angle / 3

    def watch_states(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Return ``(n, 4)`` start states to watch, in which there is something to do.

        Where the task's own starts are near upright: 0.8 to 1.2 m off the centre, leaning by 50 to
        70 % of what is allowed (6 to 8.4 of 12 degrees), at rest; each to either side.
        """
        if self._starts_far:
            return self.start_states(n, rng)
        off = rng.uniform((0.8, 0.5 * self.angle), (1.2, 0.7 * self.angle), (n, 2))
        x, theta = (off * rng.choice((-1.0, 1.0), (n, 2))).T
        rest = np.zeros(n)
        return np.stack((x, rest, theta, rest), axis=1)

    def status(self, state: tuple[float, ...], alive: bool) -> str:
        """Return what is to be seen of a state: whether, or how, an episode has ended."""
        if alive:
            return "balances"
        return "fell" if abs(state[2]) > self.angle else "left the rail"

    def reset(self, start):
        """Return the state: nothing is derived."""
        return start

    def observe(self, state):
        """Return the state."""
        return state

    def step(self, state, action):
        """Return (state, reward, alive) after one time step."""
        x, x_dot, theta, theta_dot = state
        mass, moment = self.cart_mass + self.pole_mass, self.pole_mass * self.length
        s, c = sin_cos(theta)
        push = where(action[0] > 0.0, self.force, -self.force)
        temp = (push + moment * (theta_dot * theta_dot) * s) / mass
        theta_acc = (self.gravity * s - c * temp) / (
            self.length * (4.0 / 3.0 - self.pole_mass * (c * c) / mass)
        )
        x_acc = temp - moment * theta_acc * c / mass
        x, x_dot = x + self.dt * x_dot, x_dot + self.dt * x_acc
        theta, theta_dot = theta + self.dt * theta_dot, theta_dot + self.dt * theta_acc
        alive = (abs(x) <= self.limit) & (abs(theta) <= self.angle)
        return (x, x_dot, theta, theta_dot), 1.0, alive

    def draw(
        self, state: tuple[float, ...], action: tuple[float, ...] | None, size: tuple[int, int]
    ) -> np.ndarray:
        """Return a picture of the state and of the push that led to it."""
        from envs.render import draw_cart_pole

        push = None if action is None else self.force if action[0] > 0.0 else -self.force
        return draw_cart_pole(state, self, size, push)


THROUGHOUT = Goal(500, "stays up", "does not stay up")
CARTPOLE = ControlTask(CartPole(), max_steps=500, goal=THROUGHOUT)
#: The pole must be caught first.
CARTPOLE_FAR = ControlTask(
    CartPole(angle=math.pi / 3, start_x=1.0, start_theta=0.5), max_steps=500, goal=THROUGHOUT
)
