"""A champion meets samples: what has the same name is matched, what has not is refused, other
samples are told.
"""

import warnings
from dataclasses import replace

import numpy as np
import pytest
from support.command import call
from support.genomes import grow
from support.rings_task import TASK
from support.sample_files import csv_file, npz_file

import wann
from envs.samples import load
from viz.classifier import classifier, classifier_parser
from wann.assess import assess as find_assess
from wann.assess.__main__ import main as assess_command
from wann.champion.champion import Champion
from wann.champion.task import task_of
from wann.errors import WannError
from wann.explain import explain as find_explain
from wann.names import canonical, order_of
from wann.pruning.comparison.subject import Subject, evolved_rows
from wann.tasks.classification.task import ClassificationTask
from wann.tasks.task import data_of
from wann.tune.__main__ import main as tune


def explain(*args, **options):
    """Return what is found as the command prints it."""
    return find_explain(*args, **options).to_json()


def assess(*args, **options):
    """Return what is found as the command prints it."""
    return find_assess(*args, **options).to_json()


COLUMNS = ("sepal", "petal", "stem", "kind")
RNG = np.random.default_rng(0)
ROWS = [
    (*np.round(RNG.normal(k % 3, 0.4, 3), 2).tolist(), ("a", "b", "c")[k % 3]) for k in range(60)
]


def table(path, order=range(4), rows=ROWS, names=COLUMNS):
    lines = [",".join(str(row[k]) for k in order) for row in rows]
    return csv_file(path, [",".join(names[k] for k in order), *lines] if names else lines)


@pytest.fixture
def champion(tmp_path):
    """Return a champion of the samples, as a run leaves it."""
    task = load(table(tmp_path / "own.csv"))
    return Champion(
        grow(3, 3, 30, 2), "samples", task.inputs, task.outputs, provenance=data_of(task)
    )


def met(champion, path, monkeypatch):
    """Return the task of a file as the champion meets it, and what is warned of."""
    monkeypatch.setenv("WANN_DATA", str(path))
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        task = task_of(champion)
    return task, [str(one.message) for one in told]


def same(one: ClassificationTask, other: ClassificationTask) -> bool:
    pairs = [(getattr(one, part), getattr(other, part)) for part in ("train", "validation", "test")]
    return all(np.array_equal(a, b) for x, y in pairs for a, b in zip(x, y, strict=True))


@pytest.mark.parametrize("order", [(2, 0, 1, 3), (1, 0, 2, 3), (3, 2, 1, 0), (0, 3, 1, 2)])
def test_columns_in_another_order_are_the_same_samples(champion, order, tmp_path, monkeypatch):
    own, _ = met(champion, tmp_path / "own.csv", monkeypatch)
    figures = assess(champion, trials=3), explain(champion)
    task, told = met(champion, table(tmp_path / "other.csv", order), monkeypatch)
    assert (
        task.inputs == champion.inputs
        and same(task, own)
        and task.digest == own.digest
        and not told
    )
    assert (assess(champion, trials=3), explain(champion)) == figures


def test_every_command_matches_them(champion, tmp_path, monkeypatch):
    other = table(tmp_path / "other.csv", (1, 3, 0, 2))
    monkeypatch.delenv("WANN_DATA", raising=False)
    champion.save(tmp_path / "c.json")
    arguments = [str(tmp_path / "c.json"), "--data", str(other)]
    _, task, _ = classifier(classifier_parser("viz.accuracy", "").parse_args(arguments))
    assert same(task, load(tmp_path / "own.csv"))
    tune([*arguments, "--epochs", "2", "-o", str(tmp_path / "a.json")])
    tune(
        [
            arguments[0],
            "--data",
            str(tmp_path / "own.csv"),
            "--epochs",
            "2",
            "-o",
            str(tmp_path / "b.json"),
        ]
    )
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    assert wann.load(tmp_path / "a.json").provenance["tuned"]["data"] == champion.provenance["data"]
    subject = Subject(str(tmp_path / "own.csv"))
    rows = evolved_rows(champion, tmp_path / "c.json", subject.name, subject.data)
    assert Subject(str(table(tmp_path / "third.tsv", (2, 1, 0, 3)))).shift.shape == (3,)
    assert evolved_rows(champion, tmp_path / "c.json", subject.name, subject.data) == rows


