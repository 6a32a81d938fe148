"""What a tuning asks for, again and again: the scores of weights of one network on fresh trials."""

from collections.abc import Callable

import numpy as np

from wann.champion.champion import Champion
from wann.errors import StopRequested
from wann.network.network import decode_all
from wann.runs.score_log import ScoreLog
from wann.streams import rng_for
from wann.tasks import Task
from wann.tasks.checks import check_played, trials_of
from wann.workers.evaluator import Evaluator


class Scorer:
    """Scores weights of one network, each time on fresh trials, from the log as far as it goes.

    Attributes:
        live: ``(D,)`` the connections whose weights matter, as rows of ``genome.conns``: enabled,
            and on the way to an output.
        steps: environment steps since the tuning began.
        steps_now: those of them that were made now, not read from the log.
        known: rollouts that were read from the log.
    """

    def __init__(
        self,
        champion: Champion,
        task: Task,
        seed: int,
        evaluate: Evaluator,
        log: ScoreLog | None = None,
        stopped: Callable[[], bool] = lambda: False,
    ):
        """Score the network of ``champion`` on ``task``; ``seed`` determines the trials,
        ``stopped()`` ends it.
        """
        self.task, self.seed, self.evaluate, self.log, self.stopped = (
            task,
            seed,
            evaluate,
            log,
            stopped,
        )
        self.networks, self.n_conns = decode_all([champion.genome]), len(champion.genome.conns)
        self.live = np.unique(self.networks.gene)
        self.steps = self.steps_now = self.known = self._calls = 0

    def __call__(self, weights: np.ndarray, n_trials: int) -> np.ndarray:
        """Return the mean score, ``(W,)``, of ``(W,)`` shared or ``(W, D)`` live weights in trials
        that they share.

        Raises:
            StopRequested: the user wants to stop.
            NothingPlayed: every episode of the first call failed.
        """
        if self.stopped():
            raise StopRequested

        self.known += len(weights) * n_trials if self.log is not None and self.log.left else 0

        def evaluate() -> tuple[np.ndarray, int]:
            trials = trials_of(self.task, n_trials, rng_for(self.seed, self._calls, "tune"))
            scores, steps = self.scores(weights, trials)
            if self._calls == 0:
                first = "nothing can be tuned: at all of the first weights"
                check_played(self.task, lambda: self.networks, weights, trials, scores[None], first)
            self.steps_now += steps
            return scores.mean(axis=1), steps

        means, steps = evaluate() if self.log is None else self.log.scores(weights, evaluate)
        self.steps += steps
        self._calls += 1
        return means

    def scores(self, weights: np.ndarray, trials: np.ndarray) -> tuple[np.ndarray, int]:
        """Return the ``(W, T)`` scores of ``(W,)`` shared or ``(W, D)`` live weights, and the steps
        they took.
        """
        before = self.evaluate.steps
        scores = self.evaluate.score(self.networks, self._whole(weights), trials)[0]
        return scores, self.evaluate.steps - before

    def figures(self, weights: np.ndarray, trials: np.ndarray) -> dict[str, float]:
        """Return mean and standard deviation of the scores of one of these ``weights``, and the
        share of successes, if the task knows any.
        """
        scores = self.scores(weights, trials)[0]
        played = self.networks, self._whole(weights), trials
        found = self.evaluate.successes(*played, scores[None])
        success = {} if found is None else {"success": float(found.mean())}
        return {"mean": float(scores.mean()), "std": float(scores.std()), **success}

    def _whole(self, weights: np.ndarray) -> np.ndarray:
        """Return weights with a number for each connection where there is one for each live one."""
        if weights.ndim == 1:
            return weights
        table = np.zeros((len(weights), self.n_conns))
        table[:, self.live] = weights
        return table
