"""Decoding in compiled code: packed genomes become the arrays of packed networks."""

import numpy as np

from wann.genome.genome import find_edges, find_layers, table_for
from wann.genome.population import genome_at
from wann.jit import compiled


@compiled
def decode_part(tables, first, last, start, memory_start, indptr, source, gene, activation, memory):
    """Decode genomes ``first`` to ``last - 1`` to the front of arrays that have room for all of
    their nodes and connections, and return how many computed nodes, edges and rows of memory there
    are.

    Offsets in ``start``, ``memory_start`` and ``indptr`` count from there on, too; what is before
    the first is left to the caller.
    """
    n_values, n_fixed = 1 + tables.n_inputs, 1 + tables.n_inputs + tables.n_outputs
    most = most_conns = 0
    for g in range(first, last):
        most = max(most, tables.node_start[g + 1] - tables.node_start[g])
        most_conns = max(most_conns, tables.conn_start[g + 1] - tables.conn_start[g])
    # indices without a sign need no check whether they count from the end
    src, edge_of = np.empty(most_conns, np.uint32), np.empty(most + 1, np.uint32)
    layer, work = np.empty(most, np.int64), np.empty((2, most), np.int64)
    # of the n nodes of a genome, and from n on of what is remembered of each
    table, live, row = table_for(most), np.empty(2 * most, np.bool_), np.empty(2 * most, np.uint32)
    order, place = np.empty(most, np.uint32), np.empty(most + 2, np.int64)
    for i in range(n_values):
        row[i] = i  # inputs keep their places

    n_nodes = n_edges = n_memory = 0
    for g in range(first, last):
        genome = genome_at(tables, g)
        n, enabled, codes = genome.nodes.size, genome.conns["enabled"], genome.nodes["activation"]
        recurrent = find_edges(genome, src, edge_of, table)
        find_layers(tables.n_inputs, tables.n_outputs, n, src, edge_of, layer, work)

        # computed nodes by layer, those of one layer by id: outputs are last
        n_layers = layer[n_values]
        for k in range(n_layers + 1):
            place[k] = 0
        for i in range(n_fixed, n):
            place[layer[i]] += 1  # counts of layers before, as layers of hidden nodes start at 1
        for k in range(1, n_layers + 1):
            place[k] += place[k - 1]
        for i in range(n_fixed, n):
            order[place[layer[i] - 1]] = i
            place[layer[i] - 1] += 1
        for i in range(tables.n_outputs):
            order[n - n_fixed + i] = n_values + i

        for i in range(2 * n if recurrent else n):
            live[i] = n_values <= i < n_fixed
        again = True
        while again:
            for k in range(n - n_values - 1, -1, -1):
                node = order[k]
                if live[node]:
                    for edge in range(edge_of[node], edge_of[node + 1]):
                        live[src[edge]] |= enabled[edge]
            again = False
            if recurrent:  # what is remembered is computed, too
                for i in range(n_values, n):
                    again = again or (live[n + i] and not live[i])
                    live[i] |= live[n + i]
        if recurrent:
            n_live = 0
            for i in range(n_values, n):
                n_live += live[i]
            n_rows, behind = n_values, n_values + n_live
            for k in range(n - n_values):
                node = order[k]
                if live[n + node]:
                    memory[n_memory], row[n + node] = n_rows, behind
                    n_memory += 1
                    behind += 1
                n_rows += live[node]
        memory_start[g - first + 1] = n_memory

        n_rows = n_values
        for k in range(n - n_values):
            node = order[k]
            if not live[node]:
                continue
            row[node] = n_rows
            n_rows += 1
            for edge in range(edge_of[node], edge_of[node + 1]):
                # one that is disabled is written over: faster than a branch that is chance
                source[n_edges], gene[n_edges] = row[src[edge]], edge
                n_edges += enabled[edge]
            activation[n_nodes] = codes[node]
            n_nodes += 1
            indptr[n_nodes] = n_edges
        start[g - first + 1] = n_nodes
    return n_nodes, n_edges, n_memory
