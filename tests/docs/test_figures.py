"""What the documentation shows is there, small, and made by commands that exist."""

import importlib
import sys

import pytest
from support.places import ROOT
from support.trial import read_ours

sys.path.append(str(ROOT / "docs"))
figures = importlib.import_module("figures")


@pytest.mark.parametrize("name", figures.FIGURES)
def test_a_figure_is_a_run_and_a_command(name):
    figure = figures.FIGURES[name]
    assert 0 < (figures.STATIC / name).stat().st_size <= figure.most <= 300_000
    command, *given = figure.command.replace("FILE", name).split()
    assert read_ours(command, given) is None and {"RUN", name} <= {*given}
    assert read_ours("evolve", figures.EVOLVED[figure.run]) is None


def test_pictures_are_small():
    large = [
        file.name
        for file in (figures.STATIC / "figures").glob("*.png")
        if file.stat().st_size > 150_000
    ]
    assert not large


def test_what_is_missing_is_made_and_what_is_too_large_is_refused(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(figures, "STATIC", tmp_path)
    figure = figures.Figure("swingup", "explorer RUN -o FILE", most=5)
    monkeypatch.setattr(figures, "FIGURES", {"new.html": figure})
    done = []

    def run(*words):
        done.append([str(word) for word in words])
        (tmp_path / "new.html").write_text("much" * 2)

    monkeypatch.setattr(figures, "wann", run)
    with pytest.raises(SystemExit, match="8 bytes: must be at most 5"):
        figures.main(["--runs", str(tmp_path / "runs")])
    made, file = str(tmp_path / "runs" / "swingup"), str(tmp_path / "new.html")
    assert done == [["evolve", "swingup", "--out", made], ["explorer", made, "-o", file]]
    figures.main([])  # it is there
    assert len(done) == 2
    with pytest.raises(SystemExit):
        figures.main(["other.html"])
    assert "invalid choice: 'other.html'" in capsys.readouterr().err
