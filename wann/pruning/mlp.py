"""A multilayer perceptron whose weights can be pruned: outputs, gradient, and two views of its
Hessian.

All parameters are one vector: the weights of the first layer, of the second and so on, then the
biases in the same order.  A pruned weight is 0 and stays 0.  Only weights are pruned.
"""

from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from wann.errors import WannError

LOSSES = ("cross-entropy", "mse")
BLOCK = 1000  # samples that go through the network at once where there are many
MOST_UNITS = 10_000  # of a layer
MOST_MLP_WEIGHTS = 10_000_000


def relu(sums: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the values and their slopes; the slope at the kink is 0."""
    return np.maximum(sums, 0), (sums > 0).astype(sums.dtype)


def tanh(sums: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the values and their slopes."""
    values = np.tanh(sums)
    return values, 1 - values * values


HIDDEN_ACTIVATIONS = {"relu": relu, "tanh": tanh}


class MLP(NamedTuple):
    """The shape of a network.

    Attributes:
        sizes: units of each layer, inputs and outputs included; the outputs are linear.
        activation: of the hidden units, one of ACTIVATIONS.
        loss: ``cross-entropy`` of the softmax of the outputs, or ``mse``: half the squared distance
            to the targets.
    """

    sizes: tuple[int, ...]
    activation: str = "relu"
    loss: str = "cross-entropy"

    @property
    def shapes(self) -> list[tuple[int, int]]:
        """Targets and sources of each layer of weights."""
        return [(targets, sources) for sources, targets in pairwise(self.sizes)]

    @property
    def layer_sizes(self) -> list[int]:
        """Number of weights of each layer."""
        return [targets * sources for targets, sources in self.shapes]

    @property
    def n_weights(self) -> int:
        """Number of weights, the biases not counted."""
        return sum(self.layer_sizes)

    @property
    def label(self) -> str:
        """What it is called in a line."""
        return "-".join(map(str, self.sizes))

    def settings(self) -> dict[str, Any]:
        """Return what must be the same for a comparison to go on."""
        return self._asdict()

    @property
    def n_parameters(self) -> int:
        """Number of weights and biases."""
        return self.n_weights + sum(self.sizes[1:])

    def weights(self, vector: np.ndarray) -> list[np.ndarray]:
        """Return what a vector says of the weights as one ``(targets, sources)`` view for each
        layer.
        """
        parts = np.split(vector[: self.n_weights], np.cumsum(self.layer_sizes)[:-1])
        return [part.reshape(shape) for part, shape in zip(parts, self.shapes, strict=True)]

    def biases(self, vector: np.ndarray) -> list[np.ndarray]:
        """Return what a vector of all parameters says of the biases as one ``(targets,)`` view for
        each layer.
        """
        return np.split(vector[self.n_weights :], np.cumsum(self.sizes[1:])[:-1])


def check_mlp(net: MLP) -> None:
    """Raise WannError for a shape that no network has."""
    if len(net.sizes) < 2 or not all(1 <= size <= MOST_UNITS for size in net.sizes):
        raise WannError(
            f"layers of {list(net.sizes)} units: must be inputs, hidden layers and outputs, "
            f"of 1 to {MOST_UNITS} units each"
        )
    if net.n_weights > MOST_MLP_WEIGHTS:
        raise WannError(
            f"layers of {list(net.sizes)} units have {net.n_weights} weights: must have at most "
            f"{MOST_MLP_WEIGHTS}; give fewer or smaller hidden layers"
        )
    for name, value, known in (
        ("activation", net.activation, tuple(HIDDEN_ACTIVATIONS)),
        ("loss", net.loss, LOSSES),
    ):
        if value not in known:
            raise WannError(f"{name} {value!r}: must be one of {', '.join(known)}")


def check_samples(net: MLP, inputs: np.ndarray, targets: np.ndarray) -> None:
    """Raise WannError for samples that the network cannot learn from.

    Args:
        net: the shape of the network.
        inputs: ``(S, n_inputs)`` finite numbers.
        targets: ``(S,)`` classes, whole numbers from 0; or, of the loss ``mse``, ``(S, n_outputs)``
            finite numbers.
    """
    n_out = net.sizes[-1]
    if (
        inputs.ndim != 2
        or inputs.shape[1] != net.sizes[0]
        or not len(inputs)
        or len(targets) != len(inputs)
    ):
        raise WannError(
            f"inputs of shape {inputs.shape} and targets of {targets.shape}: must be (samples, "
            f"{net.sizes[0]}) and as many targets"
        )
    if not np.isfinite(inputs).all():
        raise WannError("an input is not a finite number: remove or replace such samples")
    if targets.ndim == 1:
        if targets.dtype.kind not in "iu" or targets.min() < 0 or targets.max() >= n_out:
            raise WannError(
                f"labels go from {targets.min()} to {targets.max()}: must be whole, 0 to"
                f" {n_out - 1}"
            )
    elif net.loss != "mse" or targets.shape[1:] != (n_out,) or not np.isfinite(targets).all():
        raise WannError(
            f"targets of shape {targets.shape}: must be (samples,) classes, or with the loss mse"
            f" also finite numbers (samples, {n_out})"
        )


def initial(net: MLP, rng: np.random.Generator, dtype: type = np.float32) -> np.ndarray:
    """Return ``(P,)`` parameters to start from: normal weights of variance 2 / (sources + targets),
    biases 0.

    Source: Glorot & Bengio 2010, equation 16, with normal numbers as in Frankle & Carbin 2019.
    """
    parameters: np.ndarray = np.zeros(net.n_parameters, dtype)
    for weights in net.weights(parameters):
        weights[:] = rng.standard_normal(weights.shape) * np.sqrt(2 / sum(weights.shape))
    return parameters


class Pass(NamedTuple):
    """A forward pass of S samples.

    Attributes:
        values: of each layer, ``(S, units)``; the inputs first, the linear outputs last.
        slopes: of each hidden layer, ``(S, units)``.
    """

    values: list[np.ndarray]
    slopes: list[np.ndarray]


def forward(net: MLP, parameters: np.ndarray, inputs: np.ndarray) -> Pass:
    """Return what each unit makes of ``(S, n_inputs)`` inputs, which are of the type of the
    parameters.
    """
    activation, values, slopes = HIDDEN_ACTIVATIONS[net.activation], [inputs], []
    layers = list(zip(net.weights(parameters), net.biases(parameters), strict=True))
    for k, (weights, biases) in enumerate(layers):
        sums = values[-1] @ weights.T
        sums += biases
        if k + 1 < len(layers):
            sums, slope = activation(sums)
            slopes.append(slope)
        values.append(sums)
    return Pass(values, slopes)


def at_outputs(
    net: MLP, outputs: np.ndarray, targets: np.ndarray, temperature: float = 1.0
) -> tuple[float, np.ndarray, np.ndarray]:
    """Return the mean loss, and by each output the derivative of a sample's loss, and the softmax
    (or ones).

    Args:
        net: says which loss.
        outputs: ``(S, n_outputs)``.
        targets: ``(S,)`` classes, or ``(S, n_outputs)``.
        temperature: the outputs are divided by it.
    """
    if net.loss == "mse":
        wanted = (
            targets if targets.ndim == 2 else np.eye(net.sizes[-1], dtype=outputs.dtype)[targets]
        )
        error = outputs / temperature - wanted
        return (
            float(0.5 * (error * error).sum(axis=1).mean()),
            error / temperature,
            np.ones_like(outputs),
        )
    logits = (outputs - outputs.max(axis=1, keepdims=True)) / temperature
    shares = np.exp(logits)
    totals = shares.sum(axis=1, keepdims=True)
    shares /= totals
    rows = np.arange(len(targets))
    loss = float(np.mean(np.log(totals[:, 0]) - logits[rows, targets]))
    error = shares.copy()
    error[rows, targets] -= 1
    return loss, error / temperature if temperature != 1.0 else error, shares


def gradient(
    net: MLP,
    parameters: np.ndarray,
    inputs: np.ndarray,
    targets: np.ndarray,
    out: np.ndarray | None = None,
    temperature: float = 1.0,
) -> tuple[float, np.ndarray]:
    """Return the mean loss of some samples and its gradient by all parameters, pruned weights
    included.

    Args:
        net: the shape of the network.
        parameters: ``(P,)``.
        inputs: ``(S, n_inputs)``, of the type of the parameters.
        targets: as in ``check_samples``.
        out: ``(P,)`` to be filled with the gradient; a new one by default.
        temperature: the outputs are divided by it.
    """
    out = np.empty_like(parameters) if out is None else out
    values, slopes = forward(net, parameters, inputs)
    loss, back, _ = at_outputs(net, values[-1], targets, temperature)
    back *= back.dtype.type(1 / len(inputs))
    weights, by_weights, by_biases = net.weights(parameters), net.weights(out), net.biases(out)
    for k in range(len(weights) - 1, -1, -1):
        np.matmul(back.T, values[k], out=by_weights[k])
        back.sum(axis=0, out=by_biases[k])
        if k:
            back = back @ weights[k]
            back *= slopes[k - 1]
    return loss, out


def hessian_product(
    net: MLP,
    parameters: np.ndarray,
    direction: np.ndarray,
    inputs: np.ndarray,
    targets: np.ndarray,
    temperature: float = 1.0,
) -> np.ndarray:
    """Return the Hessian of the mean loss times a ``(P,)`` direction, exact.

    Source: Pearlmutter 1994: differentiate the forward and the backward pass along the direction.
    """
    out = np.empty_like(parameters)
    values, slopes = forward(net, parameters, inputs)
    weights, moved, moved_biases = (
        net.weights(parameters),
        net.weights(direction),
        net.biases(direction),
    )
    tangents = [np.zeros_like(inputs)]  # how the values change along the direction
    sum_tangents = []
    for k in range(len(weights)):
        change = tangents[k] @ weights[k].T + values[k] @ moved[k].T + moved_biases[k]
        sum_tangents.append(change)
        tangents.append(change * slopes[k] if k < len(slopes) else change)
    _, back, shares = at_outputs(net, values[-1], targets, temperature)
    change = tangents[-1] / temperature**2
    if net.loss == "cross-entropy":
        change = shares * (change - (shares * change).sum(axis=1, keepdims=True))
    back, change = back / len(inputs), change / len(inputs)
    by_weights, by_biases = net.weights(out), net.biases(out)
    for k in range(len(weights) - 1, -1, -1):
        by_weights[k][:] = change.T @ values[k] + back.T @ tangents[k]
        by_biases[k][:] = change.sum(axis=0)
        if k:
            back, change = back @ weights[k], change @ weights[k] + back @ moved[k]
            bent = curvature(net, values[k], slopes[k - 1]) * sum_tangents[k - 1]
            back, change = back * slopes[k - 1], change * slopes[k - 1] + back * bent
    return out


def curvature(net: MLP, values: np.ndarray, slopes: np.ndarray) -> np.ndarray:
    """Return the second derivative of the activation, from its value and slope."""
    return -2 * values * slopes if net.activation == "tanh" else np.zeros_like(values)


def hessian_diagonal(
    net: MLP,
    parameters: np.ndarray,
    inputs: np.ndarray,
    targets: np.ndarray,
    positive: bool = False,
) -> np.ndarray:
    """Return the diagonal of the Hessian of the mean loss by one more backward pass, ``(P,)``.

    The pass keeps, of the second derivatives by the sums of a layer, only the diagonal: it is exact
    for the last layer, and below it where no two units of the next layer depend on each other, as
    with one hidden layer under squared errors.

    Args:
        net: the shape of the network.
        parameters: ``(P,)``.
        inputs: ``(S, n_inputs)``.
        targets: as in ``check_samples``.
        positive: leave out the curvature of the activations: the Levenberg-Marquardt form, which is
            never negative.

    Source: LeCun, Denker & Solla 1990, equations 6 to 9.
    """
    out = np.zeros_like(parameters)
    weights, by_weights, by_biases = net.weights(parameters), net.weights(out), net.biases(out)
    for start in range(0, len(inputs), BLOCK):
        block = inputs[start : start + BLOCK].astype(parameters.dtype, copy=False)
        values, slopes = forward(net, parameters, block)
        _, back, shares = at_outputs(net, values[-1], targets[start : start + BLOCK])
        second = shares * (1 - shares) if net.loss == "cross-entropy" else shares
        for k in range(len(weights) - 1, -1, -1):
            by_weights[k] += second.T @ np.square(values[k])
            by_biases[k] += second.sum(axis=0)
            if k:
                back, second = back @ weights[k], second @ np.square(weights[k])
                second *= np.square(slopes[k - 1])
                if not positive:
                    second += curvature(net, values[k], slopes[k - 1]) * back
                back *= slopes[k - 1]
    out /= len(inputs)
    return out


def accuracy(net: MLP, parameters: np.ndarray, inputs: np.ndarray, labels: np.ndarray) -> float:
    """Return the share of samples whose largest output is that of their class."""
    right = 0
    for start in range(0, len(inputs), BLOCK):
        block = inputs[start : start + BLOCK].astype(parameters.dtype, copy=False)
        outputs = forward(net, parameters, block).values[-1]
        right += int((outputs.argmax(axis=1) == labels[start : start + BLOCK]).sum())
    return right / len(inputs)
