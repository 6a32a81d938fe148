"""The classifier as scikit-learn's own checks and tools see it."""

import pickle
import subprocess
import sys
from collections import Counter

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="scikit-learn is not installed")

from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import wann
from wann.network.gradient import cross_entropy
from wann.sklearn import WANNClassifier
from wann.tasks.classification.ensemble import probabilities, vote
from wann.tasks.classification.samples import split

SMALL = {"generations": 80, "population": 64}
TINY = {"generations": 12, "population": 24, "random_state": 0}
X, Y = load_iris(return_X_y=True)
X = StandardScaler().fit_transform(X)


@parametrize_with_checks([WANNClassifier(**SMALL)])
def test_the_checks_of_scikit_learn(estimator, check):
    check(estimator)


@pytest.mark.parametrize(
    "names",
    [
        np.array(["setosa", "versicolor", "virginica"]),
        np.array(["a", "bb", "c\x1b"], object),
        np.array(["a" * 1000, "b" * 1001, "c\n" * 5000], object),
        np.array([-3, 7, 10**12]),
        np.array([0.0, 1.0, 2.0]),
        np.array([False, True, True]),
    ],
    ids=["text", "objects", "long", "numbers", "floats", "truth"],
)
def test_labels_of_any_kind(names, tmp_path):
    plain = WANNClassifier(**TINY).fit(X, np.unique(names, return_inverse=True)[1][Y])
    model = WANNClassifier(**TINY).fit(X, names[Y])
    assert np.array_equal(model.classes_, np.unique(names)) and model.classes_.dtype == names.dtype
    assert np.array_equal(model.predict(X), model.classes_[plain.predict(X)])
    assert np.array_equal(model.predict_proba(X), plain.predict_proba(X))
    model.champion_.save(tmp_path / "c.json")
    loaded = wann.load(tmp_path / "c.json")
    assert loaded.outputs == model.champion_.outputs and loaded.task is None, (
        "no name leads to these samples"
    )


def test_the_result_depends_on_the_seed_and_on_nothing_else():
    model = WANNClassifier(**TINY, batch=50).fit(X, Y)
    for other in (
        clone(model),
        clone(model).set_params(n_jobs=2),
        clone(model).set_params(n_jobs=-1),
    ):
        other.fit(X, Y)
        assert other.champion_.to_json() == model.champion_.to_json()
        assert np.array_equal(other.predict_proba(X), model.predict_proba(X))
    for seed in (1, np.random.RandomState(0)):
        different = clone(model).set_params(random_state=seed).fit(X, Y)
        assert different.champion_.provenance["config"]["seed"] != seed
        if seed == 1:
            assert different.champion_.to_json() != model.champion_.to_json()
    again = WANNClassifier(**{**TINY, "random_state": np.random.RandomState(0)}, batch=50).fit(X, Y)
    assert again.champion_.to_json() == model.champion_.to_json()


def test_votes_and_mean_probabilities():
    model = WANNClassifier(**TINY, weights=(-1.0, 1.0)).fit(X, Y)
    probs = probabilities(
        model.champion_.network, np.array(model.champion_.sweep), X.astype(np.float32)
    )
    assert np.array_equal(model.predict_proba(X), probs.mean(axis=0))
    model.set_params(voting="vote").fit(X, Y)
    votes = [Counter(row) for row in probs.argmax(axis=2).T.tolist()]
    mean = probs.mean(axis=0)
    expected = [max(range(3), key=lambda c: (n[c], mean[s, c])) for s, n in enumerate(votes)]
    assert model.predict(X).tolist() == vote(probs).tolist() == expected
    assert any(sorted(n.values()) == [1, 1] for n in votes), "some votes are equal"
    assert np.allclose(model.predict_proba(X).sum(axis=1), 1)


