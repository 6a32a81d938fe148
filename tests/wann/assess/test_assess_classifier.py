"""Assessing and explaining a classifier, against counting by hand."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from support.bars_task import NAME, TASK
from support.genomes import grow

from wann.assess import assess as find_assess
from wann.assess.__main__ import main, table
from wann.assess.bootstrap import crossed_intervals, intervals
from wann.assess.conditions import NOISE, PROFILE, Draws
from wann.champion.champion import Champion
from wann.errors import WannError
from wann.explain import explain as find_explain
from wann.explain.__main__ import main as explain_main
from wann.explain.result import table as explain_table
from wann.network.forward import outputs_of
from wann.network.network import decode
from wann.tasks.classification.task import ClassificationTask


def explain(*args, **options):
    """Return what is found as the command prints it."""
    return find_explain(*args, **options).to_json()


def assess(*args, **options):
    """Return what is found as the command prints it."""
    return find_assess(*args, **options).to_json()


DRAWS = 7


@pytest.fixture(scope="module")
def champion():
    return Champion(grow(25, 3, 60, 3), NAME, TASK.inputs, TASK.outputs)


@pytest.fixture(scope="module")
def tuned(champion):
    weights = np.random.default_rng(0).normal(1, 0.5, len(champion.genome.conns))
    return replace(champion, weights=weights)


@pytest.fixture(scope="module")
def result(tuned):
    return assess(tuned, NAME, trials=DRAWS, seed=4)


def by_hand(champion, weights, samples=TASK.test):
    """Return accuracy and loss at each of some weights, one sample after another."""
    accuracy, loss = [], []
    for outputs in outputs_of(champion.network, np.array(weights, float), samples.inputs):
        right, total = 0, 0.0
        for row, label in zip(outputs.tolist(), samples.labels.tolist(), strict=True):
            right += row.index(max(row)) == label
            total += (
                math.log(sum(math.exp(value - max(row)) for value in row)) + max(row) - row[label]
            )
        accuracy.append(right / len(outputs))
        loss.append(total / len(outputs))
    return np.array(accuracy), np.array(loss)


def check(figures, expected):
    for name, values in zip(("accuracy", "loss"), expected, strict=True):
        row = figures[name]
        assert row["mean"] == pytest.approx(values.mean()) and ("std" in row) == (len(values) > 1)
        assert row.get("std", 0) == pytest.approx(values.std())
        low, high = row["interval"]
        assert low <= row["mean"] <= high


def test_conditions_are_what_they_say(tuned, result):
    assert (result["samples"], result["draws"], result["connections"]) == (
        103,
        DRAWS,
        tuned.genome.size,
    )
    for weight, figures in result["per_weight"].items():
        check(figures, by_hand(tuned, [float(weight)]))
    draws = Draws.of(DRAWS, len(tuned.genome.conns), 4)
    check(result["random_weights"], by_hand(tuned, draws.individual))
    check(result["random_shared"], by_hand(tuned, draws.shared))
    check(result["tuned"], by_hand(tuned, tuned.weights[None]))
    best = result["best_shared"]["weight"]
    check(result["best_shared"], by_hand(tuned, [best]))
    mean = np.mean([row["accuracy"]["mean"] for row in result["per_weight"].values()])
    assert (
        result["sweep"]["accuracy"]["mean"] == pytest.approx(mean)
        and "std" not in result["sweep"]["accuracy"]
    )
    for base, weights in (
        ("best_shared", np.full(len(tuned.weights), best)),
        ("tuned", tuned.weights),
    ):
        changed = result["perturbed"][base]
        for level, name in zip(NOISE, changed["noise"], strict=True):
            check(changed["noise"][name], by_hand(tuned, weights * (1 + level * draws.errors)))
        check(changed["random_signs"], by_hand(tuned, weights * draws.signs))
        check(changed["opposite_signs"], by_hand(tuned, -weights[None]))


def test_the_best_weight_is_that_of_the_validation_samples(tuned, result):
    best = result["best_shared"]["weight"]
    loss = by_hand(tuned, [best, *PROFILE], TASK.validation)[1]
    assert loss[0] <= loss.min() + 1e-9
    others = ClassificationTask(
        TASK.inputs, TASK.outputs, TASK.train, TASK.validation,
        TASK.test._replace(labels=2 - TASK.test.labels), TASK.batch,
    )  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("support.bars_task.TASK", others)
        assert assess(tuned, NAME, trials=2)["best_shared"]["weight"] == best


def test_ensemble_and_profile_and_classes(tuned, result):
    test = TASK.test
    accuracy = TASK.accuracy(tuned.network, np.array(tuned.sweep))["test"]
    for way in ("vote", "mean_probability"):
        assert result["ensemble"][way]["accuracy"]["mean"] == pytest.approx(accuracy[way])
    profile = result["profile"]
    expected, loss = by_hand(tuned, PROFILE)
    np.testing.assert_allclose(profile["accuracy"], expected)
    np.testing.assert_allclose(profile["loss"], loss)
    assert profile["best_weight"] == {
        "weight": PROFILE[expected.argmax()],
        "accuracy": pytest.approx(expected.max()),
    }
    assert profile["near_best"] == np.mean(expected >= 0.9 * expected.max())
    chosen = [
        row.index(max(row)) for row in outputs_of(tuned.network, [-2.0], test.inputs)[0].tolist()
    ]
    for label, name in enumerate(TASK.outputs):
        of_class = [c == label for c, y in zip(chosen, test.labels, strict=True) if y == label]
        # the first weight is -2
        assert result["per_class"][name][0] == pytest.approx(sum(of_class) / len(of_class))
        assert profile["per_class"][name][20] == result["per_class"][name][0] and PROFILE[20] == -2
    matrix = np.array(result["confusion"])
    assert matrix.sum(axis=1).tolist() == np.bincount(test.labels).tolist()
    assert matrix.trace() / 103 == pytest.approx(accuracy["mean_probability"])


def test_the_table_and_json(tuned, result, tmp_path, capsys):
    whole = find_assess(tuned, NAME, trials=DRAWS, seed=4)
    text = table(whole)
    per = result["per_weight"]["-2.0"]
    assert f"{100 * per['accuracy']['mean']:.1f} %" in text and f"{per['loss']['mean']:.3f}" in text
    for part in (
        "103 test samples, 7 draws",
        "ensemble of these 6, vote",
        "random shared weight, U(-2, 2)",
        "tuned weights",
        "20 % noise",
        "accuracy of each class",
        "the ensemble takes them for",
    ):
        assert part in text
    assert "nan" not in text and max(map(len, text.splitlines())) < 100
    tuned.save(tmp_path / "c.json")
    main(
        [str(tmp_path / "c.json"), "--task", NAME, "--trials", str(DRAWS), "--seed", "4", "--json"]
    )
    assert json.loads(capsys.readouterr().out) == result
    many = replace(whole, classes=tuple(str(i) for i in range(30)))
    assert "takes them for" not in table(many)  # there is no room


def test_crossed_intervals():
    rng = np.random.default_rng(0)
    rows, columns = rng.normal(0, 3, 60), rng.normal(0, 1, 400)
    table = rows[:, None] + columns
    low, high = crossed_intervals([table, table[:1]], np.random.default_rng(1)).T
    # the luck of rows and of columns adds up; of a single row only that of columns is left
    both = 2 * 1.96 * np.hypot(rows.std() / 60**0.5, columns.std() / 20)
    assert high[0] - low[0] == pytest.approx(both, rel=0.1)
    assert high[1] - low[1] == pytest.approx(2 * 1.96 * columns.std() / 20, rel=0.1)
    usual = intervals(table[:1], np.random.default_rng(1))[0]
    np.testing.assert_allclose((low[1], high[1]), usual, atol=0.03)
    again = crossed_intervals([table, table[:1]], np.random.default_rng(1))
    assert again.tolist() == np.column_stack((low, high)).tolist()


# ----------------------------------------------------------------------------------------- explain
@pytest.mark.parametrize("individual", [False, True])
def test_explain_counts_validation_samples(champion, tuned, individual):
    one = tuned if individual else champion
    result = explain(one, NAME)
    weights = one.weights[None] if individual else np.array(one.sweep)
    assert result["samples"] == 101 and "trials" not in result
    assert result["score"] == pytest.approx(100 * by_hand(one, weights, TASK.validation)[0].mean())
    for row in result["connections"][:3] + result["inputs"][-2:]:
        genome = one.genome
        conns = genome.conns.copy()
        gone = conns["source"] == row.get("source", row.get("id"))
        if "target" in row:
            gone &= conns["target"] == row["target"]
        conns["enabled"] &= ~gone
        without = replace(one, genome=genome._replace(conns=conns))
        score = 100 * by_hand(without, weights, TASK.validation)[0].mean()
        assert row["loss"] == pytest.approx(result["score"] - score)
    n_used = len({int(s) for s in decode(one.genome).source if s <= 25})
    assert sum(row["loss"] != 0 for row in result["inputs"]) <= n_used
    text = explain_table(find_explain(one, NAME))
    assert f"It is right in {result['score']:.1f} %" in text and "101 validation samples" in text
    assert f"its removal costs {result['connections'][0]['loss']:.1f} points." in text


def test_explain_names_few_inputs_and_counts_many(champion, tmp_path, capsys):
    genome, conns = champion.genome, champion.genome.conns.copy()
    conns["enabled"] &= conns["source"] > 20
    lines = []
    for one in (champion, replace(champion, genome=genome._replace(conns=conns))):
        one.save(tmp_path / "c.json")
        explain_main([str(tmp_path / "c.json"), "--task", NAME])
        text = capsys.readouterr().out
        lines.append(next(line for line in text.splitlines() if "Not needed:" in line))
    assert "pixel" in lines[0] and lines[1].endswith(" of 26 inputs.")


def test_data_is_an_option(tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("WANN_DATA", raising=False)
    Champion(grow(2, 2, 5, 0), "samples", ("a", "b"), ("large", "small")).save(tmp_path / "c.json")
    rows = np.random.default_rng(0).normal(size=(60, 2)).round(3).tolist()
    (tmp_path / "own.csv").write_text(
        "".join(f"{a},{b},{'large' if a > b else 'small'}\n" for a, b in rows)
    )
    for command, says in ((main, "12 test samples"), (explain_main, "validation samples")):
        with pytest.raises(WannError, match="needs a file: give it with --data"):
            command([str(tmp_path / "c.json")])
        command([str(tmp_path / "c.json"), "--data", str(tmp_path / "own.csv"), "--trials", "3"])
        assert says in capsys.readouterr().out
