"""The command as a user runs it: the same champion after anything, and mistakes that lose nothing."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import wann
from wann.files import write_file
from wann.runs import RunDirectory

SMALL = ["swingup_hard", "--set", "search.population=24", "--set", "trials=2", "--set", "confirm_trials=4"]


def run(*args, cwd=None, env=None):
    """Run ``python -m wann.evolve`` to its end."""
    return subprocess.run(
        [sys.executable, "-m", "wann.evolve", *map(str, args)], capture_output=True, text=True, cwd=cwd, env=env
    )


def result(path):
    """Return what two equal runs have in common, byte for byte."""
    names = [
        "champion.json",
        "history.csv",
        "front.json",
        *sorted(f"champions/{p.name}" for p in (path / "champions").iterdir()),
    ]
    return {name: (path / name).read_bytes() for name in names}


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """Return a small run that was never interrupted."""
    path = tmp_path_factory.mktemp("runs") / "finished"
    done = run(*SMALL, "--set", "generations=40", "--seed", 3, "--out", path, "--backend", "serial")
    assert done.returncode == 0, done.stderr
    assert "champion:" in done.stdout and f"python -m viz.watch {path}" in done.stdout
    return path


def test_a_finished_run_has_everything(finished):
    history = RunDirectory.open(finished).history()
    assert history["generation"].tolist() == list(range(40))
    assert (history["best"] >= history["median"]).all() and (np.diff(history["steps"]) > 0).all()
    champion = wann.load(finished)
    assert champion.scores["trials"] == 100 and champion.provenance["config"]["seed"] == 3
    assert champion.scores["mean"] == history["champion"][-1]
    newest = max((finished / "champions").iterdir())
    assert newest.read_bytes() == (finished / "champion.json").read_bytes()
    assert int(newest.stem) == champion.provenance["generation"]
    front = RunDirectory.open(finished).front()
    assert len(front["population"]["mean"]) == 24
    means = [network["scores"]["mean"] for network in front["networks"]]
    sizes = [sum(c["enabled"] for c in network["connections"]) for network in front["networks"]]
    assert means == sorted(means, reverse=True) and sizes == sorted(sizes, reverse=True)
    assert json.loads((finished / "about.json").read_text())["wann"] == wann.__version__


@pytest.mark.parametrize("backend", [["--backend", "threads", "--workers", "1"], ["--workers", "2"]])
def test_threads_give_the_same_run(finished, tmp_path, backend):
    assert run(*SMALL, "--set", "generations=40", "--seed", 3, "--out", tmp_path / "run", *backend).returncode == 0
    assert result(tmp_path / "run") == result(finished)


def test_float32_is_reproducible_and_its_champion_is_scored_in_float64(finished, tmp_path):
    options = [*SMALL, "--set", "generations=6", "--set", "precision=float32", "--seed", 3]
    for name, backend in (("a", "serial"), ("b", "threads")):
        assert run(*options, "--out", tmp_path / name, "--backend", backend).returncode == 0
    assert result(tmp_path / "a") == result(tmp_path / "b")
    histories = [RunDirectory.open(path).history() for path in (tmp_path / "a", finished)]
    assert histories[0]["champion"][0] == histories[1]["champion"][0], "the first champion is the same network"
    assert histories[0]["mean"][0] != histories[1]["mean"][0]


def test_another_seed_gives_another_run(finished, tmp_path):
    run(*SMALL, "--set", "generations=2", "--seed", 4, "--out", tmp_path / "run")
    mine, other = ((path / "history.csv").read_text().splitlines()[1] for path in (tmp_path / "run", finished))
    assert mine != other


def test_killed_again_and_again_and_resumed(finished, tmp_path):
    path, moments = tmp_path / "run", random.Random(0)
    slow = [*SMALL, "--set", "generations=40", "--seed", 3]
    # a checkpoint after every generation, and slow generations, so that kills fall into all of them
    code = (
        "import sys, time; from wann import runs, search, evolve; runs.SECONDS_BETWEEN_CHECKPOINTS = 0;"
        "tell = search.WannSearch.tell;"
        "search.WannSearch.tell = lambda *a: (time.sleep(0.06), tell(*a))[1];"
        "evolve.main(sys.argv[1:])"
    )
    arguments, kills = [*slow, "--out", path], 0

    def rows():
        return (path / "history.csv").read_text() if (path / "history.csv").exists() else ""

    for _ in range(30):
        process = subprocess.Popen([sys.executable, "-c", code, *map(str, arguments)], stdout=subprocess.DEVNULL)
        seen = rows()
        while rows() == seen and process.poll() is None:
            time.sleep(0.01)
        try:
            process.wait(moments.uniform(0, 1.0))
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
    process = subprocess.Popen([sys.executable, "-m", "wann.evolve", *arguments], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)  # fmt: skip
    while not (path / "history.csv").exists() or len((path / "history.csv").read_text().splitlines()) < 20:
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "stopping after this generation" in out and f"--resume {path}" in err
    n = len(RunDirectory.open(path).history()["generation"])
    assert n >= 19 and np.load(path / "population.npz")["generation"] == n
    if n < 40:
        assert run("--resume", path, "--set", "generations=40").returncode == 0
        assert result(path) == result(finished)


def test_a_finished_run_can_be_resumed_for_more_generations(finished, tmp_path):
    path = tmp_path / "run"
    run(*SMALL, "--set", "generations=15", "--seed", 3, "--out", path)
    again = run("--resume", path)
    assert again.returncode == 0 and "resumed at generation 15" in again.stdout
    assert run("--resume", path, "--set", "generations=40").returncode == 0
    assert result(path) == result(finished)
    changed = run("--resume", path, "--set", "search.population=50")
    assert changed.returncode == 2 and "another search" in changed.stderr


def test_json_output(tmp_path):
    done = run(*SMALL, "--set", "generations=2", "--out", tmp_path / "run", "--json")
    printed = json.loads(done.stdout)
    assert printed["run"] == str(tmp_path / "run") and printed["champion"]["format"] == "wann-network"
    assert "generation 2/2" in done.stderr


def test_the_default_run_directory_is_named_after_the_task(tmp_path):
    for _ in range(2):
        assert run(*SMALL, "--set", "generations=1", "--seed", 9, cwd=tmp_path).returncode == 0
    names = [path.name for path in (tmp_path / "runs").iterdir()]
    assert len(names) == 2 and all(name.startswith("swingup_hard-s9-2") for name in names)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["swingop"], "unknown configuration 'swingop': did you mean swingup"),
        (["nothing.toml"], "nothing.toml: No such file"),
        (["no.module:TASK"], "cannot import 'no.module'"),
        (["--set", "task=swing-up"], "unknown task 'swing-up'"),
        (["--set", "search.populaton=3"], "did you mean search.population?"),
        (["--set", "search.population=0"], "search.population = 0: must be at least 2"),
        (["--set", "search.population=x"], "must be a whole number"),
        (["--set", "precision=float16"], "precision = 'float16': must be one of float64, float32"),
        (["--set", "weights=[]"], "weights = []"),
        (["--seed", "-1"], "seed = -1"),
        (["--workers", "0"], "workers = 0"),
        (["--resume", "missing"], "missing: not a run directory"),
        (["--resume", "."], "not a run directory"),
        (["swingup", "--resume", "."], "no configuration"),
        (["--out", "file"], "exists already"),
        (["--out", "file/below"], "file/below: Not a directory"),
        (["--out", "full"], "exists already"),
        (["--out", "/proc/nowhere/run"], "/proc/nowhere"),
    ],
)
def test_mistakes_are_one_line_and_exit_code_2(tmp_path, arguments, message):
    (tmp_path / "file").write_text("mine")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thing").write_text("mine")
    before = sorted(tmp_path.rglob("*"))
    done = run(*arguments, cwd=tmp_path)
    assert done.returncode == 2 and done.stderr.startswith("error: ") and message in done.stderr
    assert done.stderr.count("\n") == 1 and "Traceback" not in done.stderr
    assert sorted(tmp_path.rglob("*")) == before, "nothing is created or overwritten"
    assert (tmp_path / "file").read_text() == (tmp_path / "full" / "thing").read_text() == "mine"


def test_an_existing_run_is_never_overwritten(finished):
    before = result(finished)
    again = run(*SMALL, "--out", finished)
    assert again.returncode == 2 and "never overwritten" in again.stderr and "--resume" in again.stderr
    assert result(finished) == before


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
    done = run("--resume", copy)
    assert done.returncode == 2 and message in done.stderr and done.stderr.count("\n") == 1
    assert result(copy) == before and (copy / name).read_text() == content


def test_a_truncated_or_flipped_checkpoint_is_noticed(finished, tmp_path):
    copy = tmp_path / "run"
    shutil.copytree(finished, copy, ignore=shutil.ignore_patterns("population.previous.npz"))
    good = (finished / "population.npz").read_bytes()
    flipped = bytearray(good)
    flipped[len(good) // 2] ^= 4
    for bad in (good[: len(good) // 2], b"", bytes(flipped)):
        (copy / "population.npz").write_bytes(bad)
        done = run("--resume", copy, "--set", "generations=41")
        assert done.returncode == 2 and "population.npz: damaged" in done.stderr, done.stderr


def test_a_run_of_ones_own_task_names_it_again_and_a_strangers_runs_no_code(tmp_path):
    (tmp_path / "own.py").write_text("from envs.cartpole import CARTPOLE\nopen('imported', 'a').write('x')\n")
    done = run("own:CARTPOLE", "--set", "generations=1", "--out", "mine", cwd=tmp_path)
    assert done.returncode == 0 and "python -m viz.watch mine --task own:CARTPOLE\n" in done.stdout
    (tmp_path / "imported").unlink()
    refused = run("--resume", "mine", cwd=tmp_path)
    assert refused.returncode == 2 and "is code: if you trust it, add --set task=own:CARTPOLE" in refused.stderr
    assert not (tmp_path / "imported").exists()
    resumed = run("--resume", "mine", "--set", "task=own:CARTPOLE", "--set", "generations=2", cwd=tmp_path)
    assert resumed.returncode == 0 and "resumed at generation 1" in resumed.stdout


EVERY_GENERATION = "import sys; from wann import runs, evolve; runs.SECONDS_BETWEEN_CHECKPOINTS = 0;"


def test_a_damaged_checkpoint_falls_back_to_the_one_before_and_ends_in_the_same_result(finished, tmp_path):
    path, code = tmp_path / "run", EVERY_GENERATION + "evolve.main(sys.argv[1:])"
    options = [*SMALL, "--set", "generations=20", "--seed", "3", "--out", str(path)]
    assert subprocess.run([sys.executable, "-c", code, *options], stdout=subprocess.DEVNULL).returncode == 0
    data = bytearray((path / "population.npz").read_bytes())
    data[len(data) // 3] ^= 1
    (path / "population.npz").write_bytes(data)
    done = run("--resume", path, "--set", "generations=40")
    assert done.returncode == 0 and done.stderr.startswith(f"warning: {path / 'population.npz'}: damaged")
    assert "resumed at generation 19" in done.stdout and result(path) == result(finished)


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits on the size of files")
def test_a_full_disk_names_the_file_and_the_run_goes_on_afterwards(finished, tmp_path):
    path = tmp_path / "run"
    # files cannot grow beyond a limit, as if the disk were full, once the run has begun
    code = EVERY_GENERATION + (
        "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), -1));"
        "evolve.run_command(lambda: evolve.main(sys.argv[2:]))"
    )
    arguments = [*SMALL, "--set", "generations=40", "--seed", "3", "--out", str(path)]
    for limit in (8000, 10000, 12000):
        done = subprocess.run([sys.executable, "-c", code, str(limit), *arguments], capture_output=True, text=True)
        assert done.returncode == 2 and done.stderr.startswith(f"error: {path}/") and "File too large" in done.stderr
        assert f"--resume {path} goes on" in done.stderr and done.stderr.count("\n") == 1
        arguments = ["--resume", str(path)]
    assert run("--resume", path).returncode == 0
    assert result(path) == result(finished)


def test_two_processes_cannot_write_one_run(tmp_path):
    path = tmp_path / "run"
    arguments = [*SMALL, "--set", "generations=1000000", "--out", str(path)]
    process = subprocess.Popen([sys.executable, "-m", "wann.evolve", *arguments], stdout=subprocess.DEVNULL)
    try:
        while not (path / "champion.json").exists():
            assert process.poll() is None
            time.sleep(0.02)
        before = (path / "config.toml").read_bytes()
        done = run("--resume", path, "--set", "generations=7")
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
    assert done.returncode == 2 and "Permission denied" in done.stderr and done.stderr.count("\n") == 1
