"""Any Gymnasium environment as a task."""

import pickle
import warnings
from dataclasses import replace

import gymnasium
import numpy as np
import pytest
from support.command import run
from support.genomes import grow

from wann.champion.champion import Champion
from wann.champion.task import task_of
from wann.config import TASK_NAME
from wann.errors import WannError
from wann.network.network import decode_all
from wann.tasks import find_task
from wann.tasks.gym import task as gym_task
from wann.tasks.task import WORST
from wann.workers.evaluator import Evaluator

CLASSIC = [
    "CartPole-v0", "CartPole-v1", "MountainCar-v0", "MountainCarContinuous-v0", "Pendulum-v1",
    "Acrobot-v1"
]  # fmt: skip
BOX2D = [
    "LunarLander-v3",
    "LunarLanderContinuous-v3",
    "BipedalWalker-v3",
    "BipedalWalkerHardcore-v3",
]
OWN = [
    "support.own_envs:Walk-v0",
    "support.own_envs:own/Parts-v0",
    "support.own_envs:Limbs-v0",
]


def gym(name):
    """Return the task of an environment, if what it needs is installed."""
    if any(name.startswith(known) for known in BOX2D):
        pytest.importorskip("Box2D", reason='Box2D is not installed: pip install "wann[box2d]"')
    return find_task(f"gym:{name}")


def slow_return(task, genome, weight, seed):
    """Return what an episode played with ``Champion.policy`` in a new environment gives, and its
    steps.
    """
    env = gymnasium.make(task.made.env_id, **dict(task.made.kwargs))
    policy = Champion(genome, None, task.inputs, task.outputs).policy(weight, env.action_space)
    flatten = gymnasium.spaces.flatten
    observation, _ = env.reset(seed=seed)
    total, steps, over = 0.0, 0, False
    while not over and steps < task.max_steps:
        observation, reward, terminated, truncated, _ = env.step(
            policy(flatten(env.observation_space, observation))
        )
        total, steps, over = total + float(reward), steps + 1, terminated or truncated
    return float(total), steps


@pytest.mark.parametrize("name", CLASSIC + BOX2D + OWN)
def test_the_contract_of_tasks(name):
    task = gym(name)
    if name in BOX2D:
        task = replace(task, max_steps=60)
    trials = task.trials(2, np.random.default_rng(0))
    assert np.array_equal(trials, task.trials(2, np.random.default_rng(0))) and trials.shape == (
        2,
        1,
    )
    assert len(set(task.inputs)) == len(task.inputs) and len(set(task.outputs)) == len(task.outputs)
    genomes = [grow(len(task.inputs), len(task.outputs), 15 * k, k) for k in range(3)]
    weights = np.array([-1.0, 0.7])
    scores, steps = task.score(decode_all(genomes), weights, trials)
    assert scores.shape == (3, 2, 2) and np.isfinite(scores).all()
    again, _ = pickle.loads(pickle.dumps(task)).score(
        decode_all(genomes[1:]), weights[1:], trials[::-1]
    )
    assert np.array_equal(again, scores[1:, 1:, ::-1])
    expected = [slow_return(task, genomes[2], w, int(s[0])) for w in weights for s in trials]
    assert scores[2].ravel().tolist() == [total for total, _ in expected]
    assert (
        task.score(decode_all(genomes[2:]), weights, trials)[1]
        == sum(made for _, made in expected)
        <= steps
    )
    with pytest.raises(ValueError, match="trials has shape"):
        task.score(decode_all(genomes), weights, trials[:, 0])
    with pytest.raises(ValueError, match="individual weights"):
        task.score(decode_all(genomes), np.ones((2, 3)), trials)


def test_individual_weights_that_are_equal_are_a_shared_one():
    task, genome = gym("Acrobot-v1"), grow(6, 3, 30, 0)
    task = replace(task, max_steps=100)
    trials, networks = task.trials(2, np.random.default_rng(1)), decode_all([genome])
    shared, _ = task.score(networks, np.array([0.5]), trials)
    individual, _ = task.score(networks, np.full((1, len(genome.conns)), 0.5), trials)
    assert np.array_equal(shared, individual)


def test_names_limits_and_arguments():
    assert gym("CartPole-v1").inputs == ("x", "speed", "angle", "spin")
    walk = gym("support.own_envs:Walk-v0,goal=1e3,max_episode_steps=7")
    assert (walk.inputs, walk.outputs, walk.max_steps) == (("place",), ("left", "right"), 7)
    assert walk.made.kwargs == (("goal", 1000.0), ("max_episode_steps", 7))
    scores, steps = walk.score(
        decode_all([grow(1, 2, 9, 0)]), np.ones(1), walk.trials(2, np.random.default_rng(0))
    )
    assert steps == 14 and (scores == -7).all()
    parts = gym("support.own_envs:own/Parts-v0")
    assert (
        len(parts.inputs) == 3 + 2 + 5
        and parts.inputs[0] == "observation 1"
        and len(parts.outputs) == 5
    )
    assert parts.max_steps == gym_task.LONGEST_EPISODE
    continuous = gym("LunarLander-v3,continuous=true")
    assert continuous.outputs == ("action 1", "action 2") and continuous.inputs[0] == "x"


