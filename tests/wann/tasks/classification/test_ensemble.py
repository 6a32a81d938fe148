"""The accuracies of a classifier at each weight and of its ensemble, against counting by hand.

And what runs record.
"""

import json
import math
from collections import Counter

import numpy as np
import pytest
from support.bars_task import NAME, OPTIONS, TASK
from support.genomes import grow, slow_outputs

import wann
from wann.champion.json_file import check_scores
from wann.errors import WannError
from wann.evolve.__main__ import main
from wann.network.forward import outputs_of
from wann.network.network import decode
from wann.runs.directory import RunDirectory
from wann.runs.history import HISTORY
from wann.tasks.classification.cross_entropy import outputs_of_samples
from wann.tasks.classification.ensemble import accuracies, probabilities, vote
from wann.tasks.classification.samples import Samples
from wann.tasks.classification.task import ClassificationTask

WEIGHTS = np.array([-2.0, -0.5, 0.5, 1.0, 2.0])


def slow_accuracies(genome, weights, samples):
    """Count in plain Python."""
    right, votes_right, mean_right = [0] * len(weights), 0, 0
    for x, label in zip(samples.inputs.tolist(), samples.labels.tolist(), strict=True):
        chosen, sums = [], [0.0] * genome.n_outputs
        for w, weight in enumerate(weights.tolist()):
            outputs = slow_outputs(genome, weight, np.array(x))
            chosen.append(outputs.index(max(outputs)))
            right[w] += chosen[-1] == label
            powers = [math.exp(o - max(outputs)) for o in outputs]
            sums = [total + p / sum(powers) for total, p in zip(sums, powers, strict=True)]
        counts = Counter(chosen)
        tied = [c for c in counts if counts[c] == max(counts.values())]
        votes_right += max(tied, key=lambda c: sums[c]) == label
        mean_right += sums.index(max(sums)) == label
    n = len(samples.labels)
    return {
        "per_weight": [r / n for r in right],
        "vote": votes_right / n,
        "mean_probability": mean_right / n,
    }


@pytest.mark.parametrize("seed", range(4))
def test_accuracies_are_those_that_one_counts(seed):
    genome = grow(25, 3, 45, seed)
    found = accuracies(decode(genome), WEIGHTS, TASK.test)
    assert found == slow_accuracies(genome, WEIGHTS, TASK.test)
    # the weights differ, so that the votes decide something
    assert len(set(found["per_weight"])) > 1


def test_of_classes_with_as_many_votes_the_more_probable_one_wins():
    members = np.array([[0.6, 0.4, 0.0], [0.1, 0.9, 0.0], [0.0, 0.2, 0.8], [0.5, 0.0, 0.5]])
    votes = lambda *rows: int(vote(members[list(rows), None])[0])  # noqa: E731
    assert votes(0) == 0 and votes(0, 1) == 1 and votes(0, 1, 2) == 1
    assert votes(0, 0, 1) == 0  # two against one, although class 1 has more probability
    assert votes(3) == 0  # of equals the first, as without an ensemble
    assert votes(0, 2) == 2 and votes(1, 0) == votes(0, 1)


@pytest.mark.parametrize("individual", [False, True])
@pytest.mark.parametrize("n", [1, 31, 32, 103])
def test_outputs_side_by_side_are_those_one_by_one(individual, n):
    genome = grow(25, 3, 80, n)
    weights = (
        np.random.default_rng(0).normal(size=(4, len(genome.conns))) if individual else WEIGHTS
    )
    inputs, net = TASK.test.inputs[:n], decode(genome)
    np.testing.assert_array_equal(
        outputs_of_samples(net, weights, inputs), outputs_of(net, weights, inputs)
    )
    sums = probabilities(net, weights, inputs).sum(axis=2)
    np.testing.assert_allclose(sums, 1, rtol=1e-12)


def test_outputs_need_inputs_that_fit():
    with pytest.raises(ValueError, match=r"inputs has shape \(103, 24\): must be \(samples, 25\)"):
        outputs_of_samples(decode(grow(25, 3, 10, 0)), WEIGHTS, TASK.test.inputs[:, :24])


