"""Which search finds the better networks, at equal evaluations:
``python tests/benchmarks/search.py [CONFIG] [--seeds 0-9] [--steps G] [--variants NAME ...]``.

Every variant evolves with every seed until as many environment steps were made; then its champion
is measured on fresh trials: the mean score at the weights of the sweep, at 41 shared weights from
-2 to 2, in which share of the episodes at these it succeeds, and its connections. A table has the
medians over the seeds with 95 % bootstrap intervals, and Vargha-Delaney's A beside the first
variant: the chance that a champion of this variant scores more than one of the first.
Rows go to a file as they come (``-o``), and are not computed again.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np

import wann
from wann.compare.statistics import advantage, median_interval
from wann.config import configure
from wann.evolve.seeds import seeds_of
from wann.network.network import decode_all
from wann.tasks import Task, find_task
from wann.workers.evaluator import Evaluator

PAPER = {"parents": "tournament", "tournament": 4, "cull": 0.2, "objective": "mean"}
LEXICASE = {"parents": "lexicase", "tournament": 32, "cull": 0.75, "objective": "mean"}
LOWER = {"objective": "lower_half"}
KINDS = {"mean": PAPER, "lower half": PAPER | LOWER, "lexicase": LEXICASE, "both": LEXICASE | LOWER}
#: what each variant changes of a configuration
VARIANTS: dict[str, dict[str, Any]] = {
    **{name: {"search": kind, "simplify": {"every": 0}} for name, kind in KINDS.items()},
    **{f"{name}, stages": {"search": kind} for name, kind in KINDS.items()},
}
GRID = np.linspace(-2, 2, 41)
FIGURES = ("sweep", "any weight", "succeeds %", "connections")


def measured(champion: wann.Champion, task: Task, backend: str) -> dict[str, float]:
    """Return the figures of a champion, on trials that no search has."""
    rng, networks = np.random.default_rng([7, 7]), decode_all([champion.genome])
    with Evaluator(task, backend) as evaluate:
        own = evaluate.score(networks, np.array(champion.sweep), task.trials(100, rng))
        trials = task.trials(100, rng)
        scores = evaluate.score(networks, GRID, trials)
        successes = evaluate.successes(networks, GRID, trials, scores)
    share = float("nan") if successes is None else 100 * float(successes.mean())
    values = float(own.mean()), float(scores.mean()), share, champion.genome.size
    return dict(zip(FIGURES, values, strict=True))


def evolved(name: str, seed: int, args: argparse.Namespace) -> dict[str, Any]:
    """Return the row of a variant and a seed."""
    config = configure(args.config, **VARIANTS[name], seed=seed, generations=10**6)
    with wann.Evolution(config, backend=args.backend) as evolution:
        for generation in evolution:
            every = config.simplify.every or 8
            # the last stage is a whole one
            if generation.steps >= args.steps * 1e9 and (generation.number + 1) % every == 0:
                break
    figures = measured(generation.champion, find_task(config.task), args.backend)
    made = {"steps": generation.steps, "generations": generation.number + 1}
    return {"variant": name, "seed": seed, **made, **figures}


def interval(values: np.ndarray) -> str:
    """Return a median with its bootstrap interval."""
    low, high = median_interval(values, np.random.default_rng(0))
    return f"{np.median(values):.0f} ({low:.0f}-{high:.0f})"


def main() -> None:
    """Evolve what is missing, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("config", nargs="?", default="swingup")
    parser.add_argument("--seeds", type=seeds_of, default=seeds_of("0-9"), metavar="A-B")
    parser.add_argument("--steps", type=float, default=6.0, metavar="G", help="10^9 steps a run")
    parser.add_argument("--variants", nargs="+", choices=VARIANTS, default=list(VARIANTS))
    parser.add_argument("--backend", default="threads")
    parser.add_argument("-o", "--output", type=Path, default=Path("search.jsonl"))
    args = parser.parse_args()
    lines = args.output.read_text().splitlines() if args.output.exists() else []
    rows = [json.loads(line) for line in lines]
    known = {(row["variant"], row["seed"]) for row in rows}
    for seed in args.seeds:
        for name in args.variants:
            if (name, seed) not in known:
                rows.append(evolved(name, seed, args))
                with args.output.open("a") as file:
                    file.write(json.dumps(rows[-1]) + "\n")
    print(
        f"{'variant':20s} seeds " + " ".join(f"{name:>16s}" for name in FIGURES) + "   best     A"
    )
    first = None
    for name in args.variants:
        own = [row for row in rows if row["variant"] == name]
        table = {key: np.array([row[key] for row in own]) for key in FIGURES}
        first = table["sweep"] if first is None else first
        cells = " ".join(f"{interval(values):>16s}" for values in table.values())
        best, a = table["sweep"].max(), advantage(table["sweep"], first)
        print(f"{name:20s} {len(own):5d} {cells} {best:6.0f}  {a:.2f}")


if __name__ == "__main__":
    main()
