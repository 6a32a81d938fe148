"""Samples in arrays: what a file may hold, and what is said of one that may not."""

import numpy as np
import pytest
from support.sample_files import everything, npz_file

from envs.samples import load
from wann.errors import WannError


def test_arrays_of_every_kind(tmp_path):
    plain = load(npz_file(tmp_path / "plain.npz"))
    assert plain.inputs == tuple(f"input {i}" for i in range(1, 7)) and plain.outputs == ("0", "1")
    x = np.random.default_rng(0).normal(size=(20, 2, 3))
    assert {row[:-1] for row in everything(plain)} == {
        tuple(r) for r in x.astype("f4").reshape(20, -1).tolist()
    }
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


@pytest.mark.parametrize("x", ["X", "x"])
def test_arrays_as_keras_writes_them(tmp_path, x):
    images, y = (
        np.random.default_rng(0).integers(0, 20, (30, 4, 5), np.uint8),
        np.arange(30, dtype=np.uint8) % 3,
    )
    arrays = {"X": images, "y": y, "X_test": images[:6], "y_test": y[:6]}
    plain = load(npz_file(tmp_path / "plain.npz", **arrays))
    names = {"X": f"{x}_train", "y": "y_train", "X_test": f"{x}_test", "y_test": "y_test"}
    changed = {names[name]: array for name, array in arrays.items()}
    keras = {"X": None, "y": None, **changed}
    assert (
        load(npz_file(tmp_path / "keras.npz", np.savez_compressed, **keras)).digest == plain.digest
    )
    column = {**keras, "y_train": y[:, None], "y_test": y[:6, None]}  # as of CIFAR
    assert load(npz_file(tmp_path / "column.npz", **column)).digest == plain.digest
    assert (
        plain.outputs == ("0", "1", "2")
        and len(plain.test.labels) == 6
        and plain.train.inputs.shape[1] == 20
    )


def test_labels_as_bytes_and_as_large_numbers(tmp_path):
    for name, y, outputs in (
        ("bytes", np.array(["größer".encode(), b"b"] * 10), ("b", "größer")),
        ("large", np.array([2**53 - 1, 5] * 10, np.uint64), ("5", str(2**53 - 1))),
        ("negative", np.array([-1, 1] * 10, np.int8), ("-1", "1")),
        ("text", np.array(["1.0", "1", "2", "2"] * 5), ("1", "2")),
    ):
        assert load(npz_file(tmp_path / f"{name}.npz", y=y)).outputs == outputs


def test_a_column_is_of_tables_only(tmp_path):
    with pytest.raises(
        WannError, match=r"a\.npz: --target y: names a column of a table; of arrays the class is y"
    ):
        load(npz_file(tmp_path / "a.npz"), "y")


def test_test_samples_of_its_own(tmp_path):
    x, y = np.arange(12.0).reshape(6, 2), np.array(["c", "a", "a", "b", "b", "b"])
    words = np.array(["a", "b", "c"])[np.arange(60) % 3]
    task = load(npz_file(tmp_path / "a.npz", X=np.ones((60, 2)), y=words, X_test=x, y_test=y))
    assert np.array_equal(task.test.inputs, x) and task.test.labels.tolist() == [2, 0, 0, 1, 1, 1]
    assert len(task.validation.labels) + len(task.train.labels) == 60 and task.outputs == (
        "a",
        "b",
        "c",
    )


BAD = np.ones((20, 2))
BAD[7, 1] = np.nan


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"y": None}, "its arrays must be X, y or X, X_test, y, y_test"),
        ({"X_test": np.ones((2, 6))}, "its arrays must be"),
        (
            {"y": np.array(["a", None] * 10, object)},
            r"an array of objects.*never unpickled; text .* astype\(str\)",
        ),
        ({"X": np.array([[None]] * 20)}, "never unpickled"),
        ({"X": np.ones((20, 2), complex)}, "X is complex128 of shape"),
        ({"X": np.ones(20)}, r"X is float64 of shape \(20,\).*must be numbers \(samples, inputs\)"),
        ({"X": np.ones((20, 0))}, "not an .npz file|must be numbers"),
        ({"y": np.arange(19)}, r"y int64 of \(19,\)"),
        ({"y": np.linspace(0, 1, 20)}, "must be numbers .* and whole numbers or text"),
        ({"y": np.full(20, np.nan)}, "whole numbers or text"),
        ({"y": np.full(20, np.inf)}, "whole numbers or text"),
        (
            {"y": np.array([97, 2**31] * 10, np.uint32).view("U1")},
            "text with a character that there is not",
        ),
        ({"y": np.array(["a", ""] * 10)}, r"y\[1\] has no class \(''\)"),
        ({"y": np.array(["nan", "a"] * 10)}, r"y\[0\] has no class \('nan'\)"),
        ({"y": np.array([0, 1, 0, 1, np.nan] * 4)}, r"y\[4\] has no class \('nan'\)"),
        ({"y": np.array([b"a", b"\xff"] * 10)}, r"y\[1\] is not text in UTF-8"),
        (
            {"y": np.array(["a" * 1001, "b"] * 10)},
            "text of 4004 bytes each: must be of at most 1000 characters",
        ),
        (
            {"y": np.array([b"a" * 1001, b"b"] * 10)},
            r"y\[0\] has a class of 1001 characters: must be of at most 1000",
        ),
        (
            {"y": np.array([b"a" * 4001, b"b"] * 10)},
            "text of 4001 bytes each: must be of at most 1000 characters",
        ),
        (
            {"y": np.array([2**64 - 1, 2**63] * 10, np.uint64)},
            (
                rf"y has the class {2**64 - 1}: a class that is a number must be from -{2**53 - 1}"
                rf" to {2**53 - 1}, .*text"
            ),
        ),
        (
            {"y": np.array([-(2.0**60), 0, np.nan, 1] * 5)},
            f"y has the class -{2**60}: a class that is a number must",
        ),
        (
            {"y": np.array([-(2**53), 0] * 10)},
            f"y has the class -{2**53}: a class that is a number must be from",
        ),
        (
            {"y": np.array([1e300, 0] * 10)},
            "y has the class 1000000000.*….*: a class that is a number must be from",
        ),
        (
            {"y": np.eye(2)[np.arange(20) % 2]},
            r"y float64 of \(20, 2\).* one column for each class take y.argmax",
        ),
        (
            {"X": None, "y": None, "x": np.ones((20, 2)), "Y": np.arange(20)},
            "its arrays must be X, y or",
        ),
        ({"X": None, "x_train": np.ones((20, 2))}, "its arrays must be X, y or"),
        ({"X": BAD}, r"X\[7\] has nan for input 2: must be a finite number"),
        ({"X": np.full((20, 2), 1e39)}, r"X\[0\] has inf for input 1"),
        ({"X_test": np.ones((2, 5)), "y_test": np.arange(2)}, "X_test has other inputs than X"),
        (
            {"X_test": np.ones((2, 6)), "y_test": np.array(["0", "1"])},
            "y_test classes of another kind",
        ),
        (
            {"X_test": np.ones((2, 6)), "y_test": np.array([0, 7])},
            "3 classes, of which '7' has 0 samples",
        ),
        ({"y": np.arange(20)}, "20 classes, of which '0' has 1 samples"),
    ],
    ids=lambda value: value if isinstance(value, str) else "arrays",
)
def test_arrays_that_are_refused(tmp_path, changed, message):
    path = npz_file(tmp_path / "own.npz", **changed)
    with pytest.raises(WannError, match=message) as error:
        load(path)
    assert str(error.value).startswith(f"{path}: ") and str(error.value).isprintable()
