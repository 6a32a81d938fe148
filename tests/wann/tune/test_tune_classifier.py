"""A classifier is tuned by gradient descent: it helps, survives a kill, and the test samples have
no part in it.
"""

import json
import signal
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest
from support.command import call
from support.genomes import grow
from support.places import HELPERS
from support.rings_task import TASK

import wann
from wann.champion.champion import Champion
from wann.network.gradient import cross_entropy
from wann.network.network import decode_all
from wann.tune.__main__ import main

OPTIONS = ("--task", "support.rings_task:TASK", "--epochs", 40, "--seed", 3)


def run(*args):
    return call(*args, main=main)


@pytest.fixture(scope="module")
def tuned(tmp_path_factory):
    """Return the file of a tuning that was never interrupted."""
    file = tmp_path_factory.mktemp("classifier") / "c.json"
    Champion(
        grow(2, 2, 40, 4),
        "support.rings_task:TASK",
        TASK.inputs,
        TASK.outputs,
        scores={"mean": -0.7},
    ).save(file)
    done = run(file, *OPTIONS)
    assert done.returncode == 0, done.stderr
    assert "viz.assess" in done.stdout and "viz.watch" not in done.stdout
    assert "200 test samples, accuracy and loss" in done.stdout and not list(
        file.parent.glob("*.log")
    )
    return file.with_name("c.tuned.json")


def test_the_scores_are_those_of_the_test_samples_and_better_than_before(tuned):
    champion = wann.load(tuned)
    scores, net = champion.scores, champion.network
    for weights, row in (
        (champion.weights, scores["tuned"]),
        (np.full(len(champion.weights), champion.shared_weight), scores["shared_weight"]),
    ):
        loss, _, accuracy = cross_entropy(net, weights, *TASK.test)
        assert (row["loss"], row["accuracy"]) == (loss, accuracy)
    assert scores["tuned"]["loss"] < 0.9 * scores["shared_weight"]["loss"]
    assert scores["untuned"] == {"mean": -0.7} and scores["test_samples"] == 200
    assert champion.provenance["tuned"]["method"] == "Adam"
    # the best shared weight is at least as good as those of the sweep, in training
    trials = TASK.trials(20, np.random.default_rng(0))
    weights = np.array([*champion.sweep, champion.shared_weight])
    task = replace(TASK, unit_temperature=True)  # as outputs are with weights of their own
    means = task.score(decode_all([champion.genome]), weights, trials)[0][0].mean(axis=1)
    assert means[-1] >= means.max() - 0.01


@pytest.mark.slow
def test_kills_and_more_threads_give_the_same_file(tuned, tmp_path):
    out, checkpoint = tmp_path / "out.json", tmp_path / "out.json.npz"
    args = (tuned.with_name("c.json"), *OPTIONS, "-o", out, "--workers", 2)
    slow = (
        "import sys, time; from wann.tune import __main__ as tune, descent;"
        " descent.SECONDS_BETWEEN_CHECKPOINTS = 0;epoch ="
        " descent.Descent.run_epoch;descent.Descent.run_epoch = lambda self: (time.sleep(0.05),"
        " epoch(self))[1]; tune.main(sys.argv[1:])"
    )
    for epoch in (2, 12):
        process = subprocess.Popen(
            [sys.executable, "-c", slow, *map(str, args)], cwd=HELPERS, stdout=subprocess.DEVNULL
        )
        while not checkpoint.exists() or np.load(checkpoint)["epoch"] < epoch:
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert not out.exists()
    other = run(*args, "--seed", 4)
    assert other.returncode == 2 and "belongs to another network or other options" in other.stderr
    done = run(*args)
    assert done.returncode == 0 and "resumed after " in done.stdout
    assert out.read_bytes() == tuned.read_bytes()
    assert [file.name for file in tmp_path.iterdir()] == ["out.json"]


def test_going_on_from_a_tuned_one_and_json(tuned, tmp_path):
    done = run(tuned, *OPTIONS, "-o", tmp_path / "more.json", "--json")
    more = json.loads(done.stdout)["champion"]["scores"]
    assert (
        more["untuned"] == {"mean": -0.7} and more["tuned"]["loss"] < more["shared_weight"]["loss"]
    )


def test_options_of_the_other_method(tuned):
    done = run(
        tuned.with_name("c.json"),
        "--task",
        "support.rings_task:TASK",
        "--generations",
        3,
        "--force",
    )
    assert (
        done.returncode == 2
        and "--generations: this task is tuned otherwise and has none; give --epochs" in done.stderr
    )
    done = run("--mlp", 2, "--task", "cartpole", "--epochs", 3, "-o", tuned.with_name("x.json"))
    assert (
        done.returncode == 2
        and "--epochs: this task is tuned otherwise and has none; give --generations" in done.stderr
    )
