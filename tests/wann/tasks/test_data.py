"""Data that a command line names is passed on; the environment stays as it was."""

import os
from argparse import ArgumentParser
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.genomes import grow
from support.sample_files import csv_file, npz_file

import viz.accuracy
import viz.confusion
import viz.explorer.__main__
import viz.report.__main__
import viz.topology
import viz.watch.__main__
import viz.weight_sweep
import wann
import wann.assess.__main__
import wann.evolve.__main__
import wann.explain.__main__
import wann.simplify.__main__
import wann.tune.__main__
from envs.samples import load
from wann.assess import assess as find_assess
from wann.champion.task import task_of
from wann.errors import WannError
from wann.explain import explain as find_explain
from wann.pruning.comparison.compare import main as prune
from wann.tasks import Data, find_task
from wann.tasks.data import add_data_option, data_of_args, data_of_environment, data_options


def explain(*args, **options):
    """Return what is found as the command prints it."""
    return find_explain(*args, **options).to_json()


def assess(*args, **options):
    """Return what is found as the command prints it."""
    return find_assess(*args, **options).to_json()


SMALL = ["search.population=16", "search.tournament=4", "generations=1", "report_trials=4"]
RNG = np.random.default_rng(0)
#: the class is in the first column: what does not pass on --target fails with these
ROWS = [
    f"{'ab'[k % 2]},{k % 2 + x:.2f},{y:.2f}" for k, (x, y) in enumerate(RNG.normal(size=(60, 2)))
]


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    return csv_file(tmp_path_factory.mktemp("data") / "own.csv", ["kind,x,y", *ROWS])


@pytest.fixture(scope="module")
def finished(table, tmp_path_factory):
    """Return a small run of the samples that does not say which column is the class."""
    path = tmp_path_factory.mktemp("runs") / "run"
    settings = [part for setting in SMALL for part in ("--set", setting)]
    given = ["samples", "--data", str(table), "--target", "kind", "--out", str(path)]
    before = dict(os.environ)
    wann.evolve.__main__.main([*given, *settings, "--backend", "serial"])
    assert dict(os.environ) == before
    champion = wann.load(path)
    assert champion.provenance["target"] == "kind"
    provenance = {key: value for key, value in champion.provenance.items() if key != "target"}
    replace(champion, genome=grow(2, 2, 12, 0), provenance=provenance).save(path / "champion.json")
    return path


