"""The forward pass: what the nodes of a decoded network compute, for one weight or many at once.

Whoever calls ``forward`` step by step calls ``remember`` after each.
"""

import numpy as np
from numba.extending import overload

from wann.jit import compiled, dual
from wann.network.network import Network
from wann.numeric.activations import activate
from wann.numeric.memory import load, store


@dual
def forward_shared(net, weights, at, stride, values, lanes, proto):
    """Forward pass with one weight per lane, ``weights[at:]``: multiplied once per node, not per
    edge.
    """
    weight = load(weights, at, proto)
    row = (1 + net.n_inputs) * lanes
    k = net.indptr[0]
    for n in range(net.activation.size):
        end = net.indptr[n + 1]
        total = proto
        if k < end:
            total = load(values, net.source[k] * lanes, proto)
            k += 1
        while k < end:
            total = total + load(values, net.source[k] * lanes, proto)
            k += 1
        store(values, row, activate(net.activation[n], total * weight))
        row += lanes


@dual
def forward_individual(net, weights, at, stride, values, lanes, proto):
    """Forward pass with a row of weights per connection, ``stride`` apart, from ``weights[at]``
    on.
    """
    row = (1 + net.n_inputs) * lanes
    k = net.indptr[0]
    for n in range(net.activation.size):
        end = net.indptr[n + 1]
        total = proto
        while k < end:
            total = total + load(weights, at + net.gene[k] * stride, proto) * load(
                values, net.source[k] * lanes, proto
            )
            k += 1
        store(values, row, activate(net.activation[n], total))
        row += lanes


def forward(net, kind, weights, at, stride, values, lanes, proto):
    """Compute every node of ``values``, one row of ``lanes`` numbers per node (compiled code only).

    Args:
        net: the Network.
        kind: any array that is 1-D for shared weights, 2-D for individual ones.
        weights: where the weights of the lanes lie, with those at ``at`` first; see the two
            versions.
        at: row offset of the first weight.
        stride: distance between the weights of two connections, if they are individual.
        values: rows of bias, inputs and memory filled in by the caller; the others are computed.
        lanes: ``width(proto)``.
        proto: zero, as a float or Lanes.
    """


@overload(forward, jit_options={"forceinline": True})
def _forward(net, kind, weights, at, stride, values, lanes, proto):
    version = forward_shared if kind.ndim == 1 else forward_individual
    return lambda net, kind, weights, at, stride, values, lanes, proto: version(
        net, weights, at, stride, values, lanes, proto
    )


@dual
def remember(net, values, lanes, proto):
    """Put what is remembered of a step into the rows of the memory: call it after ``forward``."""
    row = (1 + net.n_inputs + net.activation.size) * lanes
    for m in range(net.memory.size):
        store(values, row, load(values, net.memory[m] * lanes, proto))
        row += lanes


@compiled
def forward_many(net, weights, inputs, memory, outputs):
    """Fill outputs[w, s] with the last values for weights[w] and inputs[s]: as many as there is
    room for.  memory[w, s] is that before the step, and then that after it.
    """
    n_rows, n_kept = 1 + net.n_inputs + net.activation.size, outputs.shape[2]
    values = np.empty(n_rows + net.memory.size)
    flat = weights.reshape(weights.size)
    n_weights = weights.size // weights.shape[0]
    for w in range(weights.shape[0]):
        for s in range(inputs.shape[0]):
            values[0] = 1.0
            for i in range(net.n_inputs):
                values[1 + i] = inputs[s, i]
            for m in range(net.memory.size):
                values[n_rows + m] = memory[w, s, m]
            forward(net, weights, flat, w * n_weights, 1, values, 1, 0.0)
            for i in range(n_kept):
                outputs[w, s, i] = values[n_rows - n_kept + i]
            for m in range(net.memory.size):
                memory[w, s, m] = values[net.memory[m]]


def no_memory(net: Network, *shape: int) -> np.ndarray:
    """Return the memory before the first step, ``(*shape, M)``."""
    return np.zeros((*shape, len(net.memory)))


def outputs_of(
    net: Network, weights: np.ndarray, inputs: np.ndarray, memory: np.ndarray | None = None
) -> np.ndarray:
    """Return the network's outputs.

    Args:
        net: the decoded network.
        weights: ``(W,)`` shared weights, or ``(W, C)`` with one weight for each row of the genome's
            ``conns``.
        inputs: ``(S, n_inputs)`` samples, the bias not included.
        memory: ``(W, S, M)`` float64 of a recurrent network, such as ``no_memory(net, W, S)``;
            becomes that after the step.  Default: each is the first step of an episode.

    Returns: ``(W, S, n_outputs)``.

    Source: Gaier & Ha 2019, section 3: a node is activation(shared weight x sum of sources).
    """
    return _last_values(net, weights, inputs, memory, net.n_outputs)


def values_of(
    net: Network, weights: np.ndarray, inputs: np.ndarray, memory: np.ndarray | None = None
) -> np.ndarray:
    """Return the values of all rows but the memory, ``(W, S, 1 + n_inputs + K)``.

    The last ones are what ``outputs_of`` returns, whose arguments these are.
    """
    return _last_values(net, weights, inputs, memory, 1 + net.n_inputs + len(net.activation))


def _last_values(
    net: Network, weights: np.ndarray, inputs: np.ndarray, memory: np.ndarray | None, n: int
) -> np.ndarray:
    weights = np.ascontiguousarray(weights, np.float64)
    inputs = np.ascontiguousarray(inputs, np.float64)
    if inputs.ndim != 2 or inputs.shape[1] != net.n_inputs:
        raise ValueError(f"inputs has shape {inputs.shape}: must be (samples, {net.n_inputs})")
    individual = weights.ndim == 2 and weights.shape[1] > net.gene[
        net.indptr[0] : net.indptr[-1]
    ].max(initial=-1)
    # compiled code would read what lies beyond
    if not len(weights) or not (weights.ndim == 1 or individual):
        raise ValueError(
            f"weights has shape {weights.shape}: must be (W,), or (W, C) for the genome's C"
            " connections"
        )
    shape = len(weights), len(inputs)
    if memory is None:
        memory = no_memory(net, *shape)
    if memory.shape != (*shape, len(net.memory)) or memory.dtype != np.float64:
        raise ValueError(
            f"memory has shape {memory.shape} of {memory.dtype}: must be"
            f" {(*shape, len(net.memory))} of float64"
        )
    values = np.empty((*shape, n))
    forward_many(net, weights, inputs, memory, values)
    return values
