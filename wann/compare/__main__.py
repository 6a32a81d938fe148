"""Which of several kinds of runs are better, and how sure is that?
``python -m wann.compare RUNS …``.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from wann.command.options import check_output
from wann.command.program import run_command
from wann.compare.compare import compare
from wann.compare.table import csv_table, table
from wann.files import write_file
from wann.output import Parser, own_stdout, say, say_json


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command."""
    _run(parser().parse_args(argv))


def parser() -> argparse.ArgumentParser:
    """Return the command line of ``python -m wann.compare``."""
    p = Parser(
        prog="python -m wann.compare",
        description="Compare runs, grouped by the keys in which their configurations differ.",
    )
    p.add_argument(
        "runs",
        type=Path,
        nargs="+",
        metavar="RUNS",
        help=(
            "run directory, or folder of runs as python -m wann.evolve --seeds makes it; groups are"
            " compared with that of the first"
        ),
    )
    p.add_argument("--json", action="store_true", help="print the result as JSON")
    p.add_argument("--csv", type=Path, metavar="FILE", help="write a row for each run, too")
    p.add_argument("--force", action="store_true", help="overwrite FILE")
    return p


@own_stdout()
def _run(args: argparse.Namespace) -> None:
    if args.csv is not None:
        check_output(args.csv, args.force, "--csv")
    result = compare(args.runs)
    if args.csv is not None:
        write_file(args.csv, csv_table(result))
    if args.json:
        say_json(result.to_json())
    else:
        say(table(result))


def command() -> None:
    """Run the command as a program: mistakes become one line and exit code 2."""
    run_command(main)


if __name__ == "__main__":
    command()
