"""Evaluation on a Ray cluster: workers may come and go, the scores are the same.

Evaluation is a pure function of networks, weights and trials, so it does not matter who does it, or
how often: what a lost worker had in hand is given to the others. A generation costs one message to
each worker.
"""

import os
import time
from typing import Any

import numpy as np
import ray
from ray.exceptions import RayError, RayTaskError, RuntimeEnvSetupError

from wann.errors import WannError, WorkersLost, warn
from wann.network.network import Networks
from wann.tasks import Task
from wann.tasks.checks import observations_of, successes_of
from wann.workers.ray_session import connect, last_line, say, unreachable
from wann.workers.ray_worker import Scorer, Worker, deal, learn_speeds

# seconds without another one after which the first generation waits for no more workers
GRACE = 5.0
POLL = 0.5  # seconds between looks at the workers while waiting
LOOK = 5.0  # seconds between looks at the size of the cluster
HEAD_SECONDS = 30.0  # without an answer of the head node; after 60 Ray ends the whole process
UNITS = {"core": "CPU", "GPU": "GPU"}  # what a worker needs, by Ray's name
INLINE = 50_000  # bytes; larger trials are sent once to a node, not to each worker


class Cluster:
    """Workers on a Ray cluster, as many as there are or as many as wanted.

    A worker that is lost is replaced when there is a free core for it, and what it had in hand is
    done by the others.  Without any worker we wait, then give up.
    """

    def __init__(
        self,
        task: Task,
        workers: int | None,
        address: str | None,
        patience: float,
        gpus: bool = False,
    ):
        """Start a local cluster, or join the one at ``address`` or ``RAY_ADDRESS``.

        Args:
            task: what networks are scored on; put once into the cluster's object store.
            workers: how many to use, each on one core; None for all cores that the cluster has at
                any time.
            address: ``auto``, ``HOST:PORT`` or ``ray://HOST:PORT`` of a cluster, None for one of
                our own.
            patience: seconds to wait where no worker is left.
            gpus: whether a worker is a GPU, with a core beside it.

        Raises:
            WannError: there is no cluster at the address, it has no GPU though each worker shall be
                one, or the task cannot be sent.
        """
        self.task, self.wanted, self.patience = task, workers, patience
        self.pool: list[Worker] = []
        self._cores = self._said = 0
        self._next_look = self._next_start = 0.0
        self._settled, self._stillborn = False, 0
        self._silent_since: float | None = None
        self._unit = "GPU" if gpus else "core"  # that each worker needs
        self._reason = (
            f"those that start wait for a free {self._unit}, or compile for their node, once"
        )
        self._ours = not ray.is_initialized()
        address = address or os.environ.get("RAY_ADDRESS") or None
        self._head = (
            connect(address, workers) if self._ours else ray.get_runtime_context().gcs_address
        )
        try:
            self._task = ray.put(task)
        except Exception as error:  # whatever the task's parts raise when they are pickled
            self.close()
            raise WannError(
                f"the task cannot be sent to the workers: {type(error).__name__}: {error}"
            ) from error
        if gpus and not available("GPU"):
            self.close()
            raise WannError(
                "the cluster has no GPU: leave out --gpus, or start its nodes where there is one"
            )
        self._actor: Any = ray.remote(
            num_cpus=1, num_gpus=int(gpus), max_restarts=0, scheduling_strategy="SPREAD"
        )(Scorer)

    def score(
        self, networks: Networks, weights: np.ndarray, trials: np.ndarray
    ) -> tuple[np.ndarray, int]:
        """Return what ``Task.score`` returns, whoever does it.

        Raises:
            WorkersLost: no worker was left for longer than ``patience``, or they die again and
                again.
            Exception: what the task raised.
        """
        sample = _message(networks, np.zeros(1, int)), weights[:1], trials[:1]
        # nodes and connections
        cost = np.diff(networks.start) + np.diff(networks.indptr[networks.start])
        shared = ray.put(trials) if trials.nbytes > INLINE else trials
        scores, steps = np.empty((networks.size, len(weights), len(trials))), 0
        left, losses = np.arange(networks.size), 0
        underway: dict[Any, tuple[Worker, np.ndarray]] = {}
        rates: dict[Worker, float] = {}
        while left.size or underway:
            busy = {worker for worker, _ in underway.values()}
            idle = [worker for worker in self._ready(sample) if worker not in busy]
            for worker, members in deal(left, cost, idle):
                ref = worker.actor.score.remote(_message(networks, members), weights, shared)
                underway[ref] = worker, members
            left = left[:0] if idle else left
            done, _ = ray.wait(list(underway), num_returns=len(underway), timeout=POLL)
            for ref in done:
                worker, members = underway.pop(ref)
                answer = self._answer(worker, ref)
                if answer is None:
                    left, losses = np.append(left, members), losses + 1
                    if losses > self._most_losses():
                        raise WorkersLost(
                            f"workers die again and again on the same networks: {self._reason}"
                        )
                    continue
                (scores[members], made), seconds = answer
                steps += made
                rates[worker] = cost[members].sum() / seconds
        if networks.size >= 10 * len(self.pool):
            learn_speeds(rates)
        return scores, steps

    def observations(
        self, networks: Networks, weights: np.ndarray, trials: np.ndarray
    ) -> tuple[np.ndarray, int]:
        """Return what ``ScalableTask.observations`` returns; this process makes them."""
        return observations_of(self.task, networks, weights, trials)

    def successes(
        self, networks: Networks, weights: np.ndarray, trials: np.ndarray, scores: np.ndarray
    ) -> np.ndarray:
        """Return what ``SuccessTask.successes`` returns; this process finds them."""
        return successes_of(self.task, networks, weights, trials, scores)

    def close(self) -> None:
        """Let the workers go; a cluster that we started ends, one that we joined does not."""
        if self._ours:
            ray.shutdown()
        elif self._silent_since is None:
            for worker in self.pool:
                ray.kill(worker.actor)

    # -------------------------------------------------------------------------------- the workers
    def _ready(self, sample: tuple) -> list[Worker]:
        """Return the workers that can be given work; wait until there is one."""
        begun = last_came = time.monotonic()
        heard, seen = False, 0
        while True:
            self._hire(sample)
            ready = [worker for worker in self.pool if worker.first is None]
            waited = time.monotonic() - begun
            if len(ready) > seen:
                seen, last_came = len(ready), time.monotonic()
            if ready and (
                self._settled
                or len(ready) == len(self.pool)
                or time.monotonic() - last_came > GRACE
            ):
                if len(ready) < len(self.pool) and not self._settled:
                    say(
                        f"{len(self.pool)} workers are wanted; they join when there is a free"
                        f" {self._unit} for them"
                    )
                self._settled = True
                self._say_how_many(len(ready))
                return ready
            if not ready:
                if self._stillborn > self._most_losses():
                    raise WorkersLost(f"workers die as soon as they start: {self._reason}")
                if waited > self.patience:
                    raise WorkersLost(f"no worker for {waited:.0f} s: {self._reason}")
                if waited > LOOK and not heard:
                    heard = True
                    say(f"no worker yet: {self._reason} (waiting up to {self.patience:.0f} s)")
            starting = [worker.first for worker in self.pool if worker.first is not None]
            if starting:
                ray.wait(starting, timeout=POLL)
            else:
                time.sleep(POLL)

    def _hire(self, sample: tuple) -> None:
        """Take in the workers that have started, and start those that are missing."""
        starting = {worker.first: worker for worker in self.pool if worker.first is not None}
        if starting:
            for ref in ray.wait(list(starting), num_returns=len(starting), timeout=0)[0]:
                if self._answer(starting[ref], ref) is None:
                    self._stillborn += 1
                else:
                    starting[ref].first, self._stillborn = None, 0
        now = time.monotonic()
        if now >= self._next_look:
            self._look(now)
        missing = (self.wanted or max(1, self._cores)) - len(self.pool)
        if missing > 0 and now >= self._next_start:
            self._next_start = now + POLL  # so that workers that die at once do not keep us busy
            for _ in range(missing):
                actor: Any = self._actor.remote(self._task, self._unit == "GPU")
                self.pool.append(Worker(actor, actor.score.remote(*sample)))

    def _most_losses(self) -> int:
        """Return how many workers may be lost before it must be the work that kills them."""
        return 3 + 2 * max(self._cores, self.wanted or 0)

    def _look(self, now: float) -> None:
        """See how many cores, or GPUs, the cluster has now."""
        self._next_look = now + LOOK
        cores = None if unreachable(self._head) else available(self._unit)
        if cores is None:
            self._silent_since = self._silent_since or now
            if now - self._silent_since > HEAD_SECONDS:
                self._ours = False  # nobody is there to say goodbye to
                raise WorkersLost(f"the head node of the cluster, {self._head}, does not answer")
            return
        self._silent_since, self._cores = None, cores

    def _answer(self, worker: Worker, ref: Any) -> Any:
        """Return a worker's scores, steps and seconds, or None if the worker is lost, which is then
        let go.

        Raises:
            WannError: the worker could not even start, and there is no other.
            Exception: what the task raised.
        """
        try:
            result, seconds, caught = ray.get(ref)
        except RayTaskError as error:
            raise error.cause from error
        except RayError as error:
            self.pool.remove(worker)
            ray.kill(worker.actor)
            self._reason = last_line(error)
            broken = isinstance(error, RuntimeEnvSetupError) or getattr(
                error, "actor_init_failed", False
            )
            if broken and not any(other.first is None for other in self.pool):
                raise WannError(f"a worker could not start: {self._reason}") from None
            return None
        for text in caught:
            warn(text)  # shows each text once, however many workers have it
        return result, seconds

    def _say_how_many(self, ready: int) -> None:
        """Say how many workers there are when that has changed."""
        if ready != self._said:
            lost = (
                f", {self._said - ready} lost; their networks are evaluated again"
                if ready < self._said
                else ""
            )
            say(f"{ready} worker{'s' if ready > 1 else ''}{lost}")
            self._said = ready


def available(unit: str) -> int | None:
    """Return how many of UNITS the cluster has, or None if its head node does not say."""
    try:
        return int(ray.cluster_resources().get(UNITS[unit], 0))
    except Exception:  # whatever Ray raises while its head node ends
        return None


def _message(networks: Networks, members: np.ndarray) -> tuple:
    """Return some networks in few bytes: Ray sends an argument of up to 100 kB with the call."""
    picked = networks.pick(members)
    return tuple(a.astype(np.int32) if isinstance(a, np.ndarray) else a for a in picked)
