"""From the observations of any Gymnasium environment to the numbers that a network gets."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np
from gymnasium import spaces

from wann.config import quoted
from wann.errors import WannError
from wann.tasks.gym.actions import described

REAL = "biuf"  # kinds of NumPy's types
MOST_INPUTS = 1000


def observed(space: spaces.Space) -> int:
    """Return how many numbers a flattened observation has, or raise WannError if a network cannot
    take it.
    """
    n = _n_observed(space)
    if n is None:
        raise WannError(
            f"the observation space is {described(space)}: must be a Box, Discrete, MultiDiscrete,"
            " MultiBinary, or a Dict or Tuple of these: register it with a wrapper that gives"
            " numbers"
        )
    if not 1 <= n <= MOST_INPUTS:
        raise WannError(f"an observation has {n} numbers: must be from 1 to {MOST_INPUTS}")
    return n


def _n_observed(space: spaces.Space) -> int | None:
    if isinstance(space, spaces.Dict | spaces.Tuple):
        parts = space.spaces.values() if isinstance(space, spaces.Dict) else space.spaces
        sizes = [_n_observed(part) for part in parts]
        return None if None in sizes else sum(size for size in sizes if size)
    if isinstance(space, spaces.Box | spaces.Discrete | spaces.MultiDiscrete | spaces.MultiBinary):
        return spaces.flatdim(space)
    return None


def numbers_of(observation: Any) -> np.ndarray:
    """Return real numbers as an array, or raise TypeError: NumPy would read text and drop imaginary
    parts.
    """
    numbers = np.asarray(observation)
    if numbers.dtype.kind == "O" and not any(
        isinstance(number, str | bytes) for number in numbers.flat
    ):
        with suppress(TypeError, ValueError):
            numbers = numbers.astype(np.float64)
    if numbers.dtype.kind not in REAL or np.ma.is_masked(observation):
        raise TypeError(f"an observation has {quoted(observation)}: must be numbers")
    return numbers


def flattener(space: spaces.Space) -> Callable[[Any], Any]:
    """Return the function from an observation of the space to its numbers.

    What is discrete is one-hot; a ``Box`` with several axes is row by row.
    """
    if isinstance(space, spaces.Box):
        flat = len(space.shape) == 1
        return numbers_of if flat else lambda observation: np.ravel(numbers_of(observation))

    def flatten(observation: Any) -> Any:
        _check(space, observation)
        return spaces.flatten(space, observation)

    return flatten


def _check(space: Any, observation: Any) -> None:
    """Raise ValueError if what becomes numbers of a space is none of it: other numbers would be
    taken for it.
    """
    if isinstance(space, spaces.Dict | spaces.Tuple):
        for key, part in (
            space.spaces.items() if isinstance(space, spaces.Dict) else enumerate(space.spaces)
        ):
            _check(part, observation[key])
        return
    numbers = numbers_of(observation)
    fits = numbers.size == np.prod(space.shape, dtype=int)
    if fits and isinstance(space, spaces.Discrete | spaces.MultiDiscrete):
        n = space.n if isinstance(space, spaces.Discrete) else space.nvec
        fits = ((numbers >= space.start) & (numbers < space.start + n)).all()
    elif fits and space.dtype.kind in "iu":  # flattening casts
        with np.errstate(invalid="ignore"):
            fits = np.array_equal(numbers, numbers.astype(space.dtype))
    if not fits:
        raise ValueError(
            f"an observation has {quoted(observation)} where the observation space has {space}"
        )
