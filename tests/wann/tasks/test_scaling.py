"""Scaling of observations: the statistics, and everyone that has to honour them."""

import json
from dataclasses import replace

import gymnasium
import jsonschema
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.command import call
from support.exported import run_c, run_onnx, run_python
from support.genomes import grow

from envs.cartpole import CartPole
from envs.environment import ControlEnv
from wann.champion.champion import SCHEMA, Champion, load
from wann.champion.json_file import parse_champion
from wann.champion.task import task_of
from wann.errors import WannError
from wann.export.c import c_source
from wann.export.formats import out_file
from wann.export.onnx import onnx_model
from wann.export.python import python_source
from wann.network.network import decode_all
from wann.runs.directory import RunDirectory
from wann.streams import rng_for
from wann.tasks import ControlTask, Goal, find_task
from wann.tasks.control.task import with_scale
from wann.tasks.scaling import merged, scale_of
from wann.workers.evaluator import Evaluator

SCALE = ((-0.5, 0.01), (0.3, 0.07))
SWEEP = np.array([-2.0, -1.0, -0.5, 0.5, 1.0, 2.0])


def car(scale=SCALE, mutations=25):
    """Return a network for a car whose observations are scaled."""
    task = find_task("gym:MountainCarContinuous-v0")
    return Champion(
        grow(2, 1, mutations, 3), task.name, task.inputs, task.outputs, observation_scale=scale
    )


@given(
    st.lists(st.integers(0, 30), min_size=1, max_size=6),
    st.integers(0, 2**32),
    st.floats(-1e4, 1e4),
)
def test_statistics_in_parts_are_those_of_the_whole(sizes, seed, offset):
    rng, statistics = np.random.default_rng(seed), np.zeros((3, 3))
    parts = [offset + rng.normal(size=(size, 3)) * (0.01, 1, 100) for size in sizes]
    for part in parts:
        statistics = merged(statistics, part)
    whole = np.concatenate(parts)
    assert (statistics[0] == len(whole)).all()
    if len(whole) > 1:
        mean, deviation = scale_of(statistics)
        assert np.allclose(mean, whole.mean(axis=0), rtol=1e-12, atol=1e-9)
        assert np.allclose(deviation, whole.std(axis=0), rtol=1e-6)


def test_what_does_not_vary_or_was_never_seen_is_not_divided():
    assert scale_of(np.zeros((3, 2))) == ((0.0, 0.0), (1.0, 1.0))
    seen = merged(np.zeros((3, 2)), np.array([[5.0, 1.0], [5.0, 3.0], [np.nan, 2.0]]))
    assert scale_of(seen) == ((5.0, 2.0), (1.0, 1.0)) and seen[0].tolist() == [2, 2]


def test_a_scaled_task_plays_as_the_policy_does():
    champion = car()
    task = replace(task_of(champion), max_steps=80)
    trials = task.trials(3, np.random.default_rng(0))
    assert trials.shape == (3, 5) and np.array_equal(
        trials[:, 1:], np.tile(np.ravel(SCALE), (3, 1))
    )
    assert np.array_equal(
        trials[:, :1], replace(task, scale=None).trials(3, np.random.default_rng(0))
    )
    returns, steps = task.score(decode_all([champion.genome]), SWEEP, trials)
    expected, observed = [], []
    for weight in SWEEP:
        policy = champion.policy(weight, task.make().action_space)
        for seed in trials[:, 0]:
            env, total, over = gymnasium.make(task.made.env_id), 0.0, False
            observation, _ = env.reset(seed=int(seed))
            for _ in range(task.max_steps):
                observed.append(np.asarray(observation, float))
                observation, reward, over, _, _ = env.step(policy(observation))
                total += float(reward)
                if over:
                    break
            expected.append(total)
    assert returns.ravel().tolist() == expected
    assert len(set(returns.ravel().tolist())) > 6  # the network does something
    seen, made = task.observations(decode_all([champion.genome]), SWEEP, trials)
    assert made == steps and np.array_equal(seen, observed)
    plain, _ = task.score(decode_all([champion.genome]), SWEEP, trials[:, :1])
    assert not np.array_equal(plain, returns)


