"""The page of a report: it holds the numbers, tells them in order, loads nothing, runs its player
only, and shows texts of strangers as texts.
"""

import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from support.figure_samples import SWINGUP, TOY, grow, make_run

from viz.report import __main__ as report
from viz.report.figures import FIGURES, Subject
from viz.report.html import text
from viz.report.page import facts, page
from wann.assess import assess
from wann.champion.champion import load
from wann.champion.task import task_of
from wann.errors import WannError
from wann.explain import explain
from wann.files import write_file
from wann.runs.directory import RunDirectory

EVIL = '<script>alert("x")</script>&<img src=x onerror=y>\'"'
LONE = "\ud800"


class Reader(HTMLParser):
    """Collects the elements and texts of a page."""

    def __init__(self):
        super().__init__()
        self.tags, self.sources, self.links = [], [], []
        self.texts, self.open, self.hashes = [], [], set()

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.sources += [value for name, value in attributes if name in ("src", "data", "srcset")]
        self.links += [value for name, value in attributes if name == "href"]
        assert not [name for name, _ in attributes if name.startswith("on")]
        if tag not in ("meta", "img", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)
        if self.open[-1:] in (["script"], ["style"]):
            digest = base64.b64encode(hashlib.sha256(data.encode()).digest()).decode()
            self.hashes.add(f"'sha256-{digest}'")


def read(content: str) -> Reader:
    """Return what is in a page, whose elements must be closed."""
    reader = Reader()
    reader.feed(content)
    assert not reader.open
    return reader


@pytest.fixture
def run(tmp_path):
    return make_run(tmp_path / "run")


def subject(run, **changed):
    """Return what a report of a run tells of, in few trials."""
    champion = load(run)
    task = task_of(champion, TOY)
    facts = {
        "run": RunDirectory.open(run),
        "champion": champion,
        "tuned": None,
        "task": task,
        "result": assess(champion, TOY, trials=2),
        "explanation": explain(champion, TOY, trials=2),
    }
    return Subject(**{**facts, **changed})


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


def test_the_page_loads_nothing_and_runs_its_player_only(reported):
    content = (reported[0] / "report.html").read_text()
    reader = read(content)
    assert all(source.startswith("data:image/svg+xml;base64,") for source in reader.sources)
    assert not {"link", "iframe", "object", "form"} & set(reader.tags)
    assert reader.tags.count("script") == reader.tags.count("style") == 1
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', content)[1]
    assert set(re.findall(r"'sha256-[^']*'", policy)) == reader.hashes and len(reader.hashes) == 2
    assert policy.startswith("default-src 'none'; img-src data:;") and "unsafe" not in policy
    assert " style=" not in content  # the policy would forbid it
    assert any("prefers-color-scheme: dark" in part for part in reader.texts)


def test_no_figure_is_shown_twice(reported):
    figures = reported[0]
    shown = read((figures / "report.html").read_text()).sources
    assert len(shown) == len(set(shown)) == 6  # weights, conditions, importance, tuned, the search
    assert not (figures / "topology.svg").exists() and not (figures / "assess.png").exists()


def test_light_colours_stay_on_white_paper(reported):
    content = (reported[0] / "report.html").read_text()
    looks = re.findall(r'<img class="(\w+) large" alt="([^"]*)"', content)
    assert [alt for look, alt in looks if look == "paper"] == [FIGURES["pareto"].caption]
    assert {look for look, _ in looks} == {"paper", "drawing"}


def test_the_sections_tell_a_story(reported):
    content = (reported[0] / "report.html").read_text()
    assert re.findall(r"<h2>([^<]*)</h2>", content) == [
        "What it does",
        "How much the weights matter",  # the toy's score is the square of the weight
        "How it does it",
        "How it came about",
        "How to reproduce it",
    ]
    assert "The champion of the first generation scored 28.0 with 4 connections" in content
    assert "the last one 47.0 with 13" in content


def test_it_links_what_is_beside_it(reported, run):
    figures, _ = reported
    reader = read((figures / "report.html").read_text())
    assert reader.links == ["explorer.html", "assess.json"]
    assert all((figures / link).is_file() for link in reader.links)
    assert any("sent alone" in part for part in reader.texts)
    assert read(page(subject(run), {})).links == ["assess.json"]


def test_a_network_that_cannot_be_explored_is_reported(run, monkeypatch):
    def fail(*given, **told):
        raise WannError("the network is too large")

    monkeypatch.setattr(report, "content", fail)
    with pytest.warns(UserWarning, match="no explorer: the network is too large"):
        assert not report.write_explorer(subject(run))
    assert not (run / "figures" / "explorer.html").exists()


def test_a_run_without_a_champion_is_one_line(run):
    (run / "champion.json").unlink()
    with pytest.raises(WannError, match="has no champion yet: let it evolve a few seconds"):
        report.main([str(run), "--task", TOY])
    assert not (run / "figures").exists()


def test_it_says_how_to_make_the_champion_again(run):
    digest = hashlib.sha256((run / "champion.json").read_bytes()).hexdigest()
    rows = dict(re.findall(r"<tr><td>([^<]*)</td><td>([^<]*)</td></tr>", page(subject(run), {})))
    assert rows["SHA-256 of champion.json"] == digest and rows["seed"] == "3"
    assert f"task=&quot;{TOY}&quot;, seed=3" == rows["differs from the defaults"]


def test_numbers_have_their_interval_and_count(run):
    content = page(subject(run), {})
    mean = subject(run).result.sweep
    low, high = mean.score.interval
    assert f"<dd>{mean.mean:.3f}</dd><dd>{low:.3f} … {high:.3f}</dd>" in content
    assert "Score with 95 % interval of the mean; 2 trials at each weight" in content
    failing = replace(subject(run).result, success="stays up")
    failing = replace(failing, best_shared=replace(failing.best_shared, success=0.0))
    assert "<dd>stays up in 0 of 2</dd>" in facts(load(run), failing)


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
        "platform": EVIL,
        "data": {"a": EVIL},
    }
    write_file(run / "about.json", json.dumps(about))
    own = subject(
        run,
        champion=champion,
        result=result,
        explanation=explain(champion, task_of(load(run), TOY)),
    )
    content = page(own, {"curves": EVIL.encode()}, {"watch": b"GIF"}, explorer=True)
    reader = read(content)
    content.encode()
    assert reader.tags.count("script") == 1 and reader.tags.count("img") == 2
    assert any(EVIL in part for part in reader.texts)
    assert any("x onerror" in part for part in reader.texts)


@pytest.mark.parametrize(
    "about", [None, "[1]", "{", '{"command": "ls", "wann": null}', '{"command": [1, 2]}']
)
def test_a_run_without_its_origin_can_be_reported(run, about):
    (run / "about.json").unlink()
    if about is not None:
        write_file(run / "about.json", about)
    reader = read(page(subject(run), {}))
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
