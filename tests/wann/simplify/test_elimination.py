"""Greedy elimination: networks without parts, against a slow twin, and which of them is taken."""

import importlib
import zlib

import networkx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.genomes import grow

from wann.genome.genome import CONNECTION, NODE, check_genome, make_genome
from wann.network.forward import outputs_of
from wann.network.network import decode
from wann.simplify.elimination import (
    Z95,
    Effort,
    bare,
    elimination,
    live,
    simplification,
    without,
)

module = importlib.import_module("wann.simplify.elimination")
EFFORT = Effort(sweeps=1, trials=2, finalists=3, more_trials=4, final_trials=8, share=0.2, fall=0.5)


def simplified(*arguments):
    """Return the network that a simplification takes."""
    return simplification(*arguments)[-1]


def pairs(genome):
    """Return source and target of the enabled connections, in the order of the genome."""
    return [(source, target) for source, target, enabled in genome.conns.tolist() if enabled]


def reaching(edges, outputs):
    """Return the edges from which an output is reached, by a library's search."""
    graph = networkx.DiGraph()
    graph.add_nodes_from(outputs)
    graph.add_edges_from(edges)
    reach = set(outputs).union(*(networkx.ancestors(graph, output) for output in outputs))
    return [edge for edge in edges if edge[1] in reach]


def star(n):
    """Return a network with n inputs, each of which is connected to the one output, and no more."""
    nodes = np.array([(node, 1) for node in range(n + 2)], NODE)
    return make_genome(n, 1, nodes, np.array([(1 + k, n + 1, True) for k in range(n)], CONNECTION))


# ------------------------------------------------------------------------ networks without parts
@settings(deadline=None, max_examples=60)
@given(st.integers(1, 4), st.integers(1, 3), st.integers(0, 80), st.integers(0, 2**32))
def test_what_reaches_no_output_goes_and_the_rest_computes_the_same(
    n_inputs, n_outputs, mutations, seed
):
    rng = np.random.default_rng(seed)
    genome = grow(n_inputs, n_outputs, mutations, seed)
    conns = genome.conns.copy()
    conns["enabled"] &= rng.random(len(conns)) < 0.8
    genome = genome._replace(conns=conns)
    lively, outputs = live(genome), range(1 + n_inputs, genome.n_fixed)
    check_genome(lively)
    assert pairs(lively) == reaching(pairs(genome), outputs) and lively.size == len(lively.conns)
    assert set(lively.hidden["id"]) == {a for a, _ in pairs(lively) if a >= genome.n_fixed}
    assert live(lively).conns.tobytes() == lively.conns.tobytes()
    inputs = rng.normal(size=(9, n_inputs))
    weights = np.array([-1.7, 0.3, 2.0])
    expected = outputs_of(decode(genome), weights, inputs)
    np.testing.assert_array_equal(outputs_of(decode(lively), weights, inputs), expected)
    for k in range(min(lively.size, 5)):
        smaller = without(lively, [k])
        check_genome(smaller)
        left = [pair for i, pair in enumerate(pairs(lively)) if i != k]
        assert pairs(smaller) == reaching(left, outputs)
        disabled = lively.conns.copy()
        disabled["enabled"][k] = False
        same = outputs_of(decode(lively._replace(conns=disabled)), weights, inputs)
        np.testing.assert_array_equal(outputs_of(decode(smaller), weights, inputs), same)


def test_a_chain_goes_as_a_whole_and_nothing_is_left_of_a_bare_network():
    nodes = np.array([(k, 1) for k in range(3)] + [(7, 5), (9, 2), (12, 3)], NODE)
    rows = [(1, 7, True), (7, 9, True), (9, 2, True), (0, 2, True), (7, 12, True), (1, 2, False)]
    genome = make_genome(1, 1, nodes, np.array(rows, CONNECTION))
    lively = live(genome)
    assert pairs(lively) == [(0, 2), (9, 2), (1, 7), (7, 9)]  # 12 has no way on
    assert lively.hidden["id"].tolist() == [7, 9], "nodes keep their numbers"
    assert pairs(without(lively, [1])) == [(0, 2)]
    assert pairs(without(lively, [3])) == [(0, 2), (9, 2)], "9 is a constant now"
    assert without(lively, [0, 1]).size == len(without(lively, [1]).hidden) == 0
    nothing = bare(genome)
    check_genome(nothing)
    assert nothing.size == len(nothing.hidden) == 0 and len(nothing.nodes) == 3


# ------------------------------------------------------------------------------------- the twin
class Judge:
    """Scores networks by their enabled connections alone, with noise of its own for each."""

    def __init__(self, seed):
        self.seed = seed
        self.asked = []

    def of(self, edges, n):
        """Return ``(1, n)`` scores: some connections are worth much, and two need each other."""
        worth = sum(zlib.crc32(repr((edge, self.seed)).encode()) % 7 for edge in edges)
        rng = np.random.default_rng(zlib.crc32(repr((sorted(edges), n, self.seed)).encode()))
        return worth + rng.normal(0, 3, (1, n))

    def __call__(self, genomes, n):
        self.asked.append((len(genomes), n))
        return np.array([self.of(pairs(genome), n) for genome in genomes])


