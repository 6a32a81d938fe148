"""Compiled classic control beside Gymnasium's own environments: starts, steps, ends, champions."""

import math

import gymnasium
import numpy as np
import pytest

import wann
from envs.environment import ControlEnv
from wann.config import SearchConfig
from wann.network.network import decode_all
from wann.tasks import find_task

#: our task -> Gymnasium's id
THEIRS = {
    "acrobot": "Acrobot-v1",
    "pendulum": "Pendulum-v1",
    "mountaincar": "MountainCarContinuous-v0",
    "mountaincar_discrete": "MountainCar-v0",
}
WEIGHTS = np.array([-2.0, -1.0, -0.5, 0.5, 1.0, 2.0])


def pair(name):
    """Return our environment and theirs, bare."""
    return ControlEnv(name), gymnasium.make(THEIRS[name]).unwrapped


def random_actions(name, n, seed):
    """Return n actions as their environment takes them, held for a while as a policy would."""
    rng = np.random.default_rng(seed)
    if ControlEnv(name).discrete:
        return np.repeat(rng.integers(3, size=n), rng.integers(1, 12))[:n].tolist()
    most = getattr(find_task(name).physics, "torque", 1.0)
    return list(np.repeat(rng.uniform(-1, 1, (n, 1)), rng.integers(1, 12), axis=0)[:n] * most)


def ours_of(env, action):
    """Return their action as ours: a share of the largest."""
    return action if env.discrete else np.array(action) / getattr(env.physics, "torque", 1.0)


def angles_apart(name, ours, theirs):
    """Return how far two states are apart; angles may be whole turns apart."""
    apart = np.abs(np.subtract(ours[: len(theirs)], theirs))
    n_angles = {"acrobot": 2, "pendulum": 1}.get(name, 0)
    turns = np.round(apart[:n_angles] / (2 * math.pi)) * 2 * math.pi
    apart[:n_angles] = np.abs(apart[:n_angles] - turns)
    return apart.max()


@pytest.mark.parametrize("name", THEIRS)
def test_spaces_names_and_limits_are_theirs(name):
    task, theirs = find_task(name), gymnasium.make(THEIRS[name])
    other = find_task(f"gym:{THEIRS[name]}")
    assert (task.inputs, task.outputs, task.max_steps) == (
        other.inputs,
        other.outputs,
        theirs.spec.max_episode_steps,
    )
    space, bound = ControlEnv(name).observation_space, theirs.observation_space.high
    np.testing.assert_allclose(space.high[-1], bound[-1], rtol=1e-6)
    assert space.shape == bound.shape


@pytest.mark.parametrize("name", THEIRS)
def test_the_same_seed_is_the_same_start(name):
    ours, theirs = pair(name)
    for seed in range(20):
        observation, _ = ours.reset(seed=seed)
        other, _ = theirs.reset(seed=seed)
        n = len(ours.physics.state_names)
        assert tuple(ours.state[:n]) == tuple(np.asarray(theirs.state, np.float64))
        np.testing.assert_allclose(observation, other, rtol=0, atol=1e-6)  # theirs is float32


#: largest difference after one step from the same state, of the state and of the reward
ONE_STEP = {
    "acrobot": (1e-14, 0.0),
    "pendulum": (2e-15, 4e-14),
    "mountaincar": (7e-8, 1e-15),  # theirs rounds the state to float32
    "mountaincar_discrete": (2e-16, 0.0),
}


@pytest.mark.parametrize("name", THEIRS)
def test_each_step_is_theirs(name):
    """Theirs is put into our state before each step, over whole episodes: 40 of them."""
    ours, theirs = pair(name)
    ends, n = set(), len(ours.physics.state_names)
    for seed in range(40):
        ours.reset(seed=seed)
        theirs.reset(seed=seed)
        for action in random_actions(name, ours.task.max_steps, seed):
            theirs.state = np.array(ours.state[:n])
            _, reward, terminated, _, info = ours.step(ours_of(ours, action))
            _, other, ended, _, _ = theirs.step(action)
            apart = angles_apart(name, ours.state, np.asarray(theirs.state, np.float64))
            assert apart <= ONE_STEP[name][0]
            assert abs(reward - other) <= ONE_STEP[name][1]
            assert terminated == ended == (name != "pendulum" and info["is_success"])
            if terminated:
                break
        ends.add(terminated)
    assert ends == {False, *({True} if name in ("acrobot", "mountaincar") else ())}


#: steps for which two free episodes of random actions stay within a distance
FREE = {
    "acrobot": (200, 1e-10),  # once it turns over it is chaotic: some are apart by 1 after 500
    "pendulum": (200, 1e-10),  # errors grow near upright
    "mountaincar": (999, 2e-4),  # theirs rounds the state to float32 after each step
    "mountaincar_discrete": (200, 1e-14),
}


@pytest.mark.parametrize("name", THEIRS)
def test_episodes_go_on_together(name):
    ours, theirs = pair(name)
    steps, bound = FREE[name]
    for seed in range(20):
        ours.reset(seed=seed)
        theirs.reset(seed=seed)
        for action in random_actions(name, steps, seed):
            terminated = ours.step(ours_of(ours, action))[2]
            assert terminated == theirs.step(action)[2]
            assert angles_apart(name, ours.state, np.asarray(theirs.state, np.float64)) <= bound
            if terminated:
                break


#: configuration of a short search -> how many of 20 episodes are equal, how far means are apart
SEARCHES = {
    "acrobot": (14, 5.0),  # Gymnasium's observations are of float32, and the arm is chaotic
    "pendulum": (12, 5.0),  # a network that switches by sign may switch a step later
    "mountaincar": (20, 0.01),
    "mountaincar_discrete": (20, 0.1),
}


def champion_of(name):
    """Return the champion of a short search."""
    config = wann.Config(
        task=name,
        generations=12,
        trials=2,
        confirm_trials=4,
        report_trials=4,
        search=SearchConfig(population=96),
    )
    return wann.Evolution(config, backend="serial").run()


@pytest.mark.slow
@pytest.mark.parametrize("name", THEIRS)
def test_champions_play_the_same_in_gymnasium(name):
    champion, task, seeds = champion_of(name), find_task(name), range(20)
    starts = np.vstack([task.trials(1, np.random.default_rng(seed)) for seed in seeds])
    ours = task.score(decode_all([champion.genome]), WEIGHTS, starts)[0][0]
    theirs = np.array(
        [[champion.rollout(THEIRS[name], w, seed).total for seed in seeds] for w in WEIGHTS[::2]]
    )
    ours = ours[::2]
    assert np.ptp(ours) > 0
    least, bound = SEARCHES[name]
    assert (np.abs(ours - theirs) < 0.02 * np.ptp(ours)).sum(axis=1).min() >= least
    assert np.abs(ours.mean() - theirs.mean()) < bound
