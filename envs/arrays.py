"""Reading samples from arrays in an ``.npz`` file.

It has ``X``, ``(S, ...)`` numbers, and ``y``, ``(S,)`` or ``(S, 1)`` classes as whole numbers or
text, and may have ``X_test`` and ``y_test``; or else ``x_train``, ``y_train``, ``x_test`` and
``y_test``, as Keras writes them.
"""

from pathlib import Path

import numpy as np

from envs.content import MOST_SAMPLES, MOST_VALUES, Classes, Content
from wann.errors import WannError, one_line
from wann.files import read_any_arrays
from wann.tasks.classification.samples import parts

NAMES = (
    ("X", "y", "X_test", "y_test"),
    ("X_train", "y_train", "X_test", "y_test"),
    ("x_train", "y_train", "x_test", "y_test"),
)
LARGEST_CLASS = 2**53


def read_arrays(path: Path) -> Content:
    """Return the samples of a file of arrays.

    Raises:
        WannError: it has others than it may, or is damaged.
    """
    arrays = read_any_arrays(path, [set(names[:n]) for names in NAMES for n in (2, 4)])
    names = next(names for names in NAMES if set(arrays) in (set(names[:2]), set(names)))
    inputs, codes, kinds, classes = [], [], set(), Classes()
    for of_x, of_y in (names[:2], names[2:])[: len(arrays) // 2]:
        x, y = arrays.pop(of_x), arrays.pop(of_y)
        if x.ndim and (len(x) > MOST_SAMPLES or x.size > MOST_VALUES):
            raise WannError(
                f"{path}: {of_x} has {len(x)} samples and {x.size} values: must be at most "
                f"{MOST_SAMPLES} and {MOST_VALUES}"
            )
        y = y.ravel() if y.shape == (*x.shape[:1], 1) else y
        if (
            x.dtype.kind not in "biuf"
            or x.ndim < 2
            or not x.size
            or y.shape != x.shape[:1]
            or not is_labels(y)
        ):
            hint = (
                f"; of one column for each class take {of_y}.argmax(axis=1)" if y.ndim == 2 else ""
            )
            raise WannError(
                f"{path}: {of_x} is {x.dtype} of shape {x.shape} and {of_y} {y.dtype} of {y.shape}:"
                f" must be numbers (samples, inputs), and whole numbers or text (samples,){hint}"
            )
        check_limits(path, of_y, y)
        inputs.append(rows_of(path, of_x, x))
        codes.append(codes_of(path, of_y, y, classes))
        kinds.add(y.dtype.kind in "US")
    if len(inputs) == 2 and (inputs[0].shape[1] != inputs[1].shape[1] or len(kinds) == 2):
        raise WannError(
            f"{path}: {names[2]} has other inputs than {names[0]}, or {names[3]} classes of another"
            f" kind than {names[1]}"
        )
    try:
        order, place = classes.in_order()
    except ValueError as error:
        raise WannError(f"{path}: {error}") from None
    labels = [place[part] for part in codes]
    columns = [f"input {i + 1}" for i in range(inputs[0].shape[1])]
    test = (np.asarray(inputs[1], np.float32), labels[1]) if len(inputs) == 2 else (None, None)
    return Content(columns, inputs[0], labels[0], order, None, *test)


def rows_of(path: Path, name: str, x: np.ndarray) -> np.ndarray:
    """Return ``(S, n)`` numbers, in float32 if they take more memory otherwise.

    Args:
        path: the file.
        name: of the array.
        x: ``(S, ...)``.

    Raises:
        WannError: one is not finite in float32.
    """
    wide = x.dtype.itemsize > 4
    rows = np.empty((len(x), x[0].size), np.float32) if wide else x.reshape(len(x), -1)
    for part in parts(rows):
        if wide:
            with np.errstate(over="ignore"):
                rows[part] = x[part].reshape(-1, rows.shape[1])
        if x.dtype.kind == "f" and not (known := np.isfinite(rows[part])).all():
            row, k = np.unravel_index(known.argmin(), known.shape)
            raise WannError(
                f"{path}: {name}[{part.start + row}] has {rows[part][row, k]} for input {k + 1}:"
                " must be a finite number in float32; remove or replace such samples"
            )
    return rows


def is_labels(y: np.ndarray) -> bool:
    """Return whether classes are text or whole numbers, some of which may be missing."""
    if y.dtype.kind in "US":
        return True
    if y.dtype.kind not in "biuf" or not y.size:
        return False
    known = y[~np.isnan(y)] if y.dtype.kind == "f" else y
    whole = y.dtype.kind != "f" or (
        np.isfinite(known).all() and np.array_equal(known, np.trunc(known))
    )
    return bool(whole and known.size)


def check_limits(path: Path, name: str, y: np.ndarray) -> None:
    """Raise WannError for a class that is a larger number than floats hold exactly."""
    if y.dtype.kind in "US":
        return
    known = y[~np.isnan(y)] if y.dtype.kind == "f" else y
    largest = max(int(known.min()), int(known.max()), key=abs)
    if abs(largest) >= LARGEST_CLASS:
        raise WannError(
            f"{path}: {name} has the class {one_line(str(largest), 40)}: a class that is a number "
            f"must be from {1 - LARGEST_CLASS} to {LARGEST_CLASS - 1}, or else text: "
            f"{name}.astype(str)"
        )


def codes_of(path: Path, name: str, y: np.ndarray, classes: Classes) -> np.ndarray:
    """Return the code of each class, ``(S,)``.

    Raises:
        WannError: a sample has none.
    """
    row = 0
    try:
        if y.dtype.kind in "US":
            codes = np.empty(len(y), np.int64)
            for row, label in enumerate(y):
                codes[row] = classes.code(
                    label.decode() if isinstance(label, bytes) else str(label)
                )
            return codes
        found, rows, codes = np.unique(y, return_index=True, return_inverse=True)
        of_found = np.empty(len(found), np.int64)
        for k, number in enumerate(found.tolist()):
            row = int(rows[k])
            of_found[k] = classes.code("nan" if number != number else str(int(number)))
        return of_found[codes]
    except UnicodeDecodeError:
        raise WannError(f"{path}: {name}[{row}] is not text in UTF-8") from None
    except ValueError as error:
        raise WannError(f"{path}: {name}[{row}] {error}") from None
