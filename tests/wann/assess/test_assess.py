"""The assess command."""

import json
import subprocess
import sys
from dataclasses import replace
from unittest import mock

import numpy as np
import pytest
from support.command import call
from support.genomes import grow
from support.output_task import NAME, TASK

from wann.assess import assess as find_assess
from wann.assess.__main__ import main
from wann.assess.conditions import NOISE, PROFILE
from wann.assess.episodes import Played, score_profile
from wann.assess.table import table
from wann.champion.champion import Champion
from wann.errors import WannError
from wann.genome.genome import CONNECTION, NODE, Genome, minimal_genome
from wann.network.network import decode_all
from wann.streams import rng_for
from wann.tasks import find_task


def assess(*args, **options):
    """Return what is found as the command prints it."""
    return find_assess(*args, **options).to_json()


@pytest.fixture
def champion():
    task = find_task("cartpole")
    return Champion(grow(4, 1, 15, 2), "cartpole", task.inputs, task.outputs)


@pytest.fixture
def line():
    """A network of one connection, so that its output is weight times the first input.

    Its weight is tuned to 2.5.
    """
    nodes = np.array([(node, 1) for node in range(4)], NODE)
    genome = Genome(2, 1, nodes, np.array([(1, 3, True)], CONNECTION))
    return Champion(genome, None, TASK.inputs, TASK.outputs, weights=np.array([2.5]))


def run(*args):
    """Run ``python -m wann.assess``."""
    return subprocess.run(
        [sys.executable, "-m", "wann.assess", *map(str, args)], capture_output=True, text=True
    )


def test_conditions_are_what_they_say(champion):
    result = assess(champion, trials=20, seed=1)
    assert list(result) == [
        "task", "trials", "connections", "success", "per_weight", "random_weights", "random_shared",
        "best_shared", "sweep",
        "perturbed", "profile",
    ]  # fmt: skip
    assert (result["task"], result["trials"], result["connections"]) == (
        "cartpole",
        20,
        champion.genome.size,
    )
    assert list(result["per_weight"]) == ["-2.0", "-1.0", "-0.5", "0.5", "1.0", "2.0"]
    task, best = find_task("cartpole"), result["best_shared"]
    scores, _ = task.score(
        decode_all([champion.genome]),
        np.array([best["weight"]]),
        task.trials(400, np.random.default_rng(5)),
    )
    assert abs(scores.mean() - best["mean"]) < 4 * scores.std() / 20**0.5 + 1e-9
    assert (
        best["mean"] >= max(row["mean"] for row in result["per_weight"].values()) - best["std"] - 1
    )
    assert assess(champion, trials=20, seed=1) == result != assess(champion, trials=20, seed=2)


def test_scores_that_can_be_worked_out(line):
    result = assess(line, NAME, trials=50, seed=3)
    a = TASK.trials(50, rng_for(3, 0, "assess"))[:, 0]
    for weight, row in result["per_weight"].items():
        assert row["mean"] == pytest.approx(float(weight) * a.mean())
        assert row["std"] == pytest.approx(abs(float(weight)) * a.std())
        assert row["interval"][0] < row["mean"] < row["interval"][1]
    # the six weights cancel each other
    assert result["sweep"]["mean"] == pytest.approx(0, abs=1e-12)
    assert result["best_shared"]["weight"] == 3 and result["best_shared"]["mean"] == pytest.approx(
        3 * a.mean()
    )
    assert result["tuned"]["mean"] == pytest.approx(2.5 * a.mean())
    draws = rng_for(3, 0, "weights")
    each, shared = draws.uniform(-2, 2, (50, 1))[:, 0], draws.uniform(-2, 2, 50)
    assert result["random_weights"]["mean"] == pytest.approx((each * a).mean())
    assert result["random_shared"]["mean"] == pytest.approx((shared * a).mean())


def test_the_interval_counts_the_luck_of_weights_as_well_as_of_trials(line):
    result = assess(line, NAME, trials=100)
    for name in ("random_weights", "random_shared", "best_shared"):
        row = result[name]
        assert np.diff(row["interval"])[0] == pytest.approx(2 * 1.96 * row["std"] / 10, rel=0.1)
    best = result["best_shared"]
    assert result["random_weights"]["std"] > 3 * best["std"] / best["weight"]


