"""The mutations."""

from collections import Counter

import numpy as np
import pytest
from oracles.slow_mutation import slow_mutate
from support.genomes import PROBABILITIES, RECURRENT, grow

from wann.genome.breeding import breed
from wann.genome.change import NO_CHANGE, changed
from wann.genome.genome import check_genome, layers, minimal_genome, same_genome
from wann.genome.mutation import (
    MUTATIONS,
    NO_SPLITS,
    add_connection,
    add_node,
    add_recurrent,
    change_activation,
    enable_connection,
    innovations,
    mutate,
    node_of_split,
    splits_of,
)
from wann.genome.population import Population
from wann.numeric.activations import ACTIVATIONS

CODES = np.array(list(ACTIVATIONS))


def edits(parent, child):
    """Return what differs between two genomes: new nodes, new connections, toggled ones, changed
    activations.
    """

    def changes(old, new, key):
        """Return the new rows, and the rows that were changed."""
        gone, come = set(old) - set(new), {row[:key]: row for row in set(new) - set(old)}
        assert {row[:key] for row in gone} <= come.keys(), "nothing is ever removed"
        changed = [come.pop(row[:key]) for row in gone]
        return come, changed

    nodes, activations = changes(parent.nodes.tolist(), child.nodes.tolist(), 1)
    conns, toggled = changes(parent.conns.tolist(), child.conns.tolist(), 2)
    enabled = sum(row[2] for row in toggled)
    return {
        "nodes": len(nodes),
        "conns": len(conns),
        "enabled": enabled,
        "disabled": len(toggled) - enabled,
        "activations": len(activations),
    }


ONE_MUTATION = {
    "add_node": {"nodes": 1, "conns": 2, "enabled": 0, "disabled": 1, "activations": 0},
    "add_connection": {"nodes": 0, "conns": 1, "enabled": 0, "disabled": 0, "activations": 0},
    "enable_connection": {"nodes": 0, "conns": 0, "enabled": 1, "disabled": 0, "activations": 0},
    "change_activation": {"nodes": 0, "conns": 0, "enabled": 0, "disabled": 0, "activations": 1},
}


def test_disabling_leaves_the_last_connection():
    rng, only = np.random.default_rng(0), np.array([0.0, 0.0, 0.0, 0.0, 1.0])
    genome = grow(3, 2, 40, 0)
    record = innovations(genome.n_fixed, NO_SPLITS)
    while genome.size > 1:
        child = mutate(genome, rng, only, CODES, record)
        assert child.size == genome.size - 1 and len(child.conns) == len(genome.conns)
        genome = child
    with pytest.raises(ValueError, match="no mutation is possible"):
        mutate(genome, rng, only, CODES, record)


@pytest.mark.slow
def test_200_chains_of_200_steps_stay_valid_and_change_exactly_one_thing():
    for seed in range(200):
        rng = np.random.default_rng(seed)
        n_inputs, n_outputs = int(rng.integers(1, 8)), int(rng.integers(1, 4))
        genome = minimal_genome(n_inputs, n_outputs, rng.random(), rng)
        record = innovations(genome.n_fixed, NO_SPLITS)
        for step in range(200):
            before = genome.nodes.tobytes(), genome.conns.tobytes()
            child = mutate(genome, rng, PROBABILITIES, CODES, record)
            assert (genome.nodes.tobytes(), genome.conns.tobytes()) == before
            assert edits(genome, child) in ONE_MUTATION.values()
            if step % 20 == 19:  # nothing is ever removed, so what is broken stays broken
                check_genome(child)
            genome = child


def test_mutations_come_in_the_given_proportions():
    genome, record = grow(4, 2, 60, 0), innovations(1000, NO_SPLITS)
    rng = np.random.default_rng(0)
    kinds = Counter()
    for _ in range(4000):
        change = edits(genome, mutate(genome, rng, PROBABILITIES, CODES, record))
        kinds[next(name for name, edit in ONE_MUTATION.items() if edit == change)] += 1
    for name, probability in zip(MUTATIONS, PROBABILITIES, strict=True):
        assert abs(kinds[name] / 4000 - probability) < 0.03, name


