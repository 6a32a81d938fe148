"""Scores on a GPU: work in portions that fit, programs where networks fit into them."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
from numba import cuda, types
from numba.core.errors import NumbaError

from wann.errors import WannError
from wann.gpu.compiler import WARP, compiled_for_gpu
from wann.gpu.device import SHARE, free_bytes, open_device, told_errors, upload
from wann.gpu.programs import Programs, programs_of
from wann.gpu.rollouts import plain_kernel, rollouts_kernel
from wann.gpu.samples import (
    MOST_TOGETHER,
    losses_kernel,
    plain_samples_kernel,
    samples_kernel,
)
from wann.network.network import Networks
from wann.tasks.classification.cross_entropy import batch_of
from wann.tasks.classification.task import ClassificationTask
from wann.tasks.control.rollout import LANES_RULE, complaint
from wann.tasks.control.task import ControlTask

ELEMS = {np.dtype(np.float64): types.float64, np.dtype(np.float32): types.float32}
LEAST_RESIDENT = (32, 24, 16, 12, 8, 6, 4, 3, 2, 1)  # blocks: those of a launch need alike
MOST_ROWS = 65535 * WARP  # rollouts or samples of a network in a launch
PLAIN_BLOCKS = 16  # of a multiprocessor, for networks that do not fit into programs
LOSS_THREADS = 64


class Player:
    """Has the kernels of a task, compiled when they are first needed, and launches them."""

    def __init__(self) -> None:
        """Open the GPU."""
        self.device = open_device()
        self._kernels: dict[Any, Any] = {}
        self._streams: list[Any] = []
        self.seconds = 0.0  # for which kernels ran

    @contextmanager
    def running(self) -> Iterator[None]:
        """Wait, at the end of the block, for what was launched in it, and add up how long it ran.

        Streams wait for what was begun without one, and that for them.
        """
        first, last = cuda.event(), cuda.event()
        first.record()
        yield
        last.record()
        last.synchronize()
        self.seconds += cuda.event_elapsed_time(first, last) / 1000

    def kernel(self, make: Any, *arguments: Any) -> Any:
        """Return the kernel that ``make`` describes for these arguments."""
        key = make, arguments
        if key not in self._kernels:
            self._kernels[key] = compiled_for_gpu(*make(*arguments))
        return self._kernels[key]

    def launches(self, programs: Programs, slot_bytes: int) -> Iterator[tuple[Any, Any, int]]:
        """Yield (stream, networks, bytes of shared memory) of several launches, the largest first.

        The memory of a block is that of the largest network of its launch; so those that need
        alike go together.
        """
        lengths = np.diff(programs.first)
        needed = programs.slots * slot_bytes + 8 * lengths
        resident = self.device.resident(needed)
        group = np.searchsorted(-np.array(LEAST_RESIDENT), -resident, side="left")
        order = np.lexsort((-lengths, -group))
        bounds = [0, *(np.flatnonzero(np.diff(group[order])) + 1), order.size]
        (there,) = upload(order)
        for k, (a, b) in enumerate(pairwise(bounds)):
            while len(self._streams) <= k:
                self._streams.append(cuda.stream())
            yield self._streams[k], there[a:b], int(needed[order[a:b]].max())

    def scratch(self, networks: Networks, jobs: int, dtype: np.dtype) -> tuple[int, int, Any]:
        """Return how many blocks are launched, the room of each for values, and that of all."""
        room = (1 + networks.n_inputs + int(np.diff(networks.start).max())) * WARP
        most = max(1, int(SHARE * free_bytes()) // (room * dtype.itemsize))
        blocks = min(jobs, self.device.multiprocessors * PLAIN_BLOCKS, most)
        return blocks, room, cuda.device_array(blocks * room, dtype)

    def fits(self, programs: Programs | None, slot_bytes: int) -> bool:
        """Return whether every network fits into the memory of a block."""
        if programs is None:
            return False
        needed = programs.slots * slot_bytes + 8 * np.diff(programs.first)
        return bool(needed.max(initial=0) <= self.device.block_bytes)


def portions(n: int, bytes_of_one: int) -> Iterator[slice]:
    """Yield slices of n things that need so much memory each, as large as the GPU allows."""
    most = max(1, int(SHARE * free_bytes()) // max(1, bytes_of_one))
    for first in range(0, n, most):
        yield slice(first, min(n, first + most))


class ControlPlayer(Player):
    """Plays a control task."""

    def __init__(self, task: ControlTask):
        """Play this task."""
        super().__init__()
        self.task = task
        self._rollouts = partial(rollouts_kernel, task.physics)
        self._plain = partial(plain_kernel, task.physics)

    def score(
        self, networks: Networks, weights: np.ndarray, trials: np.ndarray
    ) -> tuple[np.ndarray, int]:
        """Return what ``Task.score`` returns."""
        weights, trials = self.task.prepared(networks, weights, trials)
        returns, steps = np.empty((networks.size, len(weights), len(trials))), 0
        if not returns.size:
            return returns, 0
        most_weights = max(1, MOST_ROWS // len(trials))
        try:
            with told_errors():
                for first in range(0, len(weights), most_weights):
                    some = slice(first, first + most_weights)
                    size = weights[some].size * len(trials) * weights.itemsize
                    for part in portions(networks.size, size + 64 * WARP):
                        returns[part, some], made = self._play(
                            networks.part(part.start, part.stop), weights[some], trials
                        )
                        steps += made
        except NumbaError as error:
            reason = complaint(type(self.task.physics), error)
            raise WannError(
                f"{reason} cannot run in lanes, which the backend cuda needs: {LANES_RULE}"
            ) from None
        return returns, steps

    def _play(
        self, networks: Networks, weights: np.ndarray, trials: np.ndarray
    ) -> tuple[np.ndarray, int]:
        elem = ELEMS[weights.dtype]
        n_rollouts = len(weights) * len(trials)
        programs = programs_of(networks) if weights.ndim == 1 else None
        flat, starts = upload(weights.ravel(), np.ascontiguousarray(trials.T).ravel())
        rest = len(trials), self.task.max_steps
        returns = cuda.device_array(networks.size * n_rollouts, weights.dtype)
        steps = cuda.to_device(np.zeros(1, np.int64))
        slot_bytes = WARP * weights.itemsize
        if programs is not None and self.fits(programs, slot_bytes):
            kernel = self.kernel(self._rollouts, elem)
            first, words = upload(programs.first, programs.words)
            blocks = -(-n_rollouts // WARP)
            with self.running():
                for stream, members, shared in self.launches(programs, slot_bytes):
                    kernel[(members.size, blocks), WARP, stream, shared](
                        members, first, words, flat, starts, *rest, returns, steps
                    )
        else:
            kernel = self.kernel(self._plain, elem, weights.ndim == 2)
            table = flat if weights.ndim == 1 else upload(weights)[0]
            jobs = networks.size * -(-n_rollouts // WARP)
            blocks, room, scratch = self.scratch(networks, jobs, weights.dtype)
            there = packed(networks)
            with self.running():
                kernel[blocks, WARP](
                    *there, table, flat, starts, *rest, room, scratch, returns, steps
                )
        shape = networks.size, len(weights), len(trials)
        return returns.copy_to_host().reshape(shape), int(steps.copy_to_host()[0])


def packed(networks: Networks) -> list[Any]:
    """Return the arrays of networks, on the GPU."""
    return upload(*networks[:5])


class SamplesPlayer(Player):
    """Scores classifiers on batches of samples."""

    def __init__(self, task: ClassificationTask):
        """Score on this task."""
        super().__init__()
        self.task = task

    def score(
        self, networks: Networks, weights: np.ndarray, trials: np.ndarray
    ) -> tuple[np.ndarray, int]:
        """Return what ``Task.score`` returns."""
        with told_errors():
            return self.task.scored(self.cross_entropies, networks, weights, trials)

    def cross_entropies(
        self, networks: Networks, weights: np.ndarray, inputs: np.ndarray, labels: np.ndarray
    ) -> np.ndarray:
        """Return what ``wann.tasks.classification.cross_entropy.cross_entropies`` does."""
        labels, lanes, fold = batch_of(networks, weights, inputs, labels)
        out = np.empty((networks.size, len(weights)))
        bias, nothing = np.ones(len(labels)), np.full(len(labels), -0.0)
        rows = np.vstack((bias, inputs.T, nothing)).astype(weights.dtype)
        batch = upload(rows.ravel(), labels)
        size = 2 * len(weights) * len(labels) * weights.itemsize
        for part in portions(networks.size, size):
            some = networks.part(part.start, part.stop)
            margins, sums = self._margins(some, weights, *batch)
            losses = cuda.device_array(some.size * len(weights), np.float64)
            kernel = self.kernel(losses_kernel, ELEMS[weights.dtype])
            with self.running():
                kernel[-(-losses.size // LOSS_THREADS), LOSS_THREADS](
                    margins, sums, len(labels), lanes, fold, losses
                )
            out[part] = losses.copy_to_host().reshape(some.size, len(weights))
        return out / len(labels)

    def _margins(
        self, networks: Networks, weights: np.ndarray, inputs: Any, labels: Any
    ) -> tuple[Any, Any]:
        elem, n_out = ELEMS[weights.dtype], networks.n_outputs
        n_samples = labels.size
        margins, sums = (
            cuda.device_array(networks.size * len(weights) * n_samples, weights.dtype)
            for _ in range(2)
        )
        (flat,) = upload(weights.ravel())
        passes = math.ceil(len(weights) / MOST_TOGETHER)
        together = math.ceil(len(weights) / passes)
        programs = programs_of(networks, of_samples=True) if weights.ndim == 1 else None
        slot_bytes = WARP * weights.itemsize * together
        if programs is not None and self.fits(programs, slot_bytes):
            kernel = self.kernel(samples_kernel, elem, together)
            first, words = upload(programs.first, programs.words)
            blocks = -(-n_samples // WARP)
            with self.running():
                for stream, members, shared in self.launches(programs, slot_bytes):
                    kernel[(members.size, blocks), WARP, stream, shared](
                        members, first, words, flat, inputs, labels, n_out, margins, sums
                    )
        else:
            kernel = self.kernel(plain_samples_kernel, elem, weights.ndim == 2)
            table = flat if weights.ndim == 1 else upload(weights)[0]
            jobs = networks.size * len(weights) * -(-n_samples // WARP)
            blocks, room, scratch = self.scratch(networks, jobs, weights.dtype)
            there = *packed(networks), networks.n_inputs, n_out
            with self.running():
                kernel[blocks, WARP](
                    *there, table, flat, inputs, labels, room, scratch, margins, sums
                )
        return margins, sums
