"""Training a module on the samples of a comparison, and how often it is right then."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
import torch

from wann.pruning.cells import Setup
from wann.pruning.saliency import SAMPLES
from wann.pruning.training import Recipe
from wann.streams import rng_for

BLOCK = 1000  # samples that are tested at once
WARM = 3  # steps that a GPU makes before one is recorded, for what libraries prepare in the first
Step = Callable[[torch.Tensor], None]

_recording = threading.Lock()


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

    def shuffled(self, rng: np.random.Generator, size: int) -> Iterator[torch.Tensor]:
        """Give the numbers of all samples in another order, so many at a time."""
        order = torch.from_numpy(rng.permutation(len(self))).to(self.inputs.device)
        return iter(order.split(size))


class Batches:
    """The samples in an order that depends on the seed alone, in batches; the first one is what
    SNIP and GraSP look at.
    """

    def __init__(self, samples: Samples, seed: int):
        self._samples, self._seed = samples, seed

    def __iter__(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """Give inputs and targets."""
        for rows in self._samples.shuffled(rng_for(self._seed, 0, "looked at"), SAMPLES):
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
        torch.optim.Adam(parameters, lr=recipe.rate, capturable=on_gpu)
        if recipe.optimizer == "adam"
        else torch.optim.SGD(parameters, lr=recipe.rate, momentum=recipe.momentum)
    )

    def step(rows: torch.Tensor) -> None:
        optimizer.zero_grad()
        outputs = model(samples.inputs[rows])
        torch.nn.functional.cross_entropy(outputs, samples.targets[rows]).backward()
        optimizer.step()

    take = Recorded(step) if on_gpu else step
    model.train()
    for epoch in range(recipe.epochs):
        for rows in samples.shuffled(rng_for(seed, epoch, "order"), recipe.batch):
            take(rows)
    model.eval()


class Recorded:
    """A step on a GPU that is recorded as a CUDA graph, and then launched as a whole.

    Of networks as small as these, launching the kernels of a step one by one takes ten times as
    long as running them.
    """

    def __init__(self, step: Step):
        self._step, self._left = step, WARM
        self._rows: torch.Tensor | None = None
        self._graph: Any = None

    def __call__(self, rows: torch.Tensor) -> None:
        """Make the step for the samples of some numbers; the first batch sets how many there are,
        and others (the last of an epoch) are not recorded.
        """
        if self._rows is None:
            self._rows = rows.clone()
        if self._left or len(rows) != len(self._rows):
            self._step(rows)
            self._left = max(0, self._left - 1)
            return
        self._rows.copy_(rows)
        if self._graph is None:
            self._graph = torch.cuda.CUDAGraph()
            # other threads may compute meanwhile, but not record
            mode, stream = "thread_local", torch.cuda.current_stream()
            with (
                _recording,
                torch.cuda.graph(self._graph, stream=stream, capture_error_mode=mode),
            ):
                self._step(self._rows)
        self._graph.replay()


def own_stream(device: str) -> AbstractContextManager[Any]:
    """Return a context in which a GPU computes beside what other threads have it compute."""
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