def test_impossible_mutations_are_drawn_again():
    rng = np.random.default_rng(0)
    full = minimal_genome(2, 1, 1.0, rng)  # nothing to connect, to enable or to change
    for _ in range(50):
        child = mutate(full, rng, PROBABILITIES, CODES, innovations(full.n_fixed, NO_SPLITS))
        assert edits(full, child) == ONE_MUTATION["add_node"]
    bare = minimal_genome(2, 1, 0.0, rng)
    child = mutate(bare, rng, PROBABILITIES, CODES, innovations(bare.n_fixed, NO_SPLITS))
    assert edits(bare, child) == ONE_MUTATION["enable_connection"]
    with pytest.raises(ValueError, match="no mutation"):
        mutate(
            full,
            rng,
            np.array([1.0, 0.0, 0.0, 0.0, 0.0]),
            CODES,
            innovations(full.n_fixed, NO_SPLITS),
        )


def test_operators_say_where_they_are_impossible():
    rng = np.random.default_rng(0)
    full, bare = minimal_genome(2, 1, 1.0, rng), minimal_genome(2, 1, 0.0, rng)
    five = np.array([5])
    _, change = add_node(full, full.size, rng, five, innovations(full.n_fixed, NO_SPLITS))
    one_code = changed(full, change)
    for possible, _ in (
        add_connection(full, rng),
        enable_connection(full, full.size, rng),
        change_activation(full, rng, CODES),
        add_node(bare, 0, rng, CODES, innovations(bare.n_fixed, NO_SPLITS)),
        change_activation(one_code, rng, five),
    ):
        assert not possible
    assert same_genome(changed(full, NO_CHANGE), full)


def test_equal_splits_share_a_node_id_and_others_do_not():
    rng, record = np.random.default_rng(0), innovations(4, NO_SPLITS)
    a, b = grow(2, 1, 0, 0).nodes["id"], grow(2, 1, 0, 1).nodes["id"]
    assert node_of_split(record, a, 1, 3) == node_of_split(record, b, 1, 3) == 4
    assert node_of_split(record, a, 2, 3) == 5
    full = minimal_genome(2, 1, 1.0, rng)
    ids = {add_node(full, full.size, rng, CODES, record)[1].new_node for _ in range(60)}
    assert len(ids) == 3 and node_of_split(record, a, 1, 3) == 4


def test_a_second_split_of_one_connection_is_another_node():
    rng, record = np.random.default_rng(0), innovations(3, NO_SPLITS)
    parent = minimal_genome(1, 1, 1.0, rng)
    genome = changed(parent, add_node(parent, parent.size, rng, np.array([5]), record)[1])
    source, target, _ = splits_of(record)[0].tolist()
    again = node_of_split(record, genome.nodes["id"], source, target)
    assert again not in genome.nodes["id"].tolist()
    assert again == node_of_split(record, genome.nodes["id"], source, target), (
        "a third genome shares it"
    )


def test_innovations_restore():
    record, ids = innovations(10, NO_SPLITS), grow(4, 2, 80, 0).nodes["id"]
    for s, t in [(1, 5), (2, 6), (1, 5), (0, 5)]:
        node_of_split(record, ids, s, t)
    restored = innovations(10, splits_of(record))
    assert dict(restored.ids) == dict(record.ids) and len(record.ids) > 2
    assert np.array_equal(splits_of(restored), splits_of(record))
    assert splits_of(innovations(10, NO_SPLITS)).shape == (0, 3)


def test_add_connection_reaches_every_free_pair_equally():
    genome = grow(2, 2, 12, 5)
    ids, layer = (
        genome.nodes["id"],
        dict(zip(genome.nodes["id"].tolist(), layers(genome).tolist(), strict=True)),
    )
    present = {(s, t) for s, t, _ in genome.conns.tolist()}
    outputs = {3, 4}
    free = {
        (int(s), int(t)) for s in ids for t in ids
        if s not in outputs and layer[int(s)] < layer[int(t)] and (int(s), int(t)) not in present
    }  # fmt: skip
    rng, seen, n = np.random.default_rng(0), Counter(), 3000
    for _ in range(n):
        child = changed(genome, add_connection(genome, rng)[1])
        seen[next((s, t) for s, t, _ in child.conns.tolist() if (s, t) not in present)] += 1
    assert seen.keys() == free and len(free) > 5
    expected = n / len(free)
    assert all(abs(k - expected) < 5 * expected**0.5 for k in seen.values())


