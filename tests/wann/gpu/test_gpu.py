"""A GPU gives the bits of the CPU: ``pytest -m gpu`` on a machine that has one."""

import json

import numpy as np
import pytest
from support.command import call
from support.genomes import grow
from support.own_physics import Drift

import wann
from wann.assess.assess import assess
from wann.errors import WannError
from wann.explain.ablation import explain
from wann.genome.genome import make_genome
from wann.network.network import decode_all
from wann.numeric.activations import ACTIVATIONS
from wann.physics import ControlTask
from wann.tasks.classification.samples import Samples
from wann.tasks.classification.task import ClassificationTask
from wann.workers.evaluator import Evaluator

pytestmark = pytest.mark.gpu

WEIGHTS = np.array([-2.0, -1.0, -0.5, 0.5, 1.0, 2.0])
TYPES = pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["float64", "float32"])


BOUNDED = (2, 3, 4, 5, 6, 10)
TASKS = {
    "swingup": lambda: wann.find_task("swingup"),
    "cartpole": lambda: wann.find_task("cartpole"),
    "own": lambda: ControlTask(Drift(), max_steps=150),
}


@pytest.fixture(autouse=True, scope="module")
def _needs_a_gpu():
    try:
        with Evaluator(wann.find_task("cartpole"), "cuda"):
            pass
    except WannError as error:
        pytest.skip(str(error))


def both(task, networks, weights, trials, change=lambda player: None):
    """Return the scores of the CPU and of the GPU after asserting that they made equal steps."""
    with Evaluator(task, "threads") as cpu, Evaluator(task, "cuda") as gpu:
        change(gpu._workers._player)
        found = [e.score(networks, weights, trials) for e in (cpu, gpu)]
        assert cpu.steps == gpu.steps
        again = gpu.score(networks, weights, trials)
        assert np.array_equal(again, found[1])
    return found


def no_programs(player):
    """Have all networks played as if they did not fit into a block's memory."""
    player.programs = lambda *_: None


def classes(n_samples, n_inputs=20, n_classes=7, seed=0):
    """Return a task of random samples."""
    rng = np.random.default_rng(seed)
    samples = Samples(
        rng.normal(0, 2, (n_samples, n_inputs)), rng.integers(0, n_classes, n_samples)
    )
    names = [
        tuple(f"{letter}{k}" for k in range(n)) for letter, n in (("x", n_inputs), ("y", n_classes))
    ]
    return ClassificationTask(*names, samples, samples, samples, n_samples)


@TYPES
@pytest.mark.parametrize("recurrent", [False, True], ids=["forward", "recurrent"])
@pytest.mark.parametrize("name", TASKS)
@pytest.mark.parametrize("change", [lambda player: None, no_programs], ids=["programs", "plain"])
def test_every_physics_and_every_size_of_network(name, dtype, change, recurrent):
    task = TASKS[name]()
    shape, sizes = (len(task.inputs), len(task.outputs)), (0, 1, 7, 30, 90, 200, 500)
    # what remembers itself may grow beyond all numbers, and scores are compared as numbers
    codes = BOUNDED if recurrent else tuple(ACTIVATIONS)
    genomes = [grow(*shape, size, size, codes, recurrent) for size in sizes]
    trials = task.trials(5, np.random.default_rng(0))
    cpu, gpu = both(task, decode_all(genomes), WEIGHTS.astype(dtype), trials, change)
    assert np.array_equal(cpu, gpu) and len(np.unique(cpu)) > 20


@TYPES
@pytest.mark.parametrize("code", ACTIVATIONS)
def test_every_activation(code, dtype):
    task = TASKS["swingup"]()
    genomes = []
    for seed in range(6):
        genome = grow(5, 1, 40, seed)
        nodes = genome.nodes.copy()
        nodes["activation"][genome.n_fixed :] = code
        genomes.append(make_genome(5, 1, nodes, genome.conns))
    weights = np.array([-3.0, -0.7, 0.4, 2.5]).astype(dtype)
    cpu, gpu = both(task, decode_all(genomes), weights, task.trials(3, np.random.default_rng(1)))
    assert np.array_equal(cpu, gpu)


