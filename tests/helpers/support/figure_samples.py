"""Networks and a small run for the figures.

The run is written by hand, so that nothing has to evolve.
"""

from pathlib import Path

import numpy as np

from wann.champion.champion import Champion
from wann.config import Config
from wann.files import write_file, write_json
from wann.genome.genome import CONNECTION, NODE, make_genome, minimal_genome
from wann.genome.mutation import NO_SPLITS, innovations, mutate
from wann.numeric.activations import ACTIVATIONS
from wann.runs.directory import RunDirectory
from wann.runs.history import HISTORY

GROWTH = np.array([0.4, 0.3, 0.05, 0.25])  # in the order of MUTATIONS
SWINGUP = ("x", "x_dot", "cos_theta", "sin_theta", "theta_dot")


class ToyTask:
    """Scores by weight and trial alone, so that no test waits for physics."""

    inputs = SWINGUP
    outputs = ("force",)

    def trials(self, n, rng):
        return rng.normal(size=(n, 1))

    def score(self, networks, weights, trials):
        squares = np.square(weights).reshape(len(weights), -1).mean(axis=1)
        return (
            np.broadcast_to(
                squares[:, None] + trials[:, 0], (networks.size, len(weights), len(trials))
            ),
            1,
        )


TASK = ToyTask()
TOY = f"{__name__}:TASK"


def grow(
    size: int, seed: int, inputs=SWINGUP, outputs=("force",), task="swingup", **facts
) -> Champion:
    """Return a random network with this many connections."""
    rng = np.random.default_rng(seed)
    genome = minimal_genome(len(inputs), len(outputs), 0.5, rng)
    record = innovations(genome.n_fixed, NO_SPLITS)
    while genome.size < size:
        genome = mutate(genome, rng, GROWTH, np.array(list(ACTIVATIONS)), record)
    return Champion(genome, task, inputs, outputs, **facts)


def make(
    hidden: dict[int, str], connections: list[tuple], inputs=("x", "y"), outputs=("a",)
) -> Champion:
    """Return a champion from (source, target) or (source, target, enabled)."""
    codes = {a.name: code for code, a in ACTIVATIONS.items()}
    n_fixed = 1 + len(inputs) + len(outputs)
    nodes = np.array(
        [(i, 1) for i in range(n_fixed)] + [(i, codes[name]) for i, name in hidden.items()], NODE
    )
    conns = np.array([(*c, True)[:3] for c in connections], CONNECTION)
    return Champion(
        make_genome(len(inputs), len(outputs), nodes, conns), "swingup", inputs, outputs
    )


def make_run(path: Path) -> Path:
    """Write a run directory of 20 generations."""
    rng = np.random.default_rng(0)
    RunDirectory.create(path, Config(task=TOY, seed=3))
    grow(12, 1, task=TOY, scores={"mean": 60.0}).save(path / "champion.json")
    lines = [",".join(HISTORY)]
    for g in range(20):
        row = (
            g,
            30 + g,
            20 + g,
            19.5 + g,
            50 + g,
            28 + g,
            4 + g // 2,
            3 + g // 3,
            4 + g // 2,
            1000 * g,
        )
        lines.append(",".join(map(str, row)))
    write_file(path / "history.csv", "\n".join(lines) + "\n")
    size = rng.integers(3, 14, 40)
    population = {
        "mean": (rng.random(40) * 4 * size).tolist(),
        "best_weight": (rng.random(40) * 80).tolist(),
        "connections": size.tolist(),
    }
    write_json(path / "front.json", {"population": population, "networks": []})
    return path
