"""Several seeds, one after another: the same runs as one by one, whatever happens between."""

import json
import shutil
import signal
import time

import pytest
from support.command import call, result, started

import wann
from wann.errors import WannError
from wann.evolve.seeds import seeds_of
from wann.runs.seeds import SeedsFolder

QUICK = ["--set", "search.population=16", "--set", "generations=3", "--set", "report_trials=10"]
CARTPOLE = ["cartpole", *QUICK, "--backend", "serial"]


def test_seeds_of():
    assert seeds_of("0-9") == list(range(10)) and seeds_of("4") == [4] == seeds_of("4-4")
    assert seeds_of("5,0,2") == [5, 0, 2] and seeds_of("0-2, 7,9-10") == [0, 1, 2, 7, 9, 10]
    assert len(seeds_of("1-10000")) == 10_000 and seeds_of(f"{2**63 - 1}") == [2**63 - 1]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "must be whole numbers from 0 on, as 0-9 or 0,2,5 or 0-4,7"),
        ("a-b", "must be whole numbers"),
        ("-3", "must be whole numbers"),
        ("1,,2", "must be whole numbers"),
        ("1.5", "must be whole numbers"),
        ("٣", "must be whole numbers"),
        ("0-", "must be whole numbers"),
        ("9-0", "9-0 is backward: give 0-9"),
        ("0-10000", "are more than 10000: give fewer"),
        ("0-99999999999", "are more than 10000: give fewer"),
        (f"{2**63}", "must be at most"),
        ("0-3,2", "a seed is there twice: name each once"),
    ],
)
def test_seeds_that_are_none(text, message):
    with pytest.raises(WannError) as error:
        seeds_of(text)
    assert message in str(error.value) and str(error.value).startswith("--seeds ")
    done = call(*CARTPOLE, f"--seeds={text}")
    assert done.returncode == 2 and done.stderr.count("\n") == 1


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """Return a folder with the runs of seeds 0 to 2, each evolved by itself."""
    path = tmp_path_factory.mktemp("alone")
    for seed in range(3):
        done = call(*CARTPOLE, "--seed", seed, "--out", path / f"s{seed}")
        assert done.returncode == 0, done.stderr
    return path


def are_the_same(folder, alone, seeds=range(3)):
    return all(result(folder / f"s{seed}") == result(alone / f"s{seed}") for seed in seeds)


def test_seeds_are_the_runs_of_each(alone, tmp_path):
    path = tmp_path / "all"
    done = call(*CARTPOLE, "--seeds", "0-2", "--out", path)
    assert done.returncode == 0, done.stderr
    assert are_the_same(path, alone)
    for seed in range(3):
        assert f"cartpole: 3 generations, seed {seed}, in {path / f's{seed}'}\n" in done.stdout
        config = (path / f"s{seed}" / "config.toml").read_text()
        assert config == (alone / f"s{seed}" / "config.toml").read_text()
    table = done.stdout.partition("\n  seed ")[2].splitlines()
    assert table[0].split() == ["score", "success", "%", "connections"]
    assert [row.split()[0] for row in table[1:5]] == ["0", "1", "2", "median"]
    assert done.stdout.endswith(f" compare {path}\n")
    # again: nothing to do; more: the others are as they were
    again = call(*CARTPOLE, "--seeds", "0-2", "--out", path)
    assert again.returncode == 0 and again.stdout.count(" is finished, in ") == 3
    more = call(*CARTPOLE, "--seeds", "2,7", "--out", path)
    assert more.returncode == 0 and more.stdout.count(" is finished, in ") == 1
    assert SeedsFolder.open(path).seeds == [0, 1, 2, 7] and are_the_same(path, alone)
    assert wann.load(path / "s7").provenance["config"]["seed"] == 7
    shutil.rmtree(path / "s1")
    assert call("--resume", path).returncode == 0 and are_the_same(path, alone)
    # single runs in it are ordinary
    done = call("--resume", path / "s7", "--set", "generations=4")
    assert done.returncode == 0 and "resumed at generation 3" in done.stdout