@pytest.mark.parametrize(
    ("main", "options"),
    [
        (wann.assess.__main__.main, ("--trials", "2")),
        (wann.explain.__main__.main, ("--trials", "2")),
        (wann.tune.__main__.main, ("--epochs", "1", "-o", "tuned.json")),
        (wann.simplify.__main__.main, ("--trials", "2", "-o", "simplified.json")),
        (viz.accuracy.main, ("-o", "a.png")),
        (viz.confusion.main, ("-o", "c.png")),
        (viz.weight_sweep.main, ("--trials", "2", "-o", "w.png")),
        (viz.topology.main, ("--importance", "--trials", "2", "-o", "t.png")),
        (viz.explorer.__main__.main, ("--trials", "2", "-o", "e.html")),
        (viz.report.__main__.main, ()),
    ],
)
def test_commands_find_the_data_and_leave_the_environment_as_it_was(
    main, options, finished, table, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WANN_DATA", "elsewhere.csv")
    monkeypatch.delenv("WANN_TARGET", raising=False)
    before = dict(os.environ)
    main([str(finished), "--data", str(table), "--target", "kind", *options])
    assert dict(os.environ) == before
    with pytest.raises(OSError, match="elsewhere"):  # what was named for one command is forgotten
        main(
            [
                str(finished),
                *options,
                *(["--force"] if options[-1:] and options[-1].endswith(".json") else []),
            ]
        )


def test_what_is_watched_has_no_classes_but_its_data_is_found(finished, table, monkeypatch):
    monkeypatch.delenv("WANN_DATA", raising=False)
    before = dict(os.environ)
    with pytest.raises(WannError, match="a classifier makes no moves to watch"):
        viz.watch.__main__.main([str(finished), "--data", str(table), "--target", "kind"])
    assert dict(os.environ) == before


def test_a_comparison_finds_the_data_and_leaves_the_environment_as_it_was(
    finished, table, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    before = dict(os.environ)
    small = [
        "--methods",
        "random",
        "--compressions",
        "2",
        "--seeds",
        "0",
        "--hidden",
        "4",
        "--epochs",
        "1",
        "--champion",
    ]
    prune([str(table), "--target", "kind", *small, str(finished)])
    assert dict(os.environ) == before
    small[-1:] = ["--out", "again"]
    prune(["samples", "--data", str(table), "--target", "kind", *small])
    assert dict(os.environ) == before


def test_data_is_an_argument_in_python(finished, table, monkeypatch):
    monkeypatch.delenv("WANN_DATA", raising=False)
    data, champion = Data(table, "kind"), wann.load(finished)
    assert find_task("samples", data) is load(table, "kind")
    assert task_of(champion, data=data).target == "kind"
    assert assess(champion, trials=2, data=data)["task"] == "samples"
    assert explain(champion, data=data)["task"] == "samples"
    with pytest.raises(WannError, match="needs a file"):
        task_of(champion)
    with pytest.raises(WannError, match="--target kind: only a table of samples has such columns"):
        find_task("swingup", data)


@pytest.mark.parametrize(
    "name", ["swingup", "digits", "gym:CartPole-v1", "support.output_task:TASK"]
)
def test_data_for_a_task_that_reads_none_is_a_mistake_unless_the_environment_names_it(
    name, table, monkeypatch
):
    monkeypatch.setenv("WANN_DATA", "elsewhere.csv")
    assert find_task(name).inputs  # it may be there for another task
    assert find_task(name, data_of_environment()) is not None
    with pytest.raises(WannError, match=f"own.csv: the task '{name}' reads no data"):
        find_task(name, Data(table))


def test_an_encoder_is_named_for_the_task_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("WANN_DATA", str(tmp_path))  # where MNIST is, say
    own = find_task("carracing", Data())
    assert find_task("carracing").digest == find_task("carracing", data_of_environment()).digest
    assert find_task("carracing").digest == own.digest
    with pytest.raises(OSError, match="nowhere"):
        find_task("carracing", Data(tmp_path / "nowhere.npz"))


def test_a_champions_column_counts_where_the_user_names_none(finished, table, tmp_path):
    recorded = replace(wann.load(finished), provenance={"target": "kind"})
    assert task_of(recorded, data=Data(table)).target == "kind"
    with pytest.raises(WannError, match="if the class is not in column 3"):
        task_of(recorded, data=Data(table, "y"))
    x, y = load(table, "kind").train
    arrays = npz_file(tmp_path / "own.npz", X=x, y=np.array(["a", "b"])[y])
    assert task_of(recorded, data=Data(arrays)).target is None


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], Data(Path("env.csv"), "2")),
        (["--data", "own.csv"], Data(Path("own.csv"), "2")),
        (["--target", "-1"], Data(Path("env.csv"), "-1")),
        (["--data", "", "--target", ""], Data()),
        (["--data", "~/own.csv"], Data(Path("/home/me/own.csv"), "2")),
    ],
)
def test_the_command_line_counts_before_the_environment(arguments, expected, monkeypatch):
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.setenv("WANN_DATA", "env.csv")
    monkeypatch.setenv("WANN_TARGET", "2")
    parser = ArgumentParser()
    add_data_option(parser)
    args = parser.parse_args(arguments)
    assert data_of_args(args) == expected
    assert data_of_environment() == Data(Path("env.csv"), "2")
    again = parser.parse_args(list(map(str, data_options(args))))
    if "" not in arguments:  # which other commands need not say
        assert data_of_args(again) == expected
