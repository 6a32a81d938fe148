"""Convolutional networks in the comparison: the command, its rows, and that they can be resumed."""

import csv

import numpy as np
import pytest
from support.command import call

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install wann[torch]")
pytest.importorskip("sklearn", reason="the digits need scikit-learn")

from wann.errors import WannError
from wann.pruning.comparison import compare
from wann.pruning.comparison.cells import Setup
from wann.pruning.comparison.workers import workers_for
from wann.pruning.prune import METHODS, share_of
from wann.pruning.saliency import SAMPLES
from wann.pruning.torch.cells import conv_net
from wann.pruning.torch.networks import NETWORKS
from wann.pruning.torch.training import Batches, Samples
from wann.pruning.training import Recipe

METHODS_TRIED = ("synflow", "snip+shuffled", "magnitude", "obd-oneshot", "imp", "grasp+reinit")
QUICK = ("digits", "--epochs", "1", "--seeds", "0", "--compressions", "4", "--methods")


def run(network, folder, *more, methods=METHODS_TRIED):
    options = ("--network", network, "--out", str(folder), *more)
    done = call(*QUICK, *methods, *options, main=compare.main)
    assert done.returncode == 0, done.stderr
    with open(folder / "results.csv") as file:
        return list(csv.DictReader(file))


def without_time(rows):
    return [{key: value for key, value in row.items() if key != "seconds"} for row in rows]


@pytest.mark.slow
@pytest.mark.parametrize("network", NETWORKS)
def test_rows_say_what_is_left(network, tmp_path):
    rows = run(network, tmp_path / "out")
    net = conv_net(network, 64, 10)
    assert {row["total"] for row in rows} == {str(net.n_weights)}
    left = share_of(net.n_weights, 1 / 4)
    for row in rows:
        per_layer = [int(word) for word in row["per_layer"].split()]
        assert sum(per_layer) == int(row["remaining"]) and len(per_layer) == len(net.layer_sizes)
        assert int(row["effective"]) <= int(row["remaining"]) <= int(row["connections"])
        assert 0 <= float(row["accuracy"]) <= 1 and row["diverged"] == "False"
        if row["method"] not in ("dense", "imp"):
            assert int(row["remaining"]) == left
    dense = rows[0]
    assert dense["method"] == "dense" and dense["effective"] == dense["total"]
    assert float(dense["accuracy"]) > float(dense["accuracy_before"]) and dense["speedup"] == "1.0"
    rounds = [int(row["remaining"]) for row in rows if row["method"] == "imp"]
    assert rounds == [sum(left) for left in METHODS["imp"].counts(net, 4)]
    synflow = next(row for row in rows if row["method"] == "synflow")
    assert 1 < float(synflow["speedup"]) < 4  # it keeps more of what is used at many places


@pytest.mark.slow
def test_the_networks_do_not_depend_on_workers_and_a_comparison_goes_on(tmp_path):
    one = run("lenet5", tmp_path / "one", "--workers", "1")
    first = run("lenet5", tmp_path / "two", "--workers", "2", methods=METHODS_TRIED[:2])
    assert len(first) < len(one)
    two = run("lenet5", tmp_path / "two", "--workers", "2")
    assert without_time(one) == without_time(two)
    for file in (tmp_path / "one" / "cells").glob("*.npz"):
        with np.load(file) as a, np.load(tmp_path / "two" / "cells" / file.name) as b:
            assert all(np.array_equal(a[name], b[name]) for name in a.files)
    with pytest.raises(WannError, match="holds a comparison with another net"):
        compare.main([*QUICK, "snip", "--network", "resnet8", "--out", str(tmp_path / "one")])


def test_networks_have_the_weights_of_their_sources():
    assert sum(part.numel() for part in NETWORKS["lenet5"](28, 10).parameters()) == 61706
    assert NETWORKS["lenet5"](28, 10)(torch.zeros(2, 784)).shape == (2, 10)
    for make in NETWORKS.values():
        for side in (8, 16, 28):
            assert make(side, 10)(torch.zeros(3, side**2)).shape == (3, 10)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--hidden", "64"), "--hidden: is for multilayer perceptrons, not for lenet5"),
        (("--networks",), "--networks: is for multilayer perceptrons"),
        (("--activation", "tanh"), "--activation: is for multilayer perceptrons"),
        (("--device", "nowhere"), "--device nowhere: "),
        (("--network", "mlp", "--device", "cuda"), "--device cuda: is for the networks lenet5"),
    ],
)
def test_options_that_do_not_go_together(options, message, tmp_path):
    with pytest.raises(WannError, match=message):
        compare.main(
            [*QUICK, "snip", "--network", "lenet5", "--out", str(tmp_path / "out"), *options]
        )


@pytest.mark.parametrize(
    ("backend", "size", "given"), [("ray", None, "--backend ray"), ("threads", 4, "--workers 4")]
)
def test_a_gpu_makes_one_network_at_a_time(backend, size, given):
    nothing = np.empty(0)
    net = conv_net("lenet5", 64, 10)._replace(device="cuda:1")
    setup = Setup(net, Recipe(), nothing, nothing, nothing, nothing)
    with pytest.raises(WannError, match=f"{given}: a GPU makes one network at a time"):
        workers_for(setup, backend, size, None)
    workers = workers_for(setup, "threads", None, None)
    workers.close()
    assert workers.size == 1


def test_saliencies_see_each_sample_once_and_a_few_first():
    inputs = np.arange(2345.0).reshape(-1, 1)
    batches = list(Batches(Samples(inputs, inputs[:, 0], "cpu"), seed=1))
    assert [len(batch) for batch, _ in batches] == [SAMPLES, 1000, 1000, 245]
    seen = torch.cat([batch[:, 0] for batch, _ in batches])
    assert sorted(seen.tolist()) == inputs[:, 0].tolist() and seen[0] != 0
    assert torch.equal(seen, torch.cat([targets for _, targets in batches]).double())


def test_what_is_no_image(tmp_path):
    with pytest.raises(WannError, match="lenet5 needs square images of at least 8 x 8 pixels"):
        compare.main(
            ["support.rings_task:TASK", "--network", "lenet5", "--out", str(tmp_path / "out")]
        )
