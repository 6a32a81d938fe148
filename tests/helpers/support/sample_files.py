"""Files of samples, and what a task made of them."""

import numpy as np


def rows(n=20, separator=",", classes=("yes", "no")):
    """Return n lines of two numbers and a class."""
    return [separator.join((f"{i / 10}", f"{-i}e-1", classes[i % len(classes)])) for i in range(n)]


def csv_file(path, lines, encoding="utf-8"):
    path.write_bytes("\n".join(lines).encode(encoding))
    return path


def npz_file(path, save=np.savez, **changed):
    rng = np.random.default_rng(0)
    arrays = {"X": rng.normal(size=(20, 2, 3)), "y": np.arange(20) % 2} | changed
    save(path, **{name: array for name, array in arrays.items() if array is not None})
    return path


def everything(task):
    """Return all samples of a task as a set of (inputs, name of the class)."""
    parts = task.train, task.validation, task.test
    return {
        (*x, task.outputs[y])
        for part in parts
        for x, y in zip(part.inputs.tolist(), part.labels, strict=True)
    }


NAMED = ["width,height,class", *rows()]
