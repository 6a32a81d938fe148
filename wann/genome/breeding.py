"""The children of a whole generation: drawn one after the other, written side by side."""

import numpy as np

from wann.genome.change import NO_CHANGE, grown_sizes, write_child
from wann.genome.genome import CONNECTION, NODE
from wann.genome.mutation import Innovations, draw_change
from wann.genome.population import Population, Tables, genome_at
from wann.jit import compiled
from wann.threads import divided, in_threads

CHANGE = np.dtype(
    [
        ("toggled", np.int64),
        ("new_node", np.int64),
        ("node", np.int64),
        ("activation", np.int64),
        ("share", np.float64),
        ("recurrent", np.bool_),
    ]
)


def breed(
    population: Population,
    elites: np.ndarray,
    parents: np.ndarray,
    rng: np.random.Generator,
    probabilities: np.ndarray,
    activations: np.ndarray,
    record: Innovations,
    n_parts: int | None = None,
) -> Population:
    """Return the next generation: the elites as they are, then a child of each parent.

    Args:
        population: the last generation.
        elites: ``(E,)`` which of it stay.
        parents: ``(N - E,)`` which of it get a child.
        rng: source of all choices.
        probabilities: as of ``wann.genome.mutation.mutate``.
        activations: likewise.
        record: likewise.
        n_parts: how many threads share the work; by default all cores, if it is worth it.

    Raises:
        ValueError: no mutation with a probability above 0 is possible for a parent.
    """
    old, parents = population.tables, np.concatenate((elites, parents))
    changes, sizes = np.empty(len(parents), CHANGE), population.sizes[parents]
    node_start, conn_start = (np.zeros(len(parents) + 1, np.int64) for _ in range(2))
    # as many rows as there may be, so that the first are written while others are drawn
    most_nodes, most_conns = (
        np.concatenate(([0], np.cumsum(np.diff(start)[parents] + more)))
        for start, more in ((old.node_start, 1), (old.conn_start, 2))
    )
    nodes, conns = np.empty(most_nodes[-1], NODE), np.empty(most_conns[-1], CONNECTION)
    new = Tables(old.n_inputs, old.n_outputs, node_start, conn_start, nodes, conns)
    in_threads(
        lambda first, last: write_children(old, parents, changes, new, first, last),
        divided(most_conns, n_parts),
        lambda first, last: draw_changes(
            old, sizes, parents, len(elites), rng, probabilities, activations, record,
            changes, node_start, conn_start, first, last,
        ),
    )  # fmt: skip
    new = new._replace(nodes=nodes[: node_start[-1]], conns=conns[: conn_start[-1]])
    return Population(new, sizes)


@compiled
def draw_changes(
    tables, sizes, parents, n_elites, rng, probabilities, activations, record,
    changes, node_start, conn_start, first, last,
):  # fmt: skip
    """Fill in the change of children ``first`` to ``last - 1``, and where the nodes and connections
    of the next start; make their parents' sizes their own.
    """
    left = np.empty_like(probabilities)
    for k in range(first, last):
        genome, change = genome_at(tables, parents[k]), NO_CHANGE
        if k >= n_elites:
            change = draw_change(genome, sizes[k], rng, probabilities, activations, record, left)
        own = changes[k]
        own.toggled, own.new_node, own.node = change.toggled, change.new_node, change.node
        own.activation, own.share = change.activation, change.share
        own.recurrent = change.recurrent
        n_nodes, n_conns = grown_sizes(genome, change)
        # a connection is enabled, anew or again, or gives way to two
        disabled = (
            change.toggled >= 0 and change.new_node < 0 and genome.conns["enabled"][change.toggled]
        )
        sizes[k] += -1 if disabled else change.toggled >= 0 or change.share >= 0.0
        node_start[k + 1], conn_start[k + 1] = node_start[k] + n_nodes, conn_start[k] + n_conns


@compiled
def write_children(tables, parents, changes, new, first, last):
    """Write children ``first`` to ``last - 1`` to their places in the new tables."""
    for k in range(first, last):
        child = genome_at(new, k)
        write_child(genome_at(tables, parents[k]), changes[k], child.nodes, child.conns)