def test_a_policy_scales_one_observation_and_many():
    champion, plain = car(), car(None)
    observations = np.random.default_rng(0).normal(size=(9, 2))
    by_hand = (observations - np.array(SCALE[0])) / np.array(SCALE[1])
    assert np.array_equal(champion.policy(0.7)(observations), plain.policy(0.7)(by_hand))
    assert np.array_equal(champion.policy(0.7)(observations[3]), plain.policy(0.7)(by_hand)[3])


def test_a_file_keeps_the_scale(tmp_path):
    car().save(tmp_path / "c.json")
    content = json.loads((tmp_path / "c.json").read_text())
    jsonschema.validate(content, json.loads(SCHEMA.read_text()))
    assert load(tmp_path / "c.json").observation_scale == SCALE
    assert "observation_scale" not in car(None).to_json()
    attributes = car().graph().nodes[2]
    assert (attributes["mean"], attributes["deviation"]) == (0.01, 0.07)


@pytest.mark.parametrize(
    ("scale", "message"),
    [
        ([], "observation_scale is"),
        (
            {"mean": [0, 0]},
            "observation_scale.deviation is null: must be a list of a number for each input",
        ),
        ({"mean": [0], "deviation": [1, 1]}, r"observation_scale.mean is \[0\]"),
        ({"mean": [0, "1"], "deviation": [1, 1]}, "observation_scale.mean is"),
        (
            {"mean": [0, 0], "deviation": [1, 0]},
            "observation_scale.deviation has 0.0: must be at least 1e-07",
        ),
        ({"mean": [0, 0], "deviation": [1, -1]}, "must be at least"),
        ({"mean": [0, 0], "deviation": [1, float("nan")]}, "must be a finite number"),
    ],
)
def test_a_scale_that_makes_no_sense_is_named(scale, message):
    with pytest.raises(WannError, match=message):
        parse_champion({**car().to_json(), "observation_scale": scale})


@pytest.mark.parametrize("weights", [False, True])
def test_exported_networks_scale(weights, tmp_path):
    champion = car()
    if weights:
        champion = replace(
            champion, weights=np.random.default_rng(0).normal(size=len(champion.genome.conns))
        )
    sweep = None if weights else SWEEP
    inputs = np.random.default_rng(1).normal(size=(50, 2))
    expected = (
        champion.policy()(inputs)
        if weights
        else np.array([champion.policy(w)(inputs) for w in SWEEP])
    )
    assert np.array_equal(run_c(c_source(champion), tmp_path, inputs, 1, sweep), expected)
    code = "act(arrays['x'])" if weights else "np.array([act(arrays['x'], w) for w in arrays['w']])"
    assert np.array_equal(
        run_python(python_source(champion), tmp_path, code, x=inputs, w=SWEEP), expected
    )
    assert np.array_equal(run_onnx(onnx_model(champion), inputs, sweep), expected)
    with pytest.raises(WannError, match="cannot hold the scale"):
        out_file(champion)


def test_a_run_learns_the_scale_and_its_champion_has_the_scores_that_it_says(tmp_path):
    small = [
        "search.population=12",
        "trials=1",
        "confirm_trials=2",
        "report_trials=3",
        "generations=6",
        "seed=4",
    ]
    sets = [part for text in (*small, "scale_observations=true") for part in ("--set", text)]
    done = call(
        "gym:Pendulum-v1,max_episode_steps=40",
        *sets,
        "--out",
        tmp_path / "run",
        "--backend",
        "serial",
    )
    assert done.returncode == 0, done.stderr
    run = RunDirectory.open(tmp_path / "run")
    scales = set()
    for file in sorted((tmp_path / "run" / "champions").iterdir()):
        champion = load(file)
        rng = rng_for(4, champion.provenance["generation"], "report")
        task = task_of(champion)
        with Evaluator(task, "serial") as evaluate:
            mean = evaluate([champion.genome], run.config().weights, task.trials(3, rng)).mean()
        assert champion.scores["mean"] == pytest.approx(mean, rel=1e-12)
        scales.add(champion.observation_scale)
    assert len(scales) > 1
    networks = run.front()["networks"]
    last = parse_champion(networks[0])["observation_scale"]
    # of cosine, sine and speed
    assert all(abs(mean) < 1 for mean in last[0][:2]) and 0.5 < last[1][2] < 8


