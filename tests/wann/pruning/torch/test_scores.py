"""Scores in PyTorch are those of the perceptron in NumPy, and SynFlow conserves flow."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install wann[torch]")

from torch import nn
from torch.nn import functional

from wann.errors import WannError
from wann.pruning import saliency as in_numpy
from wann.pruning.mlp import MLP, initial
from wann.pruning.torch import SALIENCIES, State, effective, prune
from wann.pruning.torch.flow import synaptic_flow
from wann.pruning.torch.masks import find_places
from wann.pruning.torch.networks import lenet5, resnet8
from wann.pruning.torch.saliency import scores_of

RNG = np.random.default_rng(0)
INPUTS, LABELS = RNG.normal(size=(80, 12)), RNG.integers(0, 4, 80)
#: two batches of unequal sizes, whose mean is not the mean of their means
BATCHES = [
    (torch.from_numpy(INPUTS[part]), torch.from_numpy(LABELS[part]))
    for part in (slice(0, 50), slice(50, 80))
]


def half_squares(outputs, targets):
    wanted = functional.one_hot(targets, 4)
    return 0.5 * (outputs - wanted).square().sum(1).mean()


LOSSES = {"cross-entropy": functional.cross_entropy, "mse": half_squares}


def perceptron(net, parameters):
    """Return a network of ``wann.pruning.mlp`` as a module."""
    layers = []
    for weights, biases in zip(net.weights(parameters), net.biases(parameters), strict=True):
        layer = nn.Linear(weights.shape[1], weights.shape[0], dtype=torch.float64)
        with torch.no_grad():
            layer.weight.copy_(torch.from_numpy(weights))
            layer.bias.copy_(torch.from_numpy(biases))
        layers += [layer, nn.Tanh() if net.activation == "tanh" else nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def scores(model, name, loss=functional.cross_entropy, data=BATCHES):
    at = State(model, find_places(model), data, loss, np.random.default_rng(1))
    return scores_of(SALIENCIES[name], name, at)


@pytest.mark.parametrize("name", SALIENCIES)
@pytest.mark.parametrize("activation", ["relu", "tanh"])
@pytest.mark.parametrize("loss", LOSSES)
def test_scores_are_those_of_the_perceptron(name, activation, loss):
    assert SALIENCIES.keys() == in_numpy.SALIENCIES.keys()
    net = MLP((12, 10, 8, 4), activation, loss)
    parameters = initial(net, RNG, np.float64) + 0.1 * RNG.normal(size=net.n_parameters)
    at = in_numpy.State(net, parameters, INPUTS, LABELS, np.random.default_rng(1))
    want = in_numpy.scores_of(name, at)
    found = scores(perceptron(net, parameters), name, LOSSES[loss])
    found = torch.cat([part.ravel() for part in found]).numpy()
    np.testing.assert_allclose(found, want, rtol=1e-6, atol=1e-12 * np.abs(want).max())


@pytest.mark.parametrize("name", ["obd", "obd-lm"])
def test_the_hessian_of_a_convolution_is_exact_where_no_two_units_depend_on_each_other(name):
    torch.manual_seed(0)
    bent = nn.ReLU() if name == "obd-lm" else nn.Tanh()  # ReLU has no curvature to leave out
    model = nn.Sequential(nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3), bent, nn.Flatten()).double().eval()
    model[1].running_var.uniform_(0.5, 2)
    inputs, targets = torch.randn(4, 1, 3, 3).double(), torch.randn(4, 3).double()

    def loss(outputs, targets):
        return (outputs - targets).square().sum(1).mean()

    [found] = scores_of(
        SALIENCIES[name], name, State(model, find_places(model), [(inputs, targets)], loss, RNG)
    )

    def of_weight(values):
        outputs = torch.func.functional_call(model, {"0.weight": values}, (inputs,))
        return loss(outputs, targets)

    weight = model[0].weight.detach()
    exact = torch.autograd.functional.hessian(of_weight, weight).reshape(27, 27).diagonal()
    torch.testing.assert_close(found, 0.5 * exact.view(weight.shape) * weight.square())


def test_a_mean_counts_as_the_square_of_its_share():
    torch.manual_seed(0)
    for pooled in (nn.AvgPool2d(2), nn.AdaptiveAvgPool2d(1)):
        model = nn.Sequential(nn.Conv2d(1, 2, 1, bias=False), pooled, nn.Flatten()).double()
        image = torch.zeros(1, 1, 2, 2).double()
        image[..., 0, 0] = 3.0
        target = torch.zeros(1, 2).double()
        at = State(
            model,
            find_places(model),
            [(image, target)],
            lambda o, t: 0.5 * (o - t).square().sum(),
            RNG,
        )
        [found] = scores_of(SALIENCIES["obd"], "obd", at)
        want = 0.5 * (3.0 / 4) ** 2 * model[0].weight.square()
        torch.testing.assert_close(found, want.detach())


class Arithmetic(nn.Module):
    """A layer of ``forward``'s own making."""

    def __init__(self, of_values):
        super().__init__()
        self.of_values = of_values
        self.scale = nn.Parameter(torch.tensor([3.0, 4.0]))

    def forward(self, values):
        return values / values.exp() if self.of_values else -((0.5 * values) ** 3) / 2 * self.scale


