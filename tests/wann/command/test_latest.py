"""A command without a champion takes the latest run."""

import os
import shutil

import pytest
from support.command import call

from viz.curves import main as curves
from viz.explorer.__main__ import main as explorer
from viz.watch.__main__ import main as watch
from wann.assess.__main__ import main as assess
from wann.errors import WannError
from wann.export.__main__ import main as export
from wann.runs.folders import latest_run
from wann.simplify.__main__ import main as simplify
from wann.tune.__main__ import main as tune

COMMANDS = {
    "assess": (assess, ["--trials", "2"]),
    "export": (export, ["--to", "json"]),
    "simplify": (simplify, ["--trials", "2", "-o", "s.json"]),
    "tune": (tune, ["--generations", "1", "--trials", "1", "-o", "t.json"]),
    "viz.curves": (curves, []),
    "viz.explorer": (explorer, ["--trials", "1"]),
    "viz.watch": (watch, ["--gif", "film.gif", "--weight", "1", "--steps", "2"]),
}


@pytest.fixture
def runs(finished, tmp_path, monkeypatch):
    """Stand in a folder with three runs; the one in a folder of seeds has the newest champion."""
    monkeypatch.chdir(tmp_path)
    for k, name in enumerate(("new", "a-seeds/s1", "old")):
        run = shutil.copytree(finished, tmp_path / "runs" / name)
        os.utime(run / "champion.json", (10**9, 10**9 + (7, 9, 3)[k]))
    (tmp_path / "runs" / "begun").mkdir()
    return tmp_path / "runs"


def test_the_newest_champion_counts(runs):
    assert str(latest_run()) == os.path.join("runs", "a-seeds", "s1")
    os.utime(runs / "old" / "champion.json")
    assert latest_run().name == "old"


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_takes_it_and_says_so(runs, name):
    main, options = COMMANDS[name]
    done = call(*options, main=main)
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith(f"the latest run: {os.path.join('runs', 'a-seeds', 's1')}\n")
    assert done.stderr.count("the latest run") == 1
    told = call(runs / "old", *options, *(["--force"] if name in ("tune", "simplify") else []),
                main=main)  # fmt: skip
    assert told.returncode == 0 and "the latest run" not in told.stderr


def test_an_empty_name_is_no_name_left_out(runs):
    done = call("", "--to", "json", main=export)  # as of a variable of a shell that is not set
    assert done.returncode == 2 and "the latest run" not in done.stderr


@pytest.mark.parametrize("name", COMMANDS)
def test_without_any_run_it_is_a_line(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    main, options = COMMANDS[name]
    done = call(*options, main=main)
    assert done.returncode == 2 and done.stderr.count("\n") == 1
    assert "there is no run in runs/: give a run directory" in done.stderr
    assert not list(tmp_path.iterdir())
    with pytest.raises(WannError, match=r"or evolve a network with python -m wann\.evolve"):
        latest_run()
