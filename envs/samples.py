"""Your own samples as a task: ``python -m wann.evolve FILE.csv``, or ``FILE.npz``.

A ``.csv`` file has one sample a row, numbers and then its class, as text or a number, in the last column; values are
separated by commas, semicolons or tabs, and a first row without numbers names the columns.  An ``.npz`` file,
compressed or not, holds ``X``, ``(S, ...)`` numbers, and ``y``, ``(S,)`` classes as whole numbers or text; ``X_test``
and ``y_test``, if it has them, are the samples to test on.  Otherwise a fifth of each class is kept for testing; an
eighth is kept for validation; always the same samples.  Nothing in a file is unpickled or executed.

Inputs are taken as they are, in float32.  One weight that all connections share suits inputs of about the same size:
a warning names an input that is much larger.
"""

import csv
import re
import warnings
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from wann.champion_file import LONGEST_NAME, is_name
from wann.classification import ClassificationTask, Samples, split
from wann.errors import WannError, one_line
from wann.files import LONGEST_REASON, open_file, read_any_arrays, read_lines
from wann.tasks import SAMPLE_FILES, data_path

TEST, VALIDATION = 0.2, 0.125  # shares of the samples
BATCH = 1000  # samples of a trial, if there are as many
LEAST = 5  # samples of a class: one to test, one to validate, the others to train on
LARGEST_CSV = 2**28  # bytes
LONGEST_ROW = 2**20  # bytes
MOST_CONNECTIONS = 50_000  # between inputs and classes: each network of a population lists them
LARGE = 20.0  # the size from which on an input is much larger than the weights suit
PARTS = {"X", "y"}, {"X", "y", "X_test", "y_test"}


class Content(NamedTuple):
    """What a file holds: the samples, ``(S, n)`` float32 inputs and ``(S,)`` classes, and those to test on, if any."""

    names: list[str]
    inputs: np.ndarray
    classes: np.ndarray
    test_inputs: np.ndarray | None = None
    test_classes: np.ndarray | None = None


def is_number(text: str) -> bool:
    """Return whether text is one, which may be nan or inf."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def csv_rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield the line number and the cells of each row that is not empty.

    A row is a line: a line break within quotes is refused, and so no row is longer than LONGEST_ROW.

    Raises:
        WannError: it is no such table.
    """
    separator = ""
    with open_file(path, LARGEST_CSV) as file:
        number = 1
        try:
            for number, line in enumerate(read_lines(file, LONGEST_ROW), 1):
                text = line.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
                if not text.strip():
                    continue
                separator = separator or max(";\t,", key=re.sub('"[^"]*"', "", text).count)
                yield number, [cell.strip() for cell in next(csv.reader([text], delimiter=separator, strict=True))]
        except (ValueError, csv.Error) as error:
            reason = one_line(str(error), LONGEST_REASON)
            raise WannError(f"{path}: near row {number}: not a CSV file in UTF-8 ({reason})") from None


def read_csv(path: Path) -> Content:
    """Return the samples of a table.

    Raises:
        WannError: it is no such table.
    """
    names: list[str] = []
    inputs, classes = [], []
    for number, (*cells, label) in csv_rows(path):
        if not names:
            titled = not any(map(is_number, cells))
            names = cells if titled else [f"input {i + 1}" for i in range(len(cells))]
            if not names:
                raise WannError(f"{path}: row {number} has one value: must have inputs and a class, separated by "
                                "commas, semicolons or tabs")  # fmt: skip
            if titled:
                continue
        if len(cells) != len(names):
            raise WannError(f"{path}: row {number} has {len(cells) + 1} values: must have {len(names) + 1}, as the "
                            "first")  # fmt: skip
        if not label:
            raise WannError(f"{path}: row {number} has no class: it is in the last column")
        values = float32(np.array([float(cell) if is_number(cell) else np.nan for cell in cells]))
        if not np.isfinite(values).all():
            k = np.isfinite(values).argmin()
            raise WannError(f"{path}: row {number} has {cells[k][:40]!r} for {names[k][:40]!r}: must be a "
                            "finite number with a decimal point; remove or replace such rows")  # fmt: skip
        inputs.append(values)
        classes.append(label)
    return Content(names, np.array(inputs, np.float32), np.array(classes, str))


def float32(values: np.ndarray | float) -> np.ndarray:
    """Return the values in this precision; those that it does not have are infinite."""
    with np.errstate(over="ignore"):
        return np.asarray(values).astype(np.float32)


