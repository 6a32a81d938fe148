"""Shared by all tests: no window opens, and the optional data."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from support.command import SMALL, call
from support.places import DATA, PUBLISHED, ROOT
from support.ray_nodes import Node

from wann.jit import is_nothing_kept

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
sys.path.append(str(ROOT))  # processes that are started find the classes of test modules there


COMPILES = (
    "from wann.search.search import compile_variation; compile_variation()",
    (
        "import numpy as np; from wann.genome import minimal_genome; from wann.network import"
        " decode_all;from wann.tasks import find_task; task, rng = find_task('swingup'),"
        " np.random.default_rng(0);task.score(decode_all([minimal_genome(5, 1, 0.5, rng)]),"
        " np.ones(1), task.trials(1, rng))"
    ),
)


def pytest_configure(config):
    """Compile what most tests need once, before the workers start: each of them would do it for
    itself.
    """
    if not hasattr(config, "workerinput") and is_nothing_kept():
        for process in [
            subprocess.Popen([sys.executable, "-c", statement]) for statement in COMPILES
        ]:
            process.wait()


def pytest_collection_modifyitems(items):
    """Begin with clusters and processes: they take longest, and wait most of the time, in which
    other tests can have the processors.
    """
    items.sort(key=lambda item: item.path.parent.name != "workers")


@pytest.fixture
def published() -> Path:
    """Return the published swing-up champion, where it is at hand."""
    if not PUBLISHED.exists():
        pytest.skip(
            "the published champion (shared/data/champions/swing.out) is not on this machine"
        )
    return PUBLISHED


@pytest.fixture(scope="session")
def mnist() -> Path:
    """Return the folder of MNIST, where it is at hand."""
    folders = [Path(os.environ.get("WANN_DATA", "nowhere")), DATA / "mnist"]
    for folder in folders:
        if (folder / "t10k-labels-idx1-ubyte.gz").exists():
            return folder
    pytest.skip(
        f"MNIST is not on this machine: its .gz files are neither in WANN_DATA nor in {folders[1]}"
    )


@pytest.fixture
def give_data(request, tmp_path, monkeypatch):
    """Return a function that has WANN_DATA name data for a shipped task, if it needs any."""

    def give(name):
        if name.startswith("mnist"):
            monkeypatch.setenv("WANN_DATA", str(request.getfixturevalue("mnist")))
        elif name == "samples":
            x = np.random.default_rng(0).normal(size=(50, 3))
            np.savez(tmp_path / "own.npz", X=x, y=np.arange(50) % 2)
            monkeypatch.setenv("WANN_DATA", str(tmp_path / "own.npz"))

    return give


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """Return a small run that was never interrupted."""
    path = tmp_path_factory.mktemp("runs") / "finished"
    done = call(
        *SMALL, "--set", "generations=40", "--seed", 3, "--out", path, "--backend", "serial"
    )
    assert done.returncode == 0, done.stderr
    assert "champion:" in done.stdout and f" report {path}\n" in done.stdout
    return path


@pytest.fixture(scope="module")
def head():
    """Return the head of a Ray cluster, with one core."""
    with Node() as node:
        yield node
