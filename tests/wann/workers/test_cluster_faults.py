"""What happens on clusters: workers, nodes and the command are killed, and the result is the
same.
"""

import os
import signal
import subprocess
import sys
import time

import pytest
from support.command import SMALL, result, run
from support.places import HELPERS

pytest.importorskip("ray", reason="Ray is not installed")
if sys.platform == "win32":
    pytest.skip("kills processes as on Unix", allow_module_level=True)
from support.ray_nodes import ENV, SLOW_FILE, Node, on, workers_below

pytestmark = pytest.mark.slow
MOMENTS = 240  # seconds that anything here may take on a machine with other things to do
SLOW = ["support.slow_task:TASK", *SMALL[1:], "--set", "generations=100", "--seed", "3"]


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    """Return the result of the slow task, made by one thread."""
    path = tmp_path_factory.mktemp("runs") / "expected"
    done = run(*SLOW, "--backend", "serial", "--out", path, cwd=HELPERS)
    assert done.returncode == 0, done.stderr
    return result(path)


@pytest.fixture
def slow():
    """Make the slow task slow, until finish."""
    SLOW_FILE.touch()
    yield
    SLOW_FILE.unlink(missing_ok=True)


def start(path, node, *more):
    """Start or resume a run of the slow task on a cluster."""
    resume = ["--resume", path, "--set", "task=support.slow_task:TASK"]
    arguments = [*(resume if path.exists() else [*SLOW, "--out", path]), *more, *on(node)]
    command = [sys.executable, "-m", "wann.evolve", *map(str, arguments)]
    with open(path.with_name("said"), "w") as file:
        return subprocess.Popen(command, cwd=HELPERS, env=ENV, stdout=file, stderr=file)


def said(path):
    """Return what the latest process of a run has said."""
    return path.with_name("said").read_text()


def wait_for(condition, process=None):
    """Wait until something is true."""
    deadline = time.monotonic() + MOMENTS
    while not (found := condition()):
        assert time.monotonic() < deadline, "this takes too long"
        assert process is None or process.poll() is None, "it has ended"
        time.sleep(0.02)
    return found


def generations(path):
    """Return how many generations a run has logged."""
    file = path / "history.csv"
    return file.read_text().count("\n") - 1 if file.exists() else 0


def finish(process, path, expected):
    """Let a run end quickly, with the expected result."""
    assert process.poll() is None
    SLOW_FILE.unlink()
    assert process.wait(timeout=MOMENTS) == 0, said(path)
    assert result(path) == expected


def test_a_worker_is_killed_and_a_node_joins_late_and_is_killed(head, expected, slow, tmp_path):
    path = tmp_path / "run"
    process = start(path, head)
    wait_for(lambda: generations(path) >= 1, process)
    with Node(head.address):
        os.kill(wait_for(lambda: workers_below(head.process.pid), process)[0], signal.SIGKILL)
        wait_for(lambda: "ray: 2 workers" in said(path), process)
        joined = generations(path)
        wait_for(lambda: generations(path) >= joined + 2, process)
    wait_for(
        lambda: "ray: 1 worker, 1 lost; their networks are evaluated again" in said(path), process
    )
    finish(process, path, expected)
    assert head.process.poll() is None  # a cluster that we joined lives on


def test_a_killed_driver_leaves_no_worker_and_is_resumed(head, expected, slow, tmp_path):
    path = tmp_path / "run"
    for moment in (0, 6):
        process = start(path, head)
        wait_for(
            lambda m=moment: generations(path) >= m and workers_below(head.process.pid), process
        )
        process.kill()
        process.wait()
        wait_for(lambda: not workers_below(head.process.pid))
    finish(start(path, head), path, expected)
    wait_for(lambda: not workers_below(head.process.pid))


def test_without_workers_the_run_waits_then_says_how_to_go_on(expected, slow, tmp_path):
    path = tmp_path / "run"
    with Node(cores=0) as empty_head:
        with Node(empty_head.address):
            process = start(path, empty_head)
            wait_for(lambda: generations(path) >= 2, process)
        wait_for(lambda: "ray: no worker yet" in said(path), process)
        process.kill()
        process.wait()
        # little patience only where no worker is to come: one may take long to start
        process = start(path, empty_head, "--patience", "6")
        assert process.wait(timeout=MOMENTS) == 2
        err = said(path)
        assert "ray: no worker yet" in err and "(waiting up to 6 s)" in err
        assert (
            "error: no worker for" in err
            and f"--resume {path} --set task=support.slow_task:TASK --backend ray" in err
        )
        with Node(empty_head.address):
            finish(start(path, empty_head), path, expected)