@pytest.mark.parametrize(
    ("n_weights", "n_trials"), [(1, 1), (1, 33), (31, 1), (4, 8), (7, 14), (1, 100)]
)
def test_any_number_of_rollouts(n_weights, n_trials):
    task = TASKS["cartpole"]()
    networks = decode_all([grow(4, 1, 20 * seed, seed) for seed in range(4)])
    weights = np.linspace(-2, 2, n_weights)
    cpu, gpu = both(task, networks, weights, task.trials(n_trials, np.random.default_rng(0)))
    assert np.array_equal(cpu, gpu)


@TYPES
@pytest.mark.parametrize("recurrent", [False, True], ids=["forward", "recurrent"])
def test_individual_weights(dtype, recurrent):
    codes = BOUNDED if recurrent else tuple(ACTIVATIONS)
    task, genome = TASKS["swingup"](), grow(5, 1, 60, 3, codes, recurrent)
    weights = np.random.default_rng(0).normal(0, 1.5, (40, len(genome.conns))).astype(dtype)
    trials = task.trials(3, np.random.default_rng(1))
    cpu, gpu = both(task, decode_all([genome]), weights, trials)
    assert np.array_equal(cpu, gpu)


def test_networks_of_more_nodes_than_a_block_has_room_for():
    task = TASKS["cartpole"]()
    genome = grow(4, 1, 3000, 0, activations=(5,))
    networks = decode_all([genome, grow(4, 1, 3, 0)])
    assert np.diff(networks.start).max() > 400
    cpu, gpu = both(task, networks, WEIGHTS, task.trials(2, np.random.default_rng(0)))
    assert np.array_equal(cpu, gpu)


def test_work_is_divided_where_memory_is_short(monkeypatch):
    from wann.gpu.device import Memory

    monkeypatch.setattr(Memory, "usable", property(lambda self: 4000))
    task = TASKS["cartpole"]()
    networks = decode_all([grow(4, 1, 9 * seed, seed) for seed in range(30)])
    cpu, gpu = both(task, networks, WEIGHTS, task.trials(4, np.random.default_rng(0)))
    assert np.array_equal(cpu, gpu)
    of_samples = decode_all([grow(20, 7, 9 * seed, seed) for seed in range(9)])
    cpu, gpu = both(classes(130), of_samples, WEIGHTS, np.arange(130)[None])
    assert np.array_equal(cpu, gpu)


@TYPES
@pytest.mark.parametrize("change", [lambda player: None, no_programs], ids=["programs", "plain"])
@pytest.mark.parametrize(
    ("n_samples", "n_weights"), [(1, 1), (32, 6), (1000, 6), (333, 7), (70, 13)]
)
def test_classification(n_samples, n_weights, dtype, change):
    task = classes(n_samples)
    genomes = [grow(20, 7, mutations, mutations) for mutations in (0, 20, 150, 400)]
    weights = np.linspace(-2, 2, n_weights).astype(dtype)
    trials = task.trials(2, np.random.default_rng(0))
    cpu, gpu = both(task, decode_all(genomes), weights, trials, change)
    assert np.array_equal(cpu, gpu)


@TYPES
@pytest.mark.parametrize("at_once", [2**15, 250], ids=["together", "in groups"])
def test_many_trials_of_samples(dtype, at_once, monkeypatch):
    monkeypatch.setattr("wann.gpu.play.SAMPLES_AT_ONCE", at_once)
    task = classes(300)
    trials = np.stack([np.random.default_rng(k).permutation(300)[:70] for k in range(8)])
    genomes = [grow(20, 7, 40, seed) for seed in range(20)]
    cpu, gpu = both(task, decode_all(genomes), WEIGHTS.astype(dtype), trials)
    assert np.array_equal(cpu, gpu)


