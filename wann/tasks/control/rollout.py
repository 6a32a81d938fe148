"""The rollout kernel: any control task, any network, many rollouts side by side.

A task's physics is a NamedTuple of parameters whose methods are plain functions of numbers:

    state_names, observation_names, action_names    class attributes, tuples of strings
    start_states(self, n, rng)      -> (n, len(state_names)) array; ordinary Python
    reset(self, start)              -> state: a tuple, ``start`` and whatever is derived from it
    observe(self, state)            -> the network's inputs, a tuple
    step(self, state, action)       -> (state, reward, alive); ``action`` is a tuple of raw outputs

and perhaps

    holds(self, state)              -> whether all is well, for a ``Goal`` of the task
    ends_well = True                class attribute: an episode ends once it holds, by success

The kernel finds these methods by the class of its argument (``wann.tasks.control.physics``) and
compiles them for ``Lanes``: the rollouts of one network (weights x trials) advance together, and
lanes whose episode has ended are dropped as soon as a whole vector can be saved.
"""

import inspect
import linecache
import re
import warnings
from pathlib import Path

import numpy as np
from numba import njit
from numba.core.errors import NumbaError

from wann.errors import WannError
from wann.jit import compiled, compiled_for
from wann.network.forward import forward, remember
from wann.network.network import most_remembered, most_rows, network_at
from wann.numeric.functions import where
from wann.numeric.memory import (
    VECTOR_BYTES,
    count,
    load,
    store,
    store_rows,
    width,
    zero,
)
from wann.tasks.control.physics import (
    STRIDE,
    lanes_of,
    load_action,
    load_start,
    observe_of,
    own_part,
    physics_class,
    reset_of,
    step_of,
    store_state,
    well,
)


# ------------------------------------------------------------------------------------- the kernel
@njit(error_model="numpy", nogil=True)
def run_together(env, net, weights, proto, rows, at_memory, values, t, max_steps, least):
    """Advance width(proto) rollouts until ``max_steps``, or until at most ``least`` are alive.

    rows, STRIDE numbers apart: the state, the return so far, alive (1 or 0), the weight or weights,
    and, from ``at_memory`` on, what the network remembers.
    Returns the step reached and how many steps were made, summed over rollouts.
    """
    lanes, start = width(proto), load_start(env, rows, proto)
    n_state = len(start)
    at_return, at_alive, at_weight = (
        n_state * STRIDE,
        (n_state + 1) * STRIDE,
        (n_state + 2) * STRIDE,
    )
    at_action = (1 + net.n_inputs + net.activation.size - net.n_outputs) * lanes
    in_values = (1 + net.n_inputs + net.activation.size) * lanes
    for m in range(net.memory.size):
        store(values, in_values + m * lanes, load(rows, at_memory + m * STRIDE, proto))
    state = reset_of(env, start)
    total = load(rows, at_return, proto)
    alive = load(rows, at_alive, proto) > 0.5
    n_alive = count(alive)
    steps = 0
    while t < max_steps:
        store_rows(values, 0, lanes, (1.0,) + observe_of(env, state), proto)
        forward(net, weights, rows, at_weight, STRIDE, values, lanes, proto)
        remember(net, values, lanes, proto)
        state, reward, ok = step_of(env, state, load_action(env, values, at_action, lanes, proto))
        total = where(alive, total + reward, total)
        steps += n_alive
        t += 1
        alive = alive & ok
        now = count(alive)
        if now != n_alive:
            n_alive = now
            if n_alive <= least:
                break
    for m in range(net.memory.size):
        store(rows, at_memory + m * STRIDE, load(values, in_values + m * lanes, proto))
    store_state(env, rows, state, proto)
    store(rows, at_return, total)
    store(rows, at_alive, where(alive, proto + 1.0, proto))
    return t, steps


@compiled
def aligned(n, dtype):
    """Return n zeros that start on a boundary of vectors."""
    raw = np.zeros(n + VECTOR_BYTES, dtype)
    skip = (-raw.ctypes.data % VECTOR_BYTES) // raw.itemsize
    return raw[skip : skip + n]


