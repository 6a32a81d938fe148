"""The command as a user runs it: the same champion after anything, and mistakes that lose
nothing.
"""

import json
from dataclasses import replace

import numpy as np
import pytest
from support import (
    output_task,
    own_envs,  # noqa: F401 - registers its environments
)
from support.command import SMALL, call, result, run
from support.genomes import grow

import wann
from wann.champion.task import task_of
from wann.config import Config, SearchConfig, make_config
from wann.errors import WannError
from wann.evolve.loop import challenge, generations
from wann.runs.directory import RunDirectory
from wann.search.search import WannSearch
from wann.tasks import find_task
from wann.tasks.gym.task import gym_task
from wann.tasks.scaling import Scaler
from wann.workers.evaluator import Evaluator


def test_a_finished_run_has_everything(finished):
    history = RunDirectory.open(finished).history()
    assert history["generation"].tolist() == list(range(40))
    assert (history["best"] >= history["median"]).all() and (np.diff(history["steps"]) > 0).all()
    champion = wann.load(finished)
    assert champion.scores["trials"] == 100 and champion.provenance["config"]["seed"] == 3
    assert champion.scores["mean"] == history["champion"][-1]
    newest = max((finished / "champions").iterdir())
    assert newest.read_bytes() == (finished / "champion.json").read_bytes()
    assert int(newest.stem) == champion.provenance["generation"]
    front = RunDirectory.open(finished).front()
    assert len(front["population"]["mean"]) == 24
    means = [network["scores"]["mean"] for network in front["networks"]]
    sizes = [sum(c["enabled"] for c in network["connections"]) for network in front["networks"]]
    assert means == sorted(means, reverse=True) and sizes == sorted(sizes, reverse=True)
    assert json.loads((finished / "about.json").read_text())["wann"] == wann.__version__


def test_common_keys_have_options(tmp_path):
    few = "--generations", 2, "--population", 16, "--trials", 1, "--set", "report_trials=2"
    path = tmp_path / "run"
    assert call("cartpole", *few, "--out", path).returncode == 0
    config = RunDirectory.open(path).config()
    assert (config.generations, config.search.population, config.trials) == (2, 16, 1)
    assert call("--resume", path, "--generations", 3).returncode == 0
    assert RunDirectory.open(path).config().generations == 3
    done = call("cartpole", "--generations", 2, "--set", "generations = 3", "--out", path)
    assert done.returncode == 2
    assert done.stderr == "error: --generations 2 beside --set generations: give it once\n"
    done = call("cartpole", "--population", 1)
    assert done.returncode == 2 and "search.population = 1: must be at least 2" in done.stderr


@pytest.mark.parametrize(
    "backend", [["--backend", "threads", "--workers", "1"], ["--workers", "2"]]
)
def test_threads_give_the_same_run(finished, tmp_path, backend):
    assert (
        call(
            *SMALL, "--set", "generations=40", "--seed", 3, "--out", tmp_path / "run", *backend
        ).returncode
        == 0
    )
    assert result(tmp_path / "run") == result(finished)


@pytest.mark.slow
def test_float32_is_reproducible_and_its_champion_is_scored_in_float64(tmp_path):
    options = [*SMALL, "--set", "generations=6", "--seed", 3]
    for name, backend, bits in (("a", "serial", 32), ("b", "threads", 32), ("c", "serial", 64)):
        precision = ["--set", f"precision=float{bits}", "--backend", backend]
        assert call(*options, *precision, "--out", tmp_path / name).returncode == 0
    assert result(tmp_path / "a") == result(tmp_path / "b")
    histories = [RunDirectory.open(tmp_path / name).history() for name in ("a", "c")]
    assert histories[0]["champion"][0] == histories[1]["champion"][0], (
        "the first champion is the same network"
    )
    assert histories[0]["mean"][0] != histories[1]["mean"][0]


