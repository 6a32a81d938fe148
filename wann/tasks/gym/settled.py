"""Episodes in which nothing changes any more: what is left of them need not be played.

A network that sees the same does the same, and an environment that changed nothing by it for many
steps goes on so, unless it has a clock that is not observed. A walker that has learned to stand,
say, stands until its time is over.
"""

import numpy as np

TOLERANCE = 1e-3  # by which observations of an episode that has settled may differ from its first


def settling(trials: np.ndarray, steps: int) -> np.ndarray:
    """Return trials of a ``GymTask`` whose episodes end when they have not changed for so many
    steps; see ``Settled``.
    """
    return np.hstack((trials, np.full((len(trials), 1), steps)))


class Settled:
    """Watches K episodes, and tells which of them have settled."""

    def __init__(self, episodes: int, n_inputs: int, steps: int) -> None:
        """Watch ``episodes`` with so many observations; ``steps`` without a change settle one."""
        self._steps = steps
        self._first = np.full((episodes, n_inputs), np.nan)  # from which nothing has moved away
        self._count = np.zeros(episodes, int)  # of steps without a change
        self._before = np.zeros(episodes)  # sum of the rewards before them

    def rate(self, which: np.ndarray, observations: np.ndarray, totals: np.ndarray) -> np.ndarray:
        """Return what a step of each episode gives from now on, NaN where it has not settled.

        It is the mean reward of the steps without a change.

        Args:
            which: ``(k,)`` of the episodes have made a step.
            observations: ``(k, I)`` what is observed after it.
            totals: ``(k,)`` sums of the rewards until then.
        """
        same = (np.abs(observations - self._first[which]) <= TOLERANCE).all(axis=1)  # no NaN is
        self._first[which] = np.where(same[:, None], self._first[which], observations)
        self._count[which] = np.where(same, self._count[which] + 1, 0)
        self._before[which] = np.where(same, self._before[which], totals)
        settled = self._count[which] >= self._steps
        mean = (totals - self._before[which]) / np.maximum(self._count[which], 1)
        return np.where(settled, mean, np.nan)
