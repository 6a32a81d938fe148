"""Recurrent networks in the steps of tasks: policies, environments and functions."""

import pickle
from dataclasses import replace

import gymnasium
import numpy as np
import pytest
from support.genomes import SlowMemory, grow, slow_outputs

import wann
from wann.champion.champion import Champion
from wann.champion.task import task_of
from wann.errors import WannError
from wann.network.network import decode_all
from wann.tasks import find_task
from wann.workers.evaluator import Evaluator

WEIGHTS = np.array([-1.0, 0.6])
BOUNDED = (2, 4, 5, 6)


def champion(n_inputs=3, n_outputs=2, seed=1, task=None) -> Champion:
    """Return a recurrent network that remembers something."""
    genome = grow(n_inputs, n_outputs, 60, seed, BOUNDED, recurrent=True)
    one = Champion(genome, task, tuple("abcdefgh"[:n_inputs]), tuple("xyz"[:n_outputs]))
    assert len(one.network.memory) > 1
    return one


def test_a_policy_remembers_until_it_is_reset():
    one, rng = champion(), np.random.default_rng(0)
    policy, episode = one.policy(0.7), rng.normal(size=(6, 3))
    for _ in range(2):
        policy.reset()
        slow = SlowMemory()
        for observation in episode:
            assert policy(observation).tolist() == slow_outputs(one.genome, 0.7, observation, slow)
    # another one, in another process say, goes on from there
    again = pickle.loads(pickle.dumps(policy))
    assert np.array_equal(again.memory, policy.memory)
    assert np.array_equal(again(episode[0]), policy(episode[0]))


def test_a_policy_plays_several_episodes_side_by_side():
    one, rng = champion(), np.random.default_rng(0)
    episodes, many = rng.normal(size=(5, 4, 3)), one.policy(0.7)
    alone = [one.policy(0.7) for _ in range(4)]
    for step, observations in enumerate(episodes):
        if step == 3:  # two of them begin anew
            many.reset(np.array([False, True, False, True]))
            alone[1].reset()
            alone[3].reset()
        want = [policy(own) for policy, own in zip(alone, observations, strict=True)]
        assert np.array_equal(many(observations), want)
    assert many.memory.shape == (4, len(one.network.memory))
    with pytest.raises(WannError, match=r"given 3 observations, and was given 4 .*reset\(\)"):
        many(episodes[0, :3])
    many.reset()
    assert many(episodes[0, :3]).shape == (3, 2)


def test_a_policy_without_memory_takes_any_number_of_observations():
    genome = grow(3, 2, 30, 0)
    policy = Champion(genome, None, tuple("abc"), tuple("xy")).policy(0.7)
    inputs = np.random.default_rng(0).normal(size=(5, 3))
    assert np.array_equal(policy(inputs)[:2], policy(inputs[:2])) and policy.memory.size == 0
    policy.reset()
    assert np.array_equal(policy(inputs)[1], policy(inputs[1]))


def test_values_are_those_of_the_step():
    one, rng = champion(), np.random.default_rng(0)
    policy = one.policy(0.7)
    for observation in rng.normal(size=(4, 3)):
        before = policy.memory
        outputs = policy(observation).tolist()
        values = one.values(observation, 0.7, before)
        assert [values[4], values[5]] == outputs
        assert policy.memory.tolist() == [values[one._rows[row]] for row in one.network.memory]


@pytest.mark.parametrize("name", ["gym:Pendulum-v1,max_episode_steps=30", "gym:Acrobot-v1"])
def test_gymnasium_environments_are_played_as_the_policy_plays_them(name):
    task = find_task(name)
    task = task if "Pendulum" in name else replace(task, max_steps=40)
    shape = len(task.inputs), len(task.outputs)
    genomes = [grow(*shape, 40, seed, recurrent=True) for seed in range(3)]
    trials = task.trials(2, np.random.default_rng(0))
    scores, _ = task.score(decode_all(genomes), WEIGHTS, trials)
    assert len(decode_all(genomes).memory) > 3
    for i, genome in enumerate(genomes):
        for w, weight in enumerate(WEIGHTS):
            env = gymnasium.make(task.made.env_id, **dict(task.made.kwargs))
            act = Champion(genome, None, task.inputs, task.outputs).policy(weight, env.action_space)
            for t, seed in enumerate(trials[:, 0].tolist()):
                act.reset()
                observation, _ = env.reset(seed=seed)
                total = 0.0
                for _ in range(task.max_steps):
                    observation, reward, terminated, truncated, _ = env.step(act(observation))
                    total += float(reward)
                    if terminated or truncated:
                        break
                assert scores[i, w, t] == total


@pytest.mark.parametrize("backend", ["threads", "processes"])
@pytest.mark.parametrize("name", ["swingup", "gym:Pendulum-v1,max_episode_steps=10"])
def test_backends_score_alike(name, backend):
    task = find_task(name)
    shape = len(task.inputs), len(task.outputs)
    genomes = [grow(*shape, 10 * k, k, BOUNDED, recurrent=k % 3 > 0) for k in range(9)]
    trials = task.trials(3, np.random.default_rng(0))
    with Evaluator(task, "serial") as serial, Evaluator(task, backend, 2) as other:
        assert np.array_equal(serial(genomes, WEIGHTS, trials), other(genomes, WEIGHTS, trials))


def test_functions_get_a_policy_that_remembers_nothing():
    def score(policy, rng):
        assert not policy.memory.any()
        return float(sum(policy(x).sum() for x in rng.normal(size=(5, 3))))

    task, one = wann.function_task(score, 3, 2), champion()
    trials = task.trials(3, np.random.default_rng(0))
    scores, _ = task.score(decode_all([one.genome]), WEIGHTS, trials)
    for w, weight in enumerate(WEIGHTS):
        for t, seed in enumerate(trials):
            policy = one.policy(weight)
            assert scores[0, w, t] == score(policy, np.random.default_rng(seed))


def test_tasks_without_steps_refuse_recurrent_networks():
    task = find_task("support.rings_task:TASK")
    one = champion(len(task.inputs), len(task.outputs))
    no_steps = "recurrent.*, but the task has no steps, between which recurrent networks remember"
    with pytest.raises(WannError, match=no_steps):
        task_of(one, task)
    with Evaluator(task) as evaluate, pytest.raises(WannError, match=no_steps):
        evaluate([one.genome], WEIGHTS, task.trials(2, np.random.default_rng(0)))
    config = wann.configure("swingup", generations=1, search={"recurrent": True})
    with pytest.raises(WannError, match=f"search.{no_steps}"):
        wann.Evolution(config, task=task)
