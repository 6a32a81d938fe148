"""A population: the genomes of one generation, their tables packed end to end for compiled code."""

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple, overload

import numpy as np

from wann.genome.genome import CONNECTION, NODE, Genome
from wann.jit import compiled, dual
from wann.threads import divided, in_threads


class Tables(NamedTuple):
    """Packed genomes: genome i has the nodes ``node_start[i]`` to ``node_start[i + 1] - 1``, and so
    its connections.

    Attributes:
        n_inputs, n_outputs: as of every genome.
        node_start: ``(N + 1,)`` of int64.
        conn_start: ``(N + 1,)`` of int64.
        nodes: of dtype NODE.
        conns: of dtype CONNECTION.
    """

    n_inputs: int
    n_outputs: int
    node_start: np.ndarray
    conn_start: np.ndarray
    nodes: np.ndarray
    conns: np.ndarray


@dual
def genome_at(tables, i):
    """Return genome i, whose arrays are views of the tables."""
    return Genome(
        tables.n_inputs,
        tables.n_outputs,
        tables.nodes[tables.node_start[i] : tables.node_start[i + 1]],
        tables.conns[tables.conn_start[i] : tables.conn_start[i + 1]],
    )


@compiled
def count_enabled(tables, sizes, first, last):
    """Fill the sizes of genomes ``first`` to ``last - 1``."""
    enabled = tables.conns["enabled"]
    for i in range(first, last):
        n = 0
        for k in range(tables.conn_start[i], tables.conn_start[i + 1]):
            n += enabled[k]
        sizes[i] = n


class Population(Sequence[Genome]):
    """A sequence of genomes of one task that compiled code takes as a whole.

    Attributes:
        tables: the packed genomes.
    """

    def __init__(self, tables: Tables, sizes: np.ndarray | None = None):
        """Use these tables, and sizes if they are known; they are never written to."""
        self.tables = tables
        if sizes is not None:
            self.sizes = sizes

    @classmethod
    def of(cls, genomes: Sequence[Genome]) -> "Population":
        """Pack genomes of one task, at least one; a population is returned as it is."""
        if isinstance(genomes, Population):
            return genomes
        nodes, conns = [genome.nodes for genome in genomes], [genome.conns for genome in genomes]
        node_start, conn_start = (
            np.cumsum([0] + [len(part) for part in parts]) for parts in (nodes, conns)
        )
        all_nodes, all_conns = (
            np.concatenate(nodes, dtype=NODE),
            np.concatenate(conns, dtype=CONNECTION),
        )
        first = genomes[0]
        return cls(
            Tables(first.n_inputs, first.n_outputs, node_start, conn_start, all_nodes, all_conns)
        )

    def __len__(self) -> int:
        """Return the number of genomes."""
        return len(self.tables.node_start) - 1

    @overload
    def __getitem__(self, i: int) -> Genome: ...
    @overload
    def __getitem__(self, i: slice) -> list[Genome]: ...
    def __getitem__(self, i):
        """Return genome i, or a list of genomes."""
        if isinstance(i, slice):
            return [self[k] for k in range(*i.indices(len(self)))]
        if not -len(self) <= i < len(self):
            raise IndexError(f"genome {i} of a population of {len(self)}")
        return genome_at.py_func(self.tables, int(i) % len(self))

    @cached_property
    def sizes(self) -> np.ndarray:
        """Return the number of enabled connections of each genome, ``(N,)``."""
        sizes, start = np.empty(len(self), np.int64), self.tables.conn_start
        in_threads(lambda a, b: count_enabled(self.tables, sizes, a, b), divided(start))
        return sizes
