"""Logs of scores that are torn, damaged or made by a stranger."""

import json
import os
from types import SimpleNamespace

import numpy as np
import pytest
from support import rings_task
from support.genomes import grow
from support.readers import refused

from wann.champion import load
from wann.champion.champion import Champion
from wann.command.program import run_command
from wann.errors import WannError
from wann.runs.score_log import ScoreLog, read_rows
from wann.tasks import find_task
from wann.tune import __main__ as tune
from wann.tune import log_settings

SETTINGS = {"format": "wann-tune-log", "seed": 0}
WEIGHTS = np.array([1.0, 2.0])
HEAD = json.dumps(SETTINGS) + "\n"


def row(**changes):
    return json.dumps({"of": 1, "steps": 7, "scores": [1.5, -2.0], **changes}) + "\n"


def score(log, weights=WEIGHTS):
    return log.scores(weights, lambda: (weights * 3, 7))[0].tolist()


DAMAGE = {
    "text in scores": (row(scores=["a"]), 'line 3 .a score is "a": must be a finite number'),
    "scores no list": (row(scores={"a": 1}), "line 3 .scores is"),
    "scores a number": (row(scores=1), "line 3 .scores is 1"),
    "scores nested": (row(scores=[[1.0]]), "line 3 .a score is"),
    "infinite": (row(scores=[float("inf")]), "line 3 .*Infinity"),
    "huge": (row(scores=[10**400]), "line 3 .a score is"),
    "truth": (row(scores=[True]), "line 3 .a score is true"),
    "steps negative": (row(steps=-1), "line 3 .steps is -1"),
    "steps text": (row(steps="1"), 'line 3 .steps is "1"'),
    "steps huge": (row(steps=2**80), "line 3 .steps is"),
    "steps a fraction": (row(steps=1.5), "line 3 .steps is 1.5"),
    "checksum null": (row(of=None), "line 3 .of is null"),
    "checksum list": (row(of=[]), r"line 3 .of is \[\]"),
    "column missing": ('{"of": 1}\n', "line 3 .it must have of, steps and scores"),
    "column more": (row(more=1), "line 3 .it must have"),
    "no object": ("[]\n", "line 3 .it must have"),
    "no JSON": ("\x1b[31m\n", "line 3"),
    "nested": ("[" * 9000 + "]" * 9000 + "\n", "line 3 .nested more than"),
    "digits": ('{"of": ' + "1" * 9000 + "}\n", "line 3"),
    "bytes": ("\udcff\n", "line 3"),
    "empty line": ("\n", "line 3"),
    "long line": (" " * 2**20 + row(), "line 3 .more than 1024 KiB"),
    "long end": ("\0" * 2**21, "line 3 .more than 1024 KiB"),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_row_is_refused_and_nothing_is_cut_off(tmp_path, kind):
    text, message = DAMAGE[kind]
    data = (HEAD + row() + text + row()).encode(errors="surrogateescape")
    (tmp_path / "log").write_bytes(data)
    with pytest.raises(WannError, match=message) as refusal:
        ScoreLog(tmp_path / "log", SETTINGS)
    assert str(refusal.value).startswith(f"{tmp_path / 'log'}: damaged in line 3")
    assert (tmp_path / "log").read_bytes() == data


@pytest.mark.parametrize("text", ["", '{"of": 1, "ste', row()[:-1], "\0" * 5000, "\x1b\udcff"])
def test_what_a_kill_left_of_the_last_row_is_cut_off(tmp_path, text):
    with ScoreLog(tmp_path / "log", SETTINGS) as log:
        first = score(log), score(log)
    good = (tmp_path / "log").read_bytes()
    (tmp_path / "log").write_bytes(good + text.encode(errors="surrogateescape"))
    with ScoreLog(tmp_path / "log", SETTINGS) as log:
        assert log.left == 2 and (tmp_path / "log").read_bytes() == good
        assert (score(log), score(log)) == first and log.left == 0
        score(log)
    assert len(list(read_rows(tmp_path / "log", SETTINGS))) == 4


@pytest.mark.parametrize("text", ["", HEAD[:1], HEAD[:-1]])
def test_what_a_kill_left_of_the_settings_is_begun_again(tmp_path, text):
    (tmp_path / "log").write_text(text)
    with ScoreLog(tmp_path / "log", SETTINGS) as log:
        assert log.left == 0 and score(log) == [3.0, 6.0]
    assert (tmp_path / "log").read_text().startswith(HEAD)


@pytest.mark.parametrize(
    "text", ["mine", "mine\n", "\0" * 100, HEAD[:-2] + "\n", HEAD[:-1] + " ", "x" * 2**21]
)
def test_a_file_of_something_else_is_left_alone(tmp_path, text):
    (tmp_path / "log").write_text(text)
    with pytest.raises(WannError, match=r"remove (it|this file), or write elsewhere with -o"):
        ScoreLog(tmp_path / "log", SETTINGS)
    assert (tmp_path / "log").read_text() == text


def test_nothing_is_written_but_to_a_file_of_our_own(tmp_path):
    victim = tmp_path / "victim"
    for text in ("", HEAD, "mine"):
        victim.write_text(text)
        for name, make in (("soft", os.symlink), ("hard", os.link)):
            make(victim, tmp_path / name)
            with pytest.raises(WannError, match=rf"{name}: is (a link|another file, too)"):
                ScoreLog(tmp_path / name, SETTINGS)
            (tmp_path / name).unlink()
        assert victim.read_text() == text
    os.symlink(tmp_path / "nowhere", tmp_path / "dangling")
    with pytest.raises(WannError, match="dangling: is a link"):
        ScoreLog(tmp_path / "dangling", SETTINGS)
    assert not (tmp_path / "nowhere").exists()
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(WannError, match="pipe: not a regular file"):
        ScoreLog(tmp_path / "pipe", SETTINGS)
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match="Is a directory"):
        ScoreLog(tmp_path / "folder", SETTINGS)


