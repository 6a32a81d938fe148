"""A user's own samples: what files may look like, and what is said of those that may not."""

import io
import warnings
import zipfile

import numpy as np
import pytest
from command import run
from readers import refused

import wann
from envs import samples
from envs.content import MOST_CONNECTIONS
from envs.samples import load
from envs.tables import LONGEST_ROW
from wann.errors import WannError
from wann.evolve import main
from wann.tasks import find_task


def rows(n=20, separator=",", classes=("yes", "no")):
    """Return n lines of two numbers and a class."""
    return [separator.join((f"{i / 10}", f"{-i}e-1", classes[i % len(classes)])) for i in range(n)]


def csv_file(path, lines, encoding="utf-8"):
    path.write_bytes("\n".join(lines).encode(encoding))
    return path


def npz_file(path, save=np.savez, **changed):
    rng = np.random.default_rng(0)
    arrays = {"X": rng.normal(size=(20, 2, 3)), "y": np.arange(20) % 2} | changed
    save(path, **{name: array for name, array in arrays.items() if array is not None})
    return path


def everything(task):
    """Return all samples of a task as a set of (inputs, name of the class)."""
    parts = task.train, task.validation, task.test
    return {(*x, task.outputs[y]) for part in parts for x, y in zip(part.inputs.tolist(), part.labels, strict=True)}


# ------------------------------------------------------------------------------------------------ CSV
def test_a_table_with_and_without_names(tmp_path):
    bare = load(csv_file(tmp_path / "bare.csv", rows()))
    named = load(csv_file(tmp_path / "named.csv", ["width,height,class", *rows()]))
    assert bare.inputs == ("input 1", "input 2") and named.inputs == ("width", "height")
    assert bare.outputs == named.outputs == ("no", "yes")
    expected = {(float(np.float32(i / 10)), float(np.float32(-i / 10)), ("yes", "no")[i % 2]) for i in range(20)}
    assert everything(bare) == everything(named) == expected
    assert [len(part.labels) for part in (bare.train, bare.validation, bare.test)] == [14, 2, 4] and bare.batch == 14
    for part in (bare.train, bare.validation, bare.test):
        assert np.ptp(np.bincount(part.labels)) == 0
    assert bare.digest != named.digest and load(tmp_path / "bare.csv") is bare


@pytest.mark.parametrize(
    "lines",
    [
        ['"width","height","class"', *('"' + line.replace(",", '","') + '"' for line in rows())],
        ["width;height;class", *rows(separator=";")],
        ["width\theight\tclass", *rows(separator="\t")],
        ["width, height, class", *(line.replace(",", " , ") for line in rows()), "", "   "],
        ["\ufeffwidth,height,class", *(line + "\r" for line in rows())],
        ["width,height,class", "", *rows()],
    ],
    ids=["quoted", "semicolons", "tabs", "spaces", "windows", "empty lines"],
)
def test_tables_as_programs_write_them(tmp_path, lines):
    plain = load(csv_file(tmp_path / "plain.csv", ["width,height,class", *rows()]))
    assert load(csv_file(tmp_path / "other.CSV", lines)).digest == plain.digest


def test_names_and_classes_with_separators_and_quotes(tmp_path):
    lines = ['"a, b","say ""c""",class', *rows(classes=('"x, y"', '"say ""z"""'))]
    task = load(csv_file(tmp_path / "a.csv", lines))
    assert task.inputs == ("a, b", 'say "c"') and task.outputs == ('say "z"', "x, y")
    task = load(csv_file(tmp_path / "b.csv", rows(classes=("größer", "大"))))
    assert task.outputs == ("größer", "大")


def test_classes_that_are_numbers_come_in_their_order(tmp_path):
    task = load(csv_file(tmp_path / "a.csv", rows(66, classes=[str(k) for k in range(11)])))
    assert task.outputs == tuple(map(str, range(11)))
    for part in (task.train, task.test):
        for x, y in zip(part.inputs[:, 0], part.labels, strict=True):
            assert round(float(x) * 10) % 11 == y


