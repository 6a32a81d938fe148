"""What a mutation does to a genome, and the child that comes of it: nothing here is by chance."""

from typing import NamedTuple

import numpy as np

from wann.genome.genome import CONNECTION, NODE, Genome, edges_and_layers
from wann.jit import compiled, dual


class Change(NamedTuple):
    """What a mutation does to a genome.

    Attributes:
        toggled: row of a connection that is enabled, or disabled; -1 for none.
        new_node: id of a node that is put into the toggled connection; -1 for none.
        node: row of a hidden node that gets another activation; -1 for none.
        activation: of the new node, or the other activation.
        share: in [0, 1): at this share of all pairs of nodes that may be connected anew is one that
            will be; negative for none.
        recurrent: whether the new connection is.
    """

    toggled: int
    new_node: int
    node: int
    activation: int
    share: float
    recurrent: bool


#: of elites
NO_CHANGE = Change(-1, -1, -1, 0, -1.0, False)


@dual
def grown_sizes(genome, change):
    """Return how many nodes and connections a child has."""
    new_node, new_pair = int(change.new_node >= 0), int(change.share >= 0.0)
    return genome.nodes.size + new_node, genome.conns.size + 2 * new_node + new_pair


@compiled
def write_child(genome, change, nodes, conns):
    """Write a genome with a change to tables of ``grown_sizes``."""
    n_nodes, n_conns, row = genome.nodes.size, genome.conns.size, change.toggled
    for k in range(n_nodes):
        nodes[k] = genome.nodes[k]
    for k in range(n_conns):
        conns[k] = genome.conns[k]
    if row >= 0:
        conns["enabled"][row] = not conns["enabled"][row]
    if change.node >= 0:
        nodes["activation"][change.node] = change.activation
    if change.new_node >= 0:
        source, target = genome.conns["source"][row], genome.conns["target"][row]
        insert_node(nodes, n_nodes, change.new_node, change.activation)
        insert_connection(conns, n_conns, source, change.new_node)
        insert_connection(conns, n_conns + 1, change.new_node, target)
    if change.share >= 0.0:
        if change.recurrent:
            source, target = free_recurrent_pair(genome, change.share)
        else:
            source, target = free_pair(genome, change.share)
        insert_connection(conns, n_conns, source, target)


@compiled
def insert_node(nodes, n, new, activation):
    """Put a node into its place by id among the first n, the later ones move."""
    row = n
    while row > 0 and nodes["id"][row - 1] > new:
        nodes[row] = nodes[row - 1]
        row -= 1
    nodes["id"][row], nodes["activation"][row] = new, activation


@compiled
def insert_connection(conns, n, source, target):
    """Put an enabled connection into its place by (target, source) among the first n, likewise."""
    row = n
    while row > 0 and (conns["target"][row - 1], conns["source"][row - 1]) > (target, source):
        conns[row] = conns[row - 1]
        row -= 1
    conns["source"][row], conns["target"][row], conns["enabled"][row] = source, target, True


@compiled
def free_pair(genome, share):
    """Return the (source, target) at this share in [0, 1) of all that may be connected anew.

    (-1, -1) if none may.
    """
    ids, n = genome.nodes["id"], genome.nodes.size
    first_output, first_hidden = 1 + genome.n_inputs, 1 + genome.n_inputs + genome.n_outputs
    source, start, layer = edges_and_layers(genome)
    # how many possible sources each layer has below it
    below = np.zeros(layer[first_output] + 1, np.int64)
    for row in range(n):
        if row < first_output or row >= first_hidden:
            below[layer[row] + 1] += 1
    for k in range(1, below.size):
        below[k] += below[k - 1]
    n_free = 0
    first = start.copy()  # that is not recurrent: all these come from a lower layer
    for row in range(first_output, n):
        while first[row] < start[row + 1] and source[first[row]] >= n:
            first[row] += 1
        n_free += below[layer[row]] - (start[row + 1] - first[row])
    place = int(share * n_free)
    for row in range(first_output, n):
        free = below[layer[row]] - (start[row + 1] - first[row])
        if place < free:
            taken = np.zeros(n, np.bool_)
            for k in range(first[row], start[row + 1]):
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
        place -= free
    return -1, -1


@compiled
def free_recurrent_pair(genome, share):
    """Return the (source, target) at this share in [0, 1) of all recurrent ones that may be
    connected anew: from a hidden node or an output to one that lies in no higher layer.

    (-1, -1) if none may.
    """
    ids, n, first_output = genome.nodes["id"], genome.nodes.size, 1 + genome.n_inputs
    source, start, layer = edges_and_layers(genome)
    # how many possible sources each layer has, and those above it
    above = np.zeros(layer[first_output] + 1, np.int64)
    for row in range(first_output, n):
        above[layer[row]] += 1
    for k in range(above.size - 1, 0, -1):
        above[k - 1] += above[k]
    free, n_free = np.zeros(n, np.int64), 0
    for row in range(first_output, n):
        free[row] = above[layer[row]]
        for k in range(start[row], start[row + 1]):
            # a node may have come to lie above the source of what is connected since
            free[row] -= source[k] >= n and layer[source[k] - n] >= layer[row]
        n_free += free[row]
    place = int(share * n_free)
    for row in range(first_output, n):
        if place < free[row]:
            taken = np.zeros(n, np.bool_)
            for k in range(start[row], start[row + 1]):
                if source[k] >= n:
                    taken[source[k] - n] = True
            for other in range(first_output, n):
                if layer[other] >= layer[row] and not taken[other]:
                    if place == 0:
                        return -1 - ids[other], ids[row]
                    place -= 1
        place -= free[row]
    return -1, -1


@compiled
def changed(genome, change):
    """Return a genome with a change."""
    n_nodes, n_conns = grown_sizes(genome, change)
    nodes, conns = np.empty(n_nodes, NODE), np.empty(n_conns, CONNECTION)
    write_child(genome, change, nodes, conns)
    return Genome(genome.n_inputs, genome.n_outputs, nodes, conns)
