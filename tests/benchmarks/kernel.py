"""Benchmarks of the rollout kernel, in environment steps of the swing-up per second of one core."""

import os
import platform
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from measure import ENDLESS, STARTS, WEIGHTS, genome_of, mutated, play, rates
from twins import dense_numpy, scalar_numba

from envs.swingup import SwingUp
from wann.config import Config, find_table, make_config
from wann.genome.genome import minimal_genome
from wann.genome.population import Population
from wann.search.search import WannSearch
from wann.streams import rng_for
from wann.tasks import find_task
from wann.tasks.control.rollout import rollouts_floats, rollouts_lanes
from wann.workers.evaluator import Evaluator

SIZES = ((10, 30), (23, 52), (50, 150))
#: Name -> Numba's settings; restricted to what older x86 processors have.
PROCESSORS = {
    "AVX2, as most of today's": (
        "haswell",
        "+avx,+avx2,+bmi,+bmi2,+cx16,+f16c,+lzcnt,+movbe,+popcnt,+sse4.2",
    ),
    "SSE2, as any of 64 bits": ("generic", ""),
}


def sizes() -> list[dict]:
    """Compare the kernels at three sizes of network, 24 rollouts that all last 1000 steps."""
    rows = []
    for n_computed, n_connections in SIZES:
        genome = genome_of(n_computed, n_connections)
        found = rates(
            {
                "lanes": play(rollouts_lanes, [genome] * 20, ENDLESS),
                "the same source on floats": play(rollouts_floats, [genome], ENDLESS),
                "scalar Numba, libm": lambda g=genome: scalar_numba(g, WEIGHTS, STARTS, 1000)[1],
                "dense NumPy": lambda g=genome: dense_numpy(g, 1.0, STARTS[0], 300)[1],
            }
        )
        ratios = {f"x {name}": np.median(found["lanes"] / found[name]) for name in list(found)[1:]}
        size = {"nodes": n_computed, "connections": n_connections}
        rows.append(size | {"M steps/s": np.median(found["lanes"]) / 1e6} | ratios)
    return rows


def evolve_population(generations: int) -> tuple[WannSearch, np.ndarray]:
    """Return the search of the main job, at a fixed sweep, after this many generations, and the
    scores of the last.
    """
    config, task = make_config(find_table("swingup_tournament")), find_task("swingup")
    search = WannSearch(config.search, 5, 1)
    with Evaluator(task) as evaluate:
        for generation in range(generations):
            genomes = search.ask()
            scores = evaluate(genomes, WEIGHTS, task.trials(4, rng_for(0, generation, "trials")))
            search.tell(scores)
    return search, scores


def populations() -> list[dict]:
    """Return the rate of live steps where rollouts end early, as a share of the rate at which none
    does.
    """
    rng = np.random.default_rng(0)
    evolved, _ = evolve_population(100)
    random = [mutated(minimal_genome(5, 1, 0.5, rng), 60, rng) for _ in range(200)]
    rows = []
    for name, genomes in {
        "192 mutants of a network evolved for 100 generations": [
            mutated(evolved.best, 1, rng) for _ in range(192)
        ],
        "the 960 networks of its generation": evolved.population,
        "192 mutants of a random network, 52 connections": [
            mutated(genome_of(23, 52), 1, rng) for _ in range(192)
        ],
        "200 random networks": random,
    }.items():
        kinds = {
            "live": play(rollouts_lanes, genomes, SwingUp()),
            "steady": play(rollouts_lanes, genomes, ENDLESS),
        }
        found = rates(kinds, 5)
        share = np.median(found["live"] / found["steady"])
        rows.append(
            {
                "population": name,
                "M live steps/s": np.median(found["live"]) / 1e6,
                "of the steady rate": share,
            }
        )
    return rows


def precision() -> list[dict]:
    """Return what float32 gains, and how it changes the ranking of a generation by mean score."""
    rows, genome = [], genome_of(23, 52)
    for trials in (4, 8):
        starts = SwingUp().start_states(trials, np.random.default_rng(0))
        kinds = {
            t: play(rollouts_lanes, [genome] * 20, ENDLESS, starts, np.dtype(t))
            for t in ("float64", "float32")
        }
        found = rates(kinds)
        speed = np.median(found["float32"] / found["float64"])
        rows.append(
            {
                "float32": f"speed, {6 * trials} rollouts of 23 nodes and 52 connections",
                "x float64": speed,
            }
        )
    search, _ = evolve_population(100)
    task, rng = find_task("swingup"), np.random.default_rng(0)
    with Evaluator(task) as evaluate:
        first, other = task.trials(4, rng), task.trials(4, rng)
        means = [
            evaluate(search.population, weights, starts).mean(axis=(1, 2))
            for weights, starts in (
                (WEIGHTS, first),
                (WEIGHTS.astype("f4"), first),
                (WEIGHTS, other),
            )
        ]
    ranks = [mean.argsort().argsort() for mean in means]
    for name, k in (("float32, the same trials", 1), ("float64, other trials", 2)):
        value = np.corrcoef(ranks[0], ranks[k])[0, 1]
        rows.append(
            {
                "float32": f"rank correlation of generation 100 with {name}",
                "x float64": f"{value:.4f}",
            }
        )
    return rows


def processors() -> list[dict]:
    """Return the gain of lanes over floats where Numba may use less of this processor."""
    if platform.machine() not in ("x86_64", "AMD64"):
        return []
    rows = []
    for name, (cpu, features) in PROCESSORS.items():
        env = {**os.environ, "NUMBA_CPU_NAME": cpu, "NUMBA_CPU_FEATURES": features}
        done = subprocess.run(
            [sys.executable, __file__], env=env, capture_output=True, text=True, check=True
        )
        rate, ratio = map(float, done.stdout.split())
        rows.append(
            {
                "processor restricted to": name,
                "M steps/s": rate,
                "x the same source on floats": ratio,
            }
        )
    return rows


def threads() -> list[dict]:
    """Return how many times faster two threads are than one in wall time.

    All measurements take turns.

    Beside it what the machine gives at best at that time: two evaluations at once that share
    nothing.
    """
    task, genomes = find_task("swingup"), Population.of([genome_of(23, 52)] * 192)
    with (
        Evaluator(task, "threads", 1) as one,
        Evaluator(task, "threads", 2) as two,
        ThreadPoolExecutor(2) as pool,
    ):
        arguments = genomes, Config.weights, STARTS
        works = (
            lambda: one(*arguments),
            lambda: two(*arguments),
            lambda: list(pool.map(lambda _: one(*arguments), range(2))),
        )
        seconds = []
        for _ in range(21):
            moments = [time.perf_counter()]
            for work in works:
                work()
                moments.append(time.perf_counter())
            seconds.append(np.diff(moments))
    alone, together, twice = np.array(seconds[1:]).T
    rows = []
    for name, ratios in (
        ("one evaluation by two threads", alone / together),
        ("two evaluations at once", 2 * alone / twice),
    ):
        low, middle, high = np.quantile(ratios, (0.1, 0.5, 0.9))
        rows.append(
            {
                "on two cores": name,
                "x one thread": middle,
                "10 % quantile": low,
                "90 % quantile": high,
            }
        )
    return rows


if __name__ == "__main__":  # for processors(): the rate of lanes, and its ratio to that of floats
    champion_size = genome_of(23, 52)
    kinds = {"lanes": rollouts_lanes, "floats": rollouts_floats}
    measured = rates({name: play(f, [champion_size] * 4, ENDLESS) for name, f in kinds.items()})
    print(np.median(measured["lanes"]) / 1e6, np.median(measured["lanes"] / measured["floats"]))
