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
from pathlib import Path
from typing import Any

import numpy as np

from wann.errors import WannError
from wann.files import arrays_to_bytes, read_arrays, read_file, read_json, write_file, write_json
from wann.pruning.cells import COLUMNS, Cell, Result
from wann.pruning.mlp import MLP

FORMAT = "wann-pruning"
LARGEST_TABLE = 2**24  # bytes
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
        file = path / "settings.json"
        if file.exists():
            known = read_json(file)
            known = known if isinstance(known, dict) else {}
            other = [key for key in self.settings if known.get(key) != json.loads(json.dumps(self.settings[key]))]
            if other:
                raise WannError(f"{path}: holds a comparison with another {', '.join(other)}: give the same options "
                                "again, or another folder with --out")  # fmt: skip
        elif path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise WannError(f"{path}: exists already and is no comparison: give another folder with --out")
        else:
            path.mkdir(parents=True, exist_ok=True)
            write_json(file, self.settings)
        self._rows: dict[str, dict[str, Any]] = {}  # those that were read or written

    def is_finished(self, name: str) -> bool:
        """Return whether the cell of this name is finished."""
        return name in self._rows or (self.path / "cells" / f"{name}.json").exists()

    def row(self, name: str) -> dict[str, Any]:
        """Return the row of a finished cell."""
        if name not in self._rows:
            path = self.path / "cells" / f"{name}.json"
            row = read_json(path)
            if not isinstance(row, dict) or set(row) != set(COLUMNS):
                raise WannError(f"{path}: damaged; remove it to run this cell again")
            self._rows[name] = row
        return self._rows[name]

    def result(self, name: str, net: MLP, real: type) -> Result:
        """Return a finished cell with its network."""
        path = self.path / "cells" / f"{name}.npz"
        arrays = read_arrays(path, {**KINDS, "weights": (real, 1), "biases": (real, 1)})
        size = -(-net.n_weights // 8)
        mask = np.unpackbits(arrays["mask"], count=net.n_weights).astype(bool) if len(arrays["mask"]) == size else None
        if mask is None or len(arrays["weights"]) != mask.sum() or len(arrays["biases"]) != sum(net.sizes[1:]):
            raise WannError(f"{path}: damaged (its arrays do not fit the network); remove it and {name}.json")
        parameters: np.ndarray = np.zeros(net.n_parameters, real)
        parameters[: net.n_weights][mask] = arrays["weights"]
        parameters[net.n_weights :] = arrays["biases"]
        return Result(self.row(name), parameters, mask)

    def save(self, cell: Cell, result: Result) -> None:
        """Write a finished cell."""
        n, folder = len(result.mask), self.path / "cells"
        folder.mkdir(exist_ok=True)
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
        write_json(self.path / "results.json", {**self.settings, "rows": [dict(row) for row in rows]})


def to_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return rows as a table; what is not known is empty."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]) if rows else COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def read_table(path: Path) -> list[dict[str, str]]:
    """Return the rows of a table as text, or raise WannError naming the file.

    Args:
        path: the folder of a comparison, or a ``.csv`` file that ``to_csv`` wrote.
    """
    path = path / "results.csv" if path.is_dir() else path
    try:
        rows = list(csv.DictReader(io.StringIO(read_file(path, LARGEST_TABLE).decode())))
    except (ValueError, csv.Error) as error:
        raise WannError(f"{path}: not a table ({error})") from None
    if not rows or any(None in row or None in row.values() for row in rows):
        raise WannError(f"{path}: not a table of results: has no rows, or rows of another length than its head")
    missing = {"method", "remaining"} - set(rows[0])
    if missing:
        raise WannError(f"{path}: not a table of results: has no column {' and no '.join(sorted(missing))}")
    return rows
