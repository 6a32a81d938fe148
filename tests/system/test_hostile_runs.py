"""Runs made to hurt: checkpoints, logs and fronts that lie, and links that lead elsewhere."""

import io
import json
import os
import zipfile

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image
from support.genomes import grow
from support.readers import refused
from support.untrusted import CHAMPIONS, CHECKPOINT, FRONT, TOML, champion, new_scaler, new_search

from viz.film import write_film
from viz.style import default_file, save
from wann.champion.champion import Champion
from wann.errors import WannError
from wann.export.__main__ import main as export
from wann.files import write_file
from wann.runs.checkpoint import LAST
from wann.runs.directory import RunDirectory
from wann.runs.history import HISTORY

pytest.importorskip(
    "resource",
    reason="memory is limited and measured by the module resource, which Windows has not",
)


def archive(compress=zipfile.ZIP_STORED, **members):
    """Return a zip file of ``.npy`` members, bytes or arrays, in place of those of a good
    checkpoint.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compress) as file:
        for name, data in (CHECKPOINT | members).items():
            if not isinstance(data, bytes):
                member = io.BytesIO()
                np.save(member, data)
                data = member.getvalue()
            file.writestr(f"{name}.npy", data)
    return buffer.getvalue()


def header(text):
    """Return a ``.npy`` file with this header and no data."""
    return b"\x93NUMPY\x01\x00" + (len(text) + 1).to_bytes(2, "little") + text.encode() + b"\n"


def overlapping():
    """Return a zip file with a member that lies within another one, 40 MB of it, and is found in
    both.
    """
    inner, outer = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(inner, "w") as file:
        file.writestr("conns.npy", bytes(40_000_000))
        within, end = file.infolist()[0], file.start_dir
    with zipfile.ZipFile(outer, "w") as file:
        file.writestr("nodes.npy", inner.getvalue()[:end])
        within.header_offset = 30 + len("nodes.npy")  # after the outer one's header
        file.filelist.append(within)
        for name in CHECKPOINT.keys() - {"nodes", "conns"}:
            file.writestr(f"{name}.npy", b"")
    return outer.getvalue()


def many(n):
    """Return a zip file of n empty members."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for i in range(n):
            file.writestr(str(i), b"")
    return buffer.getvalue()


def long_name():
    """Return a zip file whose first member has a name of 4095 bytes at one of the two places that
    tell it.
    """
    data = bytearray(archive())
    data[26:28] = b"\xff\x0f"
    return bytes(data)


def split_twice():
    """Return splits of which one is there twice: compiled code would write beyond its array."""
    splits = np.repeat(CHECKPOINT["splits"][:1], 1000, axis=0)
    splits[-1] = 7
    return splits


def neither():
    """Return connections whose truth values are neither 0 nor 1."""
    conns = CHECKPOINT["conns"].copy()
    conns["enabled"].view(np.uint8)[:] = 2
    return conns


def foreign(content):
    """Return the bytes of a champion."""
    return np.frombuffer(json.dumps(content).encode(), np.uint8)


def other_task():
    """Return a champion of another task, which compiled code would read beyond its arrays."""
    genome = grow(40, 30, 60, 0)
    return Champion(genome, "swingup", tuple("x" * 40), tuple("y" * 30)).to_json()


SHAPE = "{'descr': '<f8', 'fortran_order': False, 'shape': (%s,), }"
CHECKPOINTS = {
    "bomb": (lambda: archive(zipfile.ZIP_DEFLATED, nodes=np.zeros(10**7)), "compressed"),
    "overlap": (overlapping, "overlap"),
    "many": (lambda: many(60_000), "not a zip file of a few arrays"),
    "some": (lambda: many(20), "its arrays must be"),
    "name": (long_name, "File name in directory"),
    "shape": (lambda: archive(nodes=header(SHAPE % "1000000000000")), "damaged"),
    "shapes": (lambda: archive(nodes=header(SHAPE % "10**12")), "damaged"),
    "code": (
        lambda: archive(nodes=header("{'descr': __import__('os').system('touch imported')}")),
        "damaged",
    ),
    "nested": (
        lambda: archive(nodes=header("{'descr': " + "[" * 5000 + "]" * 5000 + "}")),
        "damaged",
    ),
    "zeros": (lambda: archive(nodes=header("{'descr': '<f8\0'}")), "damaged"),
    "objects": (lambda: archive(nodes=np.array([{"a": 1}], object)), "an array of objects"),
    "kind": (
        lambda: archive(order=CHECKPOINT["order"].astype(float)),
        "order is an array of another kind",
    ),
    "wide": (
        lambda: archive(nodes=CHECKPOINT["nodes"].reshape(1, -1)),
        "nodes is an array of another kind",
    ),
    "starts": (lambda: archive(node_start=np.zeros(10**6, np.int64)), "not a population of 8"),
    "splits": (lambda: archive(splits=split_twice()), "a split is there twice"),
    "truth": (lambda: archive(conns=neither()), "neither true nor false"),
    "generation": (lambda: archive(generation=np.array(2**62)), "senseless"),
    "steps": (lambda: archive(steps=np.array(2**63 - 1)), "senseless"),
    "broken": (
        lambda: archive(champion=foreign(CHAMPIONS[0] | {"inputs": list("abcd")})),
        "damaged",
    ),
    "larger": (lambda: archive(champion=foreign(other_task())), "other inputs or outputs"),
    "garbage": (lambda: archive(champion=np.zeros(9, np.uint8)), "damaged"),
    "empty": (lambda: b"", "damaged"),
    "locator": (
        lambda: archive()[:-42] + b"PK\6\7" + archive()[-38:],
        "not a zip file of a few arrays",
    ),
}


