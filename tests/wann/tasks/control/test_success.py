"""When an episode succeeds: the compiled count against slow and obvious ones."""

import math
import re
from typing import NamedTuple

import numpy as np
import pytest
from support.genomes import grow
from support.output_task import TASK as FUNCTION_TASK
from support.own_envs import Walk
from support.own_physics import Drift

from envs.environment import ControlEnv
from envs.swingup import SwingUp
from wann.champion.champion import Champion
from wann.errors import WannError
from wann.network.network import decode_all
from wann.physics import ControlTask, Goal
from wann.tasks import capabilities_of, find_task
from wann.tasks.control.physics import Judged
from wann.tasks.control.rollout import kernel, rollouts_floats
from wann.tasks.control.task import judged_trials
from wann.tasks.gym.given import env_task
from wann.tasks.task import WORST
from wann.workers.evaluator import BACKENDS, Evaluator

NEVER = 99.0


class Script(NamedTuple):
    """Physics in which nothing matters but the clock: a start says at which step what happens."""

    state_names = ("clock", "well_from", "bad_at", "over_at")
    observation_names = ("clock",)
    action_names = ("none",)

    def start_states(self, n, rng):
        return np.column_stack((np.zeros(n), rng.integers(1, 25, (n, 3))))

    def reset(self, start):
        return start

    def observe(self, state):
        return state[:1]

    def step(self, state, action):
        clock, well_from, bad_at, over_at = state
        clock = clock + 1.0
        return (clock, well_from, bad_at, over_at), clock * clock, clock != over_at

    def holds(self, state):
        clock, well_from, bad_at, _ = state
        return (clock >= well_from) & (clock != bad_at)


SCRIPT = ControlTask(Script(), 20, Goal(5))
NETWORKS, WEIGHTS = decode_all([grow(1, 1, 3, 0)]), np.array([1.0])


def successes(task, networks, weights, trials):
    return task.successes(networks, weights, trials, np.empty(0))


def slow_success(start, steps, max_steps):
    """Return what the script says, worked out backwards from the end."""
    _, well_from, bad_at, over_at = start
    if over_at <= max_steps:
        return False
    last = range(max_steps - steps + 1, max_steps + 1)
    return all(step >= well_from and step != bad_at for step in last)


@pytest.mark.parametrize(
    ("well_from", "bad_at", "over_at", "expected"),
    [
        (16, NEVER, NEVER, True),  # the last five steps, exactly
        (17, NEVER, NEVER, False),
        (1, NEVER, NEVER, True),
        (1, 15, NEVER, True),
        (1, 16, NEVER, False),
        (1, 18, NEVER, False),
        (1, 20, NEVER, False),  # broken at the last step
        (1, NEVER, 20, False),  # ended by the last step
        (1, NEVER, 19, False),
        (1, NEVER, 1, False),
        (NEVER, NEVER, NEVER, False),
        (math.nan, NEVER, NEVER, False),
    ],
)
def test_the_last_steps_must_all_be_well_and_the_episode_must_not_end_early(
    well_from, bad_at, over_at, expected
):
    start = np.array([[0.0, well_from, bad_at, over_at]])
    assert successes(SCRIPT, NETWORKS, WEIGHTS, start).tolist() == [[[expected]]]


@pytest.mark.parametrize(("steps", "max_steps"), [(1, 20), (5, 20), (20, 20), (1, 1)])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_lanes_that_leave_and_move_keep_their_streaks(steps, max_steps, dtype):
    task = ControlTask(Script(), max_steps, Goal(steps))
    trials = task.trials(331, np.random.default_rng(0))
    trials[::7, 1:] = 1, NEVER, NEVER
    expected = [slow_success(start, steps, max_steps) for start in trials.tolist()]
    found = successes(task, NETWORKS, WEIGHTS.astype(dtype), trials)
    assert found[0, 0].tolist() == expected and 0 < sum(expected) < len(expected)


def test_one_rollout_at_a_time_finds_the_same():
    trials = SCRIPT.trials(50, np.random.default_rng(1))
    physics, starts = Judged(SCRIPT.physics, 5.0), judged_trials(trials)
    returns = np.empty((1, 1, 50))
    kernel(rollouts_floats, physics)(physics, NETWORKS, WEIGHTS, starts, 20, returns)
    assert set(returns.ravel()) <= {0.0, 1.0}
    assert (returns > 0.5).tolist() == successes(SCRIPT, NETWORKS, WEIGHTS, trials).tolist()


