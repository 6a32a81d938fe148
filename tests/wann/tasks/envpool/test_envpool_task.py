"""EnvPool's environments as tasks: each episode is what it is alone, whoever plays beside it."""

import json
import pickle
import sys
import warnings
from dataclasses import replace

import gymnasium
import numpy as np
import pytest
from gymnasium import spaces
from support.command import call
from support.genomes import grow

import wann
from wann.assess.__main__ import main as assess
from wann.champion.champion import Champion, load
from wann.champion.task import task_of
from wann.config import TASK_NAME
from wann.errors import WannError
from wann.explain.__main__ import main as explain
from wann.network.network import decode_all
from wann.tasks import capabilities_of, find_task
from wann.tasks.envpool import task as envpool_task
from wann.tasks.envpool.slots import alike, rows_of
from wann.tasks.gym import task as gym_task
from wann.tasks.gym.observations import flattener
from wann.tasks.task import WORST
from wann.tune.__main__ import main as tune
from wann.workers.evaluator import Evaluator

envpool = pytest.importorskip(
    "envpool", reason='EnvPool is not installed: pip install "wann[envpool]"'
)

IDS = [
    "CartPole-v1", "Pendulum-v1", "FrozenLake-v1", "LunarLander-v3", "BipedalWalker-v3",
    "MiniGrid-Empty-5x5-v0", "Ant-v5",
]  # fmt: skip
WEIGHTS = np.array([-1.0, 0.7, 2.0])


def short(name, steps=60):
    """Return the task of an environment, in short episodes."""
    return replace(find_task(f"envpool:{name}"), max_steps=steps)


def alone(task, genome, weight, seed):
    """Return what an episode gives that ``Champion.policy`` plays in a pool of its own, and its
    steps.
    """
    env = envpool.make_gymnasium(task.env_id, num_envs=1, seed=[seed], **dict(task.options))
    champion = Champion(genome, None, task.inputs, task.outputs, observation_scale=task.scale)
    policy, flatten = champion.policy(weight, task.action_space), flattener(task.observation_space)

    def first(batch):
        return {k: first(v) for k, v in batch.items()} if isinstance(batch, dict) else batch[0]

    observation, _ = env.reset()
    total, steps, over = 0.0, 0, False
    while not over and steps < task.max_steps:
        action = policy(np.asarray(flatten(first(observation)), np.float64))
        observation, reward, terminated, truncated, _ = env.step(np.asarray(action)[None])
        total, steps, over = total + float(reward[0]), steps + 1, terminated[0] or truncated[0]
    return total, steps


@pytest.mark.parametrize("name", IDS)
def test_an_episode_is_what_it_is_alone(name):
    task = short(name)
    trials = task.trials(2, np.random.default_rng(0))
    sizes = len(task.inputs), len(task.outputs)
    genomes = [grow(*sizes, 15 * k, k, recurrent=k > 1) for k in range(3)]
    networks = decode_all(genomes)
    assert len(networks.memory)
    scores, steps = task.score(networks, WEIGHTS, trials)
    expected = [
        alone(task, genome, weight, int(seed))
        for genome in genomes
        for weight in WEIGHTS
        for seed in trials[:, 0]
    ]
    assert scores.shape == (3, 3, 2) and scores.ravel().tolist() == [total for total, _ in expected]
    assert steps == sum(made for _, made in expected)
    for slots in (1, 4, 17):
        assert np.array_equal(
            replace(task, slots=slots).score(networks, WEIGHTS, trials)[0], scores
        )
    again, _ = pickle.loads(pickle.dumps(task)).score(
        networks.pick(np.array([2, 1])), WEIGHTS[1:], trials[::-1]
    )
    assert np.array_equal(again, scores[:0:-1, 1:, ::-1])


def test_seeds_and_weights_matter():
    task = short("LunarLander-v3")
    networks = decode_all([grow(8, 4, 40, 1)])
    trials = task.trials(4, np.random.default_rng(0))
    scores, _ = task.score(networks, WEIGHTS, trials)
    for weight in range(3):
        assert len(set(scores[0, weight].tolist())) == 4
    assert (scores[0, 0] != scores[0, 1]).all()
    individual, _ = task.score(networks, np.full((1, 500), 0.7), trials)
    assert np.array_equal(individual[0, 0], scores[0, 1])
    with pytest.raises(ValueError, match="trials has shape"):
        task.score(networks, WEIGHTS, trials[:, 0])
    nobody = task.score(networks.part(0, 0), WEIGHTS, trials)
    assert nobody[0].shape == (0, 3, 4) and nobody[1] == 0


