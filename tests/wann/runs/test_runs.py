"""Making a run and resuming it: kills at any instant, two processes at once, and files that are not
the run's.
"""

import errno
import json
import os
import warnings
from dataclasses import replace
from pathlib import Path

import pytest
from support import own_envs  # noqa: F401 - registers its environments
from support.untrusted import new_scaler, new_search, searched, told

from wann.config import make_config
from wann.errors import WannError
from wann.files import plain
from wann.runs import directory, folders
from wann.runs.checkpoint import save_checkpoint
from wann.runs.directory import RunDirectory
from wann.runs.history import HISTORY, row_of
from wann.tasks import find_task

CONFIG, OTHER = make_config({"seed": 1, "weights": [-1.0, 1.0]}), make_config({"seed": 2})
LOG = (
    "\n".join((",".join(HISTORY), *(f"{k}{',1.0' * (len(HISTORY) - 1)}" for k in range(9)))) + "\n"
)


def tree(folder):
    """Return each file in a folder with its content."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def begin(run):
    """Start the run as ``evolve`` does."""
    with run:
        return run.start(new_search(), new_scaler())


def kill_at(monkeypatch, instant):
    """Let the process be killed at an instant: a call of the system that changes something on disk.

    Say if it was.
    """
    calls = []

    def killing(function):
        def call(*arguments, **options):
            calls.append(function)
            if len(calls) == instant:
                # nothing of wann catches it; what is cleaned up then is kept from being so
                raise KeyboardInterrupt
            return function(*arguments, **options)

        return call

    monkeypatch.setattr(plain.os, "fsync", killing(os.fsync))
    monkeypatch.setattr(plain.os, "replace", killing(os.replace))
    monkeypatch.setattr(Path, "mkdir", killing(Path.mkdir))
    monkeypatch.setattr(folders, "open_own", killing(folders.open_own))
    unlink = Path.unlink
    # a kill leaves the temporary file
    monkeypatch.setattr(
        Path, "unlink", lambda path, **how: None if len(calls) >= instant else unlink(path, **how)
    )
    return calls


@pytest.mark.parametrize("instant", range(1, 7))
def test_after_a_kill_at_any_instant_of_making_a_run_it_can_be_started_or_resumed(
    tmp_path, monkeypatch, instant
):
    path = tmp_path / "run"
    with monkeypatch.context() as patch:
        calls = kill_at(patch, instant)
        with pytest.raises(KeyboardInterrupt):
            RunDirectory.create(path, CONFIG, "digest")
        assert len(calls) == instant
    left = tree(path) if path.exists() else {}
    if "config.toml" in left:
        with RunDirectory.open(path) as run:
            run.check_data("digest")
            assert run.resumed_config({"generations": 7}).seed == 1
        with pytest.raises(WannError, match="never overwritten: continue it with --resume"):
            RunDirectory.create(path, OTHER)
    else:
        with pytest.raises(WannError, match="not a run directory"):
            RunDirectory.open(path)
        begin(RunDirectory.create(path, OTHER, "another"))
        assert RunDirectory.open(path).config() == OTHER
    assert begin(RunDirectory.open(path)) == (None, 0)
    assert not list(path.glob(".*.tmp")), "what the kill left is tidied up"


def test_no_instant_is_missing_above(tmp_path, monkeypatch):
    calls = kill_at(monkeypatch, 100)
    RunDirectory.create(tmp_path / "run", CONFIG).close()
    assert len(calls) == 6


@pytest.mark.parametrize(
    "name", ["about.json", "notes.txt", ".config.toml.tmp", ".mine.12.tmp", "champions"]
)
def test_a_folder_with_anything_else_is_left_alone(tmp_path, name):
    if name == "champions":
        (tmp_path / name).mkdir()
    else:
        (tmp_path / name).write_text('{"mine": 1}')
    with pytest.raises(
        WannError, match=r"exists already and is never overwritten: give another folder with --out"
    ):
        RunDirectory.create(tmp_path, CONFIG)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_of_two_at_once_the_second_changes_nothing(tmp_path):
    path = tmp_path / "run"
    with RunDirectory.create(path, CONFIG) as first:
        before = tree(path)
        for begin_second in (
            lambda: RunDirectory.create(path, OTHER),
            lambda: RunDirectory.open(path).resumed_config({"generations": 9}),
            lambda: RunDirectory.open(path).start(new_search(), new_scaler()),
        ):
            with pytest.raises(
                WannError, match="another process is writing to it; wait for it or stop it"
            ):
                begin_second()
        assert tree(path) == before
        first.start(new_search(), new_scaler())
    begin(RunDirectory.open(path))


@pytest.mark.parametrize("finished", [False, True])
def test_a_folder_that_another_process_takes_after_the_first_look_is_its(
    tmp_path, monkeypatch, finished
):
    path, look, winners = tmp_path / "run", RunDirectory._check_new, []

    def slow_look(run):
        look(run)
        monkeypatch.setattr(RunDirectory, "_check_new", look)
        winners.append(RunDirectory.create(path, CONFIG))
        if finished:
            winners[0].close()

    monkeypatch.setattr(RunDirectory, "_check_new", slow_look)
    with pytest.raises(
        WannError, match="never overwritten" if finished else "another process is writing"
    ):
        RunDirectory.create(path, OTHER)
    assert RunDirectory.open(path).config() == CONFIG
    winners[0].close()


def test_runs_without_a_name_that_start_in_the_same_second_have_folders_of_their_own(
    tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(directory.time, "strftime", lambda form: "now")
    made = [RunDirectory.create(None, CONFIG) for _ in range(3)]
    assert [run.path.name for run in made] == [
        "swingup-s1-now",
        "swingup-s1-now-2",
        "swingup-s1-now-3",
    ]
    for run in made:
        begin(run)


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP])
def test_where_the_file_system_has_no_locks_runs_go_on_without(tmp_path, monkeypatch, number):
    fcntl = pytest.importorskip("fcntl")

    def no_locks(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", no_locks)
    assert begin(RunDirectory.create(tmp_path / "run", CONFIG)) == (None, 0)


def test_resuming_removes_the_champions_that_are_evolved_again_and_nothing_else(tmp_path):
    RunDirectory.create(tmp_path, CONFIG).close()
    search, last = searched(3)
    save_checkpoint(tmp_path, search, new_scaler(), last.champion, 40)
    (tmp_path / "history.csv").write_text(LOG)
    theirs = [
        "champions/0003.json",
        "champions/9999.json",
        "champions/10000.json",
        ".champion.json.12.tmp",
        ".history.csv.7.tmp",
        "champions/.0004.json.12.tmp",
    ]
    kept = [
        "champions/0000.json",
        "champions/0002.json",
        "champions/0003.tuned.json",
        "champions/0003.graph.json",
        "champions/0003.topology.png",
        "champions/notes.json",
        "champions/12.json",
        "champions/٠٠٠٩.json",
        "champions/00012.json",
        "tuned.json",
        "tuned.json.log",
        ".tuned.json.12.tmp",
        ".notes.tmp",
        ".a.b.tmp",
        ".mine.json.12.tmp",
        "champions/.mine.json.12.tmp",
        "figures/.x.png.3.tmp",
        "mine/.champion.json.12.tmp",
        "mine/9999.json",
    ]
    for folder in ("champions", "figures", "mine"):
        (tmp_path / folder).mkdir()
    for name in (*theirs, *kept):
        (tmp_path / name).write_text("{}")
    (tmp_path / ".front.json.1.tmp").symlink_to("tuned.json")
    begin(RunDirectory.open(tmp_path))
    assert not [name for name in theirs if (tmp_path / name).exists()]
    assert (
        all((tmp_path / name).read_text() == "{}" for name in kept)
        and (tmp_path / ".front.json.1.tmp").exists()
    )


def test_the_first_record_is_a_checkpoint_and_the_next_one_waits(tmp_path):
    with RunDirectory.create(tmp_path, CONFIG) as run:
        search = new_search()
        run.start(search, new_scaler())
        last = told(search)
        run.record(last, row_of(last))
        first = (tmp_path / "population.npz").read_bytes()
        assert (tmp_path / "front.json").exists()
        last = told(search)
        run.record(last, row_of(last))
        assert (tmp_path / "population.npz").read_bytes() == first
        run.checkpoint()
        assert (tmp_path / "population.npz").read_bytes() != first
    assert len(run.history()["generation"]) == 2


def test_the_road_is_in_the_order_of_generations_and_holds_champions_alone(tmp_path):
    (tmp_path / "champions").mkdir()
    for name in ("10000", "9999", "0002", "100000", "0002.tuned", "notes", "7", "00011"):
        (tmp_path / "champions" / f"{name}.json").write_text("{}")
    champions = RunDirectory(tmp_path).champions()
    assert list(champions) == [2, 9999, 10000, 100000]
    assert [path.name for path in champions.values()] == [
        "0002.json",
        "9999.json",
        "10000.json",
        "100000.json",
    ]


def test_a_checkpoint_of_another_task_is_refused_before_anything_is_changed(tmp_path):
    RunDirectory.create(tmp_path, make_config({"task": "cartpole", "weights": [-1.0, 1.0]})).close()
    # of swingup; the commands that are printed at the end would name its task
    search, last = searched(3)
    save_checkpoint(tmp_path, search, new_scaler(), last.champion, 40)
    (tmp_path / "history.csv").write_text(LOG)
    before = tree(tmp_path)
    with (
        RunDirectory.open(tmp_path) as run,
        pytest.raises(WannError, match="champion is damaged: it is of another"),
    ):
        run.start(new_search(), new_scaler())
    assert tree(tmp_path) == before


def test_a_run_of_a_task_of_ones_own_that_has_no_name_is_resumed(tmp_path):
    RunDirectory.create(tmp_path, make_config({"weights": [-1.0, 1.0]})).close()
    search, last = searched(3)
    save_checkpoint(tmp_path, search, new_scaler(), replace(last.champion, task=None), 40)
    (tmp_path / "history.csv").write_text(LOG)
    with RunDirectory.open(tmp_path) as run:
        found, steps = run.start(new_search(), new_scaler())
    assert found.task is None and steps == 40


@pytest.mark.parametrize(
    ("task", "part", "said"),
    [
        ("swingup", "wann", "it began with wann '0.0.1', now this is "),
        ("gym:CartPole-v1", "gymnasium", "it began with gymnasium '0.0.1', now this is "),
        ("gym:Walk-v0,goal=2.0", "support", None),
        ("support.rings_task:TASK", "support.rings_task", "the file of support.rings_task has ch"),
    ],
)
def test_a_run_that_goes_on_with_another_version_or_file_says_so(task, part, said, tmp_path):
    find_task(task)
    RunDirectory.create(tmp_path, make_config({"task": task})).close()
    run = RunDirectory.open(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run.warn_of_changes()
        about = json.loads((tmp_path / "about.json").read_text())
        (about if part == "wann" else about["task"])[part] = "0.0.1"
        (tmp_path / "about.json").write_text(json.dumps(about))
        if said is None:  # a package that says no version
            return run.warn_of_changes()
    with pytest.warns(UserWarning, match=said):
        run.warn_of_changes()
    for other in ('{"task": 3}', '{"task": {"wann": 7}}', "[]"):  # of another version, or damaged
        (tmp_path / "about.json").write_text(other)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            run.warn_of_changes()
