"""Encoders: learned, kept in a file, and named by champions."""

import json
import shutil

import numpy as np
import pytest
from support.command import call
from support.genomes import grow
from support.racing import encoder

import envs.carracing.features as features
from envs.carracing.sight.encoder import Encoder
from envs.carracing.sight.picture import COLUMNS, PIXELS, ROWS
from envs.carracing.sight.stored import LARGEST, read_encoder, write_encoder
from envs.carracing.task import ENCODER, carracing, own_encoder
from wann.champion.champion import Champion, load
from wann.champion.task import task_of
from wann.errors import WannError
from wann.files import arrays_to_bytes
from wann.streams import rng_for
from wann.tasks import Data, find_task

N = 3 * PIXELS


def arrays(k=2, **changed):
    """Return the arrays of a file, some of them changed."""
    return {
        "scale": np.full(k, 1e-5),
        "component": np.ones((k, N), np.int16),
        "mean": np.zeros(N, np.uint16),
    } | changed


# ---------------------------------------------------------------------------------------- the file
def test_a_file_keeps_the_encoder(tmp_path):
    first, file, again = encoder(), tmp_path / "a.npz", tmp_path / "b.npz"
    write_encoder(file, first)
    made = read_encoder(file)
    assert file.stat().st_size < 100_000
    largest = abs(first.components).max(axis=1, keepdims=True)
    assert (abs(made.components - first.components) <= largest / 65_000).all()
    assert abs(made.mean - first.mean).max() <= 1 / 512
    write_encoder(again, made)
    assert again.read_bytes() == file.read_bytes() and read_encoder(again).digest == made.digest


def test_the_digest_is_of_all_numbers():
    first = encoder()
    mean, components = first.mean.astype(float), first.components.astype(float)
    assert Encoder.of(mean, components).digest == first.digest
    other = components.copy()
    other[3, 5] += 1e-3
    digests = {
        first.digest,
        Encoder.of(mean, other).digest,
        Encoder.of(mean + 1, components).digest,
    }
    assert len(digests | {Encoder.of(mean, components[:15]).digest}) == 4


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"not an archive", "must be an encoder of car racing"),
        (arrays_to_bytes({"X": np.zeros(3), "y": np.zeros(3)}), "must be component, mean, scale"),
        (arrays_to_bytes(arrays(mean=np.zeros(N))), "mean is an array of another kind"),
        (arrays_to_bytes(arrays(component=np.ones((2, 300), np.int16))), r"do not fit .* 28 x 32"),
        (arrays_to_bytes(arrays(mean=np.zeros(300, np.uint16))), "do not fit"),
        (arrays_to_bytes(arrays(scale=np.ones(3))), "do not fit"),
        (arrays_to_bytes(arrays(scale=np.array([1.0, np.nan]))), "scales must be"),
        (arrays_to_bytes(arrays(scale=np.zeros(2))), "scales must be"),
        (arrays_to_bytes(arrays(0)), "scales must be"),
        (arrays_to_bytes(arrays())[:-1], "damaged"),
        (bytes(LARGEST + 1), "larger than"),
    ],
)
def test_other_files_are_one_line(tmp_path, content, message):
    file = tmp_path / "some.npz"
    file.write_bytes(content)
    with pytest.raises(WannError, match=message) as found:
        find_task("carracing", Data(file))
    assert str(found.value).startswith(str(file)) and "\n" not in str(found.value)


def test_flipped_bits_are_found(tmp_path):
    data = bytearray(ENCODER.read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / "flipped.npz").write_bytes(data)
    with pytest.raises(WannError, match="damaged"):
        read_encoder(tmp_path / "flipped.npz")


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError):
        carracing(Data(tmp_path / "none.npz"))


# ---------------------------------------------------------------------------- the task's, champions
def test_the_task_comes_with_an_encoder_of_centred_features():
    task = find_task("carracing", Data())
    assert task.encoder is own_encoder() and task.encoder.size == 16 and len(task.digest) == 64
    frames = np.concatenate(list(features.drives(6, rng_for(1, 0, "test"))))
    seen = task.encoder.features(frames.reshape(-1, ROWS, COLUMNS, 3))
    seen /= features.SPREAD
    assert abs(seen.mean(axis=0)).max() < 1 and (abs(seen.std(axis=0) - 1) < 0.5).all()
    shares = features.explained(task.encoder, [frames])
    assert 0.7 < shares[-1] < 0.9 and (np.diff(shares) > 0).all() and 0.1 < shares[0] < 0.4


