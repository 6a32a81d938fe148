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
from wann.gpu.device import Memory, open_device, told_errors
from wann.gpu.programs import Programs, programs_of
from wann.gpu.rollouts import plain_kernel, rollouts_kernel
from wann.gpu.samples import (
    MOST_TOGETHER,
    WARPS,
    losses_kernel,
    plain_samples_kernel,
    samples_kernel,
)
from wann.network.network import Networks
from wann.tasks.classification.cross_entropy import batch_of
from wann.tasks.classification.samples import Samples
from wann.tasks.classification.task import ClassificationTask
from wann.tasks.control.physics import physics_class
from wann.tasks.control.rollout import LANES_RULE, complaint
from wann.tasks.control.task import ControlTask

ELEMS = {np.dtype(np.float64): types.float64, np.dtype(np.float32): types.float32}
LEAST_RESIDENT = (32, 24, 16, 12, 8, 6, 4, 3, 2, 1)  # blocks: those of a launch need alike
MOST_ROWS = 65535 * WARP  # rollouts or samples of a network in a launch
PLAIN_BLOCKS = 16  # of a multiprocessor, for networks that do not fit into programs
LOSS_THREADS = 64
ARRAYS = tuple(name for name in Networks._fields if name not in ("n_inputs", "n_outputs"))
SAMPLES_AT_ONCE = 2**15  # of one or more trials


