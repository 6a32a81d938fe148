"""Your own samples as a task: ``python -m wann.evolve FILE.csv``, or ``FILE.npz``.

A table in a text file (``envs.tables``) has one sample a row, numbers and its class, as text or a
number: in the last column, or in the one that ``--target`` names. An ``.npz`` file
(``envs.arrays``), compressed or not, holds ``X`` and ``y``; ``X_test`` and ``y_test``, if it has
them, are the samples to test on. Otherwise a fifth of each class is kept for testing; an eighth is
kept for validation; always the same samples. Nothing in a file is unpickled or executed.

Inputs are taken as they are, in float32. One weight that all connections share suits inputs of
about the same size: a warning names an input that is much larger. Classes that are the same number,
such as 1 and 1.0, are one.

What is made of a file is bounded, whatever it unpacks to: ``envs.content`` has the limits.
"""

import warnings
from collections import Counter
from pathlib import Path

import numpy as np

from envs.arrays import read_arrays
from envs.content import MOST_CONNECTIONS, Content
from envs.tables import read_table
from wann.errors import WannError
from wann.tasks.classification.samples import Samples, split
from wann.tasks.classification.task import ClassificationTask
from wann.tasks.data import SAMPLE_FILES, Data, is_sample_file

TEST, VALIDATION = 0.2, 0.125  # shares of the samples
BATCH = 1000  # samples of a trial, if there are as many
LEAST = 5  # samples of a class: one to test, one to validate, the others to train on
LARGE = 20.0  # the size from which on an input is much larger than the weights suit


# and time and size of the file
_read: dict[tuple[Path, str | None], tuple[tuple[int, int], ClassificationTask]] = {}


def load(path: Path, target: str | None = None) -> ClassificationTask:
    """Return the task of a file, the same one as long as the file is the same.

    Args:
        path: the file.
        target: of a table, the column of the class: its name or number; None is the last.

    Raises:
        WannError: it is no file of samples, or there are too few of a class.
    """
    try:
        status = path.stat()
    except ValueError as error:  # a zero byte in the name
        raise WannError(f"{path}: {error}") from None
    key, stamp = (path.resolve(), target), (status.st_mtime_ns, status.st_size)
    if key not in _read or _read[key][0] != stamp:
        _read.pop(key, None)  # the older samples leave the memory first
        _read[key] = stamp, read(path, target)
    return _read[key][1]


def read(path: Path, target: str | None) -> ClassificationTask:
    """Return the task that a file holds now; see ``load``."""
    if not is_sample_file(str(path)):
        raise WannError(
            f"{path}: must be a file of samples, which ends in {', '.join(SAMPLE_FILES)}"
        )
    if not holds_arrays(path):
        content = read_table(path, target)
    elif target is None:
        content = read_arrays(path)
    else:
        raise WannError(
            f"{path}: --target {target}: names a column of a table; of arrays the class is y"
        )
    names, classes, labels = content.names, content.classes, content.labels
    check_names(path, names, classes)
    counts = np.bincount(labels, minlength=len(classes))
    if len(classes) < 2 or counts.min() < LEAST:
        least = (
            f", of which {classes[counts.argmin()][:40]!r} has {counts.min()} samples"
            if classes
            else ""
        )
        place = (
            "y"
            if content.target is None
            else f"column {content.target}, or where --target COLUMN says"
        )
        raise WannError(
            f"{path}: {len(classes)} classes{least}: must be at least 2, of at least {LEAST}"
            f" samples each; the class is in {place}"
        )
    if content.test_inputs is None or content.test_labels is None:
        test, validation, train = split(content.inputs, labels, (TEST, VALIDATION))
    else:
        validation, train = split(content.inputs, labels, (VALIDATION,))
        test = Samples(content.test_inputs, content.test_labels)
    warn_of_inputs(path, content, train)
    batch = min(BATCH, len(train.labels))
    try:
        return ClassificationTask(
            tuple(names), tuple(classes), train, validation, test, batch, content.target
        )
    except WannError as error:
        raise WannError(f"{path}: {error}") from None


def holds_arrays(path: Path) -> bool:
    """Return whether a file of samples holds arrays, by its ending.

    Else it is a table, whose columns have names.
    """
    return path.name.lower().endswith(".npz")


def warn_of_inputs(path: Path, content: Content, train: Samples) -> None:
    """Warn of inputs that are large, or that count the samples of a table."""
    names = content.names
    sizes = np.maximum(train.inputs.max(axis=0), -train.inputs.min(axis=0))
    if sizes.max() > LARGE:
        warnings.warn(
            f"{path}: {names[sizes.argmax()][:40]!r} goes up to {sizes.max():g}: inputs are taken"
            " as they are, and a weight that all connections share suits inputs of about the same"
            " size; scale them, each to a mean of 0 and a standard deviation of 1, say",
            stacklevel=4,
        )
    if content.target is None:
        return
    first, last = content.inputs[0], content.inputs[-1]
    for k in np.flatnonzero((last - first == len(content.inputs) - 1) & np.isin(first, (0, 1))):
        if (np.diff(content.inputs[:, k]) == 1).all():
            warnings.warn(
                f"{path}: {names[k][:40]!r} counts the rows, and is taken as an input: remove it,"
                " unless it is one",
                stacklevel=4,
            )


def check_names(path: Path, names: list[str], classes: list[str]) -> None:
    """Raise WannError if these cannot be the names of a network's inputs and outputs."""
    if len(names) * len(classes) > MOST_CONNECTIONS:
        raise WannError(
            f"{path}: {len(names)} inputs and {len(classes)} classes: inputs x classes must be at"
            f" most {MOST_CONNECTIONS}"
        )
    if "" in names:
        raise WannError(
            f"{path}: column {names.index('') + 1} has no name: give it one, or remove it if it"
            " counts the rows"
        )
    twice = [name for name, n in Counter(names).items() if n > 1]
    if twice:
        raise WannError(
            f"{path}: {twice[0][:40]!r} is the name of several columns: give each a name of its own"
        )


def samples(data: Data) -> ClassificationTask:
    """Return the task of the user's file.

    Raises:
        WannError: there is none, or it is no file of samples.
    """
    if data.path is None:
        raise WannError(
            "the task samples needs a file: give it with --data FILE.csv or FILE.npz, or WANN_DATA"
        )
    recorded = None if holds_arrays(data.path) else data.recorded
    return load(data.path, data.target or recorded or None)
