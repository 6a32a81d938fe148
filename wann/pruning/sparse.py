"""The gradient of a network with few weights left, in time that goes with the weights, not with
their places.

Samples are the lanes: each weight multiplies a row of them. Where more than about a quarter of the
weights are left, matrix products (``wann.pruning.mlp``) are faster.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from wann.jit import compiled
from wann.numeric.functions import where
from wann.numeric.mathfun import tanh
from wann.numeric.memory import load, store, width, zero_lanes
from wann.pruning.mlp import MLP

SPARSE = 0.25  # share of weights below which this is faster than matrix products
WIDTH = 64  # rows of samples are a multiple of it: four vectors of float32, twice four of float64


class Edges(NamedTuple):
    """The weights that are left, as a graph of units: the inputs first, then layer by layer.

    Attributes:
        place: ``(E,)`` where each weight is in the vector of all parameters, in the order of
            targets.
        source: ``(E,)`` unit at its start.
        start: ``(U + 1,)``: unit ``n_inputs + u`` sums the edges ``start[u]`` to
            ``start[u + 1] - 1``.
        inputs: inputs that have an edge.
    """

    place: np.ndarray
    source: np.ndarray
    start: np.ndarray
    inputs: np.ndarray


def edges_of(net: MLP, mask: np.ndarray) -> Edges:
    """Return the edges of a ``(n_weights,)`` mask."""
    sources, counts = [], []
    first = 0
    for left, n_sources in zip(net.weights(mask), net.sizes[:-1], strict=True):
        sources.append(first + np.nonzero(left)[1])
        counts.append(np.count_nonzero(left, axis=1))
        first += n_sources
    start = np.concatenate(([0], np.cumsum(np.concatenate(counts))))
    return Edges(
        np.flatnonzero(mask),
        np.concatenate(sources),
        start,
        np.flatnonzero(net.weights(mask)[0].any(axis=0)),
    )


@njit(error_model="numpy", nogil=True)
def forward_rows(weights, biases, edges, n_in, n_out, is_tanh, values, n):
    """Fill the rows of n samples that are no inputs' with what the units make of the others."""
    like = zero_lanes(values, 4)
    for u in range(biases.size):
        row = (n_in + u) * n
        for s in range(0, n, width(like)):
            total = like + biases[u]
            for k in range(edges.start[u], edges.start[u + 1]):
                total = total + (like + weights[k]) * load(values, edges.source[k] * n + s, like)
            if u < biases.size - n_out:
                total = tanh(total) if is_tanh else max(like, total)
            store(values, row + s, total)


@njit(error_model="numpy", nogil=True)
def backward_rows(
    weights, edges, n_in, n_out, is_tanh, values, back, n, by_weights, by_biases, scratch
):
    """Fill by_weights and by_biases from the rows of the outputs in back.

    Its other rows must be 0.
    """
    like, one = zero_lanes(values, 4), zero_lanes(values, 1)
    for u in range(by_biases.size - 1, -1, -1):
        row = (n_in + u) * n
        if u < by_biases.size - n_out:
            for s in range(0, n, width(like)):
                value, delta = load(values, row + s, like), load(back, row + s, like)
                slope = (
                    (like + 1.0) - value * value
                    if is_tanh
                    else where(value > 0.0, like + 1.0, like)
                )
                store(back, row + s, delta * slope)
        total = one
        for s in range(0, n, width(one)):
            total = total + load(back, row + s, one)
        by_biases[u] = summed(total, scratch)
        for k in range(edges.start[u], edges.start[u + 1]):
            source, total = edges.source[k] * n, one
            for s in range(0, n, width(one)):
                total = total + load(back, row + s, one) * load(values, source + s, one)
            by_weights[k] = summed(total, scratch)
            if edges.source[k] >= n_in:
                for s in range(0, n, width(like)):
                    below = load(back, source + s, like) + (like + weights[k]) * load(
                        back, row + s, like
                    )
                    store(back, source + s, below)


@njit(error_model="numpy", nogil=True)
def summed(lanes, scratch):
    """Return the sum of all lanes."""
    store(scratch, 0, lanes)
    total = scratch[0]
    for s in range(1, width(lanes)):
        total += scratch[s]
    return total


@compiled
def sparse_gradient(
    weights,
    biases,
    edges,
    n_in,
    n_out,
    is_tanh,
    is_mse,
    inputs,
    labels,
    rows,
    values,
    back,
    by_weights,
    by_biases,
):
    """Fill by_weights and by_biases with the gradient of the mean loss.

    Args:
        weights: ``(E,)`` of the edges, and of the same type, float32 or float64:
        biases: ``(U,)`` of the units that are no inputs,
        inputs: ``(S, n_in)`` of all samples.
        edges: the Edges.
        n_in: units of the first layer.
        n_out: units of the last layer.
        is_tanh: whether the activation is tanh, else ReLU.
        is_mse: whether the loss is the squared error, else cross-entropy.
        labels: ``(S,)`` of all samples.
        rows: which samples make the batch.
        values: ``((n_in + U) * n,)`` to work in, n a multiple of WIDTH that the batch fits in.
        back: the same, another one.
        by_weights: ``(E,)``.
        by_biases: ``(U,)``.
    """
    n = values.size // (n_in + biases.size)
    real, scratch = weights.dtype.type, np.zeros(WIDTH, weights.dtype)
    for i in edges.inputs:
        for s in range(rows.size):
            values[i * n + s] = inputs[rows[s], i]
        values[i * n + rows.size : (i + 1) * n] = real(0)
    forward_rows(weights, biases, edges, n_in, n_out, is_tanh, values, n)
    back[n_in * n :] = real(0)
    first, share = n_in + biases.size - n_out, real(1) / real(rows.size)
    for s in range(rows.size):
        if is_mse:
            for c in range(first, first + n_out):
                back[c * n + s] = values[c * n + s] * share
        else:
            top = values[first * n + s]
            for c in range(first, first + n_out):
                top = max(top, values[c * n + s])
            total = real(0)
            for c in range(first, first + n_out):
                back[c * n + s] = np.exp(values[c * n + s] - top)
                total += back[c * n + s]
            for c in range(first, first + n_out):
                back[c * n + s] *= share / total
        back[(first + labels[rows[s]]) * n + s] -= share
    backward_rows(
        weights, edges, n_in, n_out, is_tanh, values, back, n, by_weights, by_biases, scratch
    )
