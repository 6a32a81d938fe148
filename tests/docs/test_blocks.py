"""Every code block of the README and of the documentation works; ``support.blocks`` says what
comments in a page say of it, ``support.trial`` how it is tried.

What fails is named by its page and line. Each page runs in a folder of its own, which has the files
of ``kit``: ``RUN``, ``OTHER``, ``RUNS``, ``FILE.csv`` and so on are what pages take for given.
"""

import re
import shutil
import sys
from pathlib import Path

import pytest
from support.blocks import Block, blocks_in, blocks_of, commands_of, pages
from support.command import call
from support.places import ROOT
from support.sample_files import csv_file, npz_file, rows
from support.trial import Failed, Page, quick, read

from wann.export.__main__ import main as export
from wann.tune.__main__ import main as tune

PAGES = pages()
#: pages whose blocks take a processor some seconds
SLOW = {
    "docs/concepts/index.md",
    "docs/howto/explorer.md",
    "docs/howto/pruning.md",
    "docs/howto/recurrent.md",
    "docs/howto/sklearn.md",
    "docs/howto/watch.md",
    "docs/tutorials/deploy.md",
    "docs/tutorials/environment.md",
    "docs/tutorials/first-run.md",
    "docs/tutorials/from-python.md",
    "docs/tutorials/physics.md",
    "docs/tutorials/your-data.md",
}
TINY = ("--set", "search.population=16", "--set", "trials=1", "--set", "confirm_trials=1",
        "--set", "report_trials=2", "--set", "generations=3")  # fmt: skip


def name_of(file):
    return str(file.relative_to(ROOT))


def marked(file):
    return pytest.param(file, id=name_of(file), marks=[pytest.mark.slow] * (name_of(file) in SLOW))


# ------------------------------------------------------------------------------------- all pages
def test_every_block_can_be_read():
    wrong = []
    for file in PAGES:
        for block in blocks_in(file):
            try:
                read(block)
            except Failed as failed:
                wrong.append(str(failed))
    assert not wrong, "\n\n".join(wrong)


@pytest.fixture(scope="module")
def kit(tmp_path_factory):
    """Return a folder with the files that pages take for given."""
    folder = tmp_path_factory.mktemp("kit")
    for name, *options in (("RUN",), ("OTHER", "--seed", 1), ("RUNS", "--seeds", "0,1")):
        done = call("swingup", *TINY, *options, "--backend", "serial", "--out", folder / name)
        assert done.returncode == 0, done.stderr
    done = call(folder / "RUN", "--quick", "--trials", 3, "--force", main=tune)
    assert done.returncode == 0, done.stderr
    for source, to in ((folder / "RUN", "swing.out"), (folder / "RUN" / "tuned.json", "tuned.out")):
        assert call(source, "--to", "out", "-o", folder / to, main=export).returncode == 0
    for name in ("iris.csv", "FILE.csv"):
        csv_file(folder / name, ["width,height,class", *rows(60)])
    npz_file(folder / "FILE.npz")
    shutil.copy(folder / "RUN" / "config.toml", folder / "my_experiment.toml")
    return folder


@pytest.mark.parametrize("file", [marked(file) for file in PAGES])
def test_the_blocks_of_a_page_run(file, kit, tmp_path, monkeypatch):
    found = blocks_in(file)
    if not any(block.kind in ("sh", "bash", "python", "{code-cell}") for block in found):
        return
    shutil.copytree(kit, tmp_path, dirs_exist_ok=True)
    run_all(found, tmp_path, monkeypatch)


