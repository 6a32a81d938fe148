"""The genome: a table of nodes and a table of connections, and nothing else.

Node ids: 0 is the bias (always 1), then the inputs, then the outputs, then hidden nodes.
A connection is identified by its (source, target).  One with the source -1 - id is recurrent: it
carries the value that the node ``id`` had in the step before, 0 in the first step of an episode.
Both tables are kept in canonical order (nodes by id; connections by target, then source), so equal
networks are equal arrays, and arrays of a genome are never written to: operators return new
genomes.
"""

from typing import NamedTuple

import numpy as np

from wann.jit import compiled
from wann.numeric.activations import ACTIVATIONS, LINEAR

NODE = np.dtype([("id", np.int32), ("activation", np.int32)])
CONNECTION = np.dtype([("source", np.int32), ("target", np.int32), ("enabled", np.bool_)])


class Genome(NamedTuple):
    """A topology; it has no weights.

    Attributes:
        n_inputs: number of inputs, the bias not counted.
        n_outputs: number of outputs.
        nodes: ``(N,)`` of dtype NODE, in the order of ids.
        conns: ``(C,)`` of dtype CONNECTION, in the order of (target, source).
    """

    n_inputs: int
    n_outputs: int
    nodes: np.ndarray
    conns: np.ndarray

    @property
    def n_fixed(self) -> int:
        """Number of nodes that every genome of the task has: bias, inputs and outputs."""
        return 1 + self.n_inputs + self.n_outputs

    @property
    def size(self) -> int:
        """Number of enabled connections: the paper's measure of complexity."""
        return int(np.count_nonzero(self.conns["enabled"]))

    @property
    def hidden(self) -> np.ndarray:
        """Rows of ``nodes`` that are hidden."""
        return self.nodes[self.n_fixed :]

    @property
    def recurrent(self) -> np.ndarray:
        """Which rows of ``conns`` carry the value of the step before, ``(C,)``."""
        return self.conns["source"] < 0

    @property
    def sources(self) -> np.ndarray:
        """Ids of the nodes whose value, of this step or the one before, connections carry,
        ``(C,)``.
        """
        return nodes_of_sources(self.conns["source"])


def make_genome(n_inputs: int, n_outputs: int, nodes: np.ndarray, conns: np.ndarray) -> Genome:
    """Return the genome with these node and connection rows, put in canonical order."""
    return Genome(
        n_inputs,
        n_outputs,
        nodes[np.argsort(nodes["id"])],
        conns[np.lexsort((conns["source"], conns["target"]))],
    )


def minimal_genome(
    n_inputs: int, n_outputs: int, init_enable: float, rng: np.random.Generator
) -> Genome:
    """Return a network without hidden nodes, each input-output connection enabled by chance.

    Args:
        n_inputs: number of inputs, the bias not counted.
        n_outputs: number of outputs; they are linear.
        init_enable: probability in [0, 1] that a connection is enabled; the others are present but
            disabled.
        rng: source of the choice.

    Source: Gaier & Ha 2019, section 3.1 (initialise).
    """
    nodes = np.zeros(1 + n_inputs + n_outputs, NODE)
    nodes["id"] = np.arange(len(nodes))
    nodes["activation"] = LINEAR
    conns = np.zeros((n_outputs, 1 + n_inputs), CONNECTION)
    conns["source"] = np.arange(1 + n_inputs)
    conns["target"] = 1 + n_inputs + np.arange(n_outputs)[:, None]
    conns["enabled"] = rng.random(conns.shape) < init_enable
    return Genome(n_inputs, n_outputs, nodes, conns.ravel())


def nodes_of_sources(source: np.ndarray) -> np.ndarray:
    """Return the ids of the nodes that sources mean, recurrent ones too."""
    return np.where(source < 0, ~source, source)


def node_of_source(source: int) -> int:
    """Return the id of the node that a source means."""
    return source if source >= 0 else ~source


def role_of(genome: Genome, node: int) -> str:
    """Return the role of a node id: bias, input, output or hidden."""
    if node == 0:
        return "bias"
    if node <= genome.n_inputs:
        return "input"
    return "output" if node < genome.n_fixed else "hidden"


def same_genome(a: Genome, b: Genome) -> bool:
    """Return whether two genomes of one task are the same network, node ids included."""
    return np.array_equal(a.nodes, b.nodes) and np.array_equal(a.conns, b.conns)


