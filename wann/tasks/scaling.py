"""Scaling of observations: by the mean and the standard deviation of what has been observed so far.

A network whose connections share one weight cannot make a small input large, so what is measured in
small units acts on little. Statistics are ``(3, n)``: of each of n numbers the count, the mean, and
the sum of squared deviations.
"""

from typing import Any

import numpy as np

Scale = tuple[tuple[float, ...], tuple[float, ...]]  # means and standard deviations

LEAST_DEVIATION = 1e-7  # what varies less is as good as constant, as is
ROUNDING = 1e-9  # relative to the mean
LARGEST_OBSERVATION = 1e100  # sums of the squares of many are finite


def merged(statistics: np.ndarray, observations: np.ndarray) -> np.ndarray:
    """Return the statistics after further observations.

    Args:
        statistics: ``(3, n)``; zeros at first.
        observations: ``(S, n)``; rows with a number that is not finite, or beyond 1e100, do not
            count.

    Source: Chan, Golub & LeVeque 1983, "Algorithms for computing the sample variance", the pairwise
    update.
    """
    observations = observations[(np.abs(observations) <= LARGEST_OBSERVATION).all(axis=1)]
    if not len(observations):
        return statistics
    count, mean, squares = statistics
    more = len(observations)
    other = observations.mean(axis=0)
    difference, total = other - mean, count + more
    squares = (
        squares + ((observations - other) ** 2).sum(axis=0) + difference**2 * (count * more / total)
    )
    return np.array((total, mean + difference * (more / total), squares))


def scale_of(statistics: np.ndarray) -> Scale:
    """Return by how much observations are shifted, and what they are then divided by: 1 where they
    do not vary.
    """
    count, mean, squares = statistics
    deviation = np.sqrt(squares / np.maximum(count, 1))
    constant = deviation < np.maximum(LEAST_DEVIATION, ROUNDING * np.abs(mean))
    return tuple(mean.tolist()), tuple(np.where(constant, 1.0, deviation).tolist())


def standardized(observation: np.ndarray, scale: Scale | None) -> np.ndarray:
    """Return an observation, or several, in float64, shifted by the means and divided by the
    deviations of a scale.
    """
    observation = np.asarray(observation, np.float64)
    if scale is None:
        return observation
    mean, deviation = np.array(scale)
    return (observation - mean) / deviation


class Scaler:
    """Scales a task's observations by what networks have observed so far; if off, it does nothing.

    Attributes:
        on: whether it does anything.
        observed: ``(3, I)`` statistics of what was observed.
        scale: what ``scaled`` has scaled by last, or None.
    """

    def __init__(self, on: bool, n_inputs: int):
        """Start with nothing observed, which scales by nothing."""
        self.on = on
        self.observed = np.zeros((3, n_inputs))
        self.scale: Scale | None = None

    def scaled(self, task: Any) -> Any:
        """Return the task with its observations scaled by what was observed until now."""
        if not self.on:
            return task
        self.scale = scale_of(self.observed)
        return task.scaled(self.scale)

    def observe(self, observations: np.ndarray) -> None:
        """Take further observations, ``(S, I)`` and not scaled, into account."""
        self.observed = merged(self.observed, observations)
