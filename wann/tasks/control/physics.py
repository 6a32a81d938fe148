"""The physics of a control task in compiled code: its methods, found by the class of its
NamedTuple, and physics around it: with scaled observations, or that counts successes in place of
rewards.
"""

from functools import lru_cache
from typing import Any, NamedTuple

from numba.extending import overload

from wann.jit import dual
from wann.numeric.functions import where
from wann.numeric.memory import load_rows, store_rows, zero_lanes

MOST_VECTORS = 3  # that run together
STRIDE = MOST_VECTORS * 16  # between rows of the lanes' memory: so many vectors of float32


class Scaled(NamedTuple):
    """Physics whose observations are shifted, then divided: see ``wann.tasks.scaling``.

    The first numbers of the state, and of a start, are the means and the standard deviations: so
    trials carry them, and nothing is compiled anew when they change.

    Attributes:
        physics: the task's.
    """

    physics: Any

    @property
    def state_names(self) -> tuple[str, ...]:
        """Names of the numbers of a start."""
        names = self.observation_names
        scale = [f"{what} {name}" for what in ("mean", "deviation") for name in names]
        return *scale, *self.physics.state_names

    @property
    def observation_names(self) -> tuple[str, ...]:
        """Names of the network's inputs."""
        names: tuple[str, ...] = self.physics.observation_names
        return names

    @property
    def action_names(self) -> tuple[str, ...]:
        """Names of the network's outputs."""
        names: tuple[str, ...] = self.physics.action_names
        return names

    def reset(self, start):
        """Return the scale and the state of the physics."""
        return scale_part(self, start) + reset_of(self.physics, own_part(self, start))

    def observe(self, state):
        """Return what the physics observes, scaled."""
        return standardized(
            observe_of(self.physics, own_part(self, state)), scale_part(self, state)
        )

    def step(self, state, action):
        """Return (state, reward, alive) after one time step."""
        after, reward, alive = step_of(self.physics, own_part(self, state), action)
        return scale_part(self, state) + after, reward, alive


class Judged(NamedTuple):
    """Physics whose return is 1 for an episode that succeeds, and else 0.

    Whatever plays physics, one rollout at a time, in lanes or on a GPU, so counts successes: see
    ``wann.tasks.control.task.Goal`` for what one is. The first number of the state is the streak,
    how many of the last steps were well; a start has it, too.

    Attributes:
        physics: the task's.
        steps: that an episode must end with a streak of, at least.
    """

    physics: Any
    steps: float

    @property
    def state_names(self) -> tuple[str, ...]:
        """Names of the numbers of a start."""
        return "streak", *self.physics.state_names

    @property
    def observation_names(self) -> tuple[str, ...]:
        """Names of the network's inputs."""
        names: tuple[str, ...] = self.physics.observation_names
        return names

    @property
    def action_names(self) -> tuple[str, ...]:
        """Names of the network's outputs."""
        names: tuple[str, ...] = self.physics.action_names
        return names

    def reset(self, start):
        """Return the streak and the state of the physics."""
        return start[:1] + reset_of(self.physics, start[1:])

    def observe(self, state):
        """Return what the physics observes."""
        return observe_of(self.physics, state[1:])

    def step(self, state, action):
        """Return (state, reward, alive) after one time step.

        The reward is how much nearer success is: rewards add up to whether it is there at the end.
        """
        streak = state[0]
        after, _, alive = step_of(self.physics, state[1:], action)
        before = where(streak >= self.steps, 1.0, 0.0)
        streak = where(well(self.physics, after, alive), streak + 1.0, 0.0)
        return (streak,) + after, where(streak >= self.steps, 1.0, 0.0) - before, alive


def physics_class(env: Any) -> type:
    """Return the class of physics, or of that within ``Judged`` and ``Scaled``: whose text compiled
    code is of.
    """
    return physics_class(env.physics) if isinstance(env, Judged | Scaled) else type(env)


# ---------------------------------------------------------------- in compiled code, by its class
@lru_cache
def _method(cls, name):
    return dual(getattr(cls, name))


