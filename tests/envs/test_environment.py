"""The Gymnasium environments: the bits of the search kernel, Gymnasium's own CartPole, the API."""

import copy
import warnings

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from support.genomes import grow
from support.own_physics import Drift

from envs.environment import ControlEnv
from wann.champion.champion import Champion, load
from wann.errors import WannError
from wann.genome.genome import minimal_genome
from wann.network.network import decode_all
from wann.tasks import ControlTask, find_task
from wann.tasks.control.rollout import kernel, rollouts_lanes

IDS = (
    "wann/CartPole-v0",
    "wann/CartPoleFar-v0",
    "wann/CartPoleSwingUp-v0",
    "wann/CartPoleSwingUpHard-v0",
    "wann/DoublePole-v0",
    "wann/DoublePoleStandard-v0",
    "wann/DoublePoleHidden-v0",
    "wann/Acrobot-v0",
    "wann/Pendulum-v0",
    "wann/MountainCarContinuous-v0",
    "wann/MountainCar-v0",
)
WEIGHTS = np.array([-2.0, -1.0, -0.5, 0.5, 1.0, 2.0])


def champion_of(genome, task) -> Champion:
    return Champion(genome, None, task.inputs, task.outputs)


def balancer() -> Champion:
    """Push towards the side where cart and pole are and go: it balances for a while at positive
    weights.
    """
    genome = minimal_genome(4, 1, 1.0, np.random.default_rng(0))
    genome.conns["enabled"][0] = False  # the bias
    return champion_of(genome, find_task("cartpole"))


def episode(env, champion, weight, start, max_steps):
    """Return the return and length of an episode in the environment."""
    policy = champion.policy(weight)
    observation, _ = env.reset(options={"state": start})
    total, steps, terminated = 0.0, 0, False
    while steps < max_steps and not terminated:
        observation, reward, terminated, truncated, info = env.step(env.action(policy(observation)))
        assert not truncated and ("is_success" in info) == (env.task.goal is not None)
        assert ("is_well" in info) == ("is_success" in info)
        total, steps = total + reward, steps + 1
    return total, steps


def kernel_episode(task, genome, weight, start):
    """Return the return and length of an episode in the kernel of the search."""
    returns = np.empty((1, 1, 1))
    networks = decode_all([genome])
    run = kernel(rollouts_lanes, task.physics)
    steps = run(
        task.physics, networks, np.array([weight]), np.array([start]), task.max_steps, returns
    )
    return returns[0, 0, 0], steps


def assert_same_bits(name, champions, n_starts):
    """Compare every episode with the kernel; return the lengths."""
    task = find_task(name)
    env = ControlEnv(name)
    starts = task.trials(n_starts, np.random.default_rng(7))
    lengths = []
    for champion in champions:
        together, all_steps = task.score(decode_all([champion.genome]), WEIGHTS, starts)
        first = len(lengths)
        for w, weight in enumerate(WEIGHTS):
            for s, start in enumerate(starts):
                total, steps = episode(env, champion, weight, start, task.max_steps)
                assert total == together[0, w, s]
                assert (total, steps) == kernel_episode(task, champion.genome, weight, start)
                lengths.append(steps)
        assert sum(lengths[first:]) == all_steps
    return lengths


def test_cartpole_has_the_bits_of_the_search():
    task = find_task("cartpole")
    champions = [balancer(), *(champion_of(grow(4, 1, 12, seed), task) for seed in range(9))]
    lengths = assert_same_bits("cartpole", champions, 6)  # 60 rollouts x 6 weights
    assert len(lengths) == 360 and min(lengths) < 12 and max(lengths) > 80


def test_far_start_has_the_bits_of_the_search_and_needs_to_be_caught():
    task = find_task("cartpole_far")
    lengths = assert_same_bits("cartpole_far", [balancer()], 6)
    assert min(lengths) < 40 < max(lengths)
    starts = task.trials(1000, np.random.default_rng(0))
    size = np.abs(starts).max(axis=0)
    assert (size <= (1.0, 0.05, 0.5, 0.05)).all() and (size > (0.99, 0.049, 0.49, 0.049)).all()


def test_swingup_has_the_bits_of_the_search():
    task = find_task("swingup")
    champions = [champion_of(grow(5, 1, 15, seed), task) for seed in range(20)]
    lengths = assert_same_bits("swingup", champions, 3)  # 60 rollouts x 6 weights
    assert len(lengths) == 360 and min(lengths) < 150 and max(lengths) == 1000


@pytest.mark.slow
@pytest.mark.parametrize("name", ["doublepole", "doublepole_hidden"])
def test_double_poles_have_the_bits_of_the_search(name):
    task = find_task(name)
    champions = [champion_of(grow(len(task.inputs), 1, 15, seed), task) for seed in range(12)]
    lengths = assert_same_bits(name, champions, 2)  # 12 rollouts x 12 networks
    assert len(lengths) == 144 and min(lengths) < 20 < max(lengths)


