"""The folder of a comparison: links, kills, two processes at once, and files that are damaged or a
stranger's.
"""

import json
import os

import numpy as np
import pytest
from support.readers import refused

from viz.pruning import MOST_METHODS, draw
from wann.errors import WannError
from wann.files import write_file
from wann.pruning.comparison import results as results_module
from wann.pruning.comparison.cells import Cell, Result, Setup, run_cell
from wann.pruning.comparison.results import Results, read_row, read_table, to_csv
from wann.pruning.mlp import MLP
from wann.pruning.training import Recipe

NET, SETTINGS = MLP((3, 2)), {"task": "rings", "precision": "float32"}


def made(path, seed=0):
    """Return a comparison with one finished cell."""
    inputs, labels = (
        np.random.default_rng(0).normal(size=(20, 3)).astype(np.float32),
        np.arange(20) % 2,
    )
    cell = Cell("dense", seed)
    result = run_cell(cell, Setup(NET, Recipe(epochs=1), inputs, labels, inputs, labels), None)
    results = Results(path, SETTINGS)
    results.save(cell, result)
    return cell, result


def test_a_cell_comes_back_as_it_was(tmp_path):
    cell, result = made(tmp_path / "out")
    again = Results(tmp_path / "out", SETTINGS)
    assert again.is_finished(cell.name) and again.row(cell.name) == result.row
    back = again.result(cell.name, NET, np.float32)
    assert (
        isinstance(back, Result)
        and (back.parameters == result.parameters).all()
        and back.mask.all()
    )
    assert read_row(tmp_path / "out" / "cells" / "dense-s0.json") == result.row
    again.write_tables([result.row])
    assert read_table(tmp_path / "out")[0]["accuracy"] == str(result.row["accuracy"])


def test_a_cell_of_the_largest_seed_is_read(tmp_path):
    cell, result = made(tmp_path, 2**63 - 1)
    assert (
        Results(tmp_path, SETTINGS).row(cell.name) == result.row and result.row["seed"] == 2**63 - 1
    )


BAD = [
    ("accuracy", "x"),
    ("accuracy", None),
    ("accuracy", 10**400),
    ("accuracy", True),
    ("remaining", []),
    ("remaining", -1),
    ("remaining", 2**70),
    ("remaining", 1.5),
    ("effective", None),
    ("method", {}),
    ("method", 1),
    ("method", "\x1b[31m"),
    ("method", "x" * 5000),
    ("method", "imp"),
    ("method", "den\udcffse"),
    ("seed", "0"),
    ("seed", 1),
    ("compression", "1"),
    ("compression", [1]),
    ("no_path", 0),
    ("no_path", "no"),
    ("diverged", None),
    ("seconds", "now"),
    ("per_layer", 6),
    ("total", {}),
    ("connections", True),
    ("more", 1),
]


@pytest.mark.parametrize(("column", "value"), BAD)
def test_a_damaged_row_is_one_line_that_says_which_file_to_remove(tmp_path, column, value):
    cell, result = made(tmp_path)
    file = tmp_path / "cells" / "dense-s0.json"
    file.write_text(json.dumps({**result.row, column: value}))
    with pytest.raises(WannError, match=r"dense-s0\.json: .*(damaged|not valid JSON)") as error:
        Results(tmp_path, SETTINGS).row(cell.name)
    assert str(error.value).isprintable() and len(str(error.value)) < 500


def test_rows_and_tables_of_a_stranger_cost_little(tmp_path):
    pytest.importorskip("resource")
    tables = {
        "rows": (b"method,remaining\n" + b"a,1\n" * 2**21, "more than 10000 lines"),
        "columns": (b"," * 2**23 + b"\n" + b"," * 2**22, "or 2000000 values"),
        "returns": (b"method,remaining\n" + b"a,1\r" * 2**21, "not a table"),
        "quotes": (b'method,remaining\n"' + b"a" * 2**23, "not a table"),
        "twice": (b"method,remaining,method\na,1,b\n", "a column twice"),
        "bytes": (b"method,remaining\n\xff,1\n", "not a table"),
        "ragged": (b"method,remaining\na,1,2\n", "rows of another length"),
        "zeros": (b"\0" * 2**20, "not a table|no rows"),
    }
    for name, (data, _) in tables.items():
        (tmp_path / f"{name}.csv").write_bytes(data)
    cells = {
        "list": b"[]",
        "deep": b"[" * 10**6,
        "many": b"[" + b"0," * 3 * 10**6 + b"0]",
        "bytes": b"\xff",
    }
    for name, data in cells.items():
        (tmp_path / f"{name}.json").write_bytes(data)
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "large.csv").touch()
    os.truncate(tmp_path / "large.csv", 2**40)
    tables |= {"pipe": (b"", "not a regular file"), "large": (b"", "larger than")}
    refused(
        tmp_path,
        [("table", tmp_path / f"{name}.csv", message) for name, (_, message) in tables.items()]
        + [("cell", tmp_path / f"{name}.json", "damaged|not valid JSON") for name in cells],
    )


