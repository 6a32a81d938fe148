"""A task whose scores can be worked out by hand: the sum of the network's outputs for positive
inputs.
"""

import numpy as np

from wann.network.forward import outputs_of
from wann.network.network import Network


class OutputTask:
    """A trial is a value of each input."""

    inputs = ("a", "b")
    outputs = ("y",)

    def trials(self, n, rng):
        return rng.uniform(0.5, 1.5, (n, 2))

    def score(self, networks, weights, trials):
        parts = [networks.part(i, i + 1).pick(np.array([0])) for i in range(networks.size)]
        return (
            np.array(
                [
                    outputs_of(Network(*part[1:7], part.memory), weights, trials).sum(axis=2)
                    for part in parts
                ]
            ),
            1,
        )


TASK = OutputTask()
NAME = f"{__name__}:TASK"
