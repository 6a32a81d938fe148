"""Benchmarks of the classification kernel: networks for digits of 16 x 16 pixels, 1000 samples x 6
weights.
"""

import time

import numpy as np
from measure import WEIGHTS, genome_of, turns
from twins import dense_cross_entropies

from wann.config import SearchConfig
from wann.genome.genome import Genome
from wann.genome.mutation import NO_SPLITS, innovations
from wann.genome.population import Population
from wann.network.network import decode_all
from wann.search.search import WannSearch
from wann.streams import rng_for
from wann.tasks.classification.cross_entropy import cross_entropies
from wann.tasks.classification.samples import Samples
from wann.tasks.classification.task import ClassificationTask
from wann.workers.cores import one_blas_thread
from wann.workers.evaluator import Evaluator

PIXELS, CLASSES, SAMPLES, POPULATION = 256, 10, 1000, 960
SIZES = ((100, 1000), (200, 1500), (300, 2000))  # hidden nodes and connections
NETWORKS = 8  # that share the layout of a batch: as many as a thread gets at a time


def digits() -> list[dict]:
    """Compare the kernel with a dense NumPy at three sizes of network, and time a generation of 960
    on two cores.
    """
    rng = np.random.default_rng(0)
    inputs = rng.random((SAMPLES, PIXELS)).astype(np.float32)
    labels = rng.integers(0, CLASSES, SAMPLES)
    rows = []
    for n_hidden, n_connections in SIZES:
        genome = genome_of(n_hidden + CLASSES, n_connections, PIXELS, CLASSES, 0.05)
        networks = decode_all([genome] * NETWORKS)
        kinds = {
            np.dtype(t).name: lambda t=t, n=networks: cross_entropies(
                n, WEIGHTS.astype(t), inputs.astype(t), labels
            )
            for t in ("float32", "float64")
        }
        with one_blas_thread():
            dense = {"dense": lambda g=genome: dense_cross_entropies(g, WEIGHTS, inputs, labels)}
            seconds = turns({**kinds, **dense}, 7)
        own = seconds["float32"] / NETWORKS
        low, middle, high = np.quantile(seconds["dense"] / own, (0.1, 0.5, 0.9))
        rows.append(
            {
                "hidden nodes": n_hidden,
                "connections": n_connections,
                "ms a network": 1000 * np.median(own),
                "x dense NumPy": middle,
                "10 % quantile": low,
                "90 % quantile": high,
                "x float64": np.median(seconds["float64"] / seconds["float32"]),
                **generation(genome, inputs, labels),
            }
        )
    return rows


def generation(genome: Genome, inputs: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """Return the seconds for variation, evaluation by two threads and ranking of 960 such networks.

    Beside the wall time, which on a busy machine says little, the time of both cores together.
    """
    samples = Samples(inputs, labels)
    names = tuple(map(str, range(PIXELS))), tuple(map(str, range(CLASSES)))
    task = ClassificationTask(*names, samples, samples, samples, SAMPLES)
    search = WannSearch(SearchConfig(population=POPULATION, tournament=32), PIXELS, CLASSES)
    search.ask()
    search.population = Population.of([genome] * POPULATION)
    search.innovations = innovations(10**6, NO_SPLITS)  # new nodes are none of the genome's
    search.tell(np.zeros((POPULATION, 1, 1)))
    seconds = []
    with Evaluator(task, "threads", 2) as evaluate:
        for number in range(1, 7):
            begun = np.array((time.perf_counter(), time.process_time()))
            genomes = search.ask()
            trials = task.trials(1, rng_for(0, number, "trials"))
            search.tell(evaluate(genomes, WEIGHTS.astype(np.float32), trials))
            seconds.append((time.perf_counter(), time.process_time()) - begun)
    wall, cpu = np.median(seconds[1:], axis=0)  # the first round compiles
    return {"s a generation": wall, "s of CPU time": cpu}
