"""The explorers in pages: each is written of a champion file, and each file has one."""

import importlib
import re
import sys
from types import SimpleNamespace

import pytest
from support.blocks import pages
from support.places import ROOT

import wann

sys.path.append(str(ROOT / "docs"))
figures = importlib.import_module("figures")
explorers = importlib.import_module("parts.explorers")


def test_pages_show_the_explorers_that_are_written():
    shown = {
        (file.parent / path).resolve()
        for file in pages()
        for path in re.findall(r"(?:src|href)=\"([^\"#]+\.html)", file.read_text())
    }
    assert {file.name for file in explorers.pages().values()} == {*figures.CHAMPIONS}
    assert shown == {(ROOT / "docs" / place).resolve() for place in explorers.pages()}


@pytest.mark.parametrize(
    ("format", "error", "n"), [("html", None, 1), ("latex", None, 0), ("html", 1, 0)]
)
def test_they_are_written_beside_pages_of_html(tmp_path, monkeypatch, format, error, n):
    [champion] = explorers.CHAMPIONS.glob("*.json")
    monkeypatch.setattr(explorers, "TRIALS", 1)
    app = SimpleNamespace(builder=SimpleNamespace(format=format), outdir=str(tmp_path))
    explorers.write(app, error)
    made = list(tmp_path.rglob("*.html"))
    assert len(made) == n
    for file in made:
        assert file.relative_to(tmp_path).as_posix() == "_static/explorers/swingup.html"
        assert f'"size":{wann.load(champion).genome.size},' in file.read_text()
