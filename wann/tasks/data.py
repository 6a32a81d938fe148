"""Which data a task uses that does not come with it, and the options of commands that say so."""

import argparse
import os
from dataclasses import dataclass, field
from pathlib import Path

from wann.errors import WannError

DATA = "WANN_DATA"  # the environment variable that says where a task finds its data
TARGET = "WANN_TARGET"  # and which column of a table of samples is the class
TABLES = (".csv", ".tsv", ".txt", ".data")
SAMPLE_FILES = (
    *TABLES,
    *(f"{ending}.gz" for ending in TABLES),
    ".npz",
)  # that the task ``samples`` reads


@dataclass(frozen=True)
class Data:
    """Data that the user names for a task.

    Attributes:
        path: its file or folder.
        target: the column of a table that is the class: its name, or its number as text.
        recorded: the column that a champion was evolved for, which counts where the user names none
            and is any text.
        named: whether the user named the path for this task; the environment variable is for those
            that have no data without it, and may be there for another one.
    """

    path: Path | None = None
    target: str | None = None
    recorded: str | None = None
    named: bool = field(default=True, compare=False)


def data_of_environment() -> Data:
    """Return the data that the environment variables WANN_DATA and WANN_TARGET name."""
    return _data(None, None)


def data_of_args(args: argparse.Namespace) -> Data:
    """Return the data that a command line names, or else the environment variables."""
    return _data(args.data, args.target)


def _data(path: str | None, target: str | None) -> Data:
    named = path is not None
    path = os.environ.get(DATA) if path is None else path
    target = os.environ.get(TARGET) if target is None else target
    return Data(Path(os.path.expanduser(path)) if path else None, target or None, named=named)


def check_no_data(data: Data, task: str) -> None:
    """Raise WannError if the user named data for a task that reads none."""
    if data.path is not None and data.named:
        raise WannError(
            f"--data {data.path}: the task {task!r} reads no data; those of MNIST, of samples and"
            " of car racing do"
        )


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


def add_data_option(parser: argparse.ArgumentParser) -> None:
    """Give a command ``--data`` and ``--target``, of which ``data_of_args`` makes the data."""
    parser.add_argument(
        "--data",
        metavar="PATH",
        help=f"folder of MNIST, file of samples, or encoder of carracing (default: {DATA})",
    )
    parser.add_argument(
        "--target",
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
