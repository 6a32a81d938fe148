"""The champion of a run, of what its search has found."""

import numpy as np

import wann
from wann.champion.champion import Champion
from wann.champion.figures import figures_of
from wann.config import Config, to_table
from wann.genome.genome import Genome
from wann.tasks import Task, name_of
from wann.tasks.task import data_of, is_scalable


def crown(
    genome: Genome,
    task: Task,
    config: Config,
    generation: int,
    scores: np.ndarray,
    successes: np.ndarray | None = None,
    shared_weight: float | None = None,
) -> Champion:
    """Return the champion of a run, with its ``(W, T)`` scores on trials that had no part in
    choosing it, its successes there, where the task knows any, and a good shared weight, if known.

    Where the configuration's name of the task is that of another (``wann.tasks.name_of``), the
    champion does not say any.
    """
    name = name_of(task, config.task)
    left_out = {"generations"} if name else {"generations", "task"}
    settings = {key: value for key, value in to_table(config).items() if key not in left_out}
    return Champion(
        genome,
        name,
        task.inputs,
        task.outputs,
        shared_weight=shared_weight,
        observation_scale=task.scale if is_scalable(task) else None,
        scores=figures_of(genome, task, np.array(config.weights), scores, successes),
        provenance={
            "wann": wann.__version__,
            "generation": generation,
            "config": settings,
            **data_of(task),
        },
    )
