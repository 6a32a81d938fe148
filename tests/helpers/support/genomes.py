"""Random genomes, and the slow twin of a network."""

from functools import cache

import numpy as np

from wann.config import MutationConfig
from wann.genome.genome import Genome, minimal_genome
from wann.genome.mutation import MUTATIONS, NO_SPLITS, innovations, mutate
from wann.numeric.activations import ACTIVATIONS, activate

PROBABILITIES = np.array([getattr(MutationConfig(), name) for name in MUTATIONS])


def grow(
    n_inputs: int, n_outputs: int, mutations: int, seed: int, activations=tuple(ACTIVATIONS)
) -> Genome:
    """Return a random genome: a minimal one after this many mutations."""
    rng = np.random.default_rng(seed)
    genome = minimal_genome(n_inputs, n_outputs, 0.5, rng)
    record = innovations(genome.n_fixed, NO_SPLITS)
    for _ in range(mutations):
        genome = mutate(genome, rng, PROBABILITIES, np.array(activations), record)
    return genome


def slow_outputs(genome: Genome, weight, inputs) -> list[float]:
    """Return the outputs; arguments as of ``slow_values``."""
    return slow_values(
        genome, weight, inputs, [1 + genome.n_inputs + k for k in range(genome.n_outputs)]
    )


def slow_values(genome: Genome, weight, inputs, nodes) -> list[float]:
    """Return the values of nodes by recursion over the genome: nothing decoded, nothing compiled
    but the activations.

    weight: the shared weight, or one per row of ``genome.conns``.
    """
    codes = dict(genome.nodes.tolist())
    individual = np.ndim(weight) == 1

    @cache
    def value(node: int) -> float:
        if node <= genome.n_inputs:
            return 1.0 if node == 0 else float(inputs[node - 1])
        total = 0.0
        for k, (source, target, enabled) in enumerate(genome.conns.tolist()):
            if target == node and enabled:
                total += float(weight[k]) * value(source) if individual else value(source)
        return activate(codes[node], total if individual else total * weight)

    return [value(node) for node in nodes]
