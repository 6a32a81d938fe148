"""What is done for the champion of a finished run: seconds of tuning, and how good it then is."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from wann.champion.champion import Champion
from wann.champion.task import task_of
from wann.command.progress import TuneProgress
from wann.config import find_table, shipped
from wann.errors import WannError
from wann.evolve.evolution import Evolution
from wann.genome.genome import minimal_genome
from wann.network.network import decode_all
from wann.runs.directory import RunDirectory
from wann.streams import rng_for
from wann.tasks import find_task
from wann.tasks.checks import trials_of
from wann.tasks.classification.samples import has_samples
from wann.tasks.control.task import has_physics
from wann.tasks.task import capabilities_of, has_success
from wann.tune.scorer import Scorer
from wann.tune.table import lines_of
from wann.tune.tune import most_steps, tune, was_quick
from wann.workers.evaluator import Evaluator

SHARE = 0.1  # of the steps of the run: more than that is left to python -m wann.tune
TRIALS = 100


@dataclass(frozen=True)
class Ending:
    """How good the champion of a run is at a good shared weight, and with weights of its own.

    Attributes:
        scores: as ``wann.tune`` gives them: ``trials`` or ``test_samples``, ``shared_weight`` and
            ``tuned``; without the latter where it was not tuned, and empty where nothing is known.
        tuned: the champion with individual weights, if it was tuned.
    """

    scores: Mapping[str, Any]
    tuned: Champion | None = None


def compile_tuning(name: str) -> None:
    """Compile what the tuning at the end of a run needs, if it is of a shipped configuration."""
    if name not in shipped():
        return
    task = find_task(find_table(name)["task"])
    if has_physics(task):
        rng = rng_for(0, 0, "compile")
        genome = minimal_genome(len(task.inputs), len(task.outputs), 1.0, rng)
        rollout = decode_all([genome]), np.ones((1, len(genome.conns))), task.trials(1, rng)
        with Evaluator(task, "threads", 1) as evaluate:
            evaluate.successes(*rollout, evaluate.score(*rollout))


def ending(evolution: Evolution, workers: int | None, progress: TuneProgress) -> Ending:
    """Return how good the champion of a finished run is, tuned in seconds where that is little
    beside the run.

    A tuning goes into RUN/tuned.json. One that is there is taken if it is of the same network, else
    it is kept unless it took seconds, too.

    Args:
        evolution: the run.
        workers: threads that score networks; None: as many as there are cores.
        progress: shows how far the tuning is, and may stop it.

    Raises:
        StopRequested: it was stopped.
    """
    champion, path = evolution.champion, evolution.path
    assert champion is not None and path is not None
    run, seed = RunDirectory(path), evolution.config.seed
    file = run.tuned_file
    kept = file.exists() and not was_quick(file)
    task = task_of(champion, evolution.task)
    with suppress(WannError):  # a damaged file is kept
        tuned = run.tuned()
        if tuned is not None:
            lines_of(tuned.scores, task)
            return Ending(tuned.scores, tuned)
    if not capabilities_of(task).compiled or not len(champion.network.gene):
        return Ending({})
    # of other tasks it is not known how long a rollout takes
    cheap = (has_physics(task) or has_samples(task)) and (
        most_steps(task, TRIALS, quick=True) <= SHARE * evolution.steps
    )
    with Evaluator(task, "threads", workers) as evaluate:
        if cheap and not kept:
            options: dict[str, Any] = {"trials": TRIALS, "seed": seed, "quick": True}
            monitor = progress.of(evolution.config.task, seed, file)
            tuned = tune(champion, task, **options, evaluate=evaluate, monitor=monitor)
            tuned.save(file)
            return Ending(tuned.scores, tuned)
        if not has_success(task) or champion.shared_weight is None:
            return Ending({})
        trials = trials_of(task, TRIALS, rng_for(seed, 0, "shared weight"))
        weight = champion.shared_weight
        score = Scorer(champion, task, seed, evaluate)
        figures = score.figures(np.array([weight]), trials)
    return Ending({"trials": TRIALS, "shared_weight": {"weight": weight, **figures}})