@compiled
def fill(rows, lane, start, weight, n_memory):
    """Put a rollout at its first step into a lane; ``weight`` is a row of one or more weights."""
    n = start.size
    for q in range(n):
        rows[q * STRIDE + lane] = start[q]
    rows[n * STRIDE + lane] = 0.0
    rows[(n + 1) * STRIDE + lane] = 1.0
    for k in range(weight.size):
        rows[(n + 2 + k) * STRIDE + lane] = weight[k]
    for m in range(n_memory):
        rows[(n + 2 + weight.size + m) * STRIDE + lane] = 0.0


def rollouts_lanes(env, networks, weights, starts, max_steps, returns):
    """Fill returns[i, w, s] for every network, weight and start; return the number of steps made.

    weights and starts have one type, float64 or float32, and so have the rollouts.
    """
    n_starts, n_state = starts.shape
    table = weights.reshape((weights.shape[0], weights.size // weights.shape[0]))
    before_memory = n_state + 2 + table.shape[1]
    rows = aligned((before_memory + most_remembered(networks)) * STRIDE, starts.dtype)
    values = aligned(most_rows(networks) * STRIDE, starts.dtype)
    who = np.empty(STRIDE, np.int64)
    one, two, three = lanes_of(env, rows, 1), lanes_of(env, rows, 2), lanes_of(env, rows, 3)
    at_alive, at_memory = (n_state + 1) * STRIDE, before_memory * STRIDE
    vector, most = width(one), width(three)
    n_rollouts = table.shape[0] * n_starts
    steps = 0
    for i in range(networks.start.size - 1):
        net = network_at(networks, i)
        n_memory = net.memory.size
        for first in range(0, n_rollouts, most):
            n = min(most, n_rollouts - first)
            for lane in range(n):
                who[lane] = first + lane
                start, weight = (first + lane) % n_starts, (first + lane) // n_starts
                fill(rows, lane, starts[start], table[weight], n_memory)
            t = 0
            while n > 0:
                for lane in range(n, most):  # lanes beyond the last rollout
                    rows[at_alive + lane] = 0.0
                if n <= vector:
                    t, made = run_together(
                        env, net, weights, one, rows, at_memory, values, t, max_steps, 0
                    )
                elif n <= 2 * vector:
                    t, made = run_together(
                        env, net, weights, two, rows, at_memory, values, t, max_steps, vector
                    )
                else:
                    t, made = run_together(
                        env, net, weights, three, rows, at_memory, values, t, max_steps, 2 * vector
                    )
                steps += made
                kept = 0
                for lane in range(n):
                    if t < max_steps and rows[at_alive + lane] > 0.5:
                        for q in range(before_memory + n_memory):
                            rows[q * STRIDE + kept] = rows[q * STRIDE + lane]
                        who[kept] = who[lane]
                        kept += 1
                    else:
                        returns[i, who[lane] // n_starts, who[lane] % n_starts] = rows[
                            n_state * STRIDE + lane
                        ]
                n = kept
    return steps


def rollouts_floats(env, networks, weights, starts, max_steps, returns):
    """Do the same one rollout at a time on plain floats: the reference for the bits."""
    n_starts, n_state = starts.shape
    table = weights.reshape((weights.shape[0], weights.size // weights.shape[0]))
    before_memory = n_state + 2 + table.shape[1]
    rows = aligned((before_memory + most_remembered(networks)) * STRIDE, starts.dtype)
    values = aligned(most_rows(networks), starts.dtype)
    proto, at_memory, steps = zero(rows), before_memory * STRIDE, 0
    for i in range(networks.start.size - 1):
        net = network_at(networks, i)
        for w in range(table.shape[0]):
            for s in range(n_starts):
                fill(rows, 0, starts[s], table[w], net.memory.size)
                _, made = run_together(
                    env, net, weights, proto, rows, at_memory, values, 0, max_steps, 0
                )
                returns[i, w, s] = rows[n_state * STRIDE]
                steps += made
    return steps


def observations_floats(env, networks, weights, starts, max_steps, seen):
    """Play the first network and fill seen with what its physics, within ``Scaled``, observes
    before each step, one observation after another; return the number of steps made.
    """
    net, n_state = network_at(networks, 0), starts.shape[1]
    table = weights.reshape((weights.shape[0], weights.size // weights.shape[0]))
    rows = aligned((n_state + 2 + table.shape[1]) * STRIDE, starts.dtype)
    values = aligned(most_rows(networks), starts.dtype)
    at_action = 1 + net.n_inputs + net.activation.size - net.n_outputs
    proto, steps = zero(rows), 0
    for w in range(table.shape[0]):
        for s in range(starts.shape[0]):
            fill(rows, 0, starts[s], table[w], 0)
            values[at_action + net.n_outputs :] = 0.0  # the memory
            state, t, alive = reset_of(env, load_start(env, rows, proto)), 0, True
            while alive and t < max_steps:
                plain = observe_of(env.physics, own_part(env, state))
                store_rows(seen, steps * net.n_inputs, 1, plain, proto)
                store_rows(values, 0, 1, (1.0,) + observe_of(env, state), proto)
                forward(net, weights, rows, (n_state + 2) * STRIDE, STRIDE, values, 1, proto)
                remember(net, values, 1, proto)
                action = load_action(env, values, at_action, 1, proto)
                state, _, alive = step_of(env, state, action)
                t, steps = t + 1, steps + 1
    return steps


def reset_state(env, start):
    """Return the full state of the physics for a start state (compiled code behind one
    environment).
    """
    return reset_of(env, start)


def step_state(env, state, action):
    """Return (state, reward, alive) one step later."""
    return step_of(env, state, action)


def is_well(env, state, alive):
    """Return whether all is well after a step, as a ``Goal`` has it."""
    return well(env, state, alive)


def observation(env, state):
    """Return the network's inputs for a state."""
    return observe_of(env, state)


def kernel(function, env):
    """Return one of the functions above, compiled for the class of ``env``."""
    return compiled_for(function, physics_class(env))


# ------------------------------------------------------------------------------------- its use
def play(env, networks, weights, starts, max_steps, returns):
    """Do what ``rollouts_lanes`` does, if need be one rollout at a time: the same bits, many times
    slower.

    Raises:
        WannError: the physics cannot be compiled at all, or not in float32.
    """
    arguments = env, networks, weights, starts, max_steps, returns
    cls = physics_class(env)
    kind = type(env), cls
    if kind not in _one_by_one:
        try:
            return kernel(rollouts_lanes, env)(*arguments)
        except NumbaError as error:
            reason = complaint(cls, error)
        if starts.dtype != np.float64:
            raise WannError(f"{reason} cannot run in lanes, which float32 needs: {LANES_RULE}")
    try:
        steps = kernel(rollouts_floats, env)(*arguments)
    except NumbaError as error:
        rules = "the documentation of wann.tasks.control.rollout says what physics may be"
        raise WannError(f"{complaint(cls, error)} cannot be compiled: {rules}") from error
    if kind not in _one_by_one:
        _one_by_one.add(kind)
        warnings.warn(
            f"{reason} cannot run in lanes, so rollouts run one by one: {LANES_RULE}", stacklevel=3
        )
    return steps


LANES_RULE = (
    "write where(mask, a, b) in place of if, and wann.numeric.mathfun's functions in place of"
    " math's"
)
_one_by_one: set[tuple[type, type]] = set()  # of physics that cannot be compiled for lanes


def complaint(cls, error):
    """Return the line of the physics' source that the compiler stumbled over, else the name of the
    class.
    """
    file = inspect.getfile(cls)
    found = re.search(rf'File "[^"]*{re.escape(Path(file).name)}", line (\d+):', str(error))
    if not found:
        return f"the physics {cls.__name__}"
    return f"{file}, line {found[1]}: {linecache.getline(file, int(found[1])).strip()!r}"
