"""What wann keeps for itself and may find damaged: logs of scores, comparisons of pruning, compiled
code.
"""

import json
import shutil
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numba import int64
from numba.core.registry import cpu_target

from support.damage import as_json, changed, damaged, lying, packed
from support.kinds import Kind
from wann.errors import WannError
from wann.jit import TextCache, compiled
from wann.pruning.comparison.cells import COLUMNS, Cell, Result
from wann.pruning.comparison.compare import summary
from wann.pruning.comparison.results import Results, read_table
from wann.pruning.mlp import MLP, accuracy
from wann.runs.score_log import ScoreLog

# -------------------------------------------------------------------------------- logs of scores
SETTINGS = {
    "task": "swingup",
    "seed": 3,
    "weights": [-1.0, 1.5],
    "network": {"nodes": [[0, 1]], "conns": []},
}
ASKED = [np.linspace(-k, k, 4 * 3).reshape(4, 3) for k in range(1, 5)]  # four times four candidates
GIVEN = np.array([0.5, -1e299, 0.0, 1 / 3])


def asked(file: Path) -> list[tuple[np.ndarray, int]]:
    """Return the scores that a computation gets, from a log as far as it goes."""
    with ScoreLog(file, SETTINGS) as log:
        return [log.scores(weights, lambda: (GIVEN, 40)) for weights in ASKED]


@lru_cache
def log_rows() -> list[dict[str, Any]]:
    """Return the lines of a valid log."""
    with tempfile.TemporaryDirectory() as folder:
        asked(Path(folder) / "log")
        return [json.loads(line) for line in (Path(folder) / "log").read_text().splitlines()]


def as_lines(rows: list[Any]) -> bytes:
    """Return a line of JSON for each."""
    return b"".join(as_json(row) + b"\n" for row in rows)


def check_score_log(folder: Path, data: bytes) -> None:
    """Go on from a log, twice: the second time everything is in it."""
    file = folder / "network.json.log"
    file.write_bytes(data)
    first = asked(file)
    for scores, steps in first:
        assert scores.dtype == np.float64 and scores.shape == (4,) and np.isfinite(scores).all()
        assert type(steps) is int and 0 <= steps < 2**63
    for (scores, steps), (again, steps_again) in zip(first, asked(file), strict=True):
        np.testing.assert_array_equal(scores, again)
        assert steps == steps_again


# ------------------------------------------------------------------------ comparisons of pruning
NET = MLP((3, 4, 2))
CELL = Cell("magnitude", 0, "c2")
COMPARISON = {
    "task": "samples",
    "data": 7,
    "net": NET._asdict(),
    "recipe": {"rate": 0.1, "epochs": 2},
}
MASK = np.arange(NET.n_weights) % 3 > 0
ROW = dict.fromkeys(COLUMNS, "none") | {
    "method": "magnitude", "per_layer": "8 5", "empty_layer": False, "no_path": False,
    "diverged": False,
    **dict.fromkeys(("rounds", "total", "remaining", "effective", "connections"), 13),
    **dict.fromkeys(("gradient_steps", "scorings"), 13), "seed": CELL.seed,
    **dict.fromkeys(("compression", "effective_compression", "speedup", "accuracy_before",
    "accuracy", "seconds"), 0.5),
}  # fmt: skip
PARTS = "settings.json", f"cells/{CELL.name}.json", f"cells/{CELL.name}.npz", "results.csv"


def comparison(folder: Path) -> Results:
    """Return the comparison in a folder."""
    return Results(folder, COMPARISON)


@lru_cache
def parts() -> dict[str, bytes]:
    """Return the files of a valid comparison."""
    with tempfile.TemporaryDirectory() as folder:
        results = comparison(Path(folder) / "made")
        parameters = np.linspace(-1, 1, NET.n_parameters).astype(np.float32)
        results.save(CELL, Result(ROW, parameters, MASK))
        results.write_tables([ROW, {**ROW, "method": "dense"}])
        return {name: (results.path / name).read_bytes() for name in PARTS}


