"""Weights of its own for a network: which ones are searched, that it helps, and that it survives a
kill.
"""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from unittest import mock

import networkx
import numpy as np
import pytest
from support.command import call
from support.genomes import grow

import wann
from wann.champion.champion import Champion
from wann.champion.out_file import read_out
from wann.champion.perceptron import mlp_genome
from wann.command.program import run_command
from wann.errors import WannError
from wann.genome.genome import CONNECTION, NODE, check_genome, make_genome
from wann.network.forward import outputs_of
from wann.network.network import decode, decode_all
from wann.runs.score_log import ScoreLog
from wann.streams import rng_for
from wann.tasks import find_task
from wann.tune import Scorer
from wann.tune.__main__ import main, network_of, parser
from wann.tune.cma_es import Budget, Round, budget_for, generations_for, search_weights, starts_from
from wann.tune.shared_weight import BRIEF, best_shared_weight, effort_for, margins
from wann.tune.tune import episodes
from wann.workers.evaluator import Evaluator

HARD = find_task("swingup_hard")


@pytest.fixture(scope="module")
def champion() -> Champion:
    return Champion(
        grow(5, 1, 40, 3), "swingup_hard", HARD.inputs, HARD.outputs, scores={"mean": 1.5}
    )


@pytest.fixture(scope="module")
def tuned(champion, tmp_path_factory):
    """Return the file of a small tuning that was never interrupted."""
    folder = tmp_path_factory.mktemp("tuned")
    champion.save(folder / "c.json")
    done = run(folder / "c.json", *SMALL, "--workers", 1)
    assert done.returncode == 0, done.stderr
    assert "weights of its own" in done.stdout and "best shared weight: " in done.stdout
    return folder / "c.tuned.json"


SMALL = ("--generations", 8, "--seed", 5)


def run(*args):
    """Run the command in this process."""
    return call(*args, main=main)


def scorer(champion, tmp_path, workers=1):
    evaluate = Evaluator(HARD, "threads", workers)
    return Scorer(champion, HARD, 0, evaluate, ScoreLog(tmp_path / "log", {}))


# ------------------------------------------------------------------------------ what is searched
def test_only_enabled_connections_that_reach_an_output_are_searched(champion, tmp_path):
    genome = champion.genome
    hidden = int(genome.hidden["id"][0])
    nodes = np.concatenate((genome.nodes, np.array([(999, 5)], NODE)))
    more = np.array([(1, 999, True), (hidden, 999, False)], CONNECTION)
    wider = replace(champion, genome=make_genome(5, 1, nodes, np.concatenate((genome.conns, more))))
    graph = wider.graph()
    graph.remove_edges_from(
        [(a, b) for a, b, enabled in graph.edges.data("enabled") if not enabled]
    )
    reach = {6} | networkx.ancestors(graph, 6)  # node 6 is the output
    expected = [enabled and target in reach for _, target, enabled in wider.genome.conns.tolist()]
    live = scorer(wider, tmp_path).live
    assert live.tolist() == np.flatnonzero(expected).tolist() and 5 < len(live) < wider.genome.size

    inputs, rng = np.random.default_rng(0).normal(size=(50, 5)), np.random.default_rng(1)
    weights = rng.normal(size=(2, len(expected)))
    weights[1, live] = weights[0, live]
    first, second = outputs_of(wider.network, weights, inputs)
    np.testing.assert_array_equal(first, second)


def test_scores_are_those_of_the_task_on_trials_shared_by_all(champion, tmp_path):
    score = scorer(champion, tmp_path)
    live = np.random.default_rng(2).normal(size=(7, len(score.live)))
    full = np.zeros((7, len(champion.genome.conns)))
    full[:, score.live] = live
    expected, steps = HARD.score(
        decode_all([champion.genome]), full, HARD.trials(3, rng_for(0, 0, "tune"))
    )
    np.testing.assert_array_equal(score(live, 3), expected[0].mean(axis=1))
    assert score.steps == score.steps_now == steps
    again = score(live, 3)
    assert (again != expected[0].mean(axis=1)).any(), "the next call has other trials"


