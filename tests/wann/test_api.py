"""What researchers write: the names of ``wann``, and an evolution from Python."""

import ast
import json
import os
import runpy
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import gymnasium
import numpy as np
import pytest
from support.genomes import grow
from support.places import HOME

import wann
from envs.swingup import SWINGUP
from wann.assess import assess
from wann.champion.champion import Champion
from wann.errors import WannError
from wann.evolve.subject import OWN, subject_of
from wann.explain import explain
from wann.export import export
from wann.genome.genome import check_genome, same_genome
from wann.tune import StopRequested, tune

SMALL = {
    "generations": 4,
    "trials": 1,
    "confirm_trials": 2,
    "report_trials": 3,
    "search": {"population": 16, "tournament": 2},
}


def small(base="swingup", **keys):
    """Return a configuration of a few moments."""
    return wann.configure(base, **{**SMALL, **keys})


def as_json(champion):
    """Return all that a champion is."""
    return champion.to_json()


class Steps(gymnasium.Env):
    """Walk to the right for ten steps; an environment that nobody has registered."""

    observation_space = gymnasium.spaces.Box(-20.0, 20.0, (1,), np.float64)
    action_space = gymnasium.spaces.Discrete(2)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.x, self.steps = self.np_random.uniform(-1, 1), 0
        return np.array([self.x]), {}

    def step(self, action):
        self.x += 2 * int(action) - 1
        self.steps += 1
        return np.array([self.x]), self.x, self.steps == 10, False, {}


def distance(policy, rng):
    """Return how near a policy is to the absolute value."""
    x = rng.uniform(-1, 1, 30)
    return -float(np.mean((policy(x[:, None])[:, 0] - np.abs(x)) ** 2))


# --------------------------------------------------------------------------------------- the names
def test_every_public_name_is_there_typed_and_imported_from_where_it_says():
    tree = ast.parse(Path(wann.__file__).read_text())
    typed = {
        alias.asname: node.module
        for block in ast.walk(tree)
        if isinstance(block, ast.If)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert typed == wann._MODULES and {*typed, "__version__"} == set(wann.__all__)
    assert set(wann.__all__) <= set(dir(wann))
    for name in typed:
        assert getattr(wann, name).__name__ in (name, "Task")
    with pytest.raises(AttributeError, match="'laod'"):
        wann.laod  # noqa: B018


def test_importing_wann_imports_nothing_heavy():
    code = "import sys, wann; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", code], capture_output=True, text=True, check=True
    )
    assert not {"numpy", "numba", "gymnasium", "matplotlib"} & set(done.stdout.split())


@pytest.mark.slow
def test_a_type_checker_sees_the_names(tmp_path):
    (tmp_path / "own.py").write_text(
        "import wann\nwann.laod('x')\nreveal_type(wann.load('x'))\n"
        "for g in wann.Evolution('cartpole'):\n    reveal_type(g.champion.scores)\n"
    )
    # where mypy looks by itself, and nowhere else may say so
    installed = HOME.name == "site-packages"
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", "own.py"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, **({} if installed else {"MYPYPATH": str(HOME)})},
    )
    assert 'Module has no attribute "laod"' in done.stdout, done.stdout
    assert "wann.champion.champion.Champion" in done.stdout and "Mapping[str" in done.stdout
    assert done.stdout.count("error:") == 1


