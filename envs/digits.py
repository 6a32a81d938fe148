"""Handwritten digits of 8 x 8 pixels: the set that comes with scikit-learn, so that nothing is downloaded.

1797 samples of the optical recognition set of UCI (Alpaydin & Kaynak 1998), pixels from 0 to 1.  A fifth is kept for
testing and an eighth for validation, the same share of each digit, always the same samples.
"""

import numpy as np

from wann.classification import ClassificationTask, Samples
from wann.errors import WannError
from wann.search import rng_for

BATCH = 400


def split(inputs: np.ndarray, labels: np.ndarray, shares: tuple[float, ...], seed: int = 0) -> list[Samples]:
    """Return the samples in parts of these shares and the rest, each with the same mixture of classes.

    Args:
        inputs: ``(S, n_inputs)``.
        labels: ``(S,)``.
        shares: of the samples of each class, together at most 1.
        seed: decides who is where.
    """
    place = np.empty(len(labels))
    rng = rng_for(seed, 0, "split")
    for label in np.unique(labels):
        rows = np.flatnonzero(labels == label)
        place[rows] = (rng.permutation(len(rows)) + 0.5) / len(rows)
    part = np.searchsorted(np.cumsum(shares), place)
    return [
        Samples(np.ascontiguousarray(inputs[part == k], np.float32), labels[part == k].astype(np.int64))
        for k in range(len(shares) + 1)
    ]


def load() -> ClassificationTask:
    """Return the task.

    Raises:
        WannError: scikit-learn is missing.
    """
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise WannError("the digits come with scikit-learn: pip install scikit-learn") from None
    data = load_digits()
    test, validation, train = split(data.data / 16.0, data.target, (0.2, 0.125))
    pixels = tuple(f"pixel {row},{column}" for row in range(8) for column in range(8))
    return ClassificationTask(pixels, tuple("0123456789"), train, validation, test, BATCH)


DIGITS = load()
