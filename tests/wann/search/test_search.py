"""The search: ask, tell and their random streams."""

import subprocess

import numpy as np
import pytest

from wann import jit
from wann.config import Config, MutationConfig, SearchConfig, make_config
from wann.errors import WannError
from wann.genome.genome import check_genome, same_genome
from wann.genome.population import Population
from wann.network.network import decode_all
from wann.search.search import WannSearch, compile_variation
from wann.search.sweep import draw_weights
from wann.streams import rng_for

SMALL = SearchConfig(population=20, tournament=3)


def scores_of(genomes, rng):
    """Return (20, 3, 2) scores that do not depend on the genomes."""
    return rng.normal(size=(len(genomes), 3, 2))


def test_streams_differ_by_seed_generation_and_purpose_and_repeat():
    first = [rng_for(s, g, p).random() for s in (0, 1) for g in (0, 1) for p in ("vary", "trials")]
    again = [rng_for(s, g, p).random() for s in (0, 1) for g in (0, 1) for p in ("vary", "trials")]
    assert first == again and len(set(first)) == 8


def test_a_fixed_sweep_is_the_configurations():
    assert draw_weights(Config(), rng_for(0, 0, "weights"), 8).tolist() == list(Config.weights)


@pytest.mark.parametrize("sweeps", [1, 8])
def test_a_fresh_sweep_is_drawn_around_the_configurations_each_time(sweeps):
    config = make_config({"sweep": "fresh", "weights": [-2.0, -1.0, 0.0, 1.0, 4.0]})
    drawn = np.array(
        [draw_weights(config, rng_for(0, g, "weights"), sweeps) for g in range(400)]
    ).reshape(-1, 5)
    assert len(drawn) == 400 * sweeps and len(np.unique(drawn[:, 0])) == len(drawn)
    assert np.array_equal(drawn[:, 1], -drawn[:, 3]) and not drawn[:, 2].any(), (
        "opposite weights stay opposite"
    )
    for column, (low, high) in zip(
        (0, 1, 4), ((-3.0, -1.5), (-1.5, -0.5), (3.0, 4.0)), strict=True
    ):
        values = np.sort(drawn[:, column])
        assert low <= values[0] and values[-1] < high
        assert abs(values - np.linspace(low, high, len(values))).max() < 0.12, "uniform"


def test_the_first_generation_is_minimal_and_the_next_is_elites_and_mutants():
    search = WannSearch(SMALL, 5, 1)
    genomes = search.ask()
    assert len(genomes) == 20 and all(len(g.hidden) == 0 for g in genomes)
    scores = scores_of(genomes, np.random.default_rng(0))
    search.tell(scores)
    ranked = [genomes[i] for i in search.order]
    following = search.ask()
    assert len(following) == 20
    assert all(same_genome(a, b) for a, b in zip(ranked[:4], following[:4], strict=True))
    for child in following[4:]:
        check_genome(child)
        assert len(child.hidden) <= 1


def test_culled_genomes_have_no_children():
    search = WannSearch(SearchConfig(population=20, tournament=1, cull=0.9, elites=0.1), 5, 1, 3)
    genomes = search.ask()
    search.tell(scores_of(genomes, np.random.default_rng(0)))
    parents = [genomes[i] for i in search.order[:2]]

    def is_child(child, parent):
        toggled = {tuple(c) for c in child.conns.tolist()} - {
            tuple(c) for c in parent.conns.tolist()
        }
        return len(toggled) <= 3

    for child in search.ask()[2:]:
        assert any(is_child(child, parent) for parent in parents)


@pytest.mark.parametrize(("p_size", "best"), [(1.0, 0), (0.0, 1)])
def test_ranking_is_by_mean_and_size_or_by_mean_and_best_weight(p_size, best):
    search = WannSearch(SearchConfig(population=2, p_size=p_size), 2, 1)
    genomes = search.ask()
    conns = genomes[0].conns.copy()
    conns["enabled"] = [True, False, False]
    larger = conns.copy()
    larger["enabled"] = True
    search.population = Population.of(
        [genomes[0]._replace(conns=conns), genomes[0]._replace(conns=larger)]
    )
    # same mean; the second has the better best weight
    scores = np.array([[[1.0], [1.0]], [[2.0], [0.0]]])
    search.tell(scores)
    assert search.order[0] == best


def test_tell_decides_by_the_share_p_size():
    chosen = []
    for seed in range(400):
        search = WannSearch(SearchConfig(population=2), 2, 1, seed)
        genome = search.ask()[0]
        small, large = genome.conns.copy(), genome.conns.copy()
        small["enabled"], large["enabled"] = [True, False, False], True
        search.population = Population.of(
            [genome._replace(conns=small), genome._replace(conns=large)]
        )
        search.tell(np.array([[[1.0], [1.0]], [[2.0], [0.0]]]))
        chosen.append(search.order[0] == 0)
    assert 0.74 < np.mean(chosen) < 0.86


