"""Tools of the benchmarks: fair rates, and networks of a wanted size."""

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from envs.swingup import SwingUp
from wann.config import Config
from wann.genome.genome import Genome, minimal_genome
from wann.genome.mutation import NO_SPLITS, innovations, mutate
from wann.network.network import decode_all
from wann.tasks.control.rollout import kernel

WEIGHTS = np.array(Config.weights)
STARTS = SwingUp().start_states(4, np.random.default_rng(0))
ENDLESS = SwingUp(limit=1e9)  # no rollout ends early
CODES = np.arange(1, 11)
PROBABILITIES = np.array(
    [0.2, 0.25, 0.05, 0.5, 0.0]
)  # in the order of wann.genome.mutation.MUTATIONS


def turns(functions: dict[str, Callable[[], Any]], rounds: int) -> dict[str, np.ndarray]:
    """Return seconds of CPU time of this thread that each function takes, ``(rounds,)``.

    The functions take turns, so that a ratio within a round is fair on a machine whose clock
    changes.
    """
    found: dict[str, list[float]] = {name: [] for name in functions}
    for turn in range(rounds + 1):
        for name, function in functions.items():
            begun = time.thread_time()
            function()
            if turn:  # the first round compiles and warms up
                found[name].append(time.thread_time() - begun)
    return {name: np.array(values) for name, values in found.items()}


def rates(functions: dict[str, Callable[[], int]], rounds: int = 7) -> dict[str, np.ndarray]:
    """Return the steps per second of functions that return how many steps they made."""
    steps = {name: function() for name, function in functions.items()}
    return {name: steps[name] / seconds for name, seconds in turns(functions, rounds).items()}


def play(
    function: Callable,
    genomes: Sequence[Genome],
    physics: Any,
    starts: np.ndarray = STARTS,
    dtype: type = np.float64,
) -> Callable[[], int]:
    """Return what plays all genomes once, 1000 steps at most, with one of the rollout kernels and
    returns the steps.
    """
    networks, weights, starts = decode_all(genomes), WEIGHTS.astype(dtype), starts.astype(dtype)
    returns = np.empty((networks.size, len(weights), len(starts)))
    return lambda: kernel(function, physics)(physics, networks, weights, starts, 1000, returns)


def genome_of(
    n_computed: int,
    n_connections: int,
    n_inputs: int = 5,
    n_outputs: int = 1,
    init_enable: float = 0.5,
) -> Genome:
    """Return a random genome, for the swing-up by default, with this many hidden nodes and outputs,
    and connections.
    """
    for seed in range(1000):
        rng = np.random.default_rng(seed)
        genome = minimal_genome(n_inputs, n_outputs, init_enable, rng)
        record = innovations(genome.n_fixed, NO_SPLITS)
        while genome.size < n_connections:
            grow_nodes = len(genome.hidden) + n_outputs < n_computed
            genome = mutate(
                genome, rng, np.array([not grow_nodes, grow_nodes, 0.0, 0.0]), CODES, record
            )
        if genome.size == n_connections and len(genome.hidden) + n_outputs == n_computed:
            return genome
    raise RuntimeError("no genome of this size was found")


def mutated(genome: Genome, n: int, rng: np.random.Generator) -> Genome:
    """Return the genome after n mutations."""
    record = innovations(10**6, NO_SPLITS)
    for _ in range(n):
        genome = mutate(genome, rng, PROBABILITIES, CODES, record)
    return genome