def test_scaled_observations_are_those_of_the_champion():
    task = short("LunarLander-v3", 90)
    genome, rng = grow(8, 4, 30, 3), np.random.default_rng(1)
    trials, networks = task.trials(5, rng), decode_all([genome])
    seen, steps = task.observations(networks, WEIGHTS, trials)
    # what the last step of an episode gives is not acted on, as with Gymnasium's
    assert seen.shape == (steps, 8)
    for slots in (1, 4):
        other, _ = replace(task, slots=slots).observations(networks, WEIGHTS, trials)
        assert np.array_equal(other, seen)
    scaled = task.scaled((tuple(seen.mean(axis=0)), tuple(seen.std(axis=0) + 0.1)))
    trials = scaled.trials(2, rng)
    scores, _ = scaled.score(networks, WEIGHTS, trials)
    expected = [alone(scaled, genome, w, int(s)) for w in WEIGHTS for s in trials[:, 0]]
    assert scores.ravel().tolist() == [total for total, _ in expected]


@pytest.mark.parametrize("workers", [("threads", 1), ("threads", 3), ("processes", 2)])
def test_workers_find_what_one_finds(workers):
    task = short("BipedalWalker-v3")
    genomes = [grow(24, 4, 4 * k, k) for k in range(10)]
    trials = task.trials(2, np.random.default_rng(2))
    with Evaluator(task, "serial") as one, Evaluator(task, *workers) as many:
        assert np.array_equal(many(genomes, WEIGHTS, trials), one(genomes, WEIGHTS, trials))
        assert many.steps == one.steps


POLE = "envpool:CartPole-v1,max_episode_steps=60"
SMALL = {
    "generations": 6, "trials": 2, "confirm_trials": 4, "report_trials": 4,
    "search": {"population": 12, "tournament": 2, "parents": "lexicase"}, "racing": True,
    "scale_observations": True, "simplify": {"every": 3, "paths": 1},
}  # fmt: skip


@pytest.fixture(scope="module")
def champion_of(tmp_path_factory):
    """Return what a small evolution on a backend finds, and where it is."""

    def evolved(backend, stop=None):
        path = tmp_path_factory.mktemp(f"{backend}{stop}") / "run"
        config = wann.configure(POLE, **SMALL)
        workers = None if backend == "serial" else 2
        with wann.Evolution(config, out=path, backend=backend, workers=workers) as evolution:
            champion = evolution.run(lambda e: stop is not None and e.number >= stop)
        if stop is not None:
            with wann.Evolution.resume(path, backend=backend, workers=workers) as evolution:
                champion = evolution.run()
        return champion, path

    return evolved


@pytest.fixture(scope="module")
def run(champion_of):
    """Return a finished run."""
    return champion_of("serial")


@pytest.mark.parametrize(
    "how",
    [("threads", None), pytest.param(("processes", None), marks=pytest.mark.slow), ("threads", 3)],
)
def test_the_same_champion_on_every_backend_and_after_a_resume(champion_of, run, how):
    champion, _ = champion_of(*how)
    expected = json.loads((run[1] / "champion.json").read_text())
    assert champion.to_json() == run[0].to_json()
    assert champion.to_json()["task"] == expected["task"] == POLE
    assert run[0].scores["mean"] > 15.0


@pytest.mark.parametrize("judge", [assess, tune, explain])
def test_what_judges_networks_takes_them(run, judge, tmp_path):
    out = ["--out", tmp_path / "tuned.json"] if judge is tune else []
    some = ["--generations", 2] if judge is tune else []
    done = call(run[1], "--trials", 2, "--json", *some, *out, main=judge)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)


def test_it_is_watched_in_gymnasium(run, tmp_path):
    from viz.scene.environment import environment_of
    from viz.watch.__main__ import main as watch

    task = task_of(run[0])
    env = environment_of(task)
    assert isinstance(env.unwrapped, type(gymnasium.make("CartPole-v1").unwrapped))
    pytest.importorskip("pygame")
    assert capabilities_of(task).drawable
    film = tmp_path / "film.gif"
    done = call(run[1], "--gif", film, "--steps", 4, main=watch)
    assert done.returncode == 0, done.stderr
    assert film.stat().st_size > 1000
    assert not capabilities_of(find_task("envpool:NChain-v0")).drawable