@pytest.mark.parametrize("shape", [(29,), (29, None)])
def test_threads_share_the_weights_of_one_network_without_changing_a_bit(champion, shape):
    weights = np.random.default_rng(3).normal(
        size=[len(champion.genome.conns) if n is None else n for n in shape]
    )
    networks, trials = decode_all([champion.genome]), HARD.trials(3, np.random.default_rng(4))
    expected, steps = HARD.score(networks, weights, trials)
    for workers in (2, 3, 40):
        with Evaluator(HARD, "threads", workers) as evaluate:
            scores = evaluate.score(networks, weights, trials)
        np.testing.assert_array_equal(scores, expected)
        assert evaluate.steps == steps


# ------------------------------------------------------------------------------------ the searches
def noisy(truth, spread, seed=0):
    """Return a Score of a function of weights, with noise that is the same for all of a call."""
    rng = np.random.default_rng(seed)

    def score(weights, n):
        return truth(weights) + rng.normal(0, spread / n**0.5, len(weights))

    return score


def test_the_best_shared_weight_is_good_in_truth_not_just_lucky():
    def truth(w):
        return 100 * np.cos(37 * w) * np.exp(-((w - 0.62) ** 2))  # many peaks

    best, regret, naive = truth(np.linspace(-3, 3, 24001)).max(), [], []
    for seed in range(8):
        found = best_shared_weight(noisy(truth, 80.0, seed))
        regret.append(best - truth(found.best))
        naive.append(best - truth(found.sweep[found.means.argmax()]))
    assert max(regret) < 6 and np.mean(regret) < np.mean(naive) / 2


def test_of_equals_the_one_in_the_middle_is_taken():
    """As of a pole that stays up at most weights: those at the edge fail now and then."""

    def score(weights, n):
        good = ((weights > 0.2) & (weights < 2.3)) | ((weights < -0.2) & (weights > -0.9))
        return np.where(good, 500.0, 9.0)

    assert best_shared_weight(score).best == pytest.approx(1.25, abs=0.01)
    assert best_shared_weight(score, BRIEF).best == pytest.approx(1.25, abs=0.1)
    few = margins(np.array([1.0, 2.0, 2.0, 2.0, 1.0, 3.0, 3.0]))
    assert few.tolist() == [1, 1, 2, 1, 3, 1, 1]


def test_of_equal_shared_weights_the_smallest_is_taken():
    found = best_shared_weight(lambda weights, n: np.zeros(len(weights)))
    assert found.best == 0 and found.sweep[[0, 300, 600]].tolist() == [-3, 0, 3]


def test_searches_start_from_good_shared_weights_that_lie_apart():
    found = best_shared_weight(
        noisy(lambda w: -np.minimum(np.abs(w - 1.005), np.abs(w + 2)), 0.001)
    )
    starts = starts_from(found, 16)
    assert starts[0] == found.best and abs(starts[0] - 1.005) < 0.01 and abs(starts[1] + 2) < 0.02
    assert min(abs(a - b) for i, a in enumerate(starts[:8]) for b in starts[:i]) >= 0.25
    assert starts_from(found, 100)[:2] == starts[:2] and len(starts_from(found, 100)) == 100


def test_the_search_finds_an_optimum_in_noise_and_leaves_the_global_generator_alone():
    goal, found = np.array([1.0, -2.0, 0.5, 3.0]), []
    state = np.random.get_state()[1].copy()  # noqa: NPY002

    def search(seed):
        score = noisy(lambda w: -np.sum((w - goal) ** 2, axis=1), 0.5)
        budget = Budget((Round(4, 8, 16), Round(1, 16, 32)), 256, 4096)
        return search_weights(score, np.ones((4, 4)), 60, seed, found.append, budget)

    best = search(0)
    np.testing.assert_allclose(best, goal, atol=0.25)
    np.testing.assert_array_equal(search(0), best)
    assert (search(1) != best).all()
    assert len(found) == 3 * 5 * 2 and max(found[:10]) > -0.2, (
        "two challenges in each of five searches"
    )
    np.testing.assert_array_equal(np.random.get_state()[1], state)  # noqa: NPY002


# ------------------------------------------------------------------------ environments in Python
WALK = "gym:support.own_envs:Walk-v0"


