"""The four mutations."""

from collections import Counter

import numpy as np
import pytest
from genomes import PROBABILITIES, grow

from wann.activations import ACTIVATIONS
from wann.genome import check_genome, layers, minimal_genome, same_genome
from wann.mutation import (
    Innovations,
    add_connection,
    add_node,
    change_activation,
    enable_connection,
    mutate,
)

CODES = tuple(ACTIVATIONS)


def edits(parent, child):
    """Return what differs between two genomes: new nodes, new connections, toggled ones, changed activations."""
    old_nodes, new_nodes = dict(parent.nodes.tolist()), dict(child.nodes.tolist())
    old = {(s, t): e for s, t, e in parent.conns.tolist()}
    new = {(s, t): e for s, t, e in child.conns.tolist()}
    assert old_nodes.keys() <= new_nodes.keys() and old.keys() <= new.keys(), "nothing is ever removed"
    return {
        "nodes": len(new_nodes) - len(old_nodes),
        "conns": len(new) - len(old),
        "enabled": sum(new[k] and not old[k] for k in old),
        "disabled": sum(old[k] and not new[k] for k in old),
        "activations": sum(new_nodes[k] != old_nodes[k] for k in old_nodes),
    }


ONE_MUTATION = {
    "add_node": {"nodes": 1, "conns": 2, "enabled": 0, "disabled": 1, "activations": 0},
    "add_connection": {"nodes": 0, "conns": 1, "enabled": 0, "disabled": 0, "activations": 0},
    "enable_connection": {"nodes": 0, "conns": 0, "enabled": 1, "disabled": 0, "activations": 0},
    "change_activation": {"nodes": 0, "conns": 0, "enabled": 0, "disabled": 0, "activations": 1},
}


def test_200_chains_of_200_steps_stay_valid_and_change_exactly_one_thing():
    for seed in range(200):
        rng = np.random.default_rng(seed)
        n_inputs, n_outputs = int(rng.integers(1, 8)), int(rng.integers(1, 4))
        genome = minimal_genome(n_inputs, n_outputs, rng.random(), rng)
        innovations = Innovations(genome.n_fixed)
        for _ in range(200):
            before = genome.nodes.copy(), genome.conns.copy()
            child = mutate(genome, rng, PROBABILITIES, CODES, innovations)
            assert np.array_equal(genome.nodes, before[0]) and np.array_equal(genome.conns, before[1])
            check_genome(child)
            assert edits(genome, child) in ONE_MUTATION.values()
            genome = child


def test_mutations_come_in_the_given_proportions():
    genome, innovations = grow(4, 2, 60, 0), Innovations(1000)
    rng = np.random.default_rng(0)
    kinds = Counter()
    for _ in range(4000):
        change = edits(genome, mutate(genome, rng, PROBABILITIES, CODES, innovations))
        kinds[next(name for name, edit in ONE_MUTATION.items() if edit == change)] += 1
    for name, probability in PROBABILITIES.items():
        assert abs(kinds[name] / 4000 - probability) < 0.03, name


def test_impossible_mutations_are_drawn_again():
    rng = np.random.default_rng(0)
    full = minimal_genome(2, 1, 1.0, rng)  # nothing to connect, to enable or to change
    for _ in range(50):
        child = mutate(full, rng, PROBABILITIES, CODES, Innovations(full.n_fixed))
        assert edits(full, child) == ONE_MUTATION["add_node"]
    bare = minimal_genome(2, 1, 0.0, rng)
    child = mutate(bare, rng, PROBABILITIES, CODES, Innovations(bare.n_fixed))
    assert edits(bare, child) == ONE_MUTATION["enable_connection"]
    with pytest.raises(ValueError, match="no mutation"):
        mutate(full, rng, {"add_connection": 1.0, "add_node": 0.0}, CODES, Innovations(full.n_fixed))


def test_operators_return_none_where_impossible():
    rng = np.random.default_rng(0)
    full, bare = minimal_genome(2, 1, 1.0, rng), minimal_genome(2, 1, 0.0, rng)
    assert add_connection(full, rng) is None
    assert enable_connection(full, rng) is None
    assert change_activation(full, rng, CODES) is None
    assert add_node(bare, rng, CODES, Innovations(bare.n_fixed)) is None
    one_code = add_node(full, rng, [5], Innovations(full.n_fixed))
    assert change_activation(one_code, rng, [5]) is None


def test_equal_splits_share_a_node_id_and_others_do_not():
    rng = np.random.default_rng(0)
    innovations = Innovations(4)
    a, b = grow(2, 1, 0, 0), grow(2, 1, 0, 1)
    assert innovations.node_id(a, 1, 3) == innovations.node_id(b, 1, 3) == 4
    assert innovations.node_id(a, 2, 3) == 5
    full = minimal_genome(2, 1, 1.0, rng)
    ids = {int(add_node(full, rng, CODES, innovations).hidden["id"][0]) for _ in range(60)}
    assert len(ids) == 3 and innovations.node_id(a, 1, 3) == 4


def test_a_second_split_of_one_connection_is_another_node():
    rng = np.random.default_rng(0)
    innovations = Innovations(3)
    genome = minimal_genome(1, 1, 1.0, rng)
    genome = add_node(genome, rng, [5], innovations)
    while not genome.conns["enabled"].all():
        genome = enable_connection(genome, rng)
    source, target = next((s, t) for s, t, _ in genome.conns.tolist() if t == 2 and s < 2 and s + 0 in (0, 1)
                          and (s, 2, 0) in innovations.ids)  # fmt: skip
    again = innovations.node_id(genome, source, target)
    assert again not in genome.nodes["id"].tolist()
    assert again == innovations.node_id(genome, source, target), "a third genome that does the same shares it"


def test_innovations_restore():
    innovations = Innovations(10)
    genome = grow(4, 2, 80, 0)
    for s, t in [(1, 5), (2, 6), (1, 5), (0, 5)]:
        innovations.node_id(genome, s, t)
    restored = Innovations(10, innovations.splits())
    assert restored.ids == innovations.ids
    assert np.array_equal(restored.splits(), innovations.splits())
    assert Innovations(10).splits().shape == (0, 3)


def test_add_connection_reaches_every_free_pair_equally():
    genome = grow(2, 2, 12, 5)
    ids, layer = genome.nodes["id"], dict(zip(genome.nodes["id"].tolist(), layers(genome).tolist(), strict=True))
    present = {(s, t) for s, t, _ in genome.conns.tolist()}
    outputs = {3, 4}
    free = {
        (int(s), int(t)) for s in ids for t in ids
        if s not in outputs and layer[int(s)] < layer[int(t)] and (int(s), int(t)) not in present
    }  # fmt: skip
    rng, seen, n = np.random.default_rng(0), Counter(), 3000
    for _ in range(n):
        child = add_connection(genome, rng)
        seen[next((s, t) for s, t, _ in child.conns.tolist() if (s, t) not in present)] += 1
    assert seen.keys() == free and len(free) > 5
    expected = n / len(free)
    assert all(abs(k - expected) < 5 * expected**0.5 for k in seen.values())


def test_change_activation_always_changes_to_an_allowed_one():
    rng = np.random.default_rng(0)
    genome = grow(3, 1, 40, 0, activations=(5, 9))
    for _ in range(50):
        child = change_activation(genome, rng, (5, 9))
        assert edits(genome, child) == ONE_MUTATION["change_activation"]
        assert set(child.hidden["activation"].tolist()) <= {5, 9}
    assert not same_genome(genome, child)
