"""What the report says of an assessment: that the weights matter little only where they do."""

import numpy as np
import pytest

from viz.report.story import (
    how_weights_matter,
    listed,
    matters_little,
    ranges,
    weights_heading,
    what_it_does,
)
from wann.assess import (
    AccuracyProfile,
    Assessment,
    ClassifierAssessment,
    Condition,
    Figures,
    Perturbed,
    ScoreProfile,
)

SWEEP = ("-2.0", "-1.0", "-0.5", "0.5", "1.0", "2.0")
LINE = np.linspace(-3, 3, 7)


def condition(mean, success=None, classifies=False, error=1.0):
    figures = Figures(mean, 2 * error, (mean - error, mean + error))
    return Condition(figures, classifies=classifies, success=success)


def assessment(scores, shares=None, random=10.0, profile=None, **facts):
    """Return what would be found of a network with these scores, and shares of successes, at the
    six weights.
    """
    known = shares is not None
    own = [condition(*row) for row in zip(scores, shares or [None] * 6, strict=True)]
    at = condition(max(scores), max(shares) if known else None)
    mean = condition(float(np.mean(scores)), float(np.mean(shares)) if known else None)
    zero = condition(random, 0.0 if known else None)
    means = np.full(7, max(scores)) if profile is None else np.array(profile[0], float)
    of_profile = np.array(profile[1], float) if profile and known else None
    return Assessment(
        **{
            "task": "toy",
            "connections": 5,
            "trials": 100,
            "per_weight": dict(zip(SWEEP, own, strict=True)),
            "sweep": mean,
            "random_weights": zero,
            "random_shared": mean,
            "best_weight": 1.25,
            "best_shared": at,
            "tuned": None,
            "perturbed": {"best_shared": Perturbed({}, at, at)},
            "profile": ScoreProfile(LINE, means, means, means, means * 0, of_profile),
            "success": "stays up" if known else None,
            **facts,
        }
    )


GOOD = assessment(
    [490, 495, 500, 500, 498, 480],
    [0.97, 0.98, 1.0, 1.0, 1.0, 0.95],
    profile=([500] * 7, [1, 1, 1, 0, 1, 1, 1]),
)
MIDDLING = assessment(
    [670, 760, 605, 690, 770, 665],
    [0.5, 0.85, 0.0, 0.04, 0.9, 0.59],
    profile=([600] * 7, [0, 0.5, 0.8, 0, 0.2, 0.9, 0.1]),
    tuned=condition(930.0, 1.0),
)
BAD = assessment([9, 10, 9, 10, 9, 10], [0.0] * 5 + [0.03], profile=([10] * 7, [0] * 6 + [0.03]))
STEADY_FAILURE = assessment([100] * 6, [0.0] * 6, profile=([100] * 7, [0] * 7))
NO_SUCCESS = assessment(
    [-500, -500, -500, -88, -88, -80], random=-450.0, profile=([-500] * 4 + [-90, -80, -95],)
)
STEADY = assessment([90, 95, 100, 100, 99, 85], profile=([90, 90, 90, 0, 90, 100, 90],))
AS_RANDOM = assessment([10, 10, 10, 10, 10, 10], random=9.5)


@pytest.mark.parametrize(
    ("result", "little"),
    [
        (GOOD, True),
        (MIDDLING, False),  # by score and by success
        (BAD, False),  # steady, and never succeeds
        (STEADY_FAILURE, False),
        (NO_SUCCESS, False),
        (STEADY, True),
        (AS_RANDOM, False),  # nothing was learned
    ],
)  # fmt: skip
def test_weights_matter_little_where_they_do(result, little):
    assert matters_little(result) is little
    assert weights_heading(result) == f"How {'little' if little else 'much'} the weights matter"
    text = " ".join(how_weights_matter(result))
    assert ("Of its 6 shared weights the worst" in text) is little


@pytest.mark.parametrize(
    ("scores", "shares", "little"),
    [
        ([80, 90, 90, 90, 90, 100], [1.0] * 6, True),  # just 20 % below
        ([79, 90, 90, 90, 90, 100], [1.0] * 6, False),
        ([100] * 6, [0.8, 1, 1, 1, 1, 1.0], True),
        ([100] * 6, [0.79, 1, 1, 1, 1, 1.0], False),
        ([100] * 6, [0.5] * 6, True),
        ([100] * 6, [0.49] * 6, False),
    ],
)
def test_the_rule_has_these_limits(scores, shares, little):
    assert matters_little(assessment(scores, shares)) is little


