"""The classification kernels: cross-entropies of many networks on a batch of samples, and the
outputs of one network.

Samples are the lanes. A block of them is laid out once and serves all networks; what a node sums of
raw inputs does not depend on the shared weight and is summed once per block; softmax and
cross-entropy never leave the lanes, but for the logarithm, which is taken once of the product of
many samples' sums.
"""

import math

import numpy as np
from numba import njit
from numba.extending import overload

from wann.jit import compiled, dual
from wann.network.network import Network, Networks, most_rows, network_at
from wann.numeric.activations import activate
from wann.numeric.mathfun import LOG2E, exp2, least_exponent, log
from wann.numeric.memory import load, store, width, zero_lanes
from wann.tasks.control.rollout import aligned

LANES = {np.dtype(np.float64): 32, np.dtype(np.float32): 64}  # of four vectors


@njit(error_model="numpy", nogil=True)
def sum_inputs(net, values, base, at_hidden, lanes, proto):
    """Fill base with what each node sums of bias and inputs, and at_hidden with its first edge from
    another node.
    """
    k = net.indptr[0]
    for n in range(net.activation.size):
        end, total = net.indptr[n + 1], proto
        # sources are in the order of rows: inputs come first
        while k < end and net.source[k] <= net.n_inputs:
            total = total + load(values, net.source[k] * lanes, proto)
            k += 1
        store(base, n * lanes, total)
        at_hidden[n] = k
        k = end


@njit(error_model="numpy", nogil=True)
def forward_shared(net, weights, w, values, base, at_hidden, lanes, proto):
    """Compute all nodes with the shared weight weights[w]."""
    weight, row = proto + weights[w], (1 + net.n_inputs) * lanes
    for n in range(net.activation.size):
        total = load(base, n * lanes, proto)
        for k in range(at_hidden[n], net.indptr[n + 1]):
            total = total + load(values, net.source[k] * lanes, proto)
        store(values, row, activate(net.activation[n], total * weight))
        row += lanes


@njit(error_model="numpy", nogil=True)
def forward_individual(net, weights, w, values, base, at_hidden, lanes, proto):
    """Compute all nodes with the individual weights weights[w]."""
    row = (1 + net.n_inputs) * lanes
    for n in range(net.activation.size):
        total = proto
        for k in range(net.indptr[n], net.indptr[n + 1]):
            total = total + (proto + weights[w, net.gene[k]]) * load(
                values, net.source[k] * lanes, proto
            )
        store(values, row, activate(net.activation[n], total))
        row += lanes


def _forward(net, weights, w, values, base, at_hidden, lanes, proto): ...


@overload(_forward, jit_options={"forceinline": True})
def _(net, weights, w, values, base, at_hidden, lanes, proto):
    version = forward_shared if weights.ndim == 1 else forward_individual
    return lambda net, weights, w, values, base, at_hidden, lanes, proto: version(
        net, weights, w, values, base, at_hidden, lanes, proto
    )


def steepness(weights: np.ndarray) -> np.ndarray:
    """Return by what to multiply the outputs of a classifier so that the size of its shared weight
    is not in them, ``(W,)``; 1 for individual weights ``(W, C)``, and for one too small.

    Outputs are linear, so that size multiplies all of them alike: it says how sure a network is of
    its choice, not what it chooses. In other words, it is the temperature of the softmax.
    """
    if weights.ndim == 2:
        return np.ones(len(weights), weights.dtype)
    sizes = np.abs(weights)
    sizes[sizes < np.finfo(sizes.dtype).tiny] = 1
    return 1 / sizes


@dual
def softmax(values, first, n_classes, pitch, steep, proto):
    """Return, for each sample, its largest output and the sum of exp(steep (output - largest)).

    Outputs lie ``pitch`` apart from ``first`` on.
    """
    rate = (proto + steep) * LOG2E
    top = load(values, first, proto)
    for c in range(1, n_classes):
        top = max(top, load(values, first + c * pitch, proto))
    total = proto
    for c in range(n_classes):
        total = total + exp2(
            max(least_exponent(proto), (load(values, first + c * pitch, proto) - top) * rate)
        )
    return top, total