def test_changed_weights(line):
    result = assess(line, NAME, trials=50, seed=3)
    a = TASK.trials(50, rng_for(3, 0, "assess"))[:, 0]
    errors = rng_for(3, 0, "noise").standard_normal((50, 1))[:, 0]
    signs = rng_for(3, 0, "signs").choice((-1.0, 1.0), (50, 1))[:, 0]
    assert 15 < (signs > 0).sum() < 35
    assert list(result["perturbed"]) == ["best_shared", "tuned"]
    for weight, rows in zip((3, 2.5), result["perturbed"].values(), strict=True):
        assert list(rows["noise"]) == ["0.05", "0.1", "0.2", "0.5"]
        for level, row in zip(NOISE, rows["noise"].values(), strict=True):
            assert row["mean"] == pytest.approx(np.mean(weight * (1 + level * errors) * a))
        assert rows["random_signs"]["mean"] == pytest.approx(np.mean(weight * signs * a))
        assert rows["opposite_signs"]["mean"] == pytest.approx(-weight * a.mean())


def test_a_tuned_champion_is_also_assessed_without_its_weights(champion):
    tuned = replace(champion, weights=np.linspace(-1, 1, len(champion.genome.conns)))
    without, result = assess(champion, trials=5), assess(tuned, trials=5)
    assert "tuned" in result and "tuned" in result["perturbed"]
    del result["tuned"], result["perturbed"]["tuned"]
    assert result == without


def test_profile_of_a_known_shape():
    mean = np.array([0.0, 9.0, 8.99, 10.0, 9.5])
    scores = mean[:, None] + np.array([-1.0, 0.0, 1.0])
    result = score_profile(np.arange(5.0), Played(scores, None)).to_json()
    assert result["best_weight"] == {"weight": 3.0, "mean": 10.0}
    assert result["worst_weight"] == {"weight": 0.0, "mean": 0.0}
    assert result["near_best"] == 3 / 5  # 9, 10 and 9.5
    assert result["worst"] == (mean - 1).tolist() and result["best"] == (mean + 1).tolist()
    assert result["mean_score"] == pytest.approx(mean.mean())
    # of losses, the near ones are at most 10 % greater
    losses = Played(np.array([[-10.0], [-11.0], [-11.1]]), None)
    assert score_profile(np.arange(3.0), losses).near_best == 2 / 3


def test_profile_is_that_of_the_network(line):
    result = assess(line, NAME, trials=4)["profile"]
    a = TASK.trials(4, rng_for(0, 0, "assess"))[:, 0]
    assert result["weights"] == PROFILE.tolist() and (PROFILE[0], PROFILE[-1]) == (-3, 3)
    np.testing.assert_allclose(result["mean"], PROFILE * a.mean())


def test_a_network_without_connections():
    genome = minimal_genome(2, 1, 0.0, np.random.default_rng(0))._replace(
        conns=np.zeros(0, CONNECTION)
    )
    result = assess(Champion(genome, None, TASK.inputs, TASK.outputs), NAME, trials=3)
    assert result["connections"] == 0 and result["random_weights"]["mean"] == 0
    assert result["perturbed"]["best_shared"]["noise"]["0.5"]["interval"] == [0, 0]


def test_command(champion, tmp_path, capsys):
    file = str(tmp_path / "c.json")
    champion.save(file)
    main([file, "--trials", "5"])
    table = capsys.readouterr().out
    for text in (
        "shared weight -2.0 ",
        "mean of these 6 weights",
        "best shared weight, ",
        "20 % noise",
        "opposite",
    ):
        assert text in table
    assert "tuned" not in table and "nan" not in table and max(map(len, table.splitlines())) < 100
    main([file, "--trials", "5", "--json"])
    assert json.loads(capsys.readouterr().out) == assess(champion, trials=5)
    replace(champion, weights=np.ones(len(champion.genome.conns))).save(file)
    main([file, "--trials", "5"])
    assert capsys.readouterr().out.count("tuned weights") == 2


@pytest.mark.parametrize("success", ["stays up", "stays level", "reaches -100"])
def test_the_heads_of_the_table_stand_apart(champion, success):
    result = replace(find_assess(champion, trials=2), success=success)
    assert f"interval of the mean  {success:>10s}" in table(result)


