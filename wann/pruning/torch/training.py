"""Training a module on the samples of a comparison, and how often it is right then."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
import torch

from wann.pruning.comparison.cells import Setup
from wann.pruning.saliency import SAMPLES
from wann.pruning.training import Recipe
from wann.streams import rng_for

BLOCK = 1000  # samples that are looked at together
WARM = 3  # steps that a GPU makes before some are recorded, for what libraries prepare in the first
TOGETHER = 64  # most steps that are recorded together
Step = Callable[[torch.Tensor], None]


class Samples:
    """Inputs and targets that lie on a device as a whole: copying batches takes longer than steps.

    Attributes:
        inputs: ``(S, n_inputs)``.
        targets: ``(S,)`` classes.
    """

    def __init__(self, inputs: np.ndarray, targets: np.ndarray, device: str):
        self.inputs = torch.from_numpy(inputs).to(device)
        self.targets = torch.from_numpy(targets.astype(np.int64)).to(device)

    def __len__(self) -> int:
        """Return their number."""
        return len(self.inputs)

    def shuffled(self, rng: np.random.Generator) -> torch.Tensor:
        """Return the numbers of all samples in another order, on the device."""
        return torch.from_numpy(rng.permutation(len(self))).to(self.inputs.device)


class Batches:
    """The samples in an order that depends on the seed alone: a few, which are what SNIP and GraSP
    look at, and then in large batches.
    """

    def __init__(self, samples: Samples, seed: int):
        self._samples, self._seed = samples, seed

    def __iter__(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """Give inputs and targets."""
        order = self._samples.shuffled(rng_for(self._seed, 0, "looked at"))
        for rows in (order[:SAMPLES], *order[SAMPLES:].split(BLOCK)):
            yield self._samples.inputs[rows], self._samples.targets[rows]


def samples_of(setup: Setup, device: str) -> tuple[Samples, Samples]:
    """Return the samples to train on, and those to test on."""
    return (
        Samples(setup.inputs, setup.targets, device),
        Samples(setup.test_inputs, setup.test_targets, device),
    )


def train(model: torch.nn.Module, samples: Samples, recipe: Recipe, seed: int) -> None:
    """Train a module in place, on the samples in the order of ``wann.pruning.training``."""
    on_gpu, parameters = samples.inputs.is_cuda, list(model.parameters())
    optimizer: Any = (
        torch.optim.Adam(parameters, lr=recipe.rate, capturable=on_gpu, fused=on_gpu)
        if recipe.optimizer == "adam"
        else torch.optim.SGD(parameters, lr=recipe.rate, momentum=recipe.momentum)
    )

    def step(rows: torch.Tensor) -> None:
        optimizer.zero_grad()
        outputs = model(samples.inputs[rows])
        torch.nn.functional.cross_entropy(outputs, samples.targets[rows]).backward()
        optimizer.step()

    recorded = Recorded(step, recipe.batch, len(samples)) if on_gpu else None
    model.train()
    for epoch in range(recipe.epochs):
        order = samples.shuffled(rng_for(seed, epoch, "order"))
        if recorded is not None:
            recorded.epoch(order)
            continue
        for rows in order.split(recipe.batch):
            step(rows)
    model.eval()


class Recorded:
    """Steps on a GPU that are recorded as a CUDA graph, many together, and launched as a whole.

    Of networks as small as these, launching the kernels of a step one by one takes longer than
    running them. No other thread may compute on the GPU meanwhile: recording failed where some did
    (one thread of PyTorch goes backwards for all others).
    """

    def __init__(self, step: Step, batch: int, samples: int):
        """Record nothing yet.

        Args:
            step: makes a step for the samples of some numbers.
            batch: of a step.
            samples: of an epoch, which is divided into parts of the same number of steps.
        """
        self._step, self._batch = step, batch
        steps = samples // batch
        self._size = batch * (steps // -(-steps // TOGETHER)) if steps else samples
        self._rows: torch.Tensor | None = None
        self._graph: Any = None

    def epoch(self, order: torch.Tensor) -> None:
        """Make the steps of an epoch for all samples in an order; what does not fill a part, and
        the first steps of all, are not recorded.
        """
        if self._graph is None:
            self._one_by_one(order[: WARM * self._batch])
            order = order[WARM * self._batch :]
        for part in order.split(self._size):
            if len(part) < self._size or self._size < self._batch:
                self._one_by_one(part)
            else:
                self._together(part)

    def _one_by_one(self, order: torch.Tensor) -> None:
        for rows in order.split(self._batch):
            if len(rows):  # nothing is split into one part
                self._step(rows)

    def _together(self, part: torch.Tensor) -> None:
        if self._rows is None:
            self._rows = part.clone()
        self._rows.copy_(part)
        if self._graph is None:
            self._graph = torch.cuda.CUDAGraph()
            stream, mode = torch.cuda.current_stream(), "thread_local"
            with torch.cuda.graph(self._graph, None, stream, mode):
                self._one_by_one(self._rows)
        self._graph.replay()


def own_stream(device: str) -> AbstractContextManager[Any]:
    """Return a context in which a GPU has a stream that is not its first: others are recorded."""
    if torch.device(device).type != "cuda":
        return nullcontext()
    return torch.cuda.stream(torch.cuda.Stream(device))


@torch.no_grad()
def accuracy(model: torch.nn.Module, samples: Samples) -> float:
    """Return the share of the samples whose largest output is that of their class."""
    model.eval()
    right = sum(
        (model(inputs).argmax(1) == targets).sum()
        for inputs, targets in zip(
            samples.inputs.split(BLOCK), samples.targets.split(BLOCK), strict=True
        )
    )
    return int(right) / len(samples)