def run_all(found, folder, monkeypatch):
    """Run blocks in a folder, with no display; return how many commands they were."""
    monkeypatch.chdir(folder)
    for name in ("SDL_VIDEODRIVER", "DISPLAY", "WAYLAND_DISPLAY", "WANN_DATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "path", [*sys.path, str(folder)])
    before, page = set(sys.modules), Page(folder)
    try:
        return sum(page.run(block) for block in found)
    except Failed as failed:
        pytest.fail(str(failed), pytrace=False)
    finally:  # the modules of a page are its own
        for name in set(sys.modules) - before:
            if Path(getattr(sys.modules[name], "__file__", None) or "/").is_relative_to(folder):
                del sys.modules[name]


@pytest.mark.parametrize("file", [pytest.param(file, id=name_of(file)) for file in PAGES])
def test_links_and_pictures_are_there(file):
    text = re.sub(r"^ *```\w.*?^ *```", "", file.read_text(), flags=re.DOTALL | re.MULTILINE)
    links = re.findall(r"\]\(([^)\s]+)[^)]*\)|(?:src|href)=\"([^\"]+)\"", text)
    links += [(path, "") for path in re.findall(r"\{(?:image|figure)\} (\S+)", text)]
    paths = [(a or b).partition("#")[0] for a, b in links]
    missing = [
        path
        for path in paths
        if path and not re.match(r"\w+:", path) and not (file.parent / path).exists()
    ]
    assert not [path for path in missing if "_static/explorers/" not in path]  # made by the build


# ----------------------------------------------------------------------------- how they are tried
def block(text, kind="sh", page="page.md", comments=(), before=""):
    return Block(page, 10, kind, text, comments, before)


PAGE = """Write `own.py`:
<!-- quick: --set generations=2 -->
<!-- parse only: needs a GPU -->

```python
x = 1
```
````{note}
```sh
wann --help
```
````
- in a list
  ```text
  out
  ```
"""


def test_a_page_is_read_with_its_lines_and_comments():
    first, second, third = blocks_of("page.md", PAGE.split("\n"))
    assert (first.line, first.kind, first.text) == (6, "python", "x = 1")
    assert first.before == "Write `own.py`:" and first.said("skip") is None
    assert (
        first.said("quick") == "--set generations=2" and first.said("parse only") == "needs a GPU"
    )
    assert (second.line, second.text, second.comments) == (10, "wann --help", ())
    assert (third.line, third.kind, third.text) == (15, "text", "out")


def test_a_shell_block_is_commands_with_their_lines():
    text = (
        "# first\nwann evolve --seed 3  # a comment\nA=1 python -m viz.watch \\\n  RUN; ls && wann"
    )
    found = list(commands_of(block(text)))
    assert [(c.line, c.ours) for c in found] == [
        (11, ("evolve", ["--seed", "3"])), (12, ("watch", ["RUN"])), (12, None), (12, ("", [])),
    ]  # fmt: skip
    assert found[1].env == {"A": "1"} and not found[1].needs_shell
    [piped] = commands_of(block("wann assess RUN --json | head -1"))
    assert piped.needs_shell


@pytest.mark.parametrize(
    ("text", "kind", "why"),
    [
        ("wann evolve --sed 3", "sh", "page.md:10: wann evolve --sed 3\n.*unrecognized arguments"),
        ("wann evolve swingupp", "sh", "did you mean swingup"),
        ("ls\nwann evolve --set search.populatoin=3", "sh", "page.md:11.*\n.*search.population"),
        ("wann watcch RUN", "sh", "unknown command watcch"),
        ("pip install '.[docs,gqu]'", "sh", "no extra gqu"),
        ("python tests/benchmarks/nothing.py", "sh", "there is no tests/benchmarks/nothing.py"),
        ("nobodyknows --it", "sh", "a program that no test knows"),
        ("x = ", "python", "page.md:10: python\ninvalid syntax"),
        ("[search]\npopulatoin = 3", "toml", "did you mean search.population"),
        ("text", "console", "a block of 'console'"),
    ],
)
def test_what_cannot_work_is_named_with_page_and_line(text, kind, why):
    with pytest.raises(Failed, match=why):
        read(block(text, kind))
    read(block(text, "sh" if kind == "console" else kind, comments=("skip: for once",)))


def test_what_fails_when_it_runs_is_named_too(tmp_path, monkeypatch):
    made = block("x = 1", "python", before="This is `own.py`:")
    assert (
        run_all([made, block("import own; assert own.x == x", "python")], tmp_path, monkeypatch)
        == 2
    )
    assert (tmp_path / "own.py").read_text() == "x = 1\n"
    for wrong, why in (
        (block("wann assess NOTHING"), r"page.md:10: wann assess NOTHING\nerror: NOTHING"),
        (block("ls\nls nothing | cat"), r"page.md:11: ls nothing \| cat\n.*nothing"),
        (
            block("\nraise ValueError('no')", "python"),
            r"page.md:11: python\nValueError: no",
        ),
    ):
        with pytest.raises(pytest.fail.Exception, match=re.compile(why, re.DOTALL)):
            run_all([wrong], tmp_path, monkeypatch)
    for comment, runs in (("parse only: no", 0), ("needs: nobody_has_it", 0), ("needs: json", 1)):
        right = block("x = 1", "python", comments=(comment,))
        assert run_all([right], tmp_path, monkeypatch) == runs
        if not runs:
            assert run_all([wrong._replace(comments=(comment,))], tmp_path, monkeypatch) == 0


def test_commands_are_made_quick():
    assert "search.population=16" in quick(block(""), "evolve", ["swingup"])
    assert quick(block("", comments=("quick: --set generations=5",)), "evolve", []) == [
        "--set",
        "generations=5",
    ]
    assert quick(block(""), "evolve", ["--resume", "RUN"]) == []
    assert quick(block(""), "evolve", ["biped_quick"])[-2:] == ["--backend", "serial"]
    assert quick(block(""), "watch", ["RUN"]) == [] == quick(block(""), "assess", ["--trials", "9"])
    assert quick(block(""), "watch", ["RUN", "--gif", "a.gif"]) == ["--steps", "20"]