def renumbered(genome: Genome) -> Genome:
    """Return the same network with hidden nodes numbered on from the outputs, in their order."""
    ids = genome.nodes["id"]
    nodes, conns = genome.nodes.copy(), genome.conns.copy()
    nodes["id"] = np.arange(len(ids))
    conns["target"] = np.searchsorted(ids, conns["target"])
    rows = np.searchsorted(ids, genome.sources)
    conns["source"] = np.where(genome.recurrent, ~rows, rows)
    return genome._replace(nodes=nodes, conns=conns)


@compiled
def table_for(n):
    """Return the hash table that ``find_edges`` needs for genomes of up to n nodes."""
    size = 4
    while size < 2 * n:
        size *= 2
    return np.empty(size, np.int64)


@compiled
def find_edges(genome, source, start, table):
    """Find the connections into each node, which lie together; return whether any is recurrent.

    Fills ``start`` with the first connection into each row of ``nodes``, and their number at the
    end, and ``source`` with the row where each connection starts; rows of recurrent ones count on
    from the number of nodes.  ``table`` is from ``table_for``.
    """
    ids, sources, targets = genome.nodes["id"], genome.conns["source"], genome.conns["target"]
    n, n_fixed = ids.size, 1 + genome.n_inputs + genome.n_outputs
    mask = table.size - 1
    table[:] = -1  # rows of hidden nodes by id: faster than a search, whose branches are chance
    for row in range(n_fixed, n):
        slot = ids[row] & mask
        while table[slot] >= 0:
            slot = (slot + 1) & mask
        table[slot] = row
    row = 1 + genome.n_inputs
    start[: row + 2] = 0
    signs = 0
    for k in range(targets.size):
        target = targets[k]
        sign = sources[k] >> 31  # -1 of recurrent ones: no branch, as it would be chance
        found = sources[k] ^ sign
        signs |= sign
        row += row < n - 1 and ids[row] < target  # the next one, mostly
        while row < n - 1 and ids[row] < target:
            row += 1
            start[row] = k
        start[row + 1] = k + 1
        if found >= n_fixed:
            slot = found & mask
            while table[slot] >= 0 and ids[table[slot]] != found:
                slot = (slot + 1) & mask
            found = max(table[slot], 0)
        source[k] = found + (n & sign)
    start[row + 2 : n + 1] = targets.size
    return signs < 0


@compiled
def grouped(keys, n):
    """Sort by key, 0 to n - 1, stably in linear time: return the order, and where each key starts
    in it.
    """
    start = np.zeros(n + 1, np.int64)
    for k in range(keys.size):
        start[keys[k] + 1] += 1
    for i in range(n):
        start[i + 1] += start[i]
    place, order = start.copy(), np.empty(keys.size, np.int64)
    for k in range(keys.size):
        order[place[keys[k]]] = k
        place[keys[k]] += 1
    return order, start


@compiled
def find_layers(n_inputs, n_outputs, n, source, start, layer, work):
    """Fill ``layer`` with the layer of each of n nodes, or return False if there is a cycle.

    Only connections between hidden nodes matter that are not recurrent; depth first, sources come
    before their targets.

    Args:
        n_inputs: number of inputs, the bias not counted.
        n_outputs: number of outputs.
        n: number of nodes.
        source: ``(C,)`` row of the source of each connection; of recurrent ones n or more.
        start: ``(n + 1,)`` the first connection into each row.
        layer: ``(n,)``.
        work: ``(2, n)``, for what it likes.
    """
    first_output, n_fixed = 1 + n_inputs, 1 + n_inputs + n_outputs
    stack, looked_at = work[0], work[1]
    for i in range(n):
        layer[i] = 0
    last = 0
    for root in range(n_fixed, n):
        if layer[root] > 0:
            continue
        depth = 0
        stack[0], looked_at[root], layer[root] = root, start[root + 1], -1
        while depth >= 0:
            node = stack[depth]
            # recurrent sources are the first ones, hidden ones the last; -1 - layer is the highest
            # of these so far
            k, first, highest = looked_at[node], start[node], -1 - layer[node]
            while k > first and source[k - 1] < n and layer[source[k - 1]] > 0:
                highest = max(highest, layer[source[k - 1]])
                k -= 1
            if k > first and n_fixed <= source[k - 1] < n:  # this source before the node
                before = source[k - 1]
                if layer[before] < 0:
                    return False
                looked_at[node], layer[node] = k, -1 - highest
                depth += 1
                stack[depth], looked_at[before], layer[before] = before, start[before + 1], -1
                continue
            layer[node] = highest + 1
            last = max(last, highest + 1)
            depth -= 1
    for i in range(first_output, n_fixed):
        layer[i] = last + 1
    return True


