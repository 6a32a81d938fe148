"""The paper's control task: swing up a pole on a cart and keep it up."""

import math
from typing import NamedTuple

import numpy as np

from wann.physics import ControlTask, Goal, cos_near_zero, sin_cos

UPRIGHT = 0.9396926207859084  # the cosine of 20 degrees


class SwingUp(NamedTuple):
    """CartPoleSwingUp: a cart on a rail, a free pole that starts hanging down.

    ## Action Space
    | row | name  | meaning                                                  | bounds         |
    |-----|-------|----------------------------------------------------------|----------------|
    | 0   | force | push on the cart as a share of ``force``, right positive | [-1, 1] (clip) |

    ## Observation Space
    The state is x, x_dot, theta [rad, 0 = upright] and theta_dot.
    | row | name      | meaning                                    | unit  | bounds        |
    |-----|-----------|--------------------------------------------|-------|---------------|
    | 0   | x         | position of the cart                       | m     | +-2 ``limit`` |
    | 1   | x_dot     | its velocity                               | m/s   | none          |
    | 2   | cos_theta | 1 upright, -1 hanging                      |       | [-1, 1]       |
    | 3   | sin_theta | positive where the pole leans to the left  |       | [-1, 1]       |
    | 4   | theta_dot | angular velocity of the pole               | rad/s | none          |

    The bound of x is generous: an episode's last observation lies beyond ``limit`` by one step's
    travel.

    ## Rewards
    ``(cos theta + 1) / 2 * cos(pi x / (2 limit))`` after each step: at most 1, upright at the
    centre.

    ## Starting State
    Normal around hanging still at the centre, standard deviation 0.2 in each number.

    ## Episode End
    Terminated when the cart leaves +-``limit``; truncated after 1000 steps (10 s), 200 in the hard
    variant.

    ## The hard variant
    ``SWINGUP_HARD`` is the released code's ``CartPoleSwingUp_Hard``: the same physics and start in
    2 s. A swing up takes one to two of them, so it must be done in one go, and the pole cannot be
    kept up for long: what counts is how fast it comes up. It is a task for quick experiments.

    ## Success
    The pole is within 20 degrees of upright through the last 2 s, in the hard variant 0.5 s, and
    the cart stays on the rail through the whole episode.

    Source: Gaier & Ha 2019, control tasks; equations as in their released ``cartpole_swingup``.
    """

    gravity: float = 9.82  # m/s^2
    cart_mass: float = 0.5  # kg
    pole_mass: float = 0.5  # kg
    length: float = 0.6  # m
    friction: float = 0.1  # N s/m
    dt: float = 0.01  # s, explicit Euler
    force: float = 10.0  # N
    limit: float = 2.4  # m, half the rail

    state_names = ("x", "x_dot", "theta", "theta_dot")
    observation_names = ("x", "x_dot", "cos_theta", "sin_theta", "theta_dot")
    action_names = ("force",)
    leans = -1.0  # a positive theta is a lean to the left: angles grow counterclockwise
    holding = "upright"  # what it is while ``holds``
    about = "swing the pole up and keep it up"

    @property
    def observation_bounds(self) -> tuple[float, ...]:
        """Largest magnitude of each observation."""
        one = math.nextafter(1.0, 2.0)  # sin_cos can round to one bit more than 1
        return 2 * self.limit, math.inf, one, one, math.inf

    @property
    def pole(self) -> float:
        """Length of the whole pole [m]."""
        return self.length

    def start_states(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Return ``(n, 4)`` start states: normal around hanging down, standard deviation 0.2."""
        return rng.normal((0.0, 0.0, math.pi, 0.0), 0.2, (n, 4))

    def reset(self, start):
        """Return the state with sin and cos of the angle, so that a step computes them once."""
        return start + sin_cos(start[2])

    def observe(self, state):
        """Return (x, x_dot, cos theta, sin theta, theta_dot)."""
        x, x_dot, _theta, theta_dot, s, c = state
        return x, x_dot, c, s, theta_dot

    def step(self, state, action):
        """Return (state, reward, alive) after one time step."""
        x, x_dot, theta, theta_dot, s, c = state
        # parentheses keep products of parameters scalar: they are computed once per rollout
        mass, moment = self.cart_mass + self.pole_mass, self.pole_mass * self.length
        spin, sc = theta_dot * theta_dot * s, s * c
        push = min(1.0, max(-1.0, action[0])) * self.force
        inv = 1.0 / ((-3.0 * self.pole_mass) * (c * c) + 4.0 * mass)
        x_acc = inv * (
            (-2.0 * moment) * spin
            + (
                (3.0 * self.pole_mass * self.gravity) * sc
                + (4.0 * push + (-4.0 * self.friction) * x_dot)
            )
        )
        theta_acc = (inv * (1.0 / self.length)) * (
            (-3.0 * moment) * (spin * c)
            + ((6.0 * mass * self.gravity) * s + 6.0 * ((-self.friction * x_dot + push) * c))
        )
        x = x_dot * self.dt + x
        theta = theta_dot * self.dt + theta
        x_dot = x_acc * self.dt + x_dot
        theta_dot = theta_acc * self.dt + theta_dot
        s, c = sin_cos(theta)
        reward = ((c + 1.0) * 0.5) * cos_near_zero(x * (math.pi / 2 / self.limit))
        return (x, x_dot, theta, theta_dot, s, c), reward, abs(x) <= self.limit

    def holds(self, state):
        """Return whether the pole is up."""
        return state[5] >= UPRIGHT

    def status(self, state: tuple[float, ...], alive: bool) -> str:
        """Return what is to be seen of a state: whether an episode goes on."""
        return "swings" if alive else "left the rail"

    def draw(
        self, state: tuple[float, ...], action: tuple[float, ...] | None, size: tuple[int, int]
    ) -> np.ndarray:
        """Return a picture of the state and of the force that led to it."""
        from envs.render import draw_cart_pole

        push = None if action is None else self.force * min(1.0, max(-1.0, action[0]))
        return draw_cart_pole(state, self, size, push)


SWINGUP = ControlTask(SwingUp(), max_steps=1000, goal=Goal(200, "stays up", "does not stay up"))
#: The released code's hard variant: the same start, a fifth of the time; see the class.
SWINGUP_HARD = ControlTask(SwingUp(), max_steps=200, goal=Goal(50, "stays up", "does not stay up"))
