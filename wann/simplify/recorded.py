"""Scores in parts, each of which can be told of, kept in a log, and be the last one."""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from wann.errors import StopRequested
from wann.genome.genome import Genome
from wann.network.network import decode_all
from wann.runs.score_log import ScoreLog
from wann.tasks.checks import check_played
from wann.tasks.task import capabilities_of
from wann.workers.evaluator import Evaluator

COMPILED_PART, PYTHON_PART = (
    20_000,
    100,
)  # rollouts, at most, between two looks at who wants to stop

#: ``evaluate(genomes, weights, trials)``: ``(N, W, T)`` scores, as those of an ``Evaluator``.
Evaluate = Callable[[Sequence[Genome], np.ndarray, np.ndarray], np.ndarray]


class Status(NamedTuple):
    """How far a simplification is.

    Attributes:
        connections: of the network that it has reached.
        score: of this network in some trials; NaN before the first.
        rollouts: that were made now, not read from the log.
        steps: of the environment that these took.
    """

    connections: int
    score: float
    rollouts: int
    steps: int


#: Takes how far it is; returns True to stop it.
ProgressCallback = Callable[[Status], object]


class Recorded:
    """Scores genomes as an evaluator does, from the log as far as it goes.

    Attributes:
        status: how far the simplification is.
    """

    def __init__(
        self, evaluate: Evaluator, log: ScoreLog | None, progress: ProgressCallback | None
    ):
        """Have ``evaluate`` make what the log does not have."""
        self._evaluate, self._log, self._progress = evaluate, log, progress
        self._part = COMPILED_PART if capabilities_of(evaluate.task).compiled else PYTHON_PART
        self._checked = False
        self.status = Status(0, math.nan, 0, 0)

    def reach(self, genome: Genome, score: float) -> None:
        """Take the network that the simplification has reached."""
        self.status = self.status._replace(connections=genome.size, score=score)

    def __call__(
        self, genomes: Sequence[Genome], weights: np.ndarray, trials: np.ndarray
    ) -> np.ndarray:
        """Return the ``(N, W, T)`` scores of genomes at shared weights.

        Raises:
            StopRequested: the progress callback returned True.
            NothingPlayed: every episode of the first call failed.
        """
        n = max(1, self._part // (len(weights) * len(trials)))
        t = max(1, self._part // len(weights)) if n == 1 else len(trials)
        scores = np.empty((len(genomes), len(weights), len(trials)))
        for i in range(0, len(genomes), n):
            for k in range(0, len(trials), t):
                scores[i : i + n, :, k : k + t] = self._scored(
                    genomes[i : i + n], weights, trials[k : k + t]
                )
        if not self._checked:
            first, self._checked = "nothing can be simplified: in the first trials", True
            task = self._evaluate.task
            check_played(task, lambda: decode_all(genomes), weights, trials, scores, first)
        return scores

    def successes(
        self, genomes: Sequence[Genome], weights: np.ndarray, trials: np.ndarray, scores: np.ndarray
    ) -> Sequence[np.ndarray | None]:
        """Return in which episodes with these scores each genome succeeds; None if the task does
        not say.
        """
        found = self._evaluate.successes(decode_all(genomes), weights, trials, scores)
        return [None] * len(genomes) if found is None else list(found)

    def _scored(
        self, genomes: Sequence[Genome], weights: np.ndarray, trials: np.ndarray
    ) -> np.ndarray:
        shape = len(genomes), len(weights), len(trials)

        def evaluate() -> tuple[np.ndarray, int]:
            before = self._evaluate.steps
            scores = self._evaluate(genomes, weights, trials).ravel()
            steps = self._evaluate.steps - before
            rollouts = self.status.rollouts + scores.size
            self.status = self.status._replace(rollouts=rollouts, steps=self.status.steps + steps)
            return scores, steps

        if self._log is None:
            scores = evaluate()[0]
        else:  # trials come from the seed, which is among the settings of the log
            tables = (part for genome in genomes for part in (genome.nodes, genome.conns))
            asked = b"".join(part.tobytes() for part in (*tables, weights))
            scores = self._log.scores(np.frombuffer(asked, np.uint8), evaluate, math.prod(shape))[0]
        if self._progress is not None and self._progress(self.status):
            raise StopRequested
        return scores.reshape(shape)
