"""Classification tasks: telling classes apart on batches of samples."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

import numpy as np

from wann.errors import WannError, one_line
from wann.names import LONGEST_NAME, is_name, order_of
from wann.network.network import Network, Networks
from wann.tasks.classification.cross_entropy import cross_entropies, steepness
from wann.tasks.classification.ensemble import accuracies
from wann.tasks.classification.samples import Samples
from wann.tasks.task import Capabilities

#: Of networks, weights, samples, the rows of each trial and steepness: see ``losses_of_trials``.
LossesOf = Callable[[Networks, np.ndarray, Samples, np.ndarray, np.ndarray], np.ndarray]
MOST_TOLD = 5  # names that a summary lists


@dataclass(frozen=True, eq=False)
class ClassificationTask:
    """Tell the classes of samples apart: one network output for each class, the largest wins.

    Search and tuning see ``train`` and ``validation`` only.

    Attributes:
        inputs: name of each input.
        outputs: name of each class.
        train: samples that batches are drawn from.
        validation: samples to choose by.
        test: samples to report on.
        batch: samples of a trial.
        target: the column of a table that was taken for the class, as ``--target`` takes it; None
            of other samples.
        unit_temperature: whether scores are of the outputs as they are, as in the paper; otherwise
            the size of the shared weight is left out of them: see ``steepness``.
    """

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    train: Samples
    validation: Samples
    test: Samples
    batch: int
    target: str | None = None
    unit_temperature: bool = False
    capabilities = Capabilities(accuracy=True, samples=True)

    def __post_init__(self) -> None:
        """Raise WannError for samples that do not fit, and for names that no champion file may
        have.
        """
        wrong = [name for name in (*self.inputs, *self.outputs) if not is_name(name)]
        if wrong:
            raise WannError(
                f"{one_line(repr(wrong[0]), 40)} is the name of an input or class: must be text, "
                f"printable, and of at most {LONGEST_NAME} characters"
            )
        for part in ("train", "validation", "test"):
            x, y = getattr(self, part)
            if (
                x.ndim != 2
                or x.shape[1] != len(self.inputs)
                or y.shape != x.shape[:1]
                or not len(y)
            ):
                raise WannError(
                    f"{part}: inputs of shape {x.shape} and labels of {y.shape}: must be (samples, "
                    f"{len(self.inputs)}) and (samples,)"
                )
            # takes no memory, as isfinite(x) does
            if not np.isfinite((x.min(initial=0), x.max(initial=0))).all():
                raise WannError(
                    f"{part}: an input is not a finite number: remove or replace such samples"
                )
            if y.min() < 0 or y.max() >= len(self.outputs):
                raise WannError(
                    f"{part}: labels go from {y.min()} to {y.max()}: must be 0 to"
                    f" {len(self.outputs) - 1}"
                )
        if not 1 <= self.batch <= len(self.train.labels):
            raise WannError(
                f"batch = {self.batch}: must be 1 to {len(self.train.labels)}, the samples to"
                " train on"
            )

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the samples, of their names, and of the size of a batch."""
        told = hashlib.sha256(json.dumps((self.inputs, self.outputs, self.batch)).encode())
        for samples in (self.train, self.validation, self.test):
            for array in samples:
                told.update(f"{array.dtype} {array.shape}".encode())
                told.update(np.ascontiguousarray(array).data)
        return told.hexdigest()

    @property
    def summary(self) -> str:
        """One line of what is the class and what are the inputs."""

        def some(names: Sequence[str]) -> str:
            more = ", …" if len(names) > MOST_TOLD else ""
            return (
                f"({len(names)}:"
                f" {', '.join(one_line(name, 40) for name in names[:MOST_TOLD])}{more})"
            )

        column = (
            ""
            if self.target is None
            else f"column {self.target} "
            if self.target.isdigit()
            else f"{self.target} "
        )
        parts = (self.train, self.validation, self.test)
        sizes = " + ".join(str(len(part.labels)) for part in parts)
        return one_line(
            f"samples: class: {column}{some(self.outputs)}; inputs: {some(self.inputs)}; {sizes}"
            " samples to train on, to validate and to test"
        )

    def matched(self, inputs: Sequence[str], outputs: Sequence[str]) -> Self:
        """Return the task with its inputs and classes in the order in which a network has them.

        They are matched by name; by position where nobody named them: see ``wann.names.order_of``.

        Args:
            inputs: names of the network's inputs.
            outputs: names of its outputs.

        Raises:
            WannError: others are there, or some are missing.
        """
        columns = order_of(self.inputs, inputs, "inputs")
        classes = order_of(self.outputs, outputs, "classes")
        if columns == list(range(len(inputs))) and classes == list(range(len(outputs))):
            return self
        number = np.argsort(classes)  # of the network's output, by that of the class here

        def moved(samples: Samples) -> Samples:
            return Samples(
                np.ascontiguousarray(samples.inputs[:, columns]),
                number[samples.labels].astype(np.int64),
            )

        return replace(
            self,
            inputs=tuple(self.inputs[k] for k in columns),
            outputs=tuple(self.outputs[k] for k in classes),
            train=moved(self.train),
            validation=moved(self.validation),
            test=moved(self.test),
        )

    def digest_as(self, inputs: Sequence[str], outputs: Sequence[str]) -> str:
        """Return the digest that the samples have with these names, each of which may be spelled
        otherwise here.
        """
        if (tuple(inputs), tuple(outputs)) == (self.inputs, self.outputs):
            return self.digest
        return replace(self, inputs=tuple(inputs), outputs=tuple(outputs)).digest

    def trials(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Return ``(n, batch)`` rows of the training samples: a random batch for each trial."""
        return np.stack(
            [rng.choice(len(self.train.labels), self.batch, replace=False) for _ in range(n)]
        )

    def score(
        self, networks: Networks, weights: np.ndarray, trials: np.ndarray
    ) -> tuple[np.ndarray, int]:
        """Return ``(N, W, T)``, minus the mean cross-entropy of each batch [nats], and the number
        of samples scored.

        Source: Gaier & Ha 2019, section 4.2; the temperature is ours.
        """
        return self.scored(losses_of_trials, networks, weights, trials)

    def scored(
        self, losses_of: LossesOf, networks: Networks, weights: np.ndarray, trials: np.ndarray
    ) -> tuple[np.ndarray, int]:
        """Return what ``score`` does, with cross-entropies from ``losses_of``."""
        dtype = np.float32 if weights.dtype == np.float32 else np.float64
        weights = np.ascontiguousarray(weights, dtype)
        steep = np.ones(len(weights), dtype) if self.unit_temperature else steepness(weights)
        losses = losses_of(networks, weights, self.train, trials, steep)
        return -losses, networks.size * len(weights) * trials.size

    def accuracy(self, network: Network, weights: np.ndarray) -> dict[str, Any]:
        """Return the shares of samples told right, of ``validation`` and of ``test``.

        Nothing may choose by the latter.

        Each has the number of ``samples``, the share ``per_weight``, and those of the network as an
        ensemble of its weights, by ``vote`` and by ``mean_probability``
        (``wann.tasks.classification.ensemble``).
        """
        result = {}
        for part in ("validation", "test"):
            samples = getattr(self, part)
            shares = accuracies(network, weights, samples)
            keys = [str(float(weight)) for weight in weights]
            per_weight = dict(zip(keys, shares["per_weight"], strict=True))
            result[part] = {"samples": len(samples.labels), **shares, "per_weight": per_weight}
        return result


def losses_of_trials(
    networks: Networks,
    weights: np.ndarray,
    samples: Samples,
    trials: np.ndarray,
    steep: np.ndarray,
) -> np.ndarray:
    """Return the ``(N, W, T)`` mean cross-entropies of trials, ``(T, batch)`` rows of samples."""
    losses = [
        cross_entropies(
            networks,
            weights,
            samples.inputs[rows].astype(weights.dtype),
            samples.labels[rows],
            steep,
        )
        for rows in trials
    ]
    return np.stack(losses, axis=2)
