"""Random genomes, and the slow twin of a network."""

from functools import cache

import numpy as np

from wann.config import SearchConfig
from wann.genome.genome import Genome, minimal_genome
from wann.genome.mutation import NO_SPLITS, innovations, mutate
from wann.numeric.activations import ACTIVATIONS, activate
from wann.search.search import mutation_probabilities

PROBABILITIES = mutation_probabilities(SearchConfig())
RECURRENT = mutation_probabilities(SearchConfig(recurrent=True))


def grow(
    n_inputs: int,
    n_outputs: int,
    mutations: int,
    seed: int,
    activations=tuple(ACTIVATIONS),
    recurrent: bool = False,
) -> Genome:
    """Return a random genome: a minimal one after this many mutations."""
    probabilities = RECURRENT if recurrent else PROBABILITIES
    rng = np.random.default_rng(seed)
    genome = minimal_genome(n_inputs, n_outputs, 0.5, rng)
    record = innovations(genome.n_fixed, NO_SPLITS)
    for _ in range(mutations):
        genome = mutate(genome, rng, probabilities, np.array(activations), record)
    return genome


class SlowMemory(dict):
    """The values of all computed nodes in the step before, by node; 0 before the first."""

    def __missing__(self, node: int) -> float:
        return 0.0


def slow_outputs(genome: Genome, weight, inputs, memory=None) -> list[float]:
    """Return the outputs; arguments as of ``slow_values``."""
    outputs = [1 + genome.n_inputs + k for k in range(genome.n_outputs)]
    return slow_values(genome, weight, inputs, outputs, memory)


def slow_values(genome: Genome, weight, inputs, nodes, memory=None) -> list[float]:
    """Return the values of nodes by recursion over the genome: nothing decoded, nothing compiled
    but the activations.

    weight: the shared weight, or one per row of ``genome.conns``.
    memory: a SlowMemory, which then has the values of this step.
    """
    before = SlowMemory(memory or {})
    codes = dict(genome.nodes.tolist())
    individual = np.ndim(weight) == 1

    @cache
    def value(node: int) -> float:
        if node < 0:
            return before[-1 - node]
        if node <= genome.n_inputs:
            return 1.0 if node == 0 else float(inputs[node - 1])
        total = 0.0
        for k, (source, target, enabled) in enumerate(genome.conns.tolist()):
            if target == node and enabled:
                total += float(weight[k]) * value(source) if individual else value(source)
        return activate(codes[node], total if individual else total * weight)

    if memory is not None:
        memory.update({node: value(node) for node in codes if node > genome.n_inputs})
    return [value(node) for node in nodes]