NAMED = ["width,height,class", *rows()]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([*NAMED, "1.5,x,yes"], "row 22 has 'x' for 'height': must be a finite number"),
        ([*NAMED, "", "nan,2,yes"], "row 23 has 'nan' for 'width': must be a finite number"),
        ([*NAMED, "1,-inf,yes"], "row 22 has '-inf' for 'height'"),
        ([*NAMED, "1,1e39,yes"], "row 22 has '1e39' for 'height'"),
        ([*NAMED, "1,,yes"], "row 22 has '' for 'height': .* remove or replace such rows"),
        ([*NAMED, "1,2,"], "row 22 has no class: it is in the last column"),
        ([*NAMED, "1,2,3,yes"], "row 22 has 4 values: must have 3, as the first"),
        ([*NAMED, "1"], "row 22 has 1 values"),
        ([*NAMED, "1,2,rare"], "3 classes, of which 'rare' has 1 samples: must be at least 2, of at least 5"),
        (["5,1;3,5;a", "4,9;3,0;b"], "row 2 has '4,9' for '5,1': must be a finite number with a decimal point"),
        (
            [line.replace(",", " ") for line in rows()],
            "row 1 has one value: .* separated by commas, semi",
        ),
        (["a,a,class", *rows()], "'a' is the name of several columns"),
        ([",height,class", *rows()], "column 1 has no name: give it one, or remove it if it counts the rows"),
        (["a\x1b[31m,b,class", *rows()], r"'a\\x1b\[31m' is the name of a column or class: must be printable"),
        ([*NAMED, *rows(classes=["x" * 1001])], "at most 1000 characters"),
        ([*NAMED, '1,"2\n3",yes'], "near row 22: not a CSV file in UTF-8"),
        ([*NAMED, "1," + "2" * LONGEST_ROW + ",yes"], f"a line of more than {LONGEST_ROW} bytes"),
        (["width,height,class"], "0 classes: must be at least 2"),
        ([], "0 classes"),
        ([line.replace("no", "yes") for line in NAMED], "1 classes, of which 'yes' has 20 samples"),
    ],
)
def test_tables_that_are_refused(tmp_path, lines, message):
    path = csv_file(tmp_path / "own.csv", lines)
    with pytest.raises(WannError, match=message) as error:
        load(path)
    assert str(error.value).startswith(f"{path}: ") and str(error.value).isprintable()


def test_other_encodings_and_files(tmp_path):
    for encoding in ("utf-16", "latin-1"):
        with pytest.raises(WannError, match="near row 1: not a CSV file in UTF-8"):
            load(csv_file(tmp_path / f"{encoding}.csv", ["größe,b,class", *rows()], encoding))
    with pytest.raises(WannError, match=r"must be a file of samples, \.csv or \.npz"):
        load(csv_file(tmp_path / "own.txt", NAMED))
    with pytest.raises(OSError, match="No such file"):
        load(tmp_path / "missing.csv")


def test_more_connections_than_a_population_could_hold(tmp_path):
    n = MOST_CONNECTIONS // 2 + 1
    with pytest.raises(WannError, match=f"{n} inputs and 2 classes: inputs x classes must be at most"):
        load(npz_file(tmp_path / "a.npz", X=np.zeros((20, n))))


# ------------------------------------------------------------------------------------------------ npz
def test_arrays_of_every_kind(tmp_path):
    plain = load(npz_file(tmp_path / "plain.npz"))
    assert plain.inputs == tuple(f"input {i}" for i in range(1, 7)) and plain.outputs == ("0", "1")
    x = np.random.default_rng(0).normal(size=(20, 2, 3))
    assert {row[:-1] for row in everything(plain)} == {tuple(r) for r in x.astype("f4").reshape(20, -1).tolist()}
    for name, changed in {
        "columns": {"X": np.asfortranarray(x)},
        "big-endian": {"X": x.astype(">f8"), "y": (np.arange(20) % 2).astype(">i2")},
        "float classes": {"y": (np.arange(20) % 2).astype(float)},
        "text": {"y": (np.arange(20) % 2).astype(str)},
    }.items():
        assert load(npz_file(tmp_path / f"{name}.npz", **changed)).digest == plain.digest, name
    packed = npz_file(tmp_path / "packed.npz", np.savez_compressed).rename(tmp_path / "packed.NPZ")
    assert load(packed).digest == plain.digest
    assert load(npz_file(tmp_path / "truth.npz", y=np.arange(20) % 2 == 0)).outputs == ("0", "1")


def test_test_samples_of_its_own(tmp_path):
    x, y = np.arange(12.0).reshape(6, 2), np.array(["c", "a", "a", "b", "b", "b"])
    words = np.array(["a", "b", "c"])[np.arange(60) % 3]
    task = load(npz_file(tmp_path / "a.npz", X=np.ones((60, 2)), y=words, X_test=x, y_test=y))
    assert np.array_equal(task.test.inputs, x) and task.test.labels.tolist() == [2, 0, 0, 1, 1, 1]
    assert len(task.validation.labels) + len(task.train.labels) == 60 and task.outputs == ("a", "b", "c")


