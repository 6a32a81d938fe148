"""A champion as a module of PyTorch: the bits of its policy, gradients, and the way back."""

import copy
import io
import warnings

import numpy as np
import pytest
from support.genomes import grow

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install wann[torch]")

import wann
from wann.champion.champion import Champion
from wann.champion.module import activated
from wann.champion.perceptron import mlp_genome
from wann.errors import WannError
from wann.numeric.activations import ACTIVATIONS, activate, slope

torch.set_num_threads(1)
SWEEP = (-2.0, -1.0, -0.5, 0.5, 1.0, 2.0)


def champion_of(genome, weights=None, **facts):
    inputs = tuple(f"input {i}" for i in range(genome.n_inputs))
    return Champion(genome, "task", inputs, tuple("abcd"[: genome.n_outputs]), weights, **facts)


def small(**facts):
    return champion_of(grow(5, 2, 150, 0), **facts)


def inputs_for(champion, n=300):
    return np.random.default_rng(3).normal(0, 2, (n, champion.genome.n_inputs))


def outputs_of(module, inputs):
    with torch.no_grad():
        return module(torch.from_numpy(inputs)).numpy()


def weights_for(champion):
    return np.random.default_rng(7).normal(0, 1.5, len(champion.genome.conns))


# ---------------------------------------------------------------------------------------- outputs
@pytest.mark.parametrize("code", ACTIVATIONS)
def test_activations_have_the_bits_and_slopes_of_the_kernel(code):
    rng = np.random.default_rng(0)
    x = np.concatenate([[0.0, 0.5, 1.0, -1.0, 2.5], *(rng.normal(0, s, 500) for s in (1, 30, 1e4))])
    sums = torch.tensor(x, requires_grad=True)
    values = activated(ACTIVATIONS[code].expression, sums)
    assert values.dtype == torch.float64
    np.testing.assert_array_equal(values.detach().numpy(), [activate(code, v) for v in x])
    if ACTIVATIONS[code].name == "step":
        assert not values.requires_grad
        return
    values.sum().backward()
    smooth = x != 0 if ACTIVATIONS[code].name in ("abs", "relu") else np.ones(len(x), bool)
    want = np.array([slope(code, v) for v in x])
    np.testing.assert_allclose(sums.grad.numpy()[smooth], want[smooth], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("weight", SWEEP)
@pytest.mark.parametrize("kind", ["grown", "perceptron", "empty"])
def test_outputs_have_the_bits_of_the_policy(kind, weight):
    genome = {
        "grown": lambda: grow(5, 2, 150, 0),
        "perceptron": lambda: mlp_genome(6, 3, [8, 5]),
        "empty": lambda: grow(4, 2, 0, 0),
    }[kind]()
    n = genome.n_inputs
    for scale in (None, (tuple(np.linspace(-1, 1, n)), tuple(np.linspace(0.5, 2, n)))):
        champion = champion_of(genome, observation_scale=scale)
        inputs = inputs_for(champion)
        for individual in (False, True):
            module = champion.to_torch(weight, individual)
            want = champion.policy(weight)(inputs)
            if not individual:
                np.testing.assert_array_equal(outputs_of(module, inputs), want)
            scale_of = np.maximum(1.0, np.abs(want))  # a weight for each sum, or one for each term
            np.testing.assert_allclose(
                outputs_of(module, inputs) / scale_of, want / scale_of, rtol=0, atol=1e-10
            )


def test_a_published_network_and_individual_weights(published):
    champion = wann.load(published)
    own = champion.with_weights(weights_for(champion))
    for one in (champion, own):
        inputs = inputs_for(one)
        np.testing.assert_array_equal(outputs_of(one.to_torch(), inputs), one.policy()(inputs))
    assert own.to_torch().weight.shape == (len(own.genome.conns),)
    assert own.to_torch(0.5).weight.shape == ()


def test_any_leading_axes_and_float32():
    champion = small(shared_weight=0.5)
    module, inputs = champion.to_torch(), inputs_for(champion, 24)
    want = champion.policy()(inputs)
    np.testing.assert_array_equal(outputs_of(module, inputs[3]), want[3])
    cube = outputs_of(module, inputs.reshape(2, 3, 4, 5))
    np.testing.assert_array_equal(cube, want.reshape(2, 3, 4, 2))
    found = module.float()(torch.from_numpy(inputs))  # takes what loaders give
    assert found.dtype == torch.float32
    np.testing.assert_allclose(found.detach().numpy(), want, rtol=1e-3, atol=1e-4)


# --------------------------------------------------------------------------------------- gradients
def test_gradients_are_those_of_wann():
    champion = small()
    inputs, wanted = inputs_for(champion, 40), np.random.default_rng(1).normal(size=(40, 2))
    weights = 0.3 * weights_for(champion)
    module = champion.with_weights(weights).to_torch()
    error = 0.5 * (module(torch.from_numpy(inputs)) - torch.from_numpy(wanted)).square()
    error.sum().backward()

    def at(values):
        outputs = champion.with_weights(values).policy()(inputs)
        return 0.5 * np.square(outputs - wanted).sum()

    used = champion.network.gene
    for row in used[::7]:
        step = np.zeros(len(weights))
        step[row] = 1e-6
        slope = (at(weights + step) - at(weights - step)) / 2e-6
        assert float(module.weight.grad[row]) == pytest.approx(slope, rel=1e-4, abs=1e-3)
    unused = np.setdiff1d(np.arange(len(weights)), used)
    assert not module.weight.grad[unused].any()
    shared = champion.to_torch(0.3)
    shared(torch.from_numpy(inputs)).sum().backward()
    assert torch.isfinite(shared.weight.grad) and shared.weight.grad != 0


def test_no_gradient_is_nan_where_numbers_are_large():
    champion = small()
    module = champion.to_torch(2.0, individual=True)
    module(torch.from_numpy(1e6 * inputs_for(champion))).sum().backward()
    assert torch.isfinite(module.weight.grad).all()


# ------------------------------------------------------------------------------------ the way back
def test_trained_weights_come_back():
    champion = small(shared_weight=0.5, scores={"mean": 3.0}, provenance={"seed": 1})
    inputs = inputs_for(champion, 100)
    wanted = torch.from_numpy(champion.policy(0.8)(inputs))
    shared, each = champion.to_torch(0.7), champion.to_torch(individual=True)
    errors = {}
    for module, rate in ((shared, 0.002), (each, 0.002)):
        optimizer = torch.optim.Adam(module.parameters(), lr=rate)
        for _ in range(30):
            optimizer.zero_grad()
            error = (module(torch.from_numpy(inputs)) - wanted).square().mean()
            errors.setdefault(module, float(error))
            error.backward()
            optimizer.step()
        assert float(error) < 0.95 * errors[module]
    for module in (shared, each):
        back = champion.with_weights(module.weight)
        np.testing.assert_array_equal(back.policy()(inputs), outputs_of(module, inputs))
        assert back.scores == {} and back.provenance == champion.provenance
    assert champion.with_weights(shared.weight).weights is None
    assert champion.with_weights(each.weight.float()).weights.dtype == np.float64


@pytest.mark.parametrize("wrong", [[1.0], np.full(3, np.nan), np.nan, torch.zeros(2, 2)])
def test_weights_that_do_not_fit(wrong):
    with pytest.raises(WannError, match=r"weights of shape \(|weight = nan"):
        small().with_weights(wrong)
    with pytest.raises(WannError, match="individual=False, but the connections have individual"):
        small().with_weights(weights_for(small())).to_torch(individual=False)
    with pytest.raises(WannError, match="must be one finite number"):
        small().to_torch(np.inf)


# ------------------------------------------------------------------------------ PyTorch's own forms
def test_it_is_copied_saved_exported_and_traced():
    champion = small(shared_weight=0.5)
    module, inputs = champion.to_torch(), inputs_for(champion)
    want, given = champion.policy()(inputs), torch.from_numpy(inputs)
    assert np.array_equal(outputs_of(copy.deepcopy(module), inputs), want)
    file = io.BytesIO()
    torch.save(module.state_dict(), file)
    file.seek(0)
    other = champion.to_torch(-1.0)
    other.load_state_dict(torch.load(file, weights_only=True))
    assert np.array_equal(outputs_of(other, inputs), want)
    batch = torch.export.Dim("batch")
    program = torch.export.export(module, (given[:2],), dynamic_shapes=({0: batch},))
    assert np.array_equal(outputs_of(program.module(), inputs), want)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that TorchScript is of the past
        traced = torch.jit.trace(module, given[:2])
    assert np.array_equal(outputs_of(traced, inputs), want)
