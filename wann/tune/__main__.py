"""Give a network weights of its own: ``python -m wann.tune CHAMPION``."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from wann.champion.champion import Champion, load
from wann.champion.perceptron import mlp_champion
from wann.champion.task import renamed, task_of
from wann.command.options import (
    CHAMPION,
    LATEST,
    add_backend_option,
    check_count,
    check_seed,
    the_latest,
)
from wann.command.program import has_window, run_command, shell_command
from wann.command.progress import TuneProgress
from wann.command.resumable import result_file, resumable
from wann.errors import WannError
from wann.output import Parser, own_stdout, say, say_json, stdout
from wann.runs.score_log import ScoreLog
from wann.tasks import Task, find_task, is_code
from wann.tasks.classification.samples import has_samples
from wann.tasks.data import add_data_option, data_of_args, data_options
from wann.tasks.task import capabilities_of, digest_of
from wann.tune.cma_es import FEW_GENERATIONS, GENERATIONS
from wann.tune.descent import EPOCHS
from wann.tune.log import log_settings
from wann.tune.table import lines_of, unit_of
from wann.tune.tune import tune, usual_rounds, was_quick
from wann.workers.evaluator import Evaluator


def summary(champion: Champion, task: Task, path: Path, options: Sequence[str | Path]) -> str:
    """Return what the command prints at its end.

    Options are those of commands that look at the network.
    """
    can_watch = capabilities_of(task).drawable and has_window()
    scores = champion.scores
    look = "viz.assess" if "test_samples" in scores else "watch" if can_watch else "explorer"
    more = (f"  {shell_command(name, path, *options)}" for name in (look, "assess", "explain"))
    return "\n".join(
        (
            f"\n{champion.task}: {champion.genome.size} connections, {unit_of(scores)}",
            *lines_of(scores, task),
            "",
            *more,
        )
    )


def parser() -> argparse.ArgumentParser:
    """Return the command line of ``python -m wann.tune``."""
    p = Parser(
        prog="python -m wann.tune",
        description=(
            "Find the best shared weight of a network, and the best weight of each connection: of"
            " classifiers by gradient descent, of others by CMA-ES."
        ),
        epilog="The same command goes on with a tuning that was stopped.",
    )
    p.add_argument(
        "champion",
        nargs="?",
        type=Path,
        metavar="CHAMPION",
        help=f"{CHAMPION} ({LATEST})",
    )
    p.add_argument(
        "--mlp",
        type=int,
        nargs="+",
        metavar="N",
        help="instead: a fully connected network with hidden layers of this many nodes",
    )
    add_data_option(p)
    p.add_argument(
        "--task", metavar="NAME", help="task to tune it for (default: the one it was evolved for)"
    )
    p.add_argument(
        "--stored-weights",
        action="store_true",
        help="CHAMPION is the .out file of a tuned network: go on from its values",
    )
    p.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="FILE",
        help="file to write (default: RUN/tuned.json, or CHAMPION.tuned.json beside a file)",
    )
    p.add_argument("--force", action="store_true", help="overwrite the file if it exists")
    p.add_argument(
        "--seed", type=int, default=0, metavar="N", help="seed of every random choice (default: 0)"
    )
    p.add_argument(
        "--quick",
        action="store_true",
        help="in seconds: fewer and smaller searches, as at the end of python -m wann.evolve",
    )
    p.add_argument(
        "--generations",
        type=int,
        metavar="N",
        help=(
            f"CMA-ES: of each search (default: {GENERATIONS}; in Python {FEW_GENERATIONS}, or fewer"
            " if --trials is less than 25)"
        ),
    )
    p.add_argument(
        "--epochs",
        type=int,
        metavar="N",
        help=f"classifiers: passes through the training samples (default: {EPOCHS})",
    )
    p.add_argument(
        "--trials",
        type=int,
        default=100,
        metavar="N",
        help=(
            "fresh trials of the scores in the file, if it is no classifier (default: 100); with"
            " fewer, the searches of an environment in Python have as many fewer"
        ),
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
    """Return what to tune, for what, and the file to write."""
    if args.champion and args.mlp:
        raise WannError(
            "give a CHAMPION to tune, or --mlp N for a fully connected network with N hidden nodes"
        )
    if not args.mlp:
        args.champion = args.champion or the_latest()
    if args.mlp:
        if not args.task or not args.output:
            raise WannError("--mlp needs the task and the file to write: --task NAME -o FILE")
        task = find_task(args.task, data_of_args(args))
        champion = mlp_champion(task, args.task, args.mlp)
    else:
        champion = load(args.champion, args.stored_weights)
        task = task_of(champion, args.task, data_of_args(args))
        champion = renamed(replace(champion, task=args.task or champion.task), task)
    if not len(champion.network.gene):
        raise WannError(
            "no enabled connection of this network reaches an output: there is no weight to tune"
        )
    path = result_file(args, "tuned", "untuned network", was_quick)
    return champion, task, path


def rounds_of(task: Task, args: argparse.Namespace) -> int:
    """Return the generations or epochs that were asked for, by the method that fits the task."""
    given, other = ("epochs", "generations") if has_samples(task) else ("generations", "epochs")
    if getattr(args, other) is not None:
        raise WannError(f"--{other}: this task is tuned otherwise and has none; give --{given}")
    rounds = getattr(args, given)
    return usual_rounds(task, args.trials, args.quick) if rounds is None else rounds


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command."""
    _run(parser().parse_args(argv))


@own_stdout()
def _run(args: argparse.Namespace) -> None:
    check_seed("--seed", args.seed)
    for name in ("generations", "epochs", "trials"):
        if getattr(args, name) is not None:
            check_count(f"--{name}", getattr(args, name), 1)
    champion, task, path = network_of(args)
    rounds = rounds_of(task, args)
    slow = not capabilities_of(task).cheap
    settings = log_settings(
        champion, args.seed, rounds, args.trials if slow else None, digest_of(task), args.quick
    )
    with (
        Evaluator(task, args.backend, args.workers) as evaluate,
        ScoreLog(path.with_name(f"{path.name}.log"), settings) as log,
        TuneProgress(sys.stderr if args.json else stdout()) as progress,
        resumable(log),
    ):
        tuned = tune(
            champion,
            task,
            rounds=rounds,
            trials=args.trials,
            seed=args.seed,
            quick=args.quick,
            evaluate=evaluate,
            log=log,
            monitor=progress.of(str(champion.task), args.seed, path),
        )
        tuned.save(path)
    if args.json:
        say_json({"file": str(path), "champion": tuned.to_json()})
        return
    name = str(champion.task)
    task_option = ["--task", name] if is_code(name) else []
    say(summary(tuned, task, path, [*task_option, *data_options(args)]))


def command() -> None:
    """Run the command as a program: mistakes become one line and exit code 2."""
    run_command(main)


if __name__ == "__main__":
    command()