def test_the_work_on_an_environment_in_python_is_in_proportion_to_the_trials():
    walk = find_task(WALK)
    work = {n: episodes(walk, generations_for(walk, n), n) for n in (2, 20, 100, 1000)}
    assert work[2] < work[20] / 4 and work[20] < work[100] / 4 and work[2] < 1000
    assert effort_for(walk, 1000) == effort_for(walk, 100) and budget_for(walk, 1000) == budget_for(
        walk, 100
    )
    for n in (1, 10, 1000):  # compiled physics is quick anyway
        assert (effort_for(HARD, n), budget_for(HARD, n)) == (
            effort_for(HARD, 100),
            budget_for(HARD, 100),
        )


@pytest.mark.parametrize("trials", [3, 40])
def test_a_search_takes_as_many_rollouts_as_it_says(trials):
    walk, played = find_task(WALK), []

    def score(weights, n):
        played.append(len(weights) * n)
        return -np.abs(weights).reshape(len(weights), -1).sum(axis=1)

    found = best_shared_weight(score, effort_for(walk, trials))
    assert (
        0.8 * effort_for(walk, trials).rollouts < sum(played) <= effort_for(walk, trials).rollouts
    )
    played.clear()
    budget = budget_for(walk, trials)
    starts = np.repeat(np.array(starts_from(found, budget.rounds[0].searches))[:, None], 3, axis=1)
    search_weights(score, starts, 7, 0, lambda best: None, budget)
    assert 0.8 * budget.rollouts(7) < sum(played) <= budget.rollouts(7)


def test_a_tuning_of_an_environment_is_bounded_told_of_and_goes_on_with_the_same_trials_only(
    tmp_path, monkeypatch
):
    monkeypatch.setattr("wann.tune.__main__.Evaluator", lambda task, *_: Evaluator(task, "serial"))
    walk, file = find_task(WALK), tmp_path / "c.json"
    Champion(grow(1, 2, 9, 0), None, walk.inputs, walk.outputs).save(file)
    options = [file, "--task", WALK, "--trials", 2, "--generations", 2]
    most = episodes(walk, 2, 2)
    done = call_tune(*options, "--json")
    assert done.returncode == 0 and f"up to {most} episodes to play\n" in done.stderr, done.stderr
    tuned = json.loads(done.stdout)["champion"]
    assert tuned["scores"]["trials"] == 2 and tuned["provenance"]["tuned"]["steps"] <= 30 * most

    left, scores = iter(range(3)), Scorer.scores

    def interrupted(*args):
        if next(left, None) is None:
            raise KeyboardInterrupt
        return scores(*args)

    with mock.patch.object(Scorer, "scores", interrupted):
        stopped = call_tune(*options, "--force")
    assert stopped.returncode == 130 and stopped.stderr == "stopped\n"
    refused = call_tune(*options, "--force", "--trials", 3)
    assert (
        refused.returncode == 2 and "belongs to another network or other options" in refused.stderr
    )
    again = call_tune(*options, "--force", "--json")
    assert (
        "resumed after 3 evaluations" in again.stderr
        and json.loads(again.stdout)["champion"] == tuned
    )


def call_tune(*args):
    """Run the command in this process."""
    return call(*args, main=main)


# ------------------------------------------------------------------------------------- the command
def test_tuned_weights_are_better_and_the_untuned_network_is_kept(champion, tuned):
    found = wann.load(tuned)
    scores = found.scores
    assert scores["untuned"] == champion.scores and scores["trials"] == 100
    assert wann.load(tuned.with_name("c.json")).to_json() == champion.to_json(), (
        "the file is as it was"
    )
    networks, trials = decode_all([found.genome]), HARD.trials(400, np.random.default_rng(6))
    own, shared = (
        HARD.score(networks, w, trials)[0]
        for w in (found.weights_at(), np.array([found.shared_weight]))
    )
    assert own.mean() > shared.mean() + 5
    for measured, told in ((own, scores["tuned"]), (shared, scores["shared_weight"])):
        assert abs(measured.mean() - told["mean"]) < 4 * measured.std() / 10
        assert abs(measured.std() / told["std"] - 1) < 0.5
    observation = np.random.default_rng(7).normal(size=5)
    assert found.policy(-1.5)(observation) == champion.policy(-1.5)(observation)
    assert (
        found.policy()(observation)
        == outputs_of(found.network, found.weights[None], observation[None])[0, 0]
    )
    dead = np.setdiff1d(np.arange(len(found.weights)), found.network.gene)
    assert (found.weights[dead] == found.shared_weight).all()
    assert (
        found.provenance["tuned"]["seed"] == 5 and not tuned.with_name("c.tuned.json.log").exists()
    )


