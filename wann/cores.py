"""Cores of this machine, and compiled code that works on a population on all of them."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from itertools import pairwise
from typing import TypeVar

LEAST = 128  # members of a chunk: to wake a thread for fewer takes longer than their work
CHUNKS = 2  # of a thread, so that none waits long for the last one

T = TypeVar("T")


def available_cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@lru_cache(maxsize=1)
def _pool(process: int, size: int) -> ThreadPoolExecutor:
    """Return the threads of a process: one that was forked has none of its parent's."""
    return ThreadPoolExecutor(size, "wann-chunks")


def in_chunks(
    n: int, work: Callable[[int, int], T], threads: int | None = None, least: int = LEAST
) -> list[T]:
    """Return what ``work(first, last)`` returns for consecutive ranges that make up 0 to n.

    They are worked on at the same time where there are many members; ``work`` is compiled code
    that lets threads run, and gives each member the same whatever range it is in.

    Args:
        n: how many members there are.
        work: is given the first member of a range, and the one after its last.
        threads: how many work; by default as many as there are cores.
        least: members of a range, at least.
    """
    threads = threads or available_cores()
    chunks = min(n // least, threads * CHUNKS)
    if threads == 1 or chunks < 2:
        return [work(0, n)]
    bounds = [n * k // chunks for k in range(chunks + 1)]
    return list(_pool(os.getpid(), threads).map(lambda pair: work(*pair), pairwise(bounds)))