def test_arithmetic_is_followed_or_refused():
    torch.manual_seed(0)
    linear = nn.Linear(3, 2).double()
    inputs, targets = torch.randn(5, 3).double(), torch.randn(5, 2).double()
    data, loss = [(inputs, targets)], lambda o, t: (o - t).square().sum(1).mean()
    model = nn.Sequential(linear, Arithmetic(False)).double()
    [found] = scores_of(SALIENCIES["obd"], "obd", State(model, find_places(model), data, loss, RNG))

    def of_weight(values):
        return loss(model[1](functional.linear(inputs, values, linear.bias.detach())), targets)

    weight = linear.weight.detach()
    exact = torch.autograd.functional.hessian(of_weight, weight).reshape(6, 6).diagonal()
    torch.testing.assert_close(found, 0.5 * exact.view(weight.shape) * weight.square())
    model = nn.Sequential(linear, Arithmetic(True))
    with pytest.raises(WannError, match="does not know how the second derivative goes through div"):
        prune(model, "obd-oneshot", 2, data=data, loss=loss, trained=True)


# ---------------------------------------------------------------------------------------- SynFlow
def residual(side=8):
    """Return a residual network whose batch norm is not that of the beginning."""
    torch.manual_seed(3)
    model = resnet8(side, 5)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.weight)
            nn.init.normal_(module.bias)
            module.running_mean.normal_()
            module.running_var.uniform_(0.1, 3)
    return model


def flow_of(model, names, example):
    places = find_places(model)
    flows = synaptic_flow(model.eval(), places, example)
    return {
        place.name: flow for place, flow in zip(places, flows, strict=True) if names(place.name)
    }


def test_flow_is_conserved_through_batch_norm_and_skips():
    model, example = residual(), torch.randn(1, 64)
    flows = flow_of(model, lambda name: True, example)
    totals = {name: float(flow.sum()) for name, flow in flows.items()}
    whole = totals["1.weight"]
    assert whole > 0 and totals["9.weight"] == pytest.approx(whole, rel=1e-10)
    for block in (4, 5, 6):
        assert totals[f"{block}.conv1.weight"] == pytest.approx(
            totals[f"{block}.conv2.weight"], rel=1e-10
        )
        into = flows[f"{block}.conv2.weight"].sum((0, 2, 3))  # of each unit between them
        out_of = flows[f"{block}.conv1.weight"].sum((1, 2, 3))
        torch.testing.assert_close(into, out_of, rtol=1e-10, atol=0)
    for block in (5, 6):  # one way or the other
        both = totals[f"{block}.conv2.weight"] + totals[f"{block}.shortcut.0.weight"]
        assert both == pytest.approx(whole, rel=1e-10)


