"""Samples of known class, and how they are divided into those to train on, to choose by and to
report on.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol, Self, TypeGuard

import numpy as np

from wann.streams import rng_for
from wann.tasks.task import AccuracyTask, Task, capabilities_of

AT_ONCE = 2**20  # values that are converted together


class Samples(NamedTuple):
    """Samples of known class.

    Attributes:
        inputs: ``(S, n_inputs)`` float32.
        labels: ``(S,)`` int64, 0 to the number of classes - 1.
    """

    inputs: np.ndarray
    labels: np.ndarray


class SampleTask(AccuracyTask, Protocol):
    """A task of samples with classes, each of which is an output; see ``ClassificationTask``."""

    @property
    def train(self) -> Samples:
        """Samples to train on."""
        ...

    @property
    def validation(self) -> Samples:
        """Samples to choose by."""
        ...

    @property
    def test(self) -> Samples:
        """Samples to report on."""
        ...

    @property
    def target(self) -> str | None:
        """The column of a table that is the class, None of other samples."""
        ...

    @property
    def digest(self) -> str:
        """Text that is another for other samples."""
        ...

    @property
    def summary(self) -> str:
        """One line of what is the class and what are the inputs."""
        ...

    def matched(self, inputs: Sequence[str], outputs: Sequence[str]) -> Self:
        """Return the task with its inputs and classes in the order in which a network has them."""
        ...

    def digest_as(self, inputs: Sequence[str], outputs: Sequence[str]) -> str:
        """Return the digest that the samples have with these names."""
        ...


def has_samples(task: Task) -> TypeGuard[SampleTask]:
    """Return whether a task is to tell the classes of samples apart."""
    return capabilities_of(task).samples


def split(
    inputs: np.ndarray, labels: np.ndarray, shares: tuple[float, ...], seed: int = 0
) -> list[Samples]:
    """Return the samples in parts of these shares and the rest, each with the same mixture of
    classes.

    Who is where depends on the order of the samples and on their labels, not on the inputs.

    Args:
        inputs: ``(S, n_inputs)`` numbers of any kind.
        labels: ``(S,)``.
        shares: of the samples of each class, together at most 1.
        seed: decides who is where.
    """
    place = np.empty(len(labels))
    rng = rng_for(seed, 0, "split")
    for label in np.unique(labels):
        rows = np.flatnonzero(labels == label)
        place[rows] = (rng.permutation(len(rows)) + 0.5) / len(rows)
    part = np.searchsorted(np.cumsum(shares), place)
    rows_of_part = [np.flatnonzero(part == k) for k in range(len(shares) + 1)]
    return [
        Samples(as_float32(inputs, rows), labels[rows].astype(np.int64)) for rows in rows_of_part
    ]


def as_float32(inputs: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return these rows in this precision, ``(len(rows), n_inputs)``.

    Beside the result it takes little memory.
    """
    out = np.empty((len(rows), inputs.shape[1]), np.float32)
    for part in parts(out):
        out[part] = inputs[rows[part]]
    return out


def parts(samples: np.ndarray) -> Iterator[slice]:
    """Yield slices of an array's rows, one after the other, of few enough values to be handled
    together.
    """
    at_once = max(1, AT_ONCE * len(samples) // max(1, samples.size))
    yield from (slice(first, first + at_once) for first in range(0, len(samples), at_once))