# ------------------------------------------------------------------------------- what a run records
@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Return a run of a classifier, and what it printed."""
    path = tmp_path_factory.mktemp("classifier") / "run"
    patch = pytest.MonkeyPatch()
    printed = []
    patch.setattr("builtins.print", lambda *parts, **_: printed.append(" ".join(map(str, parts))))
    main([NAME, *OPTIONS, "--set", "generations=40", "--out", str(path)])
    patch.undo()
    return path, "\n".join(printed)


def test_a_run_records_the_accuracy_of_its_champion(run):
    path, printed = run
    champion, history = wann.load(path), RunDirectory.open(path).history()
    weights = np.array(champion.sweep)
    accuracy = champion.scores["accuracy"]
    for part in ("validation", "test"):
        samples = getattr(TASK, part)
        expected = slow_accuracies(champion.genome, weights, samples)
        assert accuracy[part] == {
            "samples": len(samples.labels),
            **expected,
            "per_weight": dict(
                zip(map(str, weights.tolist()), expected["per_weight"], strict=True)
            ),
        }
    assert list(history) == [*HISTORY, "accuracy"] and len(history["accuracy"]) == 40
    for file in (path / "champions").iterdir():
        row = wann.load(file).scores["accuracy"]["validation"]["vote"]
        assert history["accuracy"][int(file.stem)] == row
    test = accuracy["test"]
    assert (
        f"of 103 test samples: {100 * test['mean_probability']:.1f} % by the mean probability"
        in printed
    )
    assert f", {100 * test['vote']:.1f} % by their vote" in printed
    assert " accuracy /" in printed and " watch /" not in printed


def test_nothing_depends_on_the_test_samples(run, tmp_path, monkeypatch):
    """A run with other test samples differs in the accuracy on them and the digest of the data, and
    in nothing else.
    """
    path, _ = run
    other = ClassificationTask(
        TASK.inputs, TASK.outputs, TASK.train, TASK.validation,
        Samples(1 - TASK.test.inputs, TASK.test.labels), TASK.batch,
    )  # fmt: skip
    monkeypatch.setattr("support.bars_task.TASK", other)
    main([NAME, *OPTIONS, "--set", "generations=40", "--out", str(tmp_path / "other")])
    assert (tmp_path / "other" / "history.csv").read_bytes() == (path / "history.csv").read_bytes()
    mine, its = (
        json.loads((folder / "champion.json").read_text()) for folder in (path, tmp_path / "other")
    )
    assert mine["scores"]["accuracy"].pop("test") != its["scores"]["accuracy"].pop("test")
    assert mine["provenance"].pop("data") != its["provenance"].pop("data")
    assert mine == its


def test_a_resumed_run_records_the_same(run, tmp_path):
    path, _ = run
    part = tmp_path / "part"
    main([NAME, *OPTIONS, "--set", "generations=15", "--out", str(part)])
    main(["--resume", str(part), "--set", f"task={NAME}", "--set", "generations=40"])
    for name in ("history.csv", "champion.json"):
        assert (part / name).read_bytes() == (path / name).read_bytes()


def damage(part, key, value):
    """Return scores of a classifier with one that is wrong."""
    shares = {
        "samples": 9,
        "per_weight": {"-1.0": 0.5, "1.0": 0.25},
        "vote": 0.5,
        "mean_probability": 0.5,
    }
    accuracy = {"validation": dict(shares), "test": dict(shares)}
    if part is None:
        accuracy = value
    elif key is None:
        accuracy[part] = value
    else:
        accuracy[part][key] = value
    row = {"mean": -1.0, "std": 0.5}
    return {
        "mean": -1.0,
        "trials": 3,
        "per_weight": {"-1.0": row, "1.0": row},
        "accuracy": accuracy,
    }


@pytest.mark.parametrize(
    ("part", "key", "value", "message"),
    [
        (None, None, [], r"accuracy is \[\]: must be an object"),
        (None, None, {}, "scores.accuracy.validation.samples is null: must be a finite number"),
        ("test", None, "x", 'test is "x": must be an object'),
        ("validation", "vote", "0.5", "scores.accuracy.validation.vote"),
        ("test", "mean_probability", None, "scores.accuracy.test.mean_probability is null"),
        (
            "test",
            "per_weight",
            {"1.0": 0.5},
            "scores.accuracy.test.per_weight is .*: must have the weights",
        ),
        ("test", "per_weight", {"-1.0": 0.5, "1.0": {}}, "scores.accuracy.test.per_weight is {}"),
    ],
)
def test_a_checkpoint_with_wrong_accuracies_is_refused(part, key, value, message):
    scores = damage(part, key, value)
    check_scores(scores, [-1, 1], accuracy=False)
    with pytest.raises(WannError, match=message):
        check_scores(scores, [-1, 1], accuracy=True)
    check_scores(damage("test", "vote", 0.5), [-1, 1], accuracy=True)


def test_the_log_of_a_run_has_one_more_column_with_accuracy_and_no_further_one(tmp_path):
    row = ",".join(["1"] * len(HISTORY))
    log = RunDirectory(tmp_path)
    for extra, columns in (("", list(HISTORY)), (",0.5", [*HISTORY, "accuracy"])):
        (log.path / "history.csv").write_text(f"{','.join(columns)}\n{row}{extra}\n")
        assert list(log.history()) == columns
    (log.path / "history.csv").write_text(",".join(HISTORY) + "\n")
    assert {name: len(values) for name, values in log.history().items()} == dict.fromkeys(
        HISTORY, 0
    )
    for wrong in (f"{row},0.5,0.5", f"{row},nan", f"{row},x", "1,2"):
        (log.path / "history.csv").write_text(f"head\n{wrong}\n")
        with pytest.raises(WannError, match="not the log of a run"):
            log.history()
