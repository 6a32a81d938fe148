"""How good is a network, and how little do its weights matter?  ``python -m wann.assess CHAMPION``."""

import argparse
import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from wann.champion import Champion, load, summary, task_of
from wann.errors import WannError, run_command
from wann.network import decode_all
from wann.search import rng_for

WEIGHT_RANGE = 2.0  # random weights are uniform within plus and minus this, as in the paper
CANDIDATES = np.round(np.linspace(-WEIGHT_RANGE, WEIGHT_RANGE, 101), 2)  # for the best shared weight


def assess(champion: Champion, task_name: str | None = None, trials: int = 100, seed: int = 0) -> dict[str, Any]:
    """Score a network under the paper's weight conditions, each on ``trials`` trials.

    The task is the one that the network was evolved for, or ``task_name``.

    * per_weight: each shared weight of the sweep it was evolved for (else the paper's), on the same trials;
    * random_weights: in each trial every connection has a weight of its own, uniform in [-2, 2];
    * random_shared: in each trial one weight for all connections, uniform in [-2, 2];
    * best_shared: the best single weight of a fine grid, chosen on other trials than it is scored on.

    Returns: ``task``, ``trials``, ``connections`` and these four; all scores as ``mean`` and ``std`` over trials.

    Source: Gaier & Ha 2019, table 1; only tuned weights are missing here.
    """
    task = task_of(champion, task_name)

    def rng(purpose: str) -> np.random.Generator:
        return rng_for(seed, 0, purpose)

    def score(weights: np.ndarray, starts: np.ndarray) -> np.ndarray:
        return task.score(networks, weights, starts)[0][0]  # (W, T)

    def one_each(weights: np.ndarray, starts: np.ndarray) -> dict[str, float]:
        """Score trial t with weights[t]."""
        values = [score(weights[t : t + 1], starts[t : t + 1])[0, 0] for t in range(trials)]
        return {"mean": float(np.mean(values)), "std": float(np.std(values))}

    networks, n_conns = decode_all([champion.genome]), len(champion.genome.conns)
    sweep = np.array(champion.sweep)
    starts = task.trials(trials, rng("assess"))
    draws = rng("weights")
    individual = draws.uniform(-WEIGHT_RANGE, WEIGHT_RANGE, (trials, n_conns))
    shared = draws.uniform(-WEIGHT_RANGE, WEIGHT_RANGE, trials)
    selection = score(CANDIDATES, task.trials(trials, rng("select")))
    best = CANDIDATES[selection.mean(axis=1).argmax()]
    of_best = score(np.array([best]), starts)
    return {
        "task": task_name or champion.task,
        "trials": trials,
        "connections": champion.genome.size,
        "per_weight": summary(score(sweep, starts), sweep)["per_weight"],
        "random_weights": one_each(individual, starts),
        "random_shared": one_each(shared, starts),
        "best_shared": {"weight": float(best), "mean": float(of_best.mean()), "std": float(of_best.std())},
    }


def table(result: dict[str, Any]) -> str:
    """Return the result of assess as a table for people."""
    rows = [
        *((f"shared weight {weight}", row) for weight, row in result["per_weight"].items()),
        (f"random weights, U(-{WEIGHT_RANGE:g}, {WEIGHT_RANGE:g}) each", result["random_weights"]),
        (f"random shared weight, U(-{WEIGHT_RANGE:g}, {WEIGHT_RANGE:g})", result["random_shared"]),
        (f"best shared weight, {result['best_shared']['weight']:g}", result["best_shared"]),
    ]
    head = f"{result['task']}: {result['connections']} connections, {result['trials']} trials, mean ± std\n"
    return head + "\n".join(f"  {name:32s} {row['mean']:8.1f} ± {row['std']:.1f}" for name, row in rows)


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m wann.assess", description="Score a network at many weights.")
    parser.add_argument("champion", metavar="CHAMPION", help="run directory, champion file or published .out file")
    parser.add_argument("--task", metavar="NAME", help="task to score it on (default: the one it was evolved for)")
    parser.add_argument("--trials", type=int, default=100, metavar="N", help="trials of each condition (default: 100)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="seed of trials and random weights")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    args = parser.parse_args(argv)
    for name, least in (("trials", 1), ("seed", 0)):
        if getattr(args, name) < least:
            raise WannError(f"--{name} {getattr(args, name)}: must be at least {least}")
    result = assess(load(args.champion), args.task, args.trials, args.seed)
    print(json.dumps(result) if args.json else table(result))


def command() -> None:
    """Run the command as a program: mistakes become one line and exit code 2."""
    run_command(main)


if __name__ == "__main__":
    command()