def test_a_tuned_network_can_be_tuned_further(tuned, tmp_path):
    done = run(tuned, *SMALL, "-o", tmp_path / "again.json", "--json")
    again = json.loads(done.stdout)["champion"]
    before = wann.load(tuned).scores
    assert again["scores"]["untuned"] == before["untuned"]
    assert again["scores"]["tuned"]["mean"] > before["tuned"]["mean"] - 1
    assert "best shared weight" in done.stderr


@pytest.mark.slow
def test_two_threads_and_two_kills_give_the_same_file(tuned, tmp_path):
    out, log = tmp_path / "out.json", tmp_path / "out.json.log"
    command = (tuned.with_name("c.json"), *SMALL, "-o", out, "--workers", 2)
    rows = 0
    slow = (
        "import sys, time; from wann.tune import Scorer; from wann.tune.__main__ import main;"
        "scores = Scorer.scores; Scorer.scores = lambda *a: (time.sleep(0.02), scores(*a))[1];"
        "main(sys.argv[1:])"
    )
    for more in (3, 60):
        process = subprocess.Popen(
            [sys.executable, "-c", slow, *map(str, command)], stdout=subprocess.DEVNULL
        )
        rows += more
        while not log.exists() or log.read_bytes().count(b"\n") < rows:
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
        with open(log, "ab") as file:  # a row that a power cut left
            file.write(b'{"of": 12, "ste')
    assert not out.exists()
    other = run(*command, "--seed", 6)
    assert other.returncode == 2 and "belongs to another network or other options" in other.stderr
    done = run(*command)
    assert done.returncode == 0 and "resumed after " in done.stdout
    assert out.read_bytes() == tuned.read_bytes() and not log.exists()


@pytest.mark.slow
def test_ctrl_c_keeps_the_scores_and_says_how_to_go_on(champion, tmp_path):
    champion.save(tmp_path / "c.json")
    command = [
        sys.executable,
        "-m",
        "wann.tune",
        str(tmp_path / "c.json"),
        "--generations",
        "100000",
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    log = tmp_path / "c.tuned.json.log"
    while not log.exists() or log.read_bytes().count(b"\n") < 20:
        assert process.poll() is None
        time.sleep(0.02)
    second = run(tmp_path / "c.json", "--generations", 100000)
    assert second.returncode == 2 and "another process is writing" in second.stderr
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=240)
    assert process.returncode == 130 and "stopping after this generation" in out
    assert "the same command goes on" in err and not (tmp_path / "c.tuned.json").exists()
    assert log.read_bytes().endswith(b"}\n")


def test_a_log_of_other_bits_is_refused(tmp_path):
    weights = np.array([1.0, 2.0])
    with ScoreLog(tmp_path / "log", {"a": 1}) as log:
        log.scores(weights, lambda: (np.array([3.5, 0.1]), 7))
    with ScoreLog(tmp_path / "log", {"a": 1}) as log:
        assert log.left == 1
        scores, steps = log.scores(weights, None)
        assert scores.tolist() == [3.5, 0.1] and steps == 7 and log.left == 0
    with (
        ScoreLog(tmp_path / "log", {"a": 1}) as log,
        pytest.raises(WannError, match="another machine"),
    ):
        log.scores(np.array([1.0, np.nextafter(2.0, 3)]), None)
    with pytest.raises(WannError, match="other options"):
        ScoreLog(tmp_path / "log", {"a": 2})


def test_the_weights_stored_in_a_published_file_are_a_start_on_request(published, tmp_path):
    options = [str(published), "--task", "swingup", "-o", str(tmp_path / "tuned.json")]
    plain, stored = (
        network_of(parser().parse_args([*options, *more]))[0] for more in ([], ["--stored-weights"])
    )
    assert plain.weights is None and np.array_equal(stored.weights, read_out(published)[1])


