"""Intervals of a mean."""

import numpy as np
import pytest

from wann.assess.bootstrap import intervals


def rng():
    return np.random.default_rng(7)


def test_known_data():
    coin, constant = np.repeat([0.0, 1.0], 50), np.full(100, 3.5)
    (low, high), none, scaled = intervals(np.array([coin, constant, 4 * coin - 1]), rng())
    # the standard error of the mean of a hundred fair coins is 0.05
    assert abs(low - (0.5 - 1.96 * 0.05)) < 0.012 and abs(high - (0.5 + 1.96 * 0.05)) < 0.012
    assert none.tolist() == [3.5, 3.5]
    np.testing.assert_allclose(scaled, [4 * low - 1, 4 * high - 1])


def test_a_condition_gets_the_same_interval_whatever_is_beside_it():
    scores = rng().normal(size=(3, 40))
    assert np.array_equal(intervals(scores, rng())[1:2], intervals(scores[1:2], rng()))
    assert np.array_equal(intervals(scores, rng()), intervals(scores, rng()))


@pytest.mark.parametrize(("trials", "least", "most"), [(100, 0.925, 0.965), (10, 0.87, 0.935)])
def test_it_holds_the_true_mean_as_often_as_it_says(trials, least, most):
    low, high = intervals(rng().normal(5.0, 2.0, (1500, trials)), rng()).T
    assert least < np.mean((low <= 5.0) & (high >= 5.0)) < most