def test_a_network_is_the_same_bit_for_bit_after_a_score():
    model = residual().train()
    given = {name: value.clone() for name, value in model.state_dict().items()}
    kept = [(value, value.data_ptr()) for value in (*model.parameters(), *model.buffers())]
    scores(model, "synflow", data=torch.randn(3, 64))
    assert all(torch.equal(value, given[name]) for name, value in model.state_dict().items())
    assert all(value.data_ptr() == place for value, place in kept)
    assert all(module.training for module in model.modules())


def test_flow_beyond_float32_is_right():
    layers = [nn.Linear(64, 64, bias=False) for _ in range(40)]
    model = nn.Sequential(*layers)
    with torch.no_grad():
        for layer in layers:
            layer.weight.fill_(1.0)
    flows = flow_of(model, lambda name: True, torch.zeros(1, 64))
    assert {float(flow.sum()) for flow in flows.values()} == {64.0**41}
    with torch.no_grad():
        for layer in layers:
            layer.weight.fill_(1e10)
    with pytest.raises(WannError, match=r"the flow is too large for torch\.float64"):
        flow_of(model, lambda name: True, torch.zeros(1, 64))


def test_flow_goes_through_what_saturates():
    model = nn.Sequential(
        nn.Linear(3, 50), nn.ReLU6(), nn.Linear(50, 50), nn.GELU(), nn.Linear(50, 2)
    )
    with torch.no_grad():
        model[0].weight.fill_(10.0)
    flows = flow_of(model, lambda name: True, torch.zeros(1, 3))
    whole = [float(flow.sum()) for flow in flows.values()]
    assert whole == pytest.approx([whole[0]] * 3, rel=1e-12) and whole[0] > 0


def test_effective_weights_lie_on_a_path():
    model = nn.Sequential(nn.Linear(2, 2, bias=False), nn.ReLU(), nn.Linear(2, 2, bias=False))
    with torch.no_grad():
        model[0].weight.copy_(torch.tensor([[1e-200, -3.0], [0.0, 0.0]]))
        model[2].weight.copy_(torch.tensor([[0.0, 5.0], [2.0, 0.0]]))
    found = effective(model, torch.zeros(4, 2))
    assert found["0.weight"].tolist() == [[False, True], [False, False]]  # 1e-200 is 0 in float32
    assert found["2.weight"].tolist() == [[False, False], [True, False]]
    pruned = lenet5(8, 10)
    masks = prune(pruned, "random", 50)
    on_path = effective(pruned, torch.zeros(1, 64))
    assert 0 < on_path.remaining < masks.remaining
    assert all(not (on_path[name] & ~mask).any() for name, mask in masks.items())


def test_synflow_keeps_a_path_where_magnitude_keeps_none():
    total = sum(place.parameter.numel() for place in find_places(residual()))
    model, example = residual(), torch.zeros(1, 64)
    with pytest.warns(
        UserWarning, match="no weight of .*conv.*: what is left works only if a skip"
    ):
        masks = prune(model, "synflow", total / 100, data=example)  # a skip leads round a block
    assert masks.remaining == 100 and masks.per_layer["1.weight"] and masks.per_layer["9.weight"]
    assert effective(model, example).remaining == 100
    model = residual()
    with pytest.warns(UserWarning, match="method 'magnitude-init' has left no weight of"):
        masks = prune(model, "magnitude-init", total / 100)
    assert masks.remaining == 100 and effective(model, example).remaining == 0


def test_all_inputs_of_a_maximum_are_on_a_path():
    conv = nn.Conv2d(1, 1, (1, 2), padding=(0, 1), bias=False)  # each place sees another weight
    model = nn.Sequential(nn.Unflatten(1, (1, 1, 1)), conv, nn.MaxPool2d((1, 2)), nn.Flatten())
    assert effective(model, torch.zeros(1, 1)).remaining == 2
    with torch.no_grad():
        conv.weight[..., 0] = 0
    assert effective(model, torch.zeros(1, 1)).remaining == 1