# ------------------------------------------------------------------------- the shipped definitions
def recorded(task, champion, weight, start):
    """Return the angle of the pole [rad] after each step, whether the episode ended early, and what
    the environment said of success at its end.
    """
    env, act = ControlEnv(task), champion.policy(weight)
    observation, info = env.reset(options={"state": start})
    angles, over = [], False
    while not over and len(angles) < task.max_steps:
        observation, _, over, _, info = env.step(env.action(act(observation)))
        angles.append(env.state[2])
    return np.array(angles), over, info["is_success"]


def is_up(angle):
    return abs((angle + math.pi) % (2 * math.pi) - math.pi) <= math.radians(20)


@pytest.mark.parametrize(
    ("name", "seconds", "spin"), [("swingup", 2.0, 0.2), ("swingup_hard", 0.5, 1.6)]
)
def test_swing_up_is_up_through_the_last_seconds_on_the_rail(name, seconds, spin):
    shipped = find_task(name)
    upside_down = SwingUp(gravity=-9.82)  # the pole stays up, and swings ever wider
    task = ControlTask(upside_down, shipped.max_steps, shipped.goal)
    trials = np.random.default_rng(0).normal(0, (0.8, 0.15, 0.05, spin), (24, 4))
    genome = grow(5, 1, 0, 0)
    genome.conns["enabled"] = False  # no force
    champion = Champion(genome, None, task.inputs, task.outputs)
    found = successes(task, decode_all([genome]), WEIGHTS, trials)
    last = round(seconds / upside_down.dt)
    for t, start in enumerate(trials):
        angles, left, said = recorded(task, champion, 1.0, start)
        expected = not left and all(map(is_up, angles[-last:].tolist()))
        assert found[0, 0, t] == expected == said
    assert 0.1 < found.mean() < 0.9


def test_the_cart_must_not_leave_the_rail_at_the_last_step_either():
    task = ControlTask(SwingUp(gravity=0.0, friction=0.0), 1000, Goal(200))
    genome = grow(5, 1, 0, 0)
    genome.conns["enabled"] = False  # no force: the pole stands, the cart drifts
    speeds = np.array([0.2399, 0.2401])  # m/s: 2.399 or 2.401 m in 10 s
    trials = np.column_stack((np.zeros(2), speeds, np.zeros((2, 2))))
    assert successes(task, decode_all([genome]), WEIGHTS, trials).tolist() == [[[True, False]]]


@pytest.mark.parametrize(("angle", "expected"), [(19.99, True), (20.01, False), (-19.99, True)])
def test_upright_is_within_20_degrees(angle, expected):
    task = ControlTask(SwingUp(gravity=0.0, friction=0.0), 1000, Goal(200))
    genome = grow(5, 1, 0, 0)
    genome.conns["enabled"] = False
    for turns in (0, 1, -2):
        start = np.array([[0.0, 0.0, math.radians(angle) + 2 * math.pi * turns, 0.0]])
        assert successes(task, decode_all([genome]), WEIGHTS, start).item() is expected


def test_cart_pole_never_ends_early():
    task = find_task("cartpole")
    networks = decode_all([grow(4, 1, 12, seed) for seed in range(60)])
    weights, trials = np.array([-1.0, 0.5, 2.0]), task.trials(5, np.random.default_rng(0))
    scores, _ = task.score(networks, weights, trials)
    found = successes(task, networks, weights, trials)
    assert ((scores == 500) >= found).all()  # 500 steps, the last of which may end it
    assert (found >= (scores == 500)).mean() > 0.99 and found.any() and not found.all()


# ------------------------------------------------------------------------------- tasks and backends
def own_physics_task():
    return ControlTask(Drift(), 30, Goal(30, "stays near", "drifts away"))


TASKS = {
    "swingup": lambda: find_task("swingup"),
    "swingup_hard": lambda: find_task("swingup_hard"),
    "cartpole": lambda: find_task("cartpole"),
    "own physics": own_physics_task,
    "gym": lambda: find_task("gym:MountainCarContinuous-v0,max_episode_steps=20"),
    "gym without a threshold": lambda: find_task("gym:Pendulum-v1,max_episode_steps=5"),
    "an environment without a specification": lambda: env_task(Walk),
    "function": lambda: FUNCTION_TASK,
    "classifier": lambda: find_task("digits"),
}
SAY = {"swingup", "swingup_hard", "cartpole", "own physics", "gym"}


