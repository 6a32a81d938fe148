"""The next generation: what mutates in each child is drawn, then all cores make the children."""

from typing import Any

import numpy as np

from wann.cores import in_chunks
from wann.genome.genome import CONNECTION, NODE
from wann.genome.mutation import (
    ADD_CONNECTION,
    ADD_NODE,
    Change,
    change,
    changed,
    mutation,
)
from wann.genome.population import Tables, genome_at
from wann.jit import compiled

CHANGE = np.dtype([(name, np.float64 if name == "share" else np.int64) for name in Change._fields])


@compiled
def draw_changes(tables, parents, rng, probabilities, activations, record, changes):
    """Fill changes, ``(children,)``, with the mutation of each child."""
    for k in range(parents.size):
        parent = genome_at(tables, parents[k])
        found = mutation(parent, rng, probabilities, activations, record)
        changes["kind"][k], changes["row"][k], changes["node"][k] = (
            found.kind,
            found.row,
            found.node,
        )
        changes["activation"][k], changes["share"][k] = found.activation, found.share


@compiled
def put_genomes(tables, sources, changes, n_elites, first, last, new):
    """Put the genomes ``first`` to ``last - 1`` of a generation in their places in its tables."""
    for k in range(first, last):
        genome = genome_at(tables, sources[k])
        if k >= n_elites:
            c = changes[k - n_elites]
            genome = changed(
                genome, change(c["kind"], c["row"], c["node"], c["activation"], c["share"])
            )
        for row in range(genome.nodes.size):
            new.nodes[new.node_start[k] + row] = genome.nodes[row]
        for row in range(genome.conns.size):
            new.conns[new.conn_start[k] + row] = genome.conns[row]


def breed(
    tables: Tables,
    elites: np.ndarray,
    parents: np.ndarray,
    rng: np.random.Generator,
    probabilities: np.ndarray,
    activations: np.ndarray,
    record: Any,
    threads: int | None = None,
) -> Tables:
    """Return the tables of the next generation: the elites as they are, then a child of each
    parent.

    The same for any number of threads.

    Args:
        tables: of the present one.
        elites: indices of genomes.
        parents: indices of genomes.
        rng: see ``mutation``, also for ``probabilities``, ``activations`` and ``record``.
        probabilities: of the mutations.
        activations: that hidden nodes may have.
        record: of all splits.
        threads: that make children; by default as many as there are cores.

    Raises:
        ValueError: no mutation with a probability above 0 is possible.
    """
    changes = np.empty(len(parents), CHANGE)
    draw_changes(tables, parents, rng, probabilities, activations, record, changes)
    sources = np.concatenate((elites, parents))
    n_nodes, n_conns = np.diff(tables.node_start)[sources], np.diff(tables.conn_start)[sources]
    n_nodes[len(elites) :] += changes["kind"] == ADD_NODE
    n_conns[len(elites) :] += (changes["kind"] == ADD_CONNECTION) + 2 * (
        changes["kind"] == ADD_NODE
    )
    node_start, conn_start = (np.concatenate(([0], np.cumsum(n))) for n in (n_nodes, n_conns))
    nodes, conns = np.empty(node_start[-1], NODE), np.empty(conn_start[-1], CONNECTION)
    new = Tables(tables.n_inputs, tables.n_outputs, node_start, conn_start, nodes, conns)
    in_chunks(
        len(sources),
        lambda first, last: put_genomes(tables, sources, changes, len(elites), first, last, new),
        threads,
    )
    return new
