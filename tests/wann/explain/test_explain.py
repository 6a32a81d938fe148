"""The explain command: what is lost without each part of a network."""

import json
import math
import statistics
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from support.genomes import grow
from support.output_task import NAME, TASK

from wann.champion.champion import Champion
from wann.errors import WannError
from wann.explain import explain as find_explain
from wann.explain.__main__ import main
from wann.explain.ablation import depth
from wann.genome.genome import CONNECTION, NODE, Genome, make_genome, minimal_genome
from wann.network.network import decode_all
from wann.numeric.activations import ACTIVATION_IDS
from wann.streams import rng_for
from wann.tasks import find_task


def explain(*args, **options):
    """Return what is found as the command prints it."""
    return find_explain(*args, **options).to_json()


def make(hidden, connections, **facts) -> Champion:
    """Return a network from a to b inputs 1 and 2, output 3 and hidden nodes {id: activation}."""
    nodes = [(node, 1) for node in range(4)] + [
        (node, ACTIVATION_IDS[name]) for node, name in hidden.items()
    ]
    conns = np.array([(*connection, True)[:3] for connection in connections], CONNECTION)
    genome = make_genome(2, 1, np.array(nodes, NODE), conns)
    return Champion(genome, None, TASK.inputs, TASK.outputs, **facts)


@pytest.fixture(scope="module")
def swinger():
    """A network of some thirty connections that does something with a pole."""
    task = find_task("swingup")
    return Champion(grow(5, 1, 70, 6), "swingup", task.inputs, task.outputs)


def losses(rows) -> dict:
    return {row["name"]: (row["loss"], row["error"], row["needed"]) for row in rows}


SWEEP = {"config": {"weights": [1.0, 2.0]}}


def test_one_connection_does_the_work_and_the_rest_costs_exactly_nothing():
    champion = make(
        {4: "relu", 5: "cos", 6: "tanh"},
        [(1, 3), (2, 4), (4, 3, False), (0, 5), (5, 6), (2, 6)],
        provenance=SWEEP,
    )
    result = explain(champion, NAME, trials=30, seed=2)
    a = TASK.trials(30, rng_for(2, 0, "explain"))[:, 0]
    work = (pytest.approx(1.5 * a.mean()), pytest.approx(1.5 * a.std(ddof=1) / 30**0.5), "yes")
    nothing = (0.0, 0.0, "no")
    assert result["score"] == pytest.approx(1.5 * a.mean()) and result["weights"] == [1.0, 2.0]
    assert losses(result["connections"]) == {
        "a → y": work, "b → 4 relu": nothing, "bias → 5 cos": nothing, "5 cos → 6 tanh": nothing,
        "b → 6 tanh": nothing,
    }  # fmt: skip
    assert result["connections"][0]["name"] == "a → y"
    assert (result["connections"][0]["source"], result["connections"][0]["target"]) == (1, 3)
    assert losses(result["nodes"]) == {"4 relu": nothing, "5 cos": nothing, "6 tanh": nothing}
    assert losses(result["inputs"]) == {"a": work, "b": nothing, "bias": nothing}
    assert result["depth"] == 1 and result["activations"] == {}


def test_a_chain_needs_all_of_its_links_and_a_node_takes_its_connections_along():
    champion = make(
        {4: "linear", 5: "relu"},
        [(1, 4), (4, 5), (5, 3), (2, 3)],
        provenance={"config": {"weights": [1]}},
    )
    result = explain(champion, NAME, trials=10)
    a, b = TASK.trials(10, rng_for(0, 0, "explain")).T
    found = {
        row["name"]: row["loss"]
        for kind in ("inputs", "nodes", "connections")
        for row in result[kind]
    }
    chain = ("a", "4 linear", "5 relu", "a → 4 linear", "4 linear → 5 relu", "5 relu → y")
    assert found == {
        **dict.fromkeys(chain, pytest.approx(a.mean())),
        **dict.fromkeys(("b", "b → y"), pytest.approx(b.mean())),
        "bias": 0.0,
    }
    assert result["depth"] == 3 and result["activations"] == {"linear": 1, "relu": 1}


def test_individual_weights_count_where_there_are_any():
    # in the order of (target, source): 1 -> 3, 2 -> 3, 4 -> 3, 2 -> 4
    champion = make(
        {4: "linear"}, [(1, 3), (2, 3), (4, 3), (2, 4)], weights=np.array([5.0, -1.0, 2.0, 0.25])
    )
    result = explain(champion, NAME, trials=10)
    a, b = TASK.trials(10, rng_for(0, 0, "explain")).T
    found = {row["name"]: row["loss"] for row in result["connections"]}
    assert result["weights"] == "individual" and result["score"] == pytest.approx(
        np.mean(5 * a - 0.5 * b)
    )
    assert found == {
        "a → y": pytest.approx(5 * a.mean()),
        "b → y": pytest.approx(-b.mean()),  # a gain
        "4 linear → y": pytest.approx(0.5 * b.mean()),
        "b → 4 linear": pytest.approx(0.5 * b.mean()),
    }
    assert {row["name"]: row["needed"] for row in result["connections"]}["b → y"] == "no"


def cut_by_hand(genome: Genome, gone: np.ndarray, weights):
    """Return a genome whose connections of this mask are not there at all, and the weights of the
    others.
    """
    rest = make_genome(genome.n_inputs, genome.n_outputs, genome.nodes, genome.conns[~gone])
    return rest, weights if weights.ndim == 1 else weights[:, ~gone]


