"""The loop on modules: exactly k weights, masks that nest, rewinding, controls, and what PyTorch
does with a pruned module.
"""

import copy
import io
import math
from itertools import pairwise

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install wann[torch]")

from torch import nn
from torch.nn.utils import prune as torch_prune

from wann.errors import WannError
from wann.pruning import prune as in_numpy
from wann.pruning.mlp import MLP
from wann.pruning.torch import Masks, prune
from wann.pruning.torch.loop import keep_best

NET = MLP((12, 10, 8, 4))
RNG = np.random.default_rng(0)
INPUTS, LABELS = RNG.normal(size=(90, 12)), RNG.integers(0, 4, 90)
BATCHES = [(torch.from_numpy(INPUTS).float(), torch.from_numpy(LABELS))]


def make(seed=0):
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Linear(12, 10),
        nn.ReLU(),
        nn.Linear(10, 8),
        nn.BatchNorm1d(8),
        nn.ReLU(),
        nn.Linear(8, 4),
    )


def train(model):
    """Two steps of SGD with weight decay and momentum."""
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=0.01)
    model.train()
    for _ in range(2):
        optimizer.zero_grad()
        for inputs, targets in BATCHES:
            nn.functional.cross_entropy(model(inputs), targets).backward()
        optimizer.step()


def weights_of(model):
    return {name: model.get_submodule(name).weight.detach() for name in ("0", "2", "5")}


# --------------------------------------------------------------------------------------- exactly k
@pytest.mark.parametrize("k", [0, 1, 7, 29, 30, 35])
def test_the_best_are_those_of_numpy(k):
    for seed in range(5):
        rng = np.random.default_rng(seed)
        scores, mask = rng.integers(0, 5, 40).astype(float), np.zeros(40, bool)  # many ties
        scores[rng.choice(40, 4)] = np.inf, -np.inf, -0.0, 0.0
        mask[rng.choice(40, 30, replace=False)] = True
        found = keep_best(torch.from_numpy(scores), torch.from_numpy(mask), k)
        np.testing.assert_array_equal(found.numpy(), in_numpy.keep_best(scores, mask, k))


@pytest.mark.parametrize("method", [*in_numpy.METHODS, "snip+shuffled", "imp+reinit"])
def test_exactly_as_many_weights_are_left_as_by_the_perceptron(method):
    model = make()
    masks = prune(model, method, 8, data=BATCHES, train=train)
    pruner = in_numpy.find_method(method)[0]
    assert masks.remaining == sum(pruner.counts(NET, 8)[-1]) and masks.total == NET.n_weights
    assert list(masks) == ["0.weight", "2.weight", "5.weight"]
    for name, weight in weights_of(model).items():
        assert torch.equal(weight != 0, masks[f"{name}.weight"])
        assert torch.equal(model.get_submodule(name).weight_mask.bool(), masks[f"{name}.weight"])
    train(model)
    for name, weight in weights_of(model).items():
        assert not weight[~masks[f"{name}.weight"]].any()
    if pruner.keep == 0:
        assert masks.remaining == math.ceil(NET.n_weights / 8)
        assert masks.compression == NET.n_weights / masks.remaining


def test_the_masks_are_those_of_the_perceptron():
    layers = [nn.Linear(a, b, dtype=torch.float64) for a, b in ((12, 10), (10, 8), (8, 4))]
    model = nn.Sequential(layers[0], nn.ReLU(), layers[1], nn.ReLU(), layers[2])
    parts = [layer.weight for layer in layers] + [layer.bias for layer in layers]
    vector = torch.cat([part.detach().ravel() for part in parts]).numpy()
    full = np.ones(NET.n_weights, bool)
    for method in ("random", "magnitude-init", "snip", "grasp", "synflow"):
        pruner = in_numpy.METHODS[method]
        want = in_numpy.prune(
            pruner,
            in_numpy.Problem(NET, INPUTS, LABELS),  # 90 samples: SNIP and GraSP look at all
            in_numpy.Start(vector, full, vector),
            pruner.counts(NET, 5),
            lambda *_: None,
            3,
        )[1]
        data = [(torch.from_numpy(INPUTS), torch.from_numpy(LABELS))]
        masks = prune(copy.deepcopy(model), method, 5, data=data, seed=3)
        found = torch.cat([mask.ravel() for mask in masks.values()]).numpy()
        np.testing.assert_array_equal(found, want)


