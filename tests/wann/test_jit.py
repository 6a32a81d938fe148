"""The disk cache of compiled kernels: found by text, whole or not used, and never what somebody
else could have put.
"""

import os
import shutil
import stat
import subprocess
import sys
import tempfile
import time
import types
import warnings
from pathlib import Path
from unittest import mock

import numba
import pytest
from support.command import call

import wann
from wann import cache_root as roots
from wann import jit
from wann.cache_root import cache_root, private_folder
from wann.errors import WannError
from wann.frozen import frozen_in
from wann.jit import cache_folder, compiled, locked

ONE_KERNEL = (
    "import numpy as np, wann.genome.genome as g; g.grouped(np.array([1, 0, 1]), 2);"
    "print(sum(g.grouped.stats.cache_misses.values()), sum(g.grouped.stats.cache_hits.values()))"
)
owners = pytest.mark.skipif(not roots.HAS_OWNERS, reason="owners of files as on Unix")
KEPT = "what is compiled is kept in"
NOT_KEPT = "what is compiled is not kept"


def plus_one(x):
    return x + 1


def plus_two(x):
    return x + 2


@pytest.fixture
def fresh():
    """Forget which folders were found before and after the test."""
    functions = roots._private_or_temporary, roots._warn, jit._own_folder
    for function in functions:
        function.cache_clear()
    yield
    for function in functions:
        function.cache_clear()