def test_a_fixed_sweep_is_the_configurations_weights_and_a_fresh_one_is_drawn_but_reported_at_those(
    finished, tmp_path
):
    options = [*SMALL, "--set", "sweep=fixed", "--set", "generations=1", "--seed", 3]
    assert call(*options, "--out", tmp_path / "run").returncode == 0
    fixed, fresh = (RunDirectory.open(path) for path in (tmp_path / "run", finished))
    assert fresh.config().sweep == "fresh"
    assert fixed.history()["mean"][0] != fresh.history()["mean"][0], (
        "the same networks and trials, other weights"
    )
    swept = [list(one.champion().scores["per_weight"]) for one in (fixed, fresh)]
    assert swept[0] == swept[1] == [str(weight) for weight in fixed.config().weights]


def test_another_seed_gives_another_run(finished, tmp_path):
    call(*SMALL, "--set", "generations=2", "--seed", 4, "--out", tmp_path / "run")
    mine, other = (
        (path / "history.csv").read_text().splitlines()[1] for path in (tmp_path / "run", finished)
    )
    assert mine != other


def test_a_finished_run_can_be_resumed_for_more_generations(finished, tmp_path):
    path = tmp_path / "run"
    call(*SMALL, "--set", "generations=15", "--seed", 3, "--out", path)
    again = call("--resume", path)
    assert again.returncode == 0 and "resumed at generation 15" in again.stdout
    assert call("--resume", path, "--set", "generations=40").returncode == 0
    assert result(path) == result(finished)
    changed = call("--resume", path, "--set", "search.population=50")
    assert changed.returncode == 2 and "another search" in changed.stderr


def test_json_output(tmp_path):
    done = call(*SMALL, "--set", "generations=2", "--out", tmp_path / "run", "--json")
    printed = json.loads(done.stdout)
    assert (
        printed["run"] == str(tmp_path / "run") and printed["champion"]["format"] == "wann-network"
    )
    assert "generation 2/2" in done.stderr


def test_the_default_run_directory_is_named_after_the_task(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        assert call(*SMALL, "--set", "generations=1", "--seed", 9).returncode == 0
    names = [path.name for path in (tmp_path / "runs").iterdir()]
    assert len(names) == 2 and all(name.startswith("swingup_hard-s9-2") for name in names)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["swingop"], "unknown configuration 'swingop': did you mean swingup"),
        ([""], "unknown configuration ''"),
        (["own.csv", "--set", "task=digits"], "--set task=digits beside own.csv"),
        (["own.csv", "--data", "other.csv"], "--data other.csv beside own.csv"),
        (["nothing.toml"], "nothing.toml: No such file"),
        (["no.module:TASK"], "cannot import 'no.module'"),
        (["--set", "task=swing-up"], "unknown task 'swing-up'"),
        (["--set", "search.populaton=3"], "did you mean search.population?"),
        (["--set", "search.population=0"], "search.population = 0: must be at least 2"),
        (["--set", "search.population=x"], "must be a whole number"),
        (["--set", "precision=float16"], "precision = 'float16': must be one of float64, float32"),
        (["--set", "weights=[]"], "weights = []"),
        (["--seed", "-1"], "seed = -1"),
        (["--workers", "0"], "workers = 0"),
        (["--resume", "missing"], "missing: not a run directory"),
        (["--resume", "."], "not a run directory"),
        (["swingup", "--resume", "."], "no configuration"),
        (["--out", "file"], "exists already"),
        (["--out", "file/below"], "file/below: Not a directory"),
        (["--out", "full"], "exists already"),
        (["--out", "/proc/nowhere/run"], "/proc/nowhere"),
    ],
)
def test_mistakes_are_one_line_and_exit_code_2(tmp_path, monkeypatch, arguments, message):
    (tmp_path / "file").write_text("mine")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thing").write_text("mine")
    before = sorted(tmp_path.rglob("*"))
    monkeypatch.chdir(tmp_path)
    done = call(*arguments)
    assert done.returncode == 2 and done.stderr.startswith("error: ") and message in done.stderr
    assert done.stderr.count("\n") == 1 and "Traceback" not in done.stderr
    assert sorted(tmp_path.rglob("*")) == before, "nothing is created or overwritten"
    assert (tmp_path / "file").read_text() == (tmp_path / "full" / "thing").read_text() == "mine"


def test_an_existing_run_is_never_overwritten(finished):
    before = result(finished)
    again = call(*SMALL, "--out", finished)
    assert (
        again.returncode == 2 and "never overwritten" in again.stderr and "--resume" in again.stderr
    )
    assert result(finished) == before


