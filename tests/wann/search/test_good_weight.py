"""The shared weight that a champion is given: the middle of those that are as good as the best."""

import numpy as np
import pytest
from support.genomes import grow

from wann.search.good_weight import WEIGHTS, good_weight, middle_of_plateau
from wann.tasks import find_task

GRID = np.linspace(-2, 2, 9)


@pytest.mark.parametrize(
    ("means", "expected"),
    [
        ([0, 0, 0, 5, 0, 0, 0, 0, 0], -0.5),  # a single best one
        ([0, 0, 0, 0, 0, 5, 5, 5, 0], 1.0),  # the middle of three
        ([0, 5, 5, 5, 5, 5, 0, 0, 0], -0.5),
        ([5, 5, 5, 0, 0, 0, 0, 5, 0], -1.5),  # the plateau of the first best one
        ([5] * 9, 0.0),
        ([0] * 8 + [1], 2.0),
    ],
)
def test_the_middle_by_hand(means, expected):
    scores = np.array(means, float)[:, None] + np.arange(4.0)  # trials differ, differences do not
    assert middle_of_plateau(GRID, scores) == expected


def test_weights_that_noise_cannot_tell_from_the_best_are_as_good():
    noise = np.random.default_rng(0).normal(0, 1, (9, 100))
    noise -= noise.mean(axis=1, keepdims=True)
    means = np.array([0, 0, 0, 9.99, 10, 9.99, 0, 0, 10.01])
    assert middle_of_plateau(GRID, means[:, None] + noise) == 2.0
    means[8] = 0
    assert middle_of_plateau(GRID, means[:, None] + noise) == 0.0
    means[5] = 9.0  # ten standard errors below
    assert middle_of_plateau(GRID, means[:, None] + noise) == -0.5


def test_one_trial_is_enough():
    assert middle_of_plateau(GRID, np.arange(9.0)[:, None]) == 2.0


def test_compiled_tasks_try_many_weights_and_others_those_of_the_sweep():
    sweep, genome, asked = np.array([1.0, -2.0]), grow(5, 1, 0, 0), []

    def evaluate(genomes, weights, trials):
        asked.append(weights)
        return -np.abs(weights - 0.7)[None, :, None] + np.zeros((1, 1, len(trials)))

    rng = np.random.default_rng(0)
    found = good_weight(genome, find_task("swingup"), evaluate, sweep, np.zeros((2, 3)), rng)
    assert found == pytest.approx(0.7) and len(asked[0]) == WEIGHTS
    assert asked[0].min() == -2 and asked[0].max() == 2
    scores = np.array([[1.0, 2.0], [3.0, 5.0]])
    slow = find_task("gym:CartPole-v1")
    assert good_weight(grow(4, 2, 0, 0), slow, evaluate, sweep, scores, rng) == -2.0
    assert len(asked) == 1
