"""Simplification of a network on a task."""

from collections.abc import Callable, Sequence

import numpy as np

from wann.genome.genome import Genome
from wann.search.sweep import fresh_weights
from wann.simplify.elimination import BRIEF, THOROUGH, Effort, Score
from wann.tasks import Task
from wann.tasks.checks import trials_of
from wann.tasks.task import capabilities_of
from wann.workers.evaluator import Evaluator

#: Returns the random stream of a purpose.
Streams = Callable[[str], np.random.Generator]


def effort_for(task: Task) -> Effort:
    """Return how thorough an elimination is: of seconds, or of minutes if the task is Python."""
    return THOROUGH if capabilities_of(task).compiled else BRIEF


def scores_on(
    task: Task, evaluate: Evaluator, weights: Sequence[float], precision: str, streams: Streams
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