@pytest.mark.slow
def test_checkpoints(tmp_path):
    cases = []
    for name, (make, message) in CHECKPOINTS.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / LAST).write_bytes(make())
        cases.append(("checkpoint", tmp_path / name, message))
    for name, message in (
        ("pipe", "not a regular file"),
        ("sparse", "damaged"),
        ("terabyte", "larger than"),
        ("device", "not a regular file"),
        ("folder", "Is a directory"),
    ):
        (tmp_path / name).mkdir()
        cases.append(("checkpoint", tmp_path / name, message))
    os.mkfifo(tmp_path / "pipe" / LAST)
    os.symlink("/dev/zero", tmp_path / "device" / LAST)
    (tmp_path / "folder" / LAST).mkdir()
    for name, size in (("sparse", 2**30), ("terabyte", 2**40)):
        with open(tmp_path / name / LAST, "wb") as file:
            file.truncate(size)
    refused(tmp_path, cases)
    assert not (tmp_path / "imported").exists()


@pytest.mark.slow
def test_logs_and_fronts(tmp_path):
    row = ",".join(["1"] * len(HISTORY))
    logs = {
        "endless": (b"1," * 2**24, "line of more than"),
        "large": (None, "larger than"),
        "infinite": (f"{row}\n{row}\n".replace("1,1\n", "1,inf\n").encode(), "not a finite number"),
        "huge": (f"{row}\n{row[:-1]}1e308\n".encode(), "not a finite number"),
        "columns": (b"a\n1,2\n1,2\n", "2 columns: must be 10"),
        "text": (f"{row}\n{row[:-1]}x\n".encode(), "not the log"),
        "bytes": (b"a\n\xff\n", "not the log"),
    }
    fronts = {
        "lengths": FRONT | {"population": FRONT["population"] | {"mean": [1.0]}},
        "texts": FRONT | {"population": FRONT["population"] | {"mean": ["1"] * 8}},
        "sizes": FRONT | {"population": FRONT["population"] | {"connections": [2**31] * 8}},
        "networks": FRONT | {"networks": [CHAMPIONS[0], CHAMPIONS[0] | {"nodes": []}]},
        "list": [],
    }
    cases = [("history", tmp_path / name, message) for name, (_, message) in logs.items()]
    cases += [("front", tmp_path / name, "not the Pareto front of a run") for name in fronts]
    for name in logs | fronts:
        (tmp_path / name).mkdir()
    for name, (data, _) in logs.items():
        with open(tmp_path / name / "history.csv", "wb") as file:
            file.write(data or b"")
            file.truncate(file.tell() if data else 2**40)
    for name, content in fronts.items():
        (tmp_path / name / "front.json").write_text(json.dumps(content))
    refused(tmp_path, cases)


@pytest.mark.slow
def test_timings_and_folders_of_seeds(tmp_path):
    timings = {
        "endless": (b"1," * 2**24, "line of more than"),
        "large": (None, "larger than"),
        "infinite": (b"a\n0,1\n1,inf\n", "two columns of finite numbers"),
        "backward": (b"a\n0,1\n1,-1\n", "none below 0"),
        "columns": (b"a\n1,2,3\n", "two columns"),
        "text": (b"a\n0,x\n", "not the timing of a run"),
    }
    seeds = {
        "deep": (b"[" * 10**5, "seeds.json"),
        "terabyte": (None, "larger than"),
        "list": (b"[]", "not the file of a folder of seeds"),
        "many": (json.dumps({"format": "wann-seeds", "seeds": [0] * 10**5}).encode(), "a list of"),
    }
    cases = []
    for kind, file, contents in (
        ("timing", "timing.csv", timings),
        ("seeds", "seeds.json", seeds),
    ):
        for name, (data, message) in contents.items():
            (tmp_path / name).mkdir()
            cases.append((kind, tmp_path / name, message))
            with open(tmp_path / name / file, "wb") as spoilt:
                spoilt.write(data or b"")
                spoilt.truncate(spoilt.tell() if data else 2**40)
    refused(tmp_path, cases)


