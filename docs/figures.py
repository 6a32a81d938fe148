"""What pages of the documentation show, made of runs by commands that anybody can repeat.

    python docs/figures.py                  all of FIGURES that are missing
    python docs/figures.py explorer.html    this one, anew
    python docs/figures.py --runs DIR ...   of runs that are in DIR already, by their names

Runs are kept in ``docs/_build/runs``. What is made goes to ``docs/_static`` and is committed.
"""

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

DOCS = Path(__file__).resolve().parent
STATIC, RUNS = DOCS / "_static", DOCS / "_build" / "runs"

#: name of a run -> options of ``wann evolve``
EVOLVED = {
    "swingup": ["swingup"],  # the main job: a minute or two
}


class Figure(NamedTuple):
    """The run that it is of, the command that makes it, in which RUN and FILE stand for theirs, and
    the most bytes that it may have.
    """

    run: str
    command: str
    most: int = 150_000


#: file in docs/_static -> what makes it
FIGURES = {
    "explorer.html": Figure("swingup", "explorer RUN -o FILE", 300_000),
}


def run_of(name: str, runs: Path) -> Path:
    """Return a run, which is evolved if it is not there."""
    path = runs / name
    if not path.exists():
        wann("evolve", *EVOLVED[name], "--out", path)
    return path


def make(name: str, runs: Path) -> None:
    """Make a figure, in place of the one that is there.

    Raises:
        SystemExit: a command failed, or the file is too large.
    """
    figure, file = FIGURES[name], STATIC / name
    places = {"RUN": run_of(figure.run, runs), "FILE": file}
    file.parent.mkdir(exist_ok=True)
    file.unlink(missing_ok=True)
    wann(*(places.get(word, word) for word in figure.command.split()))
    if file.stat().st_size > figure.most:
        sys.exit(f"{file}: {file.stat().st_size} bytes: must be at most {figure.most}")


def wann(*words: str | Path) -> None:
    """Run a command of this tree, and end where it fails."""
    done = subprocess.run([sys.executable, "-m", "wann", *map(str, words)], cwd=DOCS.parent)
    if done.returncode:
        sys.exit(done.returncode)


def main(argv: Sequence[str] | None = None) -> None:
    """Make what the command line names."""
    parser = argparse.ArgumentParser(description="Make what the documentation shows.")
    meaning = "file in docs/_static (default: all that are missing)"
    parser.add_argument("names", nargs="*", choices=[[], *FIGURES], metavar="NAME", help=meaning)
    where = "folder of runs by their names (default: docs/_build/runs)"
    parser.add_argument("--runs", type=Path, default=RUNS, metavar="DIR", help=where)
    args = parser.parse_args(argv)
    for name in args.names or [name for name in FIGURES if not (STATIC / name).exists()]:
        make(name, args.runs.resolve())


if __name__ == "__main__":
    main()
