"""Balance two poles of different length on one cart, with velocities or without."""

import math
from itertools import product
from typing import NamedTuple

import numpy as np

from wann.jit import dual
from wann.physics import ControlTask, Goal, rint, sin_cos, where

DEGREE = math.pi / 180  # rad
TESTED = (2.16, 1.35, 3.6 * DEGREE, 8.6 * DEGREE)  # largest x, x_dot, theta_1, theta_1_dot
GRID = (0.05, 0.25, 0.5, 0.75, 0.95)  # where in these ranges the test of 625 starts
X, SPEED, THETA = 4.8, 2.0, 0.52  # m, m/s and rad/s, rad: units of observations
HUNDRED = 100.0  # steps whose motion the fitness without velocities counts


class DoublePole(NamedTuple):
    """Two poles side by side on one cart; the short one falls three times as fast.

    ## Action Space
    | row | name  | meaning                                                  | bounds         |
    |-----|-------|----------------------------------------------------------|----------------|
    | 0   | force | push on the cart as a share of ``force``, right positive | [-1, 1] (clip) |

    ## Observation Space
    The state is position and velocity of the cart, angle [rad, 0 = upright, right positive] and
    angular velocity of the long pole, and those of the short one.

    | row | name        | meaning                     | in units of | bounds                |
    |-----|-------------|-----------------------------|-------------|-----------------------|
    | 0   | x           | position of the cart        | 4.8 m       | +-2 ``limit`` / 4.8   |
    | 1   | x_dot       | its velocity                | 2 m/s       | none                  |
    | 2   | theta_1     | angle of the long pole      | 0.52 rad    | +-2 ``angle`` / 0.52  |
    | 3   | theta_1_dot | its angular velocity        | 2 rad/s     | none                  |
    | 4   | theta_2     | angle of the short pole     | 0.52 rad    | +-2 ``angle`` / 0.52  |
    | 5   | theta_2_dot | its angular velocity        | 2 rad/s     | none                  |

    ## Rewards
    1 for each step, the last one too.

    ## Starting State
    Uniform within the ranges of the published test of 625 starts (``grid_starts``), times
    ``spread``: x in +-2.16 m, x_dot in +-1.35 m/s, the long pole within 3.6 degrees of upright and
    8.6 degrees a second; the short pole is upright and still. A linear-quadratic regulator keeps
    both up from 545 of the 625: that many are possible at least.

    With a ``spread`` of 0, as in ``doublepole_standard``, it is the published start: the long pole
    leans to the right by ``lean``, all else is 0. What is watched starts somewhere.

    ## Episode End
    Terminated when the cart leaves +-``limit`` or a pole leaves +-``angle``; truncated after 1000
    steps (20 s).

    ## Success
    The episode is truncated, not terminated.

    Source: Wieland 1991, equations of motion. What the papers leave open is as in the code of NEAT
    (Stanley & Miikkulainen 2002): a force acts for 0.02 s, two steps of Runge-Kutta 4; the hinges
    have friction, the rail has none; units of the observations. The start leans by 4.5 degrees as
    in that paper; in its code by 0.07 rad, 4 degrees. The test is of Gruau, Whitley & Pyeatt 1996.
    """

    gravity: float = 9.8  # m/s^2
    cart_mass: float = 1.0  # kg
    mass_1: float = 0.1  # kg
    mass_2: float = 0.01  # kg
    length_1: float = 0.5  # m, half the long pole
    length_2: float = 0.05  # m, half the short pole
    friction: float = 2e-6  # N m s, in each hinge
    force: float = 10.0  # N
    dt: float = 0.02  # s, two steps of Runge-Kutta 4
    limit: float = 2.4  # m
    angle: float = 36 * DEGREE  # rad
    lean: float = 4.5 * DEGREE  # rad, of the long pole at the published start
    spread: float = 1.0

    state_names = ("x", "x_dot", "theta_1", "theta_1_dot", "theta_2", "theta_2_dot")
    observation_names = state_names
    action_names = ("force",)
    holding = "upright"  # what it is while an episode goes on
    about = "keep both poles up"

    @property
    def observation_bounds(self) -> tuple[float, ...]:
        """Largest magnitude of each observation: an episode has ended long before."""
        x, theta = 2 * self.limit / X, 2 * self.angle / THETA
        bounds = {"x": x, "theta_1": theta, "theta_2": theta}
        return tuple(bounds.get(name, math.inf) for name in self.observation_names)

    @property
    def pole(self) -> float:
        """Length of the whole long pole [m]."""
        return 2 * self.length_1

    def start_states(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Return ``(n, state)`` start states: uniform in the tested ranges, or the published
        one.
        """
        starts = np.zeros((n, len(self.state_names)))
        if self.spread == 0.0:
            starts[:, 2] = self.lean
        else:
            most = self.spread * np.array(TESTED)
            starts[:, :4] = rng.uniform(-most, most, (n, 4))
        return starts

    def watch_states(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Return ``(n, state)`` start states to watch: not always the same."""
        return self._replace(spread=self.spread or 1.0).start_states(n, rng)

    def status(self, state: tuple[float, ...], alive: bool) -> str:
        """Return what is to be seen of a state: whether, or how, an episode has ended."""
        if alive:
            return "balances"
        return "left the rail" if abs(state[0]) > self.limit else "fell"

    def reset(self, start):
        """Return the state with sin and cos of both angles, so that a step computes them once."""
        return start + sin_cos(start[2]) + sin_cos(start[4])

    def observe(self, state):
        """Return the state, scaled."""
        return (
            state[0] * (1.0 / X),
            state[1] * (1.0 / SPEED),
            state[2] * (1.0 / THETA),
            state[3] * (1.0 / SPEED),
            state[4] * (1.0 / THETA),
            state[5] * (1.0 / SPEED),
        )

    def step(self, state, action):
        """Return (state, reward, alive) after one time step."""
        state = pushed(self, state, action[0])
        return state, 1.0, is_up(self, state)

    def draw(
        self, state: tuple[float, ...], action: tuple[float, ...] | None, size: tuple[int, int]
    ) -> np.ndarray:
        """Return a picture of the state and of the force that led to it."""
        from envs.render import draw_cart_pole

        push = None if action is None else self.force * min(1.0, max(-1.0, action[0]))
        return draw_cart_pole(state, self, size, push, short=(state[4], 2 * self.length_2))


class HiddenDoublePole(DoublePole):
    """Two poles on one cart whose velocities are not observed: a network needs a memory.

    ## Action Space
    As in ``DoublePole``.

    ## Observation Space
    The state goes on with what the rewards need: the steps made, how much has moved since their
    last full hundred, and how much in that hundred.

    | row | name    | meaning                     | in units of | bounds                |
    |-----|---------|-----------------------------|-------------|-----------------------|
    | 0   | x       | position of the cart        | 4.8 m       | +-2 ``limit`` / 4.8   |
    | 1   | theta_1 | angle of the long pole      | 0.52 rad    | +-2 ``angle`` / 0.52  |
    | 2   | theta_2 | angle of the short pole     | 0.52 rad    | +-2 ``angle`` / 0.52  |

    ## Rewards
    They add up to 1000 times the published fitness, ``0.1 t / 1000 + 0.9 f``: t are the steps, f
    is 0.75 / (the sum of |x| + |x_dot| + |theta_1| + |theta_1_dot| over the last hundred steps), so
    that poles which are kept up by shaking them are worth little. Two things differ from the
    published one. f is at most 1 here. And the hundred is always a full one: steps 901 to 1000 of a
    whole episode, as published; but of one that ends after 250 steps 101 to 200, not 151 to 250.
    Before the 100th step f is 0 in both.

    ## Starting State, Episode End, Success
    As in ``DoublePole``.

    Source: as ``DoublePole``; the fitness is of Gruau, Whitley & Pyeatt 1996.
    """

    state_names = (*DoublePole.state_names, "steps", "moving", "moved")
    observation_names = ("x", "theta_1", "theta_2")
    about = "keep both poles up without seeing how fast they fall"

    def observe(self, state):
        """Return position and angles, scaled."""
        return state[0] * (1.0 / X), state[2] * (1.0 / THETA), state[4] * (1.0 / THETA)

    def step(self, state, action):
        """Return (state, reward, alive) after one time step."""
        steps, moving, moved = state[6] + 1.0, state[7], state[8]
        after = pushed(self, state[:6] + state[9:], action[0])
        moving = moving + ((abs(after[0]) + abs(after[1])) + (abs(after[2]) + abs(after[3])))
        full = steps - HUNDRED * rint(steps * (1.0 / HUNDRED)) == 0.0
        now = where(full, moving, moved)
        reward = 0.1 + (calm(now) - calm(moved))
        counted = (steps, where(full, 0.0, moving), now)
        return after[:6] + counted + after[6:], reward, is_up(self, after)


@dual
def calm(moved):
    """Return the second term of the fitness, times 1000; nothing has moved before step 100."""
    return where(moved > 0.0, 675.0 / max(moved, 0.75), 0.0)


@dual
def is_up(env, state):
    """Return whether an episode goes on."""
    return (
        (abs(state[0]) <= env.limit) & (abs(state[2]) <= env.angle) & (abs(state[4]) <= env.angle)
    )


@dual
def pushed(env, state, action):
    """Return the state (6 numbers, sines and cosines) 0.02 s later."""
    push = min(1.0, max(-1.0, action)) * env.force
    return advanced(env, advanced(env, state, push), push)


@dual
def advanced(env, state, push):
    """Return the state after half of ``dt``, one step of Runge-Kutta 4, under a force [N]."""
    x, u, a, v, b, w, s1, c1, s2, c2 = state
    h, half, sixth = 0.5 * env.dt, 0.25 * env.dt, 0.5 * env.dt / 6.0
    # the k-th estimate: velocities u, v, w of cart, long and short pole, accelerations e, f, g
    e1, f1, g1 = accelerations(env, s1, c1, s2, c2, v, w, push)
    u2, v2, w2 = u + half * e1, v + half * f1, w + half * g1
    s1, c1 = sin_cos(a + half * v)
    s2, c2 = sin_cos(b + half * w)
    e2, f2, g2 = accelerations(env, s1, c1, s2, c2, v2, w2, push)
    u3, v3, w3 = u + half * e2, v + half * f2, w + half * g2
    s1, c1 = sin_cos(a + half * v2)
    s2, c2 = sin_cos(b + half * w2)
    e3, f3, g3 = accelerations(env, s1, c1, s2, c2, v3, w3, push)
    u4, v4, w4 = u + h * e3, v + h * f3, w + h * g3
    s1, c1 = sin_cos(a + h * v3)
    s2, c2 = sin_cos(b + h * w3)
    e4, f4, g4 = accelerations(env, s1, c1, s2, c2, v4, w4, push)
    x = x + sixth * (u + 2.0 * (u2 + u3) + u4)
    a = a + sixth * (v + 2.0 * (v2 + v3) + v4)
    b = b + sixth * (w + 2.0 * (w2 + w3) + w4)
    u = u + sixth * (e1 + 2.0 * (e2 + e3) + e4)
    v = v + sixth * (f1 + 2.0 * (f2 + f3) + f4)
    w = w + sixth * (g1 + 2.0 * (g2 + g3) + g4)
    return (x, u, a, v, b, w) + sin_cos(a) + sin_cos(b)


@dual
def accelerations(env, s1, c1, s2, c2, v, w, push):
    """Return the accelerations of cart [m/s^2], long pole and short pole [rad/s^2].

    Args:
        env: the physics.
        s1: sine of the long pole's angle.
        c1: its cosine.
        s2: sine of the short pole's angle.
        c2: its cosine.
        v: angular velocity of the long pole [rad/s].
        w: that of the short pole.
        push: force on the cart [N].
    """
    m1, m2 = env.mass_1, env.mass_2
    fall_1 = (env.friction / (m1 * env.length_1)) * v - env.gravity * s1
    fall_2 = (env.friction / (m2 * env.length_2)) * w - env.gravity * s2
    pull_1 = (m1 * env.length_1) * (v * v * s1) + (0.75 * m1) * (c1 * fall_1)
    pull_2 = (m2 * env.length_2) * (w * w * s2) + (0.75 * m2) * (c2 * fall_2)
    mass = (env.cart_mass + m1 + m2) - ((0.75 * m1) * (c1 * c1) + (0.75 * m2) * (c2 * c2))
    e = (push + pull_1 + pull_2) / mass
    return e, (-0.75 / env.length_1) * (e * c1 + fall_1), (-0.75 / env.length_2) * (e * c2 + fall_2)


def grid_starts(physics: DoublePole) -> np.ndarray:
    """Return the ``(625, state)`` starts of the published test of generalization."""
    starts = np.zeros((len(GRID) ** 4, len(physics.state_names)))
    starts[:, :4] = (2 * np.array(list(product(GRID, repeat=4))) - 1) * TESTED
    return starts


THROUGHOUT = Goal(1000, "balances both", "does not balance both")
DOUBLEPOLE = ControlTask(DoublePole(), max_steps=1000, goal=THROUGHOUT)
#: From the published start alone.
DOUBLEPOLE_STANDARD = ControlTask(DoublePole(spread=0.0), max_steps=1000, goal=THROUGHOUT)
DOUBLEPOLE_HIDDEN = ControlTask(HiddenDoublePole(), max_steps=1000, goal=THROUGHOUT)
