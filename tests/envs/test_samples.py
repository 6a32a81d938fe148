"""A user's own samples: what a file may cost, and the command."""

import gzip
import io
import json
import os
import warnings
import zipfile

import numpy as np
import pytest
from support.command import call, run
from support.readers import refused
from support.sample_files import NAMED, csv_file, npz_file, rows

import wann
from envs.samples import load
from wann.champion.task import task_of
from wann.errors import WannError
from wann.evolve.__main__ import main
from wann.tasks import find_task


@pytest.mark.slow
def test_files_that_would_fill_the_memory(tmp_path):
    pytest.importorskip(
        "resource", reason="memory is limited by the module resource, which Windows has not"
    )
    with zipfile.ZipFile(tmp_path / "bomb.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("X.npy", bytes(2**24))
        archive.writestr("y.npy", b"")
        archive.infolist()[0].file_size = 2**30 + 1
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "<f8", "fortran_order": False, "shape": (10**9, 100)}
    )
    with zipfile.ZipFile(tmp_path / "lie.npz", "w") as archive:
        archive.writestr("X.npy", header.getvalue())
        archive.writestr("y.npy", header.getvalue())
    short = bytes(2**24)
    np.savez(
        tmp_path / "rows.npz", X=np.zeros((2**24, 1), np.uint8), y=np.frombuffer(short, np.uint8)
    )
    np.savez_compressed(
        tmp_path / "packed.npz", X=np.zeros((2**12, 2**9), order="F"), y=np.arange(2**12) % 2
    )
    np.savez_compressed(
        tmp_path / "long.npz", X=np.zeros((4, 1)), y=np.array(["x"] * 4, "U1200000")
    )
    (tmp_path / "packed.csv.gz").write_bytes(
        gzip.compress(b"1,a\n2,b\n" + (b" " * 2**19 + b"\n") * 40)
    )
    np.savez_compressed(
        tmp_path / "text.npz", X=np.zeros((2**9, 1), np.uint8), y=np.full(2**9, "x" * 2000)
    )
    (tmp_path / "label.csv").write_bytes(b"1,a\n2,b\n" * 5000 + b"1," + b"x" * 131_000 + b"\n")
    (tmp_path / "line.csv.gz").write_bytes(gzip.compress(b"1" * 2**24))
    (tmp_path / "line.csv").write_bytes(b"1," * 2**20)
    (tmp_path / "quote.csv").write_bytes(b'"' + b"a\n" * 2**20)
    (tmp_path / "header.csv").write_bytes(b"a," * 2**18 + b"\n")
    with open(tmp_path / "sparse.csv", "wb") as file:
        file.truncate(2**40)
    refused(
        tmp_path,
        [
            ("samples", tmp_path / "bomb.npz", "its arrays are too large"),
            ("samples", tmp_path / "lie.npz", "not an .npz file of such arrays"),
            (
                "samples",
                tmp_path / "rows.npz",
                "X has 16777216 samples and 16777216 values: must be at most",
            ),
            (
                "samples",
                tmp_path / "text.npz",
                "text of 8000 bytes each: must be of at most 1000 characters",
            ),
            (
                "samples",
                tmp_path / "packed.npz",
                "unpacks to more than 16 MiB and 200 times its size: .*give it unpacked",
            ),
            (
                "samples",
                tmp_path / "long.npz",
                "unpacks to more than 16 MiB and 200 times its size",
            ),
            (
                "samples",
                tmp_path / "packed.csv.gz",
                "near row 34: .*unpacks to more than 16 MiB and 200 times",
            ),
            (
                "samples",
                tmp_path / "label.csv",
                "row 10001 has a class of 131000 characters: must be of at most 1000",
            ),
            ("samples", tmp_path / "line.csv.gz", "a line of more than"),
            ("samples", tmp_path / "line.csv", "a line of more than"),
            ("samples", tmp_path / "quote.csv", "near row 1"),
            (
                "samples",
                tmp_path / "header.csv",
                "262144 inputs: inputs x classes must be at most 50000",
            ),
            ("samples", tmp_path / "sparse.csv", "larger than"),
        ],
    )


