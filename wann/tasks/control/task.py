"""Control tasks: physics that is compiled with the networks."""

from dataclasses import dataclass
from typing import Any, TypeGuard

import numpy as np

from wann.network.network import Networks
from wann.tasks.control.rollout import play
from wann.tasks.task import Capabilities, Task


@dataclass(frozen=True)
class ControlTask:
    """A control task simulated by compiled physics.

    See ``wann.tasks.control.rollout`` for what the physics must have.

    Attributes:
        physics: a NamedTuple of parameters with the methods of the physics.
        max_steps: steps after which an episode ends.
    """

    physics: Any
    max_steps: int

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the observations."""
        return self.physics.observation_names

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of the actions."""
        return self.physics.action_names

    @property
    def capabilities(self) -> Capabilities:
        """Its episodes are compiled, and can be drawn if the physics has a ``draw``."""
        return Capabilities(episodes=True, draws=hasattr(self.physics, "draw"))

    def trials(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Return ``(n, state)`` start states."""
        return self.physics.start_states(n, rng)

    def score(
        self, networks: Networks, weights: np.ndarray, trials: np.ndarray
    ) -> tuple[np.ndarray, int]:
        """Return the ``(N, W, T)`` returns of the episodes, and the environment steps made."""
        weights, trials = self.prepared(networks, weights, trials)
        returns = np.empty((networks.size, len(weights), len(trials)))
        return returns, play(self.physics, networks, weights, trials, self.max_steps, returns)

    def prepared(
        self, networks: Networks, weights: np.ndarray, trials: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return weights and trials as compiled code takes them: of one type, and checked.

        Raises:
            ValueError: shapes do not fit.
        """
        weights = np.ascontiguousarray(
            weights, np.float32 if weights.dtype == np.float32 else np.float64
        )
        trials = np.ascontiguousarray(trials, weights.dtype)
        if trials.ndim != 2 or trials.shape[1] != len(self.physics.state_names):
            raise ValueError(
                f"trials has shape {trials.shape}: must be (trials,"
                f" {len(self.physics.state_names)})"
            )
        if weights.ndim == 2 and networks.size > 1:
            raise ValueError(
                f"individual weights belong to one network; {networks.size} were given"
            )
        return weights, trials


def has_physics(task: Task) -> TypeGuard[ControlTask]:
    """Return whether a task is physics of ours, which the browser may have, too."""
    return isinstance(task, ControlTask)
