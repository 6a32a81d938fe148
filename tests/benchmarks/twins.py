"""What the engine is measured against: a straightforward scalar Numba kernel, and NumPy as the
published code works.
"""

import math
from typing import Any

import numpy as np
from numba import njit

from wann.genome.genome import Genome, layers
from wann.network.network import decode


@njit(nogil=True)
def _activate(code, x):
    if code == 2:
        return 1.0 if x > 0.0 else 0.0
    if code == 3:
        return math.sin(math.pi * x)
    if code == 4:
        return math.exp(-x * x / 2.0)
    if code == 5:
        return math.tanh(x)
    if code == 6:
        return (math.tanh(x / 2.0) + 1.0) / 2.0
    if code == 7:
        return -x
    if code == 8:
        return abs(x)
    if code == 9:
        return max(0.0, x)
    if code == 10:
        return math.cos(math.pi * x)
    return x


@njit(nogil=True)
def _scalar(indptr, source, activation, weights, starts, max_steps):
    """Play every start at every weight, one rollout at a time, with libm.

    Return (returns, steps).
    """
    returns, steps = np.zeros((weights.size, starts.shape[0])), 0
    values = np.ones(6 + activation.size)
    for w in range(weights.size):
        for s in range(starts.shape[0]):
            x, v, angle, spin = starts[s]
            for _ in range(max_steps):
                values[1], values[2], values[3], values[4], values[5] = (
                    x,
                    v,
                    math.cos(angle),
                    math.sin(angle),
                    spin,
                )
                for n in range(activation.size):
                    total = 0.0
                    for k in range(indptr[n], indptr[n + 1]):
                        total += weights[w] * values[source[k]]
                    values[6 + n] = _activate(activation[n], total)
                push = 10.0 * min(1.0, max(-1.0, values[-1]))
                sin, cos = math.sin(angle), math.cos(angle)
                x_acc = (-0.6 * spin**2 * sin + 14.73 * sin * cos + 4 * push - 0.4 * v) / (
                    4 - 1.5 * cos**2
                )
                a_acc = (-0.9 * spin**2 * sin * cos + 58.92 * sin + 6 * (push - 0.1 * v) * cos) / (
                    2.4 - 0.9 * cos**2
                )
                x, angle, v, spin = (
                    x + 0.01 * v,
                    angle + 0.01 * spin,
                    v + 0.01 * x_acc,
                    spin + 0.01 * a_acc,
                )
                returns[w, s] += (math.cos(angle) + 1) / 2 * math.cos(math.pi * x / 4.8)
                steps += 1
                if not abs(x) <= 2.4:
                    break
    return returns, steps


def scalar_numba(
    genome: Genome, weights: np.ndarray, starts: np.ndarray, max_steps: int
) -> tuple[np.ndarray, int]:
    """Return the (W, T) returns of swing-up episodes and the steps made."""
    net = decode(genome)
    return _scalar(net.indptr, net.source, net.activation, weights, starts, max_steps)


def _apply(code: int, x: Any) -> Any:
    functions = {
        1: lambda: x, 2: lambda: 1.0 * (x > 0.0), 3: lambda: np.sin(np.pi * x),
        4: lambda: np.exp(-x * x / 2.0),
        5: lambda: np.tanh(x), 6: lambda: (np.tanh(x / 2.0) + 1.0) / 2.0, 7: lambda: -x,
        8: lambda: abs(x),
        9: lambda: np.maximum(0, x), 10: lambda: np.cos(np.pi * x), 11: lambda: x**2,
    }  # fmt: skip
    return functions[code]()


def dense_matrix(genome: Genome) -> tuple[np.ndarray, np.ndarray]:
    """Return a square matrix with a 1 for each connection, and the activations, both in order of
    evaluation.
    """
    order = np.argsort(layers(genome), kind="stable")
    row = np.empty(len(order), int)
    row[order] = np.arange(len(order))
    ids = genome.nodes["id"]
    matrix = np.zeros((len(order), len(order)))
    conns = genome.conns[genome.conns["enabled"]]
    matrix[
        row[np.searchsorted(ids, conns["source"])], row[np.searchsorted(ids, conns["target"])]
    ] = 1.0
    return matrix, genome.nodes["activation"][order]


def dense_cross_entropies(
    genome: Genome, weights: np.ndarray, inputs: np.ndarray, labels: np.ndarray
) -> np.ndarray:
    """Return the mean cross-entropies, ``(W,)``, as the published code works: all samples, one node
    at a time.
    """
    ones, codes = dense_matrix(genome)
    losses = []
    for weight in weights:
        matrix = ones * weight
        values = np.zeros((len(inputs), len(codes)))
        values[:, 0], values[:, 1 : 1 + inputs.shape[1]] = 1.0, inputs
        for n in range(1 + inputs.shape[1], len(codes)):
            values[:, n] = _apply(codes[n], np.dot(values, matrix[:, n]))
        outputs = values[:, -genome.n_outputs :]
        shifted = np.exp(outputs - outputs.max(axis=1, keepdims=True))
        likelihood = (shifted / shifted.sum(axis=1, keepdims=True))[np.arange(len(labels)), labels]
        with np.errstate(divide="ignore"):  # a loss may be infinite
            losses.append(-np.log(likelihood).mean())
    return np.array(losses)


def dense_numpy(
    genome: Genome, weight: float, start: np.ndarray, max_steps: int
) -> tuple[float, int]:
    """Play one episode as the published code does: a dense N x N matrix, one node and one step at a
    time.
    """
    matrix, codes = dense_matrix(genome)
    matrix = matrix * weight
    x, v, angle, spin = start
    total, steps = 0.0, 0
    while steps < max_steps:
        steps += 1
        values = np.zeros((1, len(codes)))
        values[0, :6] = 1.0, x, v, np.cos(angle), np.sin(angle), spin
        for n in range(6, len(codes)):
            values[0, n] = _apply(codes[n], np.dot(values, matrix[:, n])[0])
        push = 10.0 * np.clip(values[0, -1], -1.0, 1.0)
        sin, cos = np.sin(angle), np.cos(angle)
        x_acc = (-0.6 * spin**2 * sin + 14.73 * sin * cos + 4 * push - 0.4 * v) / (4 - 1.5 * cos**2)
        a_acc = (-0.9 * spin**2 * sin * cos + 58.92 * sin + 6 * (push - 0.1 * v) * cos) / (
            2.4 - 0.9 * cos**2
        )
        x, angle, v, spin = x + 0.01 * v, angle + 0.01 * spin, v + 0.01 * x_acc, spin + 0.01 * a_acc
        total += (np.cos(angle) + 1) / 2 * np.cos(np.pi * x / 4.8)
        if not abs(x) <= 2.4:
            break
    return total, steps
