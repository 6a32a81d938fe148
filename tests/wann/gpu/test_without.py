"""Without a GPU: everything else is as it was, and who asks for one is told what is missing."""

import subprocess
import sys

import numpy as np
import pytest
from support.command import SMALL, call
from support.genomes import grow

import wann
from wann.assess import __main__ as assess
from wann.errors import WannError
from wann.evolve import __main__ as evolve
from wann.workers.evaluator import Evaluator


def test_nothing_of_cuda_is_imported():
    code = "import sys, wann.evolve.__main__, wann.workers.cuda;"
    code += " print('numba.cuda' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout == "False\n"


@pytest.mark.parametrize("missing", ["numba.cuda.core", "cuda.bindings"])
def test_a_missing_package_is_one_line(monkeypatch, tmp_path, missing):
    for name in [name for name in sys.modules if name.startswith("wann.gpu")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, missing, None)
    ended = call(*SMALL, "--backend", "cuda", "--out", tmp_path / "run")
    assert ended.returncode == 2 and not (tmp_path / "run").exists()
    [line] = ended.stderr.splitlines()[-1:]
    assert "the backend cuda needs numba-cuda (" in line and "pip install 'wann[gpu]'" in line


def test_no_driver_or_no_card_is_one_line(monkeypatch):
    device = pytest.importorskip(
        "wann.gpu.device", reason="numba-cuda (extra gpu) is missing", exc_type=ImportError
    )

    class Old:
        compute_capability, name = (6, 1), b"GeForce GTX 1080"

    def absent():
        raise device.CudaSupportError("Error at driver init: no driver. Install one.")

    task = wann.find_task("cartpole")
    monkeypatch.setattr(device.cuda, "get_current_device", absent)
    with pytest.raises(WannError, match=r"needs an NVIDIA GPU and its driver \(no driver\)"):
        Evaluator(task, "cuda")

    def full():
        raise device.CUDAError("CUDA_ERROR_OUT_OF_MEMORY: unable to allocate")

    def hidden():
        raise device.CudaSupportError("Error at driver init: CUDA_ERROR_NO_DEVICE (100)")

    for fails, said in ((full, "memory is full: end what else"), (hidden, "there is none, or")):
        monkeypatch.setattr(device.cuda, "get_current_device", fails)
        with pytest.raises(WannError, match=said):
            Evaluator(task, "cuda")
    monkeypatch.setattr(device.cuda, "get_current_device", Old)
    with pytest.raises(WannError, match=r"capability 7\.0 or later; GeForce GTX 1080 has 6\.1"):
        Evaluator(task, "cuda")


def test_what_a_gpu_cannot_play_is_said(tmp_path):
    with pytest.raises(WannError, match="compiled control tasks and classification"):
        Evaluator(wann.function_task(lambda network: 0.0, 2, 1), "cuda")
    ended = call("gym:CartPole-v1", "--backend", "cuda", "--out", tmp_path / "run")
    assert ended.returncode == 2 and "this task is neither" in ended.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--backend", "cuda", "--workers", "2"], "workers = 2: the backend cuda is one GPU"),
        (["--gpus"], "gpus: only the workers of the backend ray have some"),
        (["--backend", "cuda", "--address", "auto"], "only the backend ray has one"),
    ],
)
def test_options_that_do_not_go_together(options, said, tmp_path):
    ended = call(*SMALL, *options, "--out", tmp_path / "run")
    assert ended.returncode == 2 and said in ended.stderr
    assert not (tmp_path / "run").exists()


def test_the_samples_of_a_classifier_need_no_backend(tmp_path):
    from wann.champion.champion import Champion

    rows = np.random.default_rng(0).normal(size=(40, 2)).tolist()
    table = "\n".join(["a,b,kind", *(f"{a},{b},{'xy'[a > b]}" for a, b in rows)])
    (tmp_path / "table.csv").write_text(table)
    champion = Champion(grow(2, 2, 9, 0), "samples", ("a", "b"), ("x", "y"))
    champion.save(tmp_path / "c.json")
    options = "--data", tmp_path / "table.csv", "--trials", 2
    ended = call(tmp_path / "c.json", *options, "--backend", "threads", main=assess.main)
    assert ended.returncode == 2 and "backend threads: classifiers are judged" in ended.stderr


def test_the_time_is_told_by_what_took_it(tmp_path):
    done = call(*SMALL, "--set", "generations=2", "--out", tmp_path / "run", main=evolve.main)
    [line] = [line for line in done.stdout.splitlines() if line.startswith("  time: ")]
    shares = [int(word) for word in line.split() if word.isdigit()]
    assert len(shares) == 2 and sum(shares) == 100