@pytest.mark.parametrize("tuned", [False, True])
def test_parity_with_cutting_by_hand(swinger, tuned):
    rng = np.random.default_rng(3)
    conns, trials = swinger.genome.conns, 4
    weights = rng.uniform(-2, 2, (1, len(conns))) if tuned else np.array(swinger.sweep)
    champion = replace(swinger, weights=weights[0]) if tuned else swinger
    result = explain(champion, trials=trials, seed=9)
    task = find_task("swingup")
    starts = task.trials(trials, rng_for(9, 0, "explain"))

    def means(genome, weights):
        return task.score(decode_all([genome]), weights, starts)[0][0].mean(axis=0).tolist()

    whole = means(swinger.genome, weights)
    assert result["score"] == pytest.approx(statistics.mean(whole))
    assert len(result["connections"]) == swinger.genome.size > 20 and len(result["inputs"]) == 6
    assert len(result["nodes"]) == len(swinger.genome.hidden) > 5
    for row in (*result["inputs"], *result["nodes"], *result["connections"]):
        if "id" in row:
            gone = (conns["source"] == row["id"]) | (conns["target"] == row["id"])
        else:
            gone = (conns["source"] == row["source"]) & (conns["target"] == row["target"])
        differences = [
            a - b
            for a, b in zip(whole, means(*cut_by_hand(swinger.genome, gone, weights)), strict=True)
        ]
        assert row["loss"] == pytest.approx(statistics.mean(differences), abs=1e-9)
        assert row["error"] == pytest.approx(
            statistics.stdev(differences) / math.sqrt(trials), abs=1e-9
        )
        low, high = (row["loss"] + side * 2 * row["error"] for side in (-1, 1))
        one_percent = 0.01 * abs(result["score"])
        assert row["needed"] == (
            "yes" if low > one_percent else "no" if high <= one_percent else "unclear"
        )
    for kind in ("inputs", "nodes", "connections"):
        assert [row["loss"] for row in result[kind]] == sorted(
            (row["loss"] for row in result[kind]), reverse=True
        )


def test_the_same_numbers_again(swinger):
    assert (
        explain(swinger, trials=3)
        == explain(swinger, trials=3)
        != explain(swinger, trials=3, seed=1)
    )


def test_a_network_without_connections():
    genome = minimal_genome(2, 1, 0.0, np.random.default_rng(0))
    result = explain(Champion(genome, None, TASK.inputs, TASK.outputs), NAME, trials=3)
    assert result["depth"] == 0 and result["connections"] == [] and result["score"] == 0
    assert [row["needed"] for row in result["inputs"]] == ["no"] * 3


def test_depth_is_the_longest_path_that_acts():
    # a node without inputs is a start
    assert depth(make({4: "cos", 5: "sin"}, [(4, 5), (5, 3), (1, 3)]).network) == 2
    assert depth(make({4: "cos", 5: "sin"}, [(1, 4), (4, 5), (5, 3, False), (1, 3)]).network) == 1


def test_command(tmp_path, capsys):
    champion = make(
        {4: "relu"},
        [(1, 3), (2, 4), (4, 3, False)],
        weights=np.array([3.0, 1.0, 1.0]),
        provenance=SWEEP,
    )
    file = str(tmp_path / "c.json")
    champion.save(file)
    main([file, "--task", NAME, "--trials", "40", "--seed", "1"])
    printed = capsys.readouterr().out
    assert "with its individual weights over 40 trials" in printed
    assert "The most important connection is a → y: its removal costs" in printed
    assert "1 of 2 connections and 1 of 1 hidden nodes could be removed" in printed
    assert "Not needed: bias, b." in printed
    assert (
        printed.index("without input")
        < printed.index("without hidden node")
        < printed.index("without connection")
    )

    main([file, "--task", NAME, "--trials", "40", "--seed", "1", "--json"])
    tuned = json.loads(capsys.readouterr().out)
    main([file, "--task", NAME, "--trials", "40", "--seed", "1", "--json", "--shared"])
    shared = json.loads(capsys.readouterr().out)
    assert tuned["score"] == pytest.approx(2 * shared["score"]) and shared["weights"] == [1.0, 2.0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["c.json"], "give it with --task NAME"),
        (["c.json", "--task", "swingup"], "2 inputs and 1 outputs"),
        (["c.json", "--task", NAME, "--trials", "1"], "trials = 1: must be at least 2"),
        (["c.json", "--task", NAME, "--seed", "-1"], "seed = -1"),
        (["c.json", "--task", NAME, "--trials", str(10**30)], "must be at most 1000000"),
        (["missing.json"], "missing.json: no such file"),
    ],
)
def test_mistakes(tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    make({}, [(1, 3)]).save("c.json")
    with pytest.raises(WannError, match=message):
        main(arguments)


def test_a_mistake_is_one_line():
    done = subprocess.run(
        [sys.executable, "-m", "wann.explain", "no.json"], capture_output=True, text=True
    )
    assert (
        done.returncode == 2
        and done.stderr.startswith("error: no.json")
        and done.stderr.count("\n") == 1
    )


@pytest.mark.parametrize("own", [False, True])
def test_the_episodes_of_an_environment_are_told(own):
    genome, told = grow(1, 2, 9, 0), []
    weights = np.linspace(-1, 1, len(genome.conns)) if own else None
    champion = Champion(genome, None, ("place",), ("left", "right"), weights)
    result = explain(
        champion,
        "gym:support.own_envs:Walk-v0",
        2,
        progress=lambda *row: told.append(row),
        backend="serial",
    )
    parts = sum(len(result[kind]) for kind in ("inputs", "nodes", "connections"))
    total = (1 + parts) * (1 if own else 6) * 2
    assert told[0] == (0, total, 0) and told[-1][:2] == (total, total) and told[-1][2] >= total