def test_published_champion_has_the_bits_of_the_search(published):
    assert assert_same_bits("swingup", [load(published)], 4) == [1000] * 24


def test_start_outside_the_rail_ends_in_one_step():
    env = ControlEnv("swingup")
    env.reset(options={"state": (3.0, 0.0, 0.0, 0.0)})
    _, _, terminated, _, _ = env.step(np.zeros(1))
    assert terminated


# ------------------------------------------------------------------------- Gymnasium's own CartPole
def pushes(kind, seed):
    """Return a policy from observation to action."""
    rng = np.random.default_rng(seed)
    if kind == "random":
        return lambda observation: int(rng.integers(2))
    if kind == "constant":
        return lambda observation: seed % 2
    champion = (
        balancer()
        if kind == "balancing"
        else champion_of(grow(4, 1, 10, seed), find_task("cartpole"))
    )
    policy = champion.policy((0.5, 1.0, 2.0, -1.0)[seed % 4])
    return lambda observation: int(policy(observation)[0] > 0.0)


@pytest.mark.parametrize("name", ["cartpole", "cartpole_far"])
@pytest.mark.parametrize("kind", ["random", "constant", "balancing", "evolved"])
def test_cartpole_follows_gymnasium(kind, name):
    ours, theirs = ControlEnv(name), gymnasium.make("CartPole-v1").unwrapped
    theirs.theta_threshold_radians = ours.physics.angle
    lengths = []
    for seed in range(20):
        act = pushes(kind, seed)
        observation, _ = ours.reset(seed=seed)
        theirs.reset(seed=seed)
        if name == "cartpole":
            assert tuple(theirs.state) == ours.state  # the same seed is the same start
        theirs.state = ours.state
        lengths.append(0)
        while lengths[-1] < 500:
            action = act(observation)
            observation, reward, terminated, _, _ = ours.step(action)
            _, their_reward, their_terminated, _, _ = theirs.step(action)
            assert (reward, terminated) == (their_reward, their_terminated)
            np.testing.assert_allclose(ours.state, theirs.state, rtol=0, atol=1e-12)
            lengths[-1] += 1
            if terminated:
                break
    assert max(lengths) > {"random": 30, "constant": 8, "balancing": 80, "evolved": 8}[kind]


# ------------------------------------------------------------------------------------------ the API
@pytest.mark.parametrize("name", IDS)
def test_gymnasium_accepts_it(name):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        # velocities have no bound, as in Gymnasium's CartPole-v1
        warnings.filterwarnings("ignore", ".*A Box observation space m[a-z]+ value is -?infinity")
        warnings.filterwarnings("ignore", category=DeprecationWarning)
        check_env(gymnasium.make(name).unwrapped)


@pytest.mark.parametrize("name", IDS)
def test_time_limit_and_fps(name):
    env = gymnasium.make(name)
    task = env.unwrapped.task
    assert env.spec.max_episode_steps == task.max_steps and task is find_task(
        env.spec.kwargs["task"]
    )
    assert env.metadata["render_fps"] == round(1 / task.physics.dt)
    assert env.observation_space.dtype == np.float64 and env.observation_space.shape == (
        len(task.inputs),
    )


def test_episode_is_truncated_at_the_limit():
    env = gymnasium.make("wann/CartPoleSwingUpHard-v0")
    env.reset(seed=1)
    for step in range(1, 201):
        observation, _, terminated, truncated, _ = env.step(np.zeros(1))
        assert (terminated, truncated) == (False, step == 200)
        assert observation in env.observation_space


def test_seed_gives_the_start_of_the_trials():
    for name in ("cartpole", "cartpole_far", "swingup", "swingup_hard"):
        env = ControlEnv(name)
        env.reset(seed=5)
        start = env.task.trials(1, np.random.default_rng(5))[0]
        assert env.state[:4] == tuple(start)


def test_what_is_watched_starts_far_from_upright_and_within_the_limits():
    physics = find_task("cartpole").physics
    starts = physics.watch_states(500, np.random.default_rng(0))
    size = np.abs(starts)
    assert size.shape == (500, 4) and (size[:, [1, 3]] == 0).all()
    assert size[:, 0].min() >= 0.8 and size[:, 0].max() <= 1.2 < physics.limit
    assert np.degrees(size[:, 2].min()) >= 6 and np.degrees(size[:, 2].max()) <= 8.4
    sides = {(x > 0, theta > 0) for x, theta in starts[:, [0, 2]].tolist()}
    assert len(sides) == 4
    far, seeds = find_task("cartpole_far").physics, (np.random.default_rng(3) for _ in range(2))
    np.testing.assert_array_equal(
        far.watch_states(9, next(seeds)), far.start_states(9, next(seeds))
    )