# --------------------------------------------------------------------------------- configurations
def test_configure_changes_keys_of_tables_too():
    config = wann.configure(
        "swingup", seed=3, search={"population": 64, "mutation": {"add_node": 1}}
    )
    shipped = wann.configure("swingup")
    assert (config.seed, config.search.population, config.search.mutation.add_node) == (3, 64, 1)
    assert config.search.tournament == shipped.search.tournament
    assert wann.configure(config) == config and wann.configure("gym:X-v0").task == "gym:X-v0"
    search = replace(config.search, population=np.int64(8))
    assert wann.configure("swingup", search=search, weights=np.array([1.0, 2.0])).weights == (1, 2)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (lambda: wann.configure("swing"), "did you mean swingup"),
        (lambda: wann.configure("swingup", sead=1), "unknown key sead: did you mean seed"),
        (lambda: wann.configure("swingup", search={"population": 1}), "at least 2"),
        (lambda: wann.configure(3), "configuration 3: must be the name"),
        (lambda: wann.Evolution(wann.Config(generations=0)), "generations = 0: must be at least 1"),
        (lambda: wann.WannSearch(wann.SearchConfig(population=0), 1, 1), "at least 2"),
        (lambda: wann.WannSearch(wann.SearchConfig(), 0, 1), "n_inputs = 0: must be a whole"),
        (lambda: wann.Evolution(distance), r"use wann\.function_task"),
        (lambda: wann.Evolution(3), "3 is no task: give a configuration"),
        (lambda: wann.Evolution(SWINGUP, task=SWINGUP), "give a configuration, or its name"),
        (lambda: wann.Evolution("cartpole", backend="gpu"), "backend"),
        (lambda: wann.function_task(distance, 0, 1), "inputs = 0: must be how many"),
        (lambda: wann.function_task(distance, 1, "xy"), "outputs = 'xy': must be how many"),
        (lambda: wann.function_task(3, 1, 1), "score = 3: must be a function"),
    ],
)
def test_what_cannot_be_is_said(given, message):
    with pytest.raises(WannError, match=message):
        given()


# -------------------------------------------------------------------------------------- evolutions
def test_an_evolution_is_the_same_however_it_is_iterated_resumed_and_evaluated(tmp_path):
    whole = wann.Evolution(small(generations=6), backend="serial").run()
    with wann.Evolution(small(generations=6), backend="threads") as parts:
        for generation in parts:
            if generation.number == 2:
                break
        assert parts.generation == 3
        numbers = [generation.number for generation in parts]
    assert numbers == [3, 4, 5] and as_json(parts.champion) == as_json(whole)
    wann.Evolution(small(generations=6), out=tmp_path / "run").run(lambda g: g.number == 1)
    again = wann.Evolution.resume(tmp_path / "run")
    assert again.generation == 2 and len(again.history) == 2
    assert as_json(again.run()) == as_json(whole) == as_json(wann.load(tmp_path / "run"))
    assert len(again.history) == 6
    longer = wann.Evolution.resume(tmp_path / "run", generations=7)
    longer.run()
    assert longer.generation == 7
    with pytest.raises(WannError, match="another seed"):
        wann.Evolution.resume(tmp_path / "run", seed=7)


def test_what_a_generation_has():
    with wann.Evolution(small()) as evolution:
        for generation in evolution:
            assert generation.scores.shape == (16, 6, 1) and len(generation.weights) == 6
            assert len(generation.population) == len(set(generation.order.tolist())) == 16
            check_genome(generation.population[generation.order[0]])
            assert evolution.row["steps"] == generation.steps
    history = evolution.history
    assert list(history["generation"]) == [0, 1, 2, 3]
    assert history["champion"][3] == evolution.champion.scores["mean"]
    assert repr(evolution) == "<wann.Evolution of swingup: generation 4 of 4>"


def test_an_interrupted_generation_is_made_again(monkeypatch, tmp_path):
    whole = wann.Evolution(small(), backend="serial")
    whole.run()
    evolution = wann.Evolution(small(), backend="serial")
    score, calls = type(SWINGUP).score, []

    def interrupted(self, *args):
        calls.append(1)
        if len(calls) in (2, 5, 9, 14):  # in the search, before a challenge, in a challenge
            raise KeyboardInterrupt
        return score(self, *args)

    monkeypatch.setattr(type(SWINGUP), "score", interrupted)
    stops = 0
    while evolution.generation < 4:
        try:
            for _ in evolution:
                pass
        except KeyboardInterrupt:
            stops += 1
    assert stops == 4
    recorded = wann.Evolution(small(), backend="serial", out=tmp_path / "run")
    calls[:] = [1] * 9  # the fifth call from here on is interrupted: in the second generation
    with pytest.raises(KeyboardInterrupt):
        recorded.run()
    calls[:] = [1] * 14
    assert wann.Evolution.resume(tmp_path / "run").generation == recorded.generation > 0
    assert as_json(evolution.champion) == as_json(whole.champion)
    assert [*evolution.history["steps"]] == [*whole.history["steps"]]


