"""Swing up an arm of two links, driven between them: Gymnasium's Acrobot-v1, the same physics."""

import math
from typing import NamedTuple

import numpy as np

from wann.jit import dual
from wann.physics import ControlTask, Goal, rint, sin_cos, where

TURN = 2 * math.pi  # rad


class Acrobot(NamedTuple):
    """Acrobot-v1: two links that hang from a pivot, with a motor at the joint between them.

    ## Action Space
    The largest of three outputs counts, the first of equals.

    | action | network output | meaning                                     |
    |--------|----------------|---------------------------------------------|
    | 0      | torque -1      | ``-torque`` newton metres at the joint      |
    | 1      | torque 0       | none                                        |
    | 2      | torque 1       | ``torque``                                  |

    ## Observation Space
    The state is the angle of the first link [rad, 0 = hanging], that of the second one relative to
    it [rad, 0 = in line], and their angular velocities.

    | row | name    | meaning                                  | unit  | bounds           |
    |-----|---------|------------------------------------------|-------|------------------|
    | 0   | cos 1   | cosine of the first angle                |       | [-1, 1]          |
    | 1   | sin 1   | its sine                                 |       | [-1, 1]          |
    | 2   | cos 2   | cosine of the second angle               |       | [-1, 1]          |
    | 3   | sin 2   | its sine                                 |       | [-1, 1]          |
    | 4   | speed 1 | angular velocity of the first link       | rad/s | +-``most_1``     |
    | 5   | speed 2 | that of the second one, relative to it   | rad/s | +-``most_2``     |

    ## Rewards
    -1 for each step, but 0 for the one that reaches the height.

    ## Starting State
    Each number uniform in +-``start``, of float32 as in Gymnasium: the same seed is the same start.

    ## Episode End
    Terminated when the tip is more than ``height`` above the pivot; truncated after 500 steps
    (100 s). Velocities are clipped to their bounds, angles wrapped to +-pi.

    ## Success
    The tip reaches the height.

    Source: Gymnasium ``envs/classic_control/acrobot.py``, after Sutton 1996, with the equations of
    Sutton & Barto's book and one step of Runge-Kutta 4.
    """

    gravity: float = 9.8  # m/s^2
    mass_1: float = 1.0  # kg
    mass_2: float = 1.0  # kg
    length_1: float = 1.0  # m
    length_2: float = 1.0  # m
    centre_1: float = 0.5  # m from the pivot to the first link's centre of mass
    centre_2: float = 0.5  # m from the joint to the second link's
    moment: float = 1.0  # kg m^2, of either link
    torque: float = 1.0  # N m
    most_1: float = 4 * math.pi  # rad/s
    most_2: float = 9 * math.pi  # rad/s
    dt: float = 0.2  # s, Runge-Kutta 4
    height: float = 1.0  # m
    start: float = 0.1  # rad and rad/s

    state_names = ("theta_1", "theta_2", "theta_1_dot", "theta_2_dot")
    observation_names = ("cos 1", "sin 1", "cos 2", "sin 2", "speed 1", "speed 2")
    action_names = ("torque -1", "torque 0", "torque 1")
    discrete = True  # only the largest output counts
    ends_well = True  # an episode ends once ``holds``
    holding = "above the line"
    about = "swing the tip above the line"

    @property
    def observation_bounds(self) -> tuple[float, ...]:
        """Largest magnitude of each observation."""
        one = math.nextafter(1.0, 2.0)  # sin_cos can round to one bit more than 1
        return one, one, one, one, self.most_1, self.most_2

    def start_states(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Return ``(n, 4)`` start states, each number uniform around 0: hanging, nearly still."""
        return rng.uniform(-self.start, self.start, (n, 4)).astype(np.float32).astype(np.float64)

    def reset(self, start):
        """Return the state with sin and cos of both angles, so that a step computes them once."""
        return start + sin_cos(start[0]) + sin_cos(start[1])

    def observe(self, state):
        """Return cos and sin of both angles, and the velocities."""
        _, _, speed_1, speed_2, s1, c1, s2, c2 = state
        return c1, s1, c2, s2, speed_1, speed_2

    def step(self, state, action):
        """Return (state, reward, alive) after one time step."""
        a, b, v, w, s1, c1, s2, c2 = state
        push = where(
            (action[2] > action[0]) & (action[2] > action[1]),
            self.torque,
            where(action[1] > action[0], 0.0, -self.torque),
        )
        half = 0.5 * self.dt
        # k-th estimate of the accelerations; the velocities are those that they are taken at
        f1, g1 = accelerations(self, s1, c1, s2, c2, v, w, push)
        v2, w2 = v + half * f1, w + half * g1
        s1, c1 = sin_cos(a + half * v)
        s2, c2 = sin_cos(b + half * w)
        f2, g2 = accelerations(self, s1, c1, s2, c2, v2, w2, push)
        v3, w3 = v + half * f2, w + half * g2
        s1, c1 = sin_cos(a + half * v2)
        s2, c2 = sin_cos(b + half * w2)
        f3, g3 = accelerations(self, s1, c1, s2, c2, v3, w3, push)
        v4, w4 = v + self.dt * f3, w + self.dt * g3
        s1, c1 = sin_cos(a + self.dt * v3)
        s2, c2 = sin_cos(b + self.dt * w3)
        f4, g4 = accelerations(self, s1, c1, s2, c2, v4, w4, push)
        sixth = self.dt / 6.0
        a = wrapped(a + sixth * (v + 2.0 * v2 + 2.0 * v3 + v4))
        b = wrapped(b + sixth * (w + 2.0 * w2 + 2.0 * w3 + w4))
        v = v + sixth * (f1 + 2.0 * f2 + 2.0 * f3 + f4)
        w = w + sixth * (g1 + 2.0 * g2 + 2.0 * g3 + g4)
        v = min(max(v, -self.most_1), self.most_1)
        w = min(max(w, -self.most_2), self.most_2)
        s1, c1 = sin_cos(a)
        s2, c2 = sin_cos(b)
        below = tip(self, s1, c1, s2, c2) <= self.height
        return (a, b, v, w, s1, c1, s2, c2), where(below, -1.0, 0.0), below

    def holds(self, state):
        """Return whether the tip is above the line."""
        return tip(self, state[4], state[5], state[6], state[7]) > self.height

    def status(self, state: tuple[float, ...], alive: bool) -> str:
        """Return what is to be seen of a state: whether an episode goes on."""
        return "swings" if alive else "is above the line"

    def draw(
        self, state: tuple[float, ...], action: tuple[float, ...] | None, size: tuple[int, int]
    ) -> np.ndarray:
        """Return a picture of the arm, the line, and the torque that led there."""
        from envs.classic.drawing import draw_links

        turn = 0.0 if action is None else float(np.argmax(action)) - 1.0
        return draw_links(
            (state[0], state[0] + state[1]),
            (self.length_1, self.length_2),
            size,
            turn,
            line=self.height,
        )


@dual
def accelerations(arm, s1, c1, s2, c2, v, w, push):
    """Return the angular accelerations of both links [rad/s^2].

    Args:
        arm: the physics.
        s1: sin of the first angle.
        c1: cos of the first angle.
        s2: sin of the second angle.
        c2: cos of the second angle.
        v: angular velocity of the first link [rad/s].
        w: that of the second one.
        push: torque at the joint [N m].
    """
    moment, reach = arm.moment, arm.mass_2 * arm.centre_2
    pull = arm.length_1 * reach
    own = reach * arm.centre_2 + moment
    both = arm.mass_1 * arm.centre_1 * arm.centre_1 + arm.mass_2 * arm.length_1 * arm.length_1
    d1 = (both + own + moment) + (2.0 * pull) * c2
    d2 = own + pull * c2
    spin = pull * s2
    fall_2 = (reach * arm.gravity) * (s1 * c2 + c1 * s2)
    fall_1 = (
        ((arm.mass_1 * arm.centre_1 + arm.mass_2 * arm.length_1) * arm.gravity) * s1
        + fall_2
        - spin * (w * (w + 2.0 * v))
    )
    inverse = 1.0 / d1
    share = d2 * inverse
    second = (push + share * fall_1 - spin * (v * v) - fall_2) / (own - d2 * share)
    return -(d2 * second + fall_1) * inverse, second


@dual
def wrapped(angle):
    """Return an angle in +-pi."""
    return angle - TURN * rint(angle * (1.0 / TURN))


@dual
def tip(arm, s1, c1, s2, c2):
    """Return how far the tip is above the pivot [m]."""
    return -(arm.length_1 * c1) - arm.length_2 * (c1 * c2 - s1 * s2)


ACROBOT = ControlTask(
    Acrobot(), max_steps=500, goal=Goal(1, "reaches the line", "does not reach the line")
)
