"""Evaluation by processes of this machine, for tasks that are Python: threads would wait for each
other.
"""

import multiprocessing
import os
import signal
import threading
import traceback
import warnings
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any

import numpy as np

from wann.errors import WannError, WorkersLost, tolerate_warnings, warn
from wann.network.network import Networks
from wann.tasks import Task
from wann.tasks.checks import observations_of, scores_of, successes_of
from wann.workers.guard import Guard, lead_group

_all: weakref.WeakSet["Processes"] = weakref.WeakSet()  # in which processes may run

SHARES = 4  # of each process in a call, so that none waits long for the last one


def work(task: Task, connection: Connection) -> None:
    """Answer each message of what is asked of the task, networks, weights and trials, until the
    other end is closed.
    """
    lead_group()
    tolerate_warnings()
    multiprocessing.current_process().daemon = False  # or the environment could start no processes
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the command's, which ends us
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with suppress(EOFError, OSError):  # the command has ended, however
        while True:
            what, networks, weights, trials = connection.recv()
            with warnings.catch_warnings(record=True) as caught:
                try:
                    answer: Any = what(task, networks, weights, trials)
                except BaseException as error:
                    answer = error
                    # which does not go through the pipe by itself
                    answer.add_note(traceback.format_exc())
            places = {
                (warning.filename, warning.lineno): str(warning.message)
                for warning in reversed(caught)
            }
            connection.send((answer, places))


@dataclass(eq=False)
class Worker:
    """A process, as seen from this one."""

    process: Any
    connection: Connection


class Processes:
    """Worker processes, each of which has the task from its start; several threads may ask them.

    They live as long as this one, but for exceptions, whoever raises them: what is left in the
    pipes then, answers of an old call or halves of one, must not be taken for those of the next
    call, which begins with processes anew.
    """

    def __init__(self, task: Task, workers: int):
        """Start the processes.

        Raises:
            WannError: the task cannot be sent to them.
        """
        self.task, self.workers = task, workers
        self.pool: list[Worker] = []
        self._warned: set[tuple[str, int]] = set()  # places in the code that have warned
        self._lock, self._closed = threading.Lock(), False
        self._start()
        _all.add(self)

    def _start(self) -> None:
        # a fork would copy Numba's threads and Gymnasium's windows
        context = multiprocessing.get_context("spawn")
        self._guard = Guard()
        try:
            with _no_interrupt():
                for _ in range(self.workers):
                    ours, theirs = context.Pipe()
                    process: Any = context.Process(
                        target=work, args=(self.task, theirs), name="wann", daemon=True
                    )
                    process.start()
                    self._guard.watch(process.pid)
                    theirs.close()  # or its end would not be seen
                    self.pool.append(Worker(process, ours))
        except Exception as error:  # whatever the task's parts raise when they are pickled
            self._end()
            raise WannError(
                f"the task cannot be sent to processes: {type(error).__name__}: {error}"
            ) from error

    def score(
        self, networks: Networks, weights: np.ndarray, trials: np.ndarray
    ) -> tuple[np.ndarray, int]:
        """Return what ``Task.score`` returns, whoever does it.

        Raises:
            WorkersLost: a process died.
            Exception: what the task raised.
        """
        shape = networks.size, len(weights), len(trials)
        axis = int(np.argmax(shape))  # the longest is divided
        n = min(shape[axis], SHARES * self.workers)
        # of elites and mutants, say, each has its share
        parts = [np.arange(k, shape[axis], n) for k in range(n)]
        messages = (
            (
                networks.pick(part if axis == 0 else np.arange(shape[0])),
                weights[part] if axis == 1 else weights,
                trials[part] if axis == 2 else trials,
            )
            for part in parts
        )
        scores, steps = np.empty(shape), 0
        for part, (of_part, made) in zip(parts, self._ask(scores_of, messages), strict=True):
            scores[tuple(part if k == axis else slice(None) for k in range(3))] = of_part
            steps += made
        return scores, steps

    def observations(
        self, networks: Networks, weights: np.ndarray, trials: np.ndarray
    ) -> tuple[np.ndarray, int]:
        """Return what the task's ``observations`` does; one process makes them."""
        return self._ask(observations_of, iter([(networks, weights, trials)]))[0]

    def successes(
        self, networks: Networks, weights: np.ndarray, trials: np.ndarray, scores: np.ndarray
    ) -> np.ndarray:
        """Return what ``SuccessTask.successes`` returns; this process finds them."""
        return successes_of(self.task, networks, weights, trials, scores)

    def _ask(self, what: Callable[..., Any], messages: Iterator[tuple]) -> list[Any]:
        """Return what the processes answer to messages, each of which one of them gets, in the
        order of these.
        """
        with self._lock:
            if self._closed:
                raise ValueError("the processes have ended: this Evaluator was closed")
            try:
                if not self.pool:
                    self._start()
                return self._answers(what, messages)
            except BaseException:
                self._end()
                raise

    def _answers(self, what: Callable[..., Any], messages: Iterator[tuple]) -> list[Any]:
        answers: dict[int, Any] = {}
        idle, underway = list(self.pool), dict[Any, tuple[Worker, int]]()  # by connection
        left = enumerate(messages)
        while True:
            while idle and (message := next(left, None)):
                worker = idle.pop()
                with self._lost(worker):
                    worker.connection.send((what, *message[1]))
                underway[worker.connection] = worker, message[0]
            if not underway:
                return [answers[k] for k in range(len(answers))]
            for connection in wait(list(underway)):
                worker, k = underway.pop(connection)
                with self._lost(worker):
                    answers[k], places = worker.connection.recv()
                for text in (places[place] for place in places.keys() - self._warned):
                    warn(text)
                self._warned |= places.keys()
                if isinstance(answers[k], BaseException):
                    raise answers[k]
                idle.append(worker)

    @contextmanager
    def _lost(self, worker: Worker) -> Iterator[None]:
        """Say what has happened where a process does not answer any more."""
        try:
            yield
        except (EOFError, OSError):
            worker.process.join(1.0)
            code = worker.process.exitcode
            why = "killed, out of memory, or the environment's own crash"
            if code == 1:  # as Python's own of a process that could not start
                why += ', or a script that does its work without `if __name__ == "__main__":`'
            raise WorkersLost(f"a worker process died (exit code {code}): {why}") from None

    def close(self) -> None:
        """End the processes and all that they have started, whatever they are doing."""
        self._closed = True
        self._end()

    def forget(self) -> None:
        """Leave the processes to the process that this one is a fork of: with our end open, they
        would outlive it.
        """
        for worker in self.pool:
            worker.connection.close()
        self.pool = []
        self._guard.forget()

    def _end(self) -> None:
        pool, self.pool = self.pool, []
        for worker in pool:
            worker.connection.close()
        self._guard.close()
        for worker in pool:
            worker.process.kill()  # where somebody has ended the guard
            worker.process.join()


def _forget_all() -> None:
    for processes in list(_all):
        processes.forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_all)


@contextmanager
def _no_interrupt() -> Iterator[None]:
    """Have processes that start meanwhile ignore Ctrl-C from their first instant."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