@compiled
def edges_and_layers(genome):
    """Return ``source`` and ``start`` of ``find_edges`` and the layer of each node; no layers if
    there is a cycle.
    """
    n = genome.nodes.size
    source, start = np.empty(genome.conns.size, np.int64), np.empty(n + 1, np.int64)
    layer, work = np.empty(n, np.int64), np.empty((2, n), np.int64)
    find_edges(genome, source, start, table_for(n))
    if not find_layers(genome.n_inputs, genome.n_outputs, n, source, start, layer, work):
        layer = layer[:0]
    return source, start, layer


def layers(genome: Genome) -> np.ndarray:
    """Return the layer of each node, ``(N,)``: the longest path from the inputs, all outputs last.

    Disabled connections count, so that enabling one can never close a cycle; recurrent ones do not.
    A source always has a lower layer than its target: this says which new connections are allowed,
    in which order nodes are evaluated, and in which column they are drawn.

    Raises:
        ValueError: the connections form a cycle.
    """
    layer: np.ndarray = edges_and_layers(genome)[2]
    if layer.size < len(genome.nodes):
        raise ValueError(
            "connections form a cycle; only recurrent ones, which carry the value of the step"
            " before, may close one"
        )
    return layer


def named(connection: np.ndarray) -> str:
    """Return a row of ``conns`` as a message shows it."""
    source, target, _ = connection.tolist()
    if source < 0:
        return f"{node_of_source(source)} -> {target} (recurrent)"
    return f"{source} -> {target}"


def check_genome(genome: Genome) -> None:
    """Raise ValueError naming the first rule that the genome breaks; see the module's docstring."""
    nodes, conns, n_sources = genome.nodes, genome.conns, 1 + genome.n_inputs
    ids = nodes["id"]
    if not np.array_equal(ids[: genome.n_fixed], np.arange(genome.n_fixed)):
        raise ValueError(
            f"the first {genome.n_fixed} nodes must be bias, inputs and outputs with ids 0, 1, 2, …"
        )
    if np.any(np.diff(ids) <= 0):
        raise ValueError(
            f"node ids must be unique and ascending; node {ids[1:][np.diff(ids) <= 0][0]} is not"
        )
    unknown = nodes[(nodes["activation"] < 1) | (nodes["activation"] > len(ACTIVATIONS))]
    if unknown.size:
        node = unknown[0]
        raise ValueError(
            f"node {node['id']} has activation {node['activation']}; known are 1 to"
            f" {len(ACTIVATIONS)}"
        )
    for end, found in (("source", genome.sources), ("target", conns["target"])):
        missing = found[~np.isin(found, ids)]
        if missing.size:
            raise ValueError(f"a connection has the {end} {missing[0]}, which is no node")
    into = conns["target"] < n_sources
    if np.any(into):
        raise ValueError(
            f"a connection leads into node {conns['target'][into][0]}: bias and inputs have no"
            " in-edges"
        )
    given = genome.sources[genome.recurrent & (genome.sources < n_sources)]
    if given.size:
        raise ValueError(
            f"a recurrent connection leaves node {given[0]}: only values that are computed, of"
            " hidden nodes and outputs, are kept for the next step"
        )
    out_of = (conns["source"] >= n_sources) & (conns["source"] < genome.n_fixed)
    if np.any(out_of):
        raise ValueError(
            f"a connection leaves output {conns['source'][out_of][0]}: only recurrent ones may"
        )
    pair = (conns["target"].astype(np.int64) << 32) + conns["source"]
    if np.any(np.diff(pair) == 0):
        twice = conns[1:][np.diff(pair) == 0][0]
        raise ValueError(f"the connection {named(twice)} is there twice")
    if np.any(np.diff(pair) < 0):
        raise ValueError("connections must be in the order of (target, source); use make_genome")
    layers(genome)