def test_how_much_is_made_of_a_file_is_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr("envs.tables.MOST_SAMPLES", 21)
    load(csv_file(tmp_path / "most.csv", NAMED))
    (tmp_path / "empty.csv.gz").write_bytes(gzip.compress(b"\n" * 22))
    for path in (csv_file(tmp_path / "a.csv", [*NAMED, "1,2,yes"]), tmp_path / "empty.csv.gz"):
        with pytest.raises(WannError, match=r"near row 22: .*more than 21 lines or 256 MiB"):
            load(path)
    monkeypatch.setattr("envs.tables.LARGEST_TABLE", 2**20)
    (tmp_path / "long.csv.gz").write_bytes(
        gzip.compress(b"1,a\n" + b" " * 2**19 + b"\n" + b" " * 2**19)
    )
    with pytest.raises(WannError, match=r"near row 3: .*more than 21 lines or 1 MiB"):
        load(tmp_path / "long.csv.gz")
    monkeypatch.setattr("envs.tables.MOST_VALUES", 39)
    with pytest.raises(WannError, match="more than 39 values of inputs"):
        load(csv_file(tmp_path / "b.csv", NAMED))
    monkeypatch.setattr("envs.arrays.MOST_VALUES", 119)
    with pytest.raises(
        WannError, match="X has 20 samples and 120 values: must be at most 10000000 and 119"
    ):
        load(npz_file(tmp_path / "b.npz"))


# -------------------------------------------------------------------------------------- the command
def test_an_input_of_another_size_is_named_once_and_taken_as_it_is(tmp_path):
    lines = ["small,large,class", *(f"{i / 20},{i * 90},{'ab'[i % 2]}" for i in range(20))]
    path = csv_file(tmp_path / "a.csv", lines)
    with pytest.warns(
        UserWarning,
        match=r"a\.csv: 'large' goes up to \d+: inputs are taken as they are.*scale them",
    ):
        task = load(path)
    assert task.train.inputs.max() > 1000
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        load(path)
        load(csv_file(tmp_path / "b.csv", NAMED))


