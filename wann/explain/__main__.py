"""Which parts of a network matter?  ``python -m wann.explain CHAMPION``."""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from wann.champion.champion import load
from wann.command.options import add_options
from wann.command.program import run_command
from wann.command.progress import EpisodeProgress
from wann.explain.ablation import KINDS, MOST_NAMED, TOLERANCE, explain
from wann.output import Parser, own_stdout, say, say_json
from wann.tasks.data import data_of_args


def sentences(result: dict[str, Any]) -> list[str]:
    """Return in a few sentences what the result of explain says."""
    shared = result["weights"] != "individual"
    on = (
        f"{result['samples']} validation samples"
        if "samples" in result
        else f"{result['trials']} trials"
    )
    at = (
        f"on average over {len(result['weights'])} shared weights and"
        if shared
        else "with its individual weights over"
    )
    score = (
        f"is right in {result['score']:.1f} %"
        if "samples" in result
        else f"scores {result['score']:.1f}"
    )
    points = " points" if "samples" in result else ""
    inputs, nodes, connections = (result[kind] for kind in KINDS)
    used = ", ".join(f"{n} {name}" for name, n in result["activations"].items())
    lines = [
        f"It {score} {at} {on}.",
        (
            f"It has {len(connections)} connections and {len(nodes)} hidden nodes; the longest path"
            f" to an output has {result['depth']} connections."
        ),
        *([f"Activations of the hidden nodes: {used}."] if used else []),
    ]
    for what, rows in (("input", inputs), ("hidden node", nodes), ("connection", connections)):
        if rows and rows[0]["needed"] == "yes":
            name, loss = rows[0]["name"], rows[0]["loss"]
            lines.append(
                f"The most important {what} is {name}: its removal costs {loss:.1f}{points}."
            )
    idle = [row["name"] for row in inputs if row["needed"] == "no"]
    if len(idle) > MOST_NAMED:
        lines.append(f"Not needed: {len(idle)} of {len(inputs)} inputs.")
    elif idle:
        lines.append(f"Not needed: {', '.join(idle)}.")
    spare = [
        f"{sum(row['needed'] == 'no' for row in rows)} of {len(rows)}"
        for rows in (connections, nodes)
    ]
    lines.append(
        f"{spare[0]} connections and {spare[1]} hidden nodes could be removed, one at a time, at a"
        f" loss of less than {100 * TOLERANCE:g} %."
    )
    return lines


def table(result: dict[str, Any]) -> str:
    """Return the result of explain as text and tables for people."""
    lines = [f"{result['task']}", *(f"  {sentence}" for sentence in sentences(result))]
    for kind, title in zip(KINDS, ("input", "hidden node", "connection"), strict=True):
        if result[kind]:
            lines.append(f"{'without ' + title:38s} {'loss':>8s} ± error    needed")
        for row in result[kind]:
            loss = round(row["loss"], 1) + 0.0  # a small gain is not shown as -0.0
            lines.append(f"  {row['name']:36s} {loss:8.1f} ± {row['error']:<7.1f}  {row['needed']}")
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command."""
    description = (
        "Remove each input, hidden node and connection of a network alone, and measure what is"
        " lost."
    )
    parser = Parser(prog="python -m wann.explain", description=description)
    parser.add_argument(
        "champion", metavar="CHAMPION", help="run directory, champion file or published .out file"
    )
    add_options(parser)
    shared = (
        "of a tuned network: explain it with the shared weights that it was evolved for instead"
    )
    parser.add_argument("--shared", action="store_true", help=shared)
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    _run(parser.parse_args(argv))


@own_stdout()
def _run(args: argparse.Namespace) -> None:
    champion = load(args.champion, args.stored_weights)
    champion = replace(champion, weights=None) if args.shared else champion
    with EpisodeProgress() as progress:
        data = data_of_args(args)
        result = explain(champion, args.task, args.trials, args.seed, progress.show, data)
    if args.json:
        say_json(result)
    else:
        say(table(result))


def command() -> None:
    """Run the command as a program: mistakes become one line and exit code 2."""
    run_command(main)


if __name__ == "__main__":
    command()