@pytest.mark.parametrize("name", ["cells", "networks"])
def test_nothing_is_written_through_a_linked_folder(tmp_path, name):
    cell, result = made(tmp_path / "good")
    results = Results(tmp_path / "out", SETTINGS)
    (tmp_path / "mine").mkdir()
    os.symlink(tmp_path / "mine", tmp_path / "out" / name)
    with pytest.raises(WannError, match=f"{name}: is a link"):
        _ = results.networks if name == "networks" else results.save(cell, result)
    with pytest.raises(WannError, match=f"{name}: is a link"):
        write_file(tmp_path / "out" / name / "x.json", "")
    assert not list((tmp_path / "mine").iterdir())


def test_a_kill_before_the_settings_are_there_leaves_what_can_be_started(tmp_path, monkeypatch):
    def killed(path, settings):
        path.with_name(".settings.json.12.tmp").write_text("{")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(results_module, "write_json", killed)
        Results(tmp_path / "out", SETTINGS)
    Results(tmp_path / "out", SETTINGS)
    with pytest.raises(WannError, match="another task"):
        Results(tmp_path / "out", {**SETTINGS, "task": "digits"})


def test_of_two_that_start_at_once_the_second_sees_the_settings_of_the_first(tmp_path, monkeypatch):
    look = Results._is_made

    def slow_look(self):
        found = look(self)
        monkeypatch.setattr(Results, "_is_made", look)
        Results(tmp_path / "out", {**SETTINGS, "task": "digits"})
        return found

    monkeypatch.setattr(Results, "_is_made", slow_look)
    with pytest.raises(WannError, match="holds a comparison with another task"):
        Results(tmp_path / "out", SETTINGS)
    assert json.loads((tmp_path / "out" / "settings.json").read_text())["task"] == "digits"


@pytest.mark.parametrize("found", ["notes.txt", ".mine.json.12.tmp", "cells"])
def test_a_folder_with_something_else_is_left_alone(tmp_path, found):
    (tmp_path / found).write_text("mine")
    with pytest.raises(WannError, match="exists already and is no comparison"):
        Results(tmp_path, SETTINGS)
    assert [path.name for path in tmp_path.iterdir()] == [found]


VALUES = [
    "",
    "x",
    "nan",
    "-inf",
    "1e308",
    "1e400",
    "-5",
    "0",
    "1_0",
    "\x1b[31m",
    "[]",
    "True",
    "9" * 400,
]


@pytest.mark.parametrize("column", ["remaining", "effective", "accuracy", "method"])
@pytest.mark.filterwarnings("error")
def test_a_figure_of_a_damaged_table_is_drawn_or_refused(tmp_path, column):
    known = {"method": "imp", "remaining": 9, "effective": 9, "accuracy": 0.5}
    for value in VALUES:
        (tmp_path / "results.csv").write_text(to_csv([known, {**known, column: value}]))
        try:
            draw(read_table(tmp_path)).figure.draw_without_rendering()
        except WannError as error:
            assert str(error).isprintable() and str(error).startswith(f"{column} is ")


def test_more_methods_than_can_be_told_apart_are_not_drawn(tmp_path):
    known = {"remaining": 9, "effective": 9, "accuracy": 0.5}
    (tmp_path / "t.csv").write_text(
        to_csv([{"method": str(k), **known} for k in range(MOST_METHODS + 1)])
    )
    with pytest.raises(WannError, match="results of 101 methods: at most 100 can be drawn"):
        draw(read_table(tmp_path / "t.csv"))
