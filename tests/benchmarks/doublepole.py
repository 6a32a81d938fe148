"""Double pole balancing beside what is published of it.

    python tests/benchmarks/doublepole.py RUNS ... -o docs/results/data/doublepole.csv
    python tests/benchmarks/doublepole.py --count CONFIG ... [--set KEY=VALUE ...] [--seeds 0-9]

The first judges the champions of runs, folders of ``wann evolve --seeds`` or run directories, and
tuned ones (``tuned.json`` of ``wann tune``): at how many of the six weights they balance both poles
from the published start for 1000 steps (``start``) and for 100,000 (``long``), and in how many of
the 625 starts of the published test for 1000 steps, at each weight (``tested``); also at the shared
weight that is stored with a champion (``good``).

The second counts evaluations to a solution: a network that balances both poles for 100,000 steps
from the published start, at all weights of the configuration. The best network of each generation
and the champion are tried, which is not counted. One evaluation is a network in a generation; it
plays an episode in each trial at each weight. ``linear`` is no configuration: it tunes the weights
of a network without hidden nodes, six inputs and a bias, by the CMA-ES of ``wann tune``, each
search from zeros with a width of 1, 9 candidates a generation and 1000 steps from the published
start; one evaluation is one episode.
"""

import argparse
import csv
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

import wann
from envs.doublepole import DOUBLEPOLE_STANDARD, grid_starts
from wann.champion.champion import Champion
from wann.champion.task import task_of
from wann.compare.runs import read_runs
from wann.compare.statistics import median_interval
from wann.config import find_table, make_config, override
from wann.evolve.seeds import seeds_of
from wann.genome.genome import Genome, minimal_genome
from wann.network.network import Networks, decode_all
from wann.streams import rng_for
from wann.tasks import ControlTask
from wann.tasks.control.task import with_scale
from wann.tune.cma_es import cma_es

LONG = 100_000  # steps
SIX = np.array(wann.Config().weights)
COLUMNS = (
    "run", "seed", "connections", "start", "long", "tested", "good", "good_long", "good_tested",
    "tuned_long", "tuned_tested",
)  # fmt: skip
MOST = 100_000  # evaluations of a count


class Judged(NamedTuple):
    """What a champion does, by shared weight or with tuned ones.

    Attributes:
        start: ``(W,)`` whether it balances for 1000 steps from the published start.
        long: ``(W,)`` whether it does for LONG steps.
        tested: ``(W,)`` in how many of the 625 starts it does for 1000.
    """

    start: np.ndarray
    long: np.ndarray
    tested: np.ndarray


def balanced(
    task: ControlTask, networks: Networks, weights: np.ndarray, starts: np.ndarray, steps: int
) -> np.ndarray:
    """Return whether each network balances for so many steps, ``(N, W, T)``."""
    task = replace(task, max_steps=steps, goal=replace(task.goal, steps=steps))
    if task.scale is not None:
        starts = with_scale(starts, task.scale)
    scores = task.score(networks, weights, starts)[0]
    return task.successes(networks, weights, starts, scores)


def judged(champion: Champion, task: ControlTask, weights: np.ndarray) -> Judged:
    """Return how a network does at shared weights ``(W,)`` or with ``(1, C)`` of its own."""
    networks = decode_all([champion.genome])
    standard = task.physics._replace(spread=0.0).start_states(1, np.random.default_rng(0))
    start, long = (
        balanced(task, networks, weights, standard, steps)[0, :, 0] for steps in (1000, LONG)
    )
    grid = grid_starts(task.physics)
    return Judged(start, long, balanced(task, networks, weights, grid, 1000)[0].sum(axis=1))


def rows_of(folder: Path) -> Iterator[dict[str, str]]:
    """Yield a row for each run of a folder."""
    for run in read_runs([folder]):
        champion = wann.load(run.path)
        task = task_of(champion)
        six = judged(champion, task, SIX)
        row = {
            "run": folder.name,
            "seed": str(run.seed),
            "connections": str(champion.genome.size),
            "start": str(six.start.sum()),
            "long": str(six.long.sum()),
            "tested": " ".join(map(str, six.tested)),
        }
        if champion.shared_weight is not None:
            good = judged(champion, task, np.array([champion.shared_weight]))
            row |= {
                "good": f"{champion.shared_weight:g}",
                "good_long": str(int(good.long[0])),
                "good_tested": str(good.tested[0]),
            }
        if (run.path / "tuned.json").exists():
            tuned = wann.load(run.path / "tuned.json")
            own = judged(tuned, task, tuned.weights_at())
            row |= {"tuned_long": str(int(own.long[0])), "tuned_tested": str(own.tested[0])}
        print(*row.values(), flush=True)
        yield row


