"""The shared weight that a champion is given by its evolution: a good one, and not at an edge."""

import numpy as np

WEIGHTS = 41  # from minus to plus the largest of the sweep
TRIALS = 16


def tried_weights(sweep: np.ndarray) -> np.ndarray:
    """Return evenly spaced weights from minus to plus the largest size of a sweep."""
    largest = np.abs(sweep).max()
    return np.linspace(-largest, largest, WEIGHTS)


def middle_of_plateau(weights: np.ndarray, scores: np.ndarray) -> float:
    """Return the middle one of neighbouring weights that are as good as the best.

    A weight is as good if its mean is within two standard errors, of the difference in the same
    trials, of that of the best weight, and so are all weights between.

    Args:
        weights: ``(W,)``, ascending.
        scores: ``(W, T)`` in the same T trials.
    """
    best = int(np.argmax(scores.mean(axis=1)))
    lost = scores[best] - scores
    error = lost.std(axis=1) / max(1, scores.shape[1] - 1) ** 0.5
    good = lost.mean(axis=1) <= 2 * error
    first = last = best
    while first > 0 and good[first - 1]:
        first -= 1
    while last + 1 < len(weights) and good[last + 1]:
        last += 1
    return float(weights[(first + last) // 2])
