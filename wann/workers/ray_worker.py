"""The workers of a Ray cluster: what runs in each of them, and who gets how much to do."""

import time
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from wann.cache_root import cache_root
from wann.jit import locked
from wann.network.network import Networks
from wann.tasks import Task
from wann.workers.cuda import Cuda
from wann.workers.threads import Serial, Workers


class Scorer:
    """Scores networks, in a process of its own on some node."""

    def __init__(self, task: Task, gpus: bool):
        """Score on this task, with the GPU that this process was given or without one."""
        self.workers: Workers = Cuda(task) if gpus else Serial(task)
        self.compiled: set[Any] = set()

    def score(
        self, networks: Networks, weights: np.ndarray, trials: np.ndarray
    ) -> tuple[Any, float, list[str]]:
        """Return what ``Task.score`` returns, the seconds that it took, and what it warned of."""
        # arrays arrive read-only, which is another type to compiled code
        networks = Networks._make(
            np.array(a, np.int64) if isinstance(a, np.ndarray) else a for a in networks
        )
        weights, trials = np.array(weights), np.array(trials)
        kind = weights.dtype, weights.ndim
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            # the first worker of a node compiles, the others find it on the disk
            if kind not in self.compiled:
                with locked(cache_root()):
                    self.workers.score(networks.part(0, 1), weights[:1], trials[:1])
                self.compiled.add(kind)
            begun = time.perf_counter()
            result = self.workers.score(networks, weights, trials)
            seconds = time.perf_counter() - begun
        return result, seconds, [str(warning.message) for warning in caught]


@dataclass(eq=False)
class Worker:
    """A Scorer as the driver sees it.

    Attributes:
        actor: its handle.
        first: its first answer, until that has come: it may still be starting or wait for a free
            core.
        speed: work done in a second, relative to the others.
    """

    actor: Any
    first: Any
    speed: float = 1.0


def deal(
    members: np.ndarray, cost: np.ndarray, workers: list[Worker]
) -> Iterator[tuple[Worker, np.ndarray]]:
    """Divide networks among workers so that all should be done at the same time.

    Args:
        members: ``(M,)`` indices of networks.
        cost: ``(N,)`` of each network.
        workers: who gets them; one that was faster gets more.

    Yields: workers and the indices for each, which are spread over the whole population.
    """
    if not members.size or not workers:
        return
    speed = np.array([worker.speed for worker in workers])
    # elites come first in a population and live longer than mutants: any stretch of this order has
    # its share of them
    mixed = members[np.argsort(np.arange(members.size) * 0.6180339887498949 % 1.0)]
    done = np.cumsum(cost[mixed])
    bounds = np.searchsorted(done, done[-1] * np.cumsum(speed) / speed.sum())
    bounds[-1] = members.size
    for worker, part in zip(workers, np.split(mixed, bounds[:-1]), strict=True):
        if part.size:
            yield worker, part


def learn_speeds(rates: Mapping[Worker, float]) -> None:
    """Remember who is faster than others, from what each did in a second: the cores of a cluster
    differ.
    """
    usual = sum(rates.values()) / len(rates)
    for worker, rate in rates.items():
        worker.speed = min(4.0, max(0.25, 0.5 * (worker.speed + rate / usual)))