def test_a_run_of_ones_own_task_names_it_again_and_a_strangers_runs_no_code(tmp_path):
    (tmp_path / "own.py").write_text(
        "from envs.cartpole import CARTPOLE\nopen('imported', 'a').write('x')\n"
    )
    done = run("own:CARTPOLE", "--set", "generations=1", "--out", "mine", cwd=tmp_path)
    assert done.returncode == 0 and " report mine --task own:CARTPOLE\n" in done.stdout
    (tmp_path / "imported").unlink()
    refused = run("--resume", "mine", cwd=tmp_path)
    assert (
        refused.returncode == 2
        and "is code: if you trust it, add --set task=own:CARTPOLE" in refused.stderr
    )
    assert not (tmp_path / "imported").exists()
    resumed = run(
        "--resume", "mine", "--set", "task=own:CARTPOLE", "--set", "generations=2", cwd=tmp_path
    )
    assert resumed.returncode == 0 and "resumed at generation 1" in resumed.stdout


@pytest.mark.slow
def test_a_strangers_configuration_runs_no_code_either(tmp_path):
    (tmp_path / "own.py").write_text(
        "from envs.cartpole import CARTPOLE\nopen('imported', 'a').write('x')\n"
    )
    (tmp_path / "theirs.toml").write_text("task = 'own:CARTPOLE'\ngenerations = 1\n")
    refused = run("theirs.toml", cwd=tmp_path)
    message = (
        "the configuration is for a task that is code: if you trust it, add --set task=own:CARTPOLE"
    )
    assert refused.returncode == 2 and message in refused.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["own.py", "theirs.toml"]
    done = run("theirs.toml", "--set", "task = own:CARTPOLE", "--out", "mine", cwd=tmp_path)
    assert done.returncode == 0 and (tmp_path / "imported").exists()


NOT_TOLD = [
    [],
    ["task=swingup"],
    ["task=own:TASK"],
    ["task=own:CARTPOLE", "task=swingup"],
    ['task="own:CARTPOLE "'],
    ['task=["own:CARTPOLE"]'],
    ["task.own=own:CARTPOLE"],
    ["seed=1"],
]


