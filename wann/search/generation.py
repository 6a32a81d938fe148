"""What a generation of an evolution came to."""

from dataclasses import dataclass

import numpy as np

from wann.champion.champion import Champion
from wann.genome.population import Population
from wann.tasks.scaling import Scale


@dataclass(frozen=True, eq=False)
class Generation:
    """One generation, after its networks were scored and ranked.

    Attributes:
        number: from 0 on.
        population: its N genomes; ``population[i]`` is a ``wann.genome.Genome``.
        order: ``(N,)`` their indices from best to worst, as the next generation inherits.
        weights: ``(W,)`` the shared weights of this generation.
        scores: ``(N, W, T)`` score of each network at each weight in each trial; NaN where a race
            left it out.
        champion: the best network until now.
        scale: what observations were scaled by, or None.
        steps: environment steps that were made since the start of the run.
    """

    number: int
    population: Population
    order: np.ndarray
    weights: np.ndarray
    scores: np.ndarray
    champion: Champion
    scale: Scale | None
    steps: int