def test_a_front_of_hundreds_of_networks_loads(tmp_path):
    (tmp_path / "front.json").write_text(json.dumps(FRONT | {"networks": CHAMPIONS * 200}))
    assert len(RunDirectory(tmp_path).front()["networks"]) == 600


PICTURE = Image.new("RGB", (2, 2))


@pytest.fixture
def run(tmp_path):
    """Return a run, and a folder of the user with files that it is after."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.json").write_text("mine")
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "config.toml").write_bytes(TOML)
    return tmp_path / "run", tmp_path / "mine"


def test_links_in_a_run_lead_nowhere(run):
    path, mine = run
    os.symlink(mine, path / "champions")
    os.symlink(mine, path / "figures")
    with RunDirectory.open(path) as opened:
        with pytest.raises(WannError, match=r"champions: is a link"):
            opened.start(new_search(), new_scaler())
        with pytest.raises(WannError, match=r"figures: is a link"):
            _ = opened.figures
    assert [file.read_text() for file in mine.iterdir()] == ["mine"]


def test_links_in_place_of_files_are_not_written_through(run):
    path, mine = run
    temporary = path / f".champion.json.{os.getpid()}.tmp"
    for link in (temporary, path / "champion.json", path / "history.csv"):
        os.symlink(mine / "notes.json", link)
    champion(0).save(path / "champion.json")
    with RunDirectory.open(path) as opened:
        opened.start(new_search(), new_scaler())
    os.symlink(mine / "notes.json", temporary)
    write_file(path / "champion.json", "theirs")
    assert not (path / "champion.json").is_symlink() and not (path / "history.csv").is_symlink()
    (path / ".lock").unlink()
    os.symlink(mine / "notes.json", path / ".lock")
    with RunDirectory.open(path) as opened, pytest.raises(WannError, match=r"\.lock: is a link"):
        opened.start(new_search(), new_scaler())
    assert (mine / "notes.json").read_text() == "mine"
    (path / ".lock").unlink()
    os.mkfifo(path / ".lock")
    with (
        RunDirectory.open(path) as opened,
        pytest.raises(WannError, match=r"\.lock: not a regular file"),
    ):
        opened.start(new_search(), new_scaler())


def test_figures_and_exports_are_not_written_through_a_linked_folder_of_a_run(run):
    path, mine = run
    champion(0).save(mine / "0000.json")
    for name in ("figures", "champions"):
        os.symlink(mine, path / name)
    os.symlink(mine, path.parent / "figures")  # the user's own
    figure = Figure((1, 1))
    before = sorted(mine.iterdir())
    refused = (
        lambda: save(figure, default_file(path, "curves")),
        lambda: save(figure, path / "figures" / "mine.svg"),
        lambda: save(figure, default_file(path / "champions" / "0000.json", "topology")),
        lambda: export([str(path / "champions" / "0000.json"), "--to", "json"]),
        lambda: write_film(path / "figures" / "a.gif", lambda _: [PICTURE] * 2, [PICTURE]),
    )
    for write in refused:
        with pytest.raises(WannError, match=r"(figures|champions): is a link"):
            write()
    assert sorted(mine.iterdir()) == before
    save(figure, path.parent / "figures" / "mine.svg")
    export(
        [
            str(path / "champions" / "0000.json"),
            "--to",
            "json",
            "-o",
            str(path.parent / "figures" / "x.json"),
        ]
    )
    (path.parent / "config.toml").write_text("")  # the user's own project
    os.symlink(mine, path.parent / "out")
    save(figure, path.parent / "out" / "out.svg")
    assert {file.name for file in mine.iterdir()} == {
        "notes.json",
        "0000.json",
        "mine.svg",
        "out.svg",
        "x.json",
    }


def test_whatever_marks_a_run_or_a_comparison_keeps_its_linked_folders_from_being_written_through(
    tmp_path,
):
    (tmp_path / "mine").mkdir()
    for mark, folder in (("champion.json", "figures"), ("results.csv", "networks")):
        stranger = tmp_path / mark.partition(".")[0]
        stranger.mkdir()
        (stranger / mark).write_text("")
        os.symlink(tmp_path / "mine", stranger / folder)
        with pytest.raises(WannError, match=f"{folder}: is a link"):
            write_file(stranger / folder / "x.png", "theirs")
    assert not list((tmp_path / "mine").iterdir())


def test_the_champion_of_a_checkpoint_has_the_scores_that_its_run_needs(run):
    path, _ = run
    (path / LAST).write_bytes(archive())
    with (
        RunDirectory.open(path) as opened,
        pytest.raises(WannError, match=r"champion is damaged: scores\.per_weight"),
    ):
        opened.start(new_search(), new_scaler())
    (path / "config.toml").write_text("weights = [-1.0, 1.0]")
    rows = (f"{k}{',1.0' * (len(HISTORY) - 1)}" for k in range(3))
    (path / "history.csv").write_text("\n".join((",".join(HISTORY), *rows)))
    with RunDirectory.open(path) as opened:
        assert opened.start(new_search(), new_scaler())[1] == 40
