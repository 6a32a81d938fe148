"""Training a masked network: mini-batches in an order that depends on the seed alone, SGD or
Adam.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from wann.command.options import check_count
from wann.errors import WannError
from wann.jit import compiled
from wann.pruning.mlp import MLP, gradient
from wann.pruning.sparse import SPARSE, WIDTH, edges_of, sparse_gradient
from wann.streams import rng_for
from wann.tune.descent import DECAYS, TINY

OPTIMIZERS = ("adam", "sgd")


class Recipe(NamedTuple):
    """How networks are trained.

    The defaults are those of the lottery ticket procedure on LeNet-300-100.

    Attributes:
        optimizer: ``adam`` or ``sgd``.
        rate: step size, the same for all steps.
        momentum: of SGD.
        batch: samples of a step; the last step of an epoch has what is left.
        epochs: passes through the samples.

    Source: Frankle & Carbin 2019, appendix: Adam, 1.2e-3.
    """

    optimizer: str = "adam"
    rate: float = 1.2e-3
    momentum: float = 0.0
    batch: int = 128
    epochs: int = 10


def check_recipe(recipe: Recipe) -> None:
    """Raise WannError for a recipe that cannot be followed."""
    if recipe.optimizer not in OPTIMIZERS:
        raise WannError(f"optimizer {recipe.optimizer!r}: must be one of {', '.join(OPTIMIZERS)}")
    if not 0 < recipe.rate < np.inf or not 0 <= recipe.momentum < 1:
        raise WannError(
            f"rate = {recipe.rate}, momentum = {recipe.momentum}: must be above 0, and in [0, 1)"
        )
    check_count("batch =", recipe.batch, 1)
    check_count("epochs =", recipe.epochs, 0)


@compiled
def adam_step(
    parameters, slope, mask, mean, square, keep_mean, keep_square, step_size, correction, tiny
):
    """Change parameters where mask is 1 by a step of Adam; all numbers are of one type."""
    one = mask.dtype.type(1)
    for i in range(parameters.size):
        g = slope[i] * mask[i]
        mean[i] = keep_mean * mean[i] + (one - keep_mean) * g
        square[i] = keep_square * square[i] + (one - keep_square) * g * g
        parameters[i] -= step_size * mean[i] / (np.sqrt(square[i]) * correction + tiny)


def steps_of(recipe: Recipe, samples: int) -> int:
    """Return the number of gradient steps of a training."""
    return recipe.epochs * -(-samples // recipe.batch)


# (parameters, rows, gradient to be filled)
Slope = Callable[[np.ndarray, np.ndarray, np.ndarray], None]


def train(
    net: MLP,
    parameters: np.ndarray,
    mask: np.ndarray,
    inputs: np.ndarray,
    targets: np.ndarray,
    recipe: Recipe,
    seed: int,
) -> np.ndarray:
    """Return the parameters after training; pruned weights are 0.

    The order of the samples depends on seed and epoch alone: trainings of one seed differ in where
    they start only.

    Args:
        net: the shape of the network.
        parameters: ``(P,)`` to start from; they are left as they are.
        mask: ``(n_weights,)`` bool, True where a weight is left.
        inputs: ``(S, n_inputs)``, of the type of the parameters.
        targets: as in ``wann.pruning.mlp.check_samples``.
        recipe: how.
        seed: of the order of the samples.

    Source: Kingma & Ba 2015, algorithm 1, for Adam.
    """
    real = parameters.dtype.type
    free = np.ones(net.n_parameters, bool)
    free[: net.n_weights] = mask
    parameters = parameters * free
    if targets.ndim == 1 and np.count_nonzero(mask) < SPARSE * len(mask):
        live = np.flatnonzero(free)
        batch = min(recipe.batch, len(inputs))
        slope, mine = _sparse(net, mask, inputs, targets, batch), np.ones(len(live), real)
    else:
        live = np.arange(net.n_parameters)
        slope, mine = _dense(net, inputs, targets), free.astype(real)
    parameters[live] = _descend(parameters[live], mine, slope, len(inputs), recipe, seed)
    return parameters


def _dense(net: MLP, inputs: np.ndarray, targets: np.ndarray) -> Slope:
    """Return the gradient of a batch by all parameters."""

    def slope(parameters: np.ndarray, rows: np.ndarray, out: np.ndarray) -> None:
        gradient(net, parameters, inputs[rows], targets[rows], out)

    return slope


def _sparse(
    net: MLP, mask: np.ndarray, inputs: np.ndarray, labels: np.ndarray, batch: int
) -> Slope:
    """Return the gradient of a batch by the weights that are left and the biases."""
    edges, n_edges = edges_of(net, mask), int(np.count_nonzero(mask))
    kinds = net.sizes[0], net.sizes[-1], net.activation == "tanh", net.loss == "mse"
    n = -(-batch // WIDTH) * WIDTH
    values, back = np.zeros((2, sum(net.sizes) * n), inputs.dtype)

    def slope(parameters: np.ndarray, rows: np.ndarray, out: np.ndarray) -> None:
        weights, biases = parameters[:n_edges], parameters[n_edges:]
        work = values, back, out[:n_edges], out[n_edges:]
        sparse_gradient(weights, biases, edges, *kinds, inputs, labels, rows, *work)

    return slope


def _descend(
    parameters: np.ndarray, free: np.ndarray, slope: Slope, samples: int, recipe: Recipe, seed: int
) -> np.ndarray:
    """Return the parameters after all steps; those where free is 0 do not change."""
    real = parameters.dtype.type
    out, mean, square = (np.zeros_like(parameters) for _ in range(3))
    step = 0
    for epoch in range(recipe.epochs):
        order = rng_for(seed, epoch, "order").permutation(samples)
        for start in range(0, samples, recipe.batch):
            slope(parameters, order[start : start + recipe.batch], out)
            step += 1
            if recipe.optimizer == "adam":
                first, second = DECAYS
                size, correction = recipe.rate / (1 - first**step), (1 - second**step) ** -0.5
                numbers = (real(x) for x in (first, second, size, correction, TINY))
                adam_step(parameters, out, free, mean, square, *numbers)
            else:
                out *= free
                mean *= real(recipe.momentum)
                mean += out
                parameters -= real(recipe.rate) * mean
    return parameters