def test_nothing_is_written_or_printed_unless_asked_for(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    champion = wann.Evolution(small()).run()
    assert not list(tmp_path.iterdir()) and capfd.readouterr() == ("", "")
    wann.Evolution(small(), out=True).run()
    (run,) = (tmp_path / "runs").iterdir()
    assert run.name.startswith("swingup-s0-") and as_json(wann.load(run)) == as_json(champion)
    with pytest.raises(WannError, match="exists already"):
        wann.Evolution(small(), out=run)


def test_what_is_closed_does_not_go_on():
    evolution = wann.Evolution(small())
    evolution.run(lambda generation: True)
    evolution.close()
    with pytest.raises(WannError, match="is closed: start another, or resume it"):
        next(iter(evolution))


def test_a_wrong_backend_leaves_no_folder(tmp_path):
    with pytest.raises(WannError, match="workers"):
        wann.Evolution(small(), workers=-1, out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("subject", "task", "name"),
    [
        ("cartpole", "cartpole", "cartpole"),
        (SWINGUP, "swingup", "swingup"),
        ("CartPole-v1", "gym:CartPole-v1", "gym:CartPole-v1"),
        ("gym:CartPole-v1", "gym:CartPole-v1", "gym:CartPole-v1"),
        (lambda: gymnasium.make("CartPole-v1"), "gym:CartPole-v1", "gym:CartPole-v1"),
        (
            lambda: gymnasium.make("MountainCar-v0", goal_velocity=0.5),
            "gym:MountainCar-v0,goal_velocity=0.5",
            "gym:MountainCar-v0,goal_velocity=0.5",
        ),
        (Steps, OWN, None),
        (Steps(), OWN, None),
        (lambda: gymnasium.wrappers.TimeLimit(Steps(), 5), OWN, None),
        (wann.function_task(distance, ("x",), ("y",)), OWN, None),
    ],
)
def test_all_that_can_be_evolved(subject, task, name):
    if callable(subject) and not isinstance(subject, type):
        subject = subject()
    config, found = subject_of(subject)
    assert config.task == task
    champion = wann.Evolution(small(config, generations=2), task=found).run()
    assert champion.task == name and champion.inputs == found.inputs


def test_a_wrapped_environment_keeps_its_limit_and_arguments():
    _, task = subject_of(gymnasium.wrappers.TimeLimit(Steps(), 5))
    assert task.max_steps == 5
    env = gymnasium.make("MountainCar-v0", goal_velocity=0.5)
    assert subject_of(env)[1].make().unwrapped.goal_velocity == 0.5


def test_a_function_is_scored_with_its_own_random_numbers_on_any_backend():
    task = wann.function_task(distance, inputs=("x",), outputs=("y",))
    one, two = (
        wann.Evolution(small(generations=3, task="own"), task=task, backend=backend).run()
        for backend in ("serial", "threads")
    )
    assert as_json(one) == as_json(two) and one.inputs == ("x",) and one.task is None
    with pytest.raises(WannError, match="it returns str: must be a number"):
        wann.Evolution(wann.function_task(lambda policy, rng: "good", 1, 1)).run()


def test_a_search_without_any_evaluation_of_ours():
    search = wann.WannSearch(wann.SearchConfig(population=8), n_inputs=3, n_outputs=1, seed=5)
    for _ in range(3):
        population = search.ask()
        search.tell(-np.abs(population.sizes - 4.0)[:, None, None])
    twin = wann.WannSearch(wann.SearchConfig(population=8), n_inputs=3, n_outputs=1, seed=5)
    for _ in range(2):
        twin.tell(-np.abs(twin.ask().sizes - 4.0)[:, None, None])
    rest = wann.WannSearch(wann.SearchConfig(population=8), n_inputs=3, n_outputs=1, seed=5)
    rest.restore(twin.state())
    for one in (twin, rest):
        one.tell(-np.abs(one.ask().sizes - 4.0)[:, None, None])
        assert same_genome(one.best, search.best) and one.order.tolist() == search.order.tolist()
    search.ask()
    for bad in (np.inf, -np.inf, np.nan):
        with pytest.raises(ValueError, match="give a finite one"):
            search.tell(np.full((8, 1, 1), bad))


# ------------------------------------------------------------------------------------ the champion
@pytest.fixture(scope="module")
def champion():
    return wann.Evolution(small()).run()


def test_a_champion_shows_itself(champion, tmp_path):
    assert champion._repr_svg_().lstrip().startswith("<?xml") and "<svg" in champion._repr_svg_()
    page = replace(champion, task="<script>")._repr_html_()
    assert "<script>" not in page and "&lt;script&gt;" in page and "data:image/svg+xml" in page
    assert repr(champion).startswith("<wann.Champion for swingup: ")
    drawing = champion.plot()
    drawing.save(tmp_path / "network.svg")
    assert (tmp_path / "network.svg").read_text() == drawing._repr_svg_()
    assert drawing.axes.figure is drawing.figure


def test_a_rollout_is_an_episode_of_the_environment(champion):
    one = champion.rollout("envs:wann/CartPoleSwingUp-v0", weight=-1.5, seed=0)
    score = SWINGUP.score(
        wann.network.decode_all([champion.genome]),
        np.array([-1.5]),
        SWINGUP.trials(1, np.random.default_rng(0)),
    )[0]
    assert one.total == pytest.approx(score.item(), abs=1e-9)
    assert one.observations.shape == (len(one.rewards) + 1, 5)
    assert len(one.actions) == len(one.rewards) and not one.frames
    assert one.terminated == (len(one.rewards) < 1000) and one.truncated != one.terminated
    assert "&lt;wann.Rollout: return" in one._repr_html_()
    env = gymnasium.make("envs:wann/CartPoleSwingUp-v0", render_mode="rgb_array")
    seen = champion.rollout(env, weight=-1.5, seed=0, max_steps=50)
    assert len(seen.frames) == len(seen.rewards) == 50 and "data:image/gif" in seen._repr_html_()
    assert champion.rollout(env, seed=0).frames[0].shape == (300, 600, 3)
    with pytest.raises(WannError, match=r"5 inputs, but the environment gives 2"):
        champion.rollout(gymnasium.make("MountainCarContinuous-v0"))
    acrobat = Champion(grow(6, 3, 12, 0), None, tuple("abcdef"), tuple("123"))
    by_id = acrobat.rollout("Acrobot-v1", 1.0, seed=2, max_steps=40)
    for name in ("gym:Acrobot-v1", "envpool:Acrobot-v1"):  # a task's: played by Gymnasium
        same = acrobat.rollout(name, 1.0, seed=2, max_steps=40)
        np.testing.assert_array_equal(same.observations, by_id.observations)
    assert len(acrobat.rollout("gym:Acrobot-v1,max_episode_steps=7", 0.0, seed=2).rewards) == 7
    with pytest.raises(WannError, match=r"task 'gym:Acrobat-v1': cannot make this environment"):
        acrobat.rollout("gym:Acrobat-v1")


def test_environments_need_no_import():
    code = (
        "import gymnasium; print(gymnasium.make('envs:wann/CartPole-v0').unwrapped.task.max_steps)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "500"


# ---------------------------------------------------------------------------------------- the verbs
def test_what_commands_do_is_a_function_too(champion, tmp_path, capfd):
    result = assess(champion, trials=3)
    assert set(result.per_weight) == {str(weight) for weight in champion.sweep}
    assert json.loads(json.dumps(result.to_json()))["sweep"]["mean"] == result.sweep.mean
    assert assess(champion, SWINGUP, trials=3).to_json() == result.to_json()
    parts = explain(champion, trials=3)
    assert len(parts.connections) == champion.genome.size and parts.inputs[0].loss >= 0
    export(champion, tmp_path / "network.py")
    space = runpy.run_path(str(tmp_path / "network.py"))
    observation = np.ones(5)
    assert np.array_equal(space["act"](observation, 0.7), champion.policy(0.7)(observation))
    assert capfd.readouterr() == ("", "")


def test_a_champion_is_tuned_from_python(champion, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    tuned = tune(champion, rounds=1, trials=3)
    assert not list(tmp_path.iterdir()) and capfd.readouterr() == ("", "")
    assert tuned.weights.shape == (len(champion.genome.conns),) and tuned.scores["trials"] == 3

    class Stops:
        stopped, shares = False, []

        def begin(self, weights, known, episodes):
            assert known == 0 and episodes is None

        def show_shared(self, weight):
            self.stopped = weight == tuned.shared_weight

        def show(self, share, best, steps):
            self.shares.append(share)

    with pytest.raises(StopRequested):
        tune(champion, rounds=1, trials=3, monitor=Stops())
    with pytest.raises(WannError, match="rounds = 0: must be at least 1"):
        tune(champion, rounds=0)
    with pytest.raises(WannError, match="5 inputs and 1 outputs, but the task has 4 and 1"):
        tune(champion, wann.find_task("cartpole"), rounds=1)