@pytest.mark.parametrize("first", ["npz", "csv"])
def test_a_tuning_with_other_names_of_the_same_samples(champion, first, tmp_path, monkeypatch):
    x, y = np.array([row[:3] for row in ROWS]), np.array([row[3] for row in ROWS])
    files = {"npz": npz_file(tmp_path / "own.npz", X=x, y=y), "csv": tmp_path / "own.csv"}
    task = load(files[first])
    one = replace(champion, inputs=task.inputs, outputs=task.outputs, provenance=data_of(task))
    one.save(tmp_path / "c.json")
    second = files["csv" if first == "npz" else "npz"]
    done = call(
        tmp_path / "c.json", "--data", second, "--epochs", 2, "-o", tmp_path / "t.json", main=tune
    )
    assert done.returncode == 0, done.stderr
    tuned = wann.load(tmp_path / "t.json")
    assert tuned.inputs == load(second).inputs != one.inputs
    for path in files.values():
        _, told = met(tuned, path, monkeypatch)
        assert not told
    removed = table(tmp_path / "removed.csv", rows=ROWS[1:])
    monkeypatch.delenv("WANN_DATA")
    with pytest.warns(UserWarning, match="another digest"):
        tune(
            [
                str(tmp_path / "c.json"),
                "--data",
                str(removed),
                "--epochs",
                "2",
                "-o",
                str(tmp_path / "o.json"),
            ]
        )
    # not evolved on these
    assert len(met(wann.load(tmp_path / "o.json"), removed, monkeypatch)[1]) == 1


def test_a_comparison_is_of_one_class_column(champion, tmp_path, monkeypatch):
    monkeypatch.delenv("WANN_DATA", raising=False)
    rows = [(*row[:2], k % 2, k % 3) for k, row in enumerate(ROWS)]
    task = load(table(tmp_path / "whole.csv", rows=rows))
    one = replace(champion, outputs=task.outputs, provenance=data_of(task))
    subject = Subject(str(table(tmp_path / "moved.csv", (0, 1, 3, 2), rows)))
    assert subject.task.target == "stem"
    with pytest.raises(
        WannError, match=r"c\.json: evolved for the class in column kind, not stem: give .*--target"
    ):
        evolved_rows(one, tmp_path / "c.json", subject.name, subject.data)


def test_other_names_are_refused(champion, tmp_path, monkeypatch):
    for k, (rows, names, message) in enumerate(
        (
            (
                ROWS,
                ("sepal", "leaf", "stem", "kind"),
                "the inputs of .* evolved on: 'petal' missing, 'leaf' instead",
            ),
            (
                [(*row[:3], {"b": "x"}.get(row[3], row[3])) for row in ROWS],
                COLUMNS,
                "the classes .*'b' missing, 'x' ",
            ),
            (
                [row for row in ROWS if row[3] != "c"],
                COLUMNS,
                "3 inputs and 3 outputs, but the task 'samples' has 3 a",
            ),
            (
                [(1.5, *row) for row in ROWS],
                ("more", *COLUMNS),
                "3 inputs and 3 outputs, but the task .* has 4 and 3",
            ),
            (
                ROWS,
                ("sepal", "petal", "stem", "species"),
                "has no column 'kind' that could be the class: give --target",
            ),
        )
    ):
        with pytest.raises(WannError, match=message):
            met(champion, table(tmp_path / f"{k}.csv", range(len(names)), rows, names), monkeypatch)


def test_without_names_the_position_counts(champion, tmp_path, monkeypatch):
    own = load(tmp_path / "own.csv")
    named = replace(champion, provenance={"data": own.digest})
    task, told = met(named, table(tmp_path / "bare.csv", names=None), monkeypatch)
    assert same(task, own) and not told
    x, y = np.array([row[:3] for row in ROWS]), np.array([row[3] for row in ROWS])
    task, told = met(named, npz_file(tmp_path / "own.npz", X=x, y=y), monkeypatch)
    assert same(task, own) and not told
    published = Champion(
        champion.genome, None, *([f"{kind} {k}" for k in (1, 2, 3)] for kind in ("input", "output"))
    )
    assert task_of(published, "samples") is load(tmp_path / "own.npz")


@pytest.mark.parametrize("target", ["a\0b", "\ud800", "\x1b[31m", "x" * 10**6, ""])
def test_a_class_column_that_a_file_makes_up(champion, target, tmp_path):
    odd = replace(champion, provenance={**champion.provenance, "target": target})
    odd.save(tmp_path / "odd.json")
    data = ("--data", tmp_path / "own.csv")
    done = call(tmp_path / "odd.json", *data, main=assess_command)
    if not target:  # it says nothing
        assert done.returncode == 0, done.stderr
    else:
        assert done.returncode == 2 and done.stderr.count("\n") == 1 and len(done.stderr) < 500
        assert (
            "could be the class: give --target with a name in the first row (sepal, petal, "
            in done.stderr
        )
    done = call(tmp_path / "odd.json", *data, "--target", "kind", main=assess_command)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("title", ["ki\0nd", "ki\x1b[31mnd", "ki\u00a0nd"])
def test_a_class_column_whose_title_is_no_name(champion, title, tmp_path, monkeypatch):
    own = load(tmp_path / "own.csv")
    path = csv_file(
        tmp_path / "odd.csv",
        ["", ",".join((*COLUMNS[:3], title)), *(",".join(map(str, r)) for r in ROWS)],
    )
    task = load(path)
    assert task.target == "4" and task.digest == own.digest and load(path, title).target == "4"
    odd = replace(champion, provenance=data_of(task))
    assert met(odd, path, monkeypatch)[0].digest == own.digest


