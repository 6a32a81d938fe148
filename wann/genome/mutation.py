"""Variation: the paper's four mutations, of which every child gets exactly one.

An operator draws what is to be changed in a genome: it returns (possible, Change).  ``changed``
makes the child of it.  The draws of a generation follow one another, as they share a random stream
and the ids of new nodes; the children do not, so that all cores make them
(``wann.genome.breeding``).  All of this is compiled: a child takes about two microseconds.
Source: Gaier & Ha 2019, section 3.1 and figure 3; enabling a connection is in their released code.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import types
from numba.typed import Dict

from wann.genome.genome import CONNECTION, NODE, Genome, find_layers, rows_of
from wann.jit import compiled, dual

#: The order in which ``mutate`` takes the probabilities.
MUTATIONS = ("add_connection", "add_node", "enable_connection", "change_activation")
ADD_CONNECTION, ADD_NODE, ENABLE_CONNECTION, CHANGE_ACTIVATION = range(4)
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
    split = (int(source), int(target), 0)
    while True:
        if split not in record.ids:
            record.ids[split] = record.first_id + len(record.ids)
        node = record.ids[split]
        if not (ids == node).any():
            return node
        split = (split[0], split[1], split[2] + 1)


@dual
def below(rng, n):
    """Return a number from 0 to n - 1."""
    return int(rng.random() * n)


@compiled
def pick(rng, flags, wanted):
    """Return a random row whose flag is as wanted, each equally likely; -1 if there is none."""
    n = 0
    for row in range(flags.size):
        if flags[row] == wanted:
            n += 1
    place = below(rng, n) if n > 0 else 0
    for row in range(flags.size):
        if flags[row] == wanted:
            if place == 0:
                return row
            place -= 1
    return -1


@compiled
def with_connection(conns, source, target):
    """Return the connections with one more, enabled, in its place by (target, source)."""
    grown = np.empty(conns.size + 1, CONNECTION)
    row = conns.size
    while row > 0 and (conns["target"][row - 1], conns["source"][row - 1]) > (target, source):
        grown[row] = conns[row - 1]
        row -= 1
    for k in range(row):
        grown[k] = conns[k]
    grown["source"][row], grown["target"][row], grown["enabled"][row] = source, target, True
    return grown


@compiled
def with_node(nodes, new, activation):
    """Return the nodes with one more, in its place by id."""
    grown = np.empty(nodes.size + 1, NODE)
    row = nodes.size
    while row > 0 and nodes["id"][row - 1] > new:
        grown[row] = nodes[row - 1]
        row -= 1
    for k in range(row):
        grown[k] = nodes[k]
    grown["id"][row], grown["activation"][row] = new, activation
    return grown


class Change(NamedTuple):
    """What a mutation changes in a genome.

    Attributes:
        kind: index into MUTATIONS.
        row: of the connection that is split or enabled, or of the node that gets an activation.
        node: id of a new node.
        activation: of the new node, or the new one of the node.
        share: in [0, 1), of all pairs of nodes that may be connected anew.
    """

    kind: int
    row: int = 0
    node: int = 0
    activation: int = 0
    share: float = 0.0


@compiled
def change(kind, row, node, activation, share):
    """Return a Change whose numbers have the same types, whatever is given."""
    return Change(int(kind), int(row), int(node), int(activation), float(share))


@compiled
def add_connection(genome, rng):
    """Connect two unconnected nodes, the source in a lower layer: each such pair is equally
    likely.
    """
    return has_free_pair(genome), change(ADD_CONNECTION, 0, 0, 0, rng.random())


@compiled
def add_node(genome, rng, activations, record):
    """Split a random enabled connection: disable it and lead it through a new node."""
    row = pick(rng, genome.conns["enabled"], True)
    if row < 0:
        return False, change(ADD_NODE, row, 0, 0, 0.0)
    conn = genome.conns[row]
    new = node_of_split(record, genome.nodes["id"], conn["source"], conn["target"])
    activation = activations[below(rng, activations.size)]
    return True, change(ADD_NODE, row, new, activation, 0.0)


@compiled
def enable_connection(genome, rng):
    """Enable a random disabled connection."""
    row = pick(rng, genome.conns["enabled"], False)
    return row >= 0, change(ENABLE_CONNECTION, row, 0, 0, 0.0)


@compiled
def change_activation(genome, rng, activations):
    """Give a random hidden node another activation."""
    n_fixed = 1 + genome.n_inputs + genome.n_outputs
    if genome.nodes.size == n_fixed:
        return False, change(CHANGE_ACTIVATION, 0, 0, 0, 0.0)
    row = n_fixed + below(rng, genome.nodes.size - n_fixed)
    choice = pick(rng, activations == genome.nodes["activation"][row], False)
    activation = activations[max(choice, 0)]
    return choice >= 0, change(CHANGE_ACTIVATION, row, 0, activation, 0.0)


@compiled
def changed(genome, change):
    """Return the child: the genome, which is left as it is, with one change."""
    nodes, conns = genome.nodes, genome.conns
    if change.kind == ADD_CONNECTION:
        source, target = free_pair(genome, change.share)
        conns = with_connection(conns, source, target)
    elif change.kind == ADD_NODE:
        source, target = conns["source"][change.row], conns["target"][change.row]
        conns = conns.copy()
        conns["enabled"][change.row] = False
        conns = with_connection(with_connection(conns, source, change.node), change.node, target)
        nodes = with_node(nodes, change.node, change.activation)
    elif change.kind == ENABLE_CONNECTION:
        conns = conns.copy()
        conns["enabled"][change.row] = True
    else:
        nodes = nodes.copy()
        nodes["activation"][change.row] = change.activation
    return Genome(genome.n_inputs, genome.n_outputs, nodes, conns)


@compiled
def has_free_pair(genome):
    """Return whether two nodes may be connected anew."""
    n_values, n_out = 1 + genome.n_inputs, genome.n_outputs
    n_hidden = genome.nodes.size - n_values - n_out
    # inputs to all, and hidden nodes to outputs, whatever the layers
    always = n_values * (n_hidden + n_out) + n_hidden * n_out
    return genome.conns.size < always or free_pair(genome, 0.0)[1] >= 0


@compiled
def free_pair(genome, share):
    """Return the (source, target) at this share in [0, 1) of all that may be connected anew.

    (-1, -1) if none may.
    """
    ids, n = genome.nodes["id"], genome.nodes.size
    first_output, first_hidden = 1 + genome.n_inputs, 1 + genome.n_inputs + genome.n_outputs
    source, target = rows_of(ids, genome.conns["source"]), rows_of(ids, genome.conns["target"])
    layer = find_layers(genome.n_inputs, genome.n_outputs, n, source, target)
    # how many possible sources each layer has below it
    below = np.zeros(layer[first_output] + 1, np.int64)
    for row in range(n):
        if row < first_output or row >= first_hidden:
            below[layer[row] + 1] += 1
    for k in range(1, below.size):
        below[k] += below[k - 1]
    # per target; every connection that there is comes from a lower layer
    free = np.zeros(n, np.int64)
    for row in range(first_output, n):
        free[row] = below[layer[row]]
    for k in range(target.size):
        free[target[k]] -= 1
    place = int(share * free.sum())
    for row in range(first_output, n):
        if place < free[row]:
            taken = np.zeros(n, np.bool_)
            for k in range(target.size):
                if target[k] == row:
                    taken[source[k]] = True
            for other in range(n):
                if (
                    layer[other] < layer[row]
                    and not taken[other]
                    and not first_output <= other < first_hidden
                ):
                    if place == 0:
                        return ids[other], ids[row]
                    place -= 1
        place -= free[row]
    return -1, -1


@compiled
def mutation(genome, rng, probabilities, activations, record):
    """Return the one Change of a child; an impossible one is drawn again among the others.

    Args:
        genome: the parent.
        rng: source of all choices.
        probabilities: ``(4,)`` of float64, in the order of MUTATIONS.
        activations: ids that hidden nodes may have, of int64.
        record: Innovations, shared by the whole search; new splits are added to it.

    Raises:
        ValueError: no mutation with a probability above 0 is possible.
    """
    left = probabilities.copy()
    while left.sum() > 0.0:
        draw, kind = rng.random() * left.sum(), -1
        for k in range(left.size):
            # the last one stands if rounding leaves draw at 0
            if left[k] > 0.0 and (kind < 0 or draw >= 0.0):
                kind = k
                draw -= left[k]
        if kind == ADD_CONNECTION:
            possible, found = add_connection(genome, rng)
        elif kind == ADD_NODE:
            possible, found = add_node(genome, rng, activations, record)
        elif kind == ENABLE_CONNECTION:
            possible, found = enable_connection(genome, rng)
        else:
            possible, found = change_activation(genome, rng, activations)
        if possible:
            return found
        left[kind] = 0.0
    raise ValueError("no mutation is possible: allow more kinds of it")


@compiled
def mutate(genome, rng, probabilities, activations, record):
    """Return a child with exactly one mutation; the arguments are those of ``mutation``."""
    return changed(genome, mutation(genome, rng, probabilities, activations, record))
