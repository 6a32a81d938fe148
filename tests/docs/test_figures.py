"""Every picture of the pages is made by a command of the pages, and every row makes a picture."""

import importlib
import re
import shlex
import subprocess
import sys

import pytest
from PIL import Image
from support.blocks import blocks_in, commands_of, pages
from support.places import ROOT

sys.path.append(str(ROOT / "docs"))
figures = importlib.import_module("figures")
IMAGE = re.compile(r"(?:!\[[^\]]*\]\(|\{image\} )(\S+\.(?:png|gif))")


@pytest.fixture(scope="module")
def documented():
    """Return the commands of all pages, as their words."""
    return [
        command.words
        for file in pages()
        for block in blocks_in(file)
        if block.kind == "sh"
        for command in commands_of(block)
    ]


def test_every_picture_has_a_row_and_every_row_a_picture():
    shown = {
        (file.parent / path).resolve()
        for file in pages()
        for path in IMAGE.findall(file.read_text())
    }
    assert {path.name: path for path in shown} == {n: figures.place_of(n) for n in figures.FIGURES}
    there = {path for folder in figures.PLACES for path in folder.iterdir()}
    assert shown == {path for path in there if path.suffix in (".png", ".gif")}
    assert len(shown) == len(figures.FIGURES) == len(figures.TABLE)


COMMANDS = [
    *(figure.command for figure in figures.FIGURES.values()),
    *(command for commands in figures.MADE.values() for command in commands),
]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_is_one_of_a_page_and_what_it_is_of_is_made(command, documented):
    words = shlex.split(command)
    assert words in documented
    for word in words:
        if re.match(r"runs/|\w+\.(csv|json|py)$", word):
            assert figures.parts_of(word), word


def test_all_that_is_made_is_used():
    used = {part for c in COMMANDS for word in shlex.split(c) for part in figures.parts_of(word)}
    assert used >= {*figures.MADE, *figures.PROGRAMS}
    assert figures.parts_of("gym:catch:Catch-v0") == ["catch.py"]
    assert figures.parts_of("runs/acrobot/s?") == ["runs/acrobot"]


def test_pictures_of_pages_are_small():
    large = [file.name for file in figures.PLACES[1].iterdir() if file.stat().st_size > 150_000]
    assert not large


@pytest.fixture
def work(tmp_path, monkeypatch):
    """Return a folder in place of docs/_build, and the commands that are run in it, each of which
    writes what it says.
    """
    done = []

    def run(words, cwd, env):
        done.append(words[1:])
        if "fails" in words:
            (cwd / "new").mkdir()
            return subprocess.CompletedProcess(words, 3)
        if "scale.py" in words:
            (cwd / "scaled.csv").touch()
        for name in ("-o", "--out", "--gif"):
            if name in words:
                written = cwd / words[words.index(name) + 1]
                written.parent.mkdir(exist_ok=True)
                frames = [Image.new("RGB", (4, 4), (k, 0, 0)) for k in (0, 100, 200)]
                kind = {"format": "GIF", "save_all": True, "append_images": frames[1:]}
                frames[0].save(written, **kind, duration=40)
        return subprocess.CompletedProcess(words, 0)

    monkeypatch.setattr(figures, "WORK", tmp_path / "work")
    monkeypatch.setattr(figures, "PLACES", (tmp_path, tmp_path))
    monkeypatch.setattr(figures.subprocess, "run", run)
    return tmp_path, done


def test_a_picture_is_made_and_what_it_is_of_is_made_once(work, capsys):
    folder, done = work
    (folder / "first_run.png").write_text("old")
    made = ["-m", "wann", "evolve", "cartpole_far", "--out", "runs/pole"]
    figures.main(["first_run.png"])
    assert done == [made, ["-m", "wann", "watch", "runs/pole", "--gif", "pole.gif"]]
    with Image.open(folder / "first_run.png") as picture:  # 2.4 s: 20 times around
        assert picture.convert("RGB").getpixel((0, 0)) == (0, 0, 0)
    figures.main(["pole_network.png"])
    assert len(done) == 3 and (folder / "pole_network.png").exists()
    with pytest.raises(SystemExit):
        figures.main(["other.png"])
    assert "invalid choice: 'other.png'" in capsys.readouterr().err
    figures.main([])
    assert len(done) == 3 and "MNIST" in capsys.readouterr().out


def test_programs_of_pages_are_written_and_a_failure_leaves_nothing(work, monkeypatch):
    folder, done = work
    figures.main(["fruit_accuracy.png"])
    assert "fruit.csv" in (folder / "work" / "fruit.py").read_text()
    assert [words[0] for words in done] == ["fruit.py", "scale.py", "-m", "-m"]
    monkeypatch.setitem(figures.MADE, "new", ["wann evolve fails"])
    with pytest.raises(SystemExit, match="3"):
        figures.provide("new")
    assert not (folder / "work" / "new").exists()