def read_npz(path: Path) -> Content:
    """Return the samples of a file of arrays.

    Raises:
        WannError: it has others than it may, or is damaged.
    """
    arrays = read_any_arrays(path, PARTS)
    parts: list[np.ndarray] = []
    for suffix in ("", "_test")[: len(arrays) // 2]:
        x, y = arrays[f"X{suffix}"], as_labels(arrays[f"y{suffix}"])
        if x.dtype.kind not in "biuf" or x.ndim < 2 or not x.size or y is None or y.shape != x.shape[:1]:
            y = arrays[f"y{suffix}"]
            raise WannError(
                f"{path}: X{suffix} is {x.dtype} of shape {x.shape} and y{suffix} {y.dtype} of {y.shape}: must be "
                "numbers (samples, inputs), and whole numbers or text (samples,)"
            )
        x = float32(x.reshape(len(x), -1))
        row, k = np.unravel_index(np.isfinite(x).argmin(), x.shape)
        if not np.isfinite(x[row, k]):
            raise WannError(f"{path}: X{suffix}[{row}] has {x[row, k]} for input {k + 1}: must be a finite number in "
                            "float32; remove or replace such samples")  # fmt: skip
        parts += x, y
    if len(parts) == 4 and (parts[0].shape[1] != parts[2].shape[1] or parts[1].dtype.kind != parts[3].dtype.kind):
        raise WannError(f"{path}: X_test has other inputs than X, or y_test classes of another kind than y")
    return Content([f"input {i + 1}" for i in range(parts[0].shape[1])], *parts)


def as_labels(y: np.ndarray) -> np.ndarray | None:
    """Return classes as int64 or as text; None if they are neither whole numbers nor text."""
    if y.dtype.kind == "U":
        return y
    whole = y.dtype.kind in "biu" or (y.dtype.kind == "f" and np.array_equal(y, np.trunc(y)))
    return y.astype(np.int64) if whole and (np.abs(y.astype(np.float64)) < 2**53).all() else None


def sorted_classes(labels: np.ndarray) -> tuple[list[str], np.ndarray]:
    """Return the names of the classes and the number of each label's, ``(S,)``; numbers come in their order."""
    classes, codes = np.unique(labels, return_inverse=True)
    names = [str(name) for name in classes]
    if all(map(is_number, names)):
        order = sorted(range(len(names)), key=lambda k: float(names[k]))
        names, codes = [names[k] for k in order], np.argsort(order)[codes]
    return names, codes


@cache
def load(path: Path) -> ClassificationTask:
    """Return the task of a file.

    Raises:
        WannError: it is no file of samples, or there are too few of a class.
    """
    if path.suffix.lower() not in SAMPLE_FILES:
        raise WannError(f"{path}: must be a file of samples, {' or '.join(SAMPLE_FILES)}")
    content = read_csv(path) if path.suffix.lower() == ".csv" else read_npz(path)
    names, n = content.names, len(content.inputs)
    tests = [] if content.test_classes is None else [content.test_classes]
    classes, codes = sorted_classes(np.concatenate([content.classes, *tests]))
    check_names(path, names, classes)
    counts = np.bincount(codes[:n], minlength=len(classes))
    if len(classes) < 2 or counts.min() < LEAST:
        least = f", of which {classes[counts.argmin()][:40]!r} has {counts.min()} samples" if classes else ""
        raise WannError(f"{path}: {len(classes)} classes{least}: must be at least 2, of at least {LEAST} samples each; "
                        "the class is in the last column, or in y")  # fmt: skip
    if content.test_inputs is None:
        test, validation, train = split(content.inputs, codes, (TEST, VALIDATION))
    else:
        validation, train = split(content.inputs, codes[:n], (VALIDATION,))
        test = Samples(content.test_inputs, codes[n:].astype(np.int64))
    sizes = np.abs(train.inputs).max(axis=0)
    if sizes.max() > LARGE:
        warnings.warn(
            f"{path}: {names[sizes.argmax()][:40]!r} goes up to {sizes.max():g}: inputs are taken as they are, and a "
            "weight that all connections share suits inputs of about the same size; scale them, each to a mean of 0 "
            "and a standard deviation of 1, say",
            stacklevel=2,
        )
    return ClassificationTask(tuple(names), tuple(classes), train, validation, test, min(BATCH, len(train.labels)))


def check_names(path: Path, names: list[str], classes: list[str]) -> None:
    """Raise WannError if these cannot be the names of a network's inputs and outputs."""
    if len(names) * len(classes) > MOST_CONNECTIONS:
        raise WannError(
            f"{path}: {len(names)} inputs and {len(classes)} classes: inputs x classes must be at most "
            f"{MOST_CONNECTIONS}"
        )
    if "" in names:
        raise WannError(f"{path}: column {names.index('') + 1} has no name: give it one, or remove it if it counts the "
                        "rows")  # fmt: skip
    if "" in classes:
        raise WannError(f"{path}: a sample has an empty class: give it one, or remove it")
    twice = [name for name, n in Counter(names).items() if n > 1]
    if twice:
        raise WannError(f"{path}: {twice[0][:40]!r} is the name of several columns: give each a name of its own")
    wrong = [name for name in (*names, *classes) if not is_name(name)]
    if wrong:
        raise WannError(f"{path}: {wrong[0][:40]!r} is the name of a column or class: must be printable, and of at "
                        f"most {LONGEST_NAME} characters")  # fmt: skip


def __getattr__(name: str) -> ClassificationTask:
    """Load the user's file when SAMPLES is asked for."""
    if name != "SAMPLES":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    path = data_path()
    if path is None:
        raise WannError("the task samples needs a file: give it with --data FILE.csv or FILE.npz, or WANN_DATA")
    return load(path)