def _names(env, what):
    """Return how many names physics of a Numba type has of what."""
    cls = env.instance_class
    if cls is Judged:
        return _names(env.types[0], what) + (what == "state_names")
    if cls is Scaled:
        scale = 2 * _names(env.types[0], "observation_names")
        return _names(env.types[0], what) + (scale if what == "state_names" else 0)
    return len(getattr(cls, what))


def lanes_of(env, array, vectors):
    """Return zero in the lanes that rollouts of this physics have, of so many vectors."""


def reset_of(env, start):
    """Return the state of a start."""


def observe_of(env, state):
    """Return the network's inputs."""


def step_of(env, state, action):
    """Return (state, reward, alive) one step later."""


def well(env, state, alive):
    """Return whether an episode goes on and all is well; whether it goes on does not count for
    physics that ``ends_well``.
    """


def scale_part(env, state):
    """Return means and deviations of the state of ``Scaled``."""


def own_part(env, state):
    """Return the rest of it: the state of the physics."""


def standardized(observation, scale):
    """Return a tuple of numbers less the means, divided by the deviations that follow these."""


def load_start(env, rows, proto):
    """Return the start that lies in rows."""


def store_state(env, rows, state, proto):
    """Put what of a state is a start into rows."""


def load_action(env, values, at, lanes, proto):
    """Return the network's outputs from where they begin."""


@overload(lanes_of, jit_options={"forceinline": True}, prefer_literal=True)
def _(env, array, vectors):
    # of successes there is little to play: one width is compiled in a third of the time
    n = MOST_VECTORS if env.instance_class is Judged else vectors.literal_value
    return lambda env, array, vectors: zero_lanes(array, n)


@overload(reset_of, jit_options={"forceinline": True})
def _(env, start):
    method = _method(env.instance_class, "reset")
    return lambda env, start: method(env, start)


@overload(observe_of, jit_options={"forceinline": True})
def _(env, state):
    method = _method(env.instance_class, "observe")
    return lambda env, state: method(env, state)


@overload(step_of, jit_options={"forceinline": True})
def _(env, state, action):
    method = _method(env.instance_class, "step")
    return lambda env, state, action: method(env, state, action)


@overload(well, jit_options={"forceinline": True})
def _(env, state, alive):
    if env.instance_class is Scaled:
        return lambda env, state, alive: well(env.physics, own_part(env, state), alive)
    if not hasattr(env.instance_class, "holds"):
        return lambda env, state, alive: alive
    method = _method(env.instance_class, "holds")
    if getattr(env.instance_class, "ends_well", False):
        return lambda env, state, alive: method(env, state)
    return lambda env, state, alive: alive & method(env, state)


@overload(scale_part, jit_options={"forceinline": True})
def _(env, state):
    n = 2 * _names(env, "observation_names")
    return lambda env, state: state[:n]


@overload(own_part, jit_options={"forceinline": True})
def _(env, state):
    n = 2 * _names(env, "observation_names")
    return lambda env, state: state[n:]


@overload(standardized, jit_options={"forceinline": True})
def _(observation, scale):
    n = len(scale) // 2
    at = n - len(observation)  # one number after another: each call takes the first of those left
    if len(observation) == 1:
        return lambda observation, scale: ((observation[0] - scale[at]) / scale[n + at],)
    return lambda observation, scale: (
        ((observation[0] - scale[at]) / scale[n + at],) + standardized(observation[1:], scale)
    )


@overload(load_start, jit_options={"forceinline": True})
def _(env, rows, proto):
    n = _names(env, "state_names")
    return lambda env, rows, proto: load_rows(rows, 0, STRIDE, n, proto)


@overload(store_state, jit_options={"forceinline": True})
def _(env, rows, state, proto):
    n = _names(env, "state_names")
    return lambda env, rows, state, proto: store_rows(rows, 0, STRIDE, state[:n], proto)


@overload(load_action, jit_options={"forceinline": True})
def _(env, values, at, lanes, proto):
    n = _names(env, "action_names")
    return lambda env, values, at, lanes, proto: load_rows(values, at, lanes, n, proto)
