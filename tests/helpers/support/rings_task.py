"""A classification task of one's own: points in the plane, of class "in" within a ring."""

import numpy as np

from wann.tasks.classification.samples import Samples
from wann.tasks.classification.task import ClassificationTask


def rings(n, seed):
    x = np.random.default_rng(seed).normal(size=(n, 2)).astype(np.float32)
    return Samples(x, (np.abs(np.hypot(*x.T) - 1.2) < 0.5).astype(np.int64))


TASK = ClassificationTask(
    ("x", "y"), ("out", "in"), rings(500, 0), rings(200, 1), rings(200, 2), batch=100
)
