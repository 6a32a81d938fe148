"""From genomes to scores, on one core, several, or a cluster: the result does not depend on
which.
"""

import math
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any, Protocol

import numpy as np

from wann.errors import WannError
from wann.genome.genome import Genome
from wann.network.network import Networks, decode_all
from wann.tasks import Task
from wann.tasks.checks import observations_of, scores_of
from wann.tasks.task import LARGEST_SCORE, WORST, capabilities_of
from wann.workers.cores import available_cores, check_workers
from wann.workers.processes import Processes

BACKENDS = ("serial", "threads", "processes", "ray")
PATIENCE = 300.0  # seconds to wait where a cluster has no worker left
CHUNKS_PER_THREAD = 8  # small enough that no thread waits long for the last one
PART_SECONDS = 1.0  # of work between two times that it is told how far it is

#: Called while rollouts are played with how many of them are done, how many there are at most, and
#: the steps made.
ProgressCallback = Callable[[int, int, int], None]


class Evaluator:
    """Scores networks on a task; a context manager that holds the workers.

    Attributes:
        rollouts: scores that were asked for so far.
        steps: environment steps made so far.
    """

    def __init__(
        self,
        task: Task,
        backend: str | None = None,
        workers: int | None = None,
        address: str | None = None,
        patience: float = PATIENCE,
    ):
        """Score with the calling thread alone (``serial``), ``workers`` threads or processes, or
        Ray's.

        Args:
            task: what is scored.
            backend: one of BACKENDS; by default ``threads``, and ``processes`` for a task that is
                Python.
            workers: how many; by default as many as there are cores.
            address: of a Ray cluster: ``auto``, ``HOST:PORT`` or ``ray://HOST:PORT``; by default
                ``RAY_ADDRESS``, and without it a cluster of our own on this machine.
            patience: seconds to wait where the cluster has no worker left.

        Raises:
            WannError: a value is not allowed, or the cluster does not answer.
        """
        backend = backend or ("threads" if capabilities_of(task).compiled else "processes")
        check_workers(backend, workers, address, BACKENDS)
        if not patience >= 0:
            raise WannError(f"patience = {patience}: must be at least 0 seconds")
        self.task = task
        self.rollouts = self.steps = 0
        self._told: Callable[[], None] | None = None
        # rollouts between two tellings
        self._part = self._least = CHUNKS_PER_THREAD * (workers or available_cores())
        self._workers: Workers = Serial(task)
        if backend == "threads":
            self._workers = Threads(task, workers or available_cores())
        elif backend == "processes":
            self._workers = Processes(task, workers or available_cores())
        elif backend == "ray":
            self._workers = _cluster()(task, workers, address, patience)

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
        if self._told is None or 0 in shape:
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
            self._told()
            first = part.stop
        return scores

    def _scored(self, networks: Networks, weights: np.ndarray, trials: np.ndarray) -> np.ndarray:
        scores, steps = self._workers.score(networks, weights, trials)
        self.rollouts += scores.size
        self.steps += steps
        return np.where(np.abs(scores) <= np.float64(LARGEST_SCORE), scores, WORST)

    def tell(self, total: int, told: ProgressCallback | None) -> None:
        """Have ``told`` called about once a second while rollouts are played, ``total`` at most.

        None ends it.

        The work is divided for it. It is told of an environment in Python before the first rollout,
        too.
        """
        self._told = None
        if told is not None:
            rollouts, steps = self.rollouts, self.steps
            self._told = lambda: told(self.rollouts - rollouts, total, self.steps - steps)
            if not capabilities_of(self.task).compiled:
                self._told()

    def observations(self, genome: Genome, weights: np.ndarray, trials: np.ndarray) -> np.ndarray:
        """Return what a network observes in its rollouts, ``(S, I)``, not scaled."""
        observations, steps = self._workers.observations(decode_all([genome]), weights, trials)
        self.steps += steps
        return observations


class Workers(Protocol):
    """Who scores networks."""

    def score(
        self, networks: Networks, weights: np.ndarray, trials: np.ndarray
    ) -> tuple[np.ndarray, int]:
        """Return what ``Task.score`` returns."""
        ...

    def observations(
        self, networks: Networks, weights: np.ndarray, trials: np.ndarray
    ) -> tuple[np.ndarray, int]:
        """Return what ``ScalableTask.observations`` returns."""
        ...

    def close(self) -> None:
        """Let the workers go."""
        ...


class Serial:
    """The thread that calls."""

    def __init__(self, task: Task):
        """Score on this task."""
        self.task = task

    def score(
        self, networks: Networks, weights: np.ndarray, trials: np.ndarray
    ) -> tuple[np.ndarray, int]:
        """Return what ``Task.score`` returns."""
        return scores_of(self.task, networks, weights, trials)

    def observations(
        self, networks: Networks, weights: np.ndarray, trials: np.ndarray
    ) -> tuple[np.ndarray, int]:
        """Return what ``ScalableTask.observations`` returns."""
        return observations_of(self.task, networks, weights, trials)

    def close(self) -> None:
        """Nothing is to be closed."""


class Threads(Serial):
    """Threads of this process; compiled code lets them run at the same time."""

    def __init__(self, task: Task, workers: int):
        """Start the threads."""
        super().__init__(task)
        self.workers = workers
        self._pool = ThreadPoolExecutor(workers, "wann")

    def score(
        self, networks: Networks, weights: np.ndarray, trials: np.ndarray
    ) -> tuple[np.ndarray, int]:
        """Return what ``Task.score`` returns."""
        one = networks.size == 1  # with many weights
        n = len(weights) if one else networks.size
        if n == 1 or self.workers == 1:
            return scores_of(self.task, networks, weights, trials)
        # weights share vectors, networks do not
        chunks = self.workers * (2 if one else CHUNKS_PER_THREAD)
        pairs = list(pairwise(np.unique(np.linspace(0, n, min(n, chunks) + 1, dtype=int))))

        def score(pair: tuple[int, int]) -> tuple[np.ndarray, int]:
            a, b = pair
            if one:
                return scores_of(self.task, networks, weights[a:b], trials)
            return scores_of(self.task, networks.part(a, b), weights, trials)

        results = list(self._pool.map(score, pairs))
        return np.concatenate([scores for scores, _ in results], axis=int(one)), sum(
            steps for _, steps in results
        )

    def close(self) -> None:
        """Let the threads end."""
        self._pool.shutdown(cancel_futures=True)


def _cluster() -> Any:
    """Return the class of the Ray backend; nothing else needs Ray."""
    try:
        from wann.workers.ray_cluster import Cluster
    except ImportError as error:
        raise WannError(f"the backend ray needs Ray ({error}): pip install ray") from None
    return Cluster
