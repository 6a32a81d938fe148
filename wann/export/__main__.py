"""Take a network anywhere:
``python -m wann.export CHAMPION --to onnx|torch|c|python|out|graphml|json``.
"""

import argparse
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from wann.champion.champion import load
from wann.champion.out_file import WEIGHT_LIMIT
from wann.command.options import add_subject, check_output
from wann.command.program import run_command
from wann.errors import WannError
from wann.export.formats import FORMATS
from wann.export.onnx import onnx_model
from wann.files import write_file
from wann.output import Parser, say


def parser() -> argparse.ArgumentParser:
    """Return the command line of ``python -m wann.export``."""
    p = Parser(
        prog="python -m wann.export",
        description="Write a network in another format.",
        epilog="formats: " + "; ".join(f"{name}: {form.meaning}" for name, form in FORMATS.items()),
    )
    add = p.add_argument
    add_subject(p)
    add("--to", required=True, choices=FORMATS, help="format, see below")
    into = "default: into RUN, or beside the champion file, with the ending of the format"
    add("-o", "--output", type=Path, metavar="FILE", help=f"file to write ({into})")
    add("--force", action="store_true", help="overwrite the file if it exists")
    weight = (
        "the weight of all connections, fixed in the file (in Python the default of an argument)"
    )
    add("--weight", type=float, metavar="W", help=weight)
    add(
        "--precision",
        choices=("float64", "float32"),
        default="float64",
        help="of ONNX (default: float64)",
    )
    stored = "CHAMPION is the .out file of a tuned network: its values are individual weights"
    add("--stored-weights", action="store_true", help=stored)
    return p


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command."""
    args = parser().parse_args(argv)
    if args.weight is not None and not abs(args.weight) < WEIGHT_LIMIT:
        raise WannError(f"--weight {args.weight}: must be a finite number")
    if args.precision != "float64" and args.to != "onnx":
        raise WannError(
            f"--precision {args.precision}: the format {args.to} has float64 alone; leave it out"
        )
    champion = load(args.champion, args.stored_weights)
    source = args.champion / "champion.json" if args.champion.is_dir() else args.champion
    path = args.output or source.with_suffix(FORMATS[args.to].suffix)
    if path.resolve() == source.resolve():
        raise WannError(f"{path}: is the network itself: give another file with -o")
    check_output(path, args.force)
    write = (
        partial(onnx_model, precision=args.precision)
        if args.to == "onnx"
        else FORMATS[args.to].write
    )
    write_file(path, write(champion, args.weight))
    say(path)
    if args.to == "out" and champion.weights is not None and args.weight is None:
        say("its values are individual weights: say so to who reads it (here: --stored-weights)")


def command() -> None:
    """Run the command as a program: mistakes become one line and exit code 2."""
    run_command(main)


if __name__ == "__main__":
    command()
