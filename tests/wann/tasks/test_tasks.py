"""Finding tasks, and a user's own."""

import os
import subprocess
import sys
import warnings
from dataclasses import replace

import numpy as np
import pytest
from support import output_task, rings_task
from support.command import call
from support.genomes import grow, slow_outputs
from support.places import HELPERS

from envs import TASKS
from wann.errors import WannError
from wann.network.network import decode_all
from wann.tasks import Capabilities, ControlTask, capabilities_of, find_task, is_code
from wann.tasks.classification.samples import has_samples
from wann.tasks.control.task import has_physics
from wann.tasks.data import data_of_environment
from wann.tasks.task import scaled
from wann.workers.evaluator import Evaluator

OWN_TASK = '''
from typing import NamedTuple
from wann.numeric.functions import where
from wann.tasks import ControlTask

class Lift(NamedTuple):
    """Keep a balloon near height 0; two burners."""
    gravity: float = 1.0
    dt: float = 0.1
    state_names = ("height", "speed")
    observation_names = ("height", "speed")
    action_names = ("up", "down")

    def start_states(self, n, rng):
        return rng.normal(0, 1, (n, 2))

    def reset(self, start):
        return start

    def observe(self, state):
        return state

    def step(self, state, action):
        height, speed = state
        up, down = action
        push = where(up > 0.0, 2.0, 0.0) - where(down > 0.0, 1.0, 0.0)
        speed = speed + self.dt * (push - self.gravity)
        height = height + self.dt * speed
        return (height, speed), 1.0 - abs(height) / (1.0 + abs(height)), abs(height) <= 10.0

class Branching(Lift):
    def step(self, state, action):
        height, speed = state
        push = 0.0
        if action[0] > 0.0:
            push = push + 2.0
        if action[1] > 0.0:
            push = push - 1.0
        speed = speed + self.dt * (push - self.gravity)
        height = height + self.dt * speed
        return (height, speed), 1.0 - abs(height) / (1.0 + abs(height)), abs(height) <= 10.0

class Wrong(Lift):
    def step(self, state, action):
        return state, open("reward"), True

LIFT = ControlTask(Lift(), max_steps=50)
BRANCHING = ControlTask(Branching(), max_steps=50)
WRONG = ControlTask(Wrong(), max_steps=50)
NOTHING = 3
'''


@pytest.fixture
def own_module(tmp_path, monkeypatch):
    """Put a user's module on the path."""
    (tmp_path / "own_task_of_test.py").write_text(OWN_TASK)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield "own_task_of_test"
    sys.modules.pop("own_task_of_test", None)


SLOW = {"carracing_gym"}  # draws every frame


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] * (name in SLOW)) for name in TASKS]
)
def test_shipped_tasks_keep_the_contract(name, give_data):
    give_data(name)
    task = find_task(name)
    if not capabilities_of(task).cheap and not has_samples(task):
        task = replace(task, max_steps=60)
    trials = task.trials(3, np.random.default_rng(0))
    assert np.array_equal(trials, task.trials(3, np.random.default_rng(0))) and len(trials) == 3
    genomes = [grow(len(task.inputs), len(task.outputs), 10 * k, k) for k in range(5)]
    weights = np.array([-1.0, 2.0])
    scores, steps = task.score(decode_all(genomes), weights, trials)
    longest = getattr(task, "max_steps", None) or task.batch  # of an episode or a batch
    assert scores.shape == (5, 2, 3) and np.isfinite(scores).all() and 0 < steps <= 30 * longest
    again, _ = task.score(decode_all(genomes[2:4]), weights, trials)
    assert np.array_equal(again, scores[2:4])
    if isinstance(task, ControlTask):
        with pytest.raises(ValueError, match="trials has shape"):
            task.score(decode_all(genomes), weights, trials[:, :1])
    with pytest.raises(ValueError, match="individual weights"):
        task.score(decode_all(genomes), np.ones((2, 3)), trials)


def test_a_users_own_task_with_two_outputs(own_module):

    task = find_task(f"{own_module}:LIFT")
    assert task.outputs == ("up", "down")
    genome = grow(2, 2, 30, 0)
    starts = task.trials(3, np.random.default_rng(0))
    scores, _ = task.score(decode_all([genome]), np.array([0.7]), starts)
    for start, score in zip(starts, scores[0, 0], strict=True):
        state, total = tuple(start.tolist()), 0.0
        for _ in range(50):
            state, reward, alive = task.physics.step(state, slow_outputs(genome, 0.7, state))
            total += reward
            if not alive:
                break
        assert score == total


@pytest.mark.slow
def test_physics_that_branches_is_played_one_by_one_with_the_same_scores(own_module):
    branching, lift = find_task(f"{own_module}:BRANCHING"), find_task(f"{own_module}:LIFT")
    networks, weights = decode_all([grow(2, 2, 5 * k, k) for k in range(8)]), np.array([-1.0, 0.7])
    starts = lift.trials(5, np.random.default_rng(0))
    with pytest.warns(
        UserWarning, match=rf"{own_module}.py, line \d+: 'if action\[0\] > 0.0:'.*write where\(mask"
    ):
        scores, steps = branching.score(networks, weights, starts)
    expected, expected_steps = lift.score(networks, weights, starts)
    assert np.array_equal(scores, expected) and steps == expected_steps
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # it is said once
        branching.score(networks, weights, starts)
    with pytest.raises(WannError, match="lanes, which float32 needs"):
        find_task(f"{own_module}:WRONG").score(networks, weights.astype(np.float32), starts)