def slow_elimination(edges, outputs, score, price, effort, low):
    """Yield the edges that are left after each step, and their mean: sets, lists and sorting."""
    while len(edges) > 1:

        def worth(left, n, edges=edges):
            return score(left, n).mean() + price * (len(edges) - len(left))

        ways = [[edge] for edge in edges]
        ways.sort(key=lambda way: -worth(rest(edges, way, outputs), effort.trials))
        least = [way[0] for way in ways]
        ways = ways[: effort.finalists]
        n = int(effort.share * len(edges))
        while n > 1:
            if score(rest(edges, least[:n], outputs), effort.more_trials).mean() >= low:
                ways.append(least[:n])
            n = n // 2
        best = max((rest(edges, way, outputs) for way in ways), key=lambda w: worth(w, effort[3]))
        edges = best
        yield edges, score(edges, effort.more_trials).mean()


def rest(edges, gone, outputs):
    return reaching([edge for edge in edges if edge not in gone], outputs)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("price", [0.0, 2.0])
def test_the_elimination_is_that_of_a_slow_twin(seed, price):
    genome = live(grow(3, 2, 60, seed))
    assert genome.size > 12
    judge = Judge(seed)
    low = judge.of(pairs(genome), 4).mean() - 20
    slow = list(slow_elimination(pairs(genome), (4, 5), judge.of, price, EFFORT, low))
    quick = list(elimination(genome, judge, price, EFFORT, low))
    assert [pairs(smaller) for smaller, _ in quick] == [edges for edges, _ in slow]
    np.testing.assert_allclose([mean for _, mean in quick], [mean for _, mean in slow])
    assert quick[-1][0].size <= 1
    assert {n for _, n in judge.asked} == {2, 4} and max(k for k, n in judge.asked if n == 4) <= 9


# --------------------------------------------------------------------------------- what is taken
def scorer(worth, noise=0.0, lucky=None):
    """Return a score that adds what each input is worth, with noise that all networks share.

    Args:
        worth: of each input.
        noise: standard deviation of a trial.
        lucky: adds this to what networks of a size score.
    """

    def score(genomes, n):
        trials = noise * np.resize([1.0, -1.0], n)
        means = [
            sum(worth[source - 1] for source, _ in pairs(genome))
            + (lucky or {}).get(genome.size, 0.0)
            for genome in genomes
        ]
        return np.array(means)[:, None, None] + np.stack([trials, trials])[None]

    return score


def left(genome):
    return [source for source, _ in pairs(genome)]


def test_what_is_worth_less_than_its_price_goes():
    worth = [50.0, 0.0, 30.0, 0.4, 19.0, 0.6]  # 100 above nothing
    noisy = scorer(worth, noise=20.0)
    assert left(simplified(star(6), noisy, 0.005, EFFORT)) == [1, 3, 5, 6]
    assert left(simplified(star(6), noisy, 0.001, EFFORT)) == [1, 3, 4, 5, 6]
    assert left(simplified(star(6), scorer(worth), 1.0, EFFORT)) == [1, 3, 4, 5, 6], (
        "without noise no loss is within the noise"
    )


def test_a_share_of_the_score_may_be_lost_where_there_is_no_noise():
    worth = [50.0, 0.0, 30.0, 0.4, 19.0, 0.6]
    for loss, rest in ((0.0, [1, 3, 4, 5, 6]), (0.005, [1, 3, 5, 6]), (0.02, [1, 3, 5])):
        effort = EFFORT._replace(loss=loss)
        assert left(simplified(star(6), scorer(worth), 1.0, effort)) == rest


@pytest.mark.parametrize("price", [0.005, 1.0])
def test_a_high_price_does_not_make_the_steps_coarse(price):
    score = scorer([10.0] * 10 + [0.2] * 20)  # 104 above nothing
    path = simplification(star(30), score, price, EFFORT._replace(loss=0.02, share=0.5))
    assert path[-1].size == 20, "2 may be lost, so 15 at once may not go, but 7 and then some"


def test_no_price_makes_it_lose_more_than_its_confidence_interval():
    worth, noise = [60.0, 10.0, 10.0, 10.0, 6.0, 4.0], 20.0
    half = Z95 * noise * (16 / 15) ** 0.5 / 16**0.5
    effort = EFFORT._replace(final_trials=16, share=0.0)
    assert 6 + 4 < half < 6 + 4 + 10
    path = simplification(star(6), scorer(worth, noise), 1.0, effort)
    assert left(path[-1]) == [1, 2, 3, 4], "6 and 4 fit into the interval, 10 more do not"
    assert [genome.size for genome in path] == [6, 5, 4]


