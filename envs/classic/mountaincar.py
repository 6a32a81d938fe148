"""Rock a weak car out of a valley: Gymnasium's MountainCarContinuous-v0 and MountainCar-v0, the
same physics.
"""

from typing import NamedTuple

import numpy as np

from wann.jit import dual
from wann.physics import ControlTask, Goal, sin_cos, where


class MountainCar(NamedTuple):
    """MountainCarContinuous-v0: a car in a valley, whose motor is too weak to drive straight out.

    ## Action Space
    | row | name  | meaning                                                   | bounds         |
    |-----|-------|-----------------------------------------------------------|----------------|
    | 0   | force | push on the car as a share of the largest, right positive | [-1, 1] (clip) |

    ## Observation Space
    The observation is the state; lengths and times have no unit.

    | row | name  | meaning             | bounds               |
    |-----|-------|---------------------|----------------------|
    | 0   | x     | position            | [``left``, ``right``] |
    | 1   | speed | its change in a step | +-``most``           |

    The height of the ground is ``sin(3 x)``: its lowest place is at -pi/6, about -0.52.

    ## Rewards
    ``-0.1 force^2`` for each step, and 100 for the one that reaches the flag.

    ## Starting State
    Standing, x uniform in [-0.6, -0.4].

    ## Episode End
    Terminated when the car is at ``flag`` or beyond, not moving back; truncated after 999 steps.
    The wall at ``left`` stops the car.

    ## Success
    The car reaches the flag.

    ## Precision
    Gymnasium rounds this state, not that of MountainCar-v0, to float32 after each step; here it has
    the precision of the search.

    Source: Gymnasium ``envs/classic_control/continuous_mountain_car.py``, after Moore 1990.
    """

    push: float = 0.0015  # speed that the largest force adds in a step
    gravity: float = 0.0025  # speed that the steepest slope adds in a step
    most: float = 0.07  # largest speed
    left: float = -1.2  # where the wall is
    right: float = 0.6  # where the ground ends
    flag: float = 0.45  # where the flag is

    state_names = ("x", "speed")
    observation_names = state_names
    action_names = ("force",)
    dt = 1 / 30  # s, as it is shown: the task has no unit of time
    ends_well = True  # an episode ends once ``holds``
    holding = "at the flag"
    about = "rock the car out of the valley, to the flag"

    @property
    def observation_bounds(self) -> tuple[float, ...]:
        """Largest magnitude of each observation."""
        return max(-self.left, self.right), self.most

    def start_states(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Return ``(n, 2)`` start states: standing near the lowest place."""
        return np.stack((rng.uniform(-0.6, -0.4, n), np.zeros(n)), axis=1)

    def reset(self, start):
        """Return the state: nothing is derived."""
        return start

    def observe(self, state):
        """Return the state."""
        return state

    def step(self, state, action):
        """Return (state, reward, alive) after one time step."""
        force = min(1.0, max(-1.0, action[0]))
        state = rolled(self, state, force * self.push)
        goes_on = is_before_flag(self, state)
        return state, where(goes_on, 0.0, 100.0) - 0.1 * (force * force), goes_on

    def holds(self, state):
        """Return whether the car is at the flag."""
        return (state[0] >= self.flag) & (state[1] >= 0.0)

    def status(self, state: tuple[float, ...], alive: bool) -> str:
        """Return what is to be seen of a state: whether an episode goes on."""
        return "rocks" if alive else "is at the flag"

    def draw(
        self, state: tuple[float, ...], action: tuple[float, ...] | None, size: tuple[int, int]
    ) -> np.ndarray:
        """Return a picture of the car in its valley and of the push that led there."""
        from envs.classic.drawing import draw_car

        return draw_car(self, state[0], size, 0.0 if action is None else action[0])


class MountainCarDiscrete(NamedTuple):
    """MountainCar-v0: the car pushes back, not at all, or forward, and each step costs 1.

    ## Action Space
    The largest of three outputs counts, the first of equals.

    | action | network output | meaning                          |
    |--------|----------------|----------------------------------|
    | 0      | left           | push to the left by ``push``     |
    | 1      | none           | roll                             |
    | 2      | right          | push to the right                |

    ## Observation Space
    Position and speed, as in MountainCarContinuous-v0.

    ## Rewards
    -1 for each step.

    ## Starting State
    Standing, x uniform in [-0.6, -0.4].

    ## Episode End
    Terminated when the car is at ``flag`` or beyond, not moving back; truncated after 200 steps.
    The wall at ``left`` stops the car.

    ## Success
    The car reaches the flag.

    Source: Gymnasium ``envs/classic_control/mountain_car.py``, after Moore 1990.
    """

    push: float = 0.001  # speed that the motor adds in a step
    gravity: float = 0.0025  # speed that the steepest slope adds in a step
    most: float = 0.07  # largest speed
    left: float = -1.2  # where the wall is
    right: float = 0.6  # where the ground ends
    flag: float = 0.5  # where the flag is

    state_names = MountainCar.state_names
    observation_names = MountainCar.observation_names
    action_names = ("left", "none", "right")
    discrete = True  # only the largest output counts
    dt, ends_well = MountainCar.dt, MountainCar.ends_well
    holding, about = MountainCar.holding, MountainCar.about

    observation_bounds = MountainCar.observation_bounds
    start_states, status = MountainCar.start_states, MountainCar.status
    reset, observe, holds = MountainCar.reset, MountainCar.observe, MountainCar.holds

    def step(self, state, action):
        """Return (state, reward, alive) after one time step."""
        push = where(
            (action[2] > action[0]) & (action[2] > action[1]),
            self.push,
            where(action[1] > action[0], 0.0, -self.push),
        )
        state = rolled(self, state, push)
        return state, -1.0, is_before_flag(self, state)

    def draw(
        self, state: tuple[float, ...], action: tuple[float, ...] | None, size: tuple[int, int]
    ) -> np.ndarray:
        """Return a picture of the car in its valley and of the push that led there."""
        from envs.classic.drawing import draw_car

        push = 0.0 if action is None else float(np.argmax(action)) - 1.0
        return draw_car(self, state[0], size, push)


@dual
def rolled(car, state, push):
    """Return position and speed of a car after one step with this push."""
    x, speed = state
    speed = speed + (push - car.gravity * sin_cos(3.0 * x)[1])
    speed = min(max(speed, -car.most), car.most)
    x = min(max(x + speed, car.left), car.right)
    return x, where((x <= car.left) & (speed < 0.0), 0.0, speed)


@dual
def is_before_flag(car, state):
    """Return whether a car has not reached the flag, or rolls back from it."""
    return (state[0] < car.flag) | (state[1] < 0.0)


REACHES = Goal(1, "reaches the flag", "does not reach the flag")
MOUNTAINCAR = ControlTask(MountainCar(), max_steps=999, goal=REACHES)
MOUNTAINCAR_DISCRETE = ControlTask(MountainCarDiscrete(), max_steps=200, goal=REACHES)
