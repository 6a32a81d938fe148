"""A task as small as a function: ``score(policy, rng) -> float``."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from wann.errors import WannError
from wann.names import is_name
from wann.network.network import Network, Networks, network_at
from wann.tasks.policy import Policy
from wann.tasks.task import Capabilities

MOST_SEEDS = 2**63 - 1

#: ``score(policy, rng)``: how well a policy does; higher is better.  A policy is a function from
#: ``(n_inputs,)`` observations to ``(n_outputs,)`` outputs, or of S of them at once.
Score = Callable[[Policy, np.random.Generator], float]


@dataclass(frozen=True)
class FunctionTask:
    """A task of one's own as a Python function; a trial is the seed of its random numbers.

    It is called once for each network, weight and trial: a thousand times a second, say, where a
    compiled physics (``wann.physics.ControlTask``) plays a million steps.  So for long episodes
    write the physics as compiled functions, or give fewer generations, networks and trials.

    Attributes:
        function: ``score(policy, rng)``, a pure function of its arguments.
        inputs: names of what the policy is given.
        outputs: names of what it returns.
    """

    function: Score
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    capabilities = Capabilities(compiled=False, recurrent=True)

    def trials(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Return ``(n,)`` seeds."""
        return rng.integers(MOST_SEEDS, size=n)

    def score(
        self, networks: Networks, weights: np.ndarray, trials: np.ndarray
    ) -> tuple[np.ndarray, int]:
        """Return ``(N, W, T)``, what the function returns for each, and how often it was called."""
        one_of: Any = network_at
        scores = np.empty((networks.size, len(weights), len(trials)))
        for i in range(networks.size):
            network: Network = one_of.py_func(networks, i)
            for w in range(len(weights)):
                policy = Policy(network, weights[w : w + 1])
                for t, seed in enumerate(trials.tolist()):
                    policy.reset()
                    scores[i, w, t] = self._called(policy, seed)
        return scores, scores.size

    def _called(self, policy: Policy, seed: int) -> float:
        """Return the score of a policy."""
        value: Any = self.function(policy, np.random.default_rng(seed))
        try:
            return float(value)
        except (TypeError, ValueError):
            raise TypeError(f"it returns {type(value).__name__}: must be a number") from None


def function_task(
    function: Score, inputs: int | Sequence[str], outputs: int | Sequence[str]
) -> FunctionTask:
    """Return a function as a task.

    >>> def score(policy, rng):
    ...     x = rng.uniform(-1, 1, 100)
    ...     return -float(np.mean((policy(x[:, None])[:, 0] - np.abs(x)) ** 2))
    >>> task = function_task(score, inputs=("x",), outputs=("y",))

    Args:
        function: ``score(policy, rng)``; all that is random comes from ``rng``.
        inputs: how many numbers the policy is given, or their names.
        outputs: how many it returns, or their names.

    Raises:
        WannError: it is no function, or there are no inputs or outputs.
    """
    if not callable(function):
        raise WannError(f"score = {function!r}: must be a function score(policy, rng)")
    return FunctionTask(function, _names("input", inputs), _names("output", outputs))


def _names(what: str, given: int | Sequence[str]) -> tuple[str, ...]:
    """Return names that a champion file may have."""
    if isinstance(given, int):
        names = tuple(f"{what} {k}" for k in range(1, given + 1))
    else:
        names = () if isinstance(given, str) else tuple(given)
    if not names or not all(map(is_name, names)):
        raise WannError(f"{what}s = {given!r}: must be how many there are, or their names")
    return names
