"""What environments may do wrong: an unusual one is played, a failed episode is told, and a
hopeless search ends.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support import bad_envs
from support.command import call
from support.genomes import grow
from support.places import HELPERS

from wann.champion.champion import load
from wann.errors import WannError
from wann.network.network import decode_all
from wann.runs.directory import RunDirectory
from wann.tasks import capabilities_of, find_task
from wann.tasks.gym import probe
from wann.tasks.gym import task as gym_task
from wann.tasks.gym.kept import kept
from wann.tasks.task import WORST
from wann.workers.evaluator import Evaluator

TINY = [
    "--backend", "serial", "--set", "search.population=6", "--set", "trials=2", "--set",
    "confirm_trials=2", "--set",
    "report_trials=2", "--set", "generations=2",
]  # fmt: skip


@pytest.fixture(autouse=True)
def first_failure():
    """Have each test see failures told."""
    gym_task._failed.clear()


def bad(mistake):
    return f"gym:support.bad_envs:Bad-v0,mistake={mistake}"


@pytest.mark.parametrize(
    "mistake",
    ["none", "row", "table", "array", "list", "decimal", "fraction", "flag", "flag_list", "close"],
)
def test_what_is_unusual_is_played(mistake):
    scores, steps = find_task(bad(mistake)).score(
        decode_all([grow(2, 2, 9, 0)]), np.ones(1), np.array([[1], [2]])
    )
    assert scores.tolist() == [[[-15.0, -15.0]]] and steps == 10


@pytest.mark.parametrize(
    ("mistake", "message"),
    [
        ("nothing", "TypeError: the reward is None: must be a number"),
        ("text", r"TypeError: the reward is '-1\.0': must be a number"),
        ("pair", r"TypeError: the reward is array\(\[-1\., -1\.\]\): must be a number"),
        ("complex", r"TypeError: the reward is \(-1\+0j\): must be a number"),
        ("imaginary", r"TypeError: the reward is .*: must be a number"),
        ("masked", "TypeError: the reward is masked: must be a number"),
        (
            "huge",
            (
                r"FloatingPointError: the sum of the rewards is -1\.5e\+308: must be a number"
                r" within ±1e\+100"
            ),
        ),
        ("long", "OverflowError: "),
        (
            "column",
            (
                r"ValueError: an observation is a ndarray with numbers of shape \(2, 1\): must have"
                r" 2 numbers"
            ),
        ),
        (
            "scalar",
            (
                r"ValueError: an observation is a float with numbers of shape \(\): must have 2"
                r" numbers"
            ),
        ),
        (
            "one",
            (
                r"ValueError: an observation is a ndarray with numbers of shape \(1,\): must have 2"
                r" numbers"
            ),
        ),
        ("missing", r"ValueError: an observation is a NoneType"),
        ("parts", r"TypeError: an observation has {'a': 1\.0}: must be numbers"),
        ("objects", r"FloatingPointError: an observation is not finite: \[1\.0 None\]"),
        (
            "words",
            r"TypeError: an observation has array\(\['a', 'b'\], dtype='<U1'\): must be numbers",
        ),
        ("digits", "TypeError: an observation has array.*: must be numbers"),
        ("digit", r"TypeError: an observation has \[1\.0, '2'\]: must be numbers"),
        ("letters", "TypeError: an observation has array.*: must be numbers"),
        ("imaginary_part", "TypeError: an observation has array.*: must be numbers"),
        ("hidden", "TypeError: an observation has masked_array.*"),
        ("time", "TypeError: an observation has array.*: must be numbers"),
        (
            "end_text",
            "TypeError: terminated and truncated are 'False' and False: each must be True or False",
        ),
        (
            "end_dict",
            (
                "TypeError: terminated and truncated are {'a': False} and False: each must be True"
                " or False"
            ),
        ),
        (
            "end_list",
            r"TypeError: terminated and truncated are \[\] and False: each must be True or False",
        ),
        (
            "end_masked",
            "TypeError: terminated and truncated are masked and False: each must be True or False",
        ),
        ("ragged", "ValueError: setting an array element with a sequence"),
        (
            "four",
            (
                r"TypeError: step returns 4 values: must be \(observation, reward, terminated,"
                r" truncated, info\)"
            ),
        ),
        ("silent", "TypeError: step returns None: must be"),
        ("numbers", r"TypeError: step returns array\(\[0\., 0\., 0\., 0\., 0\.\]\): must be"),
        (
            "flags",
            (
                r"TypeError: terminated and truncated are array\(\[False, False\]\) and False: each"
                r" must be True"
            ),
        ),
        ("exit", "SystemExit: 1;"),
        ("generator", "GeneratorExit;"),
        ("memory", "MemoryError: too much"),
        ("recursion", "RecursionError: too deep"),
    ],
)
def test_what_is_wrong_is_a_failed_episode(mistake, message):
    task = find_task(bad(mistake))
    with (
        Evaluator(task, "serial") as evaluate,
        pytest.warns(UserWarning, match=f"failed with seed 7 at weight 1: {message}"),
    ):
        assert evaluate([grow(2, 2, 9, 0)], [1.0], np.array([[7]])).tolist() == [[[WORST]]]


def test_a_number_that_its_space_does_not_have_is_no_other_one():
    task = find_task("gym:support.bad_envs:Count-v0")
    with pytest.warns(
        UserWarning,
        match=r"an observation has 0 where the observation space has Discrete\(3, start=1\)",
    ):
        assert np.isnan(
            task.score(decode_all([grow(3, 2, 9, 0)]), np.ones(1), np.array([[1]]))[0]
        ).all()


@pytest.mark.parametrize("mistake", ["sizes", "range", "fraction", "text", "imaginary", "hidden"])
def test_parts_that_their_spaces_do_not_have_are_no_other_ones(mistake):
    rollout = decode_all([grow(6, 2, 9, 0)]), np.ones(1), np.array([[7]])
    assert (
        find_task("gym:support.bad_envs:Measure-v0,mistake=none").score(*rollout)[0].item() == -15
    )
    with pytest.warns(
        UserWarning,
        match="(?s)Error: an observation has .*(must be numbers|the observation space has)",
    ):
        assert np.isnan(
            find_task(f"gym:support.bad_envs:Measure-v0,mistake=part_{mistake}").score(*rollout)[0]
        ).all()


@pytest.mark.parametrize(
    "kind", [np.float16, np.float32, lambda reward: np.array([reward], np.float16)]
)
def test_rewards_are_summed_in_double_precision(monkeypatch, kind):
    monkeypatch.setitem(bad_envs.REWARDS, "none", lambda reward: kind(1000.1))
    scores, _ = find_task(bad("none")).score(
        decode_all([grow(2, 2, 9, 0)]), np.ones(1), np.array([[1]])
    )
    assert scores.item() == 5 * float(np.ravel(kind(1000.1))[0])


@pytest.mark.parametrize(
    "mistake", ["folder", "errors", "ignore", "numpy", "depth", "unsayable", "metadata"]
)
def test_what_an_environment_changes_of_the_process_is_put_back(tmp_path, monkeypatch, mistake):
    monkeypatch.chdir(tmp_path)

    def state():
        return os.getcwd(), list(warnings.filters), sys.getrecursionlimit(), np.geterr()

    with pytest.warns() as told:  # has the filters that are compared
        before = state()
        task = find_task(f"gym:support.bad_envs:Rude-v0,mistake={mistake}")
        assert (
            state() == before
            and not capabilities_of(task).drawable
            and task.inputs == ("observation 1", "observation 2")
        )
        returns = task.score(decode_all([grow(2, 2, 9, 0)]), np.ones(1), np.array([[7], [8]]))[0]
        assert state() == before
        warnings.warn("so that there is one", stacklevel=1)
    failed = {
        "errors": "ValueError: after that",
        "ignore": "ValueError: after that",
        "unsayable": "Unsayable",
    }
    failed["depth"] = "RecursionError: maximum recursion depth exceeded"
    if mistake in failed:
        assert np.isnan(returns).all() and f"with seed 7 at weight 1: {failed[mistake]}" in str(
            told[0].message
        )
    else:
        assert returns.tolist() == [[[-15.0, -15.0]]]


def test_the_last_thread_that_plays_puts_the_process_back(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    first_left, second_began = threading.Event(), threading.Event()

    def second():
        with kept():
            second_began.set()
            assert first_left.wait(10) and Path.cwd() != tmp_path

    with ThreadPoolExecutor(1) as threads:
        with kept():
            os.chdir(os.path.sep)
            done = threads.submit(second)
            assert second_began.wait(10)
        first_left.set()
        done.result()
    assert Path.cwd() == tmp_path


def test_failures_are_told_where_warnings_are_errors():
    task = find_task(bad("pair"))
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("error")
        task.score(decode_all([grow(2, 2, 9, 0)]), np.ones(1), np.array([[7]]))
        find_task("gym:support.own_envs:Walk-v0,trouble=luck")
    failure, luck = (str(one.message) for one in told)
    assert "failed with seed 7" in failure and "the same seed and actions" in luck


def test_slow_environments_are_not_probed_for_long(monkeypatch):
    monkeypatch.setattr(probe, "MOST_SECONDS", 0.05)
    monkeypatch.setattr(bad_envs.Slow, "steps", 0)
    slow = find_task("gym:support.bad_envs:Slow-v0")
    assert slow.fresh and 1 <= bad_envs.Slow.steps <= 4
    rollout = decode_all([grow(2, 2, 9, 0)]), np.ones(1), np.array([[7], [8]])
    assert (
        slow.score(*rollout)[0].tolist() == replace(slow, fresh=False).score(*rollout)[0].tolist()
    )


def test_ctrl_c_is_the_users_but_where_it_is_ignored_the_environments(monkeypatch):
    monkeypatch.setitem(bad_envs.RAISED, "exit", KeyboardInterrupt())
    task, rollout = (
        find_task(bad("none")),
        (
            decode_all([grow(2, 2, 9, 0)]),
            np.ones(1),
            np.array([[1]]),
        ),
    )
    monkeypatch.setattr(gym_task.GymTask, "make", lambda self: bad_envs.Bad("exit"))
    # a shell may ignore it
    monkeypatch.setattr("signal.getsignal", lambda number: signal.default_int_handler)
    with pytest.raises(KeyboardInterrupt):
        task.score(*rollout)
    monkeypatch.setattr("signal.getsignal", lambda number: signal.SIG_IGN)
    with pytest.warns(UserWarning, match="KeyboardInterrupt"):
        assert np.isnan(task.score(*rollout)[0]).all()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (bad("init"), "cannot make this environment: SystemExit: not today"),
        (bad("reset"), "cannot be reset: SystemExit"),
        (
            bad("start"),
            (
                r"cannot be reset: TypeError: reset returns array.*: must be \(observation, info\),"
                r" with a dict"
            ),
        ),
        (
            bad("old"),
            (
                r"namespace\(shape=\(2,\)\), a types.SimpleNamespace, which is none of"
                r" gymnasium.spaces: must be"
            ),
        ),
        (
            "gym:support.bad_envs:Spaceless-v0",
            r"the environment has no observation_space \(AttributeError.*must be one of",
        ),
        ("gym:CartPole-v1,render_mode=rgb_array", "render_mode is set by viz.watch: leave it out"),
    ],
)
def test_environments_that_nobody_can_play(name, message):
    with pytest.raises(WannError, match=message):
        find_task(name)


@pytest.mark.parametrize("mistake", ["names", "name"])
def test_names_that_no_champion_file_may_have_are_replaced(mistake):
    task = find_task(bad(mistake))
    assert task.inputs == ("observation 1", "observation 2") and task.outputs == (
        "action 1",
        "action 2",
    )


@pytest.mark.parametrize("racing", ["true", "false"])
def test_a_search_in_which_every_episode_fails_ends_and_can_be_taken_up(
    tmp_path, monkeypatch, racing
):
    run, name = tmp_path / "run", bad("pair")
    with pytest.warns(UserWarning, match="such episodes count as the worst"):
        done = call(name, *TINY, "--set", f"racing={racing}", "--out", run)
    assert done.returncode == 2 and done.stderr.count("\n") == 1 and done.stdout.count("\n") == 1
    assert done.stderr.startswith(
        "error: nothing can be evolved: in the first generation every episode failed, the"
    )
    assert "with seed 802504339 at weight" in done.stderr
    assert "TypeError: the reward is array([-1., -1.]): must be a number" in done.stderr
    resume = ["--resume", str(run), "--set", f"task={name}"]
    assert done.stderr.endswith(f" evolve {' '.join(resume)} starts again\n")
    monkeypatch.setitem(bad_envs.REWARDS, "pair", float)
    assert call(*resume, "--backend", "serial").returncode == 0
    assert (
        load(run).scores["mean"] == -15 and len(RunDirectory.open(run).history()["generation"]) == 2
    )


def test_a_search_in_which_some_episodes_fail_goes_on(tmp_path):
    with pytest.warns(UserWarning, match="such episodes count as the worst"):
        assert (
            call(
                "gym:support.own_envs:Walk-v0,trouble=raise", *TINY, "--out", tmp_path / "run"
            ).returncode
            == 0
        )


@pytest.mark.parametrize("seen", ["large", "vast"])
def test_huge_observations_can_be_scaled(tmp_path, seen):
    run, name = tmp_path / "run", bad(seen)
    assert call(name, *TINY, "--set", "scale_observations=true", "--out", run).returncode == 0
    observed = np.load(run / "population.npz")["observed"]
    assert np.isfinite(observed).all() and (observed[1, 0] > 1e99) == (seen == "large")
    more = ["--set", f"task={name}", "--set", "generations=3", "--backend", "serial"]
    assert call("--resume", run, *more).returncode == 0
    assert RunDirectory.open(run).front()["networks"]


@pytest.mark.parametrize("factor", [5e98, -5e98, 1e-322])
def test_rewards_near_the_limits_give_files_that_can_be_read(tmp_path, monkeypatch, factor):
    monkeypatch.setitem(bad_envs.REWARDS, "none", lambda reward: reward * factor)
    assert call(bad("none"), *TINY, "--out", tmp_path / "run").returncode == 0
    run = RunDirectory.open(tmp_path / "run")
    assert run.champion().scores["mean"] == pytest.approx(-15 * factor)
    assert (
        run.history()["best"].tolist() == pytest.approx([-15 * factor] * 2)
        and run.front()["networks"]
    )


def test_what_an_environment_prints_goes_to_stderr(tmp_path):
    done = call("gym:support.bad_envs:Talker-v0", *TINY, "--out", tmp_path / "run")
    assert done.returncode == 0 and "said by Python" in done.stderr
    assert (
        "said" not in done.stdout and "generation 2/2" in done.stdout and "champion:" in done.stdout
    )


@pytest.mark.skipif(sys.platform == "win32", reason="prints with a C library of POSIX")
def test_with_json_stdout_has_nothing_else_whoever_prints(tmp_path):
    arguments = [
        "gym:support.bad_envs:Talker-v0",
        *TINY[2:],
        "--workers",
        "1",
        "--out",
        str(tmp_path / "run"),
        "--json",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "wann.evolve", *arguments], capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(HELPERS) + os.pathsep + os.environ.get("PYTHONPATH",
        "")},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["champion"]["task"] == "gym:support.bad_envs:Talker-v0"
    for speaker in ("by Python", "behind its back", "by the system", "by C", "at the end"):
        assert f"said {speaker}" in done.stderr
