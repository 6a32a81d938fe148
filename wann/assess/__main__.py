"""How good is a network, and how little do its weights matter?  ``python -m wann.assess CHAMPION``."""

import argparse
from collections.abc import Sequence
from typing import Any

from wann.assess.bootstrap import LEVEL
from wann.assess.classifier import table as assess_classifier_table
from wann.assess.conditions import CLOSE, WEIGHT_RANGE
from wann.assess.control import assess
from wann.champion.champion import load
from wann.command.options import add_options
from wann.command.program import run_command
from wann.command.progress import EpisodeProgress
from wann.output import Parser, own_stdout, say, say_json
from wann.tasks.data import data_of_args


def table(result: dict[str, Any]) -> str:
    """Return the result of assess as a table for people."""
    if "confusion" in result:
        return assess_classifier_table(result)
    per_weight, shape = result["per_weight"], result["profile"]
    uniform = f"U(-{WEIGHT_RANGE:g}, {WEIGHT_RANGE:g})"
    best = f"best shared weight, {result['best_shared']['weight']:g}"
    lines = [
        f"{result['task']}: {result['connections']} connections, {result['trials']} trials",
        f"  {'':34s} {'mean':>9s} ± std      {100 * LEVEL:.0f} % interval of the mean",
        *(_row(f"shared weight {weight}", row) for weight, row in per_weight.items()),
        _row(f"mean of these {len(per_weight)} weights", result["sweep"]),
        _row(f"random weights, {uniform} each", result["random_weights"]),
        _row(f"random shared weight, {uniform}", result["random_shared"]),
        _row(best, result["best_shared"]),
        *([_row("tuned weights", result["tuned"])] if "tuned" in result else []),
        (
            f"{len(shape['weights'])} shared weights from {shape['weights'][0]:g} to"
            f" {shape['weights'][-1]:g}"
        ),
        _line("mean of all", shape["mean_score"]),
    ]
    for name in ("best", "worst"):
        point = shape[f"{name}_weight"]
        lines.append(_line(f"{name}, at {point['weight']:g}", point["mean"]))
    lines.append(
        f"  within {100 * CLOSE:g} % of the best are {100 * shape['near_best']:.0f} % of the"
        " weights"
    )
    for base, rows in result["perturbed"].items():
        lines += [
            f"{best if base == 'best_shared' else 'tuned weights'}, but in each connection with",
            *(_row(f"{100 * float(level):g} % noise", row) for level, row in rows["noise"].items()),
            _row("a random sign", rows["random_signs"]),
            _row("the opposite sign", rows["opposite_signs"]),
        ]
    return "\n".join(lines)


def _line(name: str, mean: float) -> str:
    return f"  {name:34s} {mean:9.1f}"


def _row(name: str, row: dict[str, Any]) -> str:
    low, high = row["interval"]
    return f"{_line(name, row['mean'])} ± {row['std']:<7.1f} {low:9.1f} … {high:.1f}"


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command."""
    parser = Parser(prog="python -m wann.assess", description="Score a network at many weights.")
    parser.add_argument(
        "champion", metavar="CHAMPION", help="run directory, champion file or published .out file"
    )
    add_options(parser)
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    _run(parser.parse_args(argv))


@own_stdout()
def _run(args: argparse.Namespace) -> None:
    champion = load(args.champion, args.stored_weights)
    with EpisodeProgress() as progress:
        data = data_of_args(args)
        result = assess(champion, args.task, args.trials, args.seed, progress.show, data)
    if args.json:
        say_json(result)
    else:
        say(table(result))


def command() -> None:
    """Run the command as a program: mistakes become one line and exit code 2."""
    run_command(main)


if __name__ == "__main__":
    command()