def test_rounds_nest_and_a_lottery_ticket_is_the_given_weights_times_the_mask():
    model, seen = make(), []
    given = {name: value.clone() for name, value in model.state_dict().items()}

    def watched(model):
        seen.append({name: (weight != 0) for name, weight in weights_of(model).items()})
        train(model)

    masks = prune(model, "imp", 6, train=watched)
    seen.append({name: masks[f"{name}.weight"] for name in ("0", "2", "5")})
    assert len(seen) == 1 + len(in_numpy.METHODS["imp"].counts(NET, 6))
    for before, after in pairwise(seen):
        assert all((after[name] <= before[name]).all() for name in after)
    for name, weight in weights_of(model).items():
        assert torch.equal(weight, given[f"{name}.weight"] * masks[f"{name}.weight"])
    state = model.state_dict()
    for name in ("0.bias", "3.weight", "3.running_mean", "3.running_var", "3.num_batches_tracked"):
        assert torch.equal(state[name], given[name])


def test_who_is_trained_begins_with_pruning():
    model, calls = make(), []
    train(model)
    trained = {name: weight.clone() for name, weight in weights_of(model).items()}
    masks = prune(model, "magnitude", 4, trained=True, train=calls.append)
    every = torch.cat([weight.ravel() for weight in trained.values()]).abs()
    least = every.sort().values[-masks.remaining]
    for name, weight in weights_of(model).items():
        assert torch.equal(weight, torch.where(trained[name].abs() >= least, trained[name], 0.0))
    assert not calls
    prune(make(), "obd", 4, trained=True, train=calls.append, data=BATCHES)
    assert len(calls) == len(in_numpy.METHODS["obd"].counts(NET, 4)) - 1


# --------------------------------------------------------------------------------------- controls
def test_controls_have_the_mask_of_their_method_or_its_counts():
    given = weights_of(make())
    masks = prune(make(), "snip", 8, data=BATCHES)
    mixed, again = make(), make()
    shuffled = prune(mixed, "snip+shuffled", 8, data=BATCHES)
    reinit = prune(again, "snip+reinit", 8, data=BATCHES)
    assert shuffled.per_layer == masks.per_layer == reinit.per_layer
    assert any(not torch.equal(shuffled[name], masks[name]) for name in masks)
    for name, weight in weights_of(mixed).items():
        assert torch.equal(weight, given[name] * shuffled[f"{name}.weight"])
    for name, weight in weights_of(again).items():
        mask = reinit[f"{name}.weight"]
        assert torch.equal(mask, masks[f"{name}.weight"])
        assert not torch.equal(weight, given[name] * mask) and torch.equal(weight != 0, mask)


def test_the_same_seed_gives_the_same_masks_and_leaves_random_numbers_alone():
    state = torch.get_rng_state()
    found = [prune(make(), "random+reinit", 8, seed=seed) for seed in (0, 0, 1)]
    assert all(torch.equal(found[0][name], found[1][name]) for name in found[0])
    assert any(not torch.equal(found[0][name], found[2][name]) for name in found[0])
    make()  # seeds anew, to the same state
    before = torch.get_rng_state()
    prune(make(), "random+reinit", 8)
    assert torch.equal(torch.get_rng_state(), before) and len(state) == len(before)


