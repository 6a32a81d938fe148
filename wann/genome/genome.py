"""The genome: a table of nodes and a table of connections, and nothing else.

Node ids: 0 is the bias (always 1), then the inputs, then the outputs, then hidden nodes.
A connection is identified by its (source, target).  Both tables are kept in canonical order
(nodes by id; connections by target, then source), so equal networks are equal arrays, and
arrays of a genome are never written to: operators return new genomes.
"""

from typing import NamedTuple

import numpy as np

from wann.jit import compiled
from wann.numeric.activations import ACTIVATIONS, LINEAR

NODE = np.dtype([("id", np.int32), ("activation", np.int32)])
CONNECTION = np.dtype([("source", np.int32), ("target", np.int32), ("enabled", np.bool_)])


class Genome(NamedTuple):
    """A feed-forward topology; it has no weights.

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


@compiled
def rows_of(ids, wanted):
    """Return the row of each wanted id in the ascending ids, which have it.

    Quickly where one repeats.
    """
    rows = np.empty(wanted.size, np.int64)
    for k in range(wanted.size):
        if k > 0 and wanted[k] == wanted[k - 1]:
            rows[k] = rows[k - 1]
            continue
        low, high = 0, ids.size - 1
        while low < high:
            middle = (low + high) // 2
            if ids[middle] < wanted[k]:
                low = middle + 1
            else:
                high = middle
        rows[k] = low
    return rows


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
def find_layers(n_inputs, n_outputs, n, sources, targets):
    """Return the layer of each of n nodes for connections given as rows of nodes.

    Empty if there is a cycle.
    """
    first_output = 1 + n_inputs
    out, start = grouped(sources, n)
    waiting = np.zeros(n, np.int64)
    for k in range(targets.size):
        waiting[targets[k]] += 1
    layer = np.zeros(n, np.int64)
    for i in range(first_output, n):
        layer[i] = 1
    ready = np.empty(n, np.int64)
    n_ready = 0
    for i in range(n):
        if waiting[i] == 0:
            ready[n_ready] = i
            n_ready += 1
    done = 0
    while done < n_ready:
        i = ready[done]
        done += 1
        for k in range(start[i], start[i + 1]):
            j = targets[out[k]]
            layer[j] = max(layer[j], layer[i] + 1)
            waiting[j] -= 1
            if waiting[j] == 0:
                ready[n_ready] = j
                n_ready += 1
    if done < n:
        return layer[:0]
    last = 0
    for i in range(first_output + n_outputs, n):
        last = max(last, layer[i])
    for i in range(first_output, first_output + n_outputs):
        layer[i] = last + 1
    return layer


@compiled
def layers_of(genome):
    """Return the layer of each node, or nothing if there is a cycle."""
    ids = genome.nodes["id"]
    sources, targets = rows_of(ids, genome.conns["source"]), rows_of(ids, genome.conns["target"])
    return find_layers(genome.n_inputs, genome.n_outputs, ids.size, sources, targets)


def layers(genome: Genome) -> np.ndarray:
    """Return the layer of each node, ``(N,)``: the longest path from the inputs, all outputs last.

    Disabled connections count, so that enabling one can never close a cycle.  A source always
    has a lower layer than its target: this says which new connections are allowed, in which
    order nodes are evaluated, and in which column they are drawn.

    Raises:
        ValueError: the connections form a cycle.
    """
    layer = layers_of(genome)
    if layer.size < len(genome.nodes):
        raise ValueError("connections form a cycle; a weight-agnostic network is feed-forward")
    return layer


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
    for end in ("source", "target"):
        missing = conns[end][~np.isin(conns[end], ids)]
        if missing.size:
            raise ValueError(f"a connection has the {end} {missing[0]}, which is no node")
    into = conns["target"] < n_sources
    if np.any(into):
        raise ValueError(
            f"a connection leads into node {conns['target'][into][0]}: bias and inputs have no"
            " in-edges"
        )
    out_of = (conns["source"] >= n_sources) & (conns["source"] < genome.n_fixed)
    if np.any(out_of):
        raise ValueError(
            f"a connection leaves output {conns['source'][out_of][0]}: outputs have no out-edges"
        )
    pair = conns["target"].astype(np.int64) << 32 | conns["source"]
    if np.any(np.diff(pair) == 0):
        twice = conns[1:][np.diff(pair) == 0][0]
        raise ValueError(f"the connection {twice['source']} -> {twice['target']} is there twice")
    if np.any(np.diff(pair) < 0):
        raise ValueError("connections must be in the order of (target, source); use make_genome")
    layers(genome)