def test_physics_say_what_is_seen_of_a_state():
    pole, swing = find_task("cartpole").physics, find_task("swingup").physics
    assert pole.status((0.0, 0.0, 0.1, 0.0), True) == "balances"
    assert pole.status((0.0, 0.0, -0.3, 0.0), False) == "fell"
    assert pole.status((2.5, 0.0, 0.1, 0.0), False) == "left the rail"
    assert [swing.status((0.0,) * 6, alive) for alive in (True, False)] == [
        "swings",
        "left the rail",
    ]


def test_information_counts_what_is_well():
    env = ControlEnv("swingup_hard")
    env.reset(options={"state": (0.0, 0.0, 0.01, 0.0)})
    found = [env.step(np.zeros(1))[4] for _ in range(120)]
    well = [info["is_well"] for info in found]
    assert all(well[:55]) and not well[-1]  # it takes a while to fall
    assert [info["is_success"] for info in found[48:51]] == [False, True, True]


def test_last_observation_is_in_the_space():
    env = ControlEnv("swingup")
    env.reset(options={"state": (2.4, 12.0, 0.0, 0.0)})
    observation, reward, terminated, _, _ = env.step(np.ones(1))
    assert terminated and reward != 0.0 and observation in env.observation_space


def test_steps_after_the_end_warn_and_pay_nothing():
    env = ControlEnv("cartpole")
    env.reset(options={"state": (0.0, 0.0, 0.5, 0.0)})
    assert env.step(0)[1:3] == (1.0, True)
    with pytest.warns(UserWarning, match="call reset"):
        assert env.step(0)[1:3] == (0.0, True)


def test_actions():
    cartpole, swingup = ControlEnv("cartpole"), ControlEnv("swingup")
    assert [cartpole.action(np.array([v])) for v in (-3.0, -0.0, 0.0, 1e-9)] == [0, 0, 0, 1]
    assert [swingup.action(np.array([v])).tolist() for v in (-3.0, 0.25, 7.0)] == [
        [-1.0],
        [0.25],
        [1.0],
    ]
    assert cartpole.action(np.array([2.0])) in cartpole.action_space
    assert swingup.action(np.array([2.0])) in swingup.action_space
    cartpole.reset(seed=0)
    swingup.reset(seed=0)
    with pytest.raises(ValueError, match="must be 0 or 1"):
        cartpole.step(2)
    with pytest.raises(ValueError, match="shape"):
        swingup.step(0.5)


def test_the_largest_of_several_outputs_is_the_action():
    env = ControlEnv("acrobot")
    outputs = ((0.0, 0.0, 0.0), (-1.0, 2.0, 2.0), (0.0, -1.0, 0.5))
    assert [env.action(np.array(row)) for row in outputs] == [0, 1, 2]
    env.reset(seed=0)
    with pytest.raises(ValueError, match="must be 0 or 1 or 2"):
        env.step(3)
    task = find_task("acrobot")
    champions = [champion_of(grow(6, 3, 15, seed), task) for seed in range(10)]
    lengths = assert_same_bits("acrobot", champions, 2)
    assert min(lengths) < 500 == max(lengths)


def test_an_episode_that_ends_well_is_a_success():
    env = ControlEnv("mountaincar")
    env.reset(options={"state": (0.4, 0.04)})
    steps = [env.step(np.zeros(1)) for _ in range(2)]
    assert [step[2] for step in steps] == [False, True]
    assert [step[4]["is_success"] for step in steps] == [False, True]


def test_mistakes_are_named():
    with pytest.raises(gymnasium.error.ResetNeeded):
        ControlEnv("swingup").step(np.zeros(1))
    for bad in ((0.0, 0.0), (0.0, 0.0, np.nan, 0.0)):
        with pytest.raises(ValueError, match="x_dot"):
            ControlEnv("swingup").reset(options={"state": bad})
    with pytest.raises(WannError, match="render_mode"):
        ControlEnv("swingup", render_mode="ansi")
    with pytest.raises(WannError, match="swingup"):
        ControlEnv("swingupp")


def test_copies_go_their_own_way():
    env = ControlEnv("swingup")
    env.reset(seed=3)
    other = copy.deepcopy(env)
    for _ in range(5):
        np.testing.assert_array_equal(env.step(np.ones(1))[0], other.step(np.ones(1))[0])
    env.step(np.ones(1))
    assert env.state != other.state


@pytest.mark.slow
def test_own_physics_without_options():
    task = ControlTask(Drift(), max_steps=30)
    env = ControlEnv(task)
    assert env.action_space.shape == (2,) and not np.isfinite(env.observation_space.high).any()
    starts, genome = task.trials(3, np.random.default_rng(0)), grow(2, 2, 8, 1)
    returns, _ = task.score(decode_all([genome]), WEIGHTS, starts)
    for w, weight in enumerate(WEIGHTS):
        for s, start in enumerate(starts):
            assert episode(env, champion_of(genome, task), weight, start, 30)[0] == returns[0, w, s]
    with pytest.raises(WannError, match="draw"):
        ControlEnv(task, render_mode="rgb_array")
