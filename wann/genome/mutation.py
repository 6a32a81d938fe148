"""Variation: the paper's mutations and two more, of which every child gets exactly one.

An operator draws what it does to a genome and returns (possible, change); ``changed`` makes the
child (``wann.genome.change``).  Draws are made one after the other, as they share a random stream
and the record of splits, so they look at as little as they can; the children of a generation are
then written side by side (``wann.genome.breeding``).  All of this is compiled.
Source: Gaier & Ha 2019, section 3.1 and figure 3; enabling a connection is in their released code.
Disabling one is ours: without it networks only grow. So is adding a recurrent one; once it is there
it is split, disabled and enabled like any other.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import types
from numba.typed import Dict

from wann.genome.change import (
    NO_CHANGE,
    Change,
    changed,
    free_pair,
    free_recurrent_pair,
)
from wann.jit import compiled, dual

#: The order in which ``mutate`` takes the probabilities.
MUTATIONS = (
    "add_connection",
    "add_node",
    "enable_connection",
    "change_activation",
    "disable_connection",
    "add_recurrent",
)
SPLIT = types.UniTuple(types.int64, 3)
NO_SPLITS = np.empty((0, 3), np.int64)


class Innovations(NamedTuple):
    """Node ids by the connection that was split: the same split in two genomes is the same node.

    A genome can split one connection again after it was enabled again; its second split has an
    id of its own, also shared.  Ids are given in the order of first use.

    Attributes:
        first_id: the first id that is given.
        ids: (source, target, repetition) -> id, a dictionary of compiled code.
    """

    first_id: int
    ids: Any


@compiled
def innovations(first_id, splits):
    """Return the record of these splits, ``(n, 3)`` of (source, target, repetition) in the order of
    their ids.
    """
    ids = Dict.empty(SPLIT, types.int64)
    for k in range(splits.shape[0]):
        ids[(splits[k, 0], splits[k, 1], splits[k, 2])] = first_id + k
    return Innovations(first_id, ids)


def stand_ins(n: int) -> np.ndarray:
    """Return ``(n, 3)`` splits that no connection has, for ids that were given already."""
    splits = np.full((n, 3), -1, np.int64)
    splits[:, 2] = np.arange(n)
    return splits


@compiled
def splits_of(record):
    """Return the ``(n, 3)`` splits of a record in the order of their ids: what ``innovations``
    takes.
    """
    splits = np.empty((len(record.ids), 3), np.int64)
    for split, node in record.ids.items():
        for k in range(3):
            splits[node - record.first_id, k] = split[k]
    return splits


@compiled
def node_of_split(record, ids, source, target):
    """Return the id of the node that splits source -> target in a genome with these node ids."""
    repetition = 0
    while True:
        split = (int(source), int(target), repetition)
        node = int(record.ids.get(split, -1))
        if node < 0:
            node = record.first_id + len(record.ids)
            record.ids[split] = node
        row = np.searchsorted(ids, node)
        if row == ids.size or ids[row] != node:
            return node
        repetition += 1


@dual
def below(rng, n):
    """Return a number from 0 to n - 1."""
    return int(rng.random() * n)


@dual
def pick(rng, flags, wanted, n):
    """Return a random row whose flag is as wanted, each of the n equally likely; -1 if n is 0."""
    if n > 0:
        place = below(rng, n)
        for row in range(flags.size):
            place -= flags[row] == wanted  # no branch, as it would be chance
            if place < 0:
                return row
    return -1


# ------------------------------------------------------------------------------------ the operators
@dual
def add_connection(genome, rng):
    """Connect two unconnected nodes, the source in a lower layer: each such pair is equally
    likely.
    """
    share = rng.random()
    n_values = 1 + genome.n_inputs
    n_hidden = genome.nodes.size - n_values - genome.n_outputs
    # as all of these are allowed, some pair is free unless they are all there
    allowed = n_values * (n_hidden + genome.n_outputs) + n_hidden * genome.n_outputs
    possible = genome.conns.size < allowed or free_pair(genome, share)[1] >= 0
    return possible, Change(-1, -1, -1, 0, share, False)


@dual
def add_recurrent(genome, rng):
    """Lead the value of a hidden node or an output in the step before to itself, or to another one
    that lies in no higher layer: each such pair that is free is equally likely.
    """
    share = rng.random()
    n_computed = genome.nodes.size - 1 - genome.n_inputs
    n_recurrent = 0
    for source in genome.conns["source"]:
        n_recurrent += source < 0
    # as each may be led to itself, some pair is free unless these are all there
    possible = n_recurrent < n_computed or free_recurrent_pair(genome, share)[1] >= 0
    return possible, Change(-1, -1, -1, 0, share, True)


@dual
def add_node(genome, size, rng, activations, record):
    """Split a random enabled connection: disable it and lead it through a new node."""
    row = pick(rng, genome.conns["enabled"], True, size)
    if row < 0:
        return False, NO_CHANGE
    source, target = genome.conns["source"][row], genome.conns["target"][row]
    new = node_of_split(record, genome.nodes["id"], source, target)
    return True, Change(row, new, -1, activations[below(rng, activations.size)], -1.0, False)


@dual
def enable_connection(genome, size, rng):
    """Enable a random disabled connection."""
    row = pick(rng, genome.conns["enabled"], False, genome.conns.size - size)
    return row >= 0, Change(row, -1, -1, 0, -1.0, False)


@dual
def disable_connection(genome, size, rng):
    """Disable a random enabled connection, if it is not the last one."""
    if size < 2:
        return False, NO_CHANGE
    return True, Change(pick(rng, genome.conns["enabled"], True, size), -1, -1, 0, -1.0, False)


@dual
def change_activation(genome, rng, activations):
    """Give a random hidden node another activation."""
    n_fixed = 1 + genome.n_inputs + genome.n_outputs
    if genome.nodes.size == n_fixed:
        return False, NO_CHANGE
    row = n_fixed + below(rng, genome.nodes.size - n_fixed)
    own, n = genome.nodes["activation"][row], 0
    for code in activations:
        n += code != own
    if n > 0:
        place = below(rng, n)
        for code in activations:
            place -= code != own
            if place < 0:
                return True, Change(-1, -1, row, code, -1.0, False)
    return False, NO_CHANGE


@dual
def draw_change(genome, size, rng, probabilities, activations, record, left):
    """Return a mutation; an impossible one is drawn again among the others.

    Args:
        genome: the parent.
        size: its number of enabled connections.
        rng: source of all choices.
        probabilities: as of ``mutate``.
        activations: likewise.
        record: likewise.
        left: ``(6,)``, for what it likes.

    Raises:
        ValueError: no mutation with a probability above 0 is possible.
    """
    left[:] = probabilities
    while True:
        total = 0.0
        for probability in left:
            total += probability
        if not total > 0.0:
            raise ValueError("no mutation is possible: allow more kinds of it")
        draw, kind = rng.random() * total, -1
        for k in range(left.size):
            # the last one stands if rounding leaves draw at 0
            if left[k] > 0.0 and (kind < 0 or draw >= 0.0):
                kind = k
                draw -= left[k]
        if kind == 0:
            possible, change = add_connection(genome, rng)
        elif kind == 1:
            possible, change = add_node(genome, size, rng, activations, record)
        elif kind == 2:
            possible, change = enable_connection(genome, size, rng)
        elif kind == 3:
            possible, change = change_activation(genome, rng, activations)
        elif kind == 4:
            possible, change = disable_connection(genome, size, rng)
        else:
            possible, change = add_recurrent(genome, rng)
        if possible:
            return change
        left[kind] = 0.0


@compiled
def mutate(genome, rng, probabilities, activations, record):
    """Return a child with exactly one mutation; an impossible one is drawn again among the others.

    Args:
        genome: the parent, left as it is.
        rng: source of all choices.
        probabilities: ``(6,)`` of float64, in the order of MUTATIONS.
        activations: ids that hidden nodes may have, of int64.
        record: Innovations, shared by the whole search; new splits are added to it.

    Raises:
        ValueError: no mutation with a probability above 0 is possible.
    """
    size = 0
    for enabled in genome.conns["enabled"]:
        size += enabled
    left = np.empty_like(probabilities)
    change = draw_change(genome, size, rng, probabilities, activations, record, left)
    return changed(genome, change)
