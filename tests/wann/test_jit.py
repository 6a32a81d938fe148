"""The disk cache of compiled kernels: found by text, wherever the files lie, and safe to share."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

import wann
from wann import jit
from wann.jit import cache_folder, locked

ONE_KERNEL = (
    "import numpy as np, wann.genome as g; g.grouped(np.array([1, 0, 1]), 2);"
    "print(sum(g.grouped.stats.cache_misses.values()), sum(g.grouped.stats.cache_hits.values()))"
)


def compiled_and_loaded(code_in, cache):
    """Return how often a process compiled a small kernel and how often it found it on the disk."""
    env = {**os.environ, "NUMBA_CACHE_DIR": str(cache), "PYTHONPATH": str(code_in), "PYTHONSAFEPATH": ""}
    done = subprocess.run([sys.executable, "-c", ONE_KERNEL], capture_output=True, text=True, env=env, cwd=code_in)
    assert done.returncode == 0, done.stderr
    return tuple(map(int, done.stdout.split()))


def test_a_copy_of_the_code_finds_what_was_compiled_and_an_edited_one_does_not(tmp_path):
    copies = [tmp_path / name for name in ("one", "two", "edited")]
    for copy in copies:
        shutil.copytree(Path(wann.__file__).parent, copy / "wann", ignore=shutil.ignore_patterns("__pycache__"))
    with open(copies[2] / "wann" / "mathfun.py", "a") as file:
        file.write("# another line\n")
    assert compiled_and_loaded(copies[0], tmp_path / "cache") == (1, 0)
    assert compiled_and_loaded(copies[1], tmp_path / "cache") == (0, 1)
    assert compiled_and_loaded(copies[2], tmp_path / "cache") == (1, 0)


def test_the_folder_is_named_after_the_text(tmp_path):
    for name, text in (("a.py", "x"), ("b.py", "x"), ("c.py", "y")):
        (tmp_path / name).write_text(text)
    a, b, c = (cache_folder((tmp_path / name,)) for name in ("a.py", "b.py", "c.py"))
    assert a == b != c


def test_one_process_at_a_time_is_let_in(tmp_path):
    pytest.importorskip("fcntl", reason="there are no such locks on this system")
    code = (
        "import sys, pathlib; from wann.jit import locked\n"
        "print('waiting', flush=True)\nwith locked(pathlib.Path(sys.argv[1])): print('in', flush=True)"
    )
    with locked(tmp_path / "lock"):
        command = [sys.executable, "-c", code, str(tmp_path / "lock")]
        other = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert other.stdout.readline() == "waiting\n"
        time.sleep(0.3)
        assert other.poll() is None
    assert other.communicate(timeout=20)[0] == "in\n"


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="owners of files as on Unix")
def test_the_temporary_folder_is_the_users_own(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    own = tmp_path / f"wann-{os.getuid()}"
    folder = jit._own_temporary.__wrapped__
    assert folder() == own and own.stat().st_mode & 0o777 == 0o700 and folder() == own
    own.chmod(0o777)  # somebody else can write here: what lies there may be somebody else's
    other = folder()
    assert other != own and other.stat().st_mode & 0o777 == 0o700
    own.rmdir()
    own.symlink_to(other)
    assert folder() not in (own, other)