@pytest.mark.slow
def test_command_on_the_published_file(published, capsys):
    printed = json.loads(run(published, "--task", "swingup", "--json").stdout)
    assert printed["connections"] == 52 and abs(printed["best_shared"]["mean"] - 723) < 25
    low, high = printed["best_shared"]["interval"]
    assert 710 < low < high < 730 and "tuned" not in printed
    main([str(published), "--task", "swingup", "--trials", "10", "--stored-weights", "--json"])
    # the values in this file are leftovers
    assert json.loads(capsys.readouterr().out)["tuned"]["mean"] < 100


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["."], "no champion.json"),
        (["c.json", "--task", "swingup"], "4 inputs and 1 outputs"),
        (["c.json", "--task", "swing"], "unknown task"),
        (["c.json", "--trials", "1"], "trials = 1: must be at least 2"),
        (["c.json", "--seed", "-2"], "seed = -2"),
        (["c.json", "--trials", str(10**30)], "must be at most 1000000"),
        (["c.json", "--seed", str(10**30)], "must be at most 9223372036854775807"),
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
    with pytest.raises(WannError, match=message):
        main(arguments)


def test_a_mistake_is_one_line():
    done = run("missing.json")
    assert (
        done.returncode == 2
        and "missing.json: no such file" in done.stderr
        and done.stderr.count("\n") == 1
    )


# ------------------------------------------------------------------------ environments in Python
WALK = "gym:support.own_envs:Walk-v0"


@pytest.fixture
def walker():
    """A network that walks."""
    return Champion(grow(1, 2, 9, 0), None, ("place",), ("left", "right"))


def episodes_of(walker, trials):
    """Return what is told while it is assessed: episodes played, of how many at most, steps."""
    told = []
    # in this process alone, which saves seconds
    result = assess(walker, WALK, trials, progress=lambda *row: told.append(row), backend="serial")
    assert result["trials"] == trials and len(result["profile"]["weights"]) == 25
    return told


@pytest.mark.parametrize("tuned", [False, True])
def test_all_work_on_an_environment_is_in_proportion_to_the_trials_and_told(walker, tuned):
    walker = (
        replace(walker, weights=np.linspace(-1, 1, len(walker.genome.conns))) if tuned else walker
    )
    few, more = episodes_of(walker, 2), episodes_of(walker, 20)
    for told in (few, more):
        done, totals, steps = zip(*told, strict=True)
        assert told[0] == (0, totals[0], 0) and len(set(totals)) == 1, (
            "it is told before the first episode"
        )
        assert list(done) == sorted(done) and list(steps) == sorted(steps)
        assert 0.9 * totals[0] < done[-1] <= totals[0] and done[-1] <= steps[-1] <= 30 * done[-1]
    assert few[0][1] < more[0][1] / 4 and more[0][1] < 20 * 150


def test_compiled_physics_is_told_of_only_while_it_is_at_work(champion):
    told = []
    result = assess(champion, trials=5, progress=lambda *row: told.append(row))
    assert result == assess(champion, trials=5), "the same bits in parts"
    assert told[0][0] > 0 and 0.9 * told[0][1] < told[-1][0] <= told[-1][1]


def test_progress_goes_to_stderr_and_the_result_is_the_same(walker, tmp_path):
    walker.save(tmp_path / "c.json")
    arguments = (
        tmp_path / "c.json",
        "--task",
        WALK,
        "--trials",
        2,
        "--backend",
        "serial",
        "--json",
    )
    with mock.patch("wann.command.progress.QUIET_SECONDS", 1e9):
        quick = call(*arguments, main=main)
    assert quick.stderr.splitlines() == [f"up to {episodes_of(walker, 2)[0][1]} episodes to play"]
    with (
        mock.patch("wann.command.progress.QUIET_SECONDS", 0),
        mock.patch("wann.command.progress.SECONDS_BETWEEN_LINES", 0),
    ):
        slow = call(*arguments, main=main)
    assert slow.stdout == quick.stdout and json.loads(quick.stdout)["trials"] == 2
    assert "  left 0:0" in slow.stderr and "  episodes " in slow.stderr


def test_ctrl_c_ends_it_with_one_line(walker, tmp_path, monkeypatch):
    walker.save(tmp_path / "c.json")
    monkeypatch.setattr(
        "wann.workers.evaluator.Evaluator.score", mock.Mock(side_effect=KeyboardInterrupt)
    )
    stopped = call(tmp_path / "c.json", "--task", WALK, "--backend", "serial", main=main)
    assert (
        stopped.returncode == 130
        and stopped.stderr.splitlines()[1:] == ["stopped"]
        and stopped.stdout == ""
    )
