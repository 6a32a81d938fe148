"""What a search is between two generations."""

from typing import NamedTuple

import numpy as np

from wann.genome.population import Population


class SearchState(NamedTuple):
    """All that a search is between ``tell`` and ``ask``.

    Attributes:
        generation: how many generations have been told.
        population: the genomes of the last one.
        order: ``(N,)`` int64, their indices from best to worst.
        splits: ``(S, 3)`` int64, the connections that were ever split, and the nodes that they got.
        cases: ``(N, W)`` float64, mean score of each at each weight, NaN where there is none; they
            are kept for lexicase selection only, else ``(0, 0)``.
    """

    generation: int
    population: Population
    order: np.ndarray
    splits: np.ndarray
    cases: np.ndarray
