"""What a GPU makes of populations, beside the threads of the same machine.

    python tests/benchmarks/gpu.py            all of it, in some five minutes
    python tests/benchmarks/gpu.py rollouts   or samples, generation, search
    python tests/benchmarks/gpu.py cluster    with Ray, and several GPUs

Seconds of kernels are measured by events of the device, after warming up; medians of several. A
call is all that ``Evaluator.score`` does: programs, transfers, kernels.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from digits import CLASSES, PIXELS, SAMPLES, SIZES
from measure import WEIGHTS, genome_of

import wann
from wann.genome.population import Population
from wann.network.network import Networks, decode_all
from wann.streams import rng_for
from wann.tasks.classification.samples import Samples
from wann.tasks.classification.task import ClassificationTask
from wann.workers.evaluator import Evaluator

POPULATION, GENERATIONS = 960, 150
REPEATS = 5


def timed(
    evaluate: Evaluator, networks: Networks, weights: np.ndarray, trials: np.ndarray
) -> tuple:
    """Return the median seconds of the kernels (of the call, on a CPU) and of the call, and the
    steps of one.
    """
    player = getattr(evaluate._workers, "_player", None)
    kernels, calls = [], []
    for turn in range(REPEATS + 1):
        ran, steps, begun = getattr(player, "seconds", 0.0), evaluate.steps, time.perf_counter()
        evaluate.score(networks, weights, trials)
        if turn:
            calls.append(time.perf_counter() - begun)
            kernels.append(player.seconds - ran if player else calls[-1])
    return float(np.median(kernels)), float(np.median(calls)), evaluate.steps - steps


def evolved(population: int, generations: int) -> tuple[Population, float, float]:
    """Return the last population of a search on the GPU, the seconds to its first generation, and
    in all.
    """
    config = wann.configure(
        "swingup_tournament", generations=generations, search={"population": population}
    )
    begun = time.perf_counter()
    with wann.Evolution(config, backend="cuda") as evolution:
        for generation in evolution:
            if not generation.number:
                first = time.perf_counter() - begun
    return evolution.population, first, time.perf_counter() - begun


def rollouts() -> None:
    """Play an evolved population, and many copies of it, in float64 and float32."""
    task = wann.find_task("swingup")
    population, first, _ = evolved(POPULATION, GENERATIONS)
    networks = decode_all(population)
    print(
        f"swing-up: {POPULATION} networks of {len(networks.source) / POPULATION:.0f} connections"
        f" and {len(networks.activation) / POPULATION:.0f} nodes (at most"
        f" {np.diff(networks.start).max()}); {first:.1f} s to the first generation"
    )
    with (
        Evaluator(task, "cuda") as gpu,
        Evaluator(task, "threads", 1) as one,
        Evaluator(task, "threads") as all_cores,
    ):
        rest = {"1 thread": one, f"{all_cores._workers.workers} threads": all_cores}
        for dtype in (np.float64, np.float32):
            weights = WEIGHTS.astype(dtype)
            for n_trials in (4, 5):
                trials = task.trials(n_trials, rng_for(0, 999, "benchmark"))
                same = np.array_equal(
                    gpu.score(networks, weights, trials), all_cores.score(networks, weights, trials)
                )
                for copies in (1, 10, 50):
                    many = decode_all(Population.of([*population] * copies))
                    kernel, call, steps = timed(gpu, many, weights, trials)
                    print(
                        f"  {np.dtype(dtype)}, {many.size:6d} networks x {6 * n_trials} rollouts:"
                        f" kernels {1000 * kernel:7.2f} ms, {steps / kernel / 1e9:5.2f} G steps/s;"
                        f" call {1000 * call:7.2f} ms, {steps / call / 1e9:5.2f} G;"
                        f" same bits: {same}",
                        flush=True,
                    )
            for name, evaluate in rest.items():
                _, call, steps = timed(evaluate, networks, weights, trials)
                print(
                    f"  {np.dtype(dtype)}, {name}: {steps / call / 1e9:.3f} G steps/s", flush=True
                )
        print_memory(gpu)
        plain(gpu, networks, trials)


def samples() -> None:
    """Score 960 classifiers of three sizes on 1000 samples at six weights."""
    rng = np.random.default_rng(0)
    batch = Samples(rng.random((SAMPLES, PIXELS)), rng.integers(0, CLASSES, SAMPLES))
    names = tuple(map(str, range(PIXELS))), tuple(map(str, range(CLASSES)))
    task = ClassificationTask(*names, batch, batch, batch, SAMPLES)
    trials = np.arange(SAMPLES)[None]
    for n_hidden, n_connections in SIZES:
        genome = genome_of(n_hidden + CLASSES, n_connections, PIXELS, CLASSES, 0.05)
        networks = decode_all([genome] * POPULATION)
        for dtype in (np.float32, np.float64):
            weights = WEIGHTS.astype(dtype)
            with Evaluator(task, "cuda") as gpu, Evaluator(task, "threads") as cpu:
                kernel, call, _ = timed(gpu, networks, weights, trials)
                _, of_cpu, _ = timed(cpu, networks, weights, trials)
                some = networks.part(0, 50)
                same = np.array_equal(*(e.score(some, weights, trials) for e in (gpu, cpu)))
                print(
                    f"digits, {n_hidden} hidden nodes, {n_connections} connections,"
                    f" {np.dtype(dtype)}: kernels {1000 * kernel:.2f} ms, call"
                    f" {1000 * call:.2f} ms,"
                    f" {cpu._workers.workers} threads {1000 * of_cpu:.1f} ms: x"
                    f" {of_cpu / kernel:.1f}, x {of_cpu / call:.1f}; same bits: {same}",
                    flush=True,
                )


def generation() -> None:
    """Say what share of a generation of 10,000 is not the scoring of networks."""
    with TemporaryDirectory() as folder:
        config = wann.configure(
            "swingup_tournament", generations=140, search={"population": 10_000}
        )
        with wann.Evolution(config, backend="cuda", out=Path(folder) / "run") as evolution:
            for found in evolution:
                if found.number in (100, 130):
                    at = evolution.seconds, evolution.scoring_seconds
                if found.number == 100:
                    begun = at
                if found.number == 130:
                    break
        whole, scoring = (b - a for a, b in zip(begun, at, strict=True))
        print(
            f"a generation of 10,000 networks of {evolution.population.sizes.mean():.0f}"
            f" connections: {1000 * whole / 30:.0f} ms, of which scoring"
            f" {1000 * scoring / 30:.0f} ms; the rest is {100 * (1 - scoring / whole):.0f} %"
        )


def search() -> None:
    """Run 500 generations of 16,000 networks."""
    population, first, seconds = evolved(16_000, 500)
    print(
        f"16,000 networks x 500 generations: {seconds:.0f} s, {first:.1f} s to the first"
        f" generation; {population.sizes.mean():.0f} connections at the end"
    )


def print_memory(gpu: Evaluator) -> None:
    """Say how much of the GPU's memory is held."""
    held = gpu._workers._player.memory.bytes
    print(f"  memory of the GPU for it: {held / 2**20:.0f} MB")


