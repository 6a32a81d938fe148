"""Your own samples as a task: ``python -m wann.evolve FILE.npz``, or ``FILE.csv``.

An ``.npz`` file holds ``X``, ``(S, ...)`` numbers, and ``y``, ``(S,)`` classes as numbers or text; ``X_test`` and
``y_test``, if it has them, are the samples to test on.  A ``.csv`` file has one sample a row, its class in the last
column, and may begin with a row of names.  Samples to test on and to validate with are taken out as for the digits.
"""

import csv
import io
import zipfile
from functools import cache
from pathlib import Path

import numpy as np

from wann.classification import ClassificationTask, Samples, split
from wann.errors import WannError, one_line
from wann.files import LARGEST_ARRAYS, LONGEST_REASON, open_file, read_file
from wann.tasks import data_path

TEST, VALIDATION = 0.2, 0.125  # shares of the samples
BATCH = 1000  # samples of a trial, if there are as many
LEAST = 5  # samples of a class
LARGEST_CSV = 2**28  # bytes
MOST_INPUTS = 10_000


def read_csv(path: Path) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Return the inputs, ``(S, n)``, the classes as text, ``(S,)``, and the names of the inputs.

    Raises:
        WannError: it is no such table.
    """
    try:
        rows = [row for row in csv.reader(io.StringIO(read_file(path, LARGEST_CSV).decode("utf-8-sig"))) if row]
    except (ValueError, csv.Error) as error:
        raise WannError(f"{path}: not a CSV file ({one_line(str(error), LONGEST_REASON)})") from None
    widths = {len(row) for row in rows}
    if len(widths) != 1 or widths == {1}:
        raise WannError(f"{path}: rows of {sorted(widths)[:5]} values: each must have the inputs and the class")

    def number(text: str) -> bool:
        try:
            return float(text) is not None
        except ValueError:
            return False

    titled = not any(map(number, rows[0][:-1]))
    names = [name.strip() for name in rows[0][:-1]] if titled else [f"input {i + 1}" for i in range(len(rows[0]) - 1)]
    rows = rows[titled:]
    for line, row in enumerate(rows, 1 + titled):
        wrong = [text for text in row[:-1] if not number(text)]
        if wrong:
            raise WannError(f"{path}: row {line} has {wrong[0][:40]!r} for an input: must be a number")
    return np.array([row[:-1] for row in rows], np.float64), np.array([row[-1].strip() for row in rows]), names


def read_npz(path: Path) -> dict[str, np.ndarray]:
    """Return the arrays of the file; nothing is unpickled.

    Raises:
        WannError: it has others than it may, or is damaged.
    """
    with open_file(path, LARGEST_ARRAYS) as file:
        try:
            with zipfile.ZipFile(file) as archive:
                if sum(member.file_size for member in archive.infolist()) > LARGEST_ARRAYS:
                    raise ValueError(f"more than {LARGEST_ARRAYS >> 20} MiB")
            with np.load(file, allow_pickle=False) as content:
                arrays = {name: content[name] for name in content.files}
        except Exception as error:  # zipfile and NumPy have a dozen of them for damaged files
            raise WannError(
                f"{path}: not an .npz file of plain arrays ({one_line(str(error), LONGEST_REASON)})"
            ) from None
    if set(arrays) not in ({"X", "y"}, {"X", "y", "X_test", "y_test"}):
        raise WannError(
            f"{path}: has {', '.join(arrays) or 'nothing'}: must have X and y, and may have X_test and y_test"
        )
    for name in ("", "_test") if len(arrays) == 4 else ("",):
        x, y = arrays[f"X{name}"], arrays[f"y{name}"]
        if x.dtype.kind not in "biuf" or y.dtype.kind not in "biuU" or x.ndim < 2 or y.shape != x.shape[:1]:
            raise WannError(
                f"{path}: X{name} is {x.dtype} of shape {x.shape} and y{name} {y.dtype} of {y.shape}: must be numbers "
                "(samples, inputs), and whole numbers or text (samples,)"
            )
    return arrays


@cache
def load(path: Path) -> ClassificationTask:
    """Return the task of a file.

    Raises:
        WannError: it is no file of samples, or there are too few of a class.
    """
    if path.suffix == ".csv":
        x, y, names = read_csv(path)
        arrays = {"X": x, "y": y}
    else:
        arrays = read_npz(path)
        names = [f"input {i + 1}" for i in range(int(np.prod(arrays["X"].shape[1:])))]
    if len(names) > MOST_INPUTS or len(set(names)) < len(names):
        raise WannError(f"{path}: {len(names)} inputs: must be at most {MOST_INPUTS}, each of another name")
    labels = np.concatenate([arrays[name] for name in ("y", "y_test") if name in arrays])
    classes, codes = np.unique(labels, return_inverse=True)
    counts = np.bincount(codes[: len(arrays["y"])], minlength=len(classes))
    if len(classes) < 2 or counts.min() < LEAST:
        raise WannError(
            f"{path}: {len(classes)} classes, the smallest of {min(counts, default=0)} samples: must be at least 2 "
            f"classes of at least {LEAST} samples"
        )
    inputs = [arrays[name].reshape(len(arrays[name]), -1) for name in ("X", "X_test") if name in arrays]
    if inputs[-1].shape[1] != len(names):
        raise WannError(f"{path}: X_test has {inputs[-1].shape[1]} inputs, X {len(names)}: must be as many")
    if len(inputs) == 1:
        test, validation, train = split(inputs[0], codes, (TEST, VALIDATION))
    else:
        n = len(arrays["y"])
        validation, train = split(inputs[0], codes[:n], (VALIDATION,))
        test = Samples(inputs[1].astype(np.float32), codes[n:].astype(np.int64))
    batch = min(BATCH, len(train.labels))
    return ClassificationTask(tuple(names), tuple(map(str, classes)), train, validation, test, batch)


def __getattr__(name: str) -> ClassificationTask:
    """Load the user's file when SAMPLES is asked for."""
    if name != "SAMPLES":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    path = data_path()
    if path is None:
        raise WannError("the task samples needs a file: give it with --data FILE.npz or FILE.csv, or WANN_DATA")
    return load(path)
