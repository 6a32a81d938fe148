"""Evaluation by processes: the same scores, and what goes wrong is told."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from unittest import mock

import numpy as np
import pytest
from support.command import call, result
from support.genomes import grow
from support.places import HELPERS

from wann.errors import WannError, WorkersLost
from wann.network.network import decode_all
from wann.runs.directory import RunDirectory
from wann.tasks import find_task
from wann.workers.evaluator import Evaluator

WALK = "gym:support.own_envs:Walk-v0"
TINY = [
    WALK, "--set", "search.population=16", "--set", "trials=2", "--set", "confirm_trials=2",
    "--set",
    "report_trials=5", "--set", "generations=12", "--set", "racing=true", "--set",
    "scale_observations=true",
    "--workers", 2,
]  # fmt: skip
ENV = {**os.environ, "PYTHONPATH": str(HELPERS)}


@pytest.fixture(scope="module")
def pool():
    """Return two processes that play a walk."""
    with Evaluator(find_task(WALK), workers=2) as evaluate:
        yield evaluate


@pytest.mark.parametrize("shape", [(20, 2, 3), (2, 3, 9), (1, 30, 2), (1, 1, 1)])
def test_processes_are_serial(pool, shape):
    task = pool.task
    genomes, weights = [grow(1, 2, 3 * k, k) for k in range(shape[0])], np.linspace(-2, 2, shape[1])
    trials = task.trials(shape[2], np.random.default_rng(0))
    before = pool.steps
    with Evaluator(task, "serial") as serial:
        expected = serial(genomes, weights, trials)
    assert (
        np.array_equal(pool(genomes, weights, trials), expected)
        and pool.steps - before == serial.steps
    )


def test_a_task_that_cannot_be_sent_is_told():
    class Local:
        inputs, outputs, compiled = ("x",), ("y",), False
        score = trials = None

    with pytest.raises(WannError, match="the task cannot be sent to processes"):
        Evaluator(Local(), workers=1)


def test_a_failure_is_told_once_by_all_processes_and_a_mistake_is_raised():
    task = find_task(f"{WALK},trouble=raise")
    genomes, trials = [grow(1, 2, 9, k) for k in range(16)], np.arange(4)[:, None]
    with Evaluator(task, workers=2) as evaluate:
        with pytest.warns(UserWarning, match="failed with seed .* a stone in the way") as told:
            evaluate(genomes, [-1.0, 1.0], trials)
            evaluate(genomes, [-1.0, 1.0], trials)
        assert len(told) == 1
        with pytest.raises(WannError, match="score raises ValueError: trials has shape"):
            evaluate(genomes, [1.0], np.zeros((2, 2)))


def test_a_process_that_dies_is_told():
    with Evaluator(find_task(WALK), workers=2) as evaluate:
        genomes, trials = [grow(1, 2, 9, k) for k in range(4)], np.arange(2)[:, None]
        evaluate(genomes, [1.0], trials)
        os.kill(evaluate._workers.pool[0].process.pid, signal.SIGKILL)
        with pytest.raises(WorkersLost, match=r"a worker process died \(exit code -9\)"):
            evaluate(genomes, [1.0], trials)


class Once:
    """A task whose scores are its trials.

    It fails for a trial of 7, and takes its time for larger ones.
    """

    inputs, outputs, compiled = ("a", "b"), ("y",), False

    def trials(self, n, rng):
        return rng.uniform(0, 1, (n, 1))

    def score(self, networks, weights, trials):
        if trials[0, 0] == 7 and weights[0] == -2:
            raise ValueError("once")
        if trials[0, 0] > 7:
            time.sleep(60)
        return np.zeros((networks.size, len(weights), len(trials))) + trials[:, 0], 1


@pytest.mark.slow
def test_after_a_failure_and_after_ctrl_c_answers_are_those_of_the_call():
    genomes, weights = [grow(2, 1, 2, k) for k in range(2)], [-2.0, -1.0, 1.0, 2.0]

    def interrupt(*_):
        raise KeyboardInterrupt

    with Evaluator(Once(), "processes", 2) as evaluate:
        with pytest.raises(Exception, match="once"):
            evaluate(genomes, weights, np.array([[7.0]]))
        assert np.all(evaluate(genomes, weights, np.array([[3.0]])) == 3)
        before = signal.signal(signal.SIGALRM, interrupt)
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        with pytest.raises(KeyboardInterrupt):
            evaluate(genomes, weights, np.array([[8.0]]))
        signal.signal(signal.SIGALRM, before)
        assert np.all(evaluate(genomes, weights, np.array([[4.0]])) == 4)
        evaluate.__exit__()
    with pytest.raises(ValueError, match="this Evaluator was closed"):
        evaluate(genomes, weights, np.array([[4.0]]))


def test_threads_that_share_processes_get_their_own_answers(pool):
    genomes, weights = [grow(1, 2, 9, k) for k in range(8)], np.array([-1.0, 1.0])
    trials = [pool.task.trials(3, np.random.default_rng(k)) for k in range(4)]
    alone = [pool(genomes, weights, each) for each in trials]
    with ThreadPoolExecutor(4) as threads:
        for scores, expected in zip(
            threads.map(lambda t: pool(genomes, weights, t), trials * 3), alone * 3, strict=True
        ):
            assert np.array_equal(scores, expected)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs forks")
def test_a_fork_keeps_no_process_alive_and_observations_are_made_by_another_process(pool):
    ends = [worker.connection.fileno() for worker in pool._workers.pool] + [
        pool._workers._guard._process.stdin.fileno()
    ]
    child = os.fork()
    if child == 0:
        open_still = 0
        for end in ends:
            with suppress(OSError):
                os.fstat(end)
                open_still += 1
        pool.__exit__()  # ends nothing
        os._exit(open_still)
    assert os.waitpid(child, 0)[1] == 0 and len(ends) == 3
    genome, trials, before = grow(1, 2, 9, 0), np.arange(2)[:, None], pool.steps
    expected, steps = pool.task.observations(decode_all([genome]), np.ones(1), trials)
    with mock.patch.object(
        type(pool.task), "make", side_effect=AssertionError("made by this process")
    ):
        assert np.array_equal(pool.observations(genome, np.ones(1), trials), expected)
    assert pool.steps - before == steps and all(
        worker.process.is_alive() for worker in pool._workers.pool
    )


@pytest.mark.slow
def test_a_script_that_starts_itself_anew_is_told(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import numpy as np; from test_processes import Once, grow; from wann.workers.evaluator"
        " import Evaluator\nEvaluator(Once(), 'processes', 1)([grow(2, 1, 2, 0)], [1.0],"
        " np.zeros((1, 1)))"
    )
    path = os.pathsep.join(
        [str(HELPERS), os.path.dirname(__file__), os.environ.get("PYTHONPATH", "")]
    )
    done = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, env={**ENV, "PYTHONPATH": path}
    )
    assert done.returncode == 1
    assert (
        'or a script that does its work without `if __name__ == "__main__":`'
        in done.stderr.splitlines()[-1]
    )


def alive(pid):
    """Return whether a process is there and no zombie."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def children(pid):
    """Return the processes that a process has started."""
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return [int(text) for text in file.read().split()]