def test_a_smaller_network_that_is_better_counts_after_worse_ones():
    worth = [50.0, 20.0, 5.0, 5.0, 5.0, 5.0]
    dip = {5: -6.0, 4: -8.0}  # and 3 is as good as all
    score = scorer(worth, 0.1, {**dip, 3: 16.0})
    assert simplified(star(6), score, 0.001, EFFORT).size == 3
    steep = EFFORT._replace(fall=0.01)
    assert simplified(star(6), score, 0.001, steep).size == 6, "the first fall was the end"


def test_the_best_of_several_paths_is_taken_and_gone_on_from(monkeypatch):
    def ways(genome, *_):
        for gone in routes[genome.size].pop(0):
            genome = without(genome, [left(genome).index(source) for source in gone])
            yield genome, score([genome], 1).mean()

    asked, plain = [], scorer([50.0, 20.0, 0.0, 0.0, 0.0, 0.0], noise=1.0)

    def score(genomes, n):
        asked.append(n)
        return plain(genomes, n)

    routes = {
        6: [[[2]], [[3]], [[2], [3]]],  # the first and the last lose what is worth 20
        5: [[[4]], [[4], [5]], []],
        3: [[[2]], [[2]], [[6]]],
        2: [[], [[1]], [[2]]],
    }
    monkeypatch.setattr(module, "elimination", ways)
    path = simplification(star(6), score, 0.001, EFFORT._replace(paths=3))
    assert [left(genome) for genome in path] == [
        [1, 2, 3, 4, 5, 6], [1, 2, 4, 5, 6], [1, 2, 5, 6], [1, 2, 6], [1, 2]
    ]  # fmt: skip
    assert not any(routes.values()), "all three of each round were made"
    assert asked.count(module.ENDS * EFFORT.final_trials) == 4


@pytest.mark.parametrize(("beyond", "rest"), [(2, 2), (3, 3), (4, 4), (6, 6)])
def test_where_all_ends_lie_beyond_what_is_good_enough_networks_before_them_are_tried(beyond, rest):
    plain = scorer([50.0, 20.0, 0.0, 0.0, 0.0, 0.0], noise=1.0)

    def score(genomes, n):  # in many trials networks smaller than these turn out to be worse
        worse = [n == module.ENDS * EFFORT.final_trials and g.size < beyond for g in genomes]
        return plain(genomes, n) - 10.0 * np.array(worse)[:, None, None]

    effort = EFFORT._replace(paths=3, share=0.0)
    assert simplified(star(6), score, 0.001, effort).size == rest


def test_steps_back_double():
    assert list(module.steps_back(1, 12)) == [11, 10, 8, 4]
    assert list(module.steps_back(3, 5)) == [4]
    assert not list(module.steps_back(4, 5)) and not list(module.steps_back(5, 5))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_several_paths_lose_no_more_than_one_may(seed):
    judge = Judge(seed)
    genome = live(grow(3, 2, 60, seed))
    rng = np.random.default_rng(seed)

    def score(genomes, n):  # noise that differs from call to call, as trials do
        return judge(genomes, n) + rng.normal(0, 3, (len(genomes), 1, n))

    effort = EFFORT._replace(paths=4, final_trials=16)
    path = simplification(genome, score, 1.0, effort)
    means = [judge.of(pairs(g), 10**4).mean() for g in (path[0], path[-1])]
    assert means[1] > means[0] - 3 * Z95 * 2**0.5 * 3 / 4


@pytest.mark.parametrize("worth", [[-5.0, -5.0], [0.0, 0.0], [3.0, 0.0], [7.0]])
def test_networks_that_are_worse_than_none_and_tiny_ones(worth):
    told = []
    path = simplification(
        star(len(worth)), scorer(worth), 0.001, EFFORT, lambda *it: told.append(it)
    )
    assert path[0].size == len(worth) and path[-1].size > 0
    assert sum(worth[k - 1] for k in left(path[-1])) >= sum(worth)
    assert told[0] == (path[0], sum(worth)) and [g.size for g, _ in told[: len(path)]] == [
        g.size for g in path
    ]
    empty = bare(star(2))
    assert simplified(empty, scorer([1.0, 1.0]), 0.001, EFFORT).size == 0


def test_the_result_of_a_stage_has_its_hidden_nodes_numbered_on_from_the_outputs():
    genome = grow(3, 1, 60, 5)
    path = simplification(genome, Judge(5), 0.01, EFFORT)
    taken = simplified(genome, Judge(5), 0.01, EFFORT)
    assert taken.hidden["id"].tolist() == list(range(5, 5 + len(taken.hidden)))
    inputs = np.random.default_rng(0).normal(size=(5, 3))
    weights = np.array([0.7, -1.2])
    for own in (taken, path[-1]):
        check_genome(own)
    np.testing.assert_array_equal(
        *(outputs_of(decode(own), weights, inputs) for own in (taken, path[-1]))
    )
