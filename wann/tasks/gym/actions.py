"""From a network's raw outputs to the actions of any Gymnasium environment."""

import math
import operator
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from wann.config import quoted
from wann.errors import WannError

if TYPE_CHECKING:
    import gymnasium

MOST_OUTPUTS = 1000


def action_function(space: "gymnasium.Space", n_outputs: int) -> Callable[[np.ndarray], Any]:
    """Return the function from ``(..., n_outputs)`` raw outputs to actions of the space, with the
    same leading axes.

    It can be pickled.

    * ``Box`` with as many numbers as outputs: the range from -1 to 1 of each output becomes that of
      its bounds, and what is beyond is clipped; without two finite bounds a number is the output
      itself, clipped to what bound it has;
    * ``Discrete(2)`` and one output: the second action where it is above 0;
    * ``Discrete(n)`` and n outputs: the action of the largest, the first of equals;
    * ``MultiDiscrete`` and an output for each action of each of its numbers: the same for each;
    * ``MultiBinary`` and an output for each of its numbers: 1 where it is above 0;
    * ``Dict`` or ``Tuple`` of these and as many outputs as its parts need (``outputs_for``): those
      of its first part first.

    Actions are of the type that ``space.sample()`` has: NumPy's integers where the space is
    discrete, dicts and tuples where it has parts, each part with the leading axes.

    Raises:
        WannError: the space is another one, or has another size.

    Source: Gaier & Ha 2019 clip actions to their bounds, which are -1 and 1 in their tasks.
    """
    to_action = _function(space, n_outputs)
    if to_action is None:
        raise WannError(
            f"the network has {n_outputs} outputs, but the action space is {space}: it must be a"
            " Box or MultiBinary with as many numbers, Discrete with as many actions (with two, one"
            " output will do), MultiDiscrete with as many in all, or a Dict or Tuple of these"
        )
    return to_action


def _function(space: "gymnasium.Space", n_outputs: int) -> Callable[[np.ndarray], Any] | None:
    """Return what ``action_function`` does, or None if the space is another one or has another
    size.
    """
    from gymnasium import spaces

    if isinstance(space, spaces.Box) and np.prod(space.shape, dtype=int) == n_outputs:
        return partial(_scaled, limits=box_limits(space), shape=space.shape, dtype=space.dtype)
    if isinstance(space, spaces.Discrete) and (n_outputs, space.n) == (1, 2):
        return partial(_sign, start=space.start, dtype=space.dtype)
    if isinstance(space, spaces.Discrete) and n_outputs == space.n:
        return partial(_largest, start=space.start, dtype=space.dtype)
    if isinstance(space, spaces.MultiDiscrete) and n_outputs == space.nvec.sum():
        return partial(_largest_of_each, nvec=space.nvec, start=space.start, dtype=space.dtype)
    if isinstance(space, spaces.MultiBinary) and np.prod(space.shape, dtype=int) == n_outputs:
        return partial(_signs, shape=space.shape, dtype=space.dtype)
    if isinstance(space, spaces.Dict | spaces.Tuple) and _n_outputs(space) == n_outputs:
        keys = tuple(space.spaces) if isinstance(space, spaces.Dict) else None
        sizes = [_n_outputs(part) or 0 for part in parts_of(space)]
        functions, ends = map(action_function, parts_of(space), sizes), np.cumsum(sizes).tolist()
        return partial(_of_parts, keys=keys, parts=tuple(zip(functions, sizes, ends, strict=True)))
    return None


def outputs_for(space: "gymnasium.Space") -> int:
    """Return how many outputs a network needs for an action space, or raise WannError if there is
    no such network.
    """
    n = _n_outputs(space)
    if n is None:
        raise WannError(
            f"the action space is {described(space)}: must be a Box, Discrete, MultiDiscrete,"
            " MultiBinary, or a Dict or Tuple of these"
        )
    if not 1 <= n <= MOST_OUTPUTS:
        raise WannError(
            f"the action space {space} needs {n} outputs: must be from 1 to {MOST_OUTPUTS}"
        )
    return n


