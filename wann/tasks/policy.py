"""A network as a function from observations to actions, which can be sent to other processes."""

import math
import numbers
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from wann.config import quoted
from wann.errors import WannError
from wann.network.network import Network, outputs_of
from wann.tasks.scaling import Scale, standardized


@dataclass(frozen=True, eq=False)
class Policy:
    """What ``Champion.policy`` returns.

    Attributes:
        network: the decoded network.
        weights: ``(1,)`` the shared weight, or ``(1, C)`` individual ones.
        scale: what observations are scaled by, or None.
        to_action: from outputs to actions (``wann.tasks.gym.actions``), or None for the outputs
            themselves.
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


def finite_weight(weight: Any) -> float:
    """Return a weight as a float, or raise WannError unless it is one finite real number, also a
    0-d array.
    """
    with suppress(TypeError, ValueError, OverflowError):
        kind = np.asarray(weight).dtype.kind
        # Fraction, say
        real = kind in "biuf" or (kind == "O" and isinstance(weight, numbers.Number))
        if (
            real
            and np.ndim(weight) == 0
            and not np.ma.is_masked(weight)
            and math.isfinite(float(weight))
        ):
            return float(weight)
    raise WannError(
        f"weight = {quoted(weight)}: must be one finite number, which all connections share"
    )
