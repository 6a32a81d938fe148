"""From genomes to scores, on one core, several, or a cluster: the result does not depend on
which.
"""

import math
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from wann.errors import WannError
from wann.genome.genome import Genome
from wann.network.network import Networks, decode_all
from wann.tasks import Task
from wann.tasks.task import LARGEST_SCORE, WORST, capabilities_of, check_recurrent, has_success
from wann.threads import available_cores
from wann.workers.cores import check_workers
from wann.workers.cuda import Cuda
from wann.workers.processes import Processes
from wann.workers.threads import CHUNKS_PER_THREAD, Serial, Threads, Workers

PATIENCE = 300.0  # seconds to wait where a cluster has no worker left
PART_SECONDS = 1.0  # of work between two times that it is told how far it is

#: Called while rollouts are played with how many of them are done, how many there are at most, and
#: the steps made.
ProgressCallback = Callable[[int, int, int], None]


class Evaluator:
    """Scores networks on a task; a context manager that holds the workers.

    Attributes:
        rollouts: scores that were asked for so far.
        steps: environment steps made so far.
        seconds: that the workers took.
    """

    def __init__(
        self,
        task: Task,
        backend: str | None = None,
        workers: int | None = None,
        address: str | None = None,
        patience: float = PATIENCE,
        gpus: bool = False,
    ):
        """Score with the calling thread alone (``serial``), ``workers`` threads or processes, a GPU
        (``cuda``), or Ray's workers.

        Args:
            task: what is scored.
            backend: one of BACKENDS; by default ``threads``, and ``processes`` for a task that is
                Python.
            workers: how many; by default as many as there are cores.
            address: of a Ray cluster: ``auto``, ``HOST:PORT`` or ``ray://HOST:PORT``; by default
                ``RAY_ADDRESS``, and without it a cluster of our own on this machine.
            patience: seconds to wait where the cluster has no worker left.
            gpus: whether each of Ray's workers is a GPU.

        Raises:
            WannError: a value is not allowed, the cluster does not answer, or there is no GPU.
        """
        backend = backend or ("threads" if capabilities_of(task).compiled else "processes")
        check_workers(backend, workers, address, tuple(BACKENDS), gpus)
        if not patience >= 0:
            raise WannError(f"patience = {patience}: must be at least 0 seconds")
        self.task = task
        self.rollouts = self.steps = 0
        self.seconds = 0.0
        self._report: Callable[[], None] | None = None
        # rollouts between two tellings
        self._part = self._least = CHUNKS_PER_THREAD * (workers or available_cores())
        self._workers = BACKENDS[backend](Asked(task, workers, address, patience, gpus))

    def __enter__(self) -> "Evaluator":
        """Return itself."""
        return self

    def __exit__(self, *exception: object) -> None:
        """Let the workers go."""
        self._workers.close()

    def __call__(
        self, genomes: Sequence[Genome], weights: Sequence[float] | np.ndarray, trials: np.ndarray
    ) -> np.ndarray:
        """Return the ``(N, W, T)`` scores of N genomes at W shared weights in T trials.

        Weights of float32 ask the task to compute in this precision.
        """
        return self.score(decode_all(genomes), np.asarray(weights), trials)

    def score(self, networks: Networks, weights: np.ndarray, trials: np.ndarray) -> np.ndarray:
        """Return the ``(N, W, T)`` scores of N packed networks, all of which can be ranked.

        What is no number, or one beyond LARGEST_SCORE, counts as WORST.

        Args:
            networks: the networks.
            weights: ``(W,)`` shared weights, or ``(W, C)`` individual ones for a single network.
            trials: ``(T, ...)`` of the task.
        """
        shape = networks.size, len(weights), len(trials)
        if self._report is None or 0 in shape:
            return self._scored(networks, weights, trials)
        scores, axis, first = np.empty(shape), int(np.argmax(shape)), 0
        while first < shape[axis]:
            part = slice(
                first,
                min(shape[axis], first + max(1, self._part * shape[axis] // math.prod(shape))),
            )
            begun, before = time.monotonic(), self.rollouts
            scores[tuple(part if k == axis else slice(None) for k in range(3))] = self._scored(
                networks.part(part.start, part.stop) if axis == 0 else networks,
                weights[part] if axis == 1 else weights,
                trials[part] if axis == 2 else trials,
            )
            pace = (self.rollouts - before) / max(time.monotonic() - begun, 1e-6)
            self._part = max(self._least, int(pace * PART_SECONDS))
            self._report()
            first = part.stop
        return scores

    def _scored(self, networks: Networks, weights: np.ndarray, trials: np.ndarray) -> np.ndarray:
        self._check_fit(networks)
        begun = time.perf_counter()
        scores, steps = self._workers.score(networks, weights, trials)
        self.seconds += time.perf_counter() - begun
        self.rollouts += scores.size
        self.steps += steps
        if scores.size and -LARGEST_SCORE <= scores.min() <= scores.max() <= LARGEST_SCORE:
            return scores
        return np.where(np.abs(scores) <= np.float64(LARGEST_SCORE), scores, WORST)

    def successes(
        self, networks: Networks, weights: np.ndarray, trials: np.ndarray, scores: np.ndarray
    ) -> np.ndarray | None:
        """Return in which episodes each network succeeds, ``(N, W, T)`` booleans; None if the task
        does not say.

        Their steps do not count.

        Args:
            networks: the networks.
            weights: as for ``score``.
            trials: as for ``score``.
            scores: that ``score`` gave for these; an episode without a score is no success.
        """
        if not has_success(self.task):
            return None
        self._check_fit(networks)
        begun = time.perf_counter()
        found = self._workers.successes(networks, weights, trials, scores)
        self.seconds += time.perf_counter() - begun
        successes: np.ndarray = found & (scores != WORST)
        return successes

    def _check_fit(self, networks: Networks) -> None:
        """Raise WannError for networks of another task: compiled code trusts that they fit."""
        sizes = len(self.task.inputs), len(self.task.outputs)
        if (networks.n_inputs, networks.n_outputs) != sizes:
            raise WannError(
                f"the networks have {networks.n_inputs} inputs and {networks.n_outputs} outputs,"
                f" but the task has {sizes[0]} and {sizes[1]}: give the task that they are for"
            )
        if len(networks.memory):
            check_recurrent(self.task, "the network is recurrent")

    def watch(self, total: int, progress: ProgressCallback | None) -> None:
        """Have ``progress`` called about once a second while rollouts are played; None ends it.

        There are ``total`` of them at most.  The work is divided for it.  Of an environment in
        Python it is called before the first rollout, too.
        """
        self._report = None
        if progress is not None:
            rollouts, steps = self.rollouts, self.steps
            self._report = lambda: progress(self.rollouts - rollouts, total, self.steps - steps)
            if not capabilities_of(self.task).compiled:
                self._report()

    def observations(self, genome: Genome, weights: np.ndarray, trials: np.ndarray) -> np.ndarray:
        """Return what a network observes in its rollouts, ``(S, I)``, not scaled."""
        self._check_fit(decode_all([genome]))
        observations, steps = self._workers.observations(decode_all([genome]), weights, trials)
        self.steps += steps
        return observations


class Asked(NamedTuple):
    """What workers are asked for: arguments of ``Evaluator``."""

    task: Task
    workers: int | None
    address: str | None
    patience: float
    gpus: bool

    @property
    def size(self) -> int:
        """How many workers there shall be on this machine."""
        return self.workers or available_cores()


def _cluster(asked: Asked) -> Workers:
    """Return Ray's workers; nothing else needs Ray."""
    try:
        from wann.workers.ray_cluster import Cluster
    except ImportError as error:
        raise WannError(f"the backend ray needs Ray ({error}): pip install ray") from None
    return Cluster(*asked)


#: Who evaluates, by name: each gives every network the same bits.
BACKENDS: dict[str, Callable[[Asked], Workers]] = {
    "serial": lambda asked: Serial(asked.task),
    "threads": lambda asked: Threads(asked.task, asked.size),
    "processes": lambda asked: Processes(asked.task, asked.size),
    "cuda": lambda asked: Cuda(asked.task),
    "ray": _cluster,
}
