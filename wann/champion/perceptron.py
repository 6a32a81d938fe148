"""The paper's baseline: a network of fixed topology, all layers fully connected."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from wann.champion.champion import Champion
from wann.errors import WannError
from wann.genome.genome import CONNECTION, NODE, Genome, make_genome
from wann.numeric.activations import ACTIVATION_IDS, LINEAR
from wann.tasks import Task
from wann.tasks.task import data_of

MOST_HIDDEN = 1000  # nodes of a layer
MOST_PERCEPTRON = 300_000  # connections: with their weights, what a champion file has room for


def mlp_genome(n_inputs: int, n_outputs: int, hidden: Sequence[int]) -> Genome:
    """Return a multilayer perceptron as a genome: tanh hidden layers, linear outputs, the bias into
    every node.

    With 24 inputs, hidden layers of 40 and 40 and 4 outputs it has the 2804 connections of the
    paper's baseline for the biped (Gaier & Ha 2019, table 1).

    Raises:
        WannError: there is no hidden layer, one has no node or too many, or they have too many
            connections.
    """
    if not hidden or not all(1 <= size <= MOST_HIDDEN for size in hidden):
        raise WannError(
            f"hidden layers {list(hidden)}: must be one or more of 1 to {MOST_HIDDEN} nodes each"
        )
    n_connections = sum(
        (1 + sources) * targets for sources, targets in pairwise((n_inputs, *hidden, n_outputs))
    )
    if n_connections > MOST_PERCEPTRON:
        raise WannError(
            f"hidden layers {list(hidden)}: make {n_connections} connections: must be at most "
            f"{MOST_PERCEPTRON}; give fewer or smaller layers"
        )
    n_fixed = 1 + n_inputs + n_outputs
    nodes = np.zeros(n_fixed + sum(hidden), NODE)
    nodes["id"] = np.arange(len(nodes))
    nodes["activation"] = np.where(nodes["id"] < n_fixed, LINEAR, ACTIVATION_IDS["tanh"])
    inputs, outputs = np.arange(1, 1 + n_inputs), np.arange(1 + n_inputs, n_fixed)
    layers = [inputs, *np.split(np.arange(n_fixed, len(nodes)), np.cumsum(hidden)[:-1]), outputs]
    parts = []
    for sources, targets in pairwise(layers):
        part = np.zeros((len(targets), 1 + len(sources)), CONNECTION)
        part["source"] = np.concatenate(([0], sources))
        part["target"] = targets[:, None]
        part["enabled"] = True
        parts.append(part.ravel())
    return make_genome(n_inputs, n_outputs, nodes, np.concatenate(parts))


def mlp_champion(task: Task, name: str, hidden: Sequence[int]) -> Champion:
    """Return a multilayer perceptron for a task, without weights, as a champion."""
    genome = mlp_genome(len(task.inputs), len(task.outputs), hidden)
    return Champion(
        genome, name, task.inputs, task.outputs, provenance={"mlp": list(hidden), **data_of(task)}
    )