@pytest.mark.slow
def test_physics_that_cannot_be_compiled_names_the_line(own_module):
    with pytest.raises(
        WannError, match=r"""line \d+: 'return state, open\("reward"\), True' cannot be compiled"""
    ):
        find_task(f"{own_module}:WRONG").score(
            decode_all([grow(2, 2, 5, 0)]), np.array([1.0]), np.zeros((1, 2))
        )


SCORES = """
import sys
import numpy as np
from support import output_task
from support.genomes import grow
from wann.network import decode_all
from wann.tasks import find_task

task, rng = find_task("swingup_hard"), np.random.default_rng(0)
networks = decode_all([grow(5, 1, 9 * k, k) for k in range(20)])
scores, steps = task.score(networks, np.array([-2.0, -0.5, 1.0, 2.0]), task.trials(6, rng))
"""


@pytest.mark.slow
def test_a_processor_without_wide_vectors_gives_the_same_bits(tmp_path):
    """The plainest processor of this architecture, as on a worker older than the machine that
    started the run.
    """
    here: dict = {}
    exec(SCORES, here)
    script = SCORES + f"np.save({str(tmp_path / 'scores.npy')!r}, scores)"
    plain = {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""}
    env = {**os.environ, "PYTHONPATH": str(HELPERS), **plain}
    subprocess.run([sys.executable, "-c", script], env=env, check=True)
    assert np.array_equal(here["scores"], np.load(tmp_path / "scores.npy"))


def test_names_that_are_no_task(own_module):
    for name, message in [
        (
            "swing-up",
            (
                "unknown task 'swing-up': give one of digits, samples, mnist, mnist28, mnist_paper,"
                " cartpole, cartpole_far, swingup"
            ),
        ),
        ("no_such_module:TASK", "cannot import 'no_such_module'"),
        (f"{own_module}:MISSING", "has no MISSING"),
        (f"{own_module}:NOTHING", "NOTHING is not a task, it has no inputs"),
        (":X", "cannot import"),
    ]:
        with pytest.raises(WannError, match=message):
            find_task(name)


def test_threads_are_serial():

    task = find_task("swingup_hard")
    trials = task.trials(2, np.random.default_rng(0))
    genomes = [grow(5, 1, 3 * k, k) for k in range(37)]
    with Evaluator(task, "serial") as serial:
        expected = serial(genomes, (-1.0, 1.0), trials)
    for workers in (1, 2, 3, 5):
        with Evaluator(task, "threads", workers) as threads:
            assert np.array_equal(threads(genomes, (-1.0, 1.0), trials), expected)
            assert threads.steps == serial.steps
    for wrong in ({"backend": "cluster"}, {"workers": 0}):
        with pytest.raises(WannError, match="must be"):
            Evaluator(task, **wrong)


def test_scores_that_are_no_numbers_are_the_worst():
    class Broken:
        inputs, outputs = ("x",), ("y",)

        def trials(self, n, rng):
            return np.zeros((n, 1))

        def score(self, networks, weights, trials):
            scores = np.ones((networks.size, len(weights), len(trials)))
            scores[0, 0, 0], scores[1, 0, 0] = np.nan, -np.inf
            return scores, 1

    with Evaluator(Broken(), "serial") as evaluate:
        genomes = [grow(1, 1, 3, k) for k in range(3)]
        scores = evaluate(genomes, [1.0, 2.0], np.zeros((2, 1)))
        packed = evaluate.score(decode_all(genomes), np.array([1.0, 2.0]), np.zeros((2, 1)))
        assert (evaluate.rollouts, evaluate.steps) == (24, 2), "both ways count"
    assert np.isfinite(scores).all() and (scores[:2, 0, 0] < -1e8).all() and (scores[2] == 1).all()
    assert np.array_equal(packed, scores)


@pytest.mark.parametrize(("backend", "workers"), [("serial", 1), ("threads", 3)])
@pytest.mark.parametrize("shape", [(40, 2, 2), (1, 70, 2), (1, 2, 50)])
def test_work_that_is_told_of_is_done_in_parts_of_the_same_bits(
    monkeypatch, backend, workers, shape
):
    task, told = find_task("swingup_hard"), []
    networks = decode_all([grow(5, 1, 9, k) for k in range(shape[0])])
    weights, trials = np.linspace(-2, 2, shape[1]), task.trials(shape[2], np.random.default_rng(0))
    monkeypatch.setattr("wann.workers.evaluator.PART_SECONDS", 0.0)  # always the smallest parts
    with Evaluator(task, backend, workers) as evaluate:
        expected, steps, n = (
            evaluate.score(networks, weights, trials),
            evaluate.steps,
            int(np.prod(shape)),
        )
        evaluate.watch(2 * n, lambda *row: told.append(row))
        assert np.array_equal(evaluate.score(networks, weights, trials), expected)
        assert told[-1] == (n, 2 * n, steps) and len(told) > 3 and told == sorted(told)
        evaluate.watch(0, None)
        evaluate.score(networks, weights, trials)
        assert told[-1] == (n, 2 * n, steps) and evaluate.rollouts == 3 * n