def test_a_good_champion():
    assert what_it_does(GOOD) == [
        "It stays up in 590 of 600 starts: from 95 of 100 at the shared weight 2 to 100 of 100 at"
        " 0.5.",
        "At its best shared weight, 1.25, it does so in 100 of 100.",
    ]
    assert how_weights_matter(GOOD) == [
        "Of its 6 shared weights the worst, 2, scores 480.0 (479.0 … 481.0), and the best, 0.5,"
        " 500.0 (499.0 … 501.0); it stays up in 95 of 100 to 100 of 100 starts at each.",
        "It stays up in at least half of the starts at shared weights from -3 to -1 and from 1 to"
        " 3, 86 % of the 7 that were tried from -3 to 3.",
        "Of random weights from -2 to 2, one for all connections scores 493.8 (492.8 … 494.8, 98 of"
        " 100), one for each 10.0 (9.000 … 11.0, 0 of 100): that connections share their weight"
        " does matter.",
    ]


def test_a_champion_that_is_as_good_at_all_weights():
    result = assessment([500] * 6, [1.0] * 6, profile=([500] * 7, [1] * 7))
    assert what_it_does(result)[0] == (
        "It stays up in 600 of 600 starts: 100 of 100 at each of its 6 shared weights."
    )
    assert how_weights_matter(result)[0] == (
        "It scores 500.0 at each of its 6 shared weights; it stays up in 100 of 100 starts at each."
    )


def test_a_middling_champion_says_where_it_works_and_where_not():
    text = what_it_does(MIDDLING)
    assert text[0].startswith(
        "It stays up in 288 of 600 starts: from 0 of 100 at the shared weight"
    )
    assert "-0.5 to 90 of 100 at 1." in text[0]
    assert text[1].endswith("it does so in 90 of 100, with tuned weights in 100 of 100.")
    where, _ = how_weights_matter(MIDDLING)
    assert where == (
        "It stays up in at least half of the starts at shared weights from -2 to -1 and 2, 43 % of"
        " the 7 that were tried from -3 to 3; of the 6 of its search it does not at -0.5 (0 of 100)"
        " and 0.5 (4 of 100)."
    )


def test_a_bad_champion_works_nowhere():
    where, random = how_weights_matter(BAD)
    assert where == (
        "It stays up in at least half of the starts at no shared weight from -3 to 3: in 3 of 100"
        " starts at most."
    )
    assert random.endswith("as good as the best shared weight, as far as the intervals tell.")


def test_a_task_without_success():
    assert what_it_does(NO_SUCCESS) == [
        "It scores -292.7 on average over 6 shared weights and 100 trials, from -500.0 at -2 to"
        " -80.0 at 2."
    ]
    where, _ = how_weights_matter(NO_SUCCESS)
    assert where == (
        "It comes within 20 % of its best, -80.0 at 2, at shared weights from 1 to 3, 43 % of the 7"
        " that were tried from -3 to 3; of the 6 of its search it does not at -2 (-500.0), -1"
        " (-500.0) and -0.5 (-500.0)."
    )
    assert "stays up" not in " ".join(how_weights_matter(STEADY))


def classifier(worst):
    """Return what would be found of a classifier with two classes."""

    def at(mean):
        return condition(mean, classifies=True, error=0.01)

    shares = [0.9, worst, 0.9, 0.9, 0.9, 0.9]
    line = np.array([0.9, 0.9, 0.9, 0.5, 0.9, 0.9, 0.9])
    return ClassifierAssessment(
        task="toy",
        connections=5,
        trials=100,
        per_weight=dict(zip(SWEEP, map(at, shares), strict=True)),
        sweep=at(0.9),
        random_weights=at(0.5),
        random_shared=at(0.85),
        best_weight=1.0,
        best_shared=at(0.9),
        tuned=at(0.95),
        perturbed={},
        profile=AccuracyProfile(LINE, line, line, line, line, {}),
        samples=40,
        classes=("a", "b"),
        ensemble={"mean_probability": at(0.92)},
        per_class={},
        confusion=np.eye(2),
    )


def test_a_classifier():
    result = classifier(0.8)
    assert what_it_does(result) == [
        "It tells 92.0 % of 40 test samples right (95 % interval 91.0 … 93.0 %) by its mean"
        " probability at 6 shared weights; at one alone from 80.0 % at -1 to 90.0 % at 2.",
        "With tuned weights it is 95.0 % (94.0 … 96.0 %).",
    ]
    first, where, random = how_weights_matter(result)
    assert "80.0 % (79.0 … 81.0 %)" in first and "from -3 to -1 and from 1 to 3, 86 %" in where
    assert "one for all connections scores 85.0 % (84.0 … 86.0 %), one for each 50.0 %" in random
    assert weights_heading(classifier(0.6)) == "How much the weights matter"


def test_of_many_ranges_the_longest_are_named():
    marked = np.array([1, 1, 0, 1, 0, 1, 1, 1, 0, 1, 1, 0, 1, 1, 0, 1], bool)
    assert ranges(np.arange(16), marked) == (
        "from 0 to 1, from 5 to 7, from 9 to 10, from 12 to 13 and in 2 smaller ranges"
    )
    assert ranges(np.array([0.5, 1.0]), np.array([False, True])) == "1"
    assert listed(["a"]) == "a" and listed(["a", "b"]) == "a and b"