@pytest.fixture
def cache(fresh, tmp_path, monkeypatch):
    """Have a cache of its own, and a temporary folder of its own."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "cache"))
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    return tmp_path / "cache"


def temporary():
    """Return the folder that stands in."""
    return Path(tempfile.gettempdir()) / f"wann-{os.geteuid()}"


def used(function=plus_one, value=2):
    """Return what a kernel that this process does not know yet gives, and whether it was found on
    the disk.
    """
    kernel = compiled(function, [Path(__file__)])
    result = kernel(value)
    return result, sum(kernel.stats.cache_hits.values()) == 1


def only_file(cache):
    """Return the one file that is kept."""
    (file,) = cache.rglob("*.nbc")
    return file


# --------------------------------------------------------------------------------------- the text
def compiled_and_loaded(code_in, cache):
    """Return how often a process compiled a small kernel and how often it found it on the disk."""
    env = {
        **os.environ,
        "NUMBA_CACHE_DIR": str(cache),
        "PYTHONPATH": str(code_in),
        "PYTHONSAFEPATH": "",
    }
    done = subprocess.run(
        [sys.executable, "-c", ONE_KERNEL], capture_output=True, text=True, env=env, cwd=code_in
    )
    assert done.returncode == 0, done.stderr
    return tuple(map(int, done.stdout.split()))


@pytest.mark.slow
def test_a_copy_of_the_code_finds_what_was_compiled_and_an_edited_one_does_not(tmp_path):
    copies = [tmp_path / name for name in ("one", "two", "edited")]
    for copy in copies:
        shutil.copytree(
            Path(wann.__file__).parent, copy / "wann", ignore=shutil.ignore_patterns("__pycache__")
        )
    with open(copies[2] / "wann" / "numeric" / "mathfun.py", "a") as file:
        file.write("# another line\n")
    assert compiled_and_loaded(copies[0], tmp_path / "cache") == (1, 0)
    assert compiled_and_loaded(copies[1], tmp_path / "cache") == (0, 1)
    assert compiled_and_loaded(copies[2], tmp_path / "cache") == (1, 0)


def test_the_folder_is_named_after_the_text(cache, tmp_path):
    for name, text in (("a.py", "x"), ("b.py", "x"), ("c.py", "y")):
        (tmp_path / name).write_text(text)
    a, b, c = (cache_folder((tmp_path / name,)) for name in ("a.py", "b.py", "c.py"))
    assert a == b != c and a.parent == c.parent == cache
    (tmp_path / "a.py").write_text("edited after it was imported")
    assert cache_folder((tmp_path / "a.py",)) == a
    assert cache_folder((tmp_path / "missing.py",)) is None


def test_a_folder_of_physics_may_hold_what_an_editor_left(cache, tmp_path, monkeypatch):
    package = tmp_path / "physics_of_a_user"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "own.py").write_text("class Own: pass\n")
    (package / ".#own.py").symlink_to("somebody@somewhere")
    monkeypatch.syspath_prepend(str(tmp_path))
    from physics_of_a_user.own import Own

    assert jit.compiled_for(plus_one, Own)(1) == 2 and only_file(cache)


# ------------------------------------------------------------------------------------- the files
def test_a_kernel_is_found_by_what_it_was_compiled_for(cache):
    assert used() == (3, False) and used() == (3, True)
    assert used(value=2.5) == (3.5, False) and used(value=2.5) == (3.5, True)
    assert used(plus_two) == (4, False) and used(plus_two) == (4, True)
    assert len(list(cache.rglob("*.nbc"))) == 3


def damages(good, other):
    """Return what may have become of a file."""
    half = len(good) // 2
    return {
        "empty": b"",
        "cut": good[:half],
        "one byte less": good[:-1],
        "one byte more": good + b"\0",
        "zeros": bytes(len(good)),
        "its end zeros": good[:half] + bytes(len(good) - half),
        "one bit of machine code": good[:half] + bytes([good[half] ^ 4]) + good[half + 1 :],
        "one bit of the checksum": bytes([good[0] ^ 1]) + good[1:],
        "another kernel": other,
        "text": b"cos\nsystem\n(S'exit 1'\ntR.",
    }


def test_a_damaged_file_is_compiled_again_and_replaced(cache):
    used()
    file = only_file(cache)
    good = file.read_bytes()
    used(plus_two)
    (other,) = set(cache.rglob("*.nbc")) - {file}
    for damage, data in damages(good, other.read_bytes()).items():
        file.write_bytes(data)
        assert used() == (3, False), damage
        assert used() == (3, True), damage


@pytest.mark.parametrize("parts", [(), 7, None, ("name", "object", b"")])
def test_what_is_whole_but_something_else_is_compiled_again(cache, parts):
    used()
    file = only_file(cache)
    key = jit.pickle.loads(jit.read_checked(file))[0]
    jit.write_checked(file, jit.dumps((key, parts) if parts != 7 else parts))
    assert used() == (3, False) and used() == (3, True)


class Gone:
    """A class that is no longer there when the file is read."""


def test_a_class_that_is_no_longer_there_costs_nothing_but_time(cache, monkeypatch):
    used()
    file = only_file(cache)
    data = jit.read_checked(file)
    monkeypatch.setattr(sys.modules[__name__], "Gone", Gone)
    jit.write_checked(file, jit.pickle.dumps((Gone, data)))
    monkeypatch.delattr(sys.modules[__name__], "Gone")
    assert used() == (3, False) and used() == (3, True)


def test_what_is_no_file_is_not_waited_for(cache):
    used()
    file = only_file(cache)
    file.unlink()
    file.mkdir()
    with pytest.warns(UserWarning, match=NOT_KEPT):
        assert used() == (3, False)
    file.rmdir()
    if hasattr(os, "mkfifo"):
        os.mkfifo(file)
        assert used() == (3, False) and used() == (3, True)


@owners
def test_a_file_that_others_could_write_is_compiled_again(cache, monkeypatch):
    used()
    file = only_file(cache)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.chmod(0o666)
    assert used() == (3, False) and stat.S_IMODE(file.stat().st_mode) == 0o600
    status = os.stat_result((0o100600, 0, 0, 1, os.geteuid() + 1, 0, 9, 0, 0, 0))
    assert not roots.is_own(status)


# ----------------------------------------------------------------------------------- what fails
def test_a_full_disk_costs_time_and_is_said_once(cache, monkeypatch):
    def full(file):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.warns(UserWarning) as caught:
        assert used() == (3, False) and used(plus_two) == (4, False)
    assert len(caught) == 1 and "No space left on device: what is compiled is not kept" in str(
        caught[0].message
    )
    assert not any(path.is_file() for path in cache.rglob("*"))  # nothing half written


def test_a_folder_that_was_removed_meanwhile_is_made_again(cache):
    used()
    shutil.rmtree(cache)
    assert used() == (3, False) and used() == (3, True)


def test_what_cannot_be_pickled_is_not_kept(cache, monkeypatch):
    monkeypatch.setattr(jit, "dumps", lambda content: jit.pickle.dumps(lambda: content))
    with pytest.warns(UserWarning, match=NOT_KEPT):
        assert used() == (3, False)


def test_a_file_in_place_of_the_folder_costs_time(cache):
    cache.write_text("a file")
    with pytest.warns(UserWarning, match=f"{cache}: Not a directory: {KEPT} {temporary()}"):
        assert cache_root() == temporary()
    assert used() == (3, False) and used() == (3, True)
    assert only_file(temporary()) and cache.read_text() == "a file"


def test_without_any_folder_nothing_is_kept(cache):
    cache.write_text("a file")
    temporary().write_text("another")
    with pytest.warns(UserWarning, match=f"{cache}: Not a directory: {NOT_KEPT}") as caught:
        assert cache_root() is None and used() == (3, False) and used() == (3, False)
        with locked(cache_root()):
            jit.compile_beside("raise SystemExit")
    assert len(caught) == 1


# ------------------------------------------------------------------------------ whose folder it is
@owners
@pytest.mark.parametrize("mask", [0, 0o002, 0o022, 0o077])
def test_what_is_made_is_for_this_user_alone(cache, mask):
    before = os.umask(mask)
    try:
        assert used() == (3, False)
    finally:
        os.umask(before)
    for path in (cache, only_file(cache).parent):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700
    assert stat.S_IMODE(only_file(cache).stat().st_mode) == 0o600


@owners
@pytest.mark.parametrize("mode", [0o777, 0o1777, 0o702, 0o770])
def test_a_folder_that_others_may_write_to_is_not_used(cache, monkeypatch, mode):
    monkeypatch.setattr(roots, "_is_private_group", lambda gid: False)
    cache.mkdir()
    cache.chmod(mode)
    with pytest.warns(
        UserWarning, match=f"{cache}: other users may write to it: {KEPT} {temporary()}"
    ):
        assert cache_root() == temporary()
    assert not any(cache.iterdir())


@owners
def test_a_folder_below_one_that_others_may_write_to_is_used_if_they_cannot_replace_it(
    cache, monkeypatch
):
    shared = cache / "shared"
    shared.mkdir(parents=True)
    shared.chmod(0o1777)  # as /tmp is
    assert private_folder(shared / "own") == shared / "own"
    shared.chmod(0o777)
    with pytest.raises(WannError, match=f"^{shared}: other users may write to it$"):
        private_folder(shared / "own")


@owners
def test_a_folder_of_another_user_is_not_used(cache, monkeypatch):
    cache.mkdir()
    user = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: user + 1)
    with pytest.raises(WannError, match="belongs to another user"):
        private_folder(cache)


@owners
@pytest.mark.skipif(
    hasattr(os, "geteuid") and os.geteuid() != 0, reason="only root can give folders away"
)
def test_root_does_not_use_the_folder_of_a_user(cache):
    home = cache / "home"
    home.mkdir(parents=True)
    os.chown(home, 1000, 1000)
    with pytest.raises(WannError, match=f"^{home}: belongs to another user$"):
        private_folder(home / ".cache" / "wann")
    assert not any(home.iterdir())
    link = cache / "link"  # of another user, who may change where it leads at any time
    (cache / "own").mkdir()
    link.symlink_to(cache / "own")
    assert private_folder(link) == cache / "own"
    os.chown(link, 1000, 1000, follow_symlinks=False)
    with pytest.raises(WannError, match=f"^{link}: belongs to another user$"):
        private_folder(link)


@owners
def test_a_folder_within_the_root_is_checked_as_well(cache):
    cache.mkdir(mode=0o700)
    planted = cache / jit.digest_of_text((*jit.KERNEL_FILES, Path(__file__)))
    planted.mkdir()
    planted.chmod(0o777)
    with pytest.warns(UserWarning, match=f"{planted}: other users may write to it: {NOT_KEPT}"):
        assert used() == (3, False)
    assert not any(planted.iterdir())


@owners
def test_the_group_of_the_user_alone_is_nobody_else(cache, monkeypatch):
    import grp
    import pwd

    user = pwd.struct_passwd(("ada", "x", os.geteuid(), 7, "", "/", ""))
    monkeypatch.setattr(pwd, "getpwuid", lambda uid: user)
    groups = {
        ("ada", 7, ()): True,
        ("ada", 7, ("ada",)): True,
        ("users", 7, ()): False,
        ("ada", 7, ("bob",)): False,
        ("ada", 8, ()): False,
    }
    for (name, gid, members), private in groups.items():
        group = grp.struct_group((name, "x", gid, list(members)))
        monkeypatch.setattr(grp, "getgrgid", lambda gid, group=group: group)
        assert (
            roots.others_may_write(os.stat_result((0o40775, 0, 0, 1, 0, gid, 9, 0, 0, 0)))
            is not private
        )
        assert roots.others_may_write(os.stat_result((0o40777, 0, 0, 1, 0, gid, 9, 0, 0, 0)))

    def unknown(number):
        raise KeyError(number)

    monkeypatch.setattr(pwd, "getpwuid", unknown)
    assert not roots._is_private_group(7)


@owners
def test_where_the_cache_is(cache, tmp_path, monkeypatch):
    monkeypatch.delenv("NUMBA_CACHE_DIR")
    home = tmp_path / "home"
    monkeypatch.setenv("HOME", str(home))
    for base, expected in (
        ("", home / ".cache"),
        ("relative", home / ".cache"),
        (str(tmp_path / "x"), tmp_path / "x"),
    ):
        monkeypatch.setenv("XDG_CACHE_HOME", base)
        assert cache_root() == expected / "wann" and stat.S_IMODE(expected.stat().st_mode) == 0o700
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", "relative")
    with pytest.warns(UserWarning, match=f"there is no home folder: {KEPT} {temporary()}"):
        assert cache_root() == temporary()


@owners
def test_a_user_without_a_home_is_no_error(cache, monkeypatch):
    import pwd

    def unknown(number):
        raise KeyError(number)

    for name in ("NUMBA_CACHE_DIR", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", unknown)
    with pytest.warns(UserWarning, match=f"there is no home folder: {KEPT} {temporary()}"):
        assert cache_root() == temporary()


@owners
def test_the_temporary_folder_is_the_users_own(cache):
    cache.write_text("a file")
    own = temporary()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert cache_root() == own and stat.S_IMODE(own.stat().st_mode) == 0o700
        own.chmod(0o777)  # somebody else can write here: what lies there may be somebody else's
        roots._private_or_temporary.cache_clear()
        assert cache_root() is None


# ------------------------------------------------------------------------------- other processes
def test_one_process_at_a_time_is_let_in(tmp_path):
    pytest.importorskip("fcntl", reason="there are no such locks on this system")
    code = (
        "import sys, pathlib; from wann.jit import locked\nprint('waiting', flush=True)\nwith"
        " locked(pathlib.Path(sys.argv[1])): print('in', flush=True)"
    )
    with locked(tmp_path):
        command = [sys.executable, "-c", code, str(tmp_path)]
        other = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert other.stdout.readline() == "waiting\n"
        time.sleep(0.3)
        assert other.poll() is None
    assert other.communicate(timeout=240)[0] == "in\n"


def test_a_lock_that_cannot_be_had_is_done_without(tmp_path):
    (tmp_path / "compiling.lock").mkdir()
    for folder in (tmp_path, tmp_path / "missing", None):
        with locked(folder):
            pass
    with pytest.raises(OSError, match="of the block"), locked(tmp_path):
        raise OSError("of the block")


def test_the_second_process_has_the_modules_of_the_first(cache, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "planted.py").write_text("open('run', 'w')")
    processes, started = [], subprocess.Popen
    monkeypatch.setattr(subprocess, "Popen", lambda *a, **k: processes.append(started(*a, **k)))
    monkeypatch.setattr(sys, "path", [path for path in sys.path if path not in ("", str(tmp_path))])
    jit.compile_beside("import planted")
    assert processes[0].wait(30) == 1 and not (tmp_path / "run").exists()


# ------------------------------------------------------------------------------ without compilation
def test_a_command_without_compilation_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(numba.config, "DISABLE_JIT", 1)
    done = call("swingup", "--out", tmp_path / "run")
    assert done.returncode == 2 and not done.stdout and not (tmp_path / "run").exists()
    assert (
        done.stderr.startswith("error: NUMBA_DISABLE_JIT is set: ") and done.stderr.count("\n") == 1
    )
    kernels = [
        compiled(plus_one),
        jit.compiled_for(plus_one, type("Own", (), {"__module__": "__main__"})),
    ]
    jit.compiled_for.cache_clear()
    for kernel in kernels:
        with pytest.raises(WannError, match="NUMBA_DISABLE_JIT is set"):
            kernel(1)


def test_everything_can_be_imported_without_compilation():
    names = (
        "wann",
        "wann.tasks.classification.cross_entropy",
        "wann.tasks.classification.ensemble",
        "wann.network.gradient",
        "wann.tasks.gym.policy",
        "wann.pruning.sparse",
    )
    code = f"import {', '.join(names)}"
    subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        check=True,
        timeout=240,
    )


# ------------------------------------------------------------------------- values from elsewhere
PHYSICS = """
from typing import NamedTuple
import consts
from consts import G, doubled

