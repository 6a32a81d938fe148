"""What cannot be pruned is said in one line, and the module is as it was."""

import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install wann[torch]")

from torch import nn

from wann.errors import WannError
from wann.pruning.torch import effective, prune

BATCH = torch.randn(6, 4), torch.randint(0, 3, (6,))


def make():
    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))


def frozen():
    model = make()
    model[2].weight.requires_grad_(False)
    return model


def tied():
    model = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 4))
    model[2].weight = model[0].weight
    return model


class Quantised(nn.Module):
    """Keeps its weight as PyTorch's quantised layers do: packed, behind a method."""

    def weight(self):
        return torch.zeros(3, 4, dtype=torch.int8)


class Integers(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.Parameter(torch.zeros(3, 3, dtype=torch.int8), requires_grad=False)


MODULES = {
    "no weights": (lambda: nn.Sequential(nn.ReLU(), nn.BatchNorm1d(4)), {},
        "Sequential has no weights to prune: must have a linear or convolutional layer"),
    "no module": (lambda: [1.0], {}, "list is no torch.nn.Module"),
    "tied": (tied, {}, "0.weight: is shared by several layers"),
    "frozen": (frozen, {}, "2.weight: is frozen: call requires_grad_"),
    "quantised": (lambda: nn.Sequential(make(), Quantised()), {}, "1: is quantised: prune before"),
    "integers": (Integers, {"parameters": ["table"]}, "table: holds torch.int8: must be real"),
    "lazy": (lambda: nn.Sequential(nn.LazyLinear(4)), {}, "0.weight: has no shape yet"),
    "normed": (lambda: nn.Sequential(nn.utils.parametrizations.weight_norm(nn.Linear(4, 3))), {},
        "0: its weight is computed from other parameters"),
    "meta": (lambda: nn.Linear(4, 3, device="meta"), {}, "weight: has no values"),
    "name": (make, {"parameters": ["0.weight", "9.weight"]},
        "parameters 9.weight: the module has none"),
    "choice": (make, {"parameters": lambda name, _: False}, "has no weights to prune"),
}  # fmt: skip


@pytest.mark.parametrize("case", MODULES)
def test_modules(case):
    model, options, message = MODULES[case]
    with pytest.raises(WannError, match=message):
        prune(model(), "random", 2, **options)


def test_layers_of_pytorch_that_are_quantised():
    quantised = pytest.importorskip("torch.ao.nn.quantized", reason="this PyTorch has none")
    with pytest.raises(WannError, match="1: is quantised"):
        prune(nn.Sequential(nn.Linear(4, 3), quantised.Linear(3, 2)), "random", 2)


def test_what_is_tied_or_frozen_may_be_left_out():
    kept = prune(frozen(), "random", 2, parameters=["0.weight"])
    assert kept.remaining == 16
    linear = nn.Linear(4, 4)  # one layer that is used twice has one mask
    assert list(prune(nn.Sequential(linear, nn.ReLU(), linear), "random", 2)) == ["0.weight"]


def fails(at):
    raise KeyError("two")


def once(at):
    return [next(iter(at.batches()))[0]]


CALLS = {
    "unknown": (("sniip",), {}, "unknown method 'sniip': did you mean snip"),
    "control": (("snip+frozen",), {}, "a control must be one of shuffled, reinit"),
    "kind": ((3,), {}, "method 3: must be a name, a Pruner or a function of a State"),
    "below 1": (("random", 0.5), {}, "compression 0.5: must be from 1 to 56"),
    "nan": (("random", float("nan")), {}, "compression nan: must be from 1 to 56"),
    "too many": (("random", 57), {}, "compression 57: must be from 1 to 56"),
    "collapse": (("synflow", 56), {"data": [BATCH]},
        "compression 56 leaves 1 of 56 weights, but there are 2 layers: must be at most 28"),
    "layer": (("imp", 56), {"train": print},
        "compression 56 leaves none of the 32 weights of 0.weight, since each layer keeps"),
    "no data": (("snip",), {}, "this saliency looks at samples: give data="),
    "inputs alone": (("snip",), {"data": BATCH[0]}, "this saliency looks at samples: give data="),
    "no example": (("synflow",), {}, "this saliency looks at samples: give data="),
    "no batch": (("snip",), {"data": []}, "data gives no batch: it is empty, or an iterator"),
    "form": (("snip",), {"data": [BATCH[0]]},
        "data gives Tensor .*: must give batches of two tensors"),
    "not tensors": (("snip",), {"data": [({}, BATCH[1])]},
        "data gives tuple .*: must give batches"),
    "wrong shape": (("snip",), {"data": [(torch.randn(6, 5), BATCH[1])]},
        r"the model and the loss fail on a batch of inputs \(6, 5\) and targets \(6,\)"),
    "wrong flow": (("synflow",), {"data": torch.randn(2, 5)},
        r"synflow: the module fails on ones of shape \(1, 5\)"),
    "whole inputs": (("synflow",), {"data": torch.zeros(2, 4, dtype=torch.int64)},
        "its inputs are torch.int64: must be real numbers"),
    "no inputs": (("synflow",), {"data": torch.zeros(0, 4)}, "a tensor of no inputs"),
    "loss": (("snip",), {"data": [BATCH], "loss": lambda o, t: o},
        "loss gives .*must give one number"),
    "cut loss": (("snip",), {"data": [BATCH], "loss": lambda o, t: o.detach().sum()},
        "loss gives .*must give one number that depends on the outputs"),
    "no training": (("imp",), {}, "method 'imp' trains before it prunes: give train="),
    "or trained": (("magnitude",), {}, "give train=.*or trained=True if it is trained"),
    "nan weights": ((lambda at: [w * torch.nan for w in at.weights],), {}, "gave nan for a weight"),
    "not a list": ((lambda at: None,), {}, "gave None: must give a list of real tensors"),
    "shapes": ((lambda at: [torch.zeros(3)] * 2,), {},
        r"gave tensors of shapes .*must be \[\(8, 4\)"),
}  # fmt: skip


@pytest.mark.parametrize("case", CALLS)
def test_calls(case):
    arguments, options, message = CALLS[case]
    model = make()
    given = {name: value.clone() for name, value in model.state_dict().items()}
    with pytest.raises(WannError, match=message):
        prune(model, *(arguments if len(arguments) > 1 else (*arguments, 4)), **options)
    state = model.state_dict()
    assert state.keys() == given.keys() and all(torch.equal(state[n], given[n]) for n in given)


def test_an_iterator_that_ends_is_named_in_the_round_that_misses_it():
    with pytest.raises(WannError, match="an iterator that was used up"):
        prune(make(), "obd", 4, data=iter([BATCH]), train=lambda model: None)
    assert prune(make(), "snip", 4, data=iter([BATCH])).remaining == 14


def test_a_failure_leaves_the_masks_of_before():
    model = make()
    masks = prune(model, "random", 2)
    with pytest.raises(KeyError):
        prune(model, fails, 4)
    assert all(torch.equal(model[k].weight_mask.bool(), masks[f"{k}.weight"]) for k in (0, 2))
    assert torch.equal(model[0].weight != 0, masks["0.weight"])


class Difference(nn.Module):
    def forward(self, values):
        return values - 0.5 * values.roll(1, 1)


def test_what_subtracts_has_no_flow():
    def model(layer):
        return nn.Sequential(nn.Linear(4, 8), layer, nn.ReLU(), nn.Linear(8, 3))

    normed = model(nn.LayerNorm(8))
    with pytest.raises(WannError, match="synflow: layer_norm subtracts"):
        prune(normed, "synflow", 4, data=BATCH[0])
    with pytest.raises(WannError, match="synflow: layer_norm subtracts"):
        effective(normed, BATCH[0])
    with pytest.raises(WannError, match="synflow: a flow is below 0, so something subtracts"):
        prune(model(Difference()), "synflow", 4, data=BATCH[0])
    with pytest.raises(WannError, match=r"does not know how .* goes through layer_norm"):
        prune(normed, "obd-oneshot", 4, data=[BATCH], trained=True)
