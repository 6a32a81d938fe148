"""How good is a network, and how little do its weights matter?
``python -m wann.assess CHAMPION``.
"""

import argparse
from collections.abc import Sequence

from wann.assess.assess import assess
from wann.assess.table import table
from wann.command.judge import judge, judge_parser
from wann.command.program import run_command


def parser() -> argparse.ArgumentParser:
    """Return the command line of ``python -m wann.assess``."""
    p = judge_parser("wann.assess", "Score a network at many weights.")
    p.add_argument("--json", action="store_true", help="print the result as JSON")
    return p


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command."""
    judge(parser().parse_args(argv), assess, table)


def command() -> None:
    """Run the command as a program: mistakes become one line and exit code 2."""
    run_command(main)


if __name__ == "__main__":
    command()
