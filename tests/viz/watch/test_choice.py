"""Which weights are watched."""

from dataclasses import replace

import numpy as np
import pytest
from support.genomes import grow

from viz import weight_sweep
from viz.watch import choice
from wann.assess.conditions import Draws
from wann.champion.champion import Champion
from wann.errors import WannError
from wann.genome.genome import minimal_genome
from wann.tasks import find_task

SWEEP = (-2.0, -1.0, -0.5, 0.5, 1.0, 2.0)


@pytest.fixture
def swing():
    task = find_task("swingup")
    return Champion(grow(5, 1, 15, 3), "swingup", task.inputs, task.outputs)


def scored(means, **facts):
    """Return a champion of a task in Python with these scores at the weights of the sweep."""
    task = find_task("gym:CartPole-v1")
    genome = minimal_genome(4, 2, 1.0, np.random.default_rng(0))
    rows = {
        str(weight): {"mean": mean, "std": 0.0} for weight, mean in zip(SWEEP, means, strict=True)
    }
    scores = {"mean": 1.0, "trials": 3, "per_weight": rows}
    return Champion(genome, task.name, task.inputs, task.outputs, scores=scores, **facts), task


def labels(acting):
    return [player.label for player in acting]


def test_of_physics_they_are_the_best_the_median_and_the_worst_of_a_profile(swing):
    task = find_task("swingup")
    data = weight_sweep.sweep(swing, task)
    inside = (abs(data.weights) >= 0.5) & (abs(data.weights) <= 2)
    means = dict(zip(data.weights[inside].tolist(), data.mean[inside].tolist(), strict=True))
    best, typical, worst, random = choice.acting(swing, task)
    assert random.label == "random weights"
    assert means[best.weight] == max(means.values())
    assert means[worst.weight] == min(means.values())
    assert sum(mean > means[typical.weight] for mean in means.values()) == len(means) // 2
    assert best.label == f"best weight, {best.weight:g}"
    # what the champion knows to be the best is taken for it
    known, *others = choice.acting(replace(swing, shared_weight=0.7), task)
    assert known.label == "best weight, 0.7"
    assert [player.weight for player in others] == [typical.weight, worst.weight, None]


def test_tuned_weights_come_last(swing):
    tuned = replace(swing, weights=np.ones(len(swing.genome.conns)), shared_weight=1.3)
    acting = choice.acting(tuned, find_task("swingup"))
    assert len(acting) == 4 and acting[-1].label == "tuned weights" and acting[-1].weight is None


def test_of_a_task_in_python_the_recorded_scores_count():
    champion, task = scored([5.0, 1.0, 9.0, 3.0, 2.0, 4.0])
    acting = choice.acting(champion, task)
    assert [player.weight for player in acting] == [-0.5, 0.5, -1.0, None]
    assert labels(acting) == [
        "best weight, -0.5",
        "typical weight, 0.5",
        "worst weight, -1",
        "random weights",
    ]
    other = replace(champion, task="gym:Acrobot-v1")  # scores of something else
    assert [player.weight for player in choice.acting(other, task)] == [*SWEEP, None]
    with pytest.raises(WannError, match="--weight worst: no scores by weight are known"):
        choice.acting(other, task, ["worst"])
    broken = replace(champion, scores={"per_weight": {"a": 1}})
    with pytest.raises(WannError, match=r"scores\.mean"):
        choice.acting(broken, task)


def test_weights_that_are_all_alike_are_not_called_best_and_worst():
    champion, task = scored([7.0] * 6, shared_weight=-0.5)
    acting = choice.acting(champion, task)
    assert labels(acting)[0] == "weight -0.5" and acting[2].weight == 2.0
    assert len({player.weight for player in acting}) == 4


def test_random_weights_are_those_of_the_seed(swing):
    task, n = find_task("swingup"), len(swing.genome.conns)
    first, second = choice.acting(swing, task, ["random", "random"], seed=5)
    np.testing.assert_array_equal(first.champion.weights, Draws.of(1, n, 5).individual[0])
    assert (first.champion.weights != second.champion.weights).any()
    assert abs(first.champion.weights).max() <= 2 and first.label == "random weights"
    assert swing.weights is None


def test_words_and_numbers_can_be_mixed_and_told_as_a_story(swing):
    task = find_task("swingup")
    champion = replace(swing, shared_weight=0.7, weights=np.ones(len(swing.genome.conns)))
    story = choice.acting(champion, task, ["random", "best", "tuned", -1.0], "a", story=True)
    assert labels(story) == [
        "a, every connection a random weight",
        "a, one shared weight, 0.7",
        "a, every connection its tuned weight",
        "a, weight -1",
    ]
