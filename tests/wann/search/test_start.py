"""A search that starts from a genome."""

import numpy as np
import pytest
from support.genomes import grow, slow_outputs

from wann.config import SearchConfig
from wann.errors import WannError
from wann.genome.genome import check_genome, renumbered, same_genome
from wann.search.search import WannSearch

CONFIG = SearchConfig(population=40, elites=0.1)
INPUTS = np.random.default_rng(0).normal(size=3)


def start(mutations=30, seed=0):
    return grow(3, 2, mutations, seed)


@pytest.mark.parametrize("seed", range(5))
def test_renumbered_is_the_same_network(seed):
    genome = start(seed=seed)
    far = genome._replace(nodes=genome.nodes.copy(), conns=genome.conns.copy())
    for ids in (far.nodes["id"], far.conns["source"], far.conns["target"]):
        ids[ids >= genome.n_fixed] = 7 * ids[ids >= genome.n_fixed] + 1000
    found = renumbered(far)
    check_genome(found)
    assert found.nodes["id"].tolist() == list(range(len(found.nodes)))
    assert slow_outputs(found, 0.7, INPUTS) == slow_outputs(genome, 0.7, INPUTS)
    assert same_genome(renumbered(found), found)


def test_the_first_generation_has_the_genome_and_its_mutants():
    genome = renumbered(start())
    search = WannSearch(CONFIG, 3, 2, seed=1)
    search.start_from(genome)
    first = search.ask()
    assert len(first) == 40
    same = [same_genome(one, genome) for one in first]
    assert sum(same) >= 4  # the elites
    assert len({one.conns.tobytes() + one.nodes.tobytes() for one in first}) > 20
    for one in first:
        check_genome(one)
        # at most two mutations: each adds two connections and a node at most
        assert 0 <= len(one.nodes) - len(genome.nodes) <= 2
        assert 0 <= len(one.conns) - len(genome.conns) <= 4


def test_new_nodes_have_new_ids_in_all_networks():
    genome = renumbered(start())
    search = WannSearch(CONFIG, 3, 2)
    search.start_from(genome)
    of = {}
    for _ in range(8):
        for one in search.ask():
            for node in one.nodes["id"][one.nodes["id"] >= len(genome.nodes)].tolist():
                # a new node splits one connection, the same in all networks: it has one source
                ends = one.conns["source"][one.conns["target"] == node].min(initial=10**6)
                of.setdefault(node, set()).add(int(ends))
        search.tell(np.random.default_rng(0).normal(size=(40, 3, 2)))
    assert sorted(of) == list(range(len(genome.nodes), len(genome.nodes) + len(of)))


@pytest.mark.parametrize("parents", ["tournament", "lexicase"])
def test_a_search_that_started_anew_has_a_state(parents):
    config = SearchConfig(population=40, parents=parents)

    def tell(search, k):
        search.tell(np.random.default_rng(k).normal(size=(40, 3, 2)))

    one = WannSearch(config, 3, 2)
    for k in range(3):
        one.ask()
        tell(one, k)
    one.start_from(start())
    other = WannSearch(config, 3, 2)
    other.restore(one.state())
    for k in range(3, 6):
        a, b = one.ask(), other.ask()
        assert all(map(same_genome, a, b))
        tell(one, k)
        tell(other, k)
    assert np.array_equal(one.state().splits, other.state().splits)


def test_another_size_is_refused():
    search = WannSearch(CONFIG, 4, 2)
    with pytest.raises(WannError, match="3 inputs and 2 outputs, but the search is for 4 and 2"):
        search.start_from(start())


def test_a_genome_of_the_search_keeps_its_ids_and_no_id_is_given_twice():
    search = WannSearch(CONFIG, 3, 2)
    given = set()
    for k in range(6):
        for one in search.ask():
            given.update(one.nodes["id"].tolist())
        search.tell(np.random.default_rng(k).normal(size=(40, 3, 2)))
    genome = max(search.population, key=lambda one: len(one.hidden))
    search.start_from(genome)
    assert any(same_genome(one, genome) for one in search.ask())
    own = set(genome.nodes["id"].tolist())
    later = {node for one in search.population for node in one.nodes["id"].tolist()} - own
    assert len(own) > genome.n_fixed and later and not later & given


def test_a_network_without_hidden_nodes_will_do():
    search = WannSearch(SearchConfig(population=4), 3, 2)
    search.start_from(start(0))
    assert len(search.ask()) == 4


def test_it_does_not_start_anew_between_ask_and_tell():
    search = WannSearch(CONFIG, 3, 2)
    search.ask()
    with pytest.raises(RuntimeError, match="tell before"):
        search.start_from(start())
