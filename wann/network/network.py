"""The network: a genome decoded for evaluation, and the forward pass.

A decoded network lists, for each node in the order of evaluation, the nodes that it sums.
Values are numbered by row: row 0 is the bias, then the inputs, then the computed nodes,
the outputs last.  Disabled connections and nodes that reach no output are left out.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numba.extending import overload

from wann.cores import in_chunks
from wann.genome.genome import Genome, find_layers, grouped, layers, rows_of
from wann.genome.population import Population, genome_at
from wann.jit import compiled, dual
from wann.numeric.activations import activate
from wann.numeric.memory import load, store


class Network(NamedTuple):
    """One decoded network with K computed nodes and E in-edges.

    Attributes:
        indptr: ``(K + 1,)``; node n sums the edges ``indptr[n]`` to ``indptr[n + 1] - 1``.
        source: ``(E,)`` row of the value at the start of each edge.
        gene: ``(E,)`` row of each edge in the genome's ``conns``, where individual weights are
            found.
        activation: ``(K,)`` activation id of each computed node.
        n_inputs: number of inputs, the bias not counted.
        n_outputs: number of outputs: the last computed nodes.
    """

    indptr: np.ndarray
    source: np.ndarray
    gene: np.ndarray
    activation: np.ndarray
    n_inputs: int
    n_outputs: int


class Networks(NamedTuple):
    """A population of networks, packed: the arrays of Network end to end.

    Network i has the computed nodes ``start[i]`` to ``start[i + 1] - 1``; indptr counts edges over
    the whole.
    """

    start: np.ndarray
    indptr: np.ndarray
    source: np.ndarray
    gene: np.ndarray
    activation: np.ndarray
    n_inputs: int
    n_outputs: int

    @property
    def size(self) -> int:
        """Number of networks."""
        return len(self.start) - 1

    def part(self, first: int, last: int) -> "Networks":
        """Return networks ``first`` to ``last - 1``, sharing the arrays."""
        return self._replace(start=self.start[first : last + 1])

    def pick(self, members: np.ndarray) -> "Networks":
        """Return the networks with these indices, ``(M,)``, in arrays of their own: what travels to
        another process.
        """
        first, last = self.start[members], self.start[members + 1]
        nodes = _ranges(first, last)
        edges = _ranges(self.indptr[first], self.indptr[last])
        return self._replace(
            start=_offsets(last - first),
            indptr=_offsets(self.indptr[nodes + 1] - self.indptr[nodes]),
            source=self.source[edges],
            gene=self.gene[edges],
            activation=self.activation[nodes],
        )


def _ranges(first: np.ndarray, last: np.ndarray) -> np.ndarray:
    """Return the numbers ``first[i]`` to ``last[i] - 1`` for each i, end to end."""
    lengths = last - first
    return np.arange(lengths.sum()) + np.repeat(first - _offsets(lengths)[:-1], lengths)


def _offsets(lengths: np.ndarray) -> np.ndarray:
    """Return where each of several ranges starts when they lie end to end, and where the last
    ends.
    """
    return np.concatenate(([0], np.cumsum(lengths)))


@compiled
def decode_tables(tables, first, last):
    """Return the Networks of the packed genomes ``first`` to ``last - 1``."""
    n_genomes, n_values = last - first, 1 + tables.n_inputs
    most_nodes = tables.node_start[last] - tables.node_start[first] - n_genomes * n_values
    most_edges = tables.conn_start[last] - tables.conn_start[first]
    start = np.zeros(n_genomes + 1, np.int64)
    indptr = np.zeros(most_nodes + 1, np.int64)
    activation = np.empty(most_nodes, np.int64)
    source, gene = np.empty(most_edges, np.int64), np.empty(most_edges, np.int64)
    n_nodes = n_edges = 0
    for g in range(first, last):
        genome = genome_at(tables, g)
        ids, enabled = genome.nodes["id"], genome.conns["enabled"]
        src, dst = rows_of(ids, genome.conns["source"]), rows_of(ids, genome.conns["target"])
        layer = find_layers(tables.n_inputs, tables.n_outputs, ids.size, src, dst)
        order, _ = grouped(layer, layer[n_values] + 1)  # inputs come first, outputs last
        _, edge_of = grouped(dst, ids.size)  # connections are sorted by target

        live = np.zeros(ids.size, np.bool_)
        for i in range(n_values, n_values + tables.n_outputs):
            live[i] = True
        for place in range(order.size - 1, n_values - 1, -1):
            node = order[place]
            if live[node]:
                for k in range(edge_of[node], edge_of[node + 1]):
                    if enabled[k]:
                        live[src[k]] = True

        row = np.arange(ids.size)  # of a node's value; inputs keep theirs
        n_rows = n_values
        for place in range(n_values, order.size):
            node = order[place]
            if not live[node]:
                continue
            row[node] = n_rows
            n_rows += 1
            for k in range(edge_of[node], edge_of[node + 1]):
                if enabled[k]:
                    source[n_edges] = row[src[k]]
                    gene[n_edges] = k
                    n_edges += 1
            activation[n_nodes] = genome.nodes["activation"][node]
            n_nodes += 1
            indptr[n_nodes] = n_edges
        start[g + 1 - first] = n_nodes
    return Networks(
        start,
        indptr[: n_nodes + 1],
        source[:n_edges],
        gene[:n_edges],
        activation[:n_nodes],
        tables.n_inputs,
        tables.n_outputs,
    )


@compiled
def put_networks(part, node, edge, network, whole):
    """Put packed networks into larger ones, from this node, edge and network on."""
    for k in range(part.start.size):
        whole.start[network + k] = node + part.start[k]
    for k in range(part.indptr.size):
        whole.indptr[node + k] = edge + part.indptr[k]
    for k in range(part.activation.size):
        whole.activation[node + k] = part.activation[k]
    for k in range(part.source.size):
        whole.source[edge + k], whole.gene[edge + k] = part.source[k], part.gene[k]


def decode_all(genomes: Sequence[Genome], threads: int | None = None) -> Networks:
    """Return the networks of valid genomes of one task, packed.

    Threads make them, as many as there are cores by default; it does not matter how many.
    """
    tables = Population.of(genomes).tables
    parts = in_chunks(
        len(tables.node_start) - 1, lambda first, last: decode_tables(tables, first, last), threads
    )
    if len(parts) == 1:
        return parts[0]
    places = [
        _offsets(np.array([len(getattr(part, name)) for part in parts]))
        for name in ("activation", "source")
    ]
    (nodes, edges), networks = places, _offsets(np.array([part.size for part in parts]))
    arrays: list[Any] = [np.empty(n, np.int64) for n in (networks[-1] + 1, nodes[-1] + 1)]
    arrays += [np.empty(n, np.int64) for n in (edges[-1], edges[-1], nodes[-1])]
    whole = Networks._make([*arrays, tables.n_inputs, tables.n_outputs])

    def put(first: int, last: int) -> None:
        for k in range(first, last):
            put_networks(parts[k], nodes[k], edges[k], networks[k], whole)

    in_chunks(len(parts), put, threads, least=1)
    return whole


def decode(genome: Genome) -> Network:
    """Return the network of one valid genome."""
    return Network(*decode_all([genome])[1:])


@dual
def network_at(networks, i):
    """Return network i of a packed population."""
    first, last = networks.start[i], networks.start[i + 1]
    return Network(
        networks.indptr[first : last + 1],
        networks.source,
        networks.gene,
        networks.activation[first:last],
        networks.n_inputs,
        networks.n_outputs,
    )


@dual
def forward_shared(net, weights, at, stride, values, lanes, proto):
    """Forward pass with one weight per lane, ``weights[at:]``: multiplied once per node, not per
    edge.
    """
    weight = load(weights, at, proto)
    row = (1 + net.n_inputs) * lanes
    k = net.indptr[0]
    for n in range(net.activation.size):
        end = net.indptr[n + 1]
        total = proto
        if k < end:
            total = load(values, net.source[k] * lanes, proto)
            k += 1
        while k < end:
            total = total + load(values, net.source[k] * lanes, proto)
            k += 1
        store(values, row, activate(net.activation[n], total * weight))
        row += lanes


@dual
def forward_individual(net, weights, at, stride, values, lanes, proto):
    """Forward pass with a row of weights per connection, ``stride`` apart, from ``weights[at]``
    on.
    """
    row = (1 + net.n_inputs) * lanes
    k = net.indptr[0]
    for n in range(net.activation.size):
        end = net.indptr[n + 1]
        total = proto
        while k < end:
            total = total + load(weights, at + net.gene[k] * stride, proto) * load(
                values, net.source[k] * lanes, proto
            )
            k += 1
        store(values, row, activate(net.activation[n], total))
        row += lanes


def forward(net, kind, weights, at, stride, values, lanes, proto):
    """Compute every node of ``values``, one row of ``lanes`` numbers per node (compiled code only).

    Args:
        net: the Network.
        kind: any array that is 1-D for shared weights, 2-D for individual ones.
        weights: where the weights of the lanes lie, with those at ``at`` first; see the two
            versions.
        at: row offset of the first weight.
        stride: distance between the weights of two connections, if they are individual.
        values: rows of bias and inputs filled in by the caller; the others are computed.
        lanes: ``width(proto)``.
        proto: zero, as a float or Lanes.
    """


@overload(forward, jit_options={"forceinline": True})
def _forward(net, kind, weights, at, stride, values, lanes, proto):
    version = forward_shared if kind.ndim == 1 else forward_individual
    return lambda net, kind, weights, at, stride, values, lanes, proto: version(
        net, weights, at, stride, values, lanes, proto
    )


@compiled
def forward_many(net, weights, inputs, outputs):
    """Fill outputs[w, s] with the last values for weights[w] and inputs[s]: as many as there is
    room for.
    """
    n_rows, n_kept = 1 + net.n_inputs + net.activation.size, outputs.shape[2]
    values = np.empty(n_rows)
    flat = weights.reshape(weights.size)
    n_weights = weights.size // weights.shape[0]
    for w in range(weights.shape[0]):
        for s in range(inputs.shape[0]):
            values[0] = 1.0
            for i in range(net.n_inputs):
                values[1 + i] = inputs[s, i]
            forward(net, weights, flat, w * n_weights, 1, values, 1, 0.0)
            for i in range(n_kept):
                outputs[w, s, i] = values[n_rows - n_kept + i]


def outputs_of(net: Network, weights: np.ndarray, inputs: np.ndarray) -> np.ndarray:
    """Return the network's outputs.

    Args:
        net: the decoded network.
        weights: ``(W,)`` shared weights, or ``(W, C)`` with one weight for each row of the genome's
            ``conns``.
        inputs: ``(S, n_inputs)`` samples, the bias not included.

    Returns: ``(W, S, n_outputs)``.

    Source: Gaier & Ha 2019, section 3: a node is activation(shared weight x sum of sources).
    """
    return _last_values(net, weights, inputs, net.n_outputs)


def values_of(net: Network, weights: np.ndarray, inputs: np.ndarray) -> np.ndarray:
    """Return the values of all rows, ``(W, S, 1 + n_inputs + K)``.

    The last ones are what ``outputs_of`` returns.
    """
    return _last_values(net, weights, inputs, 1 + net.n_inputs + len(net.activation))


def _last_values(net: Network, weights: np.ndarray, inputs: np.ndarray, n: int) -> np.ndarray:
    weights = np.ascontiguousarray(weights, np.float64)
    inputs = np.ascontiguousarray(inputs, np.float64)
    if inputs.ndim != 2 or inputs.shape[1] != net.n_inputs:
        raise ValueError(f"inputs has shape {inputs.shape}: must be (samples, {net.n_inputs})")
    individual = weights.ndim == 2 and weights.shape[1] > net.gene[
        net.indptr[0] : net.indptr[-1]
    ].max(initial=-1)
    # compiled code would read what lies beyond
    if not len(weights) or not (weights.ndim == 1 or individual):
        raise ValueError(
            f"weights has shape {weights.shape}: must be (W,), or (W, C) for the genome's C"
            " connections"
        )
    values = np.empty((len(weights), len(inputs), n))
    forward_many(net, weights, inputs, values)
    return values


def nodes_of(genome: Genome) -> list[int]:
    """Return the id of the node whose value each row of the decoded network holds."""
    sources: dict[int, list[int]] = {}
    for source, target, enabled in genome.conns.tolist():
        if enabled:
            sources.setdefault(target, []).append(source)
    # in the order of evaluation
    ids = genome.nodes["id"][np.argsort(layers(genome), kind="stable")].tolist()
    live = set(range(genome.n_fixed))
    for node in reversed(ids):
        if node in live:
            live.update(sources.get(node, ()))
    return [node for node in ids if node in live]