# ------------------------------------------------------------------------ PyTorch goes on working
def test_a_pruned_module_is_saved_copied_exported_and_made_permanent():
    model = make().eval()
    masks = prune(model, "synflow", 5, data=BATCHES)
    inputs = BATCHES[0][0]
    with torch.no_grad():  # PyTorch copies no module whose weight has a gradient to come
        want = model(inputs)
    assert torch.equal(copy.deepcopy(model)(inputs), want)
    file = io.BytesIO()
    torch.save(model.state_dict(), file)
    file.seek(0)
    other = make(1).eval()
    prune(other, "random", 5)
    other.load_state_dict(torch.load(file, weights_only=True))
    assert torch.equal(other(inputs), want)
    for name in ("0", "2", "5"):
        torch_prune.remove(model.get_submodule(name), "weight")
    assert torch.equal(model(inputs), want) and not torch_prune.is_pruned(model)
    assert sorted(model.state_dict()) == sorted(make().state_dict())
    program = torch.export.export(model, (inputs,))
    torch.testing.assert_close(program.module()(inputs), want)
    assert sum(int((w != 0).sum()) for w in weights_of(model).values()) == masks.remaining


def test_a_pruned_module_is_pruned_further_also_if_pytorch_pruned_it():
    model = make()
    torch_prune.random_unstructured(model[0], "weight", 0.5)
    first = model[0].weight_mask.bool().clone()
    with torch.no_grad():
        half = prune(model, "synflow", 2, data=BATCHES)
    assert half.remaining == NET.n_weights / 2 and not (half["0.weight"] & ~first).any()
    tenth = prune(model, "magnitude-init", 10)
    assert all(not (tenth[name] & ~half[name]).any() for name in half)
    assert not isinstance(
        next(iter(model[0]._forward_pre_hooks.values())), torch_prune.PruningContainer
    )


def test_an_optimizer_made_before_goes_on_with_the_same_parameters():
    model = make()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
    masks = prune(model, "magnitude-init", 4)
    before = weights_of(model)["0"].clone()
    nn.functional.cross_entropy(model(BATCHES[0][0]), BATCHES[0][1]).backward()
    optimizer.step()
    model(BATCHES[0][0])
    after = weights_of(model)["0"]
    assert torch.equal(after != 0, masks["0.weight"]) and not torch.equal(after, before)


# --------------------------------------------------------------------------------------- one's own
def taylor(at):
    """|gradient x weight| on all samples."""
    return [(g * w).abs() for g, w in zip(at.gradient(at.batches()), at.weights, strict=True)]


def test_a_saliency_and_a_choice_of_ones_own():
    own, snip = prune(make(), taylor, 6, data=BATCHES), prune(make(), "snip", 6, data=BATCHES)
    assert all(torch.equal(own[name], snip[name]) for name in snip)
    pruner = in_numpy.Pruner("magnitude", rounds=3, scope="layer")
    masks = prune(make(), pruner, 2, parameters=["0.weight", "3.weight"])  # of batch norm, too
    assert masks.per_layer == {"0.weight": 60, "3.weight": 4}
    masks = prune(make(), "random", 4, parameters=lambda name, value: value.ndim == 2)
    assert masks.remaining == NET.n_weights / 4
    with pytest.raises(WannError, match="saliency 'nowhere_at_all:f': cannot be imported"):
        prune(make(), "nowhere_at_all:f", 6)


def test_masks_say_what_is_left():
    masks = Masks({"a": torch.tensor([True, False]), "b": torch.zeros(2, 3, dtype=torch.bool)})
    assert masks.to_json() == {
        "total": 8,
        "remaining": 1,
        "compression": 8.0,
        "per_layer": {"a": 1, "b": 0},
        "empty_layers": ["b"],
    }
    assert repr(masks) == "<Masks: 1 of 8 weights in 2 layers>"
    assert Masks({"b": masks["b"]}).compression is None


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no NVIDIA GPU")
@pytest.mark.parametrize("method", ["synflow", "snip", "grasp", "obd", "imp+reinit", "random"])
def test_a_gpu_keeps_the_same_weights(method):
    def on_gpu(model):
        model.cpu()
        train(model)
        model.cuda()

    here = prune(make(), method, 8, data=BATCHES, train=train)
    model = make().cuda()
    there = prune(model, method, 8, data=BATCHES, train=on_gpu)
    assert all(mask.is_cuda for mask in there.values()) and there.per_layer == here.per_layer
    same = sum(int((there[name].cpu() & here[name]).sum()) for name in here)
    assert same >= 0.95 * here.remaining  # sums are in another order
