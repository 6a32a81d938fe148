"""The folder of a comparison, and the only code that reads or writes it.

    settings.json   what must be the same for a comparison to go on
    cells/          of each finished cell its row (JSON) and its network (.npz)
    results.csv     all rows; results.json the same with the settings
    networks/       champion files, where they were asked for

A cell is finished when its row is there.  Every file is whole at any instant.
"""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np

from wann.champion.json_file import number, short
from wann.config import LARGEST_SEED
from wann.errors import WannError, one_line
from wann.files import (
    MOST_VALUES,
    arrays_to_bytes,
    read_arrays,
    read_file,
    read_json,
    write_file,
    write_json,
)
from wann.names import is_name
from wann.pruning.comparison.cells import COLUMNS, Cell, Result
from wann.pruning.prune import Shape
from wann.runs.folders import contents, locked, own_folder

FORMAT, SETTINGS = "wann-pruning", "settings.json"
LARGEST_TABLE = 2**24  # bytes
MOST_ROWS = 10_000  # of a table
KINDS = {"mask": (np.uint8, 1), "weights": (None, 1), "biases": (None, 1)}


class Results:
    """A comparison on disk.

    Attributes:
        path: the folder.
    """

    def __init__(self, path: Path, settings: Mapping[str, Any]):
        """Make the folder, or go on with the one that is there.

        Raises:
            WannError: it holds something else, or a comparison with other settings.
        """
        self.path, self.settings = path, {"format": FORMAT, **settings}
        self._rows: dict[str, dict[str, Any]] = {}  # those that were read or written
        if not self._is_made():
            path.mkdir(parents=True, exist_ok=True)
            with closing(locked(path)):
                if not self._is_made():  # by another process, meanwhile
                    write_json(path / SETTINGS, self.settings)

    def _is_made(self) -> bool:
        """Return whether the folder holds this comparison, or raise WannError if it holds something
        else.
        """
        path = self.path
        if (path / SETTINGS).exists():
            known = read_json(path / SETTINGS)
            known = known if isinstance(known, dict) else {}
            other = [
                key
                for key in self.settings
                if known.get(key) != json.loads(json.dumps(self.settings[key]))
            ]
            if other:
                raise WannError(
                    f"{path}: holds a comparison with another {', '.join(other)}: give the same"
                    " options again, or another folder with --out"
                )
            return True
        if path.exists() and (not path.is_dir() or contents(path, SETTINGS.__eq__)):
            raise WannError(
                f"{path}: exists already and is no comparison: give another folder with --out"
            )
        return False

    @property
    def networks(self) -> Path:
        """The folder for champion files, made when it is asked for."""
        return own_folder(self.path / "networks")

    def is_finished(self, name: str) -> bool:
        """Return whether the cell of this name is finished."""
        return name in self._rows or (self.path / "cells" / f"{name}.json").exists()

    def row(self, name: str) -> dict[str, Any]:
        """Return the row of a finished cell."""
        if name not in self._rows:
            self._rows[name] = read_row(self.path / "cells" / f"{name}.json")
        return self._rows[name]

    def result(self, name: str, net: Shape, real: type) -> Result:
        """Return a finished cell with its network."""
        path = self.path / "cells" / f"{name}.npz"
        arrays = read_arrays(path, {**KINDS, "weights": (real, 1), "biases": (real, 1)})
        size = -(-net.n_weights // 8)
        mask = (
            np.unpackbits(arrays["mask"], count=net.n_weights).astype(bool)
            if len(arrays["mask"]) == size
            else None
        )
        if (
            mask is None
            or len(arrays["weights"]) != mask.sum()
            or len(arrays["biases"]) != net.n_parameters - net.n_weights
        ):
            raise WannError(
                f"{path}: damaged (its arrays do not fit the network); remove it and {name}.json"
            )
        parameters: np.ndarray = np.zeros(net.n_parameters, real)
        parameters[: net.n_weights][mask] = arrays["weights"]
        parameters[net.n_weights :] = arrays["biases"]
        return Result(self.row(name), parameters, mask)

    def save(self, cell: Cell, result: Result) -> None:
        """Write a finished cell."""
        n, folder = len(result.mask), own_folder(self.path / "cells")
        arrays = {
            "mask": np.packbits(result.mask),
            "weights": result.parameters[:n][result.mask],
            "biases": result.parameters[n:],
        }
        write_file(folder / f"{cell.name}.npz", arrays_to_bytes(arrays))
        write_json(folder / f"{cell.name}.json", result.row)
        self._rows[cell.name] = result.row

    def write_tables(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write ``results.csv`` and ``results.json``."""
        write_file(self.path / "results.csv", to_csv(rows))
        write_json(
            self.path / "results.json", {**self.settings, "rows": [dict(row) for row in rows]}
        )


def read_row(path: Path) -> dict[str, Any]:
    """Return the row of a finished cell, or raise WannError naming the file: what ``run_cell``
    writes, and no more.
    """
    row = read_json(path)
    try:
        if not isinstance(row, dict) or set(row) != set(COLUMNS):
            raise WannError("it has other columns")
        for name, kind in COLUMNS.items():
            if kind is str and not is_name(row[name]):
                raise WannError(f"{name} is {short(row[name])}: must be text")
            if kind is bool and not isinstance(row[name], bool):
                raise WannError(f"{name} is {short(row[name])}: must be true or false")
            if kind is float or (kind is None and row[name] is not None):
                number(row[name], name)
            if kind is int and not (type(row[name]) is int and 0 <= row[name] <= LARGEST_SEED):
                raise WannError(f"{name} is {short(row[name])}: must be a whole number from 0 on")
        method, _, seed = Cell(row["method"], row["seed"]).name.rpartition("-")
        if not (path.stem.startswith(method) and path.stem.endswith(f"-{seed}")):
            raise WannError("it is of another cell")
    except WannError as error:
        raise WannError(f"{path}: damaged ({error}): remove it to run this cell again") from None
    return row


def to_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return rows as a table; what is not known is empty."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0] if rows else COLUMNS), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def read_table(path: Path) -> list[dict[str, str]]:
    """Return the rows of a table as text, or raise WannError naming the file.

    Args:
        path: the folder of a comparison, or a ``.csv`` file that ``to_csv`` wrote.
    """
    path = path / "results.csv" if path.is_dir() else path
    data = read_file(path, LARGEST_TABLE)
    if data.count(b"\n") > MOST_ROWS or data.count(b",") > MOST_VALUES:  # before they take memory
        raise WannError(
            f"{path}: not a table of results: more than {MOST_ROWS} lines or {MOST_VALUES} values"
        )
    try:
        reader = csv.DictReader(io.StringIO(data.decode()))
        rows, columns = list(reader), reader.fieldnames or ()
    except (ValueError, csv.Error) as error:
        raise WannError(f"{path}: not a table ({one_line(str(error), 200)})") from None
    if (
        not rows
        or any(None in row or None in row.values() for row in rows)
        or len(set(columns)) < len(columns)
    ):
        raise WannError(
            f"{path}: not a table of results: has no rows, rows of another length than its head, or"
            " a column twice"
        )
    missing = {"method", "remaining"} - set(columns)
    if missing:
        raise WannError(
            f"{path}: not a table of results: has no column {' and no '.join(sorted(missing))}"
        )
    return rows
