"""Variation: the paper's four mutations, of which every child gets exactly one.

An operator takes a genome and returns a new one, or None where it is impossible.
Source: Gaier & Ha 2019, section 3.1 and figure 3; enabling a connection is in their released code.
"""

from collections.abc import Sequence

import numpy as np

from wann.genome import Genome, find_layers, rows_of
from wann.jit import compiled


class Innovations:
    """Node ids by the connection that was split: the same split in two genomes is the same node.

    A genome can split one connection again after it was enabled again; its second split has an
    id of its own, also shared.  Ids are given in the order of first use.
    """

    def __init__(self, first_id: int, splits: Sequence[Sequence[int]] = ()):
        """Start at ``first_id``; ``splits`` restores the (source, target, repetition) of the ids given so far."""
        self.first_id = first_id
        self.ids = {tuple(int(v) for v in split): first_id + k for k, split in enumerate(splits)}

    def node_id(self, genome: Genome, source: int, target: int) -> int:
        """Return the id of the node that splits source -> target in this genome."""
        repetition = 0
        while True:
            node = self.ids.setdefault((source, target, repetition), self.first_id + len(self.ids))
            row = np.searchsorted(genome.nodes["id"], node)
            if row == len(genome.nodes) or genome.nodes["id"][row] != node:
                return node
            repetition += 1

    def splits(self) -> np.ndarray:
        """Return the ``(n, 3)`` splits in the order of their ids, to restore from."""
        return np.array(list(self.ids), np.int32).reshape(-1, 3)


def _draw(rng: np.random.Generator, n: int) -> int:
    """Return a number from 0 to n - 1; five times as fast as rng.integers."""
    return int(rng.random() * n)


def _inserted(table: np.ndarray, row: int, *values) -> np.ndarray:
    """Return the table with one more row, before ``row``."""
    grown = np.empty(len(table) + 1, table.dtype)
    grown[:row], grown[row], grown[row + 1 :] = table[:row], values, table[row:]
    return grown


def _with_connection(conns: np.ndarray, source: int, target: int) -> np.ndarray:
    """Return the connections with one more, enabled, in its place by (target, source)."""
    first, last = np.searchsorted(conns["target"], (target, target + 1))
    row = first + np.searchsorted(conns["source"][first:last], source)
    return _inserted(conns, row, source, target, True)


def add_node(
    genome: Genome, rng: np.random.Generator, activations: Sequence[int], innovations: Innovations
) -> Genome | None:
    """Split a random enabled connection: disable it and lead it through a new node."""
    enabled = np.flatnonzero(genome.conns["enabled"])
    if not enabled.size:
        return None
    row = enabled[_draw(rng, enabled.size)]
    source, target = int(genome.conns["source"][row]), int(genome.conns["target"][row])
    new = innovations.node_id(genome, source, target)
    activation = activations[_draw(rng, len(activations))]
    conns = genome.conns.copy()
    conns["enabled"][row] = False
    conns = _with_connection(_with_connection(conns, source, new), new, target)
    nodes = _inserted(genome.nodes, int(np.searchsorted(genome.nodes["id"], new)), new, activation)
    return genome._replace(nodes=nodes, conns=conns)


def add_connection(genome: Genome, rng: np.random.Generator) -> Genome | None:
    """Connect two unconnected nodes, the source in a lower layer: each such pair is equally likely."""
    ids = np.ascontiguousarray(genome.nodes["id"])
    sources, targets = np.ascontiguousarray(genome.conns["source"]), np.ascontiguousarray(genome.conns["target"])
    source, target = free_pair(genome.n_inputs, genome.n_outputs, ids, sources, targets, rng.random())
    if target < 0:
        return None
    return genome._replace(conns=_with_connection(genome.conns, source, target))


@compiled
def free_pair(n_inputs, n_outputs, ids, sources, targets, share):
    """Return the (source, target) at this share in [0, 1) of all that may be connected anew; (-1, -1) if none may."""
    n, first_output, first_hidden = ids.size, 1 + n_inputs, 1 + n_inputs + n_outputs
    source, target = rows_of(ids, sources), rows_of(ids, targets)
    layer = find_layers(n_inputs, n_outputs, n, source, target)
    below = np.zeros(layer[first_output] + 1, np.int64)  # how many possible sources each layer has below it
    for row in range(n):
        if row < first_output or row >= first_hidden:
            below[layer[row] + 1] += 1
    for k in range(1, below.size):
        below[k] += below[k - 1]
    free = np.zeros(n, np.int64)  # per target; every connection that there is comes from a lower layer
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
                if layer[other] < layer[row] and not taken[other] and not first_output <= other < first_hidden:
                    if place == 0:
                        return ids[other], ids[row]
                    place -= 1
        place -= free[row]
    return -1, -1


def enable_connection(genome: Genome, rng: np.random.Generator) -> Genome | None:
    """Enable a random disabled connection."""
    disabled = np.flatnonzero(~genome.conns["enabled"])
    if not disabled.size:
        return None
    conns = genome.conns.copy()
    conns["enabled"][disabled[_draw(rng, disabled.size)]] = True
    return genome._replace(conns=conns)


def change_activation(genome: Genome, rng: np.random.Generator, activations: Sequence[int]) -> Genome | None:
    """Give a random hidden node another activation."""
    if not len(genome.hidden):
        return None
    row = genome.n_fixed + _draw(rng, len(genome.hidden))
    others = [code for code in activations if code != genome.nodes["activation"][row]]
    if not others:
        return None
    nodes = genome.nodes.copy()
    nodes["activation"][row] = others[_draw(rng, len(others))]
    return genome._replace(nodes=nodes)


def mutate(
    genome: Genome,
    rng: np.random.Generator,
    probabilities: dict[str, float],
    activations: Sequence[int],
    innovations: Innovations,
) -> Genome:
    """Return a child with exactly one mutation; an impossible one is drawn again among the others.

    Args:
        genome: the parent, left as it is.
        rng: source of all choices.
        probabilities: of ``add_connection``, ``add_node``, ``enable_connection`` and ``change_activation``.
        activations: ids that hidden nodes may have.
        innovations: the record of splits, shared by the whole search.

    Raises:
        ValueError: no mutation with a probability above 0 is possible.
    """
    left = {name: p for name, p in probabilities.items() if p > 0}
    while left:
        draw = rng.random() * sum(left.values())
        for name, p in left.items():  # noqa: B007 - the last one stands when rounding leaves draw above 0
            draw -= p
            if draw < 0:
                break
        if name == "add_node":
            child = add_node(genome, rng, activations, innovations)
        elif name == "add_connection":
            child = add_connection(genome, rng)
        elif name == "enable_connection":
            child = enable_connection(genome, rng)
        else:
            child = change_activation(genome, rng, activations)
        if child is not None:
            return child
        del left[name]
    raise ValueError(f"no mutation is possible: allow more than {', '.join(probabilities)}")
