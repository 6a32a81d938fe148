"""Gradient descent of a classifier's weights."""

from dataclasses import replace

import numpy as np
import pytest
from support.genomes import grow
from support.rings_task import TASK

from wann.errors import WannError
from wann.network.gradient import cross_entropy
from wann.network.network import decode, decode_all
from wann.tasks.classification.samples import Samples
from wann.tasks.classification.task import ClassificationTask
from wann.tune import descent
from wann.tune.descent import Descent

GENOME = grow(2, 2, 40, 4)


def start(epochs=40, seed=0):
    return Descent(decode(GENOME), TASK, np.full((1, len(GENOME.conns)), 0.5), epochs, seed)


def test_weights_get_better_on_samples_that_they_were_not_tuned_on():
    one = start()
    before, losses = cross_entropy(one.net, one.best[0], *TASK.test), []
    for _ in range(40):
        one.run_epoch()
        losses.append(one.validate(one.weights[0]))
    after = cross_entropy(one.net, one.best[0], *TASK.test)
    assert after[0] < 0.8 * before[0] and after[2] > before[2]
    assert one.loss[0] == min(losses) == one.validate(one.best[0])
    dead = ~np.isin(np.arange(len(GENOME.conns)), one.net.gene)
    assert (one.weights[0, dead] == 0.5).all() and (one.weights[0, ~dead] != 0.5).any()


def test_after_a_tenth_of_the_epochs_only_the_best_start_goes_on():
    starts = np.repeat([[0.0], [0.5], [1e-3]], len(GENOME.conns), axis=1)
    three = Descent(decode(GENOME), TASK, starts, 20, 0)
    alone = Descent(decode(GENOME), TASK, starts[1:2], 20, 0)
    for epoch in range(1, 21):
        three.run_epoch()
        alone.run_epoch()
        assert (
            len(three.weights) == len(three.loss) == len(three.moments) == (3 if epoch < 2 else 1)
        )
    assert three.best.tolist() == alone.best.tolist() and three.loss.tolist() == alone.loss.tolist()


def test_the_first_steps_are_adams():
    one = start()
    order = descent.rng_for(0, 0, "descent").permutation(500)
    rows = np.array_split(order, 8)[0]
    gradient = cross_entropy(one.net, one.weights[0], *(part[rows] for part in TASK.train))[1]
    one.task = ClassificationTask(
        ("x", "y"),
        ("out", "in"),
        Samples(*(part[rows] for part in TASK.train)),
        TASK.validation,
        TASK.test,
        10,
    )
    # one batch, one step: Adam's first step is the rate in the direction of each sign
    one.epochs = 1
    one.run_epoch()
    moved = one.weights[0] - 0.5
    assert np.allclose(
        moved, -descent.RATE * gradient / (np.abs(gradient) + descent.TINY), rtol=1e-6, atol=1e-12
    )


def test_the_same_seed_gives_the_same_bits_and_a_stopped_one_goes_on(tmp_path):
    whole, parts, again, other = start(), start(), start(), start(seed=1)
    for _ in range(6):
        whole.run_epoch()
        other.run_epoch()
    for _ in range(3):
        parts.run_epoch()
    parts.save(tmp_path / "state.npz", {"seed": 0})
    again.restore(tmp_path / "state.npz", {"seed": 0})
    for _ in range(3):
        again.run_epoch()
    assert again.weights.tolist() == whole.weights.tolist() != other.weights.tolist()
    assert (again.best.tolist(), again.loss.tolist(), again.epoch) == (
        whole.best.tolist(),
        whole.loss.tolist(),
        6,
    )


def test_a_checkpoint_of_something_else_or_a_damaged_one(tmp_path):
    file, one = tmp_path / "state.npz", start()
    one.save(file, {"seed": 0})
    with pytest.raises(WannError, match=r"state\.npz: belongs to another network or other options"):
        start().restore(file, {"seed": 1})
    good = file.read_bytes()
    for bad in (good[:-30], good[:200] + bytes([good[200] ^ 4]) + good[201:], b""):
        file.write_bytes(bad)
        with pytest.raises(WannError, match=r"state\.npz: damaged"):
            start().restore(file, {"seed": 0})
    for change in (
        {"weights": np.ones((1, 3))},
        {"epoch": np.int64(41)},
        {"best": one.best * np.nan},
    ):
        for name, value in change.items():
            odd = start()
            setattr(odd, name, value)
            odd.save(file, {"seed": 0})
        with pytest.raises(WannError, match="do not fit"):
            start().restore(file, {"seed": 0})


def test_a_classification_task_scores_batches():
    trials = TASK.trials(3, np.random.default_rng(0))
    assert trials.shape == (3, 100) and all(len(set(rows)) == 100 for rows in trials.tolist())
    scores, steps = TASK.score(decode_all([GENOME] * 2), np.array([0.5, -1.0]), trials)
    assert scores.shape == (2, 2, 3) and steps == 1200


@pytest.mark.parametrize("weight", [0.5, -1.0])
def test_scores_leave_the_size_of_the_shared_weight_out_but_for_the_papers(weight):
    trials = TASK.trials(3, np.random.default_rng(0))
    net, weights = decode(GENOME), np.full(len(GENOME.conns), weight)
    expected = [
        -cross_entropy(net, weights, *(part[rows] for part in TASK.train))[0] for rows in trials
    ]
    score = lambda task: task.score(decode_all([GENOME]), np.array([weight]), trials)[0][0, 0]  # noqa: E731
    assert np.allclose(score(replace(TASK, unit_temperature=True)), expected, rtol=1e-12)
    # a size of 1 changes nothing
    assert np.allclose(score(TASK), expected, rtol=1e-12) == (weight == -1.0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"train": Samples(np.ones((3, 3), np.float32), np.zeros(3, int))},
            r"train: inputs of shape \(3, 3\)",
        ),
        ({"test": Samples(np.ones((3, 2), np.float32), np.zeros(2, int))}, "test: inputs"),
        ({"test": Samples(np.ones((0, 2), np.float32), np.zeros(0, int))}, "test: inputs"),
        (
            {"validation": Samples(np.full((3, 2), np.nan, np.float32), np.zeros(3, int))},
            "not a finite number",
        ),
        (
            {"train": Samples(np.ones((3, 2), np.float32), np.array([0, 1, 2]))},
            "labels go from 0 to 2: must be 0 to 1",
        ),
        ({"batch": 0}, "batch = 0: must be 1 to 500"),
        ({"batch": 501}, "batch = 501"),
    ],
)
def test_samples_that_do_not_fit(change, message):
    parts = {
        name: getattr(TASK, name)
        for name in ("inputs", "outputs", "train", "validation", "test", "batch")
    }
    with pytest.raises(WannError, match=message):
        ClassificationTask(**(parts | change))
