"""The network: a genome decoded for evaluation, and the forward pass.

A decoded network lists, for each node in the order of evaluation, the nodes that it sums.
Values are numbered by row: row 0 is the bias, then the inputs, then the computed nodes,
the outputs last.  Disabled connections and nodes that reach no output are left out.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numba.extending import overload

from wann.genome.genome import Genome, layers
from wann.genome.population import Population
from wann.jit import compiled, dual
from wann.network.decoding import decode_part
from wann.numeric.activations import activate
from wann.numeric.memory import load, store
from wann.threads import divided, in_threads


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


def decode_all(genomes: Sequence[Genome], n_parts: int | None = None) -> Networks:
    """Return the networks of valid genomes of one task, packed.

    Args:
        genomes: at least one.
        n_parts: how many threads share the work; by default all cores, if it is worth it.
    """
    tables = Population.of(genomes).tables
    n = len(tables.node_start) - 1
    room = tables.node_start - (1 + tables.n_inputs) * np.arange(n + 1)  # for computed nodes
    start, indptr = np.empty(n + 1, np.int64), np.empty(room[-1] + 1, np.int64)
    activation = np.empty(room[-1], np.int64)
    source, gene = np.empty(len(tables.conns), np.int64), np.empty(len(tables.conns), np.int64)
    start[0] = indptr[0] = 0

    def decode_to_room(first: int, last: int) -> tuple[int, int]:
        nodes, edges = room[first], tables.conn_start[first]
        rest = indptr[nodes:], source[edges:], gene[edges:], activation[nodes:]
        sizes: tuple[int, int] = decode_part(tables, first, last, start[first:], *rest)
        return sizes

    parts = divided(tables.conn_start, n_parts)
    n_nodes, n_edges = np.cumsum([(0, 0), *in_threads(decode_to_room, parts)], axis=0).T.tolist()
    networks = Networks(
        start,
        indptr[: n_nodes[-1] + 1],
        source[: n_edges[-1]],
        gene[: n_edges[-1]],
        activation[: n_nodes[-1]],
        tables.n_inputs,
        tables.n_outputs,
    )
    if len(parts) == 1:
        return networks
    joined = networks._replace(
        **{name: np.empty_like(getattr(networks, name)) for name in Networks._fields[:5]}
    )
    joined.start[0] = joined.indptr[0] = 0

    def join(first: int, last: int) -> None:
        k = parts.index((first, last))
        nodes, edges = slice(n_nodes[k], n_nodes[k + 1]), slice(n_edges[k], n_edges[k + 1])
        own, their = slice(first + 1, last + 1), slice(nodes.start + 1, nodes.stop + 1)
        at, size = room[first], nodes.stop - nodes.start
        np.add(start[own], n_nodes[k], out=joined.start[own])
        np.add(indptr[at + 1 : at + size + 1], n_edges[k], out=joined.indptr[their])
        joined.activation[nodes] = activation[at : at + size]
        at, size = tables.conn_start[first], edges.stop - edges.start
        joined.source[edges], joined.gene[edges] = source[at : at + size], gene[at : at + size]

    in_threads(join, parts)
    return joined


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
