"""The sweep: the shared weights that networks are scored at, and the means of these scores."""

import numpy as np

from wann.config import Config
from wann.jit import compiled


def draw_weights(config: Config, rng: np.random.Generator, sweeps: int = 1) -> np.ndarray:
    """Return the shared weights to score networks at, float64.

    Those of a fixed sweep are the configuration's, ``(W,)``; a fresh one are ``fresh_weights``.
    """
    weights = np.array(config.weights)
    return weights if config.sweep == "fixed" else fresh_weights(weights, rng, sweeps)


def fresh_weights(weights: np.ndarray, rng: np.random.Generator, sweeps: int = 1) -> np.ndarray:
    """Return shared weights drawn around these, ``(sweeps x W,)``.

    The size of each lies between the midpoints to the next smaller size, or 0, and to the next
    larger one, if there is one; opposite weights stay opposite. So networks cannot be good at a few
    weights alone.
    """
    sizes, row = np.unique(np.abs(weights), return_inverse=True)
    low = (sizes + np.concatenate(([0.0], sizes[:-1]))) / 2
    high = np.concatenate((low[1:], sizes[-1:]))
    drawn = low + (high - low) * rng.random((sweeps, len(sizes)))
    signed: np.ndarray = np.sign(weights) * drawn[:, row]
    return signed.ravel()


def n_missing(scores: np.ndarray) -> np.ndarray:
    """Return how many scores each network has not, ``(N,)``: they are NaN."""
    missing = np.isnan(scores)
    # most sweeps are whole, and counting is slow
    n: np.ndarray = missing.sum(axis=(1, 2)) if missing.any() else np.zeros(len(scores), np.int64)
    return n


def weight_means(scores: np.ndarray) -> np.ndarray:
    """Return the ``(N, W)`` means over trials of scores as ``tell`` takes them.

    NaN where there are none.
    """
    missing = np.isnan(scores)
    if not missing.any():  # the same numbers, sooner; float64 as below, whatever the scores are
        means: np.ndarray = sums(scores) / np.full((1, 1), scores.shape[2])
        return means
    n = (~missing).sum(axis=2)
    with np.errstate(invalid="ignore"):
        return np.where(n > 0, np.nansum(scores, axis=2) / n, np.nan)


def sums(table: np.ndarray) -> np.ndarray:
    """Return ``table.sum(axis=-1)``, for short rows four times as fast, and the same bits.

    NumPy adds the numbers of rows of fewer than 8 one after the other, too.
    """
    n = table.shape[-1]
    if not 0 < n < 8:
        whole: np.ndarray = table.sum(axis=-1)
        return whole
    total: np.ndarray = table[..., 0] + 0.0
    for k in range(1, n):
        total += table[..., k]
    return total


def sweep_means(per_weight: np.ndarray) -> np.ndarray:
    """Return the ``(N,)`` means over the weights of ``weight_means``: the first objective."""
    if np.isnan(per_weight).any():
        means: np.ndarray = np.nanmean(per_weight, axis=1)
    else:
        means = sums(per_weight) / per_weight.shape[1]
    return means


@compiled
def lower_half_means(per_weight: np.ndarray) -> np.ndarray:
    """Return the ``(N,)`` means over the worse half of the weights of ``weight_means``.

    Of an odd number the middle one does not count; of one weight it is this. Weights without a
    score do not count.
    """
    means = np.empty(len(per_weight))
    for i in range(len(per_weight)):
        known = np.sort(per_weight[i])  # NaN comes last
        n = max(1, (known.size - np.isnan(known).sum()) // 2)
        means[i] = known[:n].sum() / n
    return means


def best_means(per_weight: np.ndarray) -> np.ndarray:
    """Return the ``(N,)`` highest of ``weight_means``."""
    best: np.ndarray = np.fmax.reduce(per_weight, axis=1)
    return best


#: Means over the weights that networks are ranked by, by the name that a configuration has.
OBJECTIVES = {"mean": sweep_means, "lower_half": lower_half_means}


def mean_scores(scores: np.ndarray) -> np.ndarray:
    """Return the ``(N,)`` means over the weights of the means over the trials."""
    return sweep_means(weight_means(scores))
