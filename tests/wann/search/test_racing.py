"""Races: who is played on, and what of it a search sees."""

import math
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.command import call

from wann.config import SearchConfig
from wann.search.nsga2 import fronts, rank
from wann.search.racing import HEATS, race, survivors
from wann.search.search import WannSearch
from wann.search.sweep import mean_scores, sums, weight_means
from wann.streams import rng_for

RNG = partial(rng_for, 0, 3)


def searching(n, p_size=0.5):
    """Return a search of n networks that has asked for its second generation."""
    search = WannSearch(SearchConfig(population=n, p_size=p_size), 3, 1)
    for generation in range(2):
        search.ask()
        if not generation:
            search.tell(np.zeros((n, 1, 1)))
    return search


def played_from(scores, search):
    """Return an evaluator that looks scores up, and the list of what it was asked for."""
    rows, asked = {id(genome): i for i, genome in enumerate(search.population)}, []

    def evaluate(genomes, weights, trials):
        index = [rows[id(genome)] for genome in genomes]
        asked.append((index, weights.tolist(), trials.tolist()))
        return scores[np.ix_(index, weights.astype(int), trials)]

    return evaluate, asked


def run_race(scores, p_size=0.5):
    search = searching(len(scores), p_size)
    genomes = list(search.population)  # the same objects each time
    search.population = Genomes(genomes, search.population.sizes)
    evaluate, asked = played_from(scores, search)
    weights, trials = np.arange(scores.shape[1], dtype=float), np.arange(scores.shape[2])
    return search, race(evaluate, search, weights, trials, RNG("race")), asked


class Genomes(list):
    """Genomes with their sizes, as a population has them."""

    def __init__(self, genomes, sizes):
        super().__init__(genomes)
        self.sizes = sizes


def slow_race(scores, search):
    """Return what a race of the search's networks gives, one rollout at a time."""
    n, n_weights, n_trials = scores.shape
    place = RNG("race").permutation(n_weights).tolist()
    order = [(place.index(k), t) for t in range(n_trials) for k in range(n_weights)]
    raced, left, played = np.full(scores.shape, np.nan), list(range(n)), 0
    for end in (math.ceil(share * len(order)) for share in HEATS):
        for w, t in order[played:end]:
            for i in left:
                raced[i, w, t] = scores[i, w, t]
        played = end
        if end < len(order):
            points = search.objectives(raced)[left]
            front = sum(fronts(points) == 0)
            left = sorted(left[k] for k in rank(points)[: max(math.ceil(len(left) / 2), front)])
    return raced


@settings(deadline=None)  # the first one compiles
@given(
    st.integers(2, 40),
    st.integers(1, 7),
    st.integers(1, 5),
    st.integers(0, 2**32),
    st.sampled_from([0.0, 1.0]),
)
def test_a_race_is_its_slow_twin_and_plays_nothing_twice(n, n_weights, n_trials, seed, p_size):
    scores = np.random.default_rng(seed).integers(0, 9, (n, n_weights, n_trials)).astype(float)
    search, raced, asked = run_race(scores, p_size)
    assert np.array_equal(raced, slow_race(scores, search), equal_nan=True)
    assert sum(len(index) * len(w) * len(t) for index, w, t in asked) == (~np.isnan(raced)).sum()


def test_the_first_heat_has_some_weights_of_one_trial_or_all_of_some_trials():
    scores = np.random.default_rng(0).normal(size=(8, 6, 2))
    _, _, asked = run_race(scores)
    assert [(len(w), len(t)) for _, w, t in asked] == [(3, 1), (3, 1), (6, 1)]
    assert sorted(asked[0][1] + asked[1][1]) == list(range(6)) and asked[0][2] == asked[1][2]
    _, _, asked = run_race(np.random.default_rng(0).normal(size=(8, 6, 8)))
    assert [(len(w), len(t)) for _, w, t in asked] == [(6, 2), (6, 2), (6, 4)]


def test_without_enough_rollouts_to_divide_it_is_the_whole_sweep():
    scores = np.random.default_rng(0).normal(size=(8, 1, 1))
    assert np.array_equal(run_race(scores)[1], scores)


def test_survivors_are_the_better_half_and_the_front():
    points = np.array([[3.0, 0.0], [2.0, 1.0], [1.0, 2.0], [0.0, 3.0], [0.0, 0.0]])
    assert survivors(points).tolist() == [0, 1, 2, 3]
    line = np.column_stack((np.arange(7.0), np.zeros(7)))
    assert survivors(line).tolist() == [3, 4, 5, 6]


def test_who_has_played_more_is_ranked_higher_and_who_has_played_all_may_be_the_best():
    search = searching(4)
    scores = np.array([[[9.0, np.nan]], [[1.0, 1.0]], [[5.0, np.nan]], [[2.0, 2.0]]])
    search.tell(scores)
    order = search.order.tolist()
    assert set(order[:2]) == {1, 3} and set(order[2:]) == {0, 2}
    assert search.best is not None and search.best.size == search.population[3].size


def test_means_of_scores_in_part():
    scores = np.array([[[1.0, 3.0], [np.nan, np.nan], [5.0, np.nan]]])
    means = weight_means(scores)
    assert means[0, [0, 2]].tolist() == [2.0, 5.0] and np.isnan(means[0, 1])
    assert mean_scores(scores).tolist() == [3.5]
    whole = np.random.default_rng(0).normal(size=(7, 6, 5))
    assert np.array_equal(mean_scores(whole), whole.mean(axis=2).mean(axis=1))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("shape", [(7, 1, 1), (9, 6, 4), (5, 3, 9), (300, 6, 200), (40, 1, 17)])
def test_means_do_not_depend_on_whether_some_score_is_missing(shape, dtype):
    scores = np.random.default_rng(0).normal(size=shape).astype(dtype)
    scores[0] = -0.0
    more = np.concatenate((scores, np.full_like(scores[:1], np.nan)))
    more[-1, 0, 0] = 1.0
    whole, part = weight_means(scores), weight_means(more)[:-1]
    assert whole.dtype == part.dtype and whole.tobytes() == (part + 0.0).tobytes()
    assert np.array_equal(mean_scores(scores), mean_scores(more)[:-1])


def test_ranks_of_a_whole_sweep_are_those_of_nsga2():
    search, scores = searching(9, 1.0), np.random.default_rng(1).normal(size=(9, 3, 2))
    search.tell(scores)
    points = np.column_stack((scores.mean(axis=(1, 2)), -search.population.sizes))
    assert search.order.tolist() == rank(points).tolist()


@pytest.mark.parametrize("value", ["1", "'yes'"])
def test_racing_is_true_or_false(value):
    done = call("cartpole", "--set", f"racing={value}")
    assert done.returncode == 2 and "must be true or false" in done.stderr


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 6, 7, 8, 9, 20, 200])
def test_sums_have_the_bits_of_numpy(n):
    rng = np.random.default_rng(n)
    for shape in ((1, n), (500, n), (300, 6, n)):
        table = rng.normal(0, 300, shape) * 10.0 ** rng.integers(-9, 9, shape)
        before = table.copy()
        assert np.array_equal(sums(table), table.sum(axis=-1)) and np.array_equal(table, before)