def test_tasks_that_cannot_be_scaled_say_so(tmp_path):
    done = call("digits", "--set", "scale_observations=true", "--out", tmp_path / "run")
    assert done.returncode == 2 and "only those of physics and of Gymnasium" in done.stderr
    assert not (tmp_path / "run").exists()
    task, scale = find_task("digits"), ((0.0,) * 64, (1.0,) * 64)
    champion = Champion(
        grow(64, 10, 9, 0), "digits", task.inputs, task.outputs, observation_scale=scale
    )
    with pytest.raises(WannError, match="only those of physics and of Gymnasium"):
        task_of(champion)


# --------------------------------------------------------------------------------- compiled physics
def scale_for(task):
    """Return a scale that changes every observation."""
    n = len(task.inputs)
    return tuple(0.1 * k - 0.2 for k in range(n)), tuple(0.3 + 0.2 * k for k in range(n))


@pytest.mark.parametrize("name", ["pendulum", "swingup_hard", "mountaincar"])
def test_scaled_physics_has_the_bits_of_the_policy(name):
    task = find_task(name).scaled(scale_for(find_task(name)))
    genome = grow(len(task.inputs), len(task.outputs), 20, 1)
    champion = Champion(genome, name, task.inputs, task.outputs, observation_scale=task.scale)
    assert task_of(champion) == task and task.unscaled is find_task(name)
    task = replace(task, max_steps=120)
    trials, networks = task.trials(3, np.random.default_rng(0)), decode_all([genome])
    n = 2 * len(task.inputs)
    assert np.array_equal(trials[:, :n], np.tile(np.ravel(task.scale), (3, 1)))
    plain = find_task(name).trials(3, np.random.default_rng(0))
    assert np.array_equal(trials[:, n:], plain)
    returns, steps = task.score(networks, SWEEP, trials)
    expected, observed = [], []
    env = ControlEnv(name)
    for weight in SWEEP:
        policy = champion.policy(weight, env.action_space)
        for start in plain:
            observation, _ = env.reset(options={"state": start})
            total, over, made = 0.0, False, 0
            while not over and made < task.max_steps:
                observed.append(observation)
                observation, reward, over, _, _ = env.step(policy(observation))
                total, made = total + reward, made + 1
            expected.append(total)
    assert returns.ravel().tolist() == expected
    seen, made = task.observations(networks, SWEEP, trials)
    assert made == steps and np.array_equal(seen, observed)
    assert not np.array_equal(task.score(networks, SWEEP, plain)[0], returns)
    single = task.score(networks, SWEEP.astype(np.float32), trials)[0]
    assert np.isfinite(single).all() and single.shape == returns.shape


def test_plain_trials_are_observed_as_they_are_played():
    task, networks = find_task("cartpole"), decode_all([grow(4, 1, 20, 1)])
    trials = task.trials(3, np.random.default_rng(0))
    seen, steps = task.observations(networks, SWEEP, trials)
    assert steps == task.score(networks, SWEEP, trials)[1] == len(seen)
    assert np.array_equal(seen[0], trials[0])


@pytest.mark.slow
def test_successes_of_scaled_physics_are_those_of_its_episodes():
    task = ControlTask(CartPole(), 40, Goal(40)).scaled(((0.01,) * 4, (0.1, 0.5, 0.02, 0.7)))
    networks = decode_all([grow(4, 1, 20, seed) for seed in range(20)])
    plain = task.physics.start_states(16, np.random.default_rng(0))
    scaled, unit = (with_scale(plain, scale) for scale in (task.scale, ((0.0,) * 4, (1.0,) * 4)))
    found = [
        task.successes(networks, SWEEP, trials, task.score(networks, SWEEP, trials)[0])
        for trials in (scaled, unit, plain)
    ]
    assert (task.score(networks, SWEEP, scaled)[0][found[0]] == 40).all()
    assert np.array_equal(found[1], found[2]) and found[0].shape == (20, 6, 16)
    assert found[0].any() and not np.array_equal(found[0], found[1])


def test_a_run_of_physics_learns_the_scale(tmp_path):
    sets = ("search.population=48", "generations=12", "trials=2", "scale_observations=true")
    options = [part for text in sets for part in ("--set", text)]
    for folder, backend in (("a", "serial"), ("b", "threads")):
        done = call("pendulum", *options, "--out", tmp_path / folder, "--backend", backend)
        assert done.returncode == 0, done.stderr
    one, two = (load(tmp_path / folder) for folder in "ab")
    assert one == two or one.to_json() == two.to_json()
    assert one.task == "pendulum" and set(one.observation_scale[1]) != {1.0}
