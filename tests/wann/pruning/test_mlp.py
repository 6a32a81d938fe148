"""The masked network: derivatives against finite differences, and training against a slow twin."""

import numpy as np
import pytest

from wann.errors import WannError
from wann.pruning import training
from wann.pruning.mlp import (
    LOSSES,
    MLP,
    accuracy,
    check_mlp,
    check_samples,
    forward,
    gradient,
    hessian_diagonal,
    hessian_product,
    initial,
)
from wann.pruning.training import Recipe, check_recipe, train
from wann.streams import rng_for

RNG = np.random.default_rng(0)
INPUTS, LABELS = RNG.normal(size=(20, 5)), RNG.integers(0, 3, 20)
KINDS = [(activation, loss) for activation in ("relu", "tanh") for loss in LOSSES]


def network(activation, loss, sizes=(5, 6, 4, 3)):
    """Return a small network with biases that are not 0."""
    net = MLP(sizes, activation, loss)
    return net, initial(net, np.random.default_rng(1), np.float64) + 0.1 * RNG.normal(
        size=net.n_parameters
    )


def differences(function, parameters, step=1e-5):
    """Return the gradient of a function by central differences."""
    moves = step * np.eye(len(parameters))
    return np.array(
        [(function(parameters + move) - function(parameters - move)) / (2 * step) for move in moves]
    )


# ------------------------------------------------------------------------------------ derivatives
@pytest.mark.parametrize(("activation", "loss"), KINDS)
@pytest.mark.parametrize("temperature", [1.0, 3.0])
def test_gradient_and_hessian_product_are_those_of_finite_differences(
    activation, loss, temperature
):
    net, parameters = network(activation, loss)

    def slope(at):
        return gradient(net, at, INPUTS, LABELS, temperature=temperature)

    numeric = differences(lambda at: slope(at)[0], parameters)
    np.testing.assert_allclose(slope(parameters)[1], numeric, atol=1e-8)
    direction, step = RNG.normal(size=len(parameters)), 1e-6
    along = (slope(parameters + step * direction)[1] - slope(parameters - step * direction)[1]) / (
        2 * step
    )
    exact = hessian_product(net, parameters, direction, INPUTS, LABELS, temperature)
    np.testing.assert_allclose(exact, along, atol=1e-7)


def second_differences(net, parameters, step=1e-4):
    """Return the diagonal of the Hessian by differences of the loss."""
    loss = [
        gradient(net, parameters + move, INPUTS, LABELS)[0]
        for move in step * np.eye(len(parameters))
    ]
    back = [
        gradient(net, parameters - move, INPUTS, LABELS)[0]
        for move in step * np.eye(len(parameters))
    ]
    return (np.array(loss) + back - 2 * gradient(net, parameters, INPUTS, LABELS)[0]) / step**2


@pytest.mark.parametrize("activation", ["relu", "tanh"])
@pytest.mark.parametrize("sizes", [(5, 6, 3), (5, 1, 1, 3), (5, 3)])
def test_the_hessian_diagonal_is_exact_where_no_two_units_of_a_layer_depend_on_each_other(
    activation, sizes
):
    net, parameters = network(activation, "mse", sizes)
    numeric = second_differences(net, parameters)
    np.testing.assert_allclose(
        hessian_diagonal(net, parameters, INPUTS, LABELS), numeric, atol=2e-6
    )


def test_the_hessian_diagonal_is_exact_for_the_last_layer_under_cross_entropy():
    net, parameters = network("tanh", "cross-entropy")
    exact, numeric = (
        hessian_diagonal(net, parameters, INPUTS, LABELS),
        second_differences(net, parameters),
    )
    np.testing.assert_allclose(net.weights(exact)[-1], net.weights(numeric)[-1], atol=1e-6)
    np.testing.assert_allclose(net.biases(exact)[-1], net.biases(numeric)[-1], atol=1e-6)


@pytest.mark.parametrize("loss", LOSSES)
def test_the_levenberg_marquardt_diagonal_is_never_negative_and_that_of_relu_is_the_exact_one(loss):
    net, parameters = network("relu", loss)
    of_relu = [
        hessian_diagonal(net, parameters, INPUTS, LABELS, positive) for positive in (False, True)
    ]
    np.testing.assert_array_equal(*of_relu)
    net = net._replace(activation="tanh")
    exact, positive = (
        hessian_diagonal(net, parameters, INPUTS, LABELS, positive) for positive in (False, True)
    )
    assert (positive >= 0).all() and (exact < 0).any() and not np.allclose(exact, positive)


def test_the_hessian_diagonal_does_not_depend_on_how_samples_are_divided(monkeypatch):
    net, parameters = network("tanh", "cross-entropy")
    whole = hessian_diagonal(net, parameters, INPUTS, LABELS)
    monkeypatch.setattr("wann.pruning.mlp.BLOCK", 7)
    np.testing.assert_allclose(hessian_diagonal(net, parameters, INPUTS, LABELS), whole, rtol=1e-12)
    assert accuracy(net, parameters, INPUTS, LABELS) == np.mean(
        forward(net, parameters, INPUTS).values[-1].argmax(axis=1) == LABELS
    )


def test_squared_errors_of_numbers_and_of_classes():
    net, parameters = network("tanh", "mse")
    of_classes = gradient(net, parameters, INPUTS, LABELS)
    of_numbers = gradient(net, parameters, INPUTS, np.eye(3)[LABELS])
    assert of_classes[0] == of_numbers[0] and (of_classes[1] == of_numbers[1]).all()