class Fall(NamedTuple):
    dt: float = 0.1

    def step(self, state, action):
        def inner(x):
            return x + consts.offset
        return doubled(state) - G * inner(1.0)
"""
CONSTS = "G, offset, unused = 1.0, 2.0, 3.0\ndef doubled(x): return 2.0 * x"


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        ("1.0", "1.9", True),
        ("2.0,", "2.5,", True),
        ("2.0 * x", "3.0 * x", True),
        ("3.0\n", "4.0\n", False),
    ],
    ids=["a name", "of a module", "in a function", "not used"],
)
def test_values_from_other_files_are_part_of_what_is_kept(tmp_path, old, new, changes):
    found = []
    for k, text in enumerate((CONSTS, CONSTS.replace(old, new), CONSTS)):
        consts = types.ModuleType("consts")
        exec(compile(text, str(tmp_path / "consts.py"), "exec"), vars(consts))
        with mock.patch.dict(sys.modules, consts=consts):
            physics = types.ModuleType(f"physics_{k}")
            exec(compile(PHYSICS, str(tmp_path / "physics.py"), "exec"), vars(physics))
        found.append(frozen_in(physics.Fall))
    assert found[0] == found[2] and (found[0] != found[1]) == changes


def test_options_of_the_compiler_are_part_of_what_is_kept(monkeypatch):
    cache, codegen = (
        jit.TextCache(plus_one, (Path(__file__),)),
        types.SimpleNamespace(magic_tuple=tuple),
    )
    before = cache.key((), codegen)
    monkeypatch.setattr("numba.config.OPT", 0)
    assert cache.key((), codegen) != before
