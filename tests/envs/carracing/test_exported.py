"""Encoders in C and ONNX, beside ``wann``'s; and with an exported network, the whole pipeline."""

import ctypes
import subprocess

import numpy as np
import pytest
from support import command
from support.exported import COMPILER, STRICT
from support.genomes import grow
from support.racing import encoder

from envs.carracing.features import main
from envs.carracing.sight.exported import encoder_in_c, encoder_in_onnx
from envs.carracing.sight.picture import PIXELS, reduced
from envs.carracing.sight.stored import write_encoder
from envs.carracing.task import OUTPUTS, names_of, own_encoder
from wann.champion.champion import Champion
from wann.export.c import c_source
from wann.export.onnx import onnx_model

FRAMES = np.random.default_rng(0).integers(0, 256, (5, 96, 96, 3), np.uint8)


def compiled(folder, *sources):
    """Return the library of C files."""
    if COMPILER is None:
        pytest.skip("there is no C compiler (cc, gcc or clang) on this machine")
    paths = []
    for k, source in enumerate(sources):
        paths.append(folder / f"part{k}.c")
        paths[-1].write_text(source)
    subprocess.run([COMPILER, *STRICT, *paths, "-o", folder / "all.so", "-lm"], check=True)
    return ctypes.CDLL(str(folder / "all.so"))


def features_in_c(library, frame, size):
    """Return picture and features as the library computes them."""
    picture, features = np.empty(3 * PIXELS, np.float32), np.empty(size)
    library.wann_picture(frame.ctypes.data_as(ctypes.c_void_p), pointer(picture))
    library.wann_features(pointer(picture), pointer(features))
    return picture, features


def call(*args):
    """Run ``wann features``."""
    return command.call(*args, main=main)


def pointer(array):
    return array.ctypes.data_as(ctypes.c_void_p)


@pytest.mark.parametrize("made", [own_encoder, encoder])
def test_c_has_the_bits_of_the_encoder(made, tmp_path):
    library = compiled(tmp_path, encoder_in_c(made()))
    for frame in FRAMES:
        picture, features = features_in_c(library, frame, made().size)
        expected = reduced(frame)
        assert np.array_equal(picture, expected.ravel())
        assert np.array_equal(features, made().features(expected))


def test_onnx_is_the_encoder_within_its_rounding():
    runtime = pytest.importorskip("onnxruntime", reason="pip install onnxruntime")
    session = runtime.InferenceSession(encoder_in_onnx(own_encoder()))
    found = session.run(["features"], {"frames": FRAMES})[0]
    expected = own_encoder().features(reduced(FRAMES))
    assert found.dtype == np.float64 and np.ptp(expected) > 0.1
    np.testing.assert_allclose(found, expected, rtol=0, atol=2e-6)


def test_a_network_and_its_encoder_drive_from_frames(tmp_path):
    names = names_of(own_encoder())
    champion = Champion(grow(len(names), 3, 40, 1), "carracing", names, OUTPUTS)
    observed = own_encoder().features(reduced(FRAMES)).astype(np.float64)
    policy = champion.policy(0.7)
    expected = np.array([policy(row) for row in observed])
    library = compiled(tmp_path, encoder_in_c(own_encoder()), c_source(champion, 0.7))
    for frame, outputs in zip(FRAMES, expected, strict=True):
        features, found = features_in_c(library, frame, len(names))[1], np.empty(3)
        library.wann_forward(pointer(features), pointer(found))
        assert np.array_equal(found, outputs)

    onnx = pytest.importorskip("onnx", reason="pip install onnx")
    runtime = pytest.importorskip("onnxruntime", reason="pip install onnxruntime")
    whole = onnx.compose.merge_models(
        onnx.load_from_string(encoder_in_onnx(own_encoder())),
        onnx.load_from_string(onnx_model(champion, 0.7)),
        [("features", "observations")],
        prefix1="encoder/",
    )
    session = runtime.InferenceSession(whole.SerializeToString())
    found = session.run(["outputs"], {"encoder/frames": FRAMES})[0]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-3)


@pytest.mark.parametrize("to", ["c", "onnx"])
def test_the_command_writes_the_encoder(to, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_encoder(tmp_path / "own.npz", encoder())
    shipped = call("--to", to)
    assert shipped.returncode == 0 and own_encoder().digest in shipped.stdout
    first = (tmp_path / f"encoder.{to}").read_bytes()
    assert own_encoder().digest.encode() in first
    again = call("--to", to)
    assert again.returncode == 2 and "--force" in again.stderr
    own = call("--to", to, "--data", "own.npz", "--force")
    assert own.returncode == 0 and (tmp_path / f"encoder.{to}").read_bytes() != first


def test_an_encoder_that_is_learned_takes_none(tmp_path):
    wrong = call("--data", tmp_path / "own.npz", "-o", tmp_path / "new.npz")
    assert wrong.returncode == 2 and "features are learned of no encoder" in wrong.stderr
    assert call("--to", "tensorflow").returncode == 2
