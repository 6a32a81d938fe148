"""What is left of a pruned network: which weights lie on a path, and the network as a champion."""

from itertools import pairwise

import numpy as np

from wann.champion.champion import Champion
from wann.genome.genome import CONNECTION, NODE, make_genome
from wann.numeric.activations import ACTIVATION_IDS, LINEAR
from wann.pruning.mlp import HIDDEN_ACTIVATIONS, MLP


def reached(net: MLP, mask: np.ndarray) -> list[np.ndarray]:
    """Return for each layer of units, ``(units,)``, which lie on a path of weights from an input to
    an output.

    Args:
        net: the shape of the network.
        mask: ``(n_weights,)`` bool, True where a weight is left.
    """
    layers = net.weights(mask)
    from_input = [np.ones(net.sizes[0], bool)]
    for left in layers:
        from_input.append(np.any(left & from_input[-1], axis=1))
    to_output = [np.ones(net.sizes[-1], bool)]
    for left in layers[::-1]:
        to_output.append(np.any(left & to_output[-1][:, None], axis=0))
    return [start & end for start, end in zip(from_input, to_output[::-1], strict=True)]


def effective(net: MLP, mask: np.ndarray) -> np.ndarray:
    """Return the mask with only those weights that lie on a path from an input to an output,
    ``(n_weights,)``.
    """
    units = reached(net, mask)
    layers = [
        left & after[:, None] & before
        for left, (before, after) in zip(net.weights(mask), pairwise(units), strict=True)
    ]
    return np.concatenate([layer.ravel() for layer in layers])


def simplified(net: MLP, parameters: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return parameters of the same network on the effective weights alone, in float64, and that
    mask.

    A unit that no input reaches is a constant, and goes into the biases of the units after it.
    """
    parameters = parameters.astype(np.float64)
    layers, biases, units = net.weights(parameters), net.biases(parameters), reached(net, mask)
    for k in range(1, len(layers)):
        constant = HIDDEN_ACTIVATIONS[net.activation](biases[k - 1])[0] * ~units[k]
        biases[k] += layers[k] @ constant
        biases[k - 1][~units[k]] = 0
    mask = effective(net, mask)
    parameters[: net.n_weights][~mask] = 0
    return parameters, mask


def n_connections(net: MLP, parameters: np.ndarray, mask: np.ndarray) -> int:
    """Return the connections that the network needs as a graph: effective weights, and biases that
    are not 0.
    """
    parameters, mask = simplified(net, parameters, mask)
    return int(np.count_nonzero(mask) + np.count_nonzero(parameters[net.n_weights :]))


def to_champion(
    net: MLP,
    parameters: np.ndarray,
    mask: np.ndarray,
    task: str | None,
    names: tuple[tuple[str, ...], tuple[str, ...]],
    scaling: tuple[float | np.ndarray, float | np.ndarray] = (0.0, 1.0),
) -> Champion:
    """Return the network as a champion with individual weights.

    Its biases are connections from the bias.

    Args:
        net: the shape of the network.
        parameters: ``(P,)``.
        mask: ``(n_weights,)`` bool, True where a weight is left.
        task: name of its task.
        names: of the inputs, and of the outputs.
        scaling: what was subtracted from the inputs in training, a number or one for each, and
            what they were then divided by; both become part of the weights.
    """
    (shift, scale), (inputs, outputs) = scaling, names
    parameters, mask = simplified(net, parameters, mask)
    layers, biases = net.weights(parameters), net.biases(parameters)
    layers[0] /= scale  # the champion sees the inputs as they are
    biases[0] -= layers[0] @ np.broadcast_to(np.asarray(shift, np.float64), (net.sizes[0],))
    n_fixed, first_ids = 1 + net.sizes[0] + net.sizes[-1], _first_ids(net)
    rows, values = [], []
    for k, (left, weights, bias) in enumerate(zip(net.weights(mask), layers, biases, strict=True)):
        targets, sources = np.nonzero(left)
        biased = np.flatnonzero(bias)
        part = np.ones(len(targets) + len(biased), CONNECTION)
        part["source"] = np.concatenate((first_ids[k] + sources, np.zeros(len(biased), int)))
        part["target"] = first_ids[k + 1] + np.concatenate((targets, biased))
        rows.append(part)
        values.append(np.concatenate((weights[targets, sources], bias[biased])))
    conns, weights = np.concatenate(rows), np.concatenate(values)
    ids = np.union1d(np.arange(n_fixed), conns["target"])
    nodes = np.zeros(len(ids), NODE)
    nodes["id"] = ids
    nodes["activation"] = np.where(ids < n_fixed, LINEAR, ACTIVATION_IDS[net.activation])
    order = np.lexsort((conns["source"], conns["target"]))
    genome = make_genome(net.sizes[0], net.sizes[-1], nodes, conns)
    return Champion(genome, task, inputs, outputs, weights[order])


def from_champion(net: MLP, champion: Champion) -> tuple[np.ndarray, np.ndarray]:
    """Return parameters, ``(P,)`` float64, and mask of a champion of this shape.

    It is one that ``to_champion`` or ``wann.champion.perceptron`` made.

    Raises:
        ValueError: it has no weights, or connections that the shape has not.
    """
    if champion.weights is None:
        raise ValueError("the network has no weights of its own")
    parameters, mask = np.zeros(net.n_parameters), np.zeros(net.n_weights, bool)
    layers, biases, left = net.weights(parameters), net.biases(parameters), net.weights(mask)
    first_ids = _first_ids(net)
    place = {
        int(first) + i: (k, i)
        for k, (first, n) in enumerate(zip(first_ids, net.sizes, strict=True))
        for i in range(n)
    }
    for (source, target, enabled), weight in zip(
        champion.genome.conns.tolist(), champion.weights, strict=True
    ):
        k, i = place[target]
        if not enabled:
            continue
        if source == 0:
            biases[k - 1][i] = weight
        elif place[source][0] == k - 1:
            layers[k - 1][i, place[source][1]] = weight
            left[k - 1][i, place[source][1]] = True
        else:
            raise ValueError(f"the connection {source} -> {target} skips a layer")
    return parameters, mask


def _first_ids(net: MLP) -> list[int]:
    """Return the id of the first node of each layer; hidden nodes come after the outputs."""
    first_hidden = 1 + net.sizes[0] + net.sizes[-1] + np.cumsum((0, *net.sizes[1:-1]))[:-1]
    return [1, *first_hidden.tolist(), 1 + net.sizes[0]]
