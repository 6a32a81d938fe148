"""The slow twin of variation: plain lists, sets and dictionaries, and the same draws in the same
order.
"""

from functools import cache

import numpy as np

from wann.genome.genome import CONNECTION, NODE, Genome, make_genome
from wann.genome.mutation import MUTATIONS


def below(rng, n):
    """Return a number from 0 to n - 1."""
    return int(rng.random() * n)


def slow_layers(genome):
    """Return {node: layer} by recursion."""
    outputs = range(1 + genome.n_inputs, genome.n_fixed)

    @cache
    def depth(node):
        if node <= genome.n_inputs:
            return 0
        return 1 + max(
            (depth(s) for s, t, _ in genome.conns.tolist() if t == node and s >= 0), default=0
        )

    layer = {node: depth(node) for node, _ in genome.nodes.tolist() if node not in outputs}
    last = 1 + max(layer.values())
    return layer | dict.fromkeys(outputs, last)


def slow_operator(name, genome: Genome, rng, activations, ids, first_id):
    """Return the mutated genome, or None where the operator is impossible."""
    nodes, conns = genome.nodes.tolist(), [list(conn) for conn in genome.conns.tolist()]
    present = {(s, t) for s, t, _ in conns}
    known = {node for node, _ in nodes}
    if name == "add_connection":
        layer, share = slow_layers(genome), rng.random()
        outputs = range(1 + genome.n_inputs, genome.n_fixed)
        free = [
            (s, t) for t, _ in nodes for s, _ in nodes
            if s not in outputs and layer[s] < layer[t] and (s, t) not in present
        ]  # fmt: skip
        if not free:
            return None
        conns.append([*free[int(share * len(free))], True])
    elif name == "add_recurrent":
        layer, share = slow_layers(genome), rng.random()
        computed = [node for node, _ in nodes if node > genome.n_inputs]
        free = [
            (-1 - s, t) for t in computed for s in computed
            if layer[s] >= layer[t] and (-1 - s, t) not in present
        ]  # fmt: skip
        if not free:
            return None
        conns.append([*free[int(share * len(free))], True])
    elif name == "add_node":
        enabled = [conn for conn in conns if conn[2]]
        if not enabled:
            return None
        split = enabled[below(rng, len(enabled))]
        source, target, repetition = split[0], split[1], 0
        while ids.setdefault((source, target, repetition), first_id + len(ids)) in known:
            repetition += 1
        new = ids[source, target, repetition]
        nodes.append((new, activations[below(rng, len(activations))]))
        split[2] = False
        conns += [[source, new, True], [new, target, True]]
    elif name == "enable_connection":
        disabled = [conn for conn in conns if not conn[2]]
        if not disabled:
            return None
        disabled[below(rng, len(disabled))][2] = True
    elif name == "disable_connection":
        enabled = [conn for conn in conns if conn[2]]
        if len(enabled) < 2:
            return None
        enabled[below(rng, len(enabled))][2] = False
    else:
        n_hidden = len(nodes) - genome.n_fixed
        if not n_hidden:
            return None
        row = genome.n_fixed + below(rng, n_hidden)
        others = [code for code in activations if code != nodes[row][1]]
        if not others:
            return None
        nodes[row] = (nodes[row][0], others[below(rng, len(others))])
    tables = np.array(nodes, NODE), np.array([tuple(conn) for conn in conns], CONNECTION)
    return make_genome(genome.n_inputs, genome.n_outputs, *tables)


def slow_mutate(genome: Genome, rng, probabilities, activations, ids, first_id) -> Genome:
    """Return a child; ``ids`` maps splits to nodes and grows."""
    left = dict(zip(MUTATIONS, probabilities, strict=False))
    while True:
        draw = rng.random() * sum(left.values())
        for name, p in left.items():  # noqa: B007 - the one at which draw falls below 0
            draw -= p
            if draw < 0:
                break
        child = slow_operator(name, genome, rng, activations, ids, first_id)
        if child is not None:
            return child
        del left[name]