def test_all_go_on_to_a_later_generation(alone, tmp_path):
    path = tmp_path / "all"
    short = [*CARTPOLE, "--set", "generations=2"]
    assert call(*short, "--seeds", "0-2", "--out", path).returncode == 0
    done = call("--resume", path, "--set", "generations=1")
    assert done.returncode == 2 and "give as many or more" in done.stderr
    done = call("--resume", path, "--set", "generations=3", "--backend", "serial")
    assert done.returncode == 0 and done.stdout.count("resumed at generation 2") == 3
    assert are_the_same(path, alone) and SeedsFolder.open(path).config.generations == 3


def test_json(tmp_path):
    done = call(*CARTPOLE, "--seeds", "3,1", "--out", tmp_path / "all", "--json")
    assert done.returncode == 0, done.stderr
    content = json.loads(done.stdout)
    assert content["folder"] == str(tmp_path / "all") and content["stopped"] is False
    assert [row["seed"] for row in content["runs"]] == [3, 1]
    champion = content["runs"][1]["champion"]
    assert champion == wann.load(tmp_path / "all" / "s1").to_json()


def test_all_start_from_one_network(alone, tmp_path):
    path = tmp_path / "all"
    arguments = [*CARTPOLE, "--start", alone / "s0"]
    assert call(*arguments, "--seeds", "1-2", "--out", path).returncode == 0
    assert call(*arguments, "--seed", "2", "--out", tmp_path / "one").returncode == 0
    assert result(path / "s2") == result(tmp_path / "one")
    shutil.rmtree(path / "s2")
    assert call("--resume", path, "--backend", "serial").returncode == 0
    assert result(path / "s2") == result(tmp_path / "one")
    done = call(*CARTPOLE, "--seeds", "3", "--out", path)
    assert done.returncode == 2 and "its runs have another start" in done.stderr


def test_without_out_it_is_in_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = call(*CARTPOLE, "--seeds", "1,2")
    assert done.returncode == 0, done.stderr
    (path,) = (tmp_path / "runs").iterdir()
    assert path.name.startswith("cartpole-seeds-20")
    assert sorted(p.name for p in path.iterdir() if p.is_dir()) == ["s1", "s2"]


# ------------------------------------------------------------------------------- what is refused
def test_what_is_refused_is_one_line(alone, tmp_path):
    path = tmp_path / "all"
    assert call(*CARTPOLE, "--seeds", "0", "--out", path).returncode == 0
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "x").write_text("mine")
    linked = tmp_path / "linked"
    shutil.copytree(path, linked)
    shutil.rmtree(linked / "s0")
    (linked / "s0").symlink_to(alone / "s0")
    other = tmp_path / "other"
    shutil.copytree(path, other)
    shutil.rmtree(other / "s0")
    shutil.copytree(alone / "s1", other / "s0")
    seeds = ["--seeds", "0-1", "--out"]
    cases = [
        ([*CARTPOLE, *seeds, path, "--seed", "3"], "--seed 3 beside several seeds: give --seeds"),
        ([*CARTPOLE, *seeds, path, "--set", "seed=3"], "--set seed=3 beside several seeds"),
        (["--resume", path, "--seed", "3"], "--seed 3 beside several seeds"),
        (["--resume", path, "--seeds", "3"], "no --start and no --seeds with it"),
        (["--resume", path, "--set", "trials=9"], "--resume with another trials: runs keep"),
        (["--resume", path, "--set", "trial=9"], "unknown key trial: did you mean trials?"),
        (
            [*CARTPOLE, "--set", "trials=9", *seeds, path],
            "its runs have another trials: give anoth",
        ),
        (
            [*CARTPOLE, "--set", "generations=4", *seeds, path],
            f"the runs in {path} are of 3: give another folder with --out, or have all go on by",
        ),
        (["swingup", *QUICK, *seeds, path], "its runs have another "),
        ([*CARTPOLE, *seeds, alone / "s0"], "s0: is a run: give another folder with --out"),
        ([*CARTPOLE, *seeds, tmp_path / "files"], "exists already and is no folder of seeds"),
        ([*CARTPOLE, *seeds, tmp_path / "files" / "x"], "exists already and is no folder of seeds"),
        ([*CARTPOLE, *seeds, linked], "s0: is a link: put a folder in its place"),
        ([*CARTPOLE, *seeds, other], "s0: not of this folder: it differs in seed: move it"),
        ([*CARTPOLE, "--out", path], "all: exists already and is never overwritten"),
    ]
    for arguments, message in cases:
        done = call(*arguments)
        assert done.returncode == 2 and done.stderr.count("\n") == 1, (message, done)
        assert message in done.stderr, (message, done.stderr)
    assert SeedsFolder.open(path).seeds == [0], "nothing of it was taken"
    assert sorted(p.name for p in path.iterdir() if p.is_dir()) == ["s0"]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("format", "x"),
        ("seeds", []),
        ("seeds", [True]),
        ("seeds", [-1]),
        ("seeds", [1, 1]),
        ("seeds", "0-9"),
        ("seeds", [0.5]),
        ("data", 3),
        ("config", None),
        ("config", {"task": "\x1b[31m"}),
        ("config", {"nonsense": 1}),
    ],
)
def test_a_damaged_file_is_named(key, value, tmp_path):
    folder = tmp_path / "all"
    SeedsFolder.take(folder, wann.configure("cartpole"), [0], None, None)
    content = json.loads((folder / "seeds.json").read_text())
    (folder / "seeds.json").write_text(json.dumps({**content, key: value}))
    for arguments in (["--resume", folder], [*CARTPOLE, "--seeds", "1", "--out", folder]):
        done = call(*arguments)
        assert done.returncode == 2 and done.stderr.count("\n") == 1, done
        assert "seeds.json: not the file of a folder of seeds: " in done.stderr
        assert "\x1b" not in done.stderr


