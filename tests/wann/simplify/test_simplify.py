"""A champion without the connections that it can do without: from Python and as a command."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest
from support import own_envs, rings_task  # noqa: F401 - registers its environments
from support.command import call, started
from support.genomes import grow
from support.own_physics import Drift

import wann
from wann.champion.champion import Champion
from wann.champion.figures import score_summary
from wann.champion.task import task_of
from wann.config import SimplifyConfig
from wann.errors import NothingPlayed, StopRequested, WannError
from wann.evolve.__main__ import main as evolve
from wann.genome.genome import CONNECTION, NODE, check_genome, make_genome, same_genome
from wann.physics import ControlTask
from wann.runs.score_log import ScoreLog
from wann.simplify import simplify
from wann.simplify.__main__ import main
from wann.simplify.elimination import bare, live
from wann.simplify.result import removed_names, table, unused_inputs
from wann.simplify.simplify import SAMPLES_LOSS, as_good, effort_for, most_rollouts
from wann.streams import rng_for
from wann.tasks import find_task
from wann.tasks.checks import trials_of
from wann.workers.evaluator import Evaluator

WALK = "gym:support.own_envs:Walk-v0"
DRIFT = ControlTask(Drift(), max_steps=40)


def nearness(policy, rng):
    """Return how near a policy is to the absolute value."""
    x = rng.uniform(-1, 1, 20)
    return -float(np.mean((policy(x[:, None])[:, 0] - np.abs(x)) ** 2))


FUNCTION = wann.function_task(nearness, 1, 1)


def champion_for(task, name=None, mutations=25, seed=3, **facts):
    """Return a random network for a task."""
    genome = grow(len(task.inputs), len(task.outputs), mutations, seed)
    return Champion(genome, name, task.inputs, task.outputs, **facts)


@pytest.fixture(scope="module")
def evolved():
    """Return a small champion of the swing-up, evolved for a moment."""
    search = {"population": 64, "tournament": 4, "p_size": 0.0}  # it may be large
    config = wann.configure(
        "swingup", generations=24, trials=2, confirm_trials=8, report_trials=20, search=search
    )
    champion = wann.Evolution(config).run()
    assert 10 < champion.genome.size < 100
    return champion


@pytest.fixture
def run(evolved, tmp_path):
    """Return a run directory with this champion, as far as a command looks at it."""
    (tmp_path / "run").mkdir()
    evolved.save(tmp_path / "run" / "champion.json")
    return tmp_path / "run"


# ---------------------------------------------------------------------------------- what it gives
def test_it_has_fewer_connections_and_scores_as_much(evolved):
    found = simplify(evolved, seed=1)
    check_genome(found.genome)
    said = found.provenance["simplified"]
    assert found.genome.size == len(found.genome.conns) == said["after"]["connections"]
    assert said["after"]["connections"] < said["before"]["connections"] == evolved.genome.size
    assert said["after"]["hidden"] == len(found.genome.hidden)
    assert (said["price"], said["seed"], said["wann"]) == (0.001, 1, wann.__version__)
    assert said["paths"] == 8
    assert found.task == "swingup" and found.provenance["config"] == evolved.provenance["config"]
    # other trials, and the mean of the whole one in them is as it was told, but for noise
    task = find_task("swingup")
    with Evaluator(task) as evaluate:
        trials = trials_of(task, 400, np.random.default_rng(9))
        scores = evaluate([evolved.genome, found.genome], found.sweep, trials).mean(axis=1)
    low, high = said["before"]["interval"]
    assert low < said["before"]["mean"] < high and low < said["after"]["mean"]
    for told, own in zip((said["before"], said["after"]), scores, strict=True):
        error = 2 * (own.std() / 20 + (told["interval"][1] - told["mean"]) / 1.96)
        assert abs(told["mean"] - own.mean()) < error
    assert scores[1].mean() > scores[0].mean() - 2 * (said["before"]["mean"] - low)


@pytest.mark.slow
def test_the_scores_are_those_of_fresh_trials_as_a_run_reports_them(evolved):
    found = simplify(evolved, trials=7, seed=2)
    task = find_task("swingup")
    trials = trials_of(task, 7, rng_for(2, 0, "simplified"))
    with Evaluator(task, "serial") as evaluate:
        before, after = evaluate([evolved.genome, found.genome], found.sweep, trials)
    figures = dict(found.scores)
    assert figures.pop("success")["meaning"] == "stays up"
    assert figures == score_summary(after, np.array(found.sweep))
    said, gain = found.provenance["simplified"], (after - before).mean(axis=0)
    assert said["before"]["mean"] == pytest.approx(before.mean())
    assert said["difference"]["mean"] == pytest.approx(gain.mean())
    half = 1.96 * gain.std(ddof=1) / 7**0.5
    assert said["difference"]["interval"] == pytest.approx([gain.mean() - half, gain.mean() + half])


def test_what_was_removed_is_said_in_order_by_the_numbers_of_the_whole_network(evolved):
    idle = evolved.genome.conns.copy()
    conns = {(source, target) for source, target, on in idle.tolist() if on}
    found = simplify(evolved)
    said = found.provenance["simplified"]
    removed = [tuple(pair) for pair in said["removed"]]
    left = {(source, target) for source, target, _ in found.genome.conns.tolist()}
    assert len(set(removed)) == len(removed) and set(removed) == conns - left and left <= conns
    reach = {(a, b) for a, b, _ in live(evolved.genome).conns.tolist()}
    assert set(removed[: said["idle"]]) == conns - reach
    codes, own = dict(evolved.genome.nodes.tolist()), dict(found.genome.nodes.tolist())
    assert own.items() <= codes.items(), "nodes keep their numbers and activations"


def test_dead_ends_go_for_free(evolved):
    whole, size = evolved.genome, evolved.genome.size
    nodes = np.concatenate((whole.nodes, np.array([(9000, 5), (9001, 3)], NODE)))
    dead = np.array([(1, 9000, True), (9000, 9001, True)], CONNECTION)
    longer = make_genome(5, 1, nodes, np.concatenate((whole.conns, dead)))
    found = simplify(replace(evolved, genome=longer), trials=2)
    said = found.provenance["simplified"]
    idle = size - live(whole).size
    assert said["before"]["connections"] == size + 2 and said["idle"] == idle + 2
    assert [1, 9000] in said["removed"][: idle + 2]
    plain = simplify(evolved, trials=2)
    assert same_genome(found.genome, plain.genome) and found.scores == plain.scores
    assert said["from"] != plain.provenance["simplified"]["from"]


def test_of_the_networks_on_the_way_the_last_that_is_as_good_is_taken():
    trials = np.resize([8.0, -8.0], 64)  # of which the interval of a mean is about 2 wide
    asked = []

    def means(genomes):
        asked.extend(genomes)
        return np.array([trials + worth for worth in genomes])

    assert as_good([10, 9, 11, 8.1, 7], means) == [10, 9, 11, 8.1]
    assert asked == [10, 7, 8.1], "no more is played than need be"
    assert as_good([10, 5, 4], means) == [10] and as_good([10], means) == [10]
    assert as_good([10, 30], means) == [10, 30]


def test_a_single_connection_stays():
    task = find_task("cartpole")
    champion = champion_for(task, "cartpole")
    conns = champion.genome.conns[:1].copy()
    conns[0] = (2, 5, True)
    nodes = champion.genome.nodes[: champion.genome.n_fixed]
    one = replace(champion, genome=champion.genome._replace(nodes=nodes, conns=conns))
    found = simplify(one, trials=2)
    assert found.genome.conns.tolist() == conns.tolist()
    assert found.provenance["simplified"]["removed"] == []
    assert "it can do without none of its connections" in table(one, found)


# --------------------------------------------------------------------- tasks and who evaluates
SCALE = ((0.5,), (2.0,))
KINDS = {
    "compiled": (lambda: find_task("swingup_hard"), "swingup_hard", {}),
    "own physics": (lambda: DRIFT, None, {}),
    "gym": (lambda: find_task(WALK), WALK, {}),
    "scaled": (lambda: find_task(WALK), WALK, {"observation_scale": SCALE}),
    "classifier": (lambda: rings_task.TASK, "support.rings_task:TASK", {}),
    "function": (lambda: FUNCTION, None, {}),
}


@pytest.mark.parametrize("kind", KINDS)
def test_all_backends_give_the_same_bits_for_every_kind_of_task(kind):
    make, name, facts = KINDS[kind]
    task = make()
    champion = champion_for(task, name, **facts)
    before = json.dumps(champion.to_json())
    found = simplify(champion, task, trials=3, seed=4)
    processes = [("processes", 2)] if kind in ("compiled", "gym") else []
    for backend, workers in [("serial", None), ("threads", 3), *processes]:
        again = simplify(champion, task, trials=3, seed=4, backend=backend, workers=workers)
        assert again.to_json() == found.to_json(), backend
    assert json.dumps(champion.to_json()) == before, "the champion is as it was"
    assert found.observation_scale == champion.observation_scale
    assert found.task == champion.task and found.genome.size <= champion.genome.size
    assert ("accuracy" in found.scores) == (kind == "classifier")
    text = table(champion, found)
    assert ("right of 200 test samples" in text) == (kind == "classifier")
    assert f"{champion.genome.size} → {found.genome.size} connections" in text


def test_observations_are_scaled_as_the_champion_has_them():
    champion = champion_for(find_task(WALK), WALK, observation_scale=SCALE)
    task = task_of(champion, WALK)
    assert task.scale == SCALE
    found = simplify(champion, WALK, trials=2)
    plain = simplify(replace(champion, observation_scale=None), WALK, trials=2)
    assert found.observation_scale == SCALE and plain.observation_scale is None
    with Evaluator(task, "serial") as evaluate:
        trials = trials_of(task, 2, rng_for(0, 0, "simplified"))
        own = evaluate([found.genome], found.sweep, trials)[0]
    assert found.scores["mean"] == own.mean()


def test_it_takes_no_more_rollouts_than_it_says():
    make, name, _ = KINDS["gym"]
    task, told = make(), []
    champion = champion_for(task, name)
    simplify(champion, task, trials=3, progress=told.append)
    most = most_rollouts(champion, task, 3)
    assert most / 20 < told[-1].rollouts <= most


def test_the_shared_weight_is_one_of_its_own(evolved):
    found = simplify(replace(evolved, shared_weight=1.23456), trials=2)
    assert found.shared_weight == simplify(evolved, trials=2).shared_weight != 1.23456
    task = find_task("swingup")
    weights = np.array([found.shared_weight, *found.sweep])
    with Evaluator(task, "serial") as evaluate:
        own, *others = evaluate([found.genome], weights, trials_of(task, 50, rng_for(9, 0, "t")))[0]
    assert own.mean() > max(other.mean() for other in others) - 30


def test_a_classifier_may_lose_a_share_and_no_other_network():
    assert effort_for(find_task("digits")).loss == SAMPLES_LOSS
    assert (
        effort_for(find_task("swingup")).loss == effort_for(find_task("gym:CartPole-v1")).loss == 0
    )


def test_more_may_be_lost_for_a_smaller_network(evolved):
    kept, lost = (simplify(evolved, price=0.02, loss=loss, paths=2, seed=3) for loss in (0.0, 0.3))
    before, after = (lost.provenance["simplified"][which] for which in ("before", "after"))
    assert lost.genome.size < kept.genome.size
    assert after["mean"] > 0.65 * before["mean"]
    assert lost.provenance["simplified"]["loss"] == 0.3
    assert effort_for(find_task("digits"), SimplifyConfig(loss=0.1)).loss == 0.1
    assert effort_for(find_task("gym:CartPole-v1"), SimplifyConfig(loss=0.1)).loss == 0.1


# -------------------------------------------------------------------------------- what cannot be
@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        (lambda c: replace(c, weights=np.ones(len(c.genome.conns))), {}, "weights of its own"),
        (lambda c: replace(c, genome=bare(c.genome)), {}, "no enabled connection"),
        (lambda c: c, {"price": -0.1}, "price = -0.1: must be from 0 to 1"),
        (lambda c: c, {"price": float("nan")}, "price = nan: must be from 0 to 1"),
        (lambda c: c, {"loss": 1.1}, "loss = 1.1: must be from 0 to 1"),
        (lambda c: c, {"paths": 0}, "paths = 0: must be at least 1"),
        (lambda c: c, {"trials": 1}, "trials = 1: must be at least 2"),
        (lambda c: c, {"seed": -1}, "seed = -1: must be at least 0"),
        (lambda c: c, {"task": "cartpole"}, "the network has 5 inputs"),
        (lambda c: c, {"task": "swing"}, "unknown task"),
        (lambda c: replace(c, task=None), {}, "does not say which task"),
        (lambda c: c, {"backend": "gpu"}, "backend"),
    ],
)  # fmt: skip
def test_mistakes_are_said(evolved, change, options, message):
    with pytest.raises(WannError, match=message):
        simplify(change(evolved), **options)


@pytest.mark.filterwarnings("ignore:gym.* failed with seed")
def test_an_environment_in_which_every_episode_fails_is_said():
    task = find_task("gym:support.bad_envs:Bad-v0,mistake=text")
    with pytest.raises(NothingPlayed, match="nothing can be simplified: in the first trials every"):
        simplify(champion_for(task), task, trials=2)


# ------------------------------------------------------------------------------ stopping, going on
def test_it_can_be_stopped_after_any_evaluation_and_goes_on_to_the_same_result(evolved, tmp_path):
    told = []
    whole = simplify(evolved, trials=3, progress=told.append)
    assert len(told) > 7 and told[-1].connections <= evolved.genome.size
    assert [status.rollouts for status in told] == sorted({status.rollouts for status in told})
    assert told[-1].steps > told[0].steps > 0
    rows, played = 0, told[-1].rollouts
    for more in (1, 2, 3):
        with ScoreLog(tmp_path / "log", {}) as log:
            assert log.left == rows
            left = iter([True] * (rows + more - 1))
            with pytest.raises(StopRequested):
                simplify(evolved, trials=3, log=log, progress=lambda _, own=left: not next(own, 0))
        rows += more
    with ScoreLog(tmp_path / "log", {}) as log:
        assert log.left == rows
        again = simplify(evolved, trials=3, log=log, backend="serial", progress=told.append)
    assert again.to_json() == whole.to_json()
    assert told[-1].rollouts < played, "what was known is not played again"
    with ScoreLog(tmp_path / "log", {}) as log, pytest.raises(WannError, match="another version"):
        simplify(evolved, trials=3, seed=1, log=log)


@pytest.mark.slow
def test_scores_are_made_in_parts_that_fit_into_a_log(evolved, tmp_path, monkeypatch):
    whole = simplify(evolved, trials=30)
    monkeypatch.setattr("wann.simplify.recorded.COMPILED_PART", 50)
    with ScoreLog(tmp_path / "log", {}) as log:
        assert simplify(evolved, trials=30, log=log).to_json() == whole.to_json()
    rows = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()[1:]]
    assert max(len(row["scores"]) for row in rows) <= 50 and len(rows) > 100


# ------------------------------------------------------------------------------------ the command
def simplify_call(*args):
    return call(*args, main=main)


def test_the_command_says_what_it_did_and_what_to_do_next(run, evolved):
    done = simplify_call(run, "--trials", 20)
    assert done.returncode == 0 and done.stderr == "", done.stderr
    found = wann.load(run / "simplified.json")
    assert found.to_json() == simplify(evolved, trials=20).to_json()
    assert not (run / "simplified.json.log").exists()
    assert wann.load(run).to_json() == evolved.to_json(), "the champion is as it was"
    size = evolved.genome.size
    assert f"swingup: {size} connections to try without, seed 0, into {run}" in done.stdout
    assert table(evolved, found) in done.stdout and f"{size} → {found.genome.size}" in done.stdout
    assert f"assess {run / 'simplified.json'}\n" in done.stdout
    again = simplify_call(run)
    assert again.returncode == 2 and "exists already" in again.stderr
    small = simplify_call(run, "--trials", 20, "--force", "--json", "--backend", "serial")
    told = json.loads(small.stdout)
    assert told["file"] == str(run / "simplified.json") and told["champion"] == found.to_json()
    pairs = found.provenance["simplified"]["removed"]
    assert [[row["source"], row["target"]] for row in told["removed"]] == pairs
    assert [row["name"] for row in told["removed"]] == removed_names(evolved, pairs)
    assert "connections to try without" in small.stderr


def test_names_are_those_that_people_know(evolved):
    hidden, code = evolved.genome.hidden.tolist()[0]
    activation = wann.numeric.activations.ACTIVATIONS[code].name
    assert removed_names(evolved, [[0, hidden], [2, 6]]) == [
        f"bias → {hidden} {activation}",
        f"{evolved.inputs[1]} → {evolved.outputs[0]}",
    ]
    conns = evolved.genome.conns
    without = evolved.genome._replace(conns=conns[conns["source"] != 2])
    assert unused_inputs(evolved, without) == [evolved.inputs[1]]
    assert unused_inputs(evolved, evolved.genome) == []


def test_of_many_removed_connections_some_are_named(evolved):
    pairs = [[0, 6], [1, 6]] * 8
    said = {"connections": 1, "hidden": 0, "mean": 1.0, "interval": [0.5, 1.5]}
    told = {"before": said, "after": said, "difference": said, "removed": pairs}
    for idle, text in ((0, "and 4 more; --json lists all"), (2, "and 2 more; --json"), (9, "bias")):
        provenance = {"simplified": {**told, "idle": idle}}
        lines = table(evolved, replace(evolved, provenance=provenance)).splitlines()
        assert text in lines[-1]
        assert ("lists all" in lines[-1]) == (len(pairs) - idle > 12)
        assert lines[-1].count("→") == min(12, len(pairs) - idle)


def test_beside_a_file_into_another_and_for_a_task_that_is_code(tmp_path):
    task = rings_task.TASK
    champion_for(task, "support.rings_task:TASK").save(tmp_path / "c.json")
    refused = simplify_call(tmp_path / "c.json")
    assert refused.returncode == 2 and "code: if you trust it, add --task" in refused.stderr
    options = ["--task", "support.rings_task:TASK", "--trials", 2]
    done = simplify_call(tmp_path / "c.json", *options)
    assert done.returncode == 0, done.stderr
    file = tmp_path / "c.simplified.json"
    assert wann.load(file).task == "support.rings_task:TASK"
    assert f"{file} --task support.rings_task:TASK\n" in done.stdout
    done = simplify_call(tmp_path / "c.json", *options, "-o", tmp_path / "other.json")
    assert done.returncode == 0 and (tmp_path / "other.json").read_bytes() == file.read_bytes()


@pytest.mark.slow
def test_of_a_table_and_an_environment(tmp_path):
    rng = np.random.default_rng(0)
    table = tmp_path / "t.csv"
    rows = [f"{a:.3f},{b:.3f},{'yes' if a > b else 'no'}" for a, b in rng.normal(size=(90, 2))]
    table.write_text("\n".join(["a,b,kind", *rows]))
    settings = "generations=6 search.population=24 search.init_enable=1 report_trials=3"
    small = [part for setting in settings.split() for part in ("--set", setting)]
    made = call(table, *small, "--out", tmp_path / "r", main=evolve)
    assert made.returncode == 0, made.stderr
    done = simplify_call(tmp_path / "r", "--data", table, "--trials", 2)
    assert done.returncode == 0 and "test samples" in done.stdout, done.stderr
    assert f"assess {tmp_path / 'r' / 'simplified.json'} --data {table}\n" in done.stdout
    champion_for(find_task(WALK), WALK, mutations=9).save(tmp_path / "w.json")
    done = simplify_call(tmp_path / "w.json", "--task", WALK, "--trials", 2, "--workers", 2)
    assert done.returncode == 0 and "up to" in done.stdout, done.stderr
    found = simplify(wann.load(tmp_path / "w.json"), WALK, trials=2)
    assert wann.load(tmp_path / "w.simplified.json").to_json() == found.to_json()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["missing.json"], "missing.json: no such file"),
        (["{run}", "--price", "2"], "price = 2.0: must be from 0 to 1"),
        (["{run}", "--price", "x"], "argument --price"),
        (["{run}", "--trials", "1"], "trials = 1: must be at least 2"),
        (["{run}", "--seed", "-1"], "seed = -1: must be at least 0"),
        (["{run}", "--task", "cartpole"], "the network has 5 inputs"),
        (["{run}", "-o", "{run}/champion.json"], "is the whole network, which is kept"),
        (["{run}", "-o", "{run}/x.out"], "must|give a file name that ends in .json"),
        (["{run}", "-o", "{run}"], "is a folder"),
        (["{run}", "--workers", "0"], "workers"),
        (["{run}", "--loss", "-1"], "loss = -1.0: must be from 0 to 1"),
        (["{run}", "--paths", "0"], "paths = 0: must be at least 1"),
        (["{run}", "--paths", "1001"], "paths = 1001: must be at most 1000"),
    ],
)
def test_mistakes_are_one_line(run, options, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    done = simplify_call(*(str(option).replace("{run}", str(run)) for option in options))
    assert done.returncode == 2 and done.stdout == ""
    line = done.stderr.rstrip("\n").splitlines()[-1]
    assert any(part in line for part in message.split("|")), done.stderr
    assert done.stderr.count("error:") == 1 and sorted(tmp_path.rglob("*")) == before


def test_a_tuned_champion_is_refused_in_a_line(run, evolved):
    weights = np.ones(len(evolved.genome.conns))
    replace(evolved, weights=weights).save(run / "tuned.json")
    done = simplify_call(run / "tuned.json")
    assert done.returncode == 2 and done.stderr.count("\n") == 1
    assert "simplify the one that was tuned, and tune the result" in done.stderr


SLOW = (
    "import sys, time; from wann.simplify import recorded; from wann.simplify.__main__ import"
    " command; scored = recorded.Recorded._scored; recorded.Recorded._scored = lambda *a:"
    " (time.sleep(0.03), scored(*a))[1]; command()"
)


def wait_for(process, log, rows):
    while not log.exists() or log.read_bytes().count(b"\n") < rows:
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)


@pytest.mark.slow
def test_after_a_kill_and_ctrl_c_the_same_command_gives_the_same_file(run, tmp_path):
    whole = tmp_path / "whole.json"
    assert simplify_call(run, "--trials", 20, "-o", whole).returncode == 0
    out, log = run / "simplified.json", run / "simplified.json.log"
    process = started(SLOW, run, "--trials", 20)
    wait_for(process, log, 4)
    second = simplify_call(run, "--trials", 20)
    assert second.returncode == 2 and "another process is writing" in second.stderr
    process.send_signal(signal.SIGKILL)
    process.communicate()
    with open(log, "ab") as file:  # a row that a power cut left
        file.write(b'{"of": 12, "ste')
    assert not out.exists()
    other = simplify_call(run, "--trials", 21)
    assert other.returncode == 2 and "belongs to another network or other options" in other.stderr
    process = started(SLOW, run, "--trials", 20, "--workers", 1)
    wait_for(process, log, 8)
    process.send_signal(signal.SIGINT)
    told, error = process.communicate(timeout=240)
    assert process.returncode == 130 and "stopping after this evaluation" in told
    assert "resumed after" in told and "the same command goes on where it was" in error
    assert not out.exists() and log.read_bytes().endswith(b"}\n")
    done = simplify_call(run, "--trials", 20)
    assert done.returncode == 0 and "resumed after" in done.stdout
    assert out.read_bytes() == whole.read_bytes() and not log.exists()


def test_as_a_module_in_a_process_of_its_own(run):
    done = subprocess.run(
        [sys.executable, "-m", "wann", "simplify", str(run), "--trials", "2", "--json"],
        capture_output=True,
        text=True,
        env=os.environ,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["champion"]["provenance"]["simplified"]["idle"] >= 0
