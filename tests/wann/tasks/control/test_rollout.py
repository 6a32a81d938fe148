"""The rollout kernel: lanes = floats = a plain Python loop, bit for bit."""

from functools import cache

import numpy as np
import pytest
from oracles.numpy_twin import twin_rollouts
from support.genomes import SlowMemory, grow, slow_outputs

from envs.cartpole import CARTPOLE_FAR, CartPole
from envs.swingup import SwingUp
from wann.genome.genome import make_genome
from wann.network.network import decode_all
from wann.numeric.activations import ACTIVATIONS
from wann.tasks.control.rollout import kernel, rollouts_floats, rollouts_lanes

WEIGHTS = np.array([-2.0, -1.0, -0.5, 0.5, 1.0, 2.0])
BOUNDED = (2, 3, 4, 5, 6, 10)
PHYSICS = [SwingUp(), CartPole(), CARTPOLE_FAR.physics]


def inputs_of(physics):
    """Return how many observations the physics gives."""
    return len(physics.observation_names)


def run(function, physics, genomes, weights, starts, max_steps):
    """Return the returns and the number of steps."""
    returns = np.full((len(genomes), len(weights), len(starts)), np.nan)
    steps = kernel(function, physics)(
        physics, decode_all(genomes), weights, starts, max_steps, returns
    )
    return returns, steps


def slow_rollout(physics, genome, weight, start, max_steps):
    """Return (return, steps) of one episode by a Python loop."""
    state, total, memory = physics.reset(tuple(map(float, start))), 0.0, SlowMemory()
    for step in range(max_steps):
        state, reward, alive = physics.step(
            state, slow_outputs(genome, weight, physics.observe(state), memory)
        )
        total += reward
        if not alive:
            return total, step + 1
    return total, max_steps


@pytest.mark.parametrize("recurrent", [False, True], ids=("forward", "recurrent"))
@pytest.mark.parametrize("physics", PHYSICS, ids=lambda p: type(p).__name__)
def test_lanes_are_a_plain_python_loop_bit_for_bit(physics, recurrent):
    rng = np.random.default_rng(0)
    starts = physics.start_states(2, rng)
    genomes = [
        grow(inputs_of(physics), 1, 12 * seed, seed, recurrent=recurrent) for seed in range(4)
    ]
    weights = np.array([-2.0, -0.5, 1.0])
    returns, steps = run(rollouts_lanes, physics, genomes, weights, starts, 120)
    slow = np.array(
        [
            [[slow_rollout(physics, genome, float(w), s, 120) for s in starts] for w in weights]
            for genome in genomes
        ]
    )
    assert np.array_equal(returns, slow[..., 0])
    assert steps == slow[..., 1].sum()


@pytest.mark.parametrize("recurrent", [False, True], ids=("forward", "recurrent"))
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_lanes_and_floats_are_the_numpy_twin_bit_for_bit_in_480_rollouts(dtype, recurrent):
    starts = SwingUp().start_states(8, np.random.default_rng(0)).astype(dtype)
    starts[::2, 0] += 2.0  # near the end of the rail: some end early
    # what remembers itself may grow beyond all numbers, about which NumPy has rules of its own
    codes, weights = (BOUNDED if recurrent else tuple(ACTIVATIONS)), WEIGHTS.astype(dtype)
    genomes = [grow(5, 1, 10 * seed, seed, codes, recurrent) for seed in range(10)]
    with np.errstate(all="ignore"):
        twins = [twin_rollouts(genome, weights, starts, 300, dtype) for genome in genomes]
    steps = sum(made for _, made in twins)
    assert 0.2 < steps / (480 * 300) < 0.8, "some rollouts must end early, and not all at once"
    for function in (rollouts_lanes, rollouts_floats):
        returns, made = run(function, SwingUp(), genomes, weights, starts, 300)
        assert np.array_equal(returns, [twin for twin, _ in twins]) and made == steps


@pytest.mark.parametrize(
    ("physics", "dtype"),
    [(SwingUp(), np.float64), (SwingUp(), np.float32), (CartPole(), np.float64)],
)
def test_lanes_are_floats_for_any_number_of_rollouts(physics, dtype):
    starts = physics.start_states(50, np.random.default_rng(0)).astype(dtype)
    starts[::2, 0] += 2.0
    genomes, weight = (
        [grow(inputs_of(physics), 1, 20 * seed, seed, recurrent=seed > 1) for seed in range(4)],
        np.array([0.5], dtype),
    )
    floats, steps = run(rollouts_floats, physics, genomes, weight, starts, 200)
    assert steps < floats.size * 200, "no episode ended early: the test is too easy"
    for n in range(1, 51):  # more than the lanes of three vectors in either precision
        lanes, _ = run(rollouts_lanes, physics, genomes, weight, starts[:n], 200)
        assert np.array_equal(lanes, floats[:, :, :n])
    every, all_steps = run(rollouts_lanes, physics, genomes, weight, starts, 200)
    assert all_steps == steps and np.array_equal(every, floats)


