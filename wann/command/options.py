"""Options that several commands have."""

import argparse
import sys
from pathlib import Path

from wann.config import LARGEST_SEED, MANY, quoted
from wann.errors import WannError
from wann.output import say
from wann.runs.folders import latest_run
from wann.tasks.data import add_data_option
from wann.workers.evaluator import BACKENDS

CHAMPION = "run directory, champion file or published .out file"
LATEST = "default: the latest run in runs/"
NOT_GIVEN = "\0"  # what no argument of a process can be: an empty one is a mistake


def add_subject(
    parser: argparse.ArgumentParser, name: str = "champion", what: str = CHAMPION
) -> None:
    """Add what a command looks at: the latest run, unless it is given."""
    parser.add_argument(
        name,
        nargs="?",
        type=subject,
        default=NOT_GIVEN,  # is made a path where it is not given, and only then
        metavar=name.upper(),
        help=f"{what} ({LATEST})",
    )


def add_subjects(parser: argparse.ArgumentParser, more: str) -> None:
    """Add the champions that a command looks at, and what it does with several; none is the latest
    run, see ``the_latest``.
    """
    parser.add_argument(
        "champion",
        type=Path,
        nargs="*",
        metavar="CHAMPION",
        help=f"{CHAMPION}; {more} ({LATEST})",
    )


def subject(text: str) -> Path:
    """Return a path, or the latest run where none is given, and say so."""
    return the_latest() if text == NOT_GIVEN else Path(text)


def the_latest() -> Path:
    """Return the latest run, and say which it is."""
    path = latest_run()
    say(f"the latest run: {path}", sys.stderr)
    return path


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what the commands that judge a champion on fresh trials have in common."""
    add = parser.add_argument
    add("--task", metavar="NAME", help="task to score it on (default: the one it was evolved for)")
    trials = "trials of each condition; of classifiers, draws of what is random (default: 100)"
    add("--trials", type=int, default=100, metavar="N", help=trials)
    add("--seed", type=int, default=0, metavar="N", help="seed of all that is random (default: 0)")
    stored = "CHAMPION is the .out file of a tuned network: its values are individual weights"
    add("--stored-weights", action="store_true", help=stored)
    add_data_option(parser)


def add_backend_option(parser: argparse.ArgumentParser) -> None:
    """Add who evaluates, of those that need no more than a name."""
    who = "who evaluates (default: threads; processes for Gymnasium environments)"
    choices = [name for name in BACKENDS if name != "ray"]
    parser.add_argument("--backend", choices=choices, help=who)


def check_backend(backend: str | None) -> None:
    """Raise WannError where a backend is given for what this machine's cores do in any case."""
    if backend is not None:
        raise WannError(
            f"backend {backend}: classifiers are judged on their samples by the cores of this"
            " machine; leave it out"
        )


def check_count(name: str, value: int, least: int, most: int = MANY) -> None:
    """Raise WannError unless a number that a user gives, by this name, is in these bounds."""
    if value < least:
        raise WannError(f"{name} {quoted(value)}: must be at least {least}")
    if value > most:
        raise WannError(f"{name} {quoted(value)}: must be at most {most}")


def check_seed(name: str, seed: int) -> None:
    """Raise WannError unless the seed is one that a run may have."""
    check_count(name, seed, 0, LARGEST_SEED)


def check_numbers(trials: int, seed: int) -> None:
    """Raise WannError if nothing can be said of the error of a mean over so few trials, or for a
    wrong seed.
    """
    check_count("trials =", trials, 2)
    check_seed("seed =", seed)


def check_output(path: Path, force: bool, name: str = "-o") -> None:
    """Raise WannError unless a command may write this file, which the option of this name gives: a
    new one, or with ``force`` one in its place.
    """
    if path.exists() and not path.is_file():
        kind = "a folder" if path.is_dir() else "no regular file"
        raise WannError(f"{path}: is {kind}: give a file with {name}")
    if path.exists() and not force:
        raise WannError(
            f"{path}: exists already: give another file with {name}, or --force to overwrite it"
        )
