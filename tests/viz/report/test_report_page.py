"""The page of a report: it holds the numbers, loads nothing, and shows texts of strangers as
texts.
"""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from support.figure_samples import SWINGUP, TOY, grow, make_run

from viz.report import __main__ as report
from viz.report.page import page, text
from wann.assess import assess
from wann.champion.champion import load
from wann.files import write_file
from wann.runs.directory import RunDirectory

EVIL = '<script>alert("x")</script>&<img src=x onerror=y>\'"'
LONE = "\ud800"


class Reader(HTMLParser):
    """Collects the elements and texts of a page."""

    def __init__(self):
        super().__init__()
        self.tags, self.sources, self.texts, self.open = [], [], [], []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.sources += [
            value for name, value in attributes if name in ("src", "href", "data", "srcset")
        ]
        assert not [name for name, _ in attributes if name.startswith("on")]
        if tag not in ("meta", "img", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


def read(content: str) -> Reader:
    """Return what is in a page, whose elements must be closed."""
    reader = Reader()
    reader.feed(content)
    assert not reader.open
    return reader


@pytest.fixture
def run(tmp_path):
    return make_run(tmp_path / "run")


@pytest.fixture(scope="module")
def reported(tmp_path_factory):
    """Return the figures of a run whose champion was tuned, of coarse resolution, and how often it
    was assessed.
    """
    path, calls = make_run(tmp_path_factory.mktemp("runs") / "run"), []
    champion = load(path)
    replace(champion, weights=np.full(len(champion.genome.conns), 1.25)).save(path / "tuned.json")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("viz.style.DPI", 20)
        patch.setattr(
            report, "measure", lambda *given, **told: calls.append(given) or assess(*given, **told)
        )
        report.main([str(path), "--task", TOY])
    return path / "figures", len(calls)


def test_the_page_has_the_numbers_of_one_assessment(reported):
    figures, calls = reported
    assert calls == 1
    result = json.loads((figures / "assess.json").read_text())
    assert result["tuned"]["mean"] == pytest.approx(
        result["per_weight"]["1.0"]["mean"] + 1.25**2 - 1
    )
    content = (figures / "report.html").read_text()
    rows = dict(re.findall(r"<tr><td>([^<]*)</td><td>([^<]*)</td>", content))
    for name, row in {
        "tuned weights": result["tuned"],
        "random weights, each uniform in [-2, 2]": result["random_weights"],
        "shared weight -2.0": result["per_weight"]["-2.0"],
        "tuned weights, 20 % noise": result["perturbed"]["tuned"]["noise"]["0.2"],
    }.items():
        assert rows[name] == f"{row['mean']:.1f}"
    assert (
        f"<td>{result['tuned']['interval'][0]:.1f} … {result['tuned']['interval'][1]:.1f}</td>"
        in content
    )
    assert (figures / "tuned.svg").exists() and rows["seed"] == "3"


def test_the_page_needs_nothing_else_and_runs_nothing(reported):
    reader = read((reported[0] / "report.html").read_text())
    assert all(source.startswith("data:image/svg+xml;base64,") for source in reader.sources)
    assert len(reader.sources) == 7 and not {"script", "link", "iframe", "object", "a"} & set(
        reader.tags
    )
    assert any("prefers-color-scheme: dark" in part for part in reader.texts)


def test_texts_of_a_stranger_are_only_texts(run):
    champion = replace(
        grow(8, 1, inputs=(EVIL, *SWINGUP[1:]), outputs=(LONE,)), provenance={"generation": EVIL}
    )
    result = replace(assess(load(run), TOY, trials=2), task=EVIL)
    about = {
        "command": ["x", EVIL],
        "wann": EVIL,
        "python": [EVIL],
        "started": LONE + EVIL,
        "data": {"a": EVIL},
    }
    write_file(run / "about.json", json.dumps(about))
    content = page(RunDirectory.open(run), champion, result, {"topology": EVIL.encode()}, b"GIF")
    reader = read(content)
    content.encode()
    assert "script" not in reader.tags and reader.tags.count("img") == 2
    assert any(EVIL in part for part in reader.texts)
    assert any("x onerror" in part for part in reader.texts)


@pytest.mark.parametrize(
    "about", [None, "[1]", "{", '{"command": "ls", "wann": null}', '{"command": [1, 2]}']
)
def test_a_run_without_its_origin_can_be_reported(run, about):
    (run / "about.json").unlink()
    if about is not None:
        write_file(run / "about.json", about)
    reader = read(page(RunDirectory.open(run), load(run), assess(load(run), TOY, trials=2), {}))
    assert any(
        f"python -m wann.evolve config.toml --set task={TOY} --out again" in part
        for part in reader.texts
    )
    assert "started as" not in reader.texts


def test_weights_of_another_network_are_not_shown(run):
    champion, directory = load(run), RunDirectory.open(run)
    assert report.tuned_weights(directory, champion) is None
    other = grow(9, 7, task=TOY)
    replace(other, weights=np.ones(len(other.genome.conns))).save(run / "tuned.json")
    with pytest.warns(UserWarning, match=r"tuned\.json is of another network"):
        assert report.tuned_weights(directory, champion) is None


def test_long_texts_are_cut():
    assert len(text("<" * 10**6)) == 4 * 4000
