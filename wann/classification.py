"""Classification tasks: telling classes apart on batches of samples."""

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from wann.classify import cross_entropies
from wann.ensemble import accuracies
from wann.errors import WannError
from wann.network import Network, Networks
from wann.search import rng_for


class Samples(NamedTuple):
    """Samples of known class.

    Attributes:
        inputs: ``(S, n_inputs)`` float32.
        labels: ``(S,)`` int64, 0 to the number of classes - 1.
    """

    inputs: np.ndarray
    labels: np.ndarray


def split(inputs: np.ndarray, labels: np.ndarray, shares: tuple[float, ...], seed: int = 0) -> list[Samples]:
    """Return the samples in parts of these shares and the rest, each with the same mixture of classes.

    Args:
        inputs: ``(S, n_inputs)``.
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
    return [
        Samples(np.ascontiguousarray(inputs[part == k], np.float32), labels[part == k].astype(np.int64))
        for k in range(len(shares) + 1)
    ]


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
    """

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    train: Samples
    validation: Samples
    test: Samples
    batch: int

    def __post_init__(self) -> None:
        """Raise WannError for samples that do not fit."""
        for part in ("train", "validation", "test"):
            x, y = getattr(self, part)
            if x.ndim != 2 or x.shape[1] != len(self.inputs) or y.shape != x.shape[:1] or not len(y):
                raise WannError(f"{part}: inputs of shape {x.shape} and labels of {y.shape}: must be (samples, "
                                f"{len(self.inputs)}) and (samples,)")  # fmt: skip
            if not np.isfinite(x).all():
                raise WannError(f"{part}: an input is not a finite number: remove or replace such samples")
            if y.min() < 0 or y.max() >= len(self.outputs):
                raise WannError(f"{part}: labels go from {y.min()} to {y.max()}: must be 0 to {len(self.outputs) - 1}")
        if not 1 <= self.batch <= len(self.train.labels):
            raise WannError(f"batch = {self.batch}: must be 1 to {len(self.train.labels)}, the samples to train on")

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all that scores depend on."""
        told = hashlib.sha256(json.dumps((self.inputs, self.outputs, self.batch)).encode())
        for samples in (self.train, self.validation, self.test):
            for array in samples:
                told.update(f"{array.dtype} {array.shape}".encode())
                told.update(np.ascontiguousarray(array).data)
        return told.hexdigest()

    def trials(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Return ``(n, batch)`` rows of the training samples: a random batch for each trial."""
        return np.stack([rng.choice(len(self.train.labels), self.batch, replace=False) for _ in range(n)])

    def score(self, networks: Networks, weights: np.ndarray, trials: np.ndarray) -> tuple[np.ndarray, int]:
        """Return ``(N, W, T)``, minus the mean cross-entropy of each batch [nats], and the number of samples scored."""
        dtype = np.float32 if weights.dtype == np.float32 else np.float64
        weights = np.ascontiguousarray(weights, dtype)
        losses = [
            cross_entropies(networks, weights, self.train.inputs[rows].astype(dtype), self.train.labels[rows])
            for rows in trials
        ]
        return -np.stack(losses, axis=2), networks.size * len(weights) * trials.size

    def accuracy(self, network: Network, weights: np.ndarray) -> dict[str, Any]:
        """Return the shares of samples told right, of ``validation`` and of ``test``; nothing may choose by the latter.

        Each has the number of ``samples``, the share ``per_weight``, and those of the network as an ensemble of its
        weights, by ``vote`` and by ``mean_probability`` (``wann.ensemble``).
        """
        result = {}
        for part in ("validation", "test"):
            samples = getattr(self, part)
            shares = accuracies(network, weights, samples)
            keys = [str(float(weight)) for weight in weights]
            per_weight = dict(zip(keys, shares["per_weight"], strict=True))
            result[part] = {"samples": len(samples.labels), **shares, "per_weight": per_weight}
        return result
