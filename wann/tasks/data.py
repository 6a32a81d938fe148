"""Where a task finds data that does not come with it, and the options of commands that say so."""

import argparse
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from wann.errors import WannError

DATA = "WANN_DATA"  # the environment variable that says where a task finds its data
TARGET = "WANN_TARGET"  # and which column of a table of samples is the class
TABLES = (".csv", ".tsv", ".txt", ".data")
SAMPLE_FILES = (
    *TABLES,
    *(f"{ending}.gz" for ending in TABLES),
    ".npz",
)  # that the task ``samples`` reads
#: what a champion's file says: any text, which the environment may be unable to hold
_of_champion: ContextVar[str | None] = ContextVar("target", default=None)


def data_path() -> Path | None:
    """Return the file or folder of data that the user named, for tasks whose data does not come with them."""
    return Path(os.path.expanduser(os.environ[DATA])) if os.environ.get(DATA) else None


def name_data(path: str) -> None:
    """Name the data for this process and those that it starts."""
    os.environ[DATA] = path


def named_target() -> str | None:
    """Return the column that the user named as that of the classes: its name, or its number as text."""
    return os.environ.get(TARGET) or None


def target_column() -> str | None:
    """Return the column of a table that is that of the classes: the user's, else the champion's, else None."""
    return named_target() or _of_champion.get() or None


@contextmanager
def target_unless_named(target: str | None) -> Iterator[None]:
    """Have this column of a table be that of the classes for a while, unless the user named one."""
    token = _of_champion.set(target)
    try:
        yield
    finally:
        _of_champion.reset(token)


def is_sample_file(name: str) -> bool:
    """Return whether a name is that of a file of samples, by its ending.

    Raises:
        WannError: it is a file that is there but has another ending, which no configuration has
            either.
    """
    if name.lower().endswith(SAMPLE_FILES):
        return True
    if Path(name).suffix not in ("", ".toml") and Path(name).is_file():
        raise WannError(f"{name}: a file of samples must end in {', '.join(SAMPLE_FILES)}")
    return False


class _Name(argparse.Action):
    """Names the data, or its column of the classes, when it is found on the command line."""

    def __call__(
        self, parser: Any, namespace: argparse.Namespace, values: Any, option_string: Any = None
    ) -> None:
        os.environ[{"data": DATA, "target": TARGET}[self.dest]] = values
        setattr(namespace, self.dest, values)


def add_data_option(parser: argparse.ArgumentParser) -> None:
    """Give a command ``--data``, which ``data_path`` returns, and ``--target``, which ``named_target`` does."""
    parser.add_argument(
        "--data",
        action=_Name,
        metavar="PATH",
        help=f"folder of MNIST, or file of samples (default: {DATA})",
    )
    parser.add_argument(
        "--target",
        action=_Name,
        metavar="COLUMN",
        help=(
            "of a table of samples, the column that is the class: its name, or its number from 1,"
            " or -1 for the last (default: that which a champion was evolved for, else the last)"
        ),
    )


def data_options(args: argparse.Namespace) -> list[str | Path]:
    """Return the options by which another command finds the data that this one was given."""
    data: list[str | Path] = ["--data", Path(args.data)] if args.data else []
    return [*data, f"--target={args.target}"] if args.target else data
