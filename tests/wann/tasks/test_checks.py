"""What a task of one's own returns or raises: the same line whoever evaluates, at every command."""

import sys

import numpy as np
import pytest
from support import output_task
from support.command import SMALL, call
from support.genomes import grow

from wann.assess import __main__ as assess
from wann.errors import NothingPlayed, WannError
from wann.explain import __main__ as explain
from wann.network.network import decode_all
from wann.tasks.checks import scores_of, trials_of
from wann.tune import __main__ as tune
from wann.workers.evaluator import Evaluator

GENOMES, WEIGHTS = [grow(2, 1, 5, k) for k in range(3)], np.array([-1.0, 1.0])
RIGHT = np.arange(24.0).reshape(3, 2, 4)
SHAPE = r"must be real numbers of shape \(3, 2, 4\), \(networks, weights, trials\)"


class Own:
    """Returns what it is given; what is callable is called."""

    inputs, outputs = ("a", "b"), ("y",)

    def __init__(self, answer, trials=None, compiled=True):
        self.answer, self.given, self.compiled = answer, trials, compiled

    def trials(self, n, rng):
        return self.given() if callable(self.given) else self.given

    def score(self, networks, weights, trials):
        return self.answer() if callable(self.answer) else self.answer


def fail(error):
    raise error


def exit_score():
    sys.exit(3)


def asked(answer):
    return scores_of(Own(answer), decode_all(GENOMES), WEIGHTS, np.zeros((4, 1)))


@pytest.mark.parametrize(
    ("given", "value"),
    [
        (RIGHT, RIGHT), (RIGHT.tolist(), RIGHT), (RIGHT.astype(np.float32), RIGHT),
        (RIGHT.astype(int), RIGHT),
        (RIGHT > 5, RIGHT > 5), (RIGHT * np.nan, RIGHT * np.nan), (RIGHT.astype(np.longdouble),
        RIGHT),
    ],
)  # fmt: skip
def test_real_numbers_of_the_shape_are_scores(given, value):
    scores, steps = asked((given, np.int32(7)))
    assert scores.dtype == np.float64 and np.array_equal(scores, value, equal_nan=True)
    assert steps == 7 and type(steps) is int


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ((3.0, 1), rf"^task Own: score returns 3.0 as scores: {SHAPE}"),
        ((RIGHT[:, :1, :1], 1), rf"an array of float64 of shape \(3, 1, 1\) as scores: {SHAPE}"),
        ((RIGHT[:, :, :1], 1), SHAPE),
        ((RIGHT.T, 1), SHAPE),
        ((RIGHT.ravel(), 1), SHAPE),
        ((np.concatenate([RIGHT, RIGHT]), 1), SHAPE),
        ((RIGHT + 1j, 1), f"complex128 .*{SHAPE}"),
        ((RIGHT.astype(object), 1), f"object .*{SHAPE}"),
        ((RIGHT.astype(str), 1), SHAPE),
        ((RIGHT.astype("m8[s]"), 1), SHAPE),
        ((np.ma.array(RIGHT, mask=RIGHT > 5), 1), f"a masked array .*{SHAPE}"),
        ((np.full(RIGHT.shape, None).tolist(), 1), SHAPE),
        (([[1.0], [1.0, 2.0]], 1), SHAPE),
        ((None, 1), "None as scores"),
        (
            RIGHT,
            r"an array of float64 of shape \(3, 2, 4\): must be a pair, scores and the steps made",
        ),
        ((RIGHT, 1, 2), "a tuple of 3: must be a pair"),
        (None, "None: must be a pair"),
        ((RIGHT, None), "None as steps: must be a whole number, from 0 on"),
        ((RIGHT, 1.5), "1.5 as steps"),
        ((RIGHT, np.nan), "nan as steps"),
        ((RIGHT, "5"), "'5' as steps"),
        ((RIGHT, -1), "-1 as steps"),
        (
            lambda: fail(ValueError("my bug")),
            r"task Own: score raises ValueError: my bug \(.*test_checks.py, line \d+",
        ),
        (lambda: fail(OSError(28, "full", "/x")), "score raises OSError: "),
        (lambda: fail(GeneratorExit()), r"score raises GeneratorExit \("),
        (exit_score, "score raises SystemExit: 3"),
    ],
)
def test_all_else_is_refused_in_a_line(answer, message):
    with pytest.raises(WannError, match=message):
        asked(answer)