# ----------------------------------------------------------------------- the baseline, and mistakes
def test_a_fully_connected_network_has_the_connections_of_the_papers_baseline():
    genome = mlp_genome(24, 4, [40, 40])
    check_genome(genome)
    assert genome.size == len(genome.conns) == 2804
    small, rng = mlp_genome(3, 2, [4]), np.random.default_rng(8)
    weights, inputs = rng.normal(size=len(small.conns)), rng.normal(size=(5, 3))
    table = {
        (int(a), int(b)): w for (a, b, _), w in zip(small.conns.tolist(), weights, strict=True)
    }
    full = np.column_stack((np.ones(5), inputs))
    hidden = np.tanh(full @ np.array([[table[i, j] for j in range(6, 10)] for i in range(4)]))
    hidden = np.column_stack((np.ones(5), hidden))
    expected = hidden @ np.array([[table[i, j] for j in (4, 5)] for i in (0, 6, 7, 8, 9)])
    np.testing.assert_allclose(
        outputs_of(decode(small), weights[None], inputs)[0], expected, atol=1e-6
    )


def test_the_baseline_is_tuned_by_the_same_command(tmp_path):
    done = run(
        "--mlp",
        3,
        "--task",
        "cartpole",
        "--generations",
        1,
        "-o",
        tmp_path / "mlp.json",
        "--trials",
        10,
    )
    assert done.returncode == 0, done.stderr
    mlp = wann.load(tmp_path / "mlp.json")
    assert (
        mlp.genome.size == 4 * 3 + 3 + 3 + 1
        and mlp.scores["tuned"]["mean"] > 200
        and mlp.provenance["mlp"] == [3]
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["missing.json"], "missing.json: no such file"),
        (["c.json", "--mlp", "3"], "give a CHAMPION to tune, or --mlp"),
        (["--mlp", "3"], "--mlp needs the task"),
        (["--mlp", "0", "--task", "cartpole", "-o", "x.json"], "hidden layers [0]: must be"),
        (
            ["--mlp", "1000", "1000", "--task", "cartpole", "-o", "x.json"],
            "connections: must be at most 300000",
        ),
        (["c.json", "--task", "cartpole"], "5 inputs and 1 outputs"),
        (["c.json", "--seed", "-1"], "--seed -1: must be at least 0"),
        (["c.json", "--trials", "0"], "--trials 0: must be at least 1"),
        (["c.json", "--generations", "0"], "--generations 0: must be at least 1"),
        (["c.json", "--generations", str(10**30)], "must be at most 1000000"),
        (["c.json", "--epochs", str(10**30)], "must be at most 1000000"),
        (["c.json", "--trials", "1000001"], "--trials 1000001: must be at most 1000000"),
        (["c.json", "--seed", str(10**30)], "must be at most 9223372036854775807"),
        (["c.json", "--workers", "0"], "workers = 0"),
        (["c.json", "-o", "c.json"], "is the untuned network"),
        (["c.json", "-o", "taken.json"], "taken.json: exists already"),
        (["c.json", "-o", "folder"], "folder: is a folder: give a file"),
        (["c.json", "-o", "folder", "--force"], "folder: is a folder: give a file"),
        (["c.json", "-o", "pipe", "--force"], "pipe: is no regular file: give a file"),
        (["c.json", "-o", "q.out", "--force"], "q.out: a tuned network is written as JSON"),
        (["c.json", "-o", "no/where.json"], "no/where.json.log: No such file"),
        (["dead.json"], "no weight to tune"),
    ],
)
def test_mistakes(champion, tmp_path, monkeypatch, capsys, arguments, message):
    monkeypatch.chdir(tmp_path)
    champion.save("c.json")
    off = champion.genome.conns.copy()
    off["enabled"] = False
    replace(champion, genome=champion.genome._replace(conns=off)).save("dead.json")
    (tmp_path / "taken.json").write_text("mine")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(SystemExit) as stop:
        run_command(lambda: main(arguments))
    err = capsys.readouterr().err
    assert stop.value.code == 2 and message in err and err.count("\n") == 1
    assert sorted(tmp_path.rglob("*")) == before and (tmp_path / "taken.json").read_text() == "mine"
