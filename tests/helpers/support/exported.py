"""What exported files compute."""

import ctypes
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

COMPILER = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
STRICT = ["-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror", "-O2", "-shared", "-fPIC"]


def run_c(
    source: str, folder: Path, inputs: np.ndarray, n_outputs: int, weights=None, flags=()
) -> np.ndarray:
    """Compile a file and return its ``(W, S, n_outputs)``, or ``(S, n_outputs)`` if it takes no
    weight.
    """
    if COMPILER is None:
        pytest.skip("there is no C compiler (cc, gcc or clang) on this machine")
    # a new name: one is loaded only once
    library = folder / f"network{len(list(folder.iterdir()))}.so"
    library.with_suffix(".c").write_text(source)
    subprocess.run(
        [COMPILER, *STRICT, *flags, library.with_suffix(".c"), "-o", library, "-lm"], check=True
    )
    forward = ctypes.CDLL(str(library)).wann_forward
    forward.restype = None
    pointer = ctypes.POINTER(ctypes.c_double)
    samples = np.ascontiguousarray(inputs, np.float64)
    outputs = np.full((1 if weights is None else len(weights), len(samples), n_outputs), np.nan)
    for w, rows in enumerate(outputs):
        weight = () if weights is None else (ctypes.c_double(weights[w]),)
        for sample, row in zip(samples, rows, strict=True):
            forward(sample.ctypes.data_as(pointer), *weight, row.ctypes.data_as(pointer))
    return outputs[0] if weights is None else outputs


def run_python(source: str, folder: Path, call: str, **arrays) -> np.ndarray:
    """Return what an expression with the exported ``act`` gives, in a Python that knows of NumPy
    alone.
    """
    (folder / "network.py").write_text(source)
    np.savez(folder / "arrays.npz", **arrays)
    code = (
        f"import sys; sys.path.insert(0, {str(folder)!r});import numpy as np; from network import"
        f" act, INPUTS, OUTPUTS;arrays = np.load({str(folder / 'arrays.npz')!r});"
        f" np.save({str(folder / 'result.npy')!r}, {call});assert not {{'wann', 'numba'}} &"
        " set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=folder)
    return np.load(folder / "result.npy")


def run_onnx(model: bytes, observations: np.ndarray, weights=None) -> np.ndarray:
    """Return the ``(W, S, n_outputs)`` of a model, or ``(S, n_outputs)`` if it takes no weight."""
    runtime = pytest.importorskip(
        "onnxruntime", reason="onnxruntime is not installed: pip install onnxruntime"
    )
    options = runtime.SessionOptions()
    options.intra_op_num_threads = 1
    session = runtime.InferenceSession(model, options)
    if weights is None:
        return session.run(["outputs"], {"observations": observations})[0]
    feeds = [
        {"observations": observations, "weight": np.array(weight, observations.dtype)}
        for weight in weights
    ]
    return np.array([session.run(["outputs"], feed)[0] for feed in feeds])
