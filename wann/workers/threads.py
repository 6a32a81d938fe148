"""The calling thread, or several: compiled code lets threads run at the same time."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any, Protocol

import numpy as np

from wann.network.network import Networks
from wann.tasks import Task
from wann.tasks.checks import observations_of, scores_of, successes_of

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

    def successes(
        self, networks: Networks, weights: np.ndarray, trials: np.ndarray, scores: np.ndarray
    ) -> np.ndarray:
        """Return what ``SuccessTask.successes`` returns."""
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

    def successes(
        self, networks: Networks, weights: np.ndarray, trials: np.ndarray, scores: np.ndarray
    ) -> np.ndarray:
        """Return what ``SuccessTask.successes`` returns."""
        return successes_of(self.task, networks, weights, trials, scores)

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

        def score(some: slice, at: slice) -> tuple[np.ndarray, int]:
            part = networks.part(some.start, some.stop)
            return scores_of(self.task, part, weights[at], trials)

        results, axis = self._divided(score, networks.size, len(weights))
        return np.concatenate([scores for scores, _ in results], axis=axis), sum(
            steps for _, steps in results
        )

    def successes(
        self, networks: Networks, weights: np.ndarray, trials: np.ndarray, scores: np.ndarray
    ) -> np.ndarray:
        """Return what ``SuccessTask.successes`` returns."""

        def judge(some: slice, at: slice) -> np.ndarray:
            part = networks.part(some.start, some.stop)
            return successes_of(self.task, part, weights[at], trials, scores[some, at])

        parts, axis = self._divided(judge, networks.size, len(weights))
        return np.concatenate(parts, axis=axis)

    def _divided(
        self, work: Callable[[slice, slice], Any], n_networks: int, n_weights: int
    ) -> tuple[list[Any], int]:
        """Return what threads find of parts, and the axis along which these lie: 0, networks, or 1,
        the weights of a few.
        """
        few = n_networks <= min(self.workers, n_weights)  # with many weights
        n, all_of = (n_weights if few else n_networks), (slice(0, n_networks), slice(0, n_weights))
        if n == 1 or self.workers == 1:
            return [work(*all_of)], 0
        # weights share vectors, networks do not
        chunks = self.workers * (2 if few else CHUNKS_PER_THREAD)
        bounds = np.unique(np.linspace(0, n, min(n, chunks) + 1, dtype=int)).tolist()
        parts = [slice(a, b) for a, b in pairwise(bounds)]
        if few:
            return list(self._pool.map(lambda part: work(all_of[0], part), parts)), 1
        return list(self._pool.map(lambda part: work(part, all_of[1]), parts)), 0

    def close(self) -> None:
        """Let the threads end."""
        self._pool.shutdown(cancel_futures=True)