def test_a_log_costs_little_whatever_its_size(tmp_path):
    pytest.importorskip("resource")
    for name, size in (("sparse", 2**29), ("larger", 3 * 2**30)):
        (tmp_path / name).write_text(HEAD)
        os.truncate(tmp_path / name, size)
    with open(tmp_path / "many", "w") as file:
        file.write(HEAD)
        file.writelines(row(scores=[]) for _ in range(20_000))
        file.write("x\n")
    refused(
        tmp_path,
        [
            ("scores", tmp_path / "sparse", "line 2"),
            ("scores", tmp_path / "larger", "larger than"),
            ("scores", tmp_path / "many", "line 20002"),
        ],
    )


# ----------------------------------------------------------------------------------- of the command
def run_tune(*arguments, capsys):
    code = 0
    try:
        run_command(lambda: tune.main([str(argument) for argument in arguments]))
    except SystemExit as stop:
        code = stop.code
    return SimpleNamespace(code=code, err=capsys.readouterr().err)


@pytest.fixture
def champion(tmp_path):
    """Return a champion of a run in ``champions``, which is a link to a folder of the user."""
    task = find_task("cartpole")
    (tmp_path / "mine").mkdir()
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "config.toml").write_text("")
    Champion(grow(4, 1, 9, 0), "cartpole", task.inputs, task.outputs).save(
        tmp_path / "mine" / "0000.json"
    )
    os.symlink(tmp_path / "mine", tmp_path / "run" / "champions")
    return tmp_path / "run" / "champions" / "0000.json"


def test_a_tuning_writes_through_no_linked_folder_of_a_run(champion, tmp_path, capsys):
    before = sorted(tmp_path.rglob("*"))
    done = run_tune(champion, "--generations", 1, capsys=capsys)
    assert done.code == 2 and "champions: is a link" in done.err and done.err.count("\n") == 1
    assert sorted(tmp_path.rglob("*")) == before
    os.symlink(tmp_path / "mine", tmp_path / "own")  # the user's choice
    tune.main(
        [
            str(champion),
            "--generations",
            "1",
            "--trials",
            "1",
            "-o",
            str(tmp_path / "own" / "tuned.json"),
        ]
    )
    assert (tmp_path / "mine" / "tuned.json").exists()


def test_a_tuning_goes_on_with_the_same_data_only(tmp_path, capsys):
    champion = Champion(
        grow(2, 2, 9, 0), "support.rings_task:TASK", rings_task.TASK.inputs, rings_task.TASK.outputs
    )
    champion.save(tmp_path / "c.json")
    for data, code in (("other", 2), (rings_task.TASK.digest, 0)):
        log = tmp_path / "t.json.log"
        log.write_text(json.dumps(log_settings(champion, 0, 1, data=data)) + "\n")
        arguments = "--task", "support.rings_task:TASK", "--epochs", 1, "-o", tmp_path / "t.json"
        done = run_tune(tmp_path / "c.json", *arguments, capsys=capsys)
        assert done.code == code and (
            "belongs to another network or other options" in done.err
        ) == (code == 2)


def test_a_damaged_log_is_one_line(champion, tmp_path, capsys):
    settings = log_settings(load(champion), 0, 2)
    (tmp_path / "t.json.log").write_text(json.dumps(settings) + "\n" + row(scores=["a"]))
    done = run_tune(champion, "--generations", 2, "-o", tmp_path / "t.json", capsys=capsys)
    assert (
        done.code == 2 and "t.json.log: damaged in line 2" in done.err and done.err.count("\n") == 1
    )
