"""A network as a function from observations to actions, which can be sent to other processes."""

import math
import numbers
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from wann.config import quoted
from wann.errors import WannError
from wann.network.forward import no_memory, outputs_of
from wann.network.network import Network
from wann.tasks.scaling import Scale, standardized


@dataclass(eq=False)
class Policy:
    """What ``Champion.policy`` returns.

    That of a recurrent network remembers the step before: call ``reset`` when an episode begins.

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
    _memory: np.ndarray | None = field(default=None, init=False, repr=False)

    def __call__(self, observation: np.ndarray) -> Any:
        """Return the outputs or the action for an observation, or for each of several.

        Of a recurrent network several are those of as many episodes, side by side.

        Raises:
            WannError: it is recurrent, and was given another number of observations before.
        """
        observation = standardized(observation, self.scale)
        rows = np.atleast_2d(observation)
        if self._memory is None:
            self._memory = no_memory(self.network, 1, len(rows))
        if len(rows) != self._memory.shape[1]:
            if self._memory.size:
                raise WannError(
                    f"the recurrent network is given {len(rows)} observations, and was given"
                    f" {self._memory.shape[1]} in the step before: call reset() where episodes"
                    " begin"
                )
            self._memory = no_memory(self.network, 1, len(rows))
        outputs = outputs_of(self.network, self.weights, rows, self._memory)[0]
        outputs = outputs[0] if observation.ndim == 1 else outputs
        return outputs if self.to_action is None else self.to_action(outputs)

    @property
    def memory(self) -> np.ndarray:
        """What it remembers, ``(M,)``, or ``(S, M)`` of S episodes that are played side by side.

        The values of some nodes in the step before; none where the network is not recurrent.
        """
        if self._memory is None:
            return no_memory(self.network)
        return self._memory[0, 0].copy() if self._memory.shape[1] == 1 else self._memory[0].copy()

    def reset(self, which: np.ndarray | None = None) -> None:
        """Forget what was: episodes begin. A network that is not recurrent has nothing to forget.

        Args:
            which: ``(S,)`` booleans, of the S episodes that are played side by side those that
                begin; default: all.
        """
        if which is None:
            self._memory = None
        elif self._memory is not None:
            self._memory[:, which] = 0.0


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