def test_what_means_something_to_the_command_is_left_as_it_is():
    for error in (KeyboardInterrupt(), MemoryError("much"), NothingPlayed("mine")):
        with pytest.raises(type(error)) as told:
            asked(lambda: fail(error))  # noqa: B023 - called at once
        assert told.value is error


@pytest.mark.parametrize(
    ("trials", "message"),
    [
        (5, r"task Own: trials returns 5: must be an array of shape \(4, ...\)"),
        ([[1.0]] * 4, "a list of 4: must be an array"),
        (
            np.zeros((1, 1)),
            r"an array of float64 of shape \(1, 1\): must be an array of shape \(4, ...\)",
        ),
        (np.array(4.0), "must be an array"),
        (lambda: fail(KeyError("k")), "trials raises KeyError: 'k'"),
    ],
)
def test_trials_that_are_none(trials, message):
    with pytest.raises(WannError, match=message):
        trials_of(Own(None, trials), 4, np.random.default_rng(0))


@pytest.mark.parametrize(
    ("backend", "workers"), [("serial", 1), ("threads", 1), ("threads", 2), ("processes", 1)]
)
def test_every_backend_says_the_same(backend, workers):
    message = r"^task Own: score returns 3.0 as scores: must be real numbers of shape"
    with (
        Evaluator(Own((3.0, 1)), backend, workers) as evaluate,
        pytest.raises(WannError, match=message),
    ):
        evaluate(GENOMES, WEIGHTS, np.zeros((4, 1)))


@pytest.fixture(scope="module")
def champion(tmp_path_factory):
    path = tmp_path_factory.mktemp("checks") / "run"
    small = ["--set", "search.population=4", "--set", "trials=2", "--set", "generations=1"]
    assert call(output_task.NAME, *small, "--out", path).returncode == 0
    return path


@pytest.mark.parametrize(
    ("command", "options", "what"),
    [
        (assess, ["--trials", 2], "nothing can be assessed: at all of the first weights"),
        (explain, ["--trials", 2], "nothing can be explained: of the network as it is"),
        (
            tune,
            ["--generations", 1, "--trials", 1],
            "nothing can be tuned: at all of the first weights",
        ),
    ],
)
def test_a_task_of_failures_alone_and_one_that_fails_are_told_by_all_commands(
    champion, monkeypatch, command, options, what
):
    arguments = [champion, "--task", output_task.NAME, *options]
    for score, told in (
        (lambda net, w, t: (np.full((net.size, len(w), len(t)), np.nan), 1), what),
        (lambda net, w, t: exit_score(), "task OutputTask: score raises SystemExit: 3"),
    ):
        monkeypatch.setattr(output_task.OutputTask, "score", staticmethod(score))
        done = call(*arguments, main=command.main)
        assert done.returncode == 2 and done.stderr.count("\n") == 1, done.stderr
        assert done.stderr.startswith(f"error: {told}"), done.stderr
        assert told != what or not (champion / "tuned.json.log").exists()


def test_a_mistake_of_a_task_ends_a_search_in_a_line(tmp_path, monkeypatch):
    monkeypatch.setattr(output_task.OutputTask, "trials", lambda self, n, rng: n)
    done = call(output_task.NAME, *SMALL[1:], "--set", "racing=true", "--out", tmp_path / "run")
    assert done.returncode == 2 and done.stderr.count("\n") == 1
    assert done.stderr.startswith(
        "error: task OutputTask: trials returns 2: must be an array of shape (2, ...)"
    )