@pytest.mark.skipif(
    not os.path.exists(f"/proc/{os.getpid()}/task/{os.getpid()}/children"),
    reason="needs Linux's /proc",
)
def test_one_and_two_processes_kill_and_resume_give_the_same_run(tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    done = call(*TINY[:-1], 1, "--out", one)
    assert done.returncode == 0 and "champion:" in done.stdout, done.stderr

    code = (  # a checkpoint after every generation, and slow ones
        "import sys, time; from wann.evolve import __main__ as evolve;"
        "from wann.runs import directory; from wann.search import search;"
        "directory.SECONDS_BETWEEN_CHECKPOINTS = 0;"
        "tell = search.WannSearch.tell;"
        "search.WannSearch.tell = lambda *a: (time.sleep(0.2), tell(*a))[1];"
        "evolve.main(sys.argv[1:])"
    )
    arguments = [sys.executable, "-c", code, *map(str, TINY), "--out", str(two)]
    process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, env=ENV)
    while not (two / "population.npz").exists():
        assert process.poll() is None
        time.sleep(0.02)
    workers = children(process.pid)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert len(workers) >= 2 and len(RunDirectory.open(two).history()["generation"]) < 12
    until = time.monotonic() + 120
    while any(map(alive, workers)):
        assert time.monotonic() < until, "workers outlive the command"
        time.sleep(0.05)

    done = call("--resume", two)
    assert done.returncode == 2 and f"if you trust it, add --set task={WALK}" in done.stderr
    done = call("--resume", two, "--set", f"task={WALK}", "--workers", 2)
    assert done.returncode == 0, done.stderr
    assert result(one) == result(two)


@pytest.mark.skipif(
    not os.path.exists(f"/proc/{os.getpid()}/task/{os.getpid()}/children"),
    reason="needs Linux's /proc",
)
def test_workers_and_what_they_have_started_end_with_the_command_even_in_c_code(tmp_path):
    code = (
        "import sys, numpy as np; from support.genomes import grow; from wann.workers.evaluator"
        " import Evaluator;from wann.tasks import"
        " find_task;Evaluator(find_task('gym:support.bad_envs:Stuck-v0'), workers=2)([grow(2, 2, 9,"
        " 0)] * 4, [1.0], np.arange(4)[:, None])"
    )
    process = subprocess.Popen([sys.executable, "-c", code], env=ENV)
    own: list[int] = []
    until = time.monotonic() + 120
    while len(own) < 2:  # one of each worker
        assert process.poll() is None and time.monotonic() < until
        time.sleep(0.05)
        workers = children(process.pid)
        own = [pid for worker in workers for pid in children(worker)]
    process.send_signal(signal.SIGKILL)
    process.wait()
    until = time.monotonic() + 120
    while any(map(alive, [*workers, *own])):
        assert time.monotonic() < until, "workers outlive the command"
        time.sleep(0.05)


def test_environments_may_start_processes():
    with Evaluator(find_task("gym:support.bad_envs:Family-v0"), workers=1) as evaluate:
        assert evaluate([grow(2, 2, 9, 0)], [1.0], np.array([[1]])).tolist() == [[[-15.0]]]


def test_ctrl_c_stops_after_the_generation_without_a_traceback(tmp_path):
    arguments = [
        sys.executable,
        "-m",
        "wann.evolve",
        *map(str, TINY),
        "--set",
        "generations=100000",
    ]
    process = subprocess.Popen(
        [*arguments, "--out", str(tmp_path / "run")], stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
        env=ENV, start_new_session=True,
    )  # fmt: skip
    while not (tmp_path / "run" / "history.csv").exists():
        assert process.poll() is None
        time.sleep(0.02)
    time.sleep(0.3)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal sends it: to the workers, too
    out, err = process.communicate(timeout=240)
    assert process.returncode == 130 and "stopping after this generation" in out
    assert err.count("\n") == 1 and "stopped early; continue with:" in err
