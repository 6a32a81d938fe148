"""A network as a function from observations to actions, which can be sent to other processes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from wann.network.network import Network, outputs_of
from wann.tasks.scaling import Scale, standardized


@dataclass(frozen=True, eq=False)
class Policy:
    """What ``Champion.policy`` returns.

    Attributes:
        network: the decoded network.
        weights: ``(1,)`` the shared weight, or ``(1, C)`` individual ones.
        scale: what observations are scaled by, or None.
        to_action: from outputs to actions (``wann.tasks.gym.actions``), or None for the outputs themselves.
    """

    network: Network
    weights: np.ndarray
    scale: Scale | None = None
    to_action: Callable[[np.ndarray], Any] | None = None

    def __call__(self, observation: np.ndarray) -> Any:
        """Return the outputs or the action for an observation, or for each of several."""
        observation = standardized(observation, self.scale)
        outputs = outputs_of(self.network, self.weights, np.atleast_2d(observation))[0]
        outputs = outputs[0] if observation.ndim == 1 else outputs
        return outputs if self.to_action is None else self.to_action(outputs)
