"""Tables of JSON files have a line for each row, whatever their texts hold."""

import json

import pytest

from wann.files import write_json

ROW = {"x": 1, "y": True, "z": "é"}


@pytest.mark.parametrize(
    "rows",
    [[ROW], [ROW] * 3, [{}], [{}, {}], [{"x": "}, {"}], [{"x": "}, {"}, ROW],
     [{"x": {"y": 1}}, ROW], [{"x": [{"y": 1}, {"y": 2}]}], [ROW, {"}, {": 1}]],
)  # fmt: skip
def test_each_row_of_a_table_has_a_line(tmp_path, rows):
    value = {"first": 0.1, "rows": rows, "none": [], "numbers": [1, 2.5]}
    write_json(tmp_path / "a.json", value)
    text = (tmp_path / "a.json").read_text()
    assert json.loads(text) == value
    lines = text.splitlines()
    expected = [f"  {json.dumps(row)}" for row in rows]
    assert [line.removesuffix(",") for line in lines[3 : 3 + len(rows)]] == expected
    assert lines[2] == ' "rows": [' and lines[3 + len(rows)] == " ],"


def test_what_is_no_number_is_refused(tmp_path):
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "a.json", {"rows": [{"x": float("nan")}]})
    assert not list(tmp_path.iterdir())
