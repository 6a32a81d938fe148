"""Reverse-mode differentiation through a network's graph: the gradient of any loss by its
individual weights.

A block of samples goes through the network node by node, each node's sums and values in a row of
the block; then the derivatives by the outputs go back the same way. Memory is of the size of a
block, not of the data.
"""

import numpy as np

from wann.jit import compiled
from wann.network.network import Network
from wann.numeric.activations import activate, slope

BLOCK = 64  # samples; a row of values is then a few vectors long, and all rows stay in the cache


@compiled
def forward_block(net, weights, inputs, sums, values):
    """Fill sums and values, ``(rows, samples)``, for ``(samples, n_inputs)`` inputs.

    Rows as in Network.
    """
    n_samples = inputs.shape[0]
    for s in range(n_samples):
        values[0, s] = 1.0
        for i in range(net.n_inputs):
            values[1 + i, s] = inputs[s, i]
    for n in range(net.activation.size):
        row, code = 1 + net.n_inputs + n, net.activation[n]
        for s in range(n_samples):
            sums[row, s] = 0.0
        for k in range(net.indptr[n], net.indptr[n + 1]):
            weight, source = weights[net.gene[k]], net.source[k]
            for s in range(n_samples):
                sums[row, s] += weight * values[source, s]
        for s in range(n_samples):
            values[row, s] = activate(code, sums[row, s])


@compiled
def backward_block(net, weights, n_samples, sums, values, back, gradient):
    """Add to gradient, one number per weight, what follows from the derivatives by the outputs:
    their rows of back.
    """
    n_rows = 1 + net.n_inputs + net.activation.size
    for row in range(n_rows - net.n_outputs):
        for s in range(n_samples):
            back[row, s] = 0.0
    for n in range(net.activation.size - 1, -1, -1):
        row, code = 1 + net.n_inputs + n, net.activation[n]
        for s in range(n_samples):
            back[row, s] *= slope(code, sums[row, s])
        for k in range(net.indptr[n], net.indptr[n + 1]):
            gene, source = net.gene[k], net.source[k]
            weight, total = weights[gene], 0.0
            for s in range(n_samples):
                total += back[row, s] * values[source, s]
                back[source, s] += back[row, s] * weight
            gradient[gene] += total


@compiled
def output_slopes(net, labels, values, back, loss):
    """Fill the rows of back of the outputs with the derivatives of the cross-entropy of each sample
    by them.

    Returns: loss and the sum of the cross-entropies, and how many samples are right.
    """
    first, right = 1 + net.n_inputs + net.activation.size - net.n_outputs, 0
    for s in range(labels.size):
        label, best = labels[s], 0
        for c in range(1, net.n_outputs):
            if values[first + c, s] > values[first + best, s]:
                best = c
        right += best == label
        total = 0.0
        for c in range(net.n_outputs):
            back[first + c, s] = np.exp(values[first + c, s] - values[first + best, s])
            total += back[first + c, s]
        loss += np.log(total) + values[first + best, s] - values[first + label, s]
        for c in range(net.n_outputs):
            back[first + c, s] /= total
        back[first + label, s] -= 1.0
    return loss, right


@compiled
def cross_entropy_sum(net, weights, inputs, labels, gradient):
    """Add the gradient of the summed cross-entropy to gradient.

    Return the sum, and how many samples are right.
    """
    n_rows = 1 + net.n_inputs + net.activation.size
    sums, values, back = (
        np.empty((n_rows, BLOCK)),
        np.empty((n_rows, BLOCK)),
        np.empty((n_rows, BLOCK)),
    )
    loss, right = 0.0, 0
    for start in range(0, inputs.shape[0], BLOCK):
        block = inputs[start : start + BLOCK]
        forward_block(net, weights, block, sums, values)
        loss, block_right = output_slopes(net, labels[start : start + BLOCK], values, back, loss)
        right += block_right
        backward_block(net, weights, block.shape[0], sums, values, back, gradient)
    return loss, right


@compiled
def fill_input_slopes(net, weights, inputs, labels, slopes):
    """Fill slopes, ``(S, n_inputs)``, with the derivatives of each sample's cross-entropy by its
    inputs.
    """
    n_rows = 1 + net.n_inputs + net.activation.size
    sums, values, back = (
        np.empty((n_rows, BLOCK)),
        np.empty((n_rows, BLOCK)),
        np.empty((n_rows, BLOCK)),
    )
    unused = np.zeros(weights.size)
    for start in range(0, inputs.shape[0], BLOCK):
        block = inputs[start : start + BLOCK]
        forward_block(net, weights, block, sums, values)
        output_slopes(net, labels[start : start + BLOCK], values, back, 0.0)
        backward_block(net, weights, block.shape[0], sums, values, back, unused)
        for s in range(block.shape[0]):
            for i in range(net.n_inputs):
                slopes[start + s, i] = back[1 + i, s]


def cross_entropy(
    net: Network, weights: np.ndarray, inputs: np.ndarray, labels: np.ndarray
) -> tuple[float, np.ndarray, float]:
    """Return the mean softmax cross-entropy of a classifier, its gradient by the weights, and the
    accuracy.

    Args:
        net: the decoded network; its outputs are the logits of the classes.
        weights: ``(C,)``, one for each row of the genome's ``conns``.
        inputs: ``(S, n_inputs)`` samples, the bias not included.
        labels: ``(S,)`` classes, 0 to ``n_outputs - 1``.

    Returns: the loss in nats, ``(C,)`` gradient (0 where a connection is disabled or reaches no
    output), and the share of samples whose largest output is that of their class.

    Raises:
        ValueError: shapes or labels do not fit.

    Source: reverse mode, as in Rumelhart, Hinton & Williams 1986, over any feed-forward graph.
    """
    inputs = np.ascontiguousarray(inputs, np.float64)
    labels = np.ascontiguousarray(labels, np.int64)
    if (
        inputs.ndim != 2
        or inputs.shape[1] != net.n_inputs
        or labels.shape != inputs.shape[:1]
        or not len(inputs)
    ):
        raise ValueError(
            f"inputs have shape {inputs.shape} and labels {labels.shape}: must be "
            f"(samples, {net.n_inputs}) and (samples,)"
        )
    if labels.min() < 0 or labels.max() >= net.n_outputs:
        raise ValueError(
            f"labels go from {labels.min()} to {labels.max()}: must be 0 to {net.n_outputs - 1}"
        )
    weights = np.ascontiguousarray(weights, np.float64)
    gradient = np.zeros(weights.size)
    loss, right = cross_entropy_sum(net, weights, inputs, labels, gradient)
    return loss / len(inputs), gradient / len(inputs), right / len(inputs)


def input_slopes(
    net: Network, weights: np.ndarray, inputs: np.ndarray, labels: np.ndarray
) -> np.ndarray:
    """Return the derivatives of the cross-entropy of each sample by its inputs, ``(S, n_inputs)``,
    in nats.

    The arguments are those of ``cross_entropy``; they are not checked.
    """
    slopes = np.empty((len(inputs), net.n_inputs))
    inputs, labels = (
        np.ascontiguousarray(inputs, np.float64),
        np.ascontiguousarray(labels, np.int64),
    )
    fill_input_slopes(net, np.ascontiguousarray(weights, np.float64), inputs, labels, slopes)
    return slopes
