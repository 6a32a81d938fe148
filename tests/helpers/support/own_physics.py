"""Physics of a user."""

from typing import NamedTuple


class Drift(NamedTuple):
    """A user's own physics with nothing optional: a point that two forces push along a line."""

    dt: float = 0.1

    state_names = ("x", "v")
    observation_names = state_names
    action_names = ("left", "right")

    def start_states(self, n, rng):
        return rng.uniform(-1, 1, (n, 2))

    def reset(self, start):
        return start

    def observe(self, state):
        return state

    def step(self, state, action):
        x, v = state
        push = min(1.0, max(-1.0, action[1])) - min(1.0, max(-1.0, action[0]))
        v = v + self.dt * push
        return (x + self.dt * v, v), -x * x, abs(x) <= 2.0
