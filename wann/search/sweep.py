"""The sweep: the shared weights that networks are scored at, and the means of these scores."""

import numpy as np

from wann.config import Config


def draw_weights(config: Config, rng: np.random.Generator, sweeps: int = 1) -> np.ndarray:
    """Return the shared weights to score networks at, float64.

    Those of a fixed sweep are the configuration's, ``(W,)``. Those of a fresh one are drawn around
    them, ``(sweeps x W,)``: the size of each lies between the midpoints to the next smaller size,
    or 0, and to the next larger one, if there is one; opposite weights stay opposite. So networks
    cannot be good at a few weights alone.
    """
    weights = np.array(config.weights)
    if config.sweep == "fixed":
        return weights
    sizes, row = np.unique(np.abs(weights), return_inverse=True)
    low = (sizes + np.concatenate(([0.0], sizes[:-1]))) / 2
    high = np.concatenate((low[1:], sizes[-1:]))
    drawn = low + (high - low) * rng.random((sweeps, len(sizes)))
    signed: np.ndarray = np.sign(weights) * drawn[:, row]
    return signed.ravel()


def weight_means(scores: np.ndarray) -> np.ndarray:
    """Return the ``(N, W)`` means over trials of scores as ``tell`` takes them.

    NaN where there are none.
    """
    unplayed = np.isnan(scores)
    if not unplayed.any():  # quicker, and the same bits
        all_played: np.ndarray = scores.sum(axis=2) / scores.shape[2]
        return all_played
    n = (~unplayed).sum(axis=2)
    with np.errstate(invalid="ignore"):
        return np.where(n > 0, np.nansum(scores, axis=2) / n, np.nan)


def means_of(per_weight: np.ndarray) -> np.ndarray:
    """Return the ``(N,)`` means over the weights of ``weight_means``: the first objective."""
    means: np.ndarray = per_weight.sum(axis=1) / per_weight.shape[1]
    return np.asarray(np.nanmean(per_weight, axis=1)) if np.isnan(means).any() else means


def mean_scores(scores: np.ndarray) -> np.ndarray:
    """Return ``means_of`` the ``weight_means`` of scores."""
    return means_of(weight_means(scores))


def unplayed_in(scores: np.ndarray) -> np.ndarray:
    """Return how many rollouts of each network were not played, ``(N,)``."""
    unplayed = np.isnan(scores)
    if not unplayed.any():
        return np.zeros(len(scores), np.int64)
    counts: np.ndarray = unplayed.sum(axis=(1, 2))
    return counts
