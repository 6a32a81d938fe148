"""Individual weights of a classifier by gradient descent: Adam on mini-batches, the best epoch by
validation.
"""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from wann.errors import WannError
from wann.files import arrays_to_bytes, read_arrays, write_file
from wann.network.gradient import cross_entropy
from wann.network.network import Network
from wann.streams import rng_for
from wann.tasks.classification.samples import SampleTask

EPOCHS = 200  # a second for a digit classifier of 230 connections
QUICK_EPOCHS = 50
SECONDS_BETWEEN_CHECKPOINTS = 5.0
BATCH = 64  # samples of a step
RACE = 0.1  # share of the epochs after which only the best start goes on
RATE = 0.01  # of the first step; it falls to 0 along half a cosine
DECAYS = 0.9, 0.999  # of Adam's two moments
TINY = 1e-8
#: dtype and number of dimensions of what a checkpoint holds
KINDS = {
    "weights": (np.float64, 2),
    "moments": (np.float64, 3),
    "best": (np.float64, 2),
    "loss": (np.float64, 1),
    "epoch": (np.int64, 0),
    "settings": (np.uint8, 1),
}


class Descent:
    """Gradient descent from some starts, an epoch at a time.

    Its state is arrays, so that it can be stopped and go on.

    A network can be stuck from one shared weight, say near 0, and not from another: after a tenth
    of the epochs only the start with the least loss on the validation samples goes on.

    Attributes:
        weights: ``(S, C)`` after the last epoch.
        best: ``(S, C)`` those of the epoch with the least loss on the validation samples, the start
            included.
        loss: ``(S,)`` that loss, mean cross-entropy in nats.
        epoch: epochs done.
    """

    def __init__(self, net: Network, task: SampleTask, weights: np.ndarray, epochs: int, seed: int):
        """Start from these ``(S, C)`` weights.

        Args:
            net: the decoded network.
            task: gives the samples to train on and to choose by.
            weights: of each start one for each connection of the genome; those that reach no output
                stay as they are.
            epochs: how many there will be: the rate falls to 0 by the last.
            seed: of the order of the samples.
        """
        self.net, self.task, self.epochs, self.seed = net, task, epochs, seed
        self.epoch = 0
        self.weights = np.array(weights, np.float64)
        self.moments = np.zeros((len(weights), 2, weights.shape[1]))
        self.best, self.loss = (
            self.weights.copy(),
            np.array([self.validate(row) for row in self.weights]),
        )

    def validate(self, weights: np.ndarray) -> float:
        """Return the loss on the validation samples."""
        return cross_entropy(self.net, weights, *self.task.validation)[0]

    def run_epoch(self) -> None:
        """Pass through the training samples once, in an order that depends on seed and epoch
        alone.
        """
        order = rng_for(self.seed, self.epoch, "descent").permutation(len(self.task.train.labels))
        batches = np.array_split(order, -(-len(order) // BATCH))
        for s in range(len(self.weights)):
            for step, rows in enumerate(batches, self.epoch * len(batches)):
                share = step / (self.epochs * len(batches))
                self._step(
                    self.weights[s],
                    self.moments[s],
                    rows,
                    step + 1,
                    RATE * 0.5 * (1.0 + np.cos(np.pi * share)),
                )
            loss = self.validate(self.weights[s])
            if loss < self.loss[s]:
                self.best[s], self.loss[s] = self.weights[s], loss
        self.epoch += 1
        if self.epoch >= RACE * self.epochs:
            k = int(np.argmin(self.loss))
            for name in ("weights", "moments", "best", "loss"):
                setattr(self, name, getattr(self, name)[k : k + 1])

    def _step(
        self, weights: np.ndarray, moments: np.ndarray, rows: np.ndarray, step: int, rate: float
    ) -> None:
        """Change weights and moments by step number ``step`` of Adam, on a batch.

        Source: Kingma & Ba 2015, algorithm 1; Loshchilov & Hutter 2017 for the cosine of the rate.
        """
        inputs, labels = self.task.train
        gradient = cross_entropy(self.net, weights, inputs[rows], labels[rows])[1]
        for moment, decay, value in zip(
            moments, DECAYS, (gradient, gradient * gradient), strict=True
        ):
            moment += (1.0 - decay) * (value - moment)
        mean, square = (
            moment / (1.0 - decay**step) for moment, decay in zip(moments, DECAYS, strict=True)
        )
        weights -= rate * mean / (np.sqrt(square) + TINY)

    def save(self, path: Path, settings: dict[str, Any]) -> None:
        """Write a checkpoint: what ``restore`` needs, and the settings that it is good for."""
        arrays = {name: np.array(getattr(self, name)) for name in KINDS if name != "settings"}
        text = json.dumps(settings).encode()
        write_file(path, arrays_to_bytes({**arrays, "settings": np.frombuffer(text, np.uint8)}))

    def restore(self, path: Path, settings: dict[str, Any]) -> None:
        """Go on from a checkpoint.

        Raises:
            WannError: it is damaged, or belongs to other settings.
        """
        arrays = read_arrays(path, KINDS)
        if arrays.pop("settings").tobytes() != json.dumps(settings).encode():
            raise WannError(
                f"{path}: belongs to another network or other options: give the same ones again, "
                "remove this file, or write elsewhere with -o"
            )
        (most, n), epoch = self.weights.shape, int(arrays["epoch"])
        left = len(arrays["loss"])
        fits = left in (1, most) and arrays["weights"].shape == arrays["best"].shape == (left, n)
        fits = fits and arrays["moments"].shape == (left, 2, n)
        finite = all(np.isfinite(values).all() for values in arrays.values())
        if not fits or not finite or not 0 <= epoch <= self.epochs:
            raise WannError(
                f"{path}: damaged (its arrays do not fit the network); remove it to start again"
            )
        for name in ("weights", "moments", "best", "loss"):
            setattr(self, name, arrays[name].copy())
        self.epoch = epoch


class Checkpoint(NamedTuple):
    """Where a descent is written now and then, so that it can go on.

    Attributes:
        path: of the file.
        settings: what it is good for.
    """

    path: Path
    settings: dict[str, Any]


def descend(
    descent: Descent,
    checkpoint: Checkpoint | None,
    progress: Callable[[int, float], None],
    stopped: Callable[[], bool],
) -> bool:
    """Run the epochs that are left, from the checkpoint if there is one, and return whether all are
    done.

    Args:
        descent: at its start.
        checkpoint: written now and then, and when it stops early; the caller removes it.
        progress: called after each epoch with its number and the least loss so far.
        stopped: whether to stop.

    Raises:
        WannError: the checkpoint is damaged or belongs to something else.
    """
    if checkpoint is not None and checkpoint.path.exists():
        descent.restore(*checkpoint)
    saved = time.monotonic()
    while descent.epoch < descent.epochs and not stopped():
        descent.run_epoch()
        progress(descent.epoch, float(descent.loss.min()))
        if checkpoint is not None and time.monotonic() - saved > SECONDS_BETWEEN_CHECKPOINTS:
            descent.save(*checkpoint)
            saved = time.monotonic()
    done = descent.epoch == descent.epochs
    if checkpoint is not None and not done:
        descent.save(*checkpoint)
    return done
