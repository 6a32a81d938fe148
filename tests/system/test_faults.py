"""What goes wrong while a run is written: the same champion after anything, and nothing is lost."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from support.command import SMALL, call, result, run

from wann.files import write_file
from wann.runs.directory import RunDirectory


@pytest.mark.slow
def test_killed_again_and_again_and_resumed(finished, tmp_path):
    path, moments = tmp_path / "run", random.Random(0)
    slow = [*SMALL, "--set", "generations=40", "--seed", 3]
    # a checkpoint after every generation, and slow generations, so that kills fall into all of them
    code = (
        "import sys, time; from wann.evolve import __main__ as evolve;"
        "from wann.runs import directory; from wann.search import search;"
        "directory.SECONDS_BETWEEN_CHECKPOINTS = 0;"
        "tell = search.WannSearch.tell;"
        "search.WannSearch.tell = lambda *a: (time.sleep(0.06), tell(*a))[1];"
        "evolve.main(sys.argv[1:])"
    )
    arguments, kills = [*slow, "--out", path], 0

    def rows():
        return (path / "history.csv").read_text() if (path / "history.csv").exists() else ""

    for _ in range(30):
        process = subprocess.Popen(
            [sys.executable, "-c", code, *map(str, arguments)], stdout=subprocess.DEVNULL
        )
        seen = rows()
        while rows() == seen and process.poll() is None:
            time.sleep(0.01)
        try:
            # enough of it: on a busy machine it would never end
            process.wait(moments.uniform(0, 1.0) if kills < 5 else None)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            kills += 1
        else:
            break
        arguments = ["--resume", path]
    assert process.returncode == 0 and kills >= 4
    assert result(path) == result(finished)
    assert not list(path.rglob(".*.tmp"))


def test_ctrl_c_saves_and_says_how_to_resume(finished, tmp_path):
    path = tmp_path / "run"
    arguments = [*SMALL, "--set", "generations=1000000", "--seed", "3", "--out", str(path)]
    process = subprocess.Popen(
        [sys.executable, "-m", "wann.evolve", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while (
        not (path / "history.csv").exists()
        or len((path / "history.csv").read_text().splitlines()) < 20
    ):
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=240)
    assert process.returncode == 130
    assert "stopping after this generation" in out and f"--resume {path}" in err
    n = len(RunDirectory.open(path).history()["generation"])
    assert n >= 19 and np.load(path / "population.npz")["generation"] == n
    if n < 40:
        assert call("--resume", path, "--set", "generations=40").returncode == 0
        assert result(path) == result(finished)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("config.toml", "task = ", "config.toml: not valid TOML"),
        ("config.toml", "tusk = 'x'", "config.toml: unknown key tusk: did you mean task?"),
        ("population.npz", "garbage", "population.npz: damaged"),
    ],
)
def test_damaged_runs_are_named_and_left_alone(finished, tmp_path, name, content, message):
    copy = tmp_path / "run"
    shutil.copytree(finished, copy, ignore=shutil.ignore_patterns("population.previous.npz"))
    (copy / name).write_text(content)
    before = result(copy)
    done = call("--resume", copy)
    assert done.returncode == 2 and message in done.stderr and done.stderr.count("\n") == 1
    assert result(copy) == before and (copy / name).read_text() == content


def rows_changed(change):
    """Return what changes the rows of a run's log, its header left out."""

    def spoil(run):
        head, *rows = (run / "history.csv").read_text().splitlines()
        (run / "history.csv").write_text("\n".join((head, *change(rows))) + "\n")

    return spoil


def without(*names):
    """Return what removes files of a run."""
    return lambda run: [(run / name).unlink() for name in names]


MISFITS = {
    "fewer generations": (
        without(),
        "has evolved 40 generations already: give --set generations=40",
    ),
    "rows missing at the end": (rows_changed(lambda rows: rows[:-1]), "39 rows: must have one"),
    "a row missing": (rows_changed(lambda rows: [*rows[:5], *rows[6:], "40,"]), "row 5 is not"),
    "a row twice": (rows_changed(lambda rows: [rows[0], *rows]), "row 1 is not of generation 1"),
    "a torn row": (rows_changed(lambda rows: [*rows[:-1], rows[-1][:9]]), "row 39 has"),
    "no number": (
        rows_changed(lambda rows: [row.replace(",", ",x", 1) for row in rows]),
        "could not convert",
    ),
    "nan": (
        rows_changed(lambda rows: [f"0,nan,{rows[0].split(',', 2)[2]}", *rows[1:]]),
        "not a finite number",
    ),
    "no log": (without("history.csv"), "history.csv: missing: cannot resume"),
    "no checkpoint": (
        without("population.npz", "population.previous.npz"),
        "population.npz: missing: cannot",
    ),
    "champions alone": (
        without("population.npz", "population.previous.npz", "front.json"),
        "population.npz: missing: cannot resume",
    ),
}


@pytest.mark.parametrize("name", MISFITS)
def test_what_does_not_fit_the_checkpoint_is_refused_before_anything_is_changed(
    finished, tmp_path, name
):
    spoil, message = MISFITS[name]
    run = tmp_path / "run"
    shutil.copytree(finished, run)
    shutil.copy(run / "population.npz", run / "population.previous.npz")
    spoil(run)
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    done = call(
        "--resume", run, "--set", f"generations={39 if name == 'fewer generations' else 41}"
    )
    assert done.returncode == 2 and message in done.stderr and done.stderr.count("\n") == 1, (
        done.stderr
    )
    assert {path: path.read_bytes() for path in run.rglob("*") if path.is_file()} == before


