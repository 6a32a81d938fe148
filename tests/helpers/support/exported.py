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


def step_c(source: str, folder: Path, episode: np.ndarray, n_outputs: int, *weight) -> np.ndarray:
    """Return the ``(T, n_outputs)`` of a recurrent network in the steps of an episode."""
    if COMPILER is None:
        pytest.skip("there is no C compiler (cc, gcc or clang) on this machine")
    library = folder / f"network{len(list(folder.iterdir()))}.so"
    # the state has no room beyond its size, which the file says
    more = "int wann_state(void); int wann_state(void) { return WANN_STATE; }\n"
    library.with_suffix(".c").write_text(source + more)
    subprocess.run([COMPILER, *STRICT, library.with_suffix(".c"), "-o", library, "-lm"], check=True)
    loaded = ctypes.CDLL(str(library))
    forward, pointer = loaded.wann_forward, ctypes.POINTER(ctypes.c_double)
    forward.restype = None
    state, outputs = np.zeros(loaded.wann_state()), np.full((len(episode), n_outputs), np.nan)
    for sample, row in zip(np.ascontiguousarray(episode, np.float64), outputs, strict=True):
        arrays = (part.ctypes.data_as(pointer) for part in (sample, state, row))
        inputs, *rest = arrays
        forward(inputs, *map(ctypes.c_double, weight), *rest)
    return outputs


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


def step_onnx(model: bytes, episodes: np.ndarray, n_state: int, *weight) -> np.ndarray:
    """Return the ``(T, S, n_outputs)`` of a recurrent network in ``(T, S, n_inputs)``: S episodes
    side by side.
    """
    runtime = pytest.importorskip(
        "onnxruntime", reason="onnxruntime is not installed: pip install onnxruntime"
    )
    session = runtime.InferenceSession(model)
    state, outputs = np.zeros((episodes.shape[1], n_state)), []
    for observations in episodes:
        feed = {"observations": observations, "state": state}
        for value in weight:
            feed["weight"] = np.array(value)
        found, state = session.run(["outputs", "next_state"], feed)
        outputs.append(found)
    return np.array(outputs)


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
