"""From genomes to scores, on one core or several: the result does not depend on which."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np

from wann.errors import WannError
from wann.genome import Genome
from wann.network import decode_all
from wann.tasks import Task

BACKENDS = ("serial", "threads")
WORST = -1e9  # counts for a score that is not a number
CHUNKS_PER_WORKER = 8  # small enough that no worker waits long for the last one


def available_cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Evaluator:
    """Scores genomes on a task; a context manager that holds the workers.

    Attributes:
        steps: environment steps made so far.
    """

    def __init__(self, task: Task, backend: str = "threads", workers: int | None = None):
        """Use ``workers`` threads (default: all cores), or the calling thread alone for ``serial``."""
        if backend not in BACKENDS:
            raise WannError(f"backend {backend!r}: must be one of {', '.join(BACKENDS)}")
        if workers is not None and workers < 1:
            raise WannError(f"workers = {workers}: must be at least 1")
        self.task = task
        self.workers = 1 if backend == "serial" else workers or available_cores()
        self.steps = 0
        self._pool = ThreadPoolExecutor(self.workers, "wann") if self.workers > 1 else None

    def __enter__(self) -> "Evaluator":
        """Return itself."""
        return self

    def __exit__(self, *exception: object) -> None:
        """Let the workers go."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def __call__(
        self, genomes: Sequence[Genome], weights: Sequence[float] | np.ndarray, trials: np.ndarray
    ) -> np.ndarray:
        """Return the ``(N, W, T)`` scores of N genomes at W shared weights in T trials.

        Weights of float32 ask the task to compute in this precision.
        """
        networks, shared = decode_all(genomes), np.asarray(weights)
        n = networks.size
        if self._pool is None or n == 1:
            scores, steps = self.task.score(networks, shared, trials)
            self.steps += steps
            return finite(scores)
        bounds = np.unique(np.linspace(0, n, min(n, self.workers * CHUNKS_PER_WORKER) + 1, dtype=int))
        parts = [networks.part(a, b) for a, b in pairwise(bounds)]
        results = list(self._pool.map(lambda part: self.task.score(part, shared, trials), parts))
        self.steps += sum(steps for _, steps in results)
        return finite(np.concatenate([scores for scores, _ in results]))


def finite(scores: np.ndarray) -> np.ndarray:
    """Return the scores with the worst one possible for each that is not a number, so that all can be ranked."""
    return np.nan_to_num(scores, nan=WORST, neginf=WORST, posinf=-WORST)