def test_more_rows_than_the_checkpoint_and_a_torn_one_are_made_again(finished, tmp_path):
    run = tmp_path / "run"
    shutil.copytree(finished, run)
    with open(run / "history.csv", "ab") as log:
        log.write(b"40,1.0,1.0,1.0,1.0,1.0,9,9.0,9,99\n41,\xff")
    assert call("--resume", run).returncode == 0 and result(run) == result(finished)


def test_a_kill_in_the_first_generation_starts_again(finished, tmp_path):
    run = tmp_path / "run"
    shutil.copytree(finished, run)
    without("population.npz", "front.json")(run)
    (run / "population.previous.npz").unlink(missing_ok=True)
    for file in (run / "champions").iterdir():
        if file.name != "0000.json":
            file.unlink()
    assert call("--resume", run).returncode == 0 and result(run) == result(finished)


def test_a_truncated_or_flipped_checkpoint_is_noticed(finished, tmp_path):
    copy = tmp_path / "run"
    shutil.copytree(finished, copy, ignore=shutil.ignore_patterns("population.previous.npz"))
    good = (finished / "population.npz").read_bytes()
    flipped = bytearray(good)
    flipped[len(good) // 2] ^= 4
    for bad in (good[: len(good) // 2], b"", bytes(flipped)):
        (copy / "population.npz").write_bytes(bad)
        done = call("--resume", copy, "--set", "generations=41")
        assert done.returncode == 2 and "population.npz: damaged" in done.stderr, done.stderr


EVERY_GENERATION = (
    "import sys; from wann.evolve import __main__ as evolve; from wann.runs import directory;"
    "directory.SECONDS_BETWEEN_CHECKPOINTS = 0;"
)


def test_a_damaged_checkpoint_falls_back_to_the_one_before_and_ends_in_the_same_result(
    finished, tmp_path
):
    path, code = tmp_path / "run", EVERY_GENERATION + "evolve.main(sys.argv[1:])"
    options = [*SMALL, "--set", "generations=20", "--seed", "3", "--out", str(path)]
    assert (
        subprocess.run([sys.executable, "-c", code, *options], stdout=subprocess.DEVNULL).returncode
        == 0
    )
    data = bytearray((path / "population.npz").read_bytes())
    data[len(data) // 3] ^= 1
    (path / "population.npz").write_bytes(data)
    done = run("--resume", path, "--set", "generations=40")
    assert done.returncode == 0 and done.stderr.startswith(
        f"warning: {path / 'population.npz'}: damaged"
    )
    assert "resumed at generation 19" in done.stdout and result(path) == result(finished)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs limits on the size of files")
def test_a_full_disk_names_the_file_and_the_run_goes_on_afterwards(finished, tmp_path):
    path = tmp_path / "run"
    # from the first record on no file can grow beyond a limit, as if the disk were full
    code = (
        EVERY_GENERATION
        + "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); limit ="
        " int(sys.argv[1]), -1;record = directory.RunDirectory.record;"
        " directory.RunDirectory.record = lambda *a: (resource.setrlimit(resource.RLIMIT_FSIZE,"
        " limit), record(*a))[1];evolve.run_command(lambda: evolve.main(sys.argv[2:]))"
    )
    arguments = [*SMALL, "--set", "generations=40", "--seed", "3", "--out", str(path)]
    for limit in (8000, 10000, 12000):
        done = subprocess.run(
            [sys.executable, "-c", code, str(limit), *arguments], capture_output=True, text=True
        )
        assert (
            done.returncode == 2
            and done.stderr.startswith(f"error: {path}/")
            and "File too large" in done.stderr
        )
        assert f"--resume {path} goes on" in done.stderr and done.stderr.count("\n") == 1
        arguments = ["--resume", str(path)]
    assert call("--resume", path).returncode == 0
    assert result(path) == result(finished)


def test_two_processes_cannot_write_one_run(tmp_path):
    path = tmp_path / "run"
    arguments = [*SMALL, "--set", "generations=1000000", "--out", str(path)]
    process = subprocess.Popen(
        [sys.executable, "-m", "wann.evolve", *arguments], stdout=subprocess.DEVNULL
    )
    try:
        while not (path / "champion.json").exists():
            assert process.poll() is None
            time.sleep(0.02)
        before = (path / "config.toml").read_bytes()
        done = call("--resume", path, "--set", "generations=7")
        assert done.returncode == 2 and "another process" in done.stderr
        assert (path / "config.toml").read_bytes() == before
    finally:
        process.kill()
        process.wait()


def test_an_interrupted_write_leaves_the_old_file(tmp_path, monkeypatch):
    file = tmp_path / "champion.json"
    write_file(file, "old")

    def disk_full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", disk_full)
    with pytest.raises(OSError, match="No space"):
        write_file(file, "new")
    assert file.read_text() == "old" and [p.name for p in tmp_path.iterdir()] == ["champion.json"]


def test_a_read_only_folder_is_one_line(tmp_path):
    if os.geteuid() == 0:
        pytest.skip("root may write anywhere")
    tmp_path.chmod(0o500)
    done = run(*SMALL, "--out", tmp_path / "run")
    assert (
        done.returncode == 2 and "Permission denied" in done.stderr and done.stderr.count("\n") == 1
    )