@TYPES
def test_classification_with_individual_weights(dtype):
    task, genome = classes(100), grow(20, 7, 200, 0)
    weights = np.random.default_rng(0).normal(0, 1, (5, len(genome.conns))).astype(dtype)
    cpu, gpu = both(task, decode_all([genome]), weights, np.arange(100)[None])
    assert np.array_equal(cpu, gpu)


def test_an_evolution_is_the_same_and_goes_on_elsewhere(tmp_path):
    keys = {"generations": 12, "search": {"population": 60}, "report_trials": 5}
    for name in ("swingup", "cartpole"):
        config = wann.configure(name, **keys)
        runs = {}
        for backend in ("serial", "cuda"):
            with wann.Evolution(config, backend=backend, out=tmp_path / f"{name}{backend}") as run:
                run.run()
            runs[backend] = tmp_path / f"{name}{backend}"
        half = tmp_path / f"{name}half"
        with wann.Evolution(config, backend="threads", out=half) as run:
            for generation in run:
                if generation.number == 5:
                    break
        wann.Evolution.resume(half, backend="cuda").run()
        for file in ("champion.json", "history.csv"):
            texts = {(run / file).read_bytes() for run in (*runs.values(), half)}
            assert len(texts) == 1, (name, file)


def test_stages_are_the_same():
    keys = {"generations": 8, "search": {"population": 60}, "report_trials": 8}
    stages = {"every": 4, "paths": 2, "price": 0.01}
    tables = []
    for backend in ("serial", "cuda"):
        config = wann.configure("swingup", simplify=stages, **keys)
        swingup = wann.Evolution(config, backend=backend).run()
        config = wann.configure("samples", simplify=stages, **keys)
        samples = wann.Evolution(config, task=classes(300), backend=backend).run()
        tables.append([champion.to_json() for champion in (swingup, samples)])
    assert tables[0] == tables[1]


def test_judging_is_the_same():
    champion = wann.Evolution(
        wann.configure("cartpole", generations=3, search={"population": 20}, report_trials=4)
    ).run()
    for judge in (assess, explain):
        cpu, gpu = (
            json.dumps(judge(champion, trials=6, backend=backend).to_json())
            for backend in ("threads", "cuda")
        )
        assert cpu == gpu


def test_physics_that_cannot_run_in_lanes_is_refused():
    class Iffy(Drift):
        def step(self, state, action):
            x, v = state
            if x > 0.0:
                v = v - 0.1
            return (x + v, v), 1.0, abs(x) < 2.0

    task = ControlTask(Iffy(), max_steps=10)
    with (
        Evaluator(task, "cuda") as gpu,
        pytest.raises(WannError, match="Iffy cannot run in lanes, which the backend cuda needs"),
    ):
        gpu.score(decode_all([grow(2, 2, 3, 0)]), WEIGHTS, task.trials(2, np.random.default_rng(0)))


def test_a_full_memory_is_one_line(tmp_path):
    from numba import cuda

    free = cuda.current_context().get_memory_info().free
    hog = cuda.device_array(free - 2**24, np.uint8)
    task = TASKS["cartpole"]()
    networks = decode_all([grow(4, 1, 3, 0)] * 2000)
    trials = task.trials(4000, np.random.default_rng(0))
    with (
        Evaluator(task, "cuda") as gpu,
        pytest.raises(WannError, match=r"memory is full: .*resumed"),
    ):
        gpu._workers._player.portions = lambda n, size: iter([slice(0, n)])
        gpu.score(networks, WEIGHTS, trials)
    del hog


def test_the_command(tmp_path):
    options = [
        "--set",
        "generations=2",
        "--set",
        "search.population=16",
        "--set",
        "report_trials=2",
    ]
    out = [str(tmp_path / backend) for backend in ("cuda", "serial")]
    for path, backend in zip(out, ("cuda", "serial"), strict=True):
        assert call("cartpole", *options, "--backend", backend, "--out", path).returncode == 0
    assert (tmp_path / "cuda/champion.json").read_bytes() == (
        tmp_path / "serial/champion.json"
    ).read_bytes()