@pytest.mark.parametrize(
    ("name", "limit"),
    [
        ("Short-v0", 4),
        ("Shorter-v0", 4),
        ("Shorter-v0,limit=60", 50),
        ("Short-v0,max_episode_steps=2", 2),
        ("Walk-v0,max_episode_steps=-1", gym_task.LONGEST_EPISODE),
    ],
)
def test_the_lowest_of_several_limits_holds(name, limit):
    task = gym(f"support.own_envs:{name}")
    assert task.max_steps == limit
    if limit < 5:
        scores, steps = task.score(decode_all([grow(1, 2, 9, 0)]), np.ones(1), np.array([[1]]))
        assert steps == limit and scores.item() == -limit


def test_worlds_of_box2d_are_new_in_each_episode_and_others_are_reused():
    assert gym("BipedalWalker-v3").fresh and not gym("Pendulum-v1").fresh
    leaky = gym("support.own_envs:Walk-v0,trouble=leak")
    assert leaky.fresh and not gym("support.own_envs:Walk-v0").fresh
    trials, networks = leaky.trials(3, np.random.default_rng(0)), decode_all([grow(1, 2, 9, 0)])
    scores, _ = leaky.score(networks, np.ones(2), trials)
    assert np.array_equal(leaky.score(networks, np.ones(1), trials[1:])[0], scores[:, :1, 1:])


def test_an_environment_that_the_seed_does_not_determine_is_told():
    with pytest.warns(UserWarning, match="the same seed and actions give another episode"):
        gym("support.own_envs:Walk-v0,trouble=luck")


@pytest.mark.parametrize(
    ("trouble", "message"),
    [
        ("raise", "ValueError: a stone in the way"),
        ("reward", "the sum of the rewards is nan"),
        ("observation", r"an observation is not finite: \[nan\]"),
    ],
)
def test_failures_count_as_the_worst_and_are_told_once(trouble, message, monkeypatch):
    # another test may have been told of it
    monkeypatch.setattr("wann.tasks.gym.task._failed", set())
    task = gym(f"support.own_envs:Walk-v0,trouble={trouble}")
    networks = [grow(1, 2, 9, k) for k in range(6)]
    trials = np.arange(6)[:, None]
    sound = gym("support.own_envs:Walk-v0")
    with Evaluator(task, "serial") as evaluate, Evaluator(sound, "serial") as healthy:
        with pytest.warns(
            UserWarning, match=rf"failed with seed \d+ at weight -?\d.*: .*{message}"
        ) as told:
            scores = evaluate(networks, [-1.0, 1.0], trials)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            evaluate(networks, [-1.0, 1.0], trials)
        well = healthy(networks, [-1.0, 1.0], trials)
    assert len(told) == 1
    failed = scores == WORST
    assert 0 < failed.sum() < failed.size and np.array_equal(scores[~failed], well[~failed])


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("gym:CartPole-v7", "cannot make this environment: VersionNotFound"),
        ("gym:NoSuch-v0", "cannot make this environment: NameNotFound"),
        ("gym:no_such_module:X-v0", "cannot make this environment: ModuleNotFoundError"),
        ("gym:CartPole-v1,gravity", "'gravity' must be KEY=VALUE"),
        ("gym:CartPole-v1,render_mode=human", "render_mode is set by viz.watch: leave it out"),
        ("gym:CartPole-v1,wings=2", "unexpected keyword argument 'wings'"),
        (
            "gym:support.own_envs:Image-v0",
            "an observation has 27648 numbers: must be from 1 to 1000",
        ),
        ("gym:support.own_envs:Text-v0", "the action space is Text"),
        (
            "gym:support.own_envs:Walk-v0,trouble=size",
            "reset returns 3 numbers, but the observation space has 1",
        ),
    ],
)
def test_names_that_are_no_environment(name, message):
    with pytest.raises(WannError, match=message):
        find_task(name)


def test_a_missing_library_names_the_extra(monkeypatch):
    def make(*_, **__):
        raise gymnasium.error.DependencyNotInstalled(
            "Box2D is not installed, you can install it by …"
        )

    monkeypatch.setattr(gymnasium, "make", make)
    with pytest.raises(
        WannError, match=r'needs a library that is not installed: pip install "wann\[box2d\]"'
    ):
        find_task("gym:BipedalWalker-v3")


def test_files_may_name_environments_but_not_modules():
    genome = grow(1, 2, 5, 0)
    champion = Champion(genome, "gym:support.own_envs:Walk-v0", ("place",), ("left", "right"))
    with pytest.raises(
        WannError, match=r"is code: if you trust it, add --task gym:support\.own_envs:Walk-v0"
    ):
        task_of(champion)
    assert task_of(champion, champion.task).inputs == ("place",)
    assert (
        task_of(replace(champion, task="gym:MountainCar-v0", genome=grow(2, 3, 5, 0))).max_steps
        == 200
    )
    for name in (
        "gym:A-v0,x=$(ls)",
        "gym:A-v0;ls",
        "gym:a/b/c-v0",
        "gym:A-v0,x=",
        "gym:a:b:c",
        "gym:A-v0 ,x=1",
    ):
        assert not TASK_NAME.fullmatch(name)
    for name in ("gym:A-v0", "gym:ALE/Pong-v5", "gym:a.b:ns/A-v0,x=-1.5e-3,y=true"):
        assert TASK_NAME.fullmatch(name)


def test_a_mistake_is_one_line():
    done = run("gym:CartPole-v1,wings=2")
    assert (
        done.returncode == 2
        and done.stderr.count("\n") == 1
        and "unexpected keyword argument" in done.stderr
    )