class Player:
    """Has the kernels of a task, compiled when they are first needed, and launches them.

    Attributes:
        device: the GPU.
        memory: what lies on it.
        seconds: for which kernels ran.
    """

    def __init__(self) -> None:
        """Open the GPU."""
        self.device, self.memory, self.seconds = open_device(), Memory(), 0.0
        self._kernels: dict[Any, Any] = {}
        self._streams: list[Any] = []

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
            self.device.allow(self._kernels[key])
        return self._kernels[key]

    def portions(self, n: int, bytes_of_one: int) -> Iterator[slice]:
        """Yield slices of n things that need so much memory each, as large as the GPU allows."""
        most = max(1, self.memory.usable // bytes_of_one)
        for first in range(0, n, most):
            yield slice(first, min(n, first + most))

    def launch(
        self, kernel: Any, programs: Programs, slot_bytes: int, warps: int, rows: int, *rest: Any
    ) -> None:
        """Launch a kernel of programs: a block of ``warps`` for each network and WARP of its rows.

        The memory of a block is that of the largest network of its launch, so there is a launch for
        those that need alike, all at the same time, the largest first.
        """
        needed, lengths = programs.slots * slot_bytes + 8 * programs.lengths, programs.lengths
        resident = self.device.resident(needed)
        group = np.searchsorted(-np.array(LEAST_RESIDENT), -resident)
        order = np.argsort(-(group << 32) - lengths, kind="stable")
        bounds = [0, *(np.flatnonzero(np.diff(group[order])) + 1).tolist(), order.size]
        there = self.memory.put("order", order)
        names = Programs._fields[:3]
        packed = [self.memory.put(name, getattr(programs, name)) for name in names]
        while len(self._streams) < len(bounds):
            self._streams.append(cuda.stream())
        with self.running():
            for stream, (a, b) in zip(self._streams, pairwise(bounds), strict=False):
                shared = int(needed[order[a:b]].max())
                kernel[(b - a, -(-rows // WARP)), (WARP, warps), stream, shared](
                    there, a, *packed, *rest
                )

    def launch_plain(
        self,
        kernel: Any,
        networks: Networks,
        rows: int,
        elem: np.dtype,
        ahead: tuple,
        behind: tuple,
    ) -> None:
        """Launch a kernel for any networks; its blocks share WARPs of ``rows`` of each."""
        there = [self.memory.put(name, getattr(networks, name)) for name in ARRAYS]
        computed = np.diff(networks.start) + np.diff(networks.memory_start)
        room = (1 + networks.n_inputs + int(computed.max())) * WARP
        most = max(1, self.memory.usable // (room * elem.itemsize))
        jobs = networks.size * -(-rows // WARP)
        blocks = min(jobs, self.device.multiprocessors * PLAIN_BLOCKS, most)
        scratch = self.memory.room("scratch", blocks * room, elem)
        with self.running():
            kernel[blocks, WARP](*there, networks.size, *ahead, room, scratch, *behind)

    def programs(self, networks: Networks, of_samples: bool, slot_bytes: int) -> Programs | None:
        """Return the programs of networks if all of them fit into the memory of a block."""
        programs = programs_of(networks, of_samples, partial(self.memory.pinned, "words"))
        if programs is None:
            return None
        needed = programs.slots * slot_bytes + 8 * programs.lengths
        return programs if needed.max(initial=0) <= self.device.block_bytes else None


class ControlPlayer(Player):
    """Plays a control task."""

    def __init__(self, task: ControlTask):
        """Play this task."""
        super().__init__()
        self.task = task
        both = task.physics, task.scaled_physics
        self._makers = [(partial(rollouts_kernel, env), partial(plain_kernel, env)) for env in both]

    def score(
        self, networks: Networks, weights: np.ndarray, trials: np.ndarray
    ) -> tuple[np.ndarray, int]:
        """Return what ``Task.score`` returns."""
        env, weights, trials = self.task.prepared(networks, weights, trials)
        returns, steps = np.empty((networks.size, len(weights), len(trials))), 0
        if not returns.size:
            return returns, 0
        most = max(1, MOST_ROWS // len(trials))
        try:
            with told_errors():
                for first in range(0, len(weights), most):
                    some = slice(first, first + most)
                    size = len(weights[some]) * len(trials) * weights.itemsize
                    for part in self.portions(networks.size, size):
                        some_networks = networks.part(part.start, part.stop)
                        returns[part, some], made = self._play(
                            env, some_networks, weights[some], trials
                        )
                        steps += made
        except NumbaError as error:
            reason = complaint(physics_class(self.task.physics), error)
            raise WannError(
                f"{reason} cannot run in lanes, which the backend cuda needs: {LANES_RULE}"
            ) from None
        return returns, steps

    def _play(
        self, env: Any, networks: Networks, weights: np.ndarray, trials: np.ndarray
    ) -> tuple[np.ndarray, int]:
        of_programs, plain = self._makers[env is not self.task.physics]
        elem, put = ELEMS[weights.dtype], self.memory.put
        shape = networks.size, len(weights), len(trials)
        n_rollouts, slot_bytes = shape[1] * shape[2], WARP * weights.itemsize
        there = put("weights", weights.ravel()), len(weights)
        rest = put("starts", trials.T), len(trials), self.task.max_steps
        returns = self.memory.room("returns", math.prod(shape), weights.dtype)
        steps = put("steps", np.zeros(1, np.int64))
        programs = self.programs(networks, False, slot_bytes) if weights.ndim == 1 else None
        if programs is not None:
            kernel = self.kernel(of_programs, elem)
            self.launch(kernel, programs, slot_bytes, 1, n_rollouts, *there, *rest, returns, steps)
        else:
            kernel = self.kernel(plain, elem, weights.ndim == 2)
            ahead = *there, genes_of(weights), *rest
            self.launch_plain(kernel, networks, n_rollouts, weights.dtype, ahead, (returns, steps))
        found = self.memory.get("returns", math.prod(shape))
        return found.reshape(shape), int(self.memory.get("steps", 1)[0])


def genes_of(weights: np.ndarray) -> int:
    """Return how many weights a network has at a time: 1, or one for each connection."""
    return 1 if weights.ndim == 1 else weights.shape[1]


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
        self,
        networks: Networks,
        weights: np.ndarray,
        samples: Samples,
        trials: np.ndarray,
        steep: np.ndarray,
    ) -> np.ndarray:
        """Return what ``wann.tasks.classification.cross_entropy.cross_entropies`` does of each
        trial: many small ones take as long as one.
        """
        out = np.empty((networks.size, len(weights), len(trials)))
        most = max(1, min(MOST_ROWS, SAMPLES_AT_ONCE) // trials.shape[1])
        for first in range(0, len(trials), most):
            some = slice(first, first + most)
            out[:, :, some] = self._losses(networks, weights, samples, trials[some], steep)
        return out / trials.shape[1]

    def _losses(
        self,
        networks: Networks,
        weights: np.ndarray,
        samples: Samples,
        trials: np.ndarray,
        steep: np.ndarray,
    ) -> np.ndarray:
        """Return the summed cross-entropies of trials, whose samples lie there together."""
        inputs, labels = samples.inputs[trials.ravel()], samples.labels[trials.ravel()]
        labels, lanes, fold = batch_of(networks, weights, inputs, labels)
        n_samples, shape = len(labels), (len(weights), len(trials))
        rows = np.empty((1 + networks.n_inputs + 1, n_samples), weights.dtype)
        rows[0], rows[1:-1], rows[-1] = 1.0, inputs.T, -0.0
        put = self.memory.put
        there = put("weights", weights.ravel()), put("steep", steep), len(weights)
        batch = put("inputs", rows), put("labels", labels), n_samples
        out = np.empty((networks.size, *shape))
        for part in self.portions(networks.size, 2 * len(weights) * n_samples * weights.itemsize):
            some = networks.part(part.start, part.stop)
            margins, sums = self._margins(some, weights, there, batch)
            n = some.size * math.prod(shape)
            losses = self.memory.room("losses", n, np.float64)
            kernel = self.kernel(losses_kernel, ELEMS[weights.dtype])
            with self.running():
                kernel[-(-n // LOSS_THREADS), LOSS_THREADS](
                    margins, sums, n, trials.shape[1], lanes, fold, losses
                )
            out[part] = self.memory.get("losses", n).reshape(some.size, *shape)
        return out

    def _margins(
        self, networks: Networks, weights: np.ndarray, there: tuple, batch: tuple
    ) -> tuple[Any, Any]:
        """Return what ``samples_kernel`` fills.

        Args:
            networks: of which all margins and sums fit into the memory.
            weights: shared or individual ones.
            there: the same on the GPU, what outputs are multiplied by at each, and how many.
            batch: inputs and labels on the GPU, and how many samples.
        """
        elem, dtype = ELEMS[weights.dtype], weights.dtype
        n_weights, n_samples = there[2], batch[2]
        n = networks.size * n_weights * n_samples
        out = self.memory.room("margins", n, dtype), self.memory.room("sums", n, dtype)
        programs, together = None, MOST_TOGETHER + 1
        while programs is None and together > 1 and weights.ndim == 1:
            passes = math.ceil(n_weights / (together - 1))  # fewer at a time need less memory
            together = math.ceil(n_weights / passes)
            slot_bytes = WARP * weights.itemsize * together
            programs = self.programs(networks, True, slot_bytes)
        if programs is not None:
            kernel = self.kernel(samples_kernel, elem, together)
            rest = *there, *batch, networks.n_outputs, *out
            self.launch(kernel, programs, slot_bytes, WARPS, n_samples, *rest)
        else:
            kernel = self.kernel(plain_samples_kernel, elem, weights.ndim == 2)
            sizes = networks.n_inputs, networks.n_outputs
            ahead = *sizes, *there, genes_of(weights), *batch
            self.launch_plain(kernel, networks, n_weights * n_samples, dtype, ahead, out)
        return out
