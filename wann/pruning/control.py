"""Prune a policy: ``python -m wann.pruning.control``: tune a multilayer perceptron, prune it, and
tune it again.

Every network, the evolved ones too, is tuned as by ``python -m wann.tune``.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from wann.champion.champion import Champion, load
from wann.champion.perceptron import mlp_champion
from wann.command.options import check_count, check_seed
from wann.command.program import run_command, shell_command
from wann.command.progress import TuneProgress
from wann.errors import StopRequested, WannError
from wann.output import Parser, own_stdout, say, say_json, stdout
from wann.pruning.comparison.results import Results
from wann.pruning.mlp import MLP
from wann.pruning.policies import BLIND, LEVELS, SHOWN, Study, evolved_rows, known_network, run
from wann.runs.score_log import ScoreLog
from wann.tasks import find_task
from wann.tasks.classification.samples import has_samples
from wann.tasks.task import capabilities_of
from wann.tune.log import log_settings
from wann.tune.tune import tune
from wann.workers.cores import one_blas_thread
from wann.workers.evaluator import Evaluator


def summary(rows: Sequence[dict[str, Any]]) -> str:
    """Return the table that the command prints at its end."""
    lines = [
        f"{'method':20s} {'weights':>8s} {'connections':>12s} {'before':>8s} {'return ± std':>16s} "
        " seed"
    ]
    for row in rows:
        before = "" if row.get("return_before") is None else f"{row['return_before']:.0f}"
        lines.append(
            f"{row['method']:20s} {row['remaining']:8d} {row['connections']:12d} {before:>8s} "
            f"{row['return']:8.1f} ± {row['std']:<5.1f}  {row.get('seed', '')}"
        )
    return "\n".join(lines)


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    p = Parser(
        prog="python -m wann.pruning.control",
        description="Tune a multilayer perceptron for a control task, prune it, and tune it again.",
        epilog="The same command goes on with one that was stopped.",
    )
    add = p.add_argument
    add("task", nargs="?", default="swingup", metavar="TASK", help="default: swingup")
    add(
        "--hidden",
        nargs="+",
        type=int,
        default=[10],
        metavar="N",
        help="tanh units of hidden layers (default: 10)",
    )
    add(
        "--methods",
        nargs="+",
        choices=BLIND,
        default=list(SHOWN),
        metavar="NAME",
        help=f"of {', '.join(BLIND)} (default: {' '.join(SHOWN)})",
    )
    add(
        "--left",
        nargs="+",
        type=int,
        metavar="N",
        help="weights that are left (default: 75 %% of all, 75 %% of these, …)",
    )
    add("--seeds", nargs="+", type=int, default=[0], metavar="N", help="default: 0")
    add(
        "--generations",
        type=int,
        default=200,
        metavar="N",
        help="of each CMA-ES search (default: 200)",
    )
    add(
        "--trials",
        type=int,
        default=1000,
        metavar="N",
        help="fresh trials of the returns (default: 1000)",
    )
    add(
        "--champion",
        nargs="+",
        type=Path,
        default=[],
        metavar="FILE",
        help="tuned evolved networks to stand beside",
    )
    add(
        "--out", type=Path, metavar="DIR", help="folder of the results (default: runs/pruning-TASK)"
    )
    add("--workers", type=int, metavar="N", help="how many threads (default: all cores)")
    add("--json", action="store_true", help="print the rows as JSON, the progress on stderr")
    return p


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command."""
    _run(parser().parse_args(argv))


@own_stdout()
def _run(args: argparse.Namespace) -> None:
    for seed in args.seeds:
        check_seed("--seeds", seed)
    check_count("--generations", args.generations, 1)
    check_count("--trials", args.trials, 1)
    task = find_task(args.task)
    if has_samples(task):
        raise WannError(
            f"task {args.task!r} is a classification: prune for it with python -m wann.pruning"
            f" {args.task}"
        )
    start = mlp_champion(task, args.task, args.hidden)
    net = MLP((len(task.inputs), *args.hidden, len(task.outputs)), "tanh", "mse")
    levels = list(
        dict.fromkeys(args.left or [max(1, round(net.n_weights * share)) for share in LEVELS])
    )
    for left in levels:
        if not 1 <= left <= net.n_weights:
            raise WannError(
                f"--left {left}: must be from 1 to {net.n_weights}, the weights of the network"
            )
    champions = [(load(path), path.name) for path in args.champion]
    evolved = [
        row for champion, name in champions for row in evolved_rows(champion, name, args.trials, 0)
    ]
    settings = {"task": args.task, "hidden": args.hidden, "generations": args.generations}
    results = Results(args.out or Path("runs") / f"pruning-{args.task}", settings)
    folder = results.networks
    rows: list[dict[str, Any]] = []
    with (
        one_blas_thread(),
        Evaluator(task, workers=args.workers) as evaluate,
        TuneProgress(sys.stderr if args.json else stdout()) as progress,
    ):
        study = Study(evaluate, net, start, args.methods, levels, args.trials, folder)
        for seed in args.seeds:

            def tuned(champion: Champion, path: Path, seed: int = seed) -> Champion:
                if path.exists():
                    return known_network(path, champion)
                slow = not capabilities_of(task).cheap
                known = log_settings(
                    champion, seed, args.generations, args.trials if slow else None
                )
                with ScoreLog(path.with_name(f"{path.name}.log"), known) as log:
                    champion = tune(
                        champion,
                        task,
                        rounds=args.generations,
                        trials=args.trials,
                        seed=seed,
                        evaluate=evaluate,
                        log=log,
                        monitor=progress.of(args.task, seed, path),
                    )
                    champion.save(path)
                    log.remove()
                return champion

            try:
                rows += run(study, seed, tuned)
            except StopRequested:
                say("stopped early; the same command goes on where it was", sys.stderr)
                sys.exit(130)
    empty = dict.fromkeys(rows[0])
    rows += [{**empty, **row} for row in evolved]
    results.write_tables(rows)
    if args.json:
        say_json({"folder": str(results.path), "rows": rows})
    else:
        say(f"\n{summary(rows)}\n\n  {shell_command('viz.pruning', results.path)}")


def command() -> None:
    """Run the command as a program: mistakes become one line and exit code 2."""
    run_command(main)


if __name__ == "__main__":
    command()
