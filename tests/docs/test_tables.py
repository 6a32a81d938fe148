"""The tables of results are those of their files, which commands that exist write."""

import importlib
import re
import shlex
import sys

import pytest
from support.blocks import pages
from support.places import ROOT

import wann
from wann.assess import assess

sys.path += [str(ROOT / "docs"), str(ROOT / "tests" / "benchmarks")]
tables = importlib.import_module("tables")
rows = importlib.import_module("parts.rows")
seeds = importlib.import_module("seeds")
BENCHMARK = re.compile(
    r"python tests/benchmarks/(seeds|samples|doublepole|carracing_gym)\.py ([^`\n]+)"
)


def test_pages_have_the_tables_of_the_files():
    placed = []
    for file in pages():
        text = file.read_text()
        assert tables.with_tables(text) == text, f"{file}: run python docs/tables.py"
        placed += [name for _, name in tables.PLACE.findall(text)]
    assert sorted(placed) == sorted(tables.TABLES)


def test_every_file_is_linked_by_a_page_and_written_by_a_command_of_one():
    linked, written = set(), set()
    for file in pages():
        linked |= set(re.findall(r"\]\(\S*data/(\w+\.csv)\)", file.read_text()))
        for name, given in BENCHMARK.findall(file.read_text().replace("\\\n", " ")):
            parser = importlib.import_module(name).parser()
            output = parser.parse_args(shlex.split(given)).output
            written |= {output.name} if output else set()
    files = {file.name for file in rows.DATA.iterdir()}
    assert files == linked
    # the others are of wann compare --csv and wann pruning
    assert files - written == {
        "ablation.csv", "lenet5.csv", "pruning.csv", "pruning16.csv", "resnet8.csv"
    }  # fmt: skip


@pytest.mark.parametrize(
    "name", ["swingup", "swingup_best", "cartpole_far", "digits", "gymnasium", "carracing"]
)
def test_a_file_has_a_row_for_each_run(name):
    found = tables.read(name)
    assert set(found[0]) <= set(seeds.COLUMNS)
    assert len({(row["run"], row["seed"]) for row in found}) == len(found)
    assert all(
        float(row[key]) == float(row[key]) for row in found for key in ("best", "connections")
    )


def test_medians_and_intervals_are_those_of_the_rows(monkeypatch, tmp_path):
    (tmp_path / "swingup.csv").write_text(
        "run,seed,sweep,sweep_std,sweep_up,random,random_std,random_up,best,best_std,best_up,"
        "best_weight,connections\n"
        + "".join(f"ten,{k},{k}00,1,{k},-{k},2,{k},{k}0,3,{k},-1.5,{k}\n" for k in (1, 2, 6))
    )
    monkeypatch.setattr(rows, "DATA", tmp_path)
    first, *_, middle, sure = tables.control("swingup").split("\n")[2:]
    assert first == "| seed 1 | 100 ± 1 | −1 ± 2 | 10 ± 3 (−1.5) | 1, 1, 1 % | 1 |"
    assert middle.replace("*", "") == "| median of the 3 | 200 | −2 | 20 | 2, 2, 2 % | 2 |"
    assert sure.startswith("| 95 % interval of the median | 100 to 600 | −6 to −1 | 10 to 60 |")


def test_seeds_are_assessed(finished, tmp_path, monkeypatch, capsys):
    file = tmp_path / "some.csv"
    words = [str(finished), "--trials", "4", "--places", "1", "-o", str(file)]
    monkeypatch.setattr(sys, "argv", ["seeds.py", *words])
    seeds.main()
    monkeypatch.setattr(rows, "DATA", tmp_path)
    [row] = tables.read("some")
    champion = wann.load(finished)
    found = assess(champion, trials=4)
    assert (
        row["sweep"] == f"{found.sweep.mean:.1f}" and float(row["best_weight"]) == found.best_weight
    )
    assert row["connections"] == str(champion.genome.size) and "vote" not in row
    assert f"{finished}: 1 runs" in capsys.readouterr().out
