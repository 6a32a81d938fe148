"""A tiny classification task on images: a bar that lies, one that stands, and both, on 5 x 5 pixels
with noise.
"""

import numpy as np

from wann.tasks.classification.samples import Samples
from wann.tasks.classification.task import ClassificationTask

SIDE = 5
NAMES = tuple(f"pixel {row},{column}" for row in range(SIDE) for column in range(SIDE))


def bars(n, seed):
    rng = np.random.default_rng(seed)
    labels, row, column = (
        rng.integers(3, size=n),
        rng.integers(1, SIDE, n),
        rng.integers(1, SIDE, n),
    )
    images = rng.uniform(0, 0.4, (n, SIDE, SIDE)).astype(np.float32)
    for image, label, r, c in zip(images, labels, row, column, strict=True):
        if label != 1:
            image[r] += 0.6
        if label != 0:
            image[:, c] += 0.6
    return Samples(np.minimum(images, 1).reshape(n, -1), labels)


TASK = ClassificationTask(
    NAMES, ("lying", "standing", "both"), bars(300, 0), bars(101, 1), bars(103, 2), batch=60
)
NAME = f"{__name__}:TASK"
#: options of wann.evolve for a run of a second
OPTIONS = (
    "--set",
    "search.population=64",
    "--set",
    "search.init_enable=0.1",
    "--set",
    "trials=1",
    "--set",
    "confirm_trials=2",
    "--set",
    "report_trials=3",
    "--seed",
    "1",
)
