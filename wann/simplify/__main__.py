"""Fewer connections for the same score: ``python -m wann.simplify CHAMPION``."""

import argparse
import json
import sys
import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import wann
from wann.champion.champion import Champion, load
from wann.champion.task import renamed, task_of
from wann.command.options import add_backend_option, add_subject, check_numbers
from wann.command.program import has_window, run_command, shell_command
from wann.command.progress import SimplifyProgress
from wann.command.resumable import result_file, resumable
from wann.config import SimplifyConfig
from wann.output import Parser, own_stdout, say, say_json, stdout
from wann.runs.score_log import ScoreLog
from wann.simplify.recorded import Recorded
from wann.simplify.result import removed_names, table
from wann.simplify.simplify import PATHS, check_simplification, most_rollouts, simplified
from wann.tasks import Task, is_code
from wann.tasks.classification.samples import has_samples
from wann.tasks.data import add_data_option, data_of_args, data_options
from wann.tasks.task import capabilities_of, digest_of
from wann.workers.evaluator import Evaluator


def parser() -> argparse.ArgumentParser:
    """Return the command line of ``python -m wann.simplify``."""
    p = Parser(
        prog="python -m wann.simplify",
        description="Remove the connections that a network can do without.",
        epilog="The same command goes on with a simplification that was stopped.",
    )
    add_subject(p)
    add_data_option(p)
    p.add_argument(
        "--task", metavar="NAME", help="task to score it on (default: the one it was evolved for)"
    )
    p.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="FILE",
        help="file to write (default: RUN/simplified.json, or CHAMPION.simplified.json beside a"
        " file)",
    )
    p.add_argument("--force", action="store_true", help="overwrite the file if it exists")
    p.add_argument(
        "--seed", type=int, default=0, metavar="N", help="seed of every random choice (default: 0)"
    )
    p.add_argument(
        "--price",
        type=float,
        default=SimplifyConfig.price,
        metavar="P",
        help=(
            "what a connection costs, as a share of what the network scores above one without"
            f" connections (default: {SimplifyConfig.price:g})"
        ),
    )
    loss = (
        "share of that score that it may lose, where the confidence interval of the score does not"
        f" allow more (default: {SimplifyConfig.loss:g})"
    )
    p.add_argument("--loss", type=float, default=SimplifyConfig.loss, metavar="L", help=loss)
    paths = (
        "eliminations, of which the best result counts, and then as many from there until none is"
        f" better; of compiled physics (default: {PATHS})"
    )
    p.add_argument("--paths", type=int, default=PATHS, metavar="N", help=paths)
    p.add_argument(
        "--trials",
        type=int,
        default=100,
        metavar="N",
        help="fresh trials of the scores before and after (default: 100)",
    )
    add_backend_option(p)
    p.add_argument(
        "--workers", type=int, metavar="N", help="threads or processes (default: all cores)"
    )
    p.add_argument(
        "--json", action="store_true", help="print the result as JSON, the progress on stderr"
    )
    return p


def network_of(args: argparse.Namespace) -> tuple[Champion, Task, Path]:
    """Return what to simplify, for what, and the file to write."""
    champion = load(args.champion)
    check_simplification(champion, asked_of(args))
    task = task_of(champion, args.task, data_of_args(args))
    champion = renamed(replace(champion, task=args.task or champion.task), task)
    path = result_file(args, "simplified", "whole network")
    return champion, task, path


def asked_of(args: argparse.Namespace) -> SimplifyConfig:
    """Return how it is simplified."""
    return SimplifyConfig(price=args.price, loss=args.loss, paths=args.paths)


def log_settings(champion: Champion, task: Task, args: argparse.Namespace) -> dict[str, Any]:
    """Return what must be equal for a log to be continued."""
    return {
        "format": "wann-simplify-log",
        "wann": wann.__version__,
        "champion": zlib.crc32(json.dumps(champion.to_json()).encode()),
        "data": digest_of(task),
        "seed": args.seed,
        "price": args.price,
        "loss": args.loss,
        "paths": args.paths,
        "trials": args.trials,
    }


def commands(task: Task, path: Path, options: Sequence[str | Path]) -> list[str]:
    """Return commands that go on with the file."""
    can_watch = capabilities_of(task).drawable and has_window()
    look = "viz.assess" if has_samples(task) else "watch" if can_watch else "explorer"
    return [shell_command(name, path, *options) for name in (look, "assess", "explain", "tune")]


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command."""
    _run(parser().parse_args(argv))


@own_stdout()
def _run(args: argparse.Namespace) -> None:
    check_numbers(args.trials, args.seed)
    champion, task, path = network_of(args)
    with (
        Evaluator(task, args.backend, args.workers) as evaluate,
        ScoreLog(path.with_name(f"{path.name}.log"), log_settings(champion, task, args)) as log,
        SimplifyProgress(sys.stderr if args.json else stdout()) as progress,
        resumable(log),
    ):
        progress.begin(str(champion.task), champion.genome.size, args.seed, log.left, path)
        if not capabilities_of(task).cheap:
            progress.announce(most_rollouts(champion, task, args.trials))
        recorded = Recorded(evaluate, log, lambda status: progress.show(*status))
        found = simplified(champion, task, recorded, asked_of(args), args.seed, args.trials)
        found.save(path)
    if args.json:
        pairs = found.provenance["simplified"]["removed"]
        removed = [
            {
                "source": source,
                "target": target,
                **({"recurrent": True} if recurrent else {}),
                "name": name,
            }
            for (source, target, *recurrent), name in zip(
                pairs, removed_names(champion, pairs), strict=True
            )
        ]
        say_json({"file": str(path), "champion": found.to_json(), "removed": removed})
        return
    name = str(champion.task)
    options = [*(["--task", name] if is_code(name) else []), *data_options(args)]
    more = (f"  {command}" for command in commands(task, path, options))
    say("\n".join(("", table(champion, found), "", *more)))


def command() -> None:
    """Run the command as a program: mistakes become one line and exit code 2."""
    run_command(main)


if __name__ == "__main__":
    command()