@pytest.mark.slow
def test_a_run_of_a_file_and_its_resumption(tmp_path, monkeypatch):
    csv_file(tmp_path / "my own.csv", NAMED)
    csv_file(tmp_path / "other.csv", [*NAMED, "7,7,yes"])
    csv_file(tmp_path / "wider.csv", [f"0,{line}" for line in rows()])
    small = ("--set", "search.population=16", "--set", "generations=3")
    done = run("my own.csv", *small, "--out", "mine", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert " assess mine --data 'my own.csv'\n" in done.stdout
    assert wann.load(tmp_path / "mine").provenance["data"] == load(tmp_path / "my own.csv").digest
    before = {path: path.read_bytes() for path in (tmp_path / "mine").rglob("*") if path.is_file()}
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WANN_DATA", "")
    with pytest.raises(
        WannError, match=r"give it with --data FILE\.csv or FILE\.npz, or WANN_DATA"
    ):
        main(["--resume", "mine"])
    for other in ("other.csv", "wider.csv"):
        with pytest.raises(
            WannError,
            match="mine: this run was made with other data: give the same with --data PATH",
        ):
            main(["--resume", "mine", "--data", other, "--set", "generations=5"])
    assert {
        path: path.read_bytes() for path in (tmp_path / "mine").rglob("*") if path.is_file()
    } == before
    again = run("--resume", "mine", "--data", "my own.csv", "--set", "generations=5", cwd=tmp_path)
    assert again.returncode == 0 and "resumed at generation 3" in again.stdout, again.stderr
    straight = run(
        "samples",
        "--data",
        "my own.csv",
        *small[:2],
        "--set",
        "generations=5",
        "--out",
        "b",
        cwd=tmp_path,
    )
    assert straight.returncode == 0, straight.stderr
    for name in ("champion.json", "history.csv"):
        assert (tmp_path / "b" / name).read_bytes() == (tmp_path / "mine" / name).read_bytes()


def test_a_run_says_what_it_takes_for_what_and_remembers_the_class(tmp_path, monkeypatch):
    monkeypatch.delenv("WANN_DATA", raising=False)
    first = csv_file(
        tmp_path / "first.csv",
        [",".join(line.split(",")[::-1]) for line in (NAMED[0], *rows(classes="01"))],
    )
    small = (
        "--set",
        "search.population=16",
        "--set",
        "search.tournament=4",
        "--backend",
        "serial",
        "--workers",
        1,
    )
    run = ("--target", "class", *small, "--set", "generations=1", "--out", tmp_path / "run")
    done = call(first, *run)
    assert done.returncode == 0, done.stderr
    told = (
        "samples: class: class (2: 0, 1); inputs: (2: height, width); 14 + 2 + 4 samples to"
        " train on"
    )
    assert done.stdout.startswith(told) and f"--data {first} --target=class" in done.stdout
    champion = wann.load(tmp_path / "run")
    assert champion.inputs == ("height", "width") and champion.provenance["target"] == "class"
    monkeypatch.setenv("WANN_DATA", str(first))
    assert (
        task_of(champion).digest == champion.provenance["data"] and "WANN_TARGET" not in os.environ
    )
    resumed = ("--resume", tmp_path / "run", "--data", first, "--set", "generations=2", "--json")
    assert "of which '0.0' has 1 samples" in call(*resumed).stderr
    done = call(*resumed, "--target", "class")
    assert (
        done.returncode == 0
        and done.stderr.startswith(told)
        and json.loads(done.stdout)["champion"]["inputs"]
    )
    done = call("swingup", "--target", "class")
    assert (
        done.returncode == 2
        and "--target class: only a table of samples has such columns" in done.stderr
    )


def test_files_of_other_endings_are_told_so(tmp_path):
    for name in ("table.xlsx", "table.csv.bz2", "table.json"):
        done = call(csv_file(tmp_path / name, NAMED))
        assert done.returncode == 2 and done.stderr.count("\n") == 1
        assert (
            f"{name}: a file of samples must end in .csv, .tsv, .txt, .data, .csv.gz" in done.stderr
        )
    for name in ("table.tsv", "table.data.gz"):
        assert (
            call(tmp_path / name).stderr == f"error: {tmp_path / name}: No such file or directory\n"
        )
    assert "unknown configuration" in call(tmp_path / "table.xls").stderr


def test_commands_that_are_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WANN_DATA", "")
    csv_file(tmp_path / "a.csv", [*NAMED, "1,x,yes"])
    for arguments, message in (
        (["samples"], "the task samples needs a file"),
        (["a.csv", "--data", "b.csv"], "--data b.csv beside a.csv: give the file of samples once"),
        (["a.csv"], "a.csv: row 22 has 'x' for 'height'"),
    ):
        with pytest.raises(WannError, match=message):
            main(arguments)
    done = run("b.csv", cwd=tmp_path)
    assert done.returncode == 2 and done.stderr == "error: b.csv: No such file or directory\n"
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


def test_samples_of_every_layout_are_the_same(tmp_path):
    x = np.random.default_rng(0).normal(size=(5000, 20, 15)).astype(np.float16)
    found = set()
    for k, dtype in enumerate((np.float16, np.float32, np.float64, ">f4", np.longdouble)):
        for order in "CF":
            path = npz_file(
                tmp_path / f"{k}{order}.npz", X=x.astype(dtype, order=order), y=np.arange(5000) % 2
            )
            found.add(load(path).digest)
    assert len(found) == 1
    bad = x.astype(np.float64)
    bad[4321, 7, 3] = 1e39
    with pytest.raises(
        WannError, match=r"X\[4321\] has inf for input 109: must be a finite number in float32"
    ):
        load(npz_file(tmp_path / "bad.npz", X=np.asfortranarray(bad), y=np.arange(5000) % 2))


def test_a_file_that_changes_is_read_again(tmp_path, monkeypatch):
    folders = [tmp_path / name for name in "ab"]
    for folder, classes in zip(folders, ("01", "23"), strict=True):
        folder.mkdir()
        csv_file(folder / "own.csv", rows(classes=classes))
    monkeypatch.setenv("WANN_DATA", "own.csv")
    found = []
    for folder, outputs in zip(folders, (("0", "1"), ("2", "3")), strict=True):
        monkeypatch.chdir(folder)
        found.append(find_task("samples"))
        assert found[-1].outputs == outputs and find_task("samples") is found[-1] is load(
            folder / "own.csv"
        )
    for change, inputs in (
        ([*NAMED], ("width", "height")),
        ([*NAMED[:-1], "8,8,no"], ("width", "height")),
    ):
        csv_file(folders[1] / "own.csv", change)
        found.append(find_task("samples"))
        assert (
            found[-1].inputs == inputs
            and load(folders[1] / "own.csv") is found[-1] is not found[-2]
        )
    os.utime("own.csv", ns=(0, 0))
    assert find_task("samples").digest == found[-1].digest != found[-2].digest
    (folders[1] / "own.csv").unlink()
    with pytest.raises(OSError, match="No such file"):
        find_task("samples")
    with pytest.raises(WannError, match="null"):
        load(folders[0] / "a\0.csv")


def test_names(monkeypatch, tmp_path):
    monkeypatch.setenv("WANN_DATA", str(npz_file(tmp_path / "a.npz")))
    assert find_task("samples") is load(tmp_path / "a.npz")
    monkeypatch.delenv("WANN_DATA")
    with pytest.raises(WannError, match="needs a file"):
        find_task("samples")
