"""Which parts of a network matter?  ``python -m wann.explain CHAMPION``."""

import argparse
from collections.abc import Sequence
from dataclasses import replace

from wann.champion.champion import Champion
from wann.command.judge import judge, judge_parser
from wann.command.program import run_command
from wann.explain.ablation import explain
from wann.explain.result import table


def parser() -> argparse.ArgumentParser:
    """Return the command line of ``python -m wann.explain``."""
    p = judge_parser(
        "wann.explain",
        "Remove each input, hidden node and connection of a network alone, and measure what is"
        " lost.",
    )
    shared = (
        "of a tuned network: explain it with the shared weights that it was evolved for instead"
    )
    p.add_argument("--shared", action="store_true", help=shared)
    p.add_argument("--json", action="store_true", help="print the result as JSON")
    return p


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command."""
    args = parser().parse_args(argv)

    def change(champion: Champion) -> Champion:
        return replace(champion, weights=None) if args.shared else champion

    judge(args, explain, table, change)


def command() -> None:
    """Run the command as a program: mistakes become one line and exit code 2."""
    run_command(main)


if __name__ == "__main__":
    command()