def test_ask_and_tell_refuse_a_wrong_order_and_wrong_scores():
    search = WannSearch(SMALL, 5, 1)
    with pytest.raises(RuntimeError, match="ask before tell"):
        search.tell(np.zeros((20, 3, 2)))
    genomes = search.ask()
    with pytest.raises(RuntimeError, match="asking for the next"):
        search.ask()
    with pytest.raises(ValueError, match=r"\(7, 3, 2\).*20 networks"):
        search.tell(np.zeros((7, 3, 2)))
    scores = scores_of(genomes, np.random.default_rng(0))
    search.tell(scores)
    assert same_genome(search.best, genomes[scores.mean(axis=(1, 2)).argmax()])


def test_the_best_of_equals_is_the_smallest():
    search = WannSearch(SMALL, 5, 1)
    genomes = search.ask()
    search.tell(np.ones((20, 3, 2)))
    assert search.best.size == min(genome.size for genome in genomes)


def test_a_second_process_compiles_only_where_nothing_is_compiled(tmp_path, monkeypatch):
    monkeypatch.setattr(jit, "cache_folder", lambda files: tmp_path)
    made = tmp_path / "made"
    (tmp_path / f"kernel{jit.SUFFIX}").touch()
    jit.compile_beside(f"open({str(made)!r}, 'w')")
    (tmp_path / f"kernel{jit.SUFFIX}").unlink()
    started = subprocess.Popen
    processes = []
    monkeypatch.setattr(subprocess, "Popen", lambda *a, **k: processes.append(started(*a, **k)))
    jit.compile_beside(f"open({str(made)!r}, 'w')")
    assert len(processes) == 1 and processes[0].wait(30) == 0 and made.exists()
    compile_variation()  # what the command has it do


def test_a_configuration_that_leaves_no_mutation_is_an_error_of_the_user():
    only = MutationConfig(
        add_connection=1.0, add_node=0.0, enable_connection=0.0, change_activation=0.0
    )
    search = WannSearch(SearchConfig(population=2, tournament=1, mutation=only), 1, 1)
    search.ask()
    search.tell(np.zeros((2, 1, 1)))
    rewind = search.mark()
    for _ in range(2):
        with pytest.raises(WannError, match=r"search\.mutation: no mutation is possible"):
            search.ask()
        rewind()
        search.prepare()


def told(search, seed):
    """Tell a search that has asked random scores."""
    search.tell(scores_of(search.population, np.random.default_rng(seed)))


def in_bytes(search):
    """Return all that a search is after tell."""
    state = search.state()
    arrays = (*state.population.tables[2:], state.order, state.splits)
    return state.generation, [array.tobytes() for array in arrays]


def test_what_is_prepared_is_what_would_be_asked():
    plain, ahead, before = WannSearch(SMALL, 5, 1), WannSearch(SMALL, 5, 1), None
    for generation in range(30):
        plain.ask()
        if generation % 3:
            ahead.prepare()
            ahead.prepare()  # once more does nothing
            if generation % 2:
                ahead._next.exception()  # it is made
            assert in_bytes(ahead) == before, "a checkpoint is of the generation before"
        genomes = ahead.ask()
        assert genomes is ahead.population
        networks, wanted = ahead.networks, decode_all(plain.population)
        assert all(np.array_equal(*pair) for pair in zip(networks, wanted, strict=True))
        with pytest.raises(RuntimeError, match="tell before the next"):
            ahead.prepare()
        for search in (plain, ahead):
            told(search, generation)
        before = in_bytes(ahead)
        assert in_bytes(plain) == before


def test_what_is_prepared_can_be_taken_back():
    plain, ahead = WannSearch(SMALL, 5, 1), WannSearch(SMALL, 5, 1)
    for generation in range(20):
        for back in (True, True, False):
            rewind = ahead.mark()
            ahead.ask()
            told(ahead, generation)
            ahead.prepare()
            if back:
                rewind()
        plain.ask()
        told(plain, generation)
        assert in_bytes(plain) == in_bytes(ahead)
    rest = WannSearch(SMALL, 5, 1)
    rest.ask()
    told(rest, 0)
    rest.prepare()
    rest.restore(plain.state())
    for search in (plain, ahead, rest):
        search.ask()
        told(search, 99)
    assert in_bytes(plain) == in_bytes(ahead) == in_bytes(rest)
