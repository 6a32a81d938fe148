"""Weights of its own for a network: what ``python -m wann.tune`` does."""

import math
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np

import wann
from wann.champion.champion import Champion, load
from wann.champion.task import task_of
from wann.command.options import check_count, check_seed
from wann.errors import StopRequested, WannError
from wann.network.gradient import cross_entropy
from wann.runs.score_log import ScoreLog
from wann.streams import rng_for
from wann.tasks import Task
from wann.tasks.checks import trials_of
from wann.tasks.classification.samples import SampleTask, has_samples
from wann.tasks.control.task import ControlTask
from wann.tasks.task import capabilities_of, data_of
from wann.tune.cma_es import (
    Budget,
    budget_for,
    generations_for,
    search_weights,
    starts_from,
)
from wann.tune.descent import EPOCHS, QUICK_EPOCHS, Checkpoint, Descent, descend
from wann.tune.scorer import Scorer
from wann.tune.shared_weight import ALL_TRIALS, SharedWeights, best_shared_weight, effort_for
from wann.workers.cores import one_blas_thread
from wann.workers.evaluator import Evaluator

DESCENTS = 4  # shared weights that gradient descent starts from


class Monitor(Protocol):
    """Watches a tuning: it is told how far it is, and may stop it."""

    @property
    def stopped(self) -> bool:
        """Whether the tuning shall stop."""
        ...

    def begin(self, weights: int, known: int, episodes: int | None) -> None:
        """Take how many weights there are, evaluations in the log, and episodes if these are
        slow.
        """
        ...

    def show_shared(self, weight: float) -> None:
        """Take the best shared weight."""
        ...

    def show(self, share: float, best: float, steps: int) -> None:
        """Take the share of the work that is done, the best score, and the steps made now."""
        ...


class Silent:
    """Watches a tuning and does nothing."""

    stopped = False

    def begin(self, weights: int, known: int, episodes: int | None) -> None:
        """Do nothing."""

    def show_shared(self, weight: float) -> None:
        """Do nothing."""

    def show(self, share: float, best: float, steps: int) -> None:
        """Do nothing."""


def episodes(task: Task, generations: int, trials: int, quick: bool = False) -> int:
    """Return how many rollouts it takes at most to tune a network that is no classifier."""
    return (
        effort_for(task, trials).rollouts
        + budget_for(task, trials, quick).rollouts(generations)
        + 2 * trials
    )


def most_steps(task: ControlTask | SampleTask, trials: int, quick: bool = False) -> int:
    """Return how many steps of physics, or samples, it takes at most to tune a network."""
    rounds = usual_rounds(task, trials, quick)
    if isinstance(task, ControlTask):
        return episodes(task, rounds, trials, quick) * task.max_steps
    batch = task.trials(1, rng_for(0, 0, "batch")).shape[1]
    descents = DESCENTS * rounds * len(task.train.labels)
    return int(effort_for(task, ALL_TRIALS).rollouts * batch + descents)


def usual_rounds(task: Task, trials: int, quick: bool = False) -> int:
    """Return the epochs of a classifier, or the generations of each search for another network."""
    if has_samples(task):
        return QUICK_EPOCHS if quick else EPOCHS
    return generations_for(task, trials, quick)


def tune(
    champion: Champion,
    task: str | Task | None = None,
    *,
    rounds: int | None = None,
    trials: int = 100,
    seed: int = 0,
    quick: bool = False,
    evaluate: Evaluator | None = None,
    log: ScoreLog | None = None,
    monitor: Monitor | None = None,
) -> Champion:
    """Return the champion with the best shared weight and the best individual weights found.

    Classifiers are tuned by gradient descent, other networks by CMA-ES (extra ``tune``), both from
    several good shared weights. Connections that are disabled or reach no output keep the shared
    weight. The scores are measured on what had no part in the tuning: fresh trials, or the test
    samples; those of the untuned network are kept.

    Args:
        champion: what to tune.
        task: to tune it for, or its name; default: that which it was evolved for.
        rounds: generations of each search, or epochs. Default: ``usual_rounds``.
        trials: of the scores of networks that are no classifiers; if the task is Python, and they
            are fewer than 100, the searches have as many fewer.
        seed: of every random choice.
        quick: whether seconds shall do in place of a minute (of a swing-up champion): fewer and
            smaller searches, as at the end of ``python -m wann.evolve``. Environments in Python
            are searched as always.
        evaluate: scores networks on the task; default: threads, or this process for what is Python.
        log: scores until now, with which a tuning that was stopped goes on.
        monitor: is told how far it is, and may stop it.

    Raises:
        WannError: there is no task that fits.
        StopRequested: the monitor stopped it.
        NothingPlayed: every episode of the first evaluation failed.

    Source: Gaier & Ha 2019, table 1 (tuned shared weight and weights), section 4.2 (classifiers).
    """
    found = task_of(champion, task) if task is None or isinstance(task, str) else task
    rounds = usual_rounds(found, trials, quick) if rounds is None else rounds
    watch = monitor or Silent()
    check_count("rounds =", rounds, 1)
    check_count("trials =", trials, 1)
    check_seed("seed =", seed)
    backend = "threads" if capabilities_of(found).compiled else "serial"
    with one_blas_thread(), ExitStack() as stack:
        evaluate = evaluate or stack.enter_context(Evaluator(found, backend))
        score = Scorer(champion, found, seed, evaluate, log, lambda: watch.stopped)
        slow = not capabilities_of(found).cheap and not has_samples(found)
        most = episodes(found, rounds, trials) if slow else None
        watch.begin(len(score.live), log.left if log else 0, most)
        if has_samples(found):
            return tune_classifier(champion, found, score, rounds, watch, quick)
        return tune_player(champion, score, rounds, trials, watch, quick)


