"""The digits of scikit-learn as a task."""

import subprocess
import sys

import numpy as np
import pytest

from wann.tasks import find_task


def test_the_parts_are_disjoint_fair_and_always_the_same():
    pytest.importorskip("sklearn", reason="scikit-learn is not installed")
    task = find_task("digits")
    parts = task.train, task.validation, task.test
    assert (
        sum(len(part.labels) for part in parts) == 1797
        and len(task.inputs) == 64
        and task.outputs[3] == "3"
    )
    of_each = np.bincount(np.concatenate([part.labels for part in parts]))
    for part, share in zip(parts, (0.675, 0.125, 0.2), strict=True):
        assert part.inputs.dtype == np.float32 and part.inputs.min() == 0 and part.inputs.max() == 1
        assert abs(np.bincount(part.labels) / of_each - share).max() < 0.01
    rows = [row.tobytes() for part in parts for row in part.inputs]
    assert len(set(rows)) == 1797
    code = "from wann.tasks import find_task; print(find_task('digits').test.labels[:40].tolist())"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert other.stdout.strip() == str(task.test.labels[:40].tolist())


def test_without_scikit_learn_it_says_what_to_install():
    code = (
        "import sys; sys.modules['sklearn'] = None\n"
        "from wann.command.program import run_command; from wann.evolve.__main__ import main\n"
        "run_command(lambda: main(['digits']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (
        done.returncode == 2
        and done.stderr == "error: the digits come with scikit-learn: pip install scikit-learn\n"
    )
