"""The network: a genome decoded for evaluation.

A decoded network lists, for each node in the order of evaluation, the nodes that it sums.
Values are numbered by row: row 0 is the bias, then the inputs, then the computed nodes,
the outputs last.  Disabled connections and nodes that reach no output are left out.

A recurrent network has a memory: rows behind the outputs, with the values that some of the computed
nodes had in the step before.  They are zero in the first step of an episode; a network that is not
recurrent has no such rows.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from wann.genome.genome import Genome, layers
from wann.genome.population import Population
from wann.jit import dual
from wann.network.decoding import decode_part
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
        memory: ``(M,)`` the rows that are remembered, ascending; what row ``memory[m]`` was in the
            step before is row ``1 + n_inputs + K + m``.
    """

    indptr: np.ndarray
    source: np.ndarray
    gene: np.ndarray
    activation: np.ndarray
    n_inputs: int
    n_outputs: int
    memory: np.ndarray


class Networks(NamedTuple):
    """A population of networks, packed: the arrays of Network end to end.

    Network i has the computed nodes ``start[i]`` to ``start[i + 1] - 1``, and so its part of
    ``memory``, by ``memory_start``; indptr counts edges over the whole.
    """

    start: np.ndarray
    indptr: np.ndarray
    source: np.ndarray
    gene: np.ndarray
    activation: np.ndarray
    n_inputs: int
    n_outputs: int
    memory_start: np.ndarray
    memory: np.ndarray

    @property
    def size(self) -> int:
        """Number of networks."""
        return len(self.start) - 1

    def part(self, first: int, last: int) -> "Networks":
        """Return networks ``first`` to ``last - 1``, sharing the arrays."""
        return self._replace(
            start=self.start[first : last + 1],
            memory_start=self.memory_start[first : last + 1],
        )

    def pick(self, members: np.ndarray) -> "Networks":
        """Return the networks with these indices, ``(M,)``, in arrays of their own: what travels to
        another process.
        """
        first, last = self.start[members], self.start[members + 1]
        nodes = _ranges(first, last)
        edges = _ranges(self.indptr[first], self.indptr[last])
        begin, end = self.memory_start[members], self.memory_start[members + 1]
        return self._replace(
            start=_offsets(last - first),
            indptr=_offsets(self.indptr[nodes + 1] - self.indptr[nodes]),
            source=self.source[edges],
            gene=self.gene[edges],
            activation=self.activation[nodes],
            memory_start=_offsets(end - begin),
            memory=self.memory[_ranges(begin, end)],
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
    memory_start, memory = np.empty(n + 1, np.int64), np.empty(room[-1], np.int64)
    start[0] = indptr[0] = memory_start[0] = 0

    def decode_to_room(first: int, last: int) -> tuple[int, int, int]:
        nodes, edges = room[first], tables.conn_start[first]
        rest = indptr[nodes:], source[edges:], gene[edges:], activation[nodes:], memory[nodes:]
        starts = start[first:], memory_start[first:]
        sizes: tuple[int, int, int] = decode_part(tables, first, last, *starts, *rest)
        return sizes

    parts = divided(tables.conn_start, n_parts)
    sizes = [(0, 0, 0), *in_threads(decode_to_room, parts)]
    n_nodes, n_edges, n_memory = np.cumsum(sizes, axis=0).T.tolist()
    networks = Networks(
        start,
        indptr[: n_nodes[-1] + 1],
        source[: n_edges[-1]],
        gene[: n_edges[-1]],
        activation[: n_nodes[-1]],
        tables.n_inputs,
        tables.n_outputs,
        memory_start,
        memory[: n_memory[-1]],
    )
    if len(parts) == 1:
        return networks
    arrays = (*Networks._fields[:5], *Networks._fields[7:])
    joined = networks._replace(**{name: np.empty_like(getattr(networks, name)) for name in arrays})
    joined.start[0] = joined.indptr[0] = joined.memory_start[0] = 0

    def join(first: int, last: int) -> None:
        k = parts.index((first, last))
        nodes, edges = slice(n_nodes[k], n_nodes[k + 1]), slice(n_edges[k], n_edges[k + 1])
        own, their = slice(first + 1, last + 1), slice(nodes.start + 1, nodes.stop + 1)
        at, size = room[first], nodes.stop - nodes.start
        np.add(start[own], n_nodes[k], out=joined.start[own])
        np.add(indptr[at + 1 : at + size + 1], n_edges[k], out=joined.indptr[their])
        joined.activation[nodes] = activation[at : at + size]
        np.add(memory_start[own], n_memory[k], out=joined.memory_start[own])
        kept = slice(n_memory[k], n_memory[k + 1])
        joined.memory[kept] = memory[at : at + kept.stop - kept.start]
        at, size = tables.conn_start[first], edges.stop - edges.start
        joined.source[edges], joined.gene[edges] = source[at : at + size], gene[at : at + size]

    in_threads(join, parts)
    return joined


def decode(genome: Genome) -> Network:
    """Return the network of one valid genome."""
    one: Any = network_at
    network: Network = one.py_func(decode_all([genome]), 0)
    return network


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
        networks.memory[networks.memory_start[i] : networks.memory_start[i + 1]],
    )


@dual
def most_rows(networks):
    """Return the most rows that any of the networks has, those of its memory too."""
    most = 0
    for i in range(networks.start.size - 1):
        nodes = networks.start[i + 1] - networks.start[i]
        most = max(most, nodes + networks.memory_start[i + 1] - networks.memory_start[i])
    return 1 + networks.n_inputs + most


@dual
def most_remembered(networks):
    """Return the most rows that any of the networks remembers."""
    most = 0
    for i in range(networks.start.size - 1):
        most = max(most, networks.memory_start[i + 1] - networks.memory_start[i])
    return most


def nodes_of(genome: Genome) -> list[int]:
    """Return the id of the node whose value each row of the decoded network holds."""
    sources: dict[int, list[int]] = {}
    for source, (_, target, enabled) in zip(
        genome.sources.tolist(), genome.conns.tolist(), strict=True
    ):
        if enabled:
            sources.setdefault(target, []).append(source)
    live = set(range(genome.n_fixed))
    found = list(live)
    while found:
        new = set(sources.get(found.pop(), ())) - live
        live |= new
        found += new
    # in the order of evaluation
    ids = genome.nodes["id"][np.argsort(layers(genome), kind="stable")].tolist()
    return [node for node in ids if node in live]
