"""Networks as programs: what a warp of a GPU reads to compute a network, packed into few bytes.

The threads of a warp are rollouts, or samples, of one network. A value of the network is a *slot*:
a row of the warp's memory with a number for each thread. That memory is small, and what it holds
decides how many warps run at once; so a slot is used again as soon as nobody needs its value.

A program is a sequence of 64-bit words. The first one says how many nodes there are, and how many
slots. Each node has a word of its own, and then words with four sources each, 16 bits a source.
Lists of sources are filled up with one that holds -0.0: the only number that can be added to any
other and leaves its bits alone.

For rollouts the slots are: bias and inputs, outputs, ``NOTHING`` (-0.0), ``ZERO`` (0.0) where a
node has no sources, others. The first word says how many nodes (bit 0), slots (32) and remembered
values (48) there are; then comes a word for each of these with the slots where it is computed (0)
and where the next step finds it (16); then the nodes. The word of a node has its first two sources
(bits 0 and 16), its slot (32), the number of further words (48) and its activation (58).

For samples the inputs lie elsewhere, so there are two kinds of sources, and several warps share one
network: nodes of a *level* need none of each other. Slots: outputs, ``NOTHING``, others. The first
word says how many nodes (bit 0), levels (20) and slots (40) there are; then comes a word for each
level with the number of nodes up to its end; then one for each node, level by level: where its
sources begin (0), how many words with inputs (20) and with slots (30) there are, its slot (40) and
its activation (58); then all sources. The row after the last input is the one of -0.0.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from wann.genome.genome import grouped
from wann.jit import compiled
from wann.network.network import Networks
from wann.threads import divided, in_threads

MOST_SLOTS = 2**15
MOST_INPUTS = 2**16 - 2
MOST_WORDS = 2**10 - 1  # of a node
MOST_CODES = 2**6  # of activations
MOST_NODES = 2**20 - 1

Room = Callable[[int, type], np.ndarray]
MORE = 1 << 63  # in a word of four slots: another one follows


class Programs(NamedTuple):
    """The programs of N networks.

    Attributes:
        words: of uint64; between two programs there may be some that belong to none.
        first: ``(N,)`` of int64, where each begins.
        lengths: ``(N,)`` of int64, how many words each has.
        slots: ``(N,)`` of int64, how many slots each needs.
    """

    words: np.ndarray
    first: np.ndarray
    lengths: np.ndarray
    slots: np.ndarray


@compiled
def assign_slots(networks, i, slot):
    """Fill slot, ``(1 + n_inputs + nodes + memory,)``, with where each value of a network lies for
    rollouts; return how many slots there are.

    What is remembered, and where, lies there all the time.
    """
    n_values, n_out, first = 1 + networks.n_inputs, networks.n_outputs, networks.start[i]
    n_nodes, nothing = networks.start[i + 1] - first, n_values + n_out
    last_use = np.full(slot.size, -1, np.int64)
    needs_zero = False
    for m in range(n_nodes):
        low, high = networks.indptr[first + m], networks.indptr[first + m + 1]
        needs_zero = needs_zero or low == high
        for k in range(low, high):
            last_use[networks.source[k]] = m
    for k in range(networks.memory_start[i], networks.memory_start[i + 1]):
        last_use[networks.memory[k]] = n_nodes
    free, n_free = np.empty(slot.size, np.int64), 0
    n_slots = nothing + 1 + needs_zero
    for row in range(n_values):
        slot[row] = row
        if row > 0 and last_use[row] < 0:
            free[n_free] = row
            n_free += 1
    end = n_values + n_nodes
    for row in range(end, slot.size):
        slot[row] = n_slots
        n_slots += 1
    for m in range(n_nodes):
        for k in range(networks.indptr[first + m], networks.indptr[first + m + 1]):
            row = networks.source[k]
            if 0 < row < end and last_use[row] == m:
                free[n_free] = slot[row]
                n_free += 1
        row = n_values + m
        if m >= n_nodes - n_out:
            slot[row] = n_values + m - (n_nodes - n_out)
        elif n_free > 0:
            n_free -= 1
            slot[row] = free[n_free]
        else:
            slot[row] = n_slots
            n_slots += 1
    return max(n_slots, nothing + 2)  # the one after NOTHING is written first, whoever uses it


@compiled
def find_levels(networks, i, level):
    """Fill level, ``(nodes,)``, with one more than the highest level that a node needs; return how
    many there are.
    """
    n_values, first, n_levels = 1 + networks.n_inputs, networks.start[i], 0
    for m in range(level.size):
        level[m] = 0
        for k in range(networks.indptr[first + m], networks.indptr[first + m + 1]):
            row = networks.source[k]
            if row >= n_values:
                level[m] = max(level[m], level[row - n_values] + 1)
        n_levels = max(n_levels, level[m] + 1)
    return n_levels


@compiled
def assign_slots_by_level(networks, i, level, order, slot):
    """Fill slot, ``(nodes,)``, for samples; return how many slots there are.

    A slot is free again when a level is done: nodes of a level are computed at the same time.
    """
    n_values, n_out, first = 1 + networks.n_inputs, networks.n_outputs, networks.start[i]
    n_nodes = level.size
    last_use = np.full(n_nodes, -1, np.int64)
    for m in range(n_nodes):
        for k in range(networks.indptr[first + m], networks.indptr[first + m + 1]):
            row = networks.source[k]
            if row >= n_values:
                last_use[row - n_values] = max(last_use[row - n_values], level[m])
    leaving, until = grouped(last_use + 1, n_nodes + 1)  # of each level
    free, n_free, n_slots, at = np.empty(n_nodes, np.int64), 0, n_out + 1, 0
    for place in range(n_nodes):
        m = order[place]
        while at < level[m]:  # what the level before was the last to need
            at += 1
            for k in range(until[at], until[at + 1]):
                free[n_free] = slot[leaving[k]]
                n_free += 1
        if m >= n_nodes - n_out:
            slot[m] = m - (n_nodes - n_out)
        elif n_free > 0:
            n_free -= 1
            slot[m] = free[n_free]
        else:
            slot[m] = n_slots
            n_slots += 1
    return n_slots


@compiled
def put(words, at, k, source):
    """Put a source at place k of the words from ``at`` on, four to a word."""
    words[at + k // 4] |= np.uint64(source) << np.uint64(16 * (k % 4))


@compiled
def write_rollouts(networks, begin_at, end_at, programs):
    """Fill the arrays of Programs, but ``first``, for rollouts of some of the networks; return
    whether every one fits.
    """
    words, first, lengths, slots = programs
    n_values = 1 + networks.n_inputs
    nothing = n_values + networks.n_outputs
    for i in range(begin_at, end_at):
        at = first[i]
        begin, n_nodes = networks.start[i], networks.start[i + 1] - networks.start[i]
        begin_memory = networks.memory_start[i]
        n_memory = networks.memory_start[i + 1] - begin_memory
        slot = np.empty(n_values + n_nodes + n_memory, np.int64)
        n_slots = assign_slots(networks, i, slot)
        if n_slots > MOST_SLOTS:
            return False
        words[at] = (
            np.uint64(n_nodes)
            | np.uint64(n_slots) << np.uint64(32)
            | np.uint64(n_memory) << np.uint64(48)
        )
        slots[i], at = n_slots, at + 1
        for k in range(n_memory):
            words[at] = np.uint64(slot[networks.memory[begin_memory + k]]) | np.uint64(
                slot[n_values + n_nodes + k]
            ) << np.uint64(16)
            at += 1
        for m in range(n_nodes):
            low, high = networks.indptr[begin + m], networks.indptr[begin + m + 1]
            more = max(0, (high - low + 1) // 4)
            code = networks.activation[begin + m]
            if more > MOST_WORDS or code >= MOST_CODES:
                return False
            words[at] = (
                np.uint64(slot[n_values + m]) << np.uint64(32)
                | np.uint64(more) << np.uint64(48)
                | np.uint64(code) << np.uint64(58)
            )
            for k in range(more):
                words[at + 1 + k] = np.uint64(MORE if k + 1 < more else 0)
            for k in range(2 + 4 * more):
                source = nothing
                if low + k < high:
                    source = slot[networks.source[low + k]]
                elif k == 0:
                    source = nothing + 1
                put(words, at, k if k < 2 else k + 2, source)
            at += 1 + more
        lengths[i] = at - first[i]
    return True


@compiled
def write_samples(networks, begin_at, end_at, programs):
    """Do the same for samples."""
    words, first, lengths, slots = programs
    n_values, nothing = 1 + networks.n_inputs, networks.n_outputs
    if networks.n_inputs > MOST_INPUTS:
        return False
    for i in range(begin_at, end_at):
        at = first[i]
        begin, n_nodes = networks.start[i], networks.start[i + 1] - networks.start[i]
        level, slot = np.empty(n_nodes, np.int64), np.empty(n_nodes, np.int64)
        n_levels = find_levels(networks, i, level)
        order, ends = grouped(level, n_levels)
        n_slots = assign_slots_by_level(networks, i, level, order, slot)
        if n_slots > MOST_SLOTS or n_nodes > MOST_NODES:
            return False
        words[at] = (
            np.uint64(n_nodes)
            | np.uint64(n_levels) << np.uint64(20)
            | np.uint64(n_slots) << np.uint64(40)
        )
        slots[i], at = n_slots, at + 1
        for k in range(n_levels):
            words[at + k] = np.uint64(ends[k + 1])
        at += n_levels
        base, sources = at, n_nodes  # from the first node's word on
        for place in range(n_nodes):
            m = order[place]
            low, high = networks.indptr[begin + m], networks.indptr[begin + m + 1]
            middle = low  # sources are in the order of rows: inputs come first
            while middle < high and networks.source[middle] < n_values:
                middle += 1
            of_inputs, of_slots = (middle - low + 3) // 4, (high - middle + 3) // 4
            code = networks.activation[begin + m]
            if max(of_inputs, of_slots) > MOST_WORDS or code >= MOST_CODES:
                return False
            if sources > MOST_NODES:
                return False
            words[base + place] = (
                np.uint64(sources)
                | np.uint64(of_inputs) << np.uint64(20)
                | np.uint64(of_slots) << np.uint64(30)
                | np.uint64(slot[m]) << np.uint64(40)
                | np.uint64(code) << np.uint64(58)
            )
            at = base + sources
            for k in range(of_inputs + of_slots):
                words[at + k] = np.uint64(0)
            for k in range(4 * of_inputs):
                put(words, at, k, networks.source[low + k] if low + k < middle else n_values)
            at += of_inputs
            for k in range(4 * of_slots):
                source = nothing
                if middle + k < high:
                    source = slot[networks.source[middle + k] - n_values]
                put(words, at, k, source)
            sources += of_inputs + of_slots
        lengths[i] = base + sources - first[i]
    return True


def programs_of(
    networks: Networks,
    of_samples: bool = False,
    room: Room = np.empty,
    n_parts: int | None = None,
) -> Programs | None:
    """Return the programs of networks for rollouts, or for samples.

    None if one does not fit: if it needs 32,000 values at a time, or has 4,000 connections into one
    node.

    Args:
        networks: N networks.
        of_samples: what they are for.
        room: returns an array for so many words; what is in it does not matter.
        n_parts: how many threads share the work; by default all cores, if it is worth it.
    """
    n, nodes = networks.size, networks.start - networks.start[0]
    edges = networks.indptr[networks.start] - networks.indptr[networks.start[0]]
    # as many words as there may be: lists of sources are filled up
    if of_samples:
        most = np.arange(n + 1) + 2 * nodes + (edges + 6 * nodes) // 4
    else:
        memory = networks.memory_start - networks.memory_start[0]
        most = np.arange(n + 1) + nodes + (edges + nodes) // 4 + memory
    lengths, slots = np.empty(n, np.int64), np.empty(n, np.int64)
    words = room(int(most[-1]), np.uint64)
    programs = Programs(words[: most[-1]], most[:-1], lengths, slots)
    write = write_samples if of_samples else write_rollouts
    parts = divided(edges + 2 * nodes, n_parts)
    fit = in_threads(lambda begin, end: write(networks, begin, end, programs), parts)
    return programs if all(fit) else None
