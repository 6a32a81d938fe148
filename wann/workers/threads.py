"""The calling thread, or several: compiled code lets threads run at the same time."""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Protocol

import numpy as np

from wann.network.network import Networks
from wann.tasks import Task
from wann.tasks.checks import observations_of, scores_of

CHUNKS_PER_THREAD = 8  # small enough that no thread waits long for the last one


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
        few = networks.size <= min(self.workers, len(weights))  # with many weights
        n = len(weights) if few else networks.size
        if n == 1 or self.workers == 1:
            return scores_of(self.task, networks, weights, trials)
        # weights share vectors, networks do not
        chunks = self.workers * (2 if few else CHUNKS_PER_THREAD)
        pairs = list(pairwise(np.unique(np.linspace(0, n, min(n, chunks) + 1, dtype=int))))

        def score(pair: tuple[int, int]) -> tuple[np.ndarray, int]:
            a, b = pair
            if few:
                return scores_of(self.task, networks, weights[a:b], trials)
            return scores_of(self.task, networks.part(a, b), weights, trials)

        results = list(self._pool.map(score, pairs))
        return np.concatenate([scores for scores, _ in results], axis=int(few)), sum(
            steps for _, steps in results
        )

    def close(self) -> None:
        """Let the threads end."""
        self._pool.shutdown(cancel_futures=True)
