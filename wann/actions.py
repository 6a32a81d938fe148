"""From a network's raw outputs to the actions of any Gymnasium environment."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from wann.errors import WannError

if TYPE_CHECKING:
    import gymnasium


def action_function(space: "gymnasium.Space", n_outputs: int) -> Callable[[np.ndarray], Any]:
    """Return the function from ``(..., n_outputs)`` raw outputs to actions of the space, with the same leading axes.

    * ``Box`` with as many numbers as outputs: each output, clipped to its bounds;
    * ``Discrete(2)`` and one output: the second action where it is above 0;
    * ``Discrete(n)`` and n outputs: the action of the largest, the first of equals.

    Raises:
        WannError: the space is another one, or has another size.

    Source: Gaier & Ha 2019 clip actions to their bounds.
    """
    from gymnasium import spaces

    if isinstance(space, spaces.Box) and np.prod(space.shape, dtype=int) == n_outputs:
        low, high, shape = space.low, space.high, space.shape

        def clip(outputs: np.ndarray) -> np.ndarray:
            return np.clip(outputs.reshape(outputs.shape[:-1] + shape), low, high).astype(space.dtype)

        return clip
    if isinstance(space, spaces.Discrete) and (n_outputs, space.n) == (1, 2):
        return lambda outputs: space.start + (outputs[..., 0] > 0.0)
    if isinstance(space, spaces.Discrete) and n_outputs == space.n:
        return lambda outputs: space.start + outputs.argmax(axis=-1)
    raise WannError(
        f"the network has {n_outputs} outputs, but the action space is {space}: it must be a Box with as many "
        "numbers, or Discrete with as many actions (with two, one output will do)"
    )
