"""What a race costs and loses, beside the full sweep:
``python tests/benchmarks/racing.py [CONFIG ...] [--seeds N]``.

A search plays the full sweep; in each generation the race is run on the scores that are then known,
so that both are judged by the same ones. The regret is what the race's choice falls short of the
full sweep's in the mean score of the full sweep: of the best network, and of the parents that
tournaments are expected to take, beside what the full sweep gains by selection, the mean of its
parents less that of the population.
"""

import argparse
from collections.abc import Iterable
from functools import partial
from typing import Any

import numpy as np

from wann.config import Config, find_table, make_config
from wann.evolve.loop import generations
from wann.genome.genome import Genome
from wann.search.racing import race
from wann.search.search import WannSearch
from wann.search.sweep import mean_scores
from wann.streams import rng_for
from wann.tasks import find_task
from wann.tasks.scaling import Scaler
from wann.workers.evaluator import Evaluator

CONFIGS = ("lunarlander",)


def known(
    genomes: Iterable[Genome], weights: np.ndarray, trials: np.ndarray, scores: np.ndarray
) -> Any:
    """Return an evaluator that looks up these ``(N, W, T)`` scores of a generation."""
    rows = {genome.nodes.tobytes() + genome.conns.tobytes(): i for i, genome in enumerate(genomes)}
    columns, layers = weights.tolist(), trials[:, 0].tolist()

    def evaluate(genomes: list[Genome], weights: np.ndarray, trials: np.ndarray) -> np.ndarray:
        index = [rows[genome.nodes.tobytes() + genome.conns.tobytes()] for genome in genomes]
        return scores[
            np.ix_(
                index, [columns.index(w) for w in weights], [layers.index(t) for t in trials[:, 0]]
            )
        ]

    return evaluate


def chances(config: Config) -> np.ndarray:
    """Return how often each rank is a parent."""
    n = config.search.population
    left = max(1, n - int(config.search.cull * n))
    beyond = np.clip(1 - np.arange(n + 1) / left, 0, 1) ** config.search.tournament
    return beyond[:-1] - beyond[1:]


def regrets(config: Config) -> np.ndarray:
    """Return for each generation the share of rollouts played, the regret of the best and the
    parents, and the gain.
    """
    task, chance, rows = find_task(config.task), chances(config), []
    search = WannSearch(config.search, len(task.inputs), len(task.outputs), config.seed)
    with Evaluator(task) as evaluate:
        scaler = Scaler(config.scale_observations, len(task.inputs))
        for generation in generations(config, task, evaluate, search, scaler):
            rng = partial(rng_for, config.seed, generation.number)
            weights, scores = generation.weights, generation.scores
            trials = task.trials(config.trials, rng("trials"))
            raced = race(
                known(search.population, weights, trials, scores),
                search,
                weights,
                trials,
                rng("race"),
            )
            played, mean = np.isfinite(raced), mean_scores(scores)
            best = mean[played.all(axis=(1, 2))].max()
            full, fast = (chance @ mean[order] for order in (search.order, search.ranking(raced)))
            rows.append((played.mean(), mean.max() - best, full - fast, full - mean.mean()))
    return np.array(rows)


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("configs", nargs="*", default=CONFIGS, metavar="CONFIG")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--generations", type=int, default=24)
    args = parser.parse_args()
    print(f"{'':14s}rollouts played  regret of the best  of the parents  gain by selection")
    for name in args.configs:
        table = {
            **find_table(name),
            "racing": False,
            "generations": args.generations,
            "report_trials": 1,
            "confirm_trials": 1,
        }
        for seed in range(args.seeds):
            played, best, parents, gain = regrets(make_config({**table, "seed": seed})).mean(axis=0)
            print(
                f"{name:14s}{100 * played:13.0f} %{best:20.2f}{parents:16.2f}{gain:19.2f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
