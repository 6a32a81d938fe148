"""Prune a policy: ``python -m wann.pruning.control``: tune a multilayer perceptron, prune it, and
tune it again.

Every network, the evolved ones too, is tuned as by ``python -m wann.tune``. Only weights are
pruned; all connections are counted, those from the bias, too.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from wann.champion.champion import Champion, load
from wann.champion.perceptron import mlp_champion
from wann.champion.task import task_of
from wann.command.options import check_count, check_seed
from wann.command.program import run_command, shell_command
from wann.command.progress import TuneProgress
from wann.errors import StopRequested, WannError
from wann.genome.genome import same_genome
from wann.output import Parser, own_stdout, say, say_json, stdout
from wann.pruning.comparison.results import Results
from wann.pruning.mlp import MLP
from wann.pruning.prune import METHODS, Problem, Pruner, Start, prune
from wann.pruning.structure import effective, from_champion, to_champion
from wann.runs.score_log import ScoreLog
from wann.streams import rng_for
from wann.tasks import find_task
from wann.tasks.checks import trials_of
from wann.tasks.classification.samples import has_samples
from wann.tasks.task import capabilities_of
from wann.tune.log import log_settings
from wann.tune.tune import tune
from wann.workers.cores import one_blas_thread
from wann.workers.evaluator import Evaluator

#: name -> pruner of a tuned policy, in one go: those that look at no samples
BLIND = {
    "random": METHODS["random"],
    "magnitude": METHODS["magnitude-init"],
    "synflow": METHODS["synflow"],
}
SHOWN = ("magnitude", "synflow")
LEVELS = tuple(0.75**k for k in range(1, 8))  # shares of the weights that are left
Tune = Callable[[Champion, Path], Champion]


def returns(
    evaluate: Evaluator, champion: Champion, weights: np.ndarray, trials: int, seed: int
) -> tuple[float, float]:
    """Return mean and standard deviation of the returns in fresh trials, at weights of
    ``Champion.weights_at``.
    """
    fresh = trials_of(evaluate.task, trials, rng_for(seed, 0, "tuned"))
    scores = evaluate([champion.genome], weights, fresh)[0]
    return float(scores.mean()), float(scores.std())


def pruned(net: MLP, dense: Champion, pruner: Pruner, left: int, seed: int) -> tuple[Champion, int]:
    """Return the tuned network with this many weights left, not tuned again, and how many of them
    lie on a path.
    """
    parameters, mask = from_champion(net, dense)
    counts = pruner.counts(net, net.n_weights / left)
    counts[-1] = [left]  # whatever became of it in the division
    none = np.zeros((0, net.sizes[0]))
    problem, start = Problem(net, none, none), Start(parameters, mask, parameters)
    parameters, mask = prune(pruner, problem, start, counts, _never, seed)
    champion = to_champion(net, parameters, mask, dense.task, (dense.inputs, dense.outputs))
    return replace(champion, provenance={"mlp": list(net.sizes[1:-1])}), int(
        np.count_nonzero(effective(net, mask))
    )


def _never(parameters: np.ndarray, mask: np.ndarray) -> np.ndarray:
    raise AssertionError("these methods do not train between rounds")


class Study(NamedTuple):
    """What all seeds of a comparison share.

    Attributes:
        evaluate: scores policies on their task.
        net: the shape of the dense network.
        dense: it, without weights.
        methods: of BLIND.
        left: weights that are left.
        trials: fresh ones that the returns are of.
        folder: where the networks are written.
    """

    evaluate: Evaluator
    net: MLP
    dense: Champion
    methods: Sequence[str]
    left: Sequence[int]
    trials: int
    folder: Path


def run(study: Study, seed: int, tuned: Tune) -> list[dict[str, Any]]:
    """Return the rows of one seed: the dense network, and each method with each number of weights
    left.

    Args:
        study: what is compared.
        seed: of what is random.
        tuned: tunes a network and writes it to a file, or reads that file.
    """
    evaluate, net, dense, methods, left, trials, folder = study

    def row(
        method: str, weights: int, useful: int, champion: Champion, before: float | None
    ) -> dict[str, Any]:
        mean, std = returns(evaluate, champion, champion.weights_at(), trials, seed)
        return {
            "method": method, "seed": seed, "total": net.n_weights, "remaining": weights,
            "effective": useful,
            "connections": len(champion.network.gene), "return_before": before, "return": mean,
            "std": std,
            "no_path": useful == 0,
        }  # fmt: skip

    dense = tuned(dense, folder / f"dense-s{seed}.json")
    rows = [row("dense", net.n_weights, net.n_weights, dense, None)]
    for method in methods:
        for weights in left:
            champion, useful = pruned(net, dense, BLIND[method], weights, seed)
            before = returns(evaluate, champion, champion.weights_at(), trials, seed)[0]
            if useful:  # else its outputs are constants
                champion = tuned(champion, folder / f"{method}-w{weights}-s{seed}.json")
            rows.append(row(method, weights, useful, champion, before))
    return rows


def known_network(path: Path, champion: Champion) -> Champion:
    """Return the tuned network that an earlier run of the command wrote for this champion.

    Raises:
        WannError: it is another one.
    """
    known = load(path)
    if (
        known.weights is None
        or known.task != champion.task
        or not same_genome(known.genome, champion.genome)
    ):
        raise WannError(
            f"{path}: is not this network, tuned: remove the file to tune it again, or give another"
            " folder with --out"
        )
    return known


def evolved_rows(champion: Champion, name: str, trials: int, seed: int) -> list[dict[str, Any]]:
    """Return rows of a tuned evolved network: its best shared weight, and its individual weights.

    Raises:
        WannError: it is not tuned.
    """
    task = task_of(champion)
    if champion.weights is None or champion.shared_weight is None:
        raise WannError(
            f"{name}: has no tuned weights: run python -m wann.tune on it, and give the file that"
            " it writes"
        )
    rows = []
    with Evaluator(task) as evaluate:
        for method, weight in (
            ("wann shared weight", champion.shared_weight),
            ("wann tuned", None),
        ):
            mean, std = returns(evaluate, champion, champion.weights_at(weight), trials, seed)
            size = len(champion.network.gene)
            rows.append(
                {
                    "method": method,
                    "remaining": size,
                    "effective": size,
                    "connections": size,
                    "return": mean,
                    "std": std,
                    "no_path": False,
                }
            )
    return rows


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
