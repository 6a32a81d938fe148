"""Networks for the explorer's page: random ones of any task, and one whose names are attacks."""

from dataclasses import replace
from typing import Any

import numpy as np

from support.figure_samples import make
from support.genomes import grow
from wann.champion.champion import Champion
from wann.tasks import find_task

HOSTILE = (
    "</script><script>x()</script>",
    "<img src=x onerror=x()>",
    "a\N{LINE SEPARATOR}b",
    "]]>--!><!--",
)


def champion_of(
    name: str, mutations: int = 40, seed: int = 0, **facts: Any
) -> tuple[Champion, Any]:
    """Return a random network for a task, and the task."""
    task = find_task(name)
    genome = grow(len(task.inputs), len(task.outputs), mutations, seed)
    return Champion(genome, name, task.inputs, task.outputs, **facts), task


def balancer() -> Champion:
    """Return a network that catches a pole far from upright at any weight, evolved for that."""
    task = find_task("cartpole_far")
    connections = [(4, 7), (3, 8), (2, 9), (3, 9), (4, 9), (7, 5), (8, 5), (9, 5)]
    hidden = dict.fromkeys((7, 8, 9), "tanh")
    return replace(
        make(hidden, connections, task.inputs, task.outputs), task="cartpole_far", shared_weight=1.5
    )


class Nothing:
    """A task in which nothing can be done, with hostile names."""

    inputs, outputs = HOSTILE[:2], HOSTILE[2:3]

    def trials(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Return trials that mean nothing."""
        return np.zeros((n, 1))

    def score(
        self, networks: Any, weights: np.ndarray, trials: np.ndarray
    ) -> tuple[np.ndarray, int]:
        """Return that all are equally good."""
        return np.zeros((networks.size, len(weights), len(trials))), 1


def hostile() -> tuple[Champion, Any, str]:
    """Return a network with hostile names, its task, and the hostile name of that."""
    champion = make({4: "tanh"}, [(1, 4), (4, 3)], inputs=Nothing.inputs, outputs=Nothing.outputs)
    return champion, Nothing(), HOSTILE[3]