def tune_player(
    champion: Champion,
    score: Scorer,
    generations: int,
    trials: int,
    monitor: Monitor,
    quick: bool = False,
) -> Champion:
    """Return a network that acts, tuned by CMA-ES."""
    task, best = score.task, -math.inf

    def played(done: int, total: int, steps: int) -> None:
        monitor.show((score.known + done) / total, best, steps)

    def found(value: float) -> None:
        nonlocal best
        best = value

    score.evaluate.watch(episodes(task, generations, trials, quick), played)
    budget = budget_for(task, trials, quick)
    shared = best_shared_weight(score, effort_for(task, trials))
    monitor.show_shared(shared.best)
    live = by_cma(champion, score, shared, generations, found, budget)
    weights = np.full(score.n_conns, shared.best)
    weights[score.live] = live
    fresh = trials_of(task, trials, rng_for(score.seed, 0, "tuned"))
    of_shared, of_tuned = (
        score.figures(values, fresh) for values in (np.array([shared.best]), live[None])
    )
    score.evaluate.watch(0, None)
    rounds = [part._asdict() for part in budget.rounds]
    how = {"method": "CMA-ES", "generations": generations, "rounds": rounds, **as_quick(quick)}
    measured = {"trials": trials, "tuned": of_tuned, "shared_weight": of_shared}
    return with_weights(champion, score, weights, shared.best, measured, how)


def tune_classifier(
    champion: Champion,
    task: SampleTask,
    score: Scorer,
    epochs: int,
    monitor: Monitor,
    quick: bool = False,
) -> Champion:
    """Return a classifier, tuned by gradient descent."""

    def score_alike(weights: np.ndarray, n_trials: int) -> np.ndarray:
        """Score shared weights as individual ones: so their size counts, which scores leave out."""
        return score(np.repeat(weights[:, None], len(score.live), axis=1), n_trials)

    shared = best_shared_weight(score_alike, effort_for(task, ALL_TRIALS))
    monitor.show_shared(shared.best)
    weights = np.full(score.n_conns, shared.best)
    weights[score.live] = by_descent(champion, task, score, shared, epochs, monitor)[score.live]
    net, test = champion.network, task.test
    of_shared, of_tuned = (
        dict(zip(("loss", "accuracy"), cross_entropy(net, values, *test)[::2], strict=True))
        for values in (np.full(score.n_conns, shared.best), weights)
    )
    how = {"method": "Adam", "epochs": epochs, **as_quick(quick)}
    measured = {"test_samples": len(test.labels), "tuned": of_tuned, "shared_weight": of_shared}
    return with_weights(champion, score, weights, shared.best, measured, how)


def as_quick(quick: bool) -> dict[str, bool]:
    """Return what provenance says of a tuning in seconds: a thorough one may take its place."""
    return {"quick": True} if quick else {}


def was_quick(path: Path) -> bool:
    """Return whether a file is a network that was tuned in seconds."""
    try:
        how = load(path).provenance.get("tuned")
    except (WannError, OSError):  # whatever else it is, it is kept
        return False
    return isinstance(how, dict) and how.get("quick") is True


def with_weights(
    champion: Champion,
    score: Scorer,
    weights: np.ndarray,
    shared: float,
    measured: dict[str, Any],
    how: dict[str, Any],
) -> Champion:
    """Return the champion with these ``(C,)`` weights, their scores, and how they were found."""
    return replace(
        champion,
        weights=weights,
        shared_weight=shared,
        scores={
            **measured,
            "shared_weight": {"weight": shared, **measured["shared_weight"]},
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
                **data_of(score.task),
            },
        },
    )


def by_descent(
    champion: Champion,
    task: SampleTask,
    score: Scorer,
    shared: SharedWeights,
    epochs: int,
    monitor: Monitor,
) -> np.ndarray:
    """Return the ``(C,)`` weights of a classifier that gradient descent finds."""
    starts = np.repeat(np.array(starts_from(shared, DESCENTS))[:, None], score.n_conns, axis=1)
    if champion.weights is not None:  # go on from those
        starts[0] = champion.weights
    descent = Descent(champion.network, task, starts, epochs, score.seed)
    samples = len(task.train.labels)

    def descended(epoch: int, loss: float) -> None:
        score.steps_now += samples
        monitor.show(epoch / epochs, -loss, score.steps_now)

    log = score.log
    checkpoint = None if log is None else Checkpoint(log.path.with_suffix(".npz"), log.settings)
    if not descend(descent, checkpoint, descended, score.stopped):
        raise StopRequested
    score.steps += epochs * samples
    if checkpoint is not None:
        checkpoint.path.unlink(missing_ok=True)
    best: np.ndarray = descent.best[0]
    return best


def by_cma(
    champion: Champion,
    score: Scorer,
    shared: SharedWeights,
    generations: int,
    found: Callable[[float], None],
    budget: Budget,
) -> np.ndarray:
    """Return the ``(D,)`` live weights of a network that CMA-ES finds."""
    starts = np.repeat(
        np.array(starts_from(shared, budget.rounds[0].searches))[:, None], len(score.live), axis=1
    )
    first: np.ndarray = starts[0]
    if len(score.live) == 1:  # the one weight of one connection is its shared weight
        return first
    if champion.weights is not None:  # go on from those
        first[:] = champion.weights[score.live]
    return search_weights(score, starts, generations, score.seed, found, budget)
