"""The end of a run: seconds of tuning where they are little beside it, and what is told of it."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from support import output_task
from support.command import SMALL, call
from support.genomes import grow

import wann
from wann.champion.champion import Champion
from wann.errors import StopRequested
from wann.evolve import ending as room
from wann.runs.directory import RunDirectory
from wann.tasks import Data, find_task
from wann.tasks.task import capabilities_of
from wann.tune.__main__ import main as tune_main
from wann.tune.tune import Silent, most_steps, tune
from wann.workers.evaluator import Evaluator

FEW = (*SMALL, "--set", "generations=3", "--set", "report_trials=20", "--seed", 1)


@pytest.fixture
def all_cheap(monkeypatch):
    """Make every run long enough for its tuning."""
    monkeypatch.setattr(room, "SHARE", 1e9)


@pytest.fixture(scope="module")
def ended(tmp_path_factory):
    """Return a run that was tuned at its end, and what was printed."""
    path = tmp_path_factory.mktemp("ended") / "run"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(room, "SHARE", 1e9)
        done = call(*FEW, "--out", path)
    assert done.returncode == 0, done.stderr
    return path, done.stdout


@pytest.fixture(scope="module")
def samples(tmp_path_factory):
    """Return a small table that a network can learn."""
    path = tmp_path_factory.mktemp("samples") / "own.npz"
    x = np.random.default_rng(0).normal(size=(60, 3))
    np.savez(path, X=x, y=(x[:, 0] > 0).astype(int))
    return Data(path)


@pytest.fixture
def run(ended, tmp_path):
    """Return a copy of that run."""
    return shutil.copytree(ended[0], tmp_path / "run")


def row(text, name):
    """Return the numbers of the line of this name."""
    line = next(line for line in reversed(text.splitlines()) if line.strip().startswith(name))
    return line.split()


def test_a_run_is_tuned_in_seconds_and_told_of(ended):
    path, text = ended
    tuned, champion = wann.load(path / "tuned.json"), wann.load(path)
    assert tuned.weights is not None and tuned.scores["trials"] == 100
    assert tuned.provenance["tuned"]["quick"] is True and tuned.provenance["tuned"]["seed"] == 1
    assert tuned.scores["untuned"] == champion.scores
    assert "tuned, on 100 fresh trials, mean ± std:" in text
    own, shared = tuned.scores["tuned"], tuned.scores["shared_weight"]
    assert row(text, "weights of its own")[4] == f"{own['mean']:.1f}"
    assert f"in {round(100 * own['success'])} of 100 starts" in text
    assert row(text, "best shared weight")[4] == f"{shared['mean']:.1f}"
    again = tune(champion, seed=1, quick=True)
    assert again.to_json() == tuned.to_json()


def test_what_is_told_is_what_wann_tune_tells(ended, tmp_path):
    path, text = ended
    done = call(path, "--quick", "--seed", 1, "-o", tmp_path / "t.json", main=tune_main)
    names = "weights of its own", "best shared weight"
    lines = {line.strip() for line in text.splitlines() if line.strip().startswith(names)}
    assert len(lines) == 3 and lines <= {line.strip() for line in done.stdout.splitlines()}
    assert (tmp_path / "t.json").read_bytes() == (path / "tuned.json").read_bytes()


def test_a_short_run_is_not_tuned(tmp_path):
    done = call(*FEW, "--out", tmp_path / "run")
    assert not (tmp_path / "run" / "tuned.json").exists()
    assert "on 100 fresh trials, mean ± std:" in done.stdout and "tuned, on" not in done.stdout
    weight = f"{wann.load(tmp_path / 'run').shared_weight:g}"
    assert row(done.stdout, "good shared weight")[3] == weight
    assert "weights of its own" not in done.stdout


def test_a_finished_run_that_is_resumed_is_not_tuned_again(run, all_cheap, monkeypatch, ended):
    monkeypatch.setattr(room, "tune", lambda *a, **k: pytest.fail("tuned again"))
    done = call("--resume", run)
    assert done.returncode == 0 and "weights of its own" in done.stdout
    assert (run / "tuned.json").read_bytes() == (ended[0] / "tuned.json").read_bytes()


def test_one_that_was_killed_while_it_was_tuned_gets_the_same(run, all_cheap, ended):
    (run / "tuned.json").unlink()
    assert call("--resume", run).returncode == 0
    assert (run / "tuned.json").read_bytes() == (ended[0] / "tuned.json").read_bytes()


def of_another_network(run, **tuned):
    """Put another tuned network into a run, as of a champion that it had before."""
    task = find_task("swingup_hard")
    genome = grow(5, 1, 9, 7)
    champion = Champion(
        genome, "swingup_hard", task.inputs, task.outputs, provenance={"tuned": tuned}
    )
    other = tune(champion, rounds=1, trials=2, quick=True, monitor=Silent())
    provenance = {"tuned": {**other.provenance["tuned"], **tuned}}
    replace(other, provenance=provenance).save(run / "tuned.json")
    return (run / "tuned.json").read_bytes()


def test_minutes_of_tuning_are_never_overwritten(run, all_cheap):
    before = of_another_network(run, quick=False)
    done = call("--resume", run)
    assert done.returncode == 0 and (run / "tuned.json").read_bytes() == before
    assert "good shared weight" in done.stdout and "weights of its own" not in done.stdout


def test_seconds_of_another_network_are(run, all_cheap, ended):
    of_another_network(run, quick=True)
    assert RunDirectory.open(run).tuned() is None
    assert call("--resume", run).returncode == 0
    assert (run / "tuned.json").read_bytes() == (ended[0] / "tuned.json").read_bytes()


def test_a_damaged_file_is_kept(run, all_cheap):
    (run / "tuned.json").write_text("{")
    done = call("--resume", run)
    assert done.returncode == 0 and "good shared weight" in done.stdout
    assert (run / "tuned.json").read_text() == "{"


@pytest.mark.parametrize("scores", [{}, {"trials": 9, "shared_weight": 3}, {"trials": 9,
    "shared_weight": {"weight": "x", "mean": 1, "std": 1}}])  # fmt: skip
def test_a_file_whose_scores_say_nothing_is_kept(run, all_cheap, scores):
    tuned = wann.load(run / "tuned.json")
    provenance = {"tuned": {"method": "by hand"}}
    replace(tuned, scores=scores, provenance=provenance).save(run / "tuned.json")
    before = (run / "tuned.json").read_bytes()
    done = call("--resume", run)
    assert done.returncode == 0 and "good shared weight" in done.stdout, done.stderr
    assert (run / "tuned.json").read_bytes() == before


def test_a_task_whose_rollouts_take_who_knows_how_long_is_not_tuned(tmp_path, all_cheap):
    few = "--population", 8, "--generations", 2, "--trials", 1
    done = call(output_task.NAME, *few, "--set", "search.tournament=2", "--out", tmp_path / "run")
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "run" / "tuned.json").exists()


def test_wann_tune_may_overwrite_seconds_of_tuning_only(run):
    few = ("--generations", 1, "--trials", 2)
    done = call(run, *few, main=tune_main)
    assert done.returncode == 0, done.stderr
    assert "quick" not in wann.load(run / "tuned.json").provenance["tuned"]
    done = call(run, *few, main=tune_main)
    assert done.returncode == 2 and "exists already" in done.stderr


def test_it_can_be_stopped_and_gone_on_with(run, all_cheap, monkeypatch, ended):
    (run / "tuned.json").unlink()

    def stopped(*_, monitor, **__):
        monitor.stopped = True
        raise StopRequested

    with monkeypatch.context() as patch:
        patch.setattr(room, "tune", stopped)
        done = call("--resume", run)
    assert done.returncode == 130 and "champion: " in done.stdout
    assert f"--resume {run}" in done.stderr and not (run / "tuned.json").exists()


def test_json_has_it(run, tmp_path):
    found = json.loads(call("--resume", run, "--json").stdout)
    assert found["tuned"] == json.loads((run / "tuned.json").read_text())
    done = call(*FEW, "--out", tmp_path / "short", "--json")
    assert json.loads(done.stdout)["tuned"] is None


@pytest.mark.parametrize("name", ["swingup_hard", "cartpole", "samples"])
def test_the_steps_it_may_take_are_a_bound(name, samples):
    task = find_task(name, samples if name == "samples" else None)
    sizes = len(task.inputs), len(task.outputs)
    champion = Champion(grow(*sizes, 12, 1), name, task.inputs, task.outputs)
    with Evaluator(task, "threads", 2) as evaluate:
        tuned = tune(champion, task, quick=True, evaluate=evaluate)
    steps, most = tuned.provenance["tuned"]["steps"], most_steps(task, 100, quick=True)
    assert capabilities_of(task).compiled and 0.02 * most < steps <= most


def test_a_classifier_is_trained(tmp_path, all_cheap, samples):
    done = call(
        samples.path, "--set", "generations=2", "--set", "search.population=8",
        "--out", tmp_path / "run",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    accuracy = wann.load(tmp_path / "run" / "tuned.json").scores["tuned"]["accuracy"]
    assert "test samples, accuracy and loss:" in done.stdout
    assert row(done.stdout, "weights of its own")[4] == f"{100 * accuracy:.1f}"