# --------------------------------------------------------------------------------------- training
def test_initial_weights_are_glorots():
    net = MLP((300, 200, 100))
    for weights, variance in zip(
        net.weights(initial(net, rng_for(0, 0, "initial"))), (2 / 500, 2 / 300), strict=True
    ):
        assert (
            abs(weights.var() / variance - 1) < 0.03
            and abs(weights.mean()) < 0.002
            and weights.dtype == np.float32
        )
    assert not initial(net, rng_for(0, 0, "initial"))[net.n_weights :].any()


def slow_train(net, parameters, mask, inputs, targets, recipe, seed):
    """Return what training by the book gives."""
    free = np.concatenate((mask, np.ones(net.n_parameters - len(mask), bool)))
    parameters, mean, square, step = parameters * free, np.zeros(len(free)), np.zeros(len(free)), 0
    for epoch in range(recipe.epochs):
        order = rng_for(seed, epoch, "order").permutation(len(inputs)).tolist()
        while order:
            rows, order = order[: recipe.batch], order[recipe.batch :]
            g = gradient(net, parameters, inputs[rows], targets[rows])[1] * free
            step += 1
            if recipe.optimizer == "sgd":
                mean = recipe.momentum * mean + g
                parameters = parameters - recipe.rate * mean
            else:
                mean, square = 0.9 * mean + 0.1 * g, 0.999 * square + 0.001 * g * g
                high = np.sqrt(square / (1 - 0.999**step)) + 1e-8
                parameters = parameters - recipe.rate * mean / (1 - 0.9**step) / high
    return parameters


@pytest.mark.parametrize(("activation", "loss"), KINDS)
@pytest.mark.parametrize("recipe", [Recipe(batch=70, epochs=2), Recipe("sgd", 0.05, 0.9, 70, 2)])
@pytest.mark.parametrize("share", [0.15, 0.6])
def test_training_is_that_of_the_slow_twin_with_few_weights_and_with_many(
    activation, loss, recipe, share
):
    net = MLP((20, 12, 9, 4), activation, loss)
    rng = np.random.default_rng(3)
    mask = rng.random(net.n_weights) < share
    assert (mask.mean() < training.SPARSE) == (share < 0.5)
    inputs, labels, start = (
        rng.normal(size=(150, 20)),
        rng.integers(0, 4, 150),
        initial(net, rng, np.float64),
    )
    before = start.copy()
    trained = train(net, start, mask, inputs, labels, recipe, 5)
    np.testing.assert_allclose(
        trained, slow_train(net, start, mask, inputs, labels, recipe, 5), atol=1e-9
    )
    weights = trained[: net.n_weights]
    assert not weights[~mask].any() and (weights[mask] != start[: net.n_weights][mask]).any()
    np.testing.assert_array_equal(start, before)
    np.testing.assert_array_equal(train(net, start, mask, inputs, labels, recipe, 5), trained)
    small = train(net, start.astype(np.float32), mask, inputs.astype(np.float32), labels, recipe, 5)
    assert small.dtype == np.float32
    np.testing.assert_allclose(small, trained, atol=2e-3)


def test_regression_can_be_trained():
    net, rng = MLP((2, 16, 1), "tanh", "mse"), np.random.default_rng(0)
    inputs = rng.normal(size=(300, 2))
    targets = inputs[:, :1] * inputs[:, 1:]
    start = initial(net, rng, np.float64)
    trained = train(
        net, start, np.ones(net.n_weights, bool), inputs, targets, Recipe(rate=0.02, epochs=60), 0
    )
    assert (
        gradient(net, trained, inputs, targets)[0] < 0.1 * gradient(net, start, inputs, targets)[0]
    )


# ------------------------------------------------------------------------------------- bad input
@pytest.mark.parametrize(
    ("inputs", "targets", "message"),
    [
        (INPUTS[:, :4], LABELS, r"inputs of shape \(20, 4\)"),
        (INPUTS, LABELS[:-1], r"targets of \(19,\)"),
        (np.full((20, 5), np.nan), LABELS, "an input is not a finite number"),
        (INPUTS, LABELS + 1, "labels go from 1 to 3: must be whole, 0 to 2"),
        (INPUTS, LABELS - 1, "labels go from -1 to 1"),
        (INPUTS, LABELS / 2, "must be whole"),
        (INPUTS, np.ones((20, 3)), "with the loss mse"),
    ],
)
def test_samples_that_do_not_fit(inputs, targets, message):
    with pytest.raises(WannError, match=message):
        check_samples(MLP((5, 6, 3)), inputs, targets)


@pytest.mark.parametrize(
    ("check", "value", "message"),
    [
        (check_mlp, MLP((5, 0, 3)), r"layers of \[5, 0, 3\] units"),
        (check_mlp, MLP((5,)), "must be inputs, hidden layers and outputs"),
        (check_mlp, MLP((5, 3), "sin"), "activation 'sin': must be one of relu, tanh"),
        (check_mlp, MLP((5, 3), loss="l1"), "loss 'l1'"),
        (check_recipe, Recipe("lion"), "optimizer 'lion': must be one of adam, sgd"),
        (check_recipe, Recipe(rate=0.0), "rate = 0.0"),
        (check_recipe, Recipe(momentum=1.0), "momentum = 1.0"),
        (check_recipe, Recipe(batch=0), "batch = 0"),
        (check_recipe, Recipe(epochs=-1), "epochs = -1"),
    ],
)
def test_settings_that_are_not_allowed(check, value, message):
    with pytest.raises(WannError, match=message):
        check(value)