BAD = np.ones((20, 2))
BAD[7, 1] = np.nan


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"y": None}, "its arrays must be X, y or X, X_test, y, y_test"),
        ({"X_test": np.ones((2, 6))}, "its arrays must be"),
        ({"y": np.array(["a", None] * 10, object)}, r"an array of objects.*never unpickled; text .* astype\(str\)"),
        ({"X": np.array([[None]] * 20)}, "never unpickled"),
        ({"X": np.ones((20, 2), complex)}, "X is complex128 of shape"),
        ({"X": np.ones(20)}, r"X is float64 of shape \(20,\).*must be numbers \(samples, inputs\)"),
        ({"X": np.ones((20, 0))}, "not an .npz file|must be numbers"),
        ({"y": np.arange(19)}, r"y int64 of \(19,\)"),
        ({"y": np.linspace(0, 1, 20)}, "must be numbers .* and whole numbers or text"),
        ({"y": np.full(20, np.nan)}, "whole numbers or text"),
        ({"y": np.full(20, np.inf)}, "whole numbers or text"),
        ({"y": np.array([97, 2**31] * 10, np.uint32).view("U1")}, "text with a character that there is not"),
        ({"y": np.array(["a", ""] * 10)}, "a sample has an empty class"),
        ({"X": BAD}, r"X\[7\] has nan for input 2: must be a finite number"),
        ({"X": np.full((20, 2), 1e39)}, r"X\[0\] has inf for input 1"),
        ({"X_test": np.ones((2, 5)), "y_test": np.arange(2)}, "X_test has other inputs than X"),
        ({"X_test": np.ones((2, 6)), "y_test": np.array(["0", "1"])}, "y_test classes of another kind"),
        ({"X_test": np.ones((2, 6)), "y_test": np.array([0, 7])}, "3 classes, of which '7' has 0 samples"),
        ({"y": np.arange(20)}, "20 classes, of which '0' has 1 samples"),
    ],
    ids=lambda value: value if isinstance(value, str) else "arrays",
)
def test_arrays_that_are_refused(tmp_path, changed, message):
    path = npz_file(tmp_path / "own.npz", **changed)
    with pytest.raises(WannError, match=message) as error:
        load(path)
    assert str(error.value).startswith(f"{path}: ") and str(error.value).isprintable()


def test_files_that_would_fill_the_memory(tmp_path):
    pytest.importorskip("resource", reason="memory is limited by the module resource, which Windows has not")
    with zipfile.ZipFile(tmp_path / "bomb.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("X.npy", bytes(2**24))
        archive.writestr("y.npy", b"")
        archive.infolist()[0].file_size = 2**30 + 1
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": (10**9, 100)})
    with zipfile.ZipFile(tmp_path / "lie.npz", "w") as archive:
        archive.writestr("X.npy", header.getvalue())
        archive.writestr("y.npy", header.getvalue())
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
            ("samples", tmp_path / "line.csv", "a line of more than"),
            ("samples", tmp_path / "quote.csv", "near row 1"),
            ("samples", tmp_path / "header.csv", "'a' is the name of several columns|0 classes"),
            ("samples", tmp_path / "sparse.csv", "larger than"),
        ],
    )


# --------------------------------------------------------------------------------------- the command
def test_an_input_of_another_size_is_named_once_and_taken_as_it_is(tmp_path):
    lines = ["small,large,class", *(f"{i / 20},{i * 90},{'ab'[i % 2]}" for i in range(20))]
    path = csv_file(tmp_path / "a.csv", lines)
    with pytest.warns(UserWarning, match=r"a\.csv: 'large' goes up to \d+: inputs are taken as they are.*scale them"):
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
    assert "python -m wann.assess mine --data 'my own.csv'" in done.stdout
    assert wann.load(tmp_path / "mine").provenance["data"] == load(tmp_path / "my own.csv").digest
    before = {path: path.read_bytes() for path in (tmp_path / "mine").rglob("*") if path.is_file()}
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WANN_DATA", "")
    with pytest.raises(WannError, match=r"give it with --data FILE\.csv or FILE\.npz, or WANN_DATA"):
        main(["--resume", "mine"])
    for other in ("other.csv", "wider.csv"):
        with pytest.raises(WannError, match="mine: this run was made with other data: give the same with --data PATH"):
            main(["--resume", "mine", "--data", other, "--set", "generations=5"])
    assert {path: path.read_bytes() for path in (tmp_path / "mine").rglob("*") if path.is_file()} == before
    again = run("--resume", "mine", "--data", "my own.csv", "--set", "generations=5", cwd=tmp_path)
    assert again.returncode == 0 and "resumed at generation 3" in again.stdout, again.stderr
    straight = run("samples", "--data", "my own.csv", *small[:2], "--set", "generations=5", "--out", "b", cwd=tmp_path)
    assert straight.returncode == 0, straight.stderr
    for name in ("champion.json", "history.csv"):
        assert (tmp_path / "b" / name).read_bytes() == (tmp_path / "mine" / name).read_bytes()


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


def test_names(monkeypatch, tmp_path):
    monkeypatch.setenv("WANN_DATA", str(npz_file(tmp_path / "a.npz")))
    assert find_task("samples") is load(tmp_path / "a.npz")
    monkeypatch.delenv("WANN_DATA")
    with pytest.raises(WannError, match="needs a file"):
        find_task("samples")
    with pytest.raises(AttributeError):
        _ = samples.OTHER