def plain(gpu: Evaluator, networks: Networks, trials: np.ndarray) -> None:
    """Play networks as if they did not fit into the memory of a block."""
    gpu._workers._player.programs = lambda *_: None
    for dtype in (np.float64, np.float32):
        kernel, _, steps = timed(gpu, networks, WEIGHTS.astype(dtype), trials)
        print(
            f"  {np.dtype(dtype)}, {networks.size} networks that do not fit:"
            f" {steps / kernel / 1e9:.2f} G steps/s"
        )


def cluster() -> None:
    """Play an evolved population on this GPU, and on Ray's workers with one, two, … GPUs."""
    import ray
    from numba import cuda

    task = wann.find_task("swingup")
    population = evolved(POPULATION, GENERATIONS)[0]
    many = decode_all(Population.of([*population] * 50))
    trials = task.trials(5, rng_for(0, 999, "benchmark"))
    with Evaluator(task, "cuda") as gpu:
        _, alone, steps = timed(gpu, many, WEIGHTS, trials)
        want = gpu.score(many, WEIGHTS, trials)
        print(f"without Ray {ray.__version__}: {steps / alone / 1e9:.2f} G steps/s")
    for workers in range(1, len(cuda.gpus) + 1):
        with Evaluator(task, "ray", workers, gpus=True) as evaluate:
            _, call, _ = timed(evaluate, many, WEIGHTS, trials)
            same = np.array_equal(evaluate.score(many, WEIGHTS, trials), want)
        print(f"ray --gpus, {workers}: {steps / call / 1e9:.2f} G steps/s; same bits: {same}")


PARTS: dict[str, Callable[[], None]] = {
    "rollouts": rollouts,
    "samples": samples,
    "generation": generation,
    "search": search,
}
ASKED = {**PARTS, "cluster": cluster}  # which needs Ray

if __name__ == "__main__":
    with Evaluator(wann.find_task("cartpole"), "cuda") as first_gpu:
        print(first_gpu._workers._player.device.name)
    for part in sys.argv[1:] or PARTS:
        ASKED[part]()
