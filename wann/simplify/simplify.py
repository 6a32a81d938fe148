"""Simplification of a network on a task: what ``python -m wann.simplify`` does."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from functools import partial

import numpy as np

from wann.champion.champion import Champion
from wann.champion.figures import figures_of
from wann.champion.task import renamed, task_of
from wann.command.options import check_count, check_numbers
from wann.config import SimplifyConfig, quoted
from wann.errors import WannError
from wann.genome.genome import Genome
from wann.runs.score_log import ScoreLog
from wann.search.good_weight import good_weight
from wann.search.sweep import fresh_weights
from wann.simplify.elimination import (
    BRIEF,
    THOROUGH,
    Effort,
    Score,
    Told,
    allowance,
    bare,
    live,
    say_nothing,
    simplification,
)
from wann.simplify.recorded import Evaluate, ProgressCallback, Recorded
from wann.simplify.result import summary_of
from wann.streams import rng_for
from wann.tasks import Data, Task
from wann.tasks.checks import trials_of
from wann.tasks.classification.samples import has_samples
from wann.tasks.task import capabilities_of, data_of
from wann.workers.evaluator import Evaluator

PATHS = 8  # of the command
ASKED = SimplifyConfig()
SAMPLES_LOSS = 0.02  # share of the score of a classifier that it may lose: see ``Effort``

#: Returns the random stream of a purpose.
Streams = Callable[[str], np.random.Generator]


def effort_for(task: Task, asked: SimplifyConfig = ASKED) -> Effort:
    """Return how thorough an elimination is: of seconds, or of minutes if rollouts are not cheap.

    Several paths are for physics alone: samples are the same in all, and others are slow.
    """
    if has_samples(task):
        return THOROUGH._replace(loss=max(SAMPLES_LOSS, asked.loss))
    if not capabilities_of(task).cheap:
        return BRIEF._replace(loss=asked.loss)
    return THOROUGH._replace(loss=asked.loss, paths=asked.paths)


def most_rollouts(champion: Champion, task: Task, trials: int) -> int:
    """Return how many rollouts it takes at most to simplify a champion of a task in Python: each
    step may remove no more than one connection.
    """
    effort, n, weights = effort_for(task), live(champion.genome).size, len(champion.sweep)
    steps = sum(
        size * effort.trials
        + (min(size, effort.finalists) + max(0, int(effort.share * size).bit_length() - 1))
        * effort.more_trials
        for size in range(2, n + 1)
    )
    each = weights * effort.sweeps
    return each * (steps + (n + 2) * effort.final_trials) + (n + 2) * weights * trials


def scores_on(
    task: Task, evaluate: Evaluate, weights: Sequence[float], precision: str, streams: Streams
) -> Score:
    """Return a function that scores genomes on a task, each time at weights drawn around these and
    in trials that no other call has.
    """
    sweeps, calls = effort_for(task).sweeps, iter(range(10**9))

    def score(genomes: Sequence[Genome], n: int) -> np.ndarray:
        call = next(calls)
        drawn = fresh_weights(np.array(weights), streams(f"simplify weights {call}"), sweeps)
        trials = trials_of(task, n, streams(f"simplify {call}"))
        return evaluate(genomes, drawn.astype(precision), trials)

    return score


def networks_on_the_way(
    genome: Genome,
    task: Task,
    evaluate: Evaluate,
    weights: np.ndarray,
    asked: SimplifyConfig,
    trials: int,
    streams: Streams,
    precision: str = "float64",
    told: Told = say_nothing,
) -> Sequence[Genome]:
    """Return the networks from a whole one (``live``) to the one that it is simplified to.

    That one was chosen at weights around those of the sweep; as it is reported at these, it must
    be as good there, too.

    Args:
        genome: the whole network.
        task: to score networks on.
        evaluate: scores them.
        weights: ``(W,)`` of the sweep.
        asked: price of a connection, what may be lost, and how many eliminations are made.
        trials: fresh ones in which it is as good at the sweep.
        streams: of all that is random.
        precision: of the rollouts of the choice.
        told: see ``simplification``.
    """
    effort = effort_for(task, asked)
    score = scores_on(task, evaluate, weights.tolist(), precision, streams)
    path = simplification(genome, score, asked.price, effort, told)
    check = weights, trials_of(task, trials, streams("simplify check"))
    return as_good(path, lambda genomes: evaluate(genomes, *check).mean(axis=1), effort.loss)


def simplify(
    champion: Champion,
    task: str | Task | None = None,
    *,
    price: float = SimplifyConfig.price,
    loss: float = SimplifyConfig.loss,
    paths: int = PATHS,
    seed: int = 0,
    trials: int = 100,
    backend: str | None = None,
    workers: int | None = None,
    data: Data | None = None,
    log: ScoreLog | None = None,
    progress: ProgressCallback | None = None,
) -> Champion:
    """Return the champion without the connections that it can do without.

    One after the other the least harmful connection is removed, or several at once; of the networks
    on the way that one is taken which is worth most, of those whose score lies in the 95 %
    confidence interval of the score of the whole network, or above, both at weights around those of
    the sweep and at these. What reaches no output is
    removed in any case: it changes nothing. Nodes keep their numbers. Scores are measured on fresh
    trials, which had no part in the choice; ``provenance["simplified"]`` has those of the network
    before and after, on the same ones, and what was removed.

    Args:
        champion: a network without weights of its own, left as it is.
        task: to score it on, or its name; default: that which it was evolved for.
        price: of a connection, from 0 to 1: the share of its score, as far as it lies above that of
            a network without connections, for which the network keeps it.
        loss: share of that score, from 0 to 1, that the network may lose if the confidence interval
            does not allow more: with a higher price a smaller, somewhat worse network.
        paths: eliminations, of which the best result counts, and then as many from there until none
            is better; of compiled physics, others have one.
        seed: of every random choice.
        trials: fresh trials of the scores that the result has, at least 2.
        backend: who evaluates: see ``wann.Evaluator``. Default: threads, or this process for what
            is Python.
        workers: how many threads or processes.
        data: for a task whose data does not come with it: see ``wann.champion.task.task_of``.
        log: scores until now, with which a simplification that was stopped goes on.
        progress: is told how far it is after each evaluation, and stops it by returning True.

    Raises:
        WannError: a value is not allowed, the network has weights of its own or no connection that
            reaches an output, or there is no task that fits.
        StopRequested: it was stopped.
        NothingPlayed: every episode of the first evaluation failed.
    """
    asked = SimplifyConfig(price=price, loss=loss, paths=paths)
    check_simplification(champion, asked)
    check_numbers(trials, seed)
    found = task_of(champion, task, data)
    name = task if isinstance(task, str) else champion.task
    champion = renamed(replace(champion, task=name), found)
    # processes need a script that may be imported
    backend = backend or ("threads" if capabilities_of(found).compiled else "serial")
    with Evaluator(found, backend, workers) as evaluator:
        evaluate = Recorded(evaluator, log, progress)
        return simplified(champion, found, evaluate, asked, seed, trials)


def simplified(
    champion: Champion,
    task: Task,
    evaluate: Recorded,
    asked: SimplifyConfig,
    seed: int,
    trials: int,
) -> Champion:
    """Return what ``simplify`` does of a champion that has the names of the task."""
    rng, sweep = partial(rng_for, seed, 0), np.array(champion.sweep)
    path = networks_on_the_way(
        champion.genome, task, evaluate, sweep, asked, trials, rng, told=evaluate.reach
    )
    ends = path[0], path[-1]
    fresh = trials_of(task, trials, rng("simplified"))
    scores = evaluate(ends, sweep, fresh)
    successes = evaluate.successes(ends, sweep, fresh, scores)
    figures = [
        figures_of(genome, task, sweep, own, well)
        for genome, own, well in zip(ends, scores, successes, strict=True)
    ]
    settings = {**asdict(asked), "seed": seed, **data_of(task)}
    del settings["every"]  # of an evolution
    return replace(
        champion,
        genome=path[-1],
        shared_weight=good_weight(path[-1], task, evaluate, sweep, scores[1], rng("good weight")),
        scores=figures[1],
        provenance={
            **champion.provenance,
            "simplified": summary_of(champion, path, scores, figures, settings),
        },
    )


def as_good(
    path: Sequence[Genome], means: Callable[[Sequence[Genome]], np.ndarray], share: float = 0.0
) -> Sequence[Genome]:
    """Return the path up to its last network that is as good as the first one.

    Its mean must not be lower by more than the ``allowance``.

    Args:
        path: the networks, the whole one first.
        means: ``means(genomes)``: ``(N, T)`` means over the weights, in the same trials each time.
        share: of its score above that of a network without connections that it may lose.
    """
    whole, loss = means(path[:1])[0], 0.0
    if share > 0:
        loss = share * float(whole.mean() - means([bare(path[0])]).mean())
    low = whole.mean() - allowance(whole, loss)
    n = len(path)
    while n > 1 and means(path[n - 1 : n])[0].mean() < low:
        n -= 1
    return path[:n]


def check_simplification(champion: Champion, asked: SimplifyConfig) -> None:
    """Raise WannError unless this champion can be simplified, as it is asked for."""
    for name, value in (("price", asked.price), ("loss", asked.loss)):
        if not 0 <= value <= 1:
            raise WannError(f"{name} = {quoted(value)}: must be from 0 to 1")
    check_count("paths =", asked.paths, 1, 1000)
    if champion.weights is not None:
        raise WannError(
            "the network has weights of its own: simplify the one that was tuned, and tune the"
            " result"
        )
    if not len(champion.network.gene):
        raise WannError(
            "no enabled connection of this network reaches an output: there is none to remove"
        )
