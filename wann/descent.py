"""Individual weights of a classifier by gradient descent: Adam on mini-batches, the best epoch by validation."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from wann.classification import ClassificationTask
from wann.errors import WannError
from wann.files import arrays_to_bytes, read_arrays, write_file
from wann.gradient import cross_entropy
from wann.network import Network
from wann.search import rng_for

BATCH = 64  # samples of a step
RATE = 0.01  # of the first step; it falls to 0 along half a cosine
DECAYS = 0.9, 0.999  # of Adam's two moments
TINY = 1e-8
#: dtype and number of dimensions of what a checkpoint holds
KINDS = {
    "weights": (np.float64, 1),
    "moments": (np.float64, 2),
    "best": (np.float64, 1),
    "loss": (np.float64, 0),
    "epoch": (np.int64, 0),
    "settings": (np.uint8, 1),
}


class Descent:
    """Gradient descent, an epoch at a time; its state is a few arrays, so that it can be stopped and go on.

    Attributes:
        weights: ``(C,)`` after the last epoch.
        best: ``(C,)`` those of the epoch with the least loss on the validation samples, the start included.
        loss: that loss, mean cross-entropy in nats.
        epoch: epochs done.
    """

    def __init__(self, net: Network, task: ClassificationTask, weights: np.ndarray, epochs: int, seed: int):
        """Start from these ``(C,)`` weights.

        Args:
            net: the decoded network.
            task: gives the samples to train on and to choose by.
            weights: one for each connection of the genome; those that reach no output stay as they are.
            epochs: how many there will be: the rate falls to 0 by the last.
            seed: of the order of the samples.
        """
        self.net, self.task, self.epochs, self.seed = net, task, epochs, seed
        self.epoch = 0
        self.weights = np.array(weights, np.float64)
        self.moments = np.zeros((2, len(weights)))
        self.best, self.loss = self.weights.copy(), self.validate(self.weights)[0]

    def validate(self, weights: np.ndarray) -> tuple[float, float]:
        """Return the loss and the accuracy on the validation samples."""
        loss, _, accuracy = cross_entropy(self.net, weights, *self.task.validation)
        return loss, accuracy

    def run_epoch(self) -> tuple[float, float]:
        """Pass through the training samples once, in an order that depends on seed and epoch alone.

        Returns: the mean loss while training, and the loss on the validation samples afterwards.

        Source: Kingma & Ba 2015, algorithm 1; Loshchilov & Hutter 2017 for the cosine.
        """
        inputs, labels = self.task.train
        order = rng_for(self.seed, self.epoch, "descent").permutation(len(labels))
        batches = np.array_split(order, -(-len(order) // BATCH))
        losses, first = 0.0, self.epoch * len(batches)
        for step, rows in enumerate(batches, first):
            loss, gradient, _ = cross_entropy(self.net, self.weights, inputs[rows], labels[rows])
            losses += loss * len(rows)
            for moment, decay, value in zip(self.moments, DECAYS, (gradient, gradient * gradient), strict=True):
                moment += (1.0 - decay) * (value - moment)
            mean, square = (m / (1.0 - d ** (step + 1)) for m, d in zip(self.moments, DECAYS, strict=True))
            rate = RATE * 0.5 * (1.0 + np.cos(np.pi * step / (self.epochs * len(batches))))
            self.weights = self.weights - rate * mean / (np.sqrt(square) + TINY)
        self.epoch += 1
        loss, _ = self.validate(self.weights)
        if loss < self.loss:
            self.best, self.loss = self.weights.copy(), loss
        return losses / len(labels), loss

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
        n, epoch = len(self.weights), int(arrays["epoch"])
        fits = arrays["weights"].shape == arrays["best"].shape == (n,) and arrays["moments"].shape == (2, n)
        finite = all(np.isfinite(values).all() for values in arrays.values())
        if not fits or not finite or not 0 <= epoch <= self.epochs:
            raise WannError(f"{path}: damaged (its arrays do not fit the network); remove it to start again")
        self.weights, self.moments, self.best = (arrays[name].copy() for name in ("weights", "moments", "best"))
        self.loss, self.epoch = float(arrays["loss"]), epoch
