"""Parents: tournaments, and lexicase against a slow twin and against cases worked by hand."""

import numpy as np
import pytest

from wann.config import SearchConfig, configure
from wann.errors import WannError
from wann.genome.genome import same_genome
from wann.search.parents import EPSILON, lexicase, tournament, winners_of
from wann.search.search import WannSearch
from wann.search.sweep import lower_half_means


def slow_winner(candidates, cases, epsilon, order, number):
    """Return the winner by definition."""
    left = list(candidates)
    for case in order:
        best = max(cases[i, case] for i in left)
        left = [i for i in left if cases[i, case] >= best - epsilon[case]]
    return left[int(number * len(left))]


@pytest.mark.parametrize("seed", range(30))
def test_winners_are_those_of_the_slow_twin(seed):
    rng = np.random.default_rng(seed)
    n, q, c, k = (int(rng.integers(1, high)) for high in (30, 8, 20, 12))
    cases = rng.integers(0, 5, (n, q)).astype(float)
    if seed % 3 == 0:
        cases[rng.random((n, q)) < 0.3] = -np.inf  # what was not played
    candidates = rng.integers(n, size=(c, k))
    epsilon = rng.choice([0.0, 1.0, 2.5], q)
    orders, numbers = np.argsort(rng.random((c, q)), axis=1), rng.random(c)
    expected = [
        slow_winner(*row)
        for row in zip(
            candidates, [cases] * c, [epsilon] * c, orders.tolist(), numbers, strict=True
        )
    ]
    assert winners_of(candidates, cases, epsilon, orders, numbers).tolist() == expected


def test_lexicase_by_hand():
    # 0 is best in the first case, 1 in the second, 2 is good on average and best in none
    cases = np.array([[9.0, 0.0], [0.0, 9.0], [8.0, 8.0], [0.0, 0.0], [0.0, 0.0]])
    # medians 0, absolute deviations 9 0 8 0 0: their median is 0, and so is epsilon
    order, draws = np.arange(5), np.tile(np.arange(5), (400, 1))
    winners = lexicase(order, draws, cases, np.random.default_rng(0))
    assert set(winners.tolist()) == {0, 1}
    assert 120 < (winners == 0).sum() < 280  # each case comes first as often


def test_epsilon_lets_those_stay_that_are_as_good_as_the_best():
    cases = np.array([[100.0, 1.0], [99.0, 2.0], [50.0, 3.0], [0.0, 4.0]])
    # first case: median 74.5, deviations 25.5 24.5 24.5 74.5, median 25: who is within 6.25 stays
    epsilon = EPSILON * 25
    assert 1 < epsilon < 50
    found = winners_of(
        np.array([[0, 1, 2, 3]]), cases, np.array([epsilon, 0.0]), np.array([[0, 1]]), np.zeros(1)
    )
    assert found.tolist() == [1]  # 0 and 1 stay, of which 1 is better in the second case


def test_draws_are_places_in_the_ranking():
    order = np.array([3, 1, 0, 2])
    draws = np.array([[2, 1], [3, 3], [0, 3]])
    assert tournament(order, draws).tolist() == [1, 2, 3]
    cases = np.array([[1.0], [9.0], [5.0], [0.0]])
    found = lexicase(order, draws, cases, np.random.default_rng(0))
    assert found.tolist() == [1, 2, 2]


@pytest.mark.parametrize("seed", range(20))
def test_the_lower_half_is_that_of_the_slow_twin(seed):
    rng = np.random.default_rng(seed)
    table = rng.normal(size=(7, int(rng.integers(1, 9))))
    if seed % 2:
        table[rng.random(table.shape) < 0.3] = np.nan
        table[:, 0] = 1.0  # each has a score somewhere
    for row, found in zip(table, lower_half_means(table), strict=True):
        known = sorted(value for value in row if not np.isnan(value))
        worse = known[: max(1, len(known) // 2)]
        assert found == pytest.approx(sum(worse) / len(worse), abs=1e-12)


def test_the_objective_decides_what_is_best():
    scores = np.zeros((4, 4, 1))
    scores[0, :, 0] = 0, 0, 9, 9  # better on average
    scores[1, :, 0] = 4, 4, 4, 4  # better where it is worst
    for objective, best in (("mean", 0), ("lower_half", 1)):
        search = WannSearch(SearchConfig(population=4, objective=objective, p_size=0.0), 2, 1)
        genomes = search.ask()
        search.tell(scores)
        assert same_genome(search.best, genomes[best])
        assert search.order[0] in (0, 1)


def test_lexicase_with_one_case_is_refused():
    with pytest.raises(WannError, match=r"lexicase.*one weight 1.5.*several weights"):
        configure(weights=[1.5], search={"parents": "lexicase"})
    configure(weights=[1.5], search={"parents": "tournament"})


@pytest.mark.parametrize("parents", ["tournament", "lexicase"])
def test_a_search_goes_on_from_its_state(parents):
    config = SearchConfig(population=20, parents=parents, elites=0.1)
    rng = np.random.default_rng(0)
    one = WannSearch(config, 3, 2, seed=5)
    for _ in range(6):
        one.ask()
        one.tell(rng.normal(size=(20, 4, 2)))
    other = WannSearch(config, 3, 2, seed=5)
    other.restore(one.state())
    for _ in range(4):
        a, b = one.ask(), other.ask()
        assert all(np.array_equal(x.nodes, y.nodes) for x, y in zip(a, b, strict=True))
        assert all(np.array_equal(x.conns, y.conns) for x, y in zip(a, b, strict=True))
        scores = rng.normal(size=(20, 4, 2))
        one.tell(scores)
        other.tell(scores)


def test_a_state_of_lexicase_needs_scores():
    search = WannSearch(SearchConfig(population=8, parents="lexicase"), 2, 1)
    search.ask()
    search.tell(np.zeros((8, 2, 1)))
    state = search.state()
    assert state.cases.shape == (8, 2)
    for cases in (np.zeros((0, 0)), np.zeros((7, 2)), np.full((8, 2), np.inf)):
        with pytest.raises(ValueError, match="scores do not fit"):
            search.restore(state._replace(cases=cases))