def test_add_recurrent_reaches_every_free_pair_equally():
    genome = grow(2, 2, 14, 5, recurrent=True)
    layer = dict(zip(genome.nodes["id"].tolist(), layers(genome).tolist(), strict=True))
    present = {(s, t) for s, t, _ in genome.conns.tolist()}
    computed = [node for node in layer if node > 2]
    free = {
        (-1 - s, t) for s in computed for t in computed
        if layer[s] >= layer[t] and (-1 - s, t) not in present
    }  # fmt: skip
    rng, seen, n = np.random.default_rng(0), Counter(), 3000
    for _ in range(n):
        child = changed(genome, add_recurrent(genome, rng)[1])
        seen[next((s, t) for s, t, _ in child.conns.tolist() if (s, t) not in present)] += 1
    assert seen.keys() == free and len(free) > 5
    assert any(s < -3 for s, _ in free & seen.keys()), "outputs are remembered, too"
    expected = n / len(free)
    assert all(abs(k - expected) < 5 * expected**0.5 for k in seen.values())


def test_add_recurrent_ends_when_all_are_there():
    rng = np.random.default_rng(0)
    genome = grow(2, 2, 12, 5)
    nodes, _ = genome.nodes, layers(genome)
    n = 0
    while add_recurrent(genome, rng)[0]:
        genome, n = changed(genome, add_recurrent(genome, rng)[1]), n + 1
        check_genome(genome)
    layer = layers(genome)[3:]
    assert n == (layer[:, None] >= layer).sum() > len(nodes) - 3


def test_recurrent_chains_stay_valid_and_their_layers_are_those_of_the_forward_part():
    for seed in range(30):
        rng = np.random.default_rng(seed)
        genome = minimal_genome(int(rng.integers(1, 6)), int(rng.integers(1, 4)), 0.5, rng)
        record = innovations(genome.n_fixed, NO_SPLITS)
        for _ in range(100):
            genome = mutate(genome, rng, RECURRENT, CODES, record)
        check_genome(genome)
        forward = genome._replace(conns=genome.conns[~genome.recurrent])
        assert 0 < len(forward.conns) < len(genome.conns)
        assert np.array_equal(layers(genome), layers(forward))


def test_change_activation_always_changes_to_an_allowed_one():
    rng = np.random.default_rng(0)
    genome = grow(3, 1, 40, 0, activations=(5, 9))
    for _ in range(50):
        child = changed(genome, change_activation(genome, rng, np.array([5, 9]))[1])
        assert edits(genome, child) == ONE_MUTATION["change_activation"]
        assert set(child.hidden["activation"].tolist()) <= {5, 9}
    assert not same_genome(genome, child)


@pytest.mark.parametrize("shape", [(1, 1), (5, 1), (3, 4)])
@pytest.mark.parametrize("recurrent", [0.0, 0.4])
def test_variation_is_its_slow_twin(shape, recurrent):
    probabilities = np.array([0.3, 0.3, 0.1, 0.3, 0.2, recurrent])
    for seed in range(4):
        rng, twin_rng = np.random.default_rng(seed), np.random.default_rng(seed)
        genome = twin = minimal_genome(*shape, 0.5, np.random.default_rng(seed))
        record, ids = innovations(genome.n_fixed, NO_SPLITS), {}
        for _ in range(120):
            genome = mutate(genome, rng, probabilities, CODES, record)
            twin = slow_mutate(
                twin, twin_rng, probabilities.tolist(), CODES.tolist(), ids, genome.n_fixed
            )
            assert same_genome(genome, twin)
        assert dict(record.ids) == ids and rng.random() == twin_rng.random()


def test_a_generation_is_its_elites_and_a_mutation_of_each_parent():
    genomes = [grow(5, 2, 9 * seed, seed) for seed in range(12)]
    elites, parents = np.array([3, 0]), np.array([11, 11, 5, 0, 7])
    rng, same_rng = np.random.default_rng(0), np.random.default_rng(0)
    record, same_record = innovations(500, NO_SPLITS), innovations(500, NO_SPLITS)
    population = Population.of(genomes)
    got = breed(population, elites, parents, rng, PROBABILITIES, CODES, record)
    want = [genomes[3], genomes[0]] + [
        mutate(genomes[i], same_rng, PROBABILITIES, CODES, same_record) for i in parents
    ]
    assert len(got) == 7 and all(same_genome(a, b) for a, b in zip(got, want, strict=True))
    assert got.tables.node_start[-1] == len(got.tables.nodes) and got.tables.conn_start[-1] == len(
        got.tables.conns
    )