@pytest.mark.parametrize("told", NOT_TOLD)
def test_code_that_a_file_names_is_run_for_its_very_name_alone(tmp_path, monkeypatch, told):
    (tmp_path / "own.py").write_text(
        "from envs.cartpole import CARTPOLE\nopen('imported', 'a').write('x')\n"
    )
    (tmp_path / "theirs.toml").write_text("task = 'own:CARTPOLE'\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    RunDirectory.create(tmp_path / "theirs", make_config({"task": "own:CARTPOLE"})).close()
    before = sorted(tmp_path.rglob("*"))
    options = [part for text in told for part in ("--set", text)]
    resumed = call("--resume", "theirs", *options)
    assert resumed.returncode == 2 and resumed.stderr.count("\n") == 1
    # for these no code of the file is needed
    if not any("swingup" in text or "own:TASK" in text for text in told):
        assert call("theirs.toml", *options).returncode == 2
    assert sorted(tmp_path.rglob("*")) == before, (
        "nothing was imported, or else the file 'imported' were there"
    )


@pytest.mark.parametrize("told", ["own:TASK", '"own:TASK"', " own:TASK", "'own:TASK'"])
def test_the_last_task_that_the_command_line_names_is_the_one(tmp_path, monkeypatch, told):
    (tmp_path / "own.py").write_text("raise ValueError('imported')\n")
    monkeypatch.syspath_prepend(tmp_path)
    RunDirectory.create(tmp_path / "run", make_config({"task": "own:TASK"})).close()
    done = call("--resume", tmp_path / "run", "--set", "task=swingup", "--set", f"task ={told}")
    assert done.returncode == 2 and "cannot import 'own' (imported)" in done.stderr


def test_a_file_that_is_called_like_its_task_is_still_a_file(tmp_path, monkeypatch):
    (tmp_path / "own.py").write_text("open('imported', 'a').write('x')\n")
    (tmp_path / "own:x.toml").write_text("task = 'own:x.toml'\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    done = call("own:x.toml")
    assert (
        done.returncode == 2
        and "for a task that is code" in done.stderr
        and not (tmp_path / "imported").exists()
    )


def test_what_a_file_says_cannot_steer_the_terminal(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "theirs.toml").write_text('"\\u001b[31m" = 1\n')
    done = call("theirs.toml")
    assert (
        done.returncode == 2
        and "unknown key \\x1b[31m" in done.stderr
        and "\x1b" not in done.stderr
    )
    named = call("\x1b[31m.toml")
    assert (
        named.returncode == 2
        and named.stderr == "error: \\x1b[31m.toml: No such file or directory\n"
    )


OWN = output_task.OutputTask()
NAMED = [
    (OWN, "swingup", None),
    (OWN, output_task.NAME, None),  # this name is that of another one
    (output_task.TASK, output_task.NAME, output_task.NAME),
    (find_task("swingup_hard"), "swingup_hard", "swingup_hard"),
    (find_task("swingup_hard"), "swingup", None),
    (
        gym_task("gym:support.own_envs:Walk-v0"),
        "gym:support.own_envs:Walk-v0",
        "gym:support.own_envs:Walk-v0",
    ),
    (gym_task("gym:support.own_envs:Walk-v0"), "gym:Walk-v0", None),
]


@pytest.mark.parametrize("scale", [None, ((0.0,) * 4, (1.0,) * 4)], ids=["alike", "scaled"])
def test_both_of_a_challenge_are_scored_in_one_call_if_they_observe_alike(scale):
    task, config, asked = find_task("gym:CartPole-v1"), Config(sweep="fresh"), []
    old, *others = [grow(4, 1, 20, seed) for seed in range(9)]
    level = {genome.nodes.tobytes() + genome.conns.tobytes(): 0.0 for genome in (old, *others)}

    class Known:
        """An evaluator that knows the scores of these genomes."""

        def __call__(self, genomes, weights, trials):
            asked.append(len(genomes))
            levels = [level[genome.nodes.tobytes() + genome.conns.tobytes()] for genome in genomes]
            return np.array(levels)[:, None, None] + np.zeros((1, len(weights), len(trials)))

        def score(self, networks, weights, trials):  # of a new champion
            asked.append(networks.size)
            return np.zeros((networks.size, len(weights), len(trials)))

        def successes(self, *_):
            return None

    evaluate = Known()

    def winner(champion, genome):
        asked.clear()
        return challenge(champion, genome, config, task, evaluate, 1).genome

    champion = replace(challenge(None, old, config, task, evaluate, 0), observation_scale=scale)
    assert asked == [1] and winner(champion, old) is old and not asked
    for genome in others:
        for lead in (-1.0, 0.0, 1.0):
            level[genome.nodes.tobytes() + genome.conns.tobytes()] = lead
            wins = (lead, -genome.size) > (0.0, -old.size)
            assert (winner(champion, genome) is genome) == wins
            assert asked == ([2] if scale is None else [1, 1]) + [1] * wins


@pytest.mark.parametrize(("task", "named", "name"), NAMED)
def test_a_champion_evolved_in_python_says_no_task_but_its_own(tmp_path, task, named, name):
    scales = hasattr(task, "scaled")
    config = Config(
        task=named,
        generations=2,
        trials=1,
        confirm_trials=1,
        report_trials=1,
        weights=(-1.0, 1.0),
        scale_observations=scales,
        search=SearchConfig(population=4),
    )
    with Evaluator(task, "serial") as evaluate:
        search = WannSearch(config.search, len(task.inputs), len(task.outputs))
        scaler = Scaler(scales, len(task.inputs))
        *_, last = generations(config, task, evaluate, search, scaler)
    champion = last.champion
    champion.save(tmp_path / "c.json")
    champion = wann.load(tmp_path / "c.json")
    assert champion.task == champion.provenance["config"].get("task") == name
    assert champion.sweep == (-1.0, 1.0) and champion.inputs == task.inputs
    if name is None:
        with pytest.raises(WannError, match="the file does not say which task this network is for"):
            task_of(champion)
