"""Pruning policies."""

import json
from dataclasses import replace

import numpy as np
import pytest
from support.genomes import grow

import wann
from wann.champion.champion import Champion
from wann.champion.perceptron import mlp_champion
from wann.errors import WannError
from wann.pruning import control, policies
from wann.pruning.comparison.results import Results, read_table
from wann.pruning.mlp import MLP
from wann.pruning.structure import from_champion, to_champion
from wann.tasks import find_task
from wann.workers.evaluator import Evaluator

TASK = find_task("swingup_hard")
NET = MLP((5, 4, 1), "tanh", "mse")
SMALL = ("swingup_hard", "--hidden", "4", "--generations", "2", "--trials", "5")


def dense():
    champion = mlp_champion(TASK, "swingup_hard", [4])
    weights = np.random.default_rng(0).normal(size=len(champion.genome.conns))
    return Champion(champion.genome, "swingup_hard", TASK.inputs, TASK.outputs, weights)


def test_a_policy_becomes_a_masked_network_and_comes_back():
    champion, inputs = dense(), np.random.default_rng(1).normal(size=(20, 5))
    parameters, mask = from_champion(NET, champion)
    assert mask.all() and len(parameters) == len(champion.weights) == 29
    again = to_champion(NET, parameters, mask, champion.task, (champion.inputs, champion.outputs))
    np.testing.assert_array_equal(again.genome.conns, champion.genome.conns)
    np.testing.assert_array_equal(again.policy()(inputs), champion.policy()(inputs))
    with pytest.raises(ValueError, match="no weights of its own"):
        from_champion(NET, mlp_champion(TASK, "swingup_hard", [4]))


@pytest.mark.parametrize("method", policies.BLIND)
def test_a_pruned_policy_has_the_weights_that_are_left(method):
    champion = dense()
    for left in (24, 13, 4):
        found, useful = policies.pruned(NET, champion, policies.BLIND[method], left, 3)
        mask = from_champion(NET, found)[1]
        assert np.count_nonzero(mask) == useful <= left
        assert useful or method != "synflow"
        kept, whole = found.graph(), champion.graph()
        for source, target, weight in kept.edges.data("weight"):
            if source != 0:
                assert whole.edges[source, target]["weight"] == weight
    for left in (24, 23):
        assert (
            policies.pruned(NET, champion, policies.BLIND["magnitude"], left, 0)[0].genome.size
            == left + 5
        )


def test_the_command_tunes_each_network_once(tmp_path, capsys):
    options = (
        *SMALL,
        "--methods",
        "magnitude",
        "--left",
        "12",
        "1",
        "--out",
        str(tmp_path / "out"),
    )
    control.main([*options, "--json"])
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert [(row["method"], row["remaining"]) for row in rows] == [
        ("dense", 24),
        ("magnitude", 12),
        ("magnitude", 1),
    ]
    assert rows[0]["connections"] == 29 and rows[2]["no_path"] and rows[2]["effective"] == 0
    again = read_table(tmp_path / "out")
    assert [float(row["return"]) for row in again] == [row["return"] for row in rows]
    file = tmp_path / "out" / "networks" / "magnitude-w12-s0.json"
    champion = wann.load(file)
    assert (
        champion.genome.size == rows[1]["connections"]
        and champion.scores["tuned"]["mean"] == rows[1]["return"]
    )
    before = file.stat().st_mtime_ns
    control.main([*options, "--champion", str(file)])
    table = capsys.readouterr().out
    assert (
        file.stat().st_mtime_ns == before
        and "wann tuned" in table
        and "wann shared weight" in table
    )
    with pytest.raises(WannError, match="another generations"):
        control.main([*SMALL, "--generations", "3", "--out", str(tmp_path / "out")])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["support.rings_task:TASK"], "is a classification"),
        ([*SMALL, "--left", "0"], "--left 0: must be from 1 to 24"),
        ([*SMALL, "--left", "25"], "must be from 1 to 24"),
        ([*SMALL, "--trials", "0"], "--trials 0: must be at least 1"),
        ([*SMALL, "--trials", str(10**30)], "--trials 10*: must be at most 1000000"),
        ([*SMALL, "--generations", str(10**30)], "--generations 10*: must be at most 1000000"),
        ([*SMALL, "--seeds", str(10**30)], "--seeds 10*: must be at most 9223372036854775807"),
    ],
)
def test_options_that_are_not_allowed(options, message, tmp_path):
    with pytest.raises(WannError, match=message):
        control.main([*options, "--out", str(tmp_path / "out")])


def other_networks():
    """Return networks that are not the dense one of SMALL, tuned."""
    plain, good = mlp_champion(TASK, "swingup_hard", [4]), dense()
    more, off = mlp_champion(TASK, "swingup_hard", [5]), good.genome.conns.copy()
    off["enabled"][3] = False
    weights = np.ones(len(more.genome.conns))
    return {
        "without weights": plain,
        "of another shape": replace(more, weights=weights),
        "evolved": Champion(
            grow(5, 1, 30, 0), "swingup_hard", TASK.inputs, TASK.outputs, np.ones(36)
        ),
        "of another task": replace(good, task="swingup"),
        "with a connection that is off": replace(good, genome=good.genome._replace(conns=off)),
    }


@pytest.mark.parametrize("kind", other_networks())
def test_a_network_of_a_comparison_that_is_another_one_is_refused(tmp_path, kind):
    champion = other_networks()[kind]
    if champion.weights is not None:
        champion = replace(champion, weights=np.ones(len(champion.genome.conns)))
    Results(tmp_path, {"task": "swingup_hard", "hidden": [4], "generations": 2})
    file = tmp_path / "networks" / "dense-s0.json"
    file.parent.mkdir()
    champion.save(file)
    before = file.read_bytes()
    with pytest.raises(
        WannError, match=r"dense-s0\.json: is not this network, tuned: remove the file"
    ):
        control.main([*SMALL, "--left", "12", "--out", str(tmp_path)])
    assert file.read_bytes() == before


def test_an_evolved_network_must_be_tuned(tmp_path):
    Champion(grow(5, 1, 10, 0), "swingup_hard", TASK.inputs, TASK.outputs).save(tmp_path / "c.json")
    with pytest.raises(WannError, match=r"c\.json: has no tuned weights: run python -m wann\.tune"):
        control.main(
            [*SMALL, "--champion", str(tmp_path / "c.json"), "--out", str(tmp_path / "out")]
        )


def test_a_policy_that_breaks_its_environment_has_the_worst_return_not_none():
    walk = find_task("gym:support.own_envs:Walk-v0,trouble=reward")
    champion = Champion(grow(1, 2, 9, 0), None, walk.inputs, walk.outputs)
    with (
        Evaluator(walk, "serial") as evaluate,
        pytest.warns(UserWarning, match="such episodes count as the worst"),
    ):
        found = [
            policies.returns(evaluate, champion, np.array([weight]), 9, 0) for weight in (-1.0, 1.0)
        ]
    assert np.isfinite(found).all() and min(found)[0] < -1e8