def test_failures_count_as_the_worst_and_are_told_once(monkeypatch):
    # EnvPool answers an action that is no number with observations that are none
    monkeypatch.setattr(gym_task, "_failed", set())
    task = short("Pendulum-v1", 30)
    genomes, trials = [grow(3, 1, 3, k) for k in range(4)], task.trials(3, np.random.default_rng(0))
    well, _ = task.score(decode_all(genomes), WEIGHTS, trials)
    real = envpool_task.action_function

    def broken(space, n):
        to_action = real(space, n)

        def act(outputs):
            actions = to_action(outputs)
            return np.where(actions > 1.9, np.float32(np.nan), actions)

        return act

    monkeypatch.setattr(envpool_task, "action_function", broken)
    with Evaluator(task, "serial") as evaluate:
        with pytest.warns(
            UserWarning, match=r"Pendulum-v1 failed with seed \d+ at weight .*not finite: \[nan"
        ) as told:
            scores = evaluate(genomes, WEIGHTS, trials)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            evaluate(genomes, WEIGHTS, trials)
    failed = scores == WORST
    assert len(told) == 1 and 0 < failed.sum() < failed.size
    assert np.array_equal(scores[~failed], well[~failed])
    first = np.argwhere(failed)[0]
    reason = replace(task, slots=2).failure(decode_all(genomes), WEIGHTS, trials)
    assert reason.startswith(f"seed {trials[first[2], 0]} at weight {WEIGHTS[first[1]]:g}: ")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("NoSuch-v0", r"EnvPool [\d.]+ has no environment of this ID"),
        ("CartPole-v1,wings=2", "cannot make this environment: TypeError: .*'wings'"),
        ("CartPole-v1,wings", "'wings' must be KEY=VALUE"),
        ("CartPole-v1,num_envs=2", "'num_envs=2' must be KEY=VALUE"),
        ("CarRacing-v3", "an observation has 27648 numbers: must be from 1 to 1000"),
        ("Backgammon-v1", "several players act in it"),
        (
            "Blackjack-v1",
            (
                r"the observation space is Box\(0, 31, \(3,\), int32\) in EnvPool, Tuple.* in"
                r" Gymnasium: .*; take gym:Blackjack-v1"
            ),
        ),
    ],
)
def test_names_that_are_no_task(name, message):
    with pytest.raises(WannError, match=message):
        find_task(f"envpool:{name}")


def test_a_missing_package_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "envpool", None)
    with pytest.raises(
        WannError,
        match=r'"?envpool:CartPole-v1\'? needs EnvPool .*: pip install "wann\[envpool\]"; gym:Cart',
    ):
        find_task("envpool:CartPole-v1")


def test_names_arguments_and_files(tmp_path):
    task = find_task("envpool:CartPole-v1,max_episode_steps=7")
    assert (task.inputs[0], task.outputs, task.max_steps) == ("x", ("left", "right"), 7)
    assert task.threshold == 475.0 and task.success == "reaches 475"
    assert find_task("envpool:NChain-v0").outputs == ("action 1", "action 2")
    assert TASK_NAME.fullmatch("envpool:phys2d/CartPole-v1")
    for name in ("envpool:a:CartPole-v1", "envpool:A-v0;ls", "envpool:"):
        assert not TASK_NAME.fullmatch(name)
    champion = Champion(grow(4, 2, 5, 0), task.name, task.inputs, task.outputs)
    champion.save(tmp_path / "champion.json")
    assert task_of(load(tmp_path / "champion.json")).name == task.name


PARTS = spaces.Dict(
    {
        "n": spaces.Discrete(3, start=1),
        "grid": spaces.Box(-1, 1, (2, 2)),
        "more": spaces.Tuple([spaces.MultiDiscrete([2, 3], start=[0, 5]), spaces.MultiBinary(2)]),
    }
)


def test_rows_are_flattened_observations():
    samples = [PARTS.sample() for _ in range(20)]

    def stacked(space, members):
        if isinstance(space, spaces.Dict):
            return {k: stacked(space[k], [m[k] for m in members]) for k in space}
        if isinstance(space, spaces.Tuple):
            return tuple(stacked(s, [m[k] for m in members]) for k, s in enumerate(space))
        return np.stack(members)

    rows = rows_of(PARTS, stacked(PARTS, samples))
    assert np.array_equal(rows, [spaces.flatten(PARTS, sample) for sample in samples])


def test_spaces_that_mean_the_same():
    box, other = spaces.Box(-1, 1, (2,), np.float32), spaces.Box(-2, 1, (2,), np.float64)
    assert alike(PARTS, PARTS, True) and alike(box, other) and not alike(box, other, True)
    assert not alike(box, spaces.Box(-1, 1, (1, 2))) and not alike(box, PARTS)
    assert not alike(PARTS, spaces.Dict({**PARTS.spaces, "n": spaces.Discrete(3)}))
    assert not alike(PARTS, spaces.Dict({"n": PARTS["n"]}))
    assert not alike(spaces.MultiDiscrete([2, 3]), spaces.MultiDiscrete([3, 2]))
    assert alike(spaces.Discrete(3), spaces.Discrete(3, dtype=np.int32))
