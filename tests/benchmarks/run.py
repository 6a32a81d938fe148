"""Measure the engine: ``python tests/benchmarks/run.py [--json FILE]``; about two minutes.

Rates are environment steps of the swing-up per second of one core (thread CPU time, medians); what
counts are the ratios, which come from the same moments on the same machine.
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from twins import dense_numpy, scalar_numba

from envs.swingup import SwingUp
from wann.config import Config, find_table, make_config
from wann.evaluation import Evaluator
from wann.files import write_json
from wann.genome import Genome, minimal_genome
from wann.mutation import NO_SPLITS, innovations, mutate
from wann.network import decode_all
from wann.rollout import kernel, rollouts_floats, rollouts_lanes
from wann.search import WannSearch, rng_for
from wann.tasks import find_task

WEIGHTS = np.array(Config.weights)
STARTS = SwingUp().start_states(4, np.random.default_rng(0))
ENDLESS = SwingUp(limit=1e9)  # no rollout ends early
CODES = np.arange(1, 11)
PROBABILITIES = np.array([0.2, 0.25, 0.05, 0.5])  # in the order of wann.mutation.MUTATIONS


def genome_of(n_computed: int, n_connections: int) -> Genome:
    """Return a random swing-up genome with this many hidden nodes and outputs, and enabled connections."""
    for seed in range(1000):
        rng = np.random.default_rng(seed)
        genome = minimal_genome(5, 1, 0.5, rng)
        record = innovations(genome.n_fixed, NO_SPLITS)
        while genome.size < n_connections:
            grow_nodes = len(genome.hidden) + 1 < n_computed
            genome = mutate(genome, rng, np.array([not grow_nodes, grow_nodes, 0.0, 0.0]), CODES, record)
        if genome.size == n_connections and len(genome.hidden) + 1 == n_computed:
            return genome
    raise RuntimeError("no genome of this size was found")


def rates(functions: dict[str, Callable[[], int]], rounds: int = 7) -> dict[str, np.ndarray]:
    """Return steps per second of CPU time of this thread of each function, ``(rounds,)``.

    The functions take turns, so that a ratio within a round is fair on a machine whose clock changes.
    """
    found: dict[str, list[float]] = {name: [] for name in functions}
    for turn in range(rounds + 1):
        for name, function in functions.items():
            begun = time.thread_time()
            steps = function()
            if turn:  # the first round compiles and warms up
                found[name].append(steps / (time.thread_time() - begun))
    return {name: np.array(values) for name, values in found.items()}


def play(function: Callable, genomes: list[Genome], physics: Any, max_steps: int = 1000) -> Callable[[], int]:
    """Return what plays all genomes once with one of the rollout kernels and returns the steps."""
    networks = decode_all(genomes)
    returns = np.empty((networks.size, len(WEIGHTS), len(STARTS)))
    return lambda: kernel(function, physics)(physics, networks, WEIGHTS, STARTS, max_steps, returns)


def sizes() -> list[dict]:
    """Compare the kernels at three sizes of network, 24 rollouts that all last 1000 steps."""
    rows = []
    for n_computed, n_connections in ((10, 30), (23, 52), (50, 150)):
        genome = genome_of(n_computed, n_connections)
        found = rates(
            {
                "lanes": play(rollouts_lanes, [genome] * 20, ENDLESS),
                "floats": play(rollouts_floats, [genome], ENDLESS),
                "scalar Numba, libm": lambda g=genome: scalar_numba(g, WEIGHTS, STARTS, 1000)[1],
                "dense NumPy": lambda g=genome: dense_numpy(g, 1.0, STARTS[0], 300)[1],
            }
        )
        rows.append(
            {
                "network": f"{n_computed} nodes, {n_connections} connections",
                "steps per second": float(np.median(found["lanes"])),
                "ratios": {name: float(np.median(found["lanes"] / found[name])) for name in list(found)[1:]},
            }
        )
    return rows


def populations() -> dict[str, float]:
    """Return the rate of live steps of populations whose rollouts end early, as a share of the steady rate."""
    rng = np.random.default_rng(0)
    champion, record = genome_of(23, 52), innovations(10**6, NO_SPLITS)
    mutants = [mutate(champion, rng, PROBABILITIES, CODES, record) for _ in range(192)]
    random = []
    for _ in range(200):
        genome, record = minimal_genome(5, 1, 0.5, rng), innovations(7, NO_SPLITS)
        for _ in range(60):
            genome = mutate(genome, rng, PROBABILITIES, CODES, record)
        random.append(genome)
    shares = {}
    for name, genomes in (("192 mutants of one network", mutants), ("200 random networks", random)):
        kinds = {"live": play(rollouts_lanes, genomes, SwingUp()), "steady": play(rollouts_lanes, genomes, ENDLESS)}
        found = rates(kinds, 5)
        shares[name] = float(np.median(found["live"] / found["steady"]))
    return shares


def phases() -> dict[str, float]:
    """Return the milliseconds of CPU time of each phase of a generation of the main job, on one core."""
    config, task = make_config(find_table("swingup")), find_task("swingup")
    search, spent = WannSearch(config.search, 5, 1), dict.fromkeys(("ask", "decode", "evaluate", "tell"), 0.0)
    generations, skip = 120, 20
    for generation in range(generations):
        moments = [time.thread_time()]
        genomes = search.ask(rng_for(0, generation, "vary"))
        moments.append(time.thread_time())
        networks = decode_all(genomes)
        moments.append(time.thread_time())
        scores, _ = task.score(networks, WEIGHTS, task.trials(config.trials, rng_for(0, generation, "trials")))
        moments.append(time.thread_time())
        search.tell(scores, rng_for(0, generation, "rank"))
        moments.append(time.thread_time())
        if generation >= skip:
            for name, seconds in zip(spent, np.diff(moments), strict=True):
                spent[name] += 1000 * seconds / (generations - skip)
    return spent


def threads() -> float:
    """Return how many times faster two threads evaluate than one, in wall time."""
    task, genomes = find_task("swingup"), [genome_of(23, 52)] * 192
    seconds = []
    for workers in (1, 2):
        with Evaluator(task, "threads", workers) as evaluate:
            evaluate(genomes, Config.weights, STARTS)
            times = []
            for _ in range(7):
                begun = time.perf_counter()
                evaluate(genomes, Config.weights, STARTS)
                times.append(time.perf_counter() - begun)
            seconds.append(np.median(times))
    return float(seconds[0] / seconds[1])


def main() -> None:
    """Print the tables, and write them as JSON if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to this file, too")
    args = parser.parse_args()
    result: dict[str, Any] = {"sizes": sizes(), "populations": populations(), "phases": phases(), "threads": threads()}
    print(
        "| network | lanes, M steps/s | same source on floats | scalar Numba, libm | dense NumPy |\n" + "|---" * 5 + "|"
    )
    for row in result["sizes"]:
        ratios = " | ".join(f"{ratio:,.1f} x" for ratio in row["ratios"].values())
        print(f"| {row['network']} | {row['steps per second'] / 1e6:.1f} | {ratios} |")
    for name, share in result["populations"].items():
        print(f"{name}, live steps: {share:.0%} of the steady rate")
    whole = sum(result["phases"].values())
    print(
        "a generation: " + ", ".join(f"{name} {ms:.1f} ms ({ms / whole:.1%})" for name, ms in result["phases"].items())
    )
    print(f"two threads: {result['threads']:.2f} x one")
    if args.json:
        write_json(args.json, result)


if __name__ == "__main__":
    sys.exit(main())
