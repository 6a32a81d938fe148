"""Genomes and layers."""

import numpy as np
import pytest
from support.genomes import grow

from wann.genome.genome import (
    CONNECTION,
    NODE,
    Genome,
    check_genome,
    layers,
    make_genome,
    minimal_genome,
    renumbered,
    same_genome,
)
from wann.numeric.activations import ACTIVATIONS


def build(n_inputs, n_outputs, hidden, conns):
    """Return a genome from lists of (id, activation) and (source, target, enabled)."""
    fixed = [(i, 1) for i in range(1 + n_inputs + n_outputs)]
    return make_genome(
        n_inputs, n_outputs, np.array(fixed + hidden, NODE), np.array(conns, CONNECTION)
    )


def test_minimal_genome_has_every_direct_connection_and_enables_by_chance():
    genome = minimal_genome(4, 2, 0.5, np.random.default_rng(0))
    check_genome(genome)
    assert len(genome.nodes) == genome.n_fixed == 7 and len(genome.hidden) == 0
    pairs = {(s, t) for s, t, _ in genome.conns.tolist()}
    assert pairs == {(s, t) for s in range(5) for t in (5, 6)}
    sizes = [minimal_genome(4, 2, 0.3, np.random.default_rng(seed)).size for seed in range(400)]
    assert 2.7 < np.mean(sizes) < 3.3
    assert minimal_genome(4, 2, 0.0, np.random.default_rng(0)).size == 0
    assert minimal_genome(4, 2, 1.0, np.random.default_rng(0)).size == 10


def test_layers_are_longest_paths_and_outputs_come_last():
    # 1 -> 4 -> 5 -> 3 and a shortcut 1 -> 5; the disabled 4 -> 5 still counts
    genome = build(
        2,
        1,
        [(4, 5), (5, 9)],
        [(1, 4, True), (4, 5, False), (1, 5, True), (5, 3, True), (0, 3, True)],
    )
    assert layers(genome).tolist() == [0, 0, 0, 3, 1, 2]


def test_layers_against_recursion():
    for seed in range(40):
        genome = grow(3, 2, 60, seed)
        into = {
            int(i): genome.conns["source"][genome.conns["target"] == i].tolist()
            for i in genome.nodes["id"]
        }

        def depth(node):
            return 0 if node <= 3 else max([1] + [1 + depth(s) for s in into[node]])  # noqa: B023

        depths = np.array([depth(int(i)) for i in genome.nodes["id"]])
        outputs = slice(1 + 3, genome.n_fixed)
        depths[outputs] = 0
        depths[outputs] = depths.max() + 1
        assert np.array_equal(layers(genome), depths)


def test_canonical_order_makes_equal_networks_equal_arrays():
    rng = np.random.default_rng(3)
    genome = grow(3, 2, 50, 1)
    shuffled = make_genome(3, 2, rng.permutation(genome.nodes), rng.permutation(genome.conns))
    assert same_genome(genome, shuffled) and not same_genome(genome, grow(3, 2, 50, 2))


@pytest.mark.parametrize(
    ("hidden", "conns", "message"),
    [
        ([(4, 5), (5, 5)], [(1, 4, True), (4, 5, True), (5, 4, True), (5, 3, True)], "cycle"),
        ([(4, 5), (4, 5)], [(1, 4, True)], "unique"),
        ([(4, 1 + max(ACTIVATIONS))], [(1, 4, True)], "has activation .*; known are 1 to"),
        ([], [(1, 3, True), (1, 3, False)], "twice"),
        ([(4, 5)], [(4, 1, True)], "into node 1"),
        ([(4, 5)], [(4, 0, True)], "into node 0"),
        ([(4, 5)], [(3, 4, True)], "leaves output 3"),
        ([], [(9, 3, True)], "no node"),
        ([(4, 5)], [(-1 - 9, 4, True)], "the source 9, which is no node"),
        ([(4, 5)], [(-1 - 1, 4, True)], "a recurrent connection leaves node 1"),
        ([(4, 5)], [(-1, 4, True)], "a recurrent connection leaves node 0"),
        ([(4, 5)], [(-5, 4, True), (-5, 4, False)], r"4 -> 4 \(recurrent\) is there twice"),
        ([], [(1, 9, True)], "no node"),
    ],
)
def test_check_genome_names_the_broken_rule(hidden, conns, message):
    with pytest.raises(ValueError, match=message):
        check_genome(build(2, 1, hidden, conns))


def test_recurrent_connections_may_close_cycles_and_stand_beside_forward_ones():
    genome = build(
        2,
        1,
        [(4, 5), (9, 9)],
        [(1, 4, True), (4, 9, True), (9, 3, True), (-10, 4, True), (-4, 4, True), (-5, 9, True)],
    )
    check_genome(genome)
    assert layers(genome).tolist() == [0, 0, 0, 3, 1, 2]
    assert genome.recurrent.sum() == 3 and sorted(genome.sources.tolist()) == [1, 3, 4, 4, 9, 9]
    small = renumbered(genome)
    check_genome(small)
    assert small.nodes["id"].tolist() == [0, 1, 2, 3, 4, 5]
    assert small.conns.tolist() == [
        (5, 3, True), (-6, 4, True), (-4, 4, True), (1, 4, True), (-5, 5, True), (4, 5, True),
    ]  # fmt: skip


def test_check_genome_wants_the_fixed_nodes_and_the_order():
    genome = grow(2, 1, 20, 0)
    with pytest.raises(ValueError, match="bias, inputs and outputs"):
        check_genome(Genome(2, 1, genome.nodes[1:], genome.conns))
    with pytest.raises(ValueError, match="order"):
        check_genome(genome._replace(conns=genome.conns[::-1]))