def network() -> dict[str, np.ndarray]:
    """Return the arrays of the network of a cell."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "cell.npz").write_bytes(parts()[PARTS[2]])
        with np.load(Path(folder) / "cell.npz") as file:
            return dict(file)


def check_comparison(folder: Path, case: tuple[str, bytes]) -> None:
    """Go on with a comparison of which a file is another: use its network, and write its tables
    again.
    """
    name, data = case
    made = folder / "comparison"
    for part, good in parts().items():
        (made / part).parent.mkdir(parents=True, exist_ok=True)
        (made / part).write_bytes(data if part == name else good)
    try:
        if name == PARTS[3]:
            assert all(set(row) >= {"method", "remaining"} for row in read_table(made))
        results = comparison(made)
        assert results.is_finished(CELL.name)
        row, parameters, mask = results.result(CELL.name, NET, np.float32)
        assert set(row) == set(COLUMNS) and mask.dtype == bool and mask.shape == (NET.n_weights,)
        assert parameters.dtype == np.float32 and parameters.shape == (NET.n_parameters,)
        with np.errstate(all="ignore"):
            assert (
                0 <= accuracy(NET, parameters, np.ones((5, 3), np.float32), np.zeros(5, int)) <= 1
            )
            assert summary([row, row]).count("\n") == 1
        results.write_tables([row, row])
        assert len(read_table(made)) == 2
        results.save(CELL, Result(row, parameters, mask))
        again = comparison(made).result(CELL.name, NET, np.float32)
        assert (
            again.row == row
            and parameters.tobytes() == again.parameters.tobytes()
            and (mask == again.mask).all()
        )
    finally:
        shutil.rmtree(made)


#: whole files, which load: damage would tell nothing of a reader that refuses all
WHOLE = {"tune log": (check_score_log, lambda: as_lines(log_rows()))} | {
    part: (check_comparison, lambda part=part: (part, parts()[part])) for part in PARTS
}


def of_part(number: int, data: st.SearchStrategy) -> st.SearchStrategy:
    """Return cases of one of the files."""
    return st.tuples(st.just(PARTS[number]), data)


def of_json(number: int) -> st.SearchStrategy:
    """Return cases of one of the files of JSON."""
    good = parts()[PARTS[number]]
    return of_part(number, damaged(good) | changed(json.loads(good)).map(as_json))


# ---------------------------------------------------------------------------------- compiled code
def tripled(x):
    """Return three times a number, and one more: a kernel."""
    return 3 * x + 1


class OneFile(TextCache):
    """The cache of that kernel, in a file whose name is given."""

    def __init__(self, place: Path):
        super().__init__(tripled, (Path(__file__),))
        self.place = place

    def file(self, key: tuple) -> Path:
        """Return the file."""
        return self.place


@lru_cache
def machine_code() -> tuple[bytes, bytes]:
    """Return the files of the kernel compiled for whole numbers, and for others."""
    files = []
    for value in (2, 2.5):
        with tempfile.TemporaryDirectory() as folder:
            kernel: Any = compiled(tripled, [Path(__file__)])
            kernel._cache = OneFile(Path(folder) / "kernel.nbc")
            kernel(value)
            files.append(kernel._cache.place.read_bytes())
    return files[0], files[1]


@st.composite
def spoilt(draw: Any) -> bytes:
    """Return a file of compiled code of which a part is another, or of another, or none."""
    good, other = machine_code()
    match draw(
        st.sampled_from(("damaged", "bit", "cut", "joined", "shifted", "zeros", "other", "good"))
    ):
        case "damaged":
            return draw(damaged(good))
        case "bit":
            at = draw(st.integers(0, len(good) - 1))
            return good[:at] + bytes([good[at] ^ (1 << draw(st.integers(0, 7)))]) + good[at + 1 :]
        case "cut":
            return good[: draw(st.integers(0, len(good)))]
        case "joined":
            return (
                good[: draw(st.integers(0, len(good)))] + other[draw(st.integers(0, len(other))) :]
            )
        case "shifted":
            return good[draw(st.integers(0, 64)) :]
        case "zeros":
            at = draw(st.integers(0, len(good)))
            return good[:at] + bytes(len(good) - at)
        case "other":
            return other
        case _:
            return good


def check_machine_code(folder: Path, data: bytes) -> None:
    """Load compiled code: it is whole, and gives the right value, or is not used."""
    file = folder / "kernel.nbc"
    file.write_bytes(data)
    result = OneFile(file).load_overload((int64,), cpu_target.target_context)
    if result is None:
        assert data != machine_code()[0], "whole, and not used"
        raise WannError(f"{file}: damaged")
    assert data == machine_code()[0], "damaged, and used"


KINDS = {
    "tune log, damaged": Kind(st.deferred(lambda: damaged(as_lines(log_rows()))), check_score_log),
    "tune log, changed values": Kind(
        st.deferred(lambda: changed(log_rows()).map(as_lines)), check_score_log
    ),
    "pruning, settings": Kind(st.deferred(lambda: of_json(0)), check_comparison),
    "pruning, row": Kind(st.deferred(lambda: of_json(1)), check_comparison),
    "pruning, damaged network": Kind(
        st.deferred(lambda: of_part(2, damaged(parts()[PARTS[2]]) | packed(network()))),
        check_comparison,
    ),
    "pruning, lying network": Kind(
        st.deferred(lambda: of_part(2, lying(network(), st.nothing()))), check_comparison
    ),
    "pruning, table": Kind(
        st.deferred(lambda: of_part(3, damaged(parts()[PARTS[3]]))), check_comparison
    ),
    "compiled code": Kind(spoilt(), check_machine_code),
}