@pytest.mark.parametrize("name", TASKS)
def test_all_backends_find_the_same_and_no_steps_are_counted(name):
    task = TASKS[name]()
    assert capabilities_of(task).success == (name in SAY)
    genomes = [grow(len(task.inputs), len(task.outputs), 6, seed) for seed in range(5)]
    weights, trials = np.array([-1.0, 0.3, 1.5]), task.trials(4, np.random.default_rng(0))
    found = []
    for backend in sorted(BACKENDS.keys() - {"ray", "cuda"}):
        with Evaluator(task, backend, None if backend in ("serial", "cuda") else 2) as evaluate:
            for some in (genomes, genomes[:1]):
                networks = decode_all(some)
                scores = evaluate.score(networks, weights, trials)
                steps, rollouts = evaluate.steps, evaluate.rollouts
                of_some = evaluate.successes(networks, weights, trials, scores)
                assert (evaluate.steps, evaluate.rollouts) == (steps, rollouts)
                if name not in SAY:
                    assert of_some is None
                    continue
                assert of_some.shape == scores.shape and of_some.dtype == bool
                found.append(of_some)
    for others in found[2::2]:
        assert (others == found[0]).all()
    for one in found[1::2]:
        assert (one == found[0][:1]).all()


def test_returns_of_environments_reach_their_threshold_or_not():
    task = find_task("gym:CartPole-v1")
    assert (task.success, task.threshold) == ("reaches 475", 475.0)
    scores = np.array([[[474.9, 475.0, 500.0, np.nan]]])
    assert task.successes(None, None, None, scores).tolist() == [[[False, True, True, False]]]


def test_an_episode_without_a_score_is_no_success():
    class Generous:
        inputs, outputs, success = ("a",), ("b",), "succeeds"

        def trials(self, n, rng):
            return np.zeros((n, 1))

        def score(self, networks, weights, trials):
            return np.full((networks.size, len(weights), len(trials)), np.nan), 1

        def successes(self, networks, weights, trials, scores):
            return scores < 1

    with Evaluator(Generous(), "serial") as evaluate:
        scores = evaluate.score(NETWORKS, WEIGHTS, np.zeros((3, 1)))
        assert (scores == WORST).all()
        assert not evaluate.successes(NETWORKS, WEIGHTS, np.zeros((3, 1)), scores).any()


# ------------------------------------------------------------------------------- mistakes of users
@pytest.mark.parametrize(
    ("goal", "message"),
    [
        (Goal(0), "goal: steps = 0: must be from 1 to 20"),
        (Goal(21), "goal: steps = 21: must be from 1 to 20"),
        (Goal(1.5), "goal: steps = 1.5: must be"),
        (Goal(2, "a\nb"), "must be printable texts"),
        (Goal(2, ""), "must be printable texts"),
    ],
)
def test_goals_that_are_none(goal, message):
    with pytest.raises(WannError, match=re.escape(message)):
        ControlTask(Script(), 20, goal)


class Branching(Script):
    """A user's physics whose predicate cannot run in lanes."""

    def holds(self, state):
        if state[0] >= state[1]:
            return state[0] > 0.0
        return False


@pytest.mark.slow
def test_a_predicate_that_cannot_run_in_lanes_is_named_and_scores_still_run_in_lanes(recwarn):
    task = ControlTask(Branching(), 20, Goal(5))
    trials = np.array([[0.0, well_from, NEVER, NEVER] for well_from in (16.0, 17.0)])
    task.score(NETWORKS, WEIGHTS, trials)
    assert not recwarn
    assert successes(task, NETWORKS, WEIGHTS, trials).tolist() == [[[True, False]]]
    [warning] = recwarn
    assert "if state[0] >= state[1]" in str(warning.message)
    task.score(NETWORKS, WEIGHTS, trials)
    assert len(recwarn) == 1


@pytest.mark.parametrize("answer", [np.zeros((1, 1, 3)), np.zeros((1, 3), bool), [True], None])
def test_what_a_task_returns_instead_is_told(answer):
    class Own:
        inputs, outputs, success = ("a",), ("b",), "succeeds"

        def successes(self, networks, weights, trials, scores):
            return answer

    with (
        Evaluator(Own(), "serial") as evaluate,
        pytest.raises(WannError, match=r"must be booleans of shape \(1, 1, 3\)"),
    ):
        evaluate.successes(NETWORKS, WEIGHTS, np.zeros((3, 1)), np.zeros((1, 1, 3)))