@compiled
def sum_cross_entropies(networks, weights, steep, blocks, labels, fold, losses):
    """Add to losses[i, w] the summed cross-entropy of network i at weights[w].

    steep: ``(W,)`` what outputs are multiplied by.
    blocks: ``(blocks * n_inputs * lanes)`` inputs of each block, one row of lanes after another.
    fold: blocks whose sums can be multiplied without overflow.
    """
    proto = zero_lanes(blocks, 4)
    lanes, n_networks, n_weights = width(proto), networks.start.size - 1, weights.shape[0]
    n_in, n_out = networks.n_inputs * lanes, networks.n_outputs
    size = most_rows(networks) - 1 - networks.n_inputs
    values, base = (
        aligned(lanes + n_in + size * lanes, blocks.dtype),
        aligned(size * lanes, blocks.dtype),
    )
    tops, sums, at_hidden = (
        aligned(lanes, blocks.dtype),
        aligned(lanes, blocks.dtype),
        np.empty(size, np.int64),
    )
    products = np.ones((n_networks, n_weights, lanes), blocks.dtype)
    values[:lanes] = 1.0
    n_blocks = (labels.size + lanes - 1) // lanes
    for block in range(n_blocks):
        values[lanes : lanes + n_in] = blocks[block * n_in : (block + 1) * n_in]
        n = min(lanes, labels.size - block * lanes)
        for i in range(n_networks):
            net = network_at(networks, i)
            first = lanes + n_in + (net.activation.size - n_out) * lanes
            sum_inputs(net, values, base, at_hidden, lanes, proto)
            for w in range(n_weights):
                _forward(net, weights, w, values, base, at_hidden, lanes, proto)
                top, total = softmax(values, first, n_out, lanes, steep[w], proto)
                store(tops, 0, top)
                store(sums, 0, total)
                for s in range(n):
                    products[i, w, s] *= sums[s]
                loss = 0.0
                for s in range(n):
                    right = values[first + labels[block * lanes + s] * lanes + s]
                    loss += (tops[s] - right) * steep[w]
                losses[i, w] += loss
        if (block + 1) % fold == 0 or block + 1 == n_blocks:
            for i in range(n_networks):
                for w in range(n_weights):
                    for s in range(lanes):
                        losses[i, w] += log(float(products[i, w, s]))
                        products[i, w, s] = 1.0


def cross_entropies(
    networks: Networks,
    weights: np.ndarray,
    inputs: np.ndarray,
    labels: np.ndarray,
    steep: np.ndarray | None = None,
) -> np.ndarray:
    """Return the mean softmax cross-entropy of classifiers on a batch, in nats.

    Args:
        networks: N packed networks; their outputs are the logits of the classes, but for a factor.
        weights: ``(W,)`` shared weights, or ``(W, C)`` individual ones for a single network, of
            float64 or float32.
        inputs: ``(S, n_inputs)`` samples, of the type of the weights, the bias not included.
        labels: ``(S,)`` classes, 0 to ``n_outputs - 1``.
        steep: ``(W,)`` that factor, of the type of the weights, see ``steepness``; default: 1.

    Returns: ``(N, W)`` float64.

    Raises:
        ValueError: shapes or labels do not fit.

    Source: Gaier & Ha 2019, section 4.2 (softmax over the outputs of digit classifiers).
    """
    labels, _, fold = batch_of(networks, weights, inputs, labels)
    losses = np.zeros((networks.size, len(weights)))
    blocks = lay_out(inputs, weights.dtype)
    steep = np.ones(len(weights), weights.dtype) if steep is None else steep
    sum_cross_entropies(networks, weights, steep, blocks, labels, fold, losses)
    return losses / len(labels)