def _n_outputs(space: "gymnasium.Space") -> int | None:
    from gymnasium import spaces

    if isinstance(space, spaces.Dict | spaces.Tuple):
        sizes = [_n_outputs(part) for part in parts_of(space)]
        return None if None in sizes else sum(size for size in sizes if size)
    if isinstance(space, spaces.Box | spaces.MultiBinary):
        return int(np.prod(space.shape))
    if isinstance(space, spaces.Discrete):
        return int(space.n)
    if isinstance(space, spaces.MultiDiscrete):
        return int(space.nvec.sum())
    return None


def parts_of(space: Any) -> list[Any]:
    """Return the parts of a ``Dict`` or ``Tuple``, in the order in which they are flattened."""
    return list(space.spaces.values() if isinstance(space.spaces, dict) else space.spaces)


def described(space: Any) -> str:
    """Return what a space is, also where it is that of another library, such as the old gym."""
    from gymnasium import spaces

    if space is None or isinstance(space, spaces.Space):
        return str(space)
    return (
        f"{quoted(space)}, a {type(space).__module__}.{type(space).__qualname__}, which is none of"
        " gymnasium.spaces"
    )


def _scaled(
    outputs: np.ndarray, limits: np.ndarray, shape: tuple[int, ...], dtype: Any
) -> np.ndarray:
    low, high, centre, half, most = limits
    actions = np.clip(np.clip(outputs, -most, most) * half + centre, low, high).astype(dtype)
    return actions.reshape(outputs.shape[:-1] + shape)


def _sign(outputs: np.ndarray, start: np.integer, dtype: Any) -> Any:
    return (start + (outputs[..., 0] > 0.0)).astype(dtype)


def _largest(outputs: np.ndarray, start: np.integer, dtype: Any) -> Any:
    return (start + outputs.argmax(axis=-1)).astype(dtype)


def _largest_of_each(
    outputs: np.ndarray, nvec: np.ndarray, start: np.ndarray, dtype: Any
) -> np.ndarray:
    parts = np.split(outputs, np.cumsum(nvec)[:-1], axis=-1)
    chosen = np.stack([part.argmax(axis=-1) for part in parts], axis=-1)
    return (chosen.reshape(outputs.shape[:-1] + nvec.shape) + start).astype(dtype)


def _signs(outputs: np.ndarray, shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    return (outputs > 0.0).astype(dtype).reshape(outputs.shape[:-1] + shape)


def _of_parts(
    outputs: np.ndarray,
    keys: tuple[str, ...] | None,
    parts: tuple[tuple[Callable[[np.ndarray], Any], int, int], ...],
) -> Any:
    actions = tuple(act(outputs[..., end - size : end]) for act, size, end in parts)
    return actions if keys is None else dict(zip(keys, actions, strict=True))


def box_limits(space: Any) -> np.ndarray:
    """Return of each number of a ``Box`` with n of them what scales an output to it, ``(5, n)``.

    Rows: lowest and highest value; centre and half of the range; magnitude to which the output is
    clipped before.
    """
    low, high = (
        _floats(space.low, operator.lt, math.inf),
        _floats(space.high, operator.gt, -math.inf),
    )
    bounded = np.isfinite(low) & np.isfinite(high)
    a, b = np.where(bounded, low, -1.0), np.where(bounded, high, 1.0)
    return np.array((low, high, a / 2 + b / 2, b / 2 - a / 2, np.where(bounded, 1.0, np.inf)))


def _floats(
    bounds: np.ndarray, beyond: Callable[[float, float], bool], inward: float
) -> np.ndarray:
    """Return bounds in float64, flat.

    The next number inward for one of 64 bits that is rounded to beyond itself.

    Python compares floats with integers exactly; the type of the space would take what is beyond
    for another number.
    """
    exact = bounds.ravel()
    pairs = zip(exact.astype(np.float64).tolist(), exact.tolist(), strict=True)
    return np.array(
        [math.nextafter(x, inward) if beyond(x, bound) else x for x, bound in pairs], np.float64
    )