@pytest.mark.parametrize("names", [("a", 1), (), "ab", ("a\nb", "c"), ("x" * 1001, "y"), None])
def test_names_that_no_champion_file_may_have_are_refused(own_module, monkeypatch, names):
    lift = find_task(f"{own_module}:LIFT")
    monkeypatch.setattr(type(lift.physics), "observation_names", names)
    with pytest.raises(
        WannError, match=r"inputs are .*: must be a tuple of names, of at most 1000 printable"
    ):
        find_task(f"{own_module}:LIFT")


def test_a_name_of_a_task_that_no_champion_file_may_have_is_refused():
    with pytest.raises(
        WannError,
        match=r"task 'gym:support.own_envs:Walk-v0,trouble=a b': must be a name, gym:ID or e",
    ):
        find_task("gym:support.own_envs:Walk-v0,trouble=a b")


def test_a_home_folder_may_be_named_by_its_sign(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("WANN_DATA", "~/data")
    assert data_of_environment().path == tmp_path / "data"


@pytest.mark.parametrize("score", [np.nan, np.inf, -np.inf, 1e101, -1e307])
def test_a_search_whose_scores_are_all_none_ends(tmp_path, monkeypatch, score):
    worthless = staticmethod(
        lambda networks, weights, trials: (np.full((networks.size, len(weights), 2), score), 1)
    )
    monkeypatch.setattr(output_task.OutputTask, "score", worthless)
    done = call(
        output_task.NAME,
        "--set",
        "search.population=4",
        "--set",
        "trials=2",
        "--out",
        tmp_path / "run",
    )
    assert done.returncode == 2 and done.stderr.count("\n") == 1
    assert (
        "nothing can be evolved: in the first generation all scores are NaN, infinite or beyond"
        " ±1e+100" in done.stderr
    )


# ----------------------------------------------------------------------------------- capabilities
def test_tasks_declare_what_they_can():
    swingup, walk = find_task("swingup"), find_task("gym:support.own_envs:Walk-v0")
    assert capabilities_of(swingup) == Capabilities(
        episodes=True, scalable=True, recurrent=True, success=True, draws=True
    )
    assert not capabilities_of(replace(swingup, physics=())).drawable
    can = capabilities_of(walk)
    assert (can.compiled, can.episodes, can.scalable, can.accuracy) == (False, True, True, False)
    assert scaled(walk, ((0.0,), (2.0,))).scale == ((0.0,), (2.0,))
    assert capabilities_of(rings_task.TASK) == Capabilities(accuracy=True, samples=True)
    assert has_samples(rings_task.TASK) and not has_samples(swingup) and has_physics(swingup)


def test_an_environment_is_made_only_where_it_is_asked_whether_it_draws(monkeypatch):
    walk, made = find_task("gym:support.own_envs:Walk-v0"), []
    make = type(walk).make
    monkeypatch.setattr(type(walk), "make", lambda self: (made.append(self), make(self))[1])
    can = capabilities_of(walk)
    assert not can.compiled and not made
    assert can.drawable == can.drawable and made


@pytest.mark.parametrize("compiled", [True, False])
def test_a_task_that_declares_nothing_is_known_by_what_it_has(compiled):
    class Bare(output_task.OutputTask):
        pass

    class Known(Bare):
        drawable = True

        def __init__(self):
            self.compiled = compiled

        def accuracy(self, network, weights):
            return {}

        def scaled(self, scale):
            return self

    bare = capabilities_of(Bare())
    assert bare.compiled and not (bare.scalable or bare.accuracy or bare.samples or bare.drawable)
    can = capabilities_of(Known())
    assert (can.compiled, can.scalable, can.accuracy, can.drawable, can.samples, can.episodes) == (
        compiled,
        True,
        True,
        True,
        False,
        False,
    )
    with pytest.raises(WannError, match="observations cannot be scaled, only those of physics"):
        scaled(Bare(), ((0.0,), (1.0,)))


def test_capabilities_of_another_kind_are_refused(monkeypatch):
    monkeypatch.setattr(output_task.OutputTask, "capabilities", {"compiled"}, raising=False)
    with pytest.raises(
        WannError,
        match=r"support.output_task:\w+.*: its attribute capabilities must be a wann\.tasks\.Cap",
    ):
        find_task(output_task.NAME)


@pytest.mark.parametrize(
    ("name", "code"),
    [("swingup", False), ("gym:A-v0", False), ("gym:own:A-v0", True), ("own:TASK", True)],
)
def test_names_of_code(name, code):
    assert is_code(name) == code
