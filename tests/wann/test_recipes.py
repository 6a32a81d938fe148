"""The recipes of CONTRIBUTING.md: what they name is there, and a row in a table is enough."""

import json
import re
import runpy

import numpy as np
import pytest
from support.genomes import grow
from support.places import ROOT

import wann
from viz.explorer.html import activations_script
from viz.report import figures
from viz.report.page import page
from viz.style import new_axes
from wann.assess import assess
from wann.champion.champion import SCHEMA, Champion
from wann.errors import WannError
from wann.export import FORMATS, export
from wann.export import program as programs
from wann.export.expression import evaluated, written
from wann.export.formats import Format
from wann.numeric.activations import ACTIVATIONS, Activation
from wann.runs.directory import RunDirectory

CONTRIBUTING = (ROOT / ".github" / "CONTRIBUTING.md").read_text()


def test_every_file_and_name_that_recipes_mention_is_there():
    words = re.findall(r"`([^`\n]+)`", CONTRIBUTING)
    paths = [word for word in words if "/" in word and not re.search(r"[ (*]", word)]
    assert len(paths) > 30
    assert not [path for path in paths if not (ROOT / path).exists()]
    for name in re.findall(r"`([A-Z]{5,})` (?:of|in) `(\w[\w/]+\.py)`", CONTRIBUTING):
        assert re.search(rf"^{name[0]}\b", (ROOT / name[1]).read_text(), re.MULTILINE), name
    for file in re.findall(r"`(tests/[\w/]+\.py)`", CONTRIBUTING):
        assert "def test_" in (ROOT / file).read_text() or "slow_" in file


def test_an_activation_is_a_row_for_all_languages(monkeypatch, tmp_path):
    row = Activation("swish", "x / (1 + exp(-x))", "x / (1 + exp2(-x * LOG2E))", "#123456", 3.0)
    table = {**ACTIVATIONS, 6: row}  # in place of the sigmoid, whose kernel it does not have
    monkeypatch.setattr(programs, "ACTIVATIONS", table)
    monkeypatch.setattr("viz.explorer.html.ACTIVATIONS", table)
    champion = Champion(grow(3, 1, 60, 2), None, ("a", "b", "c"), ("y",))
    nodes = champion.genome.nodes.copy()
    nodes["activation"][5:] = 6
    champion = Champion(champion.genome._replace(nodes=nodes), None, champion.inputs, ("y",))
    export(champion, tmp_path / "network.py")
    swish = runpy.run_path(str(tmp_path / "network.py"))["f_swish"]
    x = np.linspace(-5, 5, 11)
    assert np.allclose(swish(x), x / (1 + np.exp(-x)), rtol=1e-14)
    export(champion, tmp_path / "network.c")
    assert (
        "double f_swish(double x) { return x / (1.0 + two_to("
        in (tmp_path / "network.c").read_text()
    )
    assert "case 6: return x / (1.0 + exp2(" in activations_script()


def test_expressions_are_what_kernels_compute_and_nothing_else():
    functions = {"exp2": np.exp2, "sin_pi": lambda x: np.sin(np.pi * x), "where": np.where}
    assert evaluated("where(x > 2, -x, sin_pi(x) + 1)", 0.5, functions) == 2.0
    assert written("1 / (1 + exp2(x * -2))", {"exp2": "e({})"}) == "1.0 / (1.0 + e(x * -2.0))"
    assert written("-(x + 1) * (x - 2)", {}) == "(-(x + 1.0)) * (x - 2.0)"
    for text in ("__import__('os')", "x.real", "x ** 2", "[x]", "lambda: x", "open(x)"):
        with pytest.raises((ValueError, KeyError)):
            evaluated(text, 1.0, functions)
    enum = json.loads(SCHEMA.read_text())["properties"]["nodes"]["items"]["properties"]
    assert enum["activation"]["enum"] == [activation.name for activation in ACTIVATIONS.values()]


def test_a_format_is_a_row(monkeypatch, tmp_path):
    champion = Champion(grow(2, 1, 9, 0), None, ("a", "b"), ("y",))
    row = Format(".txt", "how large it is", lambda champion, weight: f"{champion.genome.size}\n")
    monkeypatch.setitem(FORMATS, "size", row)
    export(champion, tmp_path / "network.txt")
    assert (tmp_path / "network.txt").read_text() == f"{champion.genome.size}\n"
    with pytest.raises(WannError, match=r"no format has this ending: give one of .*\.txt"):
        export(champion, tmp_path / "network.pdf")


def test_a_figure_of_the_report_is_a_row(monkeypatch, tmp_path):
    row = figures.Row(figures.SEARCH, "A figure of one's own.", lambda of: new_axes(1, 1))
    monkeypatch.setitem(figures.FIGURES, "own", row)
    config = wann.configure("cartpole", generations=1, report_trials=2, search={"population": 8})
    champion = wann.Evolution(config, out=tmp_path / "run").run()
    run, result = RunDirectory.open(tmp_path / "run"), assess(champion, trials=2)
    text = page(run, champion, result, {"own": b"<svg/>"})
    assert "A figure of one&#x27;s own." in text and "<h2>Search</h2>" in text
