"""The weights that ``wann.assess`` tries a network with: the paper's random ones, and changes of
given ones.
"""

from typing import NamedTuple

import numpy as np

from wann.streams import rng_for
from wann.tasks import Task
from wann.tasks.task import capabilities_of

WEIGHT_RANGE = 2.0  # random weights are uniform within plus and minus this, as in the paper
# shared weights that show how the score depends on them
PROFILE = np.round(np.linspace(-3, 3, 121), 2)
# those for environments in Python, whose episodes take milliseconds
COARSE = np.round(np.linspace(-3, 3, 25), 2)
NOISE = (0.05, 0.1, 0.2, 0.5)  # standard deviations of the relative error of each weight
CLOSE = 0.1  # a score is near the best one if it falls short of it by at most this share of it


def profile_of(task: Task) -> np.ndarray:
    """Return the shared weights of a task's profile."""
    return PROFILE if capabilities_of(task).cheap else COARSE


class Draws(NamedTuple):
    """Random weights and random changes of weights, n of each.

    Attributes:
        individual: ``(n, C)`` a weight for each connection, uniform.
        shared: ``(n,)`` one for all connections, uniform.
        errors: ``(n, C)`` standard normal; the same for every level of noise and all weights that
            are changed, so that what differs between those is not luck.
        signs: ``(n, C)`` 1 or -1.
    """

    individual: np.ndarray
    shared: np.ndarray
    errors: np.ndarray
    signs: np.ndarray

    @classmethod
    def of(cls, n: int, n_conns: int, seed: int) -> "Draws":
        """Draw them."""
        uniform = rng_for(seed, 0, "weights")
        return cls(
            uniform.uniform(-WEIGHT_RANGE, WEIGHT_RANGE, (n, n_conns)),
            uniform.uniform(-WEIGHT_RANGE, WEIGHT_RANGE, n),
            rng_for(seed, 0, "noise").standard_normal((n, n_conns)),
            rng_for(seed, 0, "signs").choice((-1.0, 1.0), (n, n_conns)),
        )

    def noisy(self, base: np.ndarray) -> dict[str, np.ndarray]:
        """Return the ``(C,)`` weights of base with errors, ``(n, C)``, by level of noise."""
        return {f"{level:g}": base * (1 + level * self.errors) for level in NOISE}


def bases(best: float, individual: np.ndarray | None, n_conns: int) -> dict[str, np.ndarray]:
    """Return the ``(C,)`` weights that are changed: the best shared one, and the network's own if
    it has any.
    """
    shared = {"best_shared": np.full(n_conns, best)}
    return shared if individual is None else {**shared, "tuned": individual}
