"""What a comparison is made on: the samples of a task, and the evolved networks beside it."""

import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from wann.champion.champion import Champion
from wann.champion.task import task_of
from wann.errors import WannError
from wann.pruning.comparison.cells import COLUMNS, Setup
from wann.pruning.mlp import MLP, check_samples
from wann.pruning.prune import Shape
from wann.pruning.training import Recipe
from wann.tasks import Data, find_task
from wann.tasks.classification.ensemble import accuracies
from wann.tasks.classification.samples import has_samples
from wann.tasks.data import data_of_environment, is_sample_file

#: name here -> task: LeNet-300-100 sees the images as they are, networks are evolved on small
#: deskewed ones
TASKS = {"mnist": "mnist28", "mnist16": "mnist"}


class Subject:
    """What is pruned on which data.

    Attributes:
        task: with its samples; those of training and validation are trained on, and reported are
            those of test.
        name: of the task, as ``find_task`` takes it.
        data: of the task, likewise.
        shift: subtracted from the inputs: their mean, of each input in a table, of all together in
            images.
        scale: the inputs are then divided by it: their standard deviation, likewise.
    """

    def __init__(self, name: str, data: Data | None = None):
        """Find the samples of a task, or of a file of one's own.

        Args:
            name: of the task or the file.
            data: of the task, and the column of a table that is the class; by default what the
                environment variables WANN_DATA and WANN_TARGET name.

        Raises:
            WannError: there are none.
        """
        of_file = is_sample_file(name)
        data = data_of_environment() if data is None else data
        self.data = replace(data, path=Path(name).expanduser()) if of_file else data
        self.name = "samples" if of_file else TASKS.get(name, name)
        self.label = Path(name.removesuffix(".gz")).stem if of_file else name
        task = find_task(self.name, self.data)
        if not has_samples(task):
            raise WannError(
                f"task {name!r} is no classification of samples: for control there is "
                "python -m wann.pruning.control"
            )
        self.task = task
        self.inputs = np.concatenate((task.train.inputs, task.validation.inputs))
        self.labels = np.concatenate((task.train.labels, task.validation.labels))
        axis = None if task.target is None else 0  # the columns of a table have units of their own
        self.shift = self.inputs.mean(axis=axis, dtype=np.float64)
        deviation = self.inputs.std(axis=axis, dtype=np.float64)
        self.scale = np.where(deviation > 0, deviation, 1.0)

    def setup(self, net: Shape, recipe: Recipe, real: type) -> Setup:
        """Return what the cells need."""

        def standard(inputs: np.ndarray) -> np.ndarray:
            out: np.ndarray = inputs.astype(real)
            out -= self.shift.astype(real)
            out /= self.scale.astype(real)
            return out

        test = self.task.test
        if isinstance(net, MLP):
            check_samples(net, self.inputs, self.labels)
        return Setup(
            net, recipe, standard(self.inputs), self.labels, standard(test.inputs), test.labels
        )

    def checksum(self) -> int:
        """Return a number that stands for the samples."""
        parts = (self.inputs, self.labels, *self.task.test)
        return zlib.crc32(
            b"".join(
                zlib.crc32(np.ascontiguousarray(part).data).to_bytes(4, "big") for part in parts
            )
        )


def evolved_rows(
    champion: Champion, path: Path, name: str, data: Data | None = None
) -> list[dict[str, Any]]:
    """Return rows for an evolved network on the test samples of its own task, ``name`` or one on
    the same images.

    They are its best shared weight (of those it was evolved for, by the validation samples), the
    vote of all of them, and its individual weights if it has any.

    Raises:
        WannError: it was evolved for something else.
    """
    same = set(TASKS.values()) if name in TASKS.values() else {name}
    if champion.task not in same:
        raise WannError(
            f"{path}: evolved for {champion.task}, not for the samples of {name}: give another"
            " champion"
        )
    task, here = task_of(champion, champion.task, data), find_task(name, data)
    assert has_samples(task) and has_samples(here)
    if task.target != here.target:
        raise WannError(
            f"{path}: evolved for the class in column {task.target}, not {here.target}: give the"
            " column with --target"
        )
    net, sweep = champion.network, np.array(champion.sweep)
    best = int(np.argmax(accuracies(net, sweep, task.validation)["per_weight"]))
    of_test = accuracies(net, sweep, task.test)
    found = {"wann shared weight": of_test["per_weight"][best], "wann ensemble": of_test["vote"]}
    if champion.weights is not None:
        found["wann tuned"] = accuracies(net, champion.weights[None], task.test)["per_weight"][0]
    size = len(net.gene)  # connections that reach an output
    known = {
        "saliency": "none",
        "initialisation": path.name,
        "remaining": size,
        "effective": size,
        "connections": size,
    }
    return [
        {**dict.fromkeys(COLUMNS), **known, "method": name, "accuracy": value}
        for name, value in found.items()
    ]