def test_the_class_column_of_a_champion_is_of_tables_only(champion, tmp_path, monkeypatch):
    own = load(tmp_path / "own.csv")
    x, y = np.array([row[:3] for row in ROWS]), np.array([row[3] for row in ROWS])
    task, told = met(champion, npz_file(tmp_path / "own.npz", X=x, y=y), monkeypatch)
    assert champion.provenance["target"] == "kind" and same(task, own) and not told
    champion.save(tmp_path / "c.json")
    arguments = tmp_path / "c.json", "--data", tmp_path / "own.npz"
    assert call(*arguments, main=assess_command).returncode == 0
    done = call(*arguments, "--target", "kind", main=assess_command)
    assert (
        done.returncode == 2 and "own.npz: --target kind: names a column of a table" in done.stderr
    )


def test_other_samples_are_told(champion, tmp_path, monkeypatch):
    removed = table(tmp_path / "removed.csv", rows=ROWS[1:])
    tuned_elsewhere = replace(
        champion, provenance={**champion.provenance, "tuned": {"data": "elsewhere"}}
    )
    for one, path in ((champion, removed), (tuned_elsewhere, tmp_path / "own.csv")):
        _, told = met(one, path, monkeypatch)
        assert (
            len(told) == 1 and "the samples are not those that the network was made with" in told[0]
        )
    for provenance in ({}, {"tuned": 3}, {"tuned": {}}):
        assert not met(replace(champion, provenance=provenance), removed, monkeypatch)[1]
    for provenance in ({"data": ["x"]}, {"data": 3, "target": ["x"]}):  # a file may say anything
        assert len(met(replace(champion, provenance=provenance), removed, monkeypatch)[1]) == 1


def test_classes_match_by_their_number(champion, tmp_path, monkeypatch):
    for name, number in (("whole", "{}"), ("float", "{}.0")):
        rows = [(*row[:3], number.format("abc".index(row[3]))) for row in ROWS]
        table(tmp_path / f"{name}.csv", rows=rows)
    own = load(tmp_path / "float.csv")
    one = replace(champion, outputs=own.outputs, provenance=data_of(own))
    assert own.outputs == ("0.0", "1.0", "2.0")
    task, told = met(one, tmp_path / "whole.csv", monkeypatch)
    assert same(task, own) and task.outputs == ("0", "1", "2") and not told


def test_order_of():
    assert order_of(("a", "b", "c"), ("c", "a", "b"), "inputs") == [2, 0, 1]
    assert order_of(("input 2", "input 1"), ("input 1", "input 2"), "inputs") == [1, 0]
    assert order_of(("x", "y"), ("input 1", "input 2"), "inputs") == [0, 1]
    assert order_of(("1", "2.0"), ("2", "1.0"), "classes") == [1, 0]
    assert order_of(("a", "a"), ("a", "a"), "inputs") == [0, 1]
    for own, wanted in (
        (("a", "a"), ("a", "b")),
        (("a", "b"), ("a", "a")),
        (("x", "y"), ("input 2", "input 3")),
    ):
        with pytest.raises(WannError, match="the inputs of the samples are not those"):
            order_of(own, wanted, "inputs")
    names = [f"x{k}" for k in range(9)]
    with pytest.raises(WannError, match=r"'\\\\x1b' missing, 'x0' instead"):
        order_of(names, ["\x1b", *names[1:]], "inputs")
    with pytest.raises(
        WannError, match="'y', 'y', 'y' and 6 more missing, 'x0', 'x1', 'x2' and 6 more instead"
    ):
        order_of(names, ["y"] * 9, "inputs")


def test_canonical():
    plain = {
        "1": "1",
        "1.0": "1",
        "+1.": "1",
        "1e2": "100",
        "-0.0": "0",
        ".50": "0.5",
        "007": "007",
        "1_0": "1_0",
    }
    assert {name: canonical(name) for name in plain} == plain
    assert canonical("12345678901234567891.0") == "12345678901234567891"
    assert len({canonical(f"1.{'0' * 990}{k}") for k in (1, 2)}) == 2


def test_a_task_moves_inputs_and_labels_together():
    task = TASK.matched(TASK.inputs[::-1], TASK.outputs[::-1])
    assert np.array_equal(task.test.inputs, TASK.test.inputs[:, ::-1])
    assert (
        np.array_equal(task.test.labels, 1 - TASK.test.labels)
        and task.outputs == TASK.outputs[::-1]
    )
    assert task.train.inputs.flags.c_contiguous and TASK.matched(TASK.inputs, TASK.outputs) is TASK


@pytest.mark.parametrize("name", ["a\n", "\x1b[31m", "x" * 1001, 7, np.int64(7), None, b"a"])
def test_names_that_no_champion_file_may_have_are_refused_before_a_run(name):
    for change in ({"inputs": (name, "y")}, {"outputs": ("a", name)}):
        with pytest.raises(
            WannError,
            match="is the name of an input or class: must be text, printable, and of at most 1000",
        ):
            replace(TASK, **change)
