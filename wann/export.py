"""Take a network anywhere: ``python -m wann.export CHAMPION --to onnx|c|python|out|graphml|json``."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from wann.champion.champion import Champion, load
from wann.champion.out_file import WEIGHT_LIMIT, write_out
from wann.command.program import run_command
from wann.errors import WannError
from wann.files import write_file
from wann.formats.c import c_source
from wann.formats.graph import graphml, node_link_json
from wann.formats.onnx import onnx_model
from wann.formats.python import python_source
from wann.output import Parser, say


class Format(NamedTuple):
    """A format to export to."""

    suffix: str
    meaning: str
    write: Callable[[Champion, float | None], str | bytes]


def out_file(champion: Champion, weight: float | None = None) -> str:
    """Return the content of a published ``.out`` file; its values are the weights of ``champion.policy(weight)``."""
    if champion.observation_scale is not None:
        raise WannError("a published .out file cannot hold the scale of observations: export to another format")
    values = champion.weights_at(weight)[0]
    return write_out(champion.genome, np.broadcast_to(values, len(champion.genome.conns)))


FORMATS = {
    "onnx": Format(".onnx", "a model for ONNX runtimes", onnx_model),
    "c": Format(".c", "a C99 file that needs libm alone", c_source),
    "python": Format(".py", "a Python file that needs NumPy alone", python_source),
    "out": Format(".out", "the form of the paper's published champions", out_file),
    "graphml": Format(".graphml", "the graph, for drawing programs", graphml),
    "json": Format(".graph.json", "the graph as node-link JSON, for networkx", node_link_json),
}


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command."""
    parser = Parser(
        prog="python -m wann.export",
        description="Write a network in another format.",
        epilog="formats: " + "; ".join(f"{name}: {form.meaning}" for name, form in FORMATS.items()),
    )
    add = parser.add_argument
    add("champion", type=Path, metavar="CHAMPION", help="run directory, champion file or published .out file")
    add("--to", required=True, choices=FORMATS, help="format, see below")
    into = "default: into RUN, or beside the champion file, with the ending of the format"
    add("-o", "--output", type=Path, metavar="FILE", help=f"file to write ({into})")
    add("--force", action="store_true", help="overwrite the file if it exists")
    weight = "the weight of all connections, fixed in the file (in Python the default of an argument)"
    add("--weight", type=float, metavar="W", help=weight)
    add("--precision", choices=("float64", "float32"), default="float64", help="of ONNX (default: float64)")
    stored = "CHAMPION is the .out file of a tuned network: its values are individual weights"
    add("--stored-weights", action="store_true", help=stored)
    args = parser.parse_args(argv)
    if args.weight is not None and not abs(args.weight) < WEIGHT_LIMIT:
        raise WannError(f"--weight {args.weight}: must be a finite number")
    if args.precision != "float64" and args.to != "onnx":
        raise WannError(f"--precision {args.precision}: the format {args.to} has float64 alone; leave it out")
    champion = load(args.champion, args.stored_weights)
    source = args.champion / "champion.json" if args.champion.is_dir() else args.champion
    path = args.output or source.with_suffix(FORMATS[args.to].suffix)
    if path.resolve() == source.resolve():
        raise WannError(f"{path}: is the network itself: give another file with -o")
    if path.exists() and not args.force:
        raise WannError(f"{path}: exists already: give another file with -o, or --force to overwrite it")
    write = partial(onnx_model, precision=args.precision) if args.to == "onnx" else FORMATS[args.to].write
    write_file(path, write(champion, args.weight))
    say(path)
    if args.to == "out" and champion.weights is not None and args.weight is None:
        say("its values are individual weights: say so to who reads it (here: --stored-weights)")


def command() -> None:
    """Run the command as a program: mistakes become one line and exit code 2."""
    run_command(main)


if __name__ == "__main__":
    command()