def test_the_best_weight_and_weights_of_its_own_are_chosen_by_validation():
    seed = np.random.RandomState(0).randint(2**31 - 1)
    validation, _ = split(X.astype(np.float32), Y, (0.2,), seed)
    best = WANNClassifier(**TINY, voting="best", validation_fraction=0.2).fit(X, Y)
    champion, n = best.champion_, len(best.champion_.genome.conns)
    losses = {
        w: cross_entropy(champion.network, np.full(n, w), *validation)[0] for w in champion.sweep
    }
    assert champion.shared_weight == min(losses, key=losses.get)
    tuned = WANNClassifier(**TINY, tune=True, voting="vote", validation_fraction=0.2).fit(X, Y)
    assert tuned.champion_.genome.conns.tolist() == champion.genome.conns.tolist(), (
        "the same search"
    )
    assert cross_entropy(tuned.champion_.network, tuned.champion_.weights, *validation)[0] < min(
        losses.values()
    )
    for model in (best, tuned):  # the champion alone does the same
        outputs = model.champion_.policy()(X.astype(np.float32))
        assert np.array_equal(outputs.argmax(axis=1), model.predict(X))
        assert np.allclose(
            model.predict_proba(X), np.exp(outputs) / np.exp(outputs).sum(axis=1, keepdims=True)
        )


def test_within_a_pipeline_a_search_of_parameters_and_a_pickle():
    raw, y = load_iris(return_X_y=True)
    pipeline = make_pipeline(StandardScaler(), WANNClassifier(**TINY))
    grid = {
        "wannclassifier__generations": np.array([1, 60]),
        "wannclassifier__population": np.array([48]),
    }
    found = GridSearchCV(pipeline, grid, cv=3).fit(raw, y)
    assert found.best_params_["wannclassifier__generations"] == 60 and found.score(raw, y) > 0.8
    copied = pickle.loads(pickle.dumps(found))
    assert np.array_equal(copied.predict_proba(raw), found.predict_proba(raw))


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({"generations": 0}, ValueError, "generations = 0: must be at least 1"),
        ({"population": 1}, ValueError, "^population = 1: must be at least 2"),
        ({"population": 9.5}, ValueError, "must be a whole number"),
        ({"weights": ()}, ValueError, "weights"),
        ({"weights": (1.0, float("nan"))}, ValueError, "must be finite"),
        ({"activations": ("tanhh",)}, ValueError, "did you mean 'tanh'"),
        ({"precision": "float16"}, ValueError, "float64, float32"),
        (
            {"voting": "loudest"},
            ValueError,
            "voting = 'loudest': must be one of mean_probability, vote, best",
        ),
        ({"batch": 0}, ValueError, "batch == 0, must be >= 1"),
        ({"batch": 1.5}, TypeError, "batch must be an instance of"),
        ({"validation_fraction": 1.0}, ValueError, "validation_fraction == 1.0, must be < 1"),
        (
            {"validation_fraction": 0.001, "tune": True},
            ValueError,
            "0.001 of 150 samples leaves none to choose by",
        ),
    ],
)
def test_parameters_that_are_refused(parameters, error, message):
    with pytest.raises(error, match=message):
        WANNClassifier(**{**TINY, **parameters}).fit(X, Y)


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (X, np.zeros(150), "y has only one class, 0.0"),
        (X, X[:, 0], "Unknown label type"),
        (np.where(X > 2, np.nan, X), Y, "Input X contains NaN"),
        (X * 1e39, Y, "value too large for dtype"),
        (X[:100], Y, "inconsistent numbers of samples"),
        (X[:, :0], Y, "0 feature"),
    ],
)
def test_samples_that_are_refused(x, y, message):
    with pytest.raises(ValueError, match=message):
        WANNClassifier(**TINY).fit(x, y)
    with pytest.raises(TypeError, match="sample_weight"):
        WANNClassifier(**TINY).fit(X, Y, sample_weight=np.ones(150))


def test_the_names_of_columns_are_those_of_the_champion():
    pandas = pytest.importorskip("pandas", reason="pandas is not installed")
    table = pandas.DataFrame(X, columns=["a", "b", "c\n", "d"])
    model = WANNClassifier(**TINY).fit(table, Y)
    assert model.champion_.inputs == ("a", "b", "c\\n", "d") and model.champion_.outputs == (
        "0",
        "1",
        "2",
    )
    with pytest.raises(ValueError, match="feature names should match"):
        model.predict(table[["b", "a", "c\n", "d"]])


def test_without_scikit_learn_it_says_what_to_install():
    code = "import sys; sys.modules['sklearn'] = None; import wann.sklearn"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    last = done.stderr.splitlines()[-1]
    assert (
        last.startswith("ImportError: wann.sklearn needs scikit-learn")
        and 'pip install "wann[digits]"' in last
    )