def batch_of(
    networks: Networks, weights: np.ndarray, inputs: np.ndarray, labels: np.ndarray
) -> tuple[np.ndarray, int, int]:
    """Return the labels as int64, the samples of a block, and of how many blocks the sums can be
    multiplied: with the order of the samples, all that the bits of the result depend on.

    Raises:
        ValueError: shapes or labels do not fit.
    """
    if (
        inputs.ndim != 2
        or inputs.shape[1] != networks.n_inputs
        or labels.shape != inputs.shape[:1]
        or not len(labels)
    ):
        raise ValueError(
            f"inputs have shape {inputs.shape} and labels {labels.shape}: must be "
            f"(samples, {networks.n_inputs}) and (samples,)"
        )
    if labels.min() < 0 or labels.max() >= networks.n_outputs:
        raise ValueError(
            f"labels go from {labels.min()} to {labels.max()}: must be 0 to"
            f" {networks.n_outputs - 1}"
        )
    if weights.ndim == 2 and networks.size > 1:
        raise ValueError(f"individual weights belong to one network; {networks.size} were given")
    limit = 300 if weights.dtype == np.float64 else 36
    fold = max(1, int(limit / math.log10(max(2, networks.n_outputs))))
    return np.ascontiguousarray(labels, np.int64), LANES[weights.dtype], fold


def lay_out(inputs: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Return ``(S, n_inputs)`` samples in blocks of lanes: one row of lanes after another, the last
    block padded.
    """
    lanes = LANES[dtype]
    blocks = np.zeros((-(-len(inputs) // lanes), inputs.shape[1], lanes), dtype)
    fill_blocks(inputs, blocks)
    return blocks.ravel()


@compiled
def fill_blocks(inputs, blocks):
    """Put samples into the lanes of blocks, ``(blocks, n_inputs, lanes)``."""
    lanes = blocks.shape[2]
    for s in range(inputs.shape[0]):
        block, lane = blocks[s // lanes], s % lanes
        for k in range(inputs.shape[1]):
            block[k, lane] = inputs[s, k]


@compiled
def fill_outputs(net, weights, blocks, outputs):
    """Fill outputs[w, s] with the outputs of the network at weights[w] for sample s."""
    proto = zero_lanes(blocks, 4)
    lanes, size = width(proto), net.activation.size
    n_in, first = net.n_inputs * lanes, (1 + net.n_inputs + size - net.n_outputs) * lanes
    values, base = (
        aligned(lanes + n_in + size * lanes, blocks.dtype),
        aligned(size * lanes, blocks.dtype),
    )
    at_hidden = np.empty(size, np.int64)
    values[:lanes] = 1.0
    for start in range(0, outputs.shape[1], lanes):
        at = start * net.n_inputs
        values[lanes : lanes + n_in] = blocks[at : at + n_in]
        sum_inputs(net, values, base, at_hidden, lanes, proto)
        for w in range(weights.shape[0]):
            _forward(net, weights, w, values, base, at_hidden, lanes, proto)
            for s in range(min(lanes, outputs.shape[1] - start)):
                for c in range(net.n_outputs):
                    outputs[w, start + s, c] = values[first + c * lanes + s]


def outputs_of_samples(net: Network, weights: np.ndarray, inputs: np.ndarray) -> np.ndarray:
    """Return what ``wann.network.forward.outputs_of`` does, many times as fast:
    ``(W, S, n_outputs)``.
    """
    if inputs.ndim != 2 or inputs.shape[1] != net.n_inputs:
        raise ValueError(f"inputs has shape {inputs.shape}: must be (samples, {net.n_inputs})")
    outputs = np.empty((len(weights), len(inputs), net.n_outputs))
    weights = np.ascontiguousarray(weights, np.float64)
    fill_outputs(net, weights, lay_out(inputs, weights.dtype), outputs)
    return outputs
