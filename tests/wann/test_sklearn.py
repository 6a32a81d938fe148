"""The classifier as scikit-learn's own checks and tools see it."""

import pytest

pytest.importorskip("sklearn", reason="scikit-learn is not installed")

from sklearn.utils.estimator_checks import parametrize_with_checks

from wann.sklearn import WANNClassifier

SMALL = {"generations": 80, "population": 64}


@parametrize_with_checks([WANNClassifier(**SMALL)])
def test_the_checks_of_scikit_learn(estimator, check):
    check(estimator)
