"""From a network's raw outputs to the actions of any Gymnasium environment."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from wann.errors import WannError

if TYPE_CHECKING:
    import gymnasium


def action_function(space: "gymnasium.Space", n_outputs: int) -> Callable[[np.ndarray], Any]:
    """Return the function from ``(..., n_outputs)`` raw outputs to actions of the space, with the same leading axes.

    * ``Box`` with as many numbers as outputs: the range from -1 to 1 of each output becomes that of its bounds, and
      what is beyond is clipped; without two finite bounds a number is the output itself, clipped to what bound it has;
    * ``Discrete(2)`` and one output: the second action where it is above 0;
    * ``Discrete(n)`` and n outputs: the action of the largest, the first of equals;
    * ``MultiDiscrete`` and an output for each action of each of its numbers: the same for each.

    Actions are of the type that ``space.sample()`` has: NumPy's integers where the space is discrete.

    Raises:
        WannError: the space is another one, or has another size.

    Source: Gaier & Ha 2019 clip actions to their bounds, which are -1 and 1 in their tasks.
    """
    from gymnasium import spaces

    if isinstance(space, spaces.Box) and np.prod(space.shape, dtype=int) == n_outputs:
        limits, shape = box_limits(space), space.shape

        def scale(outputs: np.ndarray) -> np.ndarray:
            low, high, centre, half, most = limits
            return (
                np.clip(np.clip(outputs, -most, most) * half + centre, low, high)
                .astype(space.dtype)
                .reshape(outputs.shape[:-1] + shape)
            )

        return scale
    if isinstance(space, spaces.Discrete) and (n_outputs, space.n) == (1, 2):
        return lambda outputs: (space.start + (outputs[..., 0] > 0.0)).astype(space.dtype)
    if isinstance(space, spaces.Discrete) and n_outputs == space.n:
        return lambda outputs: (space.start + outputs.argmax(axis=-1)).astype(space.dtype)
    if isinstance(space, spaces.MultiDiscrete) and n_outputs == space.nvec.sum():
        ends = np.cumsum(space.nvec)[:-1]

        def choose(outputs: np.ndarray) -> np.ndarray:
            chosen = np.stack([part.argmax(axis=-1) for part in np.split(outputs, ends, axis=-1)], axis=-1)
            return (chosen.reshape(outputs.shape[:-1] + space.nvec.shape) + space.start).astype(space.dtype)

        return choose
    raise WannError(
        f"the network has {n_outputs} outputs, but the action space is {space}: it must be a Box with as many "
        "numbers, Discrete with as many actions (with two, one output will do), or MultiDiscrete with as many in all"
    )


def box_limits(space: Any) -> np.ndarray:
    """Return of each number of a ``Box`` with n of them what scales an output to it, ``(5, n)``.

    Rows: lowest and highest value; centre and half of the range; magnitude to which the output is clipped before.
    """
    low, high = space.low.ravel().astype(np.float64), space.high.ravel().astype(np.float64)
    bounded = np.isfinite(low) & np.isfinite(high)
    a, b = np.where(bounded, low, -1.0), np.where(bounded, high, 1.0)
    return np.array((low, high, (a + b) / 2, (b - a) / 2, np.where(bounded, 1.0, np.inf)))
