"""Compiled code on all cores: work on many things is divided among threads, which changes no bit of
what comes out.

Compiled functions let go of the interpreter, so threads run them at the same time.
"""

import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from itertools import pairwise
from typing import TypeVar

import numpy as np

T = TypeVar("T")
LEAST_WORK = 20_000  # rows of tables: with fewer, a thread costs more time than it saves


def available_cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def divided(start: np.ndarray, n_parts: int | None = None) -> list[tuple[int, int]]:
    """Return (first, last + 1) of parts of N things that are about the same work; at least one.

    Args:
        start: ``(N + 1,)`` the work before each thing, and the whole.
        n_parts: how many, at most; by default as many as are worth a thread each, up to the number
            of cores.
    """
    n = len(start) - 1
    if n_parts is None:
        n_parts = min(available_cores(), int(start[-1]) // LEAST_WORK)
    if n_parts < 2 or n < 2:
        return [(0, n)]
    inner = np.searchsorted(start, np.linspace(0, start[-1], n_parts + 1)[1:-1])
    return list(pairwise(np.unique([0, *inner, n]).tolist()))


def in_threads(
    function: Callable[[int, int], T],
    parts: list[tuple[int, int]],
    first: Callable[[int, int], object] | None = None,
) -> list[T]:
    """Return what the function returns for each of the parts; this thread takes the last.

    Args:
        function: of the bounds of a part.
        parts: from ``divided``.
        first: called for each part before the function is, by this thread, in the order of parts.
    """
    others: list[Future[T]] = []
    try:
        for part in parts:
            if first is not None:
                first(*part)
            if part is not parts[-1]:
                others.append(_pool().submit(function, *part))
        last = function(*parts[-1])
        return [*(other.result() for other in others), last]
    finally:
        for other in others:
            other.exception()  # nobody works on when this has returned


def later(function: Callable[[], T]) -> Future[T]:
    """Begin to run a function in a thread of its own; ``result()`` waits for what it returns."""
    thread = ThreadPoolExecutor(1, "wann")
    future = thread.submit(function)
    thread.shutdown(wait=False)  # it ends when the function has
    return future


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(available_cores(), "wann")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pool.cache_clear)  # a fork has none of the threads
