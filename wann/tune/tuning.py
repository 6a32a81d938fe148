"""Weights of its own for a network: what ``python -m wann.tune`` does."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

import wann
from wann.champion.champion import Champion
from wann.network.gradient import cross_entropy
from wann.network.network import decode_all
from wann.runs.score_log import ScoreLog
from wann.streams import rng_for
from wann.tasks import Task
from wann.tasks.checks import check_played, trials_of
from wann.tasks.classification.samples import SampleTask, has_samples
from wann.tasks.task import data_of
from wann.tune.cma_es import budget_for, search_weights, starts_from
from wann.tune.descent import Descent, descend
from wann.tune.shared_weight import SharedWeights, best_shared_weight, effort_for
from wann.workers.evaluator import Evaluator

DESCENTS = 4  # shared weights that gradient descent starts from


class StopRequested(Exception):
    """The user wants to stop; the log holds every score until now."""


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
        log: ScoreLog,
        stopped: Callable[[], bool] = lambda: False,
    ):
        """Score the network of ``champion`` on ``task``; ``seed`` determines the trials, ``stopped()`` ends it."""
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
        """Return the mean score, ``(W,)``, of ``(W,)`` shared or ``(W, D)`` live weights in trials that they share.

        Raises:
            StopRequested: the user wants to stop.
            NothingPlayed: every episode of the first call failed.
        """
        if self.stopped():
            raise StopRequested

        self.known += len(weights) * n_trials if self.log.left else 0

        def evaluate() -> tuple[np.ndarray, int]:
            trials = trials_of(self.task, n_trials, rng_for(self.seed, self._calls, "tune"))
            scores, steps = self.scores(weights, trials)
            if self._calls == 0:
                first = "nothing can be tuned: at all of the first weights"
                check_played(self.task, lambda: self.networks, weights, trials, scores[None], first)
            self.steps_now += steps
            return scores.mean(axis=1), steps

        means, steps = self.log.scores(weights, evaluate)
        self.steps += steps
        self._calls += 1
        return means

    def scores(self, weights: np.ndarray, trials: np.ndarray) -> tuple[np.ndarray, int]:
        """Return the ``(W, T)`` scores of ``(W,)`` shared or ``(W, D)`` live weights, and the steps they took."""
        if weights.ndim == 2:
            table = np.zeros((len(weights), self.n_conns))
            table[:, self.live] = weights
            weights = table
        before = self.evaluate.steps
        scores = self.evaluate.score(self.networks, weights, trials)[0]
        return scores, self.evaluate.steps - before


def episodes(task: Task, generations: int, trials: int) -> int:
    """Return how many rollouts it takes at most to tune a network that is no classifier."""
    return (
        effort_for(task, trials).rollouts
        + budget_for(task, trials).rollouts(generations)
        + 2 * trials
    )


def tune(
    champion: Champion,
    score: Scorer,
    rounds: int,
    trials: int,
    settings: dict[str, Any],
    told: Callable[[float, float, int], None],
    told_shared: Callable[[float], None],
) -> Champion:
    """Return the champion with the best shared weight and the best individual weights that were found.

    Classifiers are tuned by gradient descent, other networks by CMA-ES, both from several good
    shared weights. Connections that are disabled or reach no output keep the shared weight. The
    scores are measured on what had no part in the tuning: ``trials`` fresh trials, or the test
    samples; those of the untuned network are kept.

    Args:
        champion: what to tune.
        score: scores it on its task.
        rounds: generations of each search, or epochs.
        trials: of the scores of networks that are no classifiers; if the task is Python, and they
            are fewer than 100, the searches have as many fewer.
        settings: what a tuning that was stopped goes on with.
        told: called with the share of the work that is done, the best score so far and the steps
            made now.
        told_shared: called with the best shared weight.

    Source: Gaier & Ha 2019, table 1: tuned shared weight, tuned weights; section 4.2 for
    classifiers.
    """
    task, best = score.task, -math.inf

    def played(done: int, total: int, steps: int) -> None:
        told((score.known + done) / total, best, steps)

    def found(value: float) -> None:
        nonlocal best
        best = value

    if not has_samples(task):
        score.evaluate.tell(episodes(task, rounds, trials), played)
    shared = best_shared_weight(score, effort_for(task, trials))
    told_shared(shared.best)
    weights = np.full(score.n_conns, shared.best)
    if has_samples(task):
        descended, how = by_descent(champion, task, score, shared, rounds, settings, told)
        weights[score.live] = descended[score.live]
        net, test = champion.network, task.test
        of_shared, of_tuned = (
            dict(zip(("loss", "accuracy"), cross_entropy(net, values, *test)[::2], strict=True))
            for values in (np.full(score.n_conns, shared.best), weights)
        )
        measured: dict[str, Any] = {"test_samples": len(test.labels)}
    else:
        weights[score.live], how = by_cma(champion, score, shared, rounds, trials, found)
        fresh = trials_of(task, trials, rng_for(score.seed, 0, "tuned"))
        of_shared, of_tuned = (
            figures(score.scores(values, fresh)[0][0])
            for values in (np.array([shared.best]), weights[None, score.live])
        )
        measured = {"trials": trials}
        score.evaluate.tell(0, None)
    return replace(
        champion,
        weights=weights,
        shared_weight=shared.best,
        scores={
            **measured,
            "tuned": of_tuned,
            "shared_weight": {"weight": shared.best, **of_shared},
            "untuned": champion.scores.get("untuned", champion.scores),
        },
        provenance={
            **champion.provenance,
            "tuned": {
                "wann": wann.__version__,
                **how,
                "seed": score.seed,
                "weights": len(score.live),
                "steps": score.steps,
                **data_of(task),
            },
        },
    )


def by_descent(
    champion: Champion,
    task: SampleTask,
    score: Scorer,
    shared: SharedWeights,
    epochs: int,
    settings: dict[str, Any],
    told: Callable[[float, float, int], None],
) -> tuple[np.ndarray, dict[str, Any]]:
    """Return the ``(C,)`` weights of a classifier that gradient descent finds, and how."""
    starts = np.repeat(np.array(starts_from(shared, DESCENTS))[:, None], score.n_conns, axis=1)
    if champion.weights is not None:  # go on from those
        starts[0] = champion.weights
    descent = Descent(champion.network, task, starts, epochs, score.seed)
    checkpoint = score.log.path.with_suffix(".npz")
    samples = len(task.train.labels)

    def descended(epoch: int, loss: float) -> None:
        score.steps_now += samples
        told(epoch / epochs, -loss, score.steps_now)

    if not descend(descent, checkpoint, settings, descended, score.stopped):
        raise StopRequested
    score.steps += epochs * samples
    checkpoint.unlink(missing_ok=True)
    return descent.best[0], {"method": "Adam", "epochs": epochs}


def by_cma(
    champion: Champion,
    score: Scorer,
    shared: SharedWeights,
    generations: int,
    trials: int,
    found: Callable[[float], None],
) -> tuple[np.ndarray, dict[str, Any]]:
    """Return the ``(D,)`` live weights of a network that CMA-ES finds, and how."""
    budget = budget_for(score.task, trials)
    starts = np.repeat(
        np.array(starts_from(shared, budget.rounds[0].searches))[:, None], len(score.live), axis=1
    )
    best = starts[0]
    if len(best) > 1:  # the one weight of one connection is its shared weight
        if champion.weights is not None:  # go on from those
            starts[0] = champion.weights[score.live]
        best = search_weights(score, starts, generations, score.seed, found, budget)
    return best, {
        "method": "CMA-ES",
        "generations": generations,
        "rounds": [part._asdict() for part in budget.rounds],
    }


def figures(scores: np.ndarray) -> dict[str, float]:
    """Return mean and standard deviation of the scores in several trials."""
    return {"mean": float(scores.mean()), "std": float(scores.std())}
