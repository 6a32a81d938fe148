"""The assess command."""

import json
import subprocess
import sys

import numpy as np
import pytest
from genomes import grow

from wann.assess import assess
from wann.champion import Champion
from wann.network import decode_all
from wann.tasks import find_task


@pytest.fixture
def champion():
    task = find_task("cartpole")
    return Champion(grow(4, 1, 15, 2), "cartpole", task.inputs, task.outputs)


def run(*args):
    """Run ``python -m wann.assess``."""
    return subprocess.run([sys.executable, "-m", "wann.assess", *map(str, args)], capture_output=True, text=True)


def test_conditions_are_what_they_say(champion):
    result = assess(champion, trials=20, seed=1)
    assert list(result) == [
        "task", "trials", "connections", "per_weight", "random_weights", "random_shared", "best_shared"
    ]  # fmt: skip
    assert (result["task"], result["trials"], result["connections"]) == ("cartpole", 20, champion.genome.size)
    assert list(result["per_weight"]) == ["-2.0", "-1.0", "-0.5", "0.5", "1.0", "2.0"]
    task, best = find_task("cartpole"), result["best_shared"]
    scores, _ = task.score(
        decode_all([champion.genome]), np.array([best["weight"]]), task.trials(400, np.random.default_rng(5))
    )
    assert abs(scores.mean() - best["mean"]) < 4 * scores.std() / 20**0.5 + 1e-9
    assert best["mean"] >= max(row["mean"] for row in result["per_weight"].values()) - best["std"] - 1
    assert assess(champion, trials=20, seed=1) == result != assess(champion, trials=20, seed=2)


def test_command(champion, tmp_path):
    champion.save(tmp_path / "c.json")
    table = run(tmp_path / "c.json", "--trials", 5)
    assert table.returncode == 0 and "shared weight -2.0" in table.stdout and "best shared weight" in table.stdout
    printed = json.loads(run(tmp_path / "c.json", "--trials", 5, "--json").stdout)
    assert printed == json.loads(json.dumps(assess(champion, trials=5)))


def test_command_on_the_published_file(published):
    printed = json.loads(run(published, "--task", "swingup", "--json").stdout)
    assert printed["connections"] == 52 and abs(printed["best_shared"]["mean"] - 723) < 25


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["missing.json"], "missing.json: no such file"),
        (["."], "no champion.json"),
        (["c.json", "--task", "swingup"], "4 inputs and 1 outputs"),
        (["c.json", "--task", "swing"], "unknown task"),
        (["c.json", "--trials", "0"], "--trials 0: must be at least 1"),
        (["c.json", "--seed", "-2"], "--seed -2"),
        (["no_task.json"], "--task NAME"),
        (["broken.json"], "broken.json: not valid JSON"),
        (["foreign.json"], "foreign.json: not a champion file"),
    ],
)
def test_mistakes(champion, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    champion.save("c.json")
    Champion(champion.genome, None, champion.inputs, champion.outputs).save("no_task.json")
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "foreign.json").write_text('{"a": 1}')
    done = run(*arguments)
    assert done.returncode == 2 and message in done.stderr and done.stderr.count("\n") == 1