# ---------------------------------------------------------------------- evaluations to a solution
class Solution(NamedTuple):
    """What a solution took, and what it is worth.

    Attributes:
        evaluations: networks that were evaluated.
        episodes: that they played.
        connections: of the solution.
        tested: in how many of the 625 starts it balances, the mean over the weights.
    """

    evaluations: int
    episodes: int
    connections: int
    tested: float


def evolved(name: str, seed: int, changes: Sequence[str]) -> Solution | None:
    """Return the first solution of an evolution; None if there is none."""
    table = find_table(name)
    for change in (*changes, f"seed={seed}"):
        override(table, change)
    config = make_config(table)
    weights, evaluations, tried = np.array(config.weights), 0, set()
    with wann.Evolution(config) as evolution:
        for generation in evolution:
            evaluations += len(generation.population)
            best = generation.population[int(generation.order[0])]
            for genome in (best, generation.champion.genome):
                known = genome.nodes.tobytes() + genome.conns.tobytes()
                if known not in tried and solves(evolution.task, genome, weights):
                    grid = grid_starts(evolution.task.physics)
                    tested = balanced(evolution.task, decode_all([genome]), weights, grid, 1000)
                    episodes = evaluations * len(weights) * config.trials
                    mean = float(tested[0].sum(axis=1).mean())
                    return Solution(evaluations, episodes, genome.size, mean)
                tried.add(known)
    return None


def solves(task: ControlTask, genome: Genome, weights: np.ndarray) -> bool:
    """Return whether a network is a solution."""
    networks, start = decode_all([genome]), DOUBLEPOLE_STANDARD.trials(1, np.random.default_rng(0))
    start = np.pad(start, ((0, 0), (0, len(task.physics.state_names) - start.shape[1])))
    return all(balanced(task, networks, weights, start, steps).all() for steps in (1000, LONG))


def linear(seed: int) -> Solution | None:
    """Return the first solution among the weights of a network without hidden nodes."""
    task, evaluations, searches = DOUBLEPOLE_STANDARD, 0, 0
    networks = decode_all([minimal_genome(6, 1, 1.0, np.random.default_rng(0))])
    start = task.trials(1, np.random.default_rng(0))
    while evaluations < MOST:
        es = cma_es(np.zeros(7), 1.0, 9, rng_for(seed, searches, "cma"))
        searches += 1
        while not es.stop() and evaluations < MOST:
            candidates = np.array(es.ask())
            scores = task.score(networks, candidates, start)[0][0, :, 0]
            evaluations += len(candidates)
            for own in candidates[scores >= task.max_steps][:, np.newaxis]:
                if balanced(task, networks, own, start, LONG).all():
                    grid = grid_starts(task.physics)
                    tested = balanced(task, networks, own, grid, 1000).sum()
                    return Solution(evaluations, evaluations, 7, float(tested))
            es.tell(list(candidates), (-scores).tolist())
    return None


def count(names: Sequence[str], seeds: Sequence[int], changes: Sequence[str]) -> None:
    """Print what each seed of each name took, and medians."""
    for name in names:
        found = []
        for seed in seeds:
            solution = linear(seed) if name == "linear" else evolved(name, seed, changes)
            print(name, f"seed {seed}", solution or "no solution", flush=True)
            found += [solution] if solution else []
        print(f"{name}: {len(found)} of {len(seeds)} seeds have a solution")
        for k, field in enumerate(Solution._fields):
            values = np.array([solution[k] for solution in found], float)
            if len(values):
                low, high = median_interval(values, np.random.default_rng(0))
                print(
                    f"  {field:12s} mean {values.mean():8.0f}  median {np.median(values):8.0f}"
                    f"  {low:.0f} to {high:.0f}  range {values.min():.0f} to {values.max():.0f}"
                )


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", type=Path, nargs="*", metavar="RUNS")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE.csv")
    parser.add_argument("--count", nargs="+", metavar="CONFIG", default=[])
    parser.add_argument("--set", dest="changes", action="append", metavar="KEY=VALUE", default=[])
    parser.add_argument("--seeds", type=seeds_of, default=range(10), metavar="SEEDS")
    return parser


def main() -> None:
    """Judge runs, and count evaluations."""
    args = parser().parse_args()
    rows = [row for folder in args.runs for row in rows_of(folder)]
    if args.output:
        with args.output.open("w", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    count(args.count, args.seeds, args.changes)


if __name__ == "__main__":
    main()
