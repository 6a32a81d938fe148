"""Handwritten digits of 8 x 8 pixels: the set that comes with scikit-learn, so that nothing is
downloaded.

1797 samples of the optical recognition set of UCI (Alpaydin & Kaynak 1998), pixels from 0 to 1. A
fifth is kept for testing and an eighth for validation, the same share of each digit, always the
same samples.
"""

from functools import cache

from wann.errors import WannError
from wann.tasks.classification.samples import split
from wann.tasks.classification.task import ClassificationTask
from wann.tasks.data import Data, check_no_data

BATCH = 400


@cache
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


def digits(data: Data) -> ClassificationTask:
    """Return the task; its data comes with scikit-learn."""
    check_no_data(data, "digits")
    return load()