def test_features_of_the_other_side_are_the_same_or_the_opposite():
    (frames,) = features.drives(1, rng_for(2, 0, "test"))
    pictures = frames.reshape(-1, ROWS, COLUMNS, 3)
    half = len(pictures) // 2
    assert np.array_equal(pictures[half:], pictures[:half, :, ::-1])
    seen = own_encoder().features(pictures)
    one, other = seen[:half], seen[half:]
    kinds = [
        np.allclose(one[:, k], s * other[:, k], atol=0.002) for k in range(16) for s in (1, -1)
    ]
    assert sum(kinds) == 16


def test_a_champion_of_another_encoder_is_told(tmp_path):
    other = tmp_path / "other.npz"
    write_encoder(other, encoder())
    task = carracing(Data(other))
    champion = Champion(
        grow(16, 3, 5, 0), "carracing", task.inputs, task.outputs, provenance={"data": task.digest}
    )
    assert task_of(champion, data=Data(other)).digest == task.digest
    with pytest.raises(WannError, match=r"made with other data .* --data FILE"):
        task_of(champion, data=Data())
    champion.save(tmp_path / "champion.json")
    again = load(tmp_path / "champion.json")
    digests = f"{task.digest[:12]}…, here {own_encoder().digest[:12]}"
    with pytest.raises(WannError, match=f"SHA-256 {digests}"):
        task_of(again, data=Data())


@pytest.mark.slow
def test_a_run_carries_its_encoder_and_is_resumed_with_it(tmp_path):
    other, run = tmp_path / "other.npz", tmp_path / "run"
    write_encoder(other, encoder())
    small = "trials=1 confirm_trials=1 report_trials=2 weights=[1,2] search.tournament=2"
    given = [part for setting in small.split() for part in ("--set", setting)]
    given += ["--population", 4, "--generations", 1, "--backend", "serial"]
    done = call("carracing", *given, "--data", other, "--out", run)
    assert done.returncode == 0, done.stderr
    digest = read_encoder(other).digest
    assert load(run).provenance["data"] == digest
    assert json.loads((run / "champion.json").read_text())["provenance"]["data"] == digest
    failed = call("--resume", run, "--generations", 2)
    assert failed.returncode == 2 and "made with other data" in failed.stderr
    done = call("--resume", run, "--generations", 2, "--data", other, "--backend", "serial")
    assert done.returncode == 0, done.stderr


def test_the_original_is_a_task_for_the_same_champions():
    pytest.importorskip("Box2D", reason='Box2D is not installed: pip install "wann[box2d]"')
    own, original = find_task("carracing", Data()), find_task("carracing_gym", Data())
    assert (original.inputs, original.outputs) == (own.inputs, own.outputs)
    assert (original.digest, original.success) == (own.digest, own.success)
    assert original.max_steps == own.max_steps and original.fresh


# ------------------------------------------------------------------------------------- the command
@pytest.mark.slow
def test_the_command_writes_the_same_file_again(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(features, "HELD_OUT", 2)
    for name in ("a.npz", "b.npz"):
        features.main(["-o", str(tmp_path / name), "--tracks", "10", "--features", "5"])
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    made = read_encoder(tmp_path / "a.npz")
    assert made.size == 5 and made.digest in capsys.readouterr().out
    assert find_task("carracing", Data(tmp_path / "a.npz")).inputs[-1] == "feature 5"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--features", "0"], "--features 0: must be at least 1"),
        (["--features", "999"], "--features 999: must be at most"),
        (["--tracks", "3"], "--tracks 3: must be at least 10"),
        (["--seed", "-1"], "--seed -1: must be at least 0"),
        ([], "exists already"),
    ],
)
def test_the_command_tells_mistakes(tmp_path, options, message):
    file = tmp_path / "encoder.npz"
    if not options:
        shutil.copy(ENCODER, file)
    with pytest.raises(WannError, match=message):
        features.main(["-o", str(file), *options])