def test_a_task_that_is_code_is_named_by_the_command_line(tmp_path):
    config = wann.configure("cartpole", task="support.output_task:TASK")
    SeedsFolder.take(tmp_path / "all", config, [0], None, None)
    done = call("--resume", tmp_path / "all")
    assert done.returncode == 2 and "add --set task=support.output_task:TASK" in done.stderr


def test_other_data_is_told(tmp_path):
    folder = SeedsFolder.take(tmp_path / "all", wann.configure("cartpole"), [0], "digest", None)
    assert SeedsFolder.open(folder.path).data == "digest"
    done = call("--resume", folder.path)
    assert done.returncode == 2 and "made with other data: give the same" in done.stderr


# --------------------------------------------------------------------------- stopped and killed
SLOW = (
    "import sys, time; from wann.evolve.__main__ import command; from wann.search import search;"
    "from wann.runs import directory; directory.SECONDS_BETWEEN_CHECKPOINTS = 0;"
    "tell = search.WannSearch.tell;"
    "search.WannSearch.tell = lambda *a: (time.sleep(0.5), tell(*a))[1]; command()"
)


def wait_for(process, run, rows):
    """Wait until a run has this many generations, and a checkpoint of one."""
    log = run / "history.csv"
    while not ((run / "population.npz").exists() and log.read_text().count("\n") > rows):
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)


@pytest.mark.slow
def test_killed_in_the_middle_and_stopped_the_same_command_goes_on(alone, tmp_path):
    path = tmp_path / "all"
    command = [*CARTPOLE, "--seeds", "0-2", "--out", path]
    process = started(SLOW, *command)
    wait_for(process, path / "s1", 1)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert (path / "s0" / "champion.json").exists() and not (path / "s2").exists()
    process = started(SLOW, *command)
    wait_for(process, path / "s1", 2)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=240)
    assert process.returncode == 130 and "seed 0 is finished, in" in out, (out, err)
    assert "stopping after this generation" in out and f"evolve --resume {path}" in err
    done = call(*command)
    assert done.returncode == 0, done.stderr
    assert are_the_same(path, alone) and not list(path.rglob(".*.tmp"))


def test_killed_before_anything_the_same_command_begins(alone, tmp_path):
    path = tmp_path / "all"
    path.mkdir()
    (path / ".lock").touch()
    (path / "start.json").write_text("{")  # of a start that this one has not
    (path / ".seeds.json.123.tmp").write_text("{")
    assert call(*CARTPOLE, "--seeds", "1", "--out", path).returncode == 0
    assert are_the_same(path, alone, [1])
