"""What goes in and out of many environments at once: observations as rows, the networks of all of
them in one compiled call.
"""

from typing import Any

import numpy as np
from gymnasium import spaces

from wann.jit import compiled
from wann.network.forward import forward, remember
from wann.network.network import network_at
from wann.tasks.gym.actions import parts_of


def rows_of(space: spaces.Space, observations: Any) -> np.ndarray:
    """Return K observations of the space as ``(K, I)`` float64 numbers, those of
    ``wann.tasks.gym.observations.flattener``.
    """
    if isinstance(space, spaces.Dict | spaces.Tuple):
        parts = observations
        if isinstance(space, spaces.Dict):
            parts = [observations[key] for key in space]
        rows = [rows_of(part, of) for part, of in zip(parts_of(space), parts, strict=True)]
        return np.concatenate(rows, axis=1)
    numbers = np.asarray(observations).reshape(len(observations), -1)
    if isinstance(space, spaces.Discrete):
        return (numbers - space.start == np.arange(space.n)).astype(np.float64)
    if isinstance(space, spaces.MultiDiscrete):
        nvec = space.nvec.ravel()
        which = np.repeat(numbers - space.start.ravel(), nvec, axis=1)
        return (which == np.concatenate([np.arange(n) for n in nvec])).astype(np.float64)
    return numbers.astype(np.float64)


def alike(ours: Any, theirs: Any, bounds: bool = False) -> bool:
    """Return whether flattened members of two spaces mean the same.

    Types of numbers may differ, and bounds, unless they count: what actions are scaled to.
    """
    for kind in (spaces.Dict, spaces.Tuple):
        if isinstance(ours, kind):
            named = kind is spaces.Dict
            return (
                isinstance(theirs, kind)
                and (not named or list(ours) == list(theirs))
                and len(parts_of(ours)) == len(parts_of(theirs))
                and all(map(alike, parts_of(ours), parts_of(theirs), [bounds] * len(ours)))
            )
    if type(ours) is not type(theirs) or ours.shape != theirs.shape:
        return False
    if isinstance(ours, spaces.Discrete):
        return (ours.n, ours.start) == (theirs.n, theirs.start)
    if isinstance(ours, spaces.MultiDiscrete):
        same = np.array_equal(ours.nvec, theirs.nvec)
        return same and np.array_equal(ours.start, theirs.start)
    if isinstance(ours, spaces.Box) and bounds:
        return np.array_equal(ours.low, theirs.low) and np.array_equal(ours.high, theirs.high)
    return True


@compiled
def act(networks, weights, slots, which, at, inputs, values, outputs):
    """Fill ``outputs[k]`` for each of K slots, whose network and weight are those of its episode.

    Args:
        networks: packed networks.
        weights: ``(W,)`` shared, or ``(W, C)`` individual ones.
        slots: ``(K,)`` numbers of the slots.
        which: of each slot, which network plays in it.
        at: of each slot, which of the weights.
        inputs: ``(K, I)`` what these see.
        values: a row for each slot, with room for all nodes of any of the networks and what it
            remembers: zeros before the first step.
        outputs: ``(K, n_outputs)``.
    """
    flat = weights.reshape(weights.size)
    n_weights = weights.size // weights.shape[0]
    for k in range(slots.size):
        slot = slots[k]
        net, row = network_at(networks, which[slot]), values[slot]
        row[0] = 1.0
        for i in range(net.n_inputs):
            row[1 + i] = inputs[k, i]
        forward(net, weights, flat, at[slot] * n_weights, 1, row, 1, 0.0)
        remember(net, row, 1, 0.0)
        first = 1 + net.n_inputs + net.activation.size - net.n_outputs
        for i in range(net.n_outputs):
            outputs[k, i] = row[first + i]
