"""Shared by all tests: random genomes, the slow twin of a network, and the optional data."""

import os
from dataclasses import asdict
from functools import cache
from pathlib import Path

import numpy as np
import pytest

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")

from wann.activations import ACTIVATIONS, activate
from wann.config import MutationConfig
from wann.genome import Genome, minimal_genome
from wann.mutation import Innovations, mutate

PUBLISHED = Path(__file__).resolve().parents[2] / "shared" / "data" / "champions" / "swing.out"
PROBABILITIES = asdict(MutationConfig())


@pytest.fixture
def published() -> Path:
    """Return the published swing-up champion, where it is at hand."""
    if not PUBLISHED.exists():
        pytest.skip("the published champion (shared/data/champions/swing.out) is not on this machine")
    return PUBLISHED


def grow(n_inputs: int, n_outputs: int, mutations: int, seed: int, activations=tuple(ACTIVATIONS)) -> Genome:
    """Return a random genome: a minimal one after this many mutations."""
    rng = np.random.default_rng(seed)
    genome = minimal_genome(n_inputs, n_outputs, 0.5, rng)
    innovations = Innovations(genome.n_fixed)
    for _ in range(mutations):
        genome = mutate(genome, rng, PROBABILITIES, activations, innovations)
    return genome


def slow_outputs(genome: Genome, weight, inputs) -> list[float]:
    """Return the outputs by recursion over the genome: nothing decoded, nothing compiled but the activations.

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

    return [value(1 + genome.n_inputs + k) for k in range(genome.n_outputs)]
