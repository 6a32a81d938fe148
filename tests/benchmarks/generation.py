"""Benchmarks of what surrounds the kernel: the phases of a generation, and how their cost grows."""

import os
import tempfile
import time
from functools import partial
from pathlib import Path

import numpy as np
from measure import CODES, ENDLESS, PROBABILITIES, genome_of, mutated, play, turns

from wann.champion.crown import crown
from wann.config import SearchConfig, find_table, make_config
from wann.evolve.loop import challenge
from wann.genome.breeding import breed
from wann.genome.genome import minimal_genome
from wann.genome.mutation import NO_SPLITS, innovations
from wann.genome.population import Population
from wann.network.network import decode_all
from wann.runs.directory import RunDirectory
from wann.runs.history import row_of
from wann.search.generation import Generation
from wann.search.nsga2 import rank
from wann.search.search import WannSearch
from wann.search.sweep import draw_weights
from wann.streams import rng_for
from wann.tasks import find_task
from wann.tasks.control.rollout import rollouts_lanes
from wann.tasks.scaling import Scaler
from wann.workers.evaluator import Evaluator


def phases() -> list[dict]:
    """Return the share of each phase of a generation in CPU time, on one core, generations 20 to
    120.
    """
    return [phases_of("swingup_tournament"), phases_of("swingup_paper")]


def phases_of(name: str) -> dict:
    """Return the milliseconds of a generation of a configuration, and the share of each phase."""
    config, task = make_config(find_table(name)), find_task("swingup")
    search, champion = WannSearch(config.search, 5, 1), None
    names = ("vary", "decode", "evaluate", "rank", "challenge", "record")
    spent = dict.fromkeys(names, 0.0)
    with (
        tempfile.TemporaryDirectory() as folder,
        RunDirectory.create(Path(folder) / "run", config) as run,
        Evaluator(task, "serial") as evaluate,
    ):
        scaler = Scaler(False, 5)
        run.start(search, scaler)
        for generation in range(120):
            rng = partial(rng_for, 0, generation)
            moments = [time.thread_time()]
            genomes = search.ask()
            moments.append(time.thread_time())
            networks = decode_all(genomes)
            moments.append(time.thread_time())
            weights = draw_weights(config, rng("weights"))
            scores, _ = task.score(networks, weights, task.trials(config.trials, rng("trials")))
            moments.append(time.thread_time())
            search.tell(scores)
            moments.append(time.thread_time())
            champion = challenge(champion, search.best, config, task, evaluate, generation)
            moments.append(time.thread_time())
            told = Generation(generation, genomes, search.order, weights, scores, champion, None, 0)
            run.record(told, row_of(told))
            moments.append(time.thread_time())
            if generation >= 20:
                for phase, seconds in zip(names, np.diff(moments), strict=True):
                    spent[phase] += 10 * seconds
    whole = sum(spent.values())
    shares = {f"{phase}, %": 100 * ms / whole for phase, ms in spent.items()}
    return {"configuration": name, "ms a generation": whole} | shares


def parts() -> list[dict]:
    """Return the milliseconds of each part of a generation but the evaluation, by the clock."""
    cores = sorted(os.sched_getaffinity(0))
    rows = []
    for n in (960, 10_000):
        for n_connections in (50, 200):
            search = grown(n, n_connections)
            # all cores first, as threads are there from then on
            for threads in sorted({1, 2, len(cores)}, reverse=True):
                os.sched_setaffinity(0, cores[:threads])
                row = {"networks": n, "connections": n_connections, "threads": threads}
                rows.append(row | parts_of(search))
            os.sched_setaffinity(0, cores)
    return rows


def grown(n: int, n_connections: int) -> WannSearch:
    """Return a search after tell, whose networks have grown under random scores."""
    search, rng = WannSearch(SearchConfig(population=n, p_size=0.0), 5, 1), np.random.default_rng(0)
    while True:
        search.ask()
        search.tell(rng.normal(size=(n, 1, 1)))
        if np.median(search.population.sizes) >= n_connections:
            return search


def parts_of(search: WannSearch) -> dict:
    """Return the milliseconds of each part, the best of several generations that are made anew."""
    n, config, task = (
        len(search.population),
        make_config(find_table("swingup_tournament")),
        find_task("swingup"),
    )
    scores = np.random.default_rng(0).normal(size=(n, len(config.weights), 4))
    weights = np.array(config.weights)
    names = ("variation", "decoding", "ranking", "recording")
    spent = []
    with (
        tempfile.TemporaryDirectory() as folder,
        RunDirectory.create(Path(folder) / "run", config) as run,
    ):
        run.start(WannSearch(config.search, 5, 1), Scaler(False, 5))
        run._last_checkpoint = np.inf  # it is written every five seconds only
        champion = crown(search.best, task, config, 0, scores[0][:, :1])
        for _ in range(15):
            rewind, moments = search.mark(), [time.perf_counter()]
            genomes = search.ask()
            moments.append(time.perf_counter())
            decode_all(genomes)
            moments.append(time.perf_counter())
            search.tell(scores)
            moments.append(time.perf_counter())
            told = Generation(0, genomes, search.order, weights, scores, champion, None, 0)
            run.record(told, row_of(told))
            moments.append(time.perf_counter())
            spent.append(1000 * np.diff(moments))
            rewind()
    least = dict(zip((f"{name}, ms" for name in names), np.min(spent, axis=0), strict=True))
    return least | {"all, ms": sum(least.values())}


def growth_with_size() -> list[dict]:
    """Return the cost of one network against its connections: all columns should fall or stay."""
    rows, rng = [], np.random.default_rng(0)
    for n_connections in (25, 50, 100, 200, 400, 800, 1600):
        genome = genome_of(max(4, n_connections // 3), n_connections)
        population = Population.of([genome] * 50)
        record = innovations(10**6, NO_SPLITS)
        seconds = turns(
            {
                "vary": lambda p=population, r=record: breed(
                    p, *ALL_50, rng, PROBABILITIES, CODES, r
                ),
                "decode": lambda p=population: decode_all(p),
                "24 steps": play(rollouts_lanes, [genome], ENDLESS),
            },
            7,
        )
        scale = {"vary": 1 / 50, "decode": 1 / 50, "24 steps": 1 / 1000}
        costs = {
            f"{name}, ns/connection": np.median(s) * scale[name] * 1e9 / n_connections
            for name, s in seconds.items()
        }
        rows.append({"connections": n_connections} | costs)
    return rows


ALL_50 = np.empty(0, np.int64), np.arange(50)


def growth_with_population() -> list[dict]:
    """Return the cost of one network of 20 connections and more against the number of networks."""
    rows, rng = [], np.random.default_rng(0)
    genomes = [mutated(minimal_genome(5, 1, 0.5, rng), 60, rng) for _ in range(100)]
    for n in (100, 1000, 10_000, 100_000):
        population = Population.of(genomes * (n // 100))
        objectives, record = rng.normal(size=(n, 2)).round(3), innovations(10**6, NO_SPLITS)
        parents = np.empty(0, np.int64), np.arange(n)
        seconds = turns(
            {
                "vary": lambda g=population, p=parents, r=record: breed(
                    g, *p, rng, PROBABILITIES, CODES, r, 1
                ),
                "decode": lambda g=population: decode_all(g, 1),
                "rank": lambda o=objectives: rank(o),
            },
            5,
        )
        rows.append(
            {"networks": n}
            | {f"{name}, µs/network": np.median(s) * 1e6 / n for name, s in seconds.items()}
        )
    return rows