def test_float32_changes_scores_little():
    starts = SwingUp().start_states(4, np.random.default_rng(0))
    genomes = [grow(5, 1, 3 * seed, seed) for seed in range(60)]
    double, _ = run(rollouts_lanes, SwingUp(), genomes, WEIGHTS, starts, 1000)
    single, _ = run(
        rollouts_lanes, SwingUp(), genomes, WEIGHTS.astype("f4"), starts.astype("f4"), 1000
    )
    assert not np.array_equal(double, single)
    ranks = [scores.mean(axis=(1, 2)).argsort().argsort() for scores in (double, single)]
    assert np.corrcoef(ranks)[0, 1] > 0.95


def test_individual_weights_in_lanes_are_floats():
    physics, rng = SwingUp(), np.random.default_rng(0)
    genome = grow(5, 1, 40, 2)
    weights, starts = rng.uniform(-2, 2, (11, len(genome.conns))), physics.start_states(3, rng)
    lanes, _ = run(rollouts_lanes, physics, [genome], weights, starts, 200)
    floats, _ = run(rollouts_floats, physics, [genome], weights, starts, 200)
    assert np.array_equal(lanes, floats)
    assert lanes[0, 4, 1] == slow_rollout(physics, genome, weights[4], starts[1], 200)[0]


def test_a_network_scores_the_same_whatever_its_neighbours():
    physics = SwingUp()
    starts = physics.start_states(4, np.random.default_rng(0))
    genomes = [grow(5, 1, 9 * seed, seed) for seed in range(10)]
    together, _ = run(rollouts_lanes, physics, genomes, WEIGHTS, starts, 150)
    for i in (0, 4, 9):
        assert np.array_equal(
            together[i], run(rollouts_lanes, physics, [genomes[i]], WEIGHTS, starts, 150)[0][0]
        )


def test_an_output_that_is_not_a_number_ends_in_no_hang():
    genome = grow(5, 1, 0, 0)
    nodes = np.append(genome.nodes, np.array([(7, 11), (8, 11), (9, 11)], genome.nodes.dtype))
    conns = np.array([(1, 7, True), (7, 8, True), (8, 9, True), (9, 6, True)], genome.conns.dtype)
    genome = make_genome(5, 1, nodes, conns)
    starts = SwingUp().start_states(8, np.random.default_rng(0))
    starts[:, 0] = 1e200  # squared to infinity: the force is clipped
    returns, steps = run(rollouts_lanes, SwingUp(), [genome], WEIGHTS, starts, 50)
    assert steps == returns.size
    starts[:, 0] = np.nan
    returns, steps = run(rollouts_lanes, SwingUp(), [genome], WEIGHTS, starts, 50)
    assert steps == returns.size and np.isnan(returns).all()


@cache
def textbook(state, force):
    """Return the accelerations of the swing-up by the formulas of the paper, with libm."""
    _, v, theta, spin = state
    g, mc, mp, length, b = 9.82, 0.5, 0.5, 0.6, 0.1
    m, s, c = mc + mp, np.sin(theta), np.cos(theta)
    u = force * 10.0
    x_acc = (-2 * mp * length * spin**2 * s + 3 * mp * g * s * c + 4 * u - 4 * b * v) / (
        4 * m - 3 * mp * c**2
    )
    t_acc = (-3 * mp * length * spin**2 * s * c + 6 * m * g * s + 6 * (u - b * v) * c) / (
        4 * length * m - 3 * mp * length * c**2
    )
    return x_acc, t_acc


def test_swing_up_is_the_published_physics():
    physics, rng = SwingUp(), np.random.default_rng(0)
    for _ in range(300):
        state, force = tuple(rng.normal(0, (1, 2, 3, 4)).tolist()), float(rng.uniform(-1.5, 1.5))
        (x, v, theta, spin, s, c), reward, alive = physics.step(physics.reset(state), (force,))
        x_acc, t_acc = textbook(state, min(1.0, max(-1.0, force)))
        want = np.array(state) + 0.01 * np.array((state[1], x_acc, state[3], t_acc))
        assert np.allclose((x, v, theta, spin), want, rtol=1e-12, atol=1e-13)
        assert np.allclose((s, c), (np.sin(theta), np.cos(theta)), atol=1e-14)
        assert np.isclose(
            reward, (np.cos(want[2]) + 1) / 2 * np.cos(np.pi * want[0] / 4.8), atol=1e-8
        )
        assert alive == (abs(x) <= 2.4)
