"""Rollouts on a GPU: a warp plays one network, each of its threads a rollout (weight x trial)."""

from typing import Any

import numpy as np
from numba import cuda, types

from wann.gpu.compiler import ALL, WARP, activated, fetch, single_lanes, slot
from wann.gpu.programs import MORE
from wann.jit import dual
from wann.network.forward import forward_individual, forward_shared, remember
from wann.network.network import Networks, network_at
from wann.numeric.functions import where
from wann.numeric.memory import count, load, load_rows, store, store_rows


@dual
def value(values, word, shift, lane, proto):
    """Return the value in this slot."""
    return load(values, slot(word, shift) * WARP + lane, proto)


def rollouts_kernel(env: Any, elem: types.Float) -> Any:
    """Return the kernel, and its signature, for the physics ``env`` and a type of numbers."""
    cls = type(env)
    reset, observe, step = dual(cls.reset), dual(cls.observe), dual(cls.step)
    n_state, n_actions = len(env.state_names), len(env.action_names)
    n_values = 1 + len(env.observation_names)
    nothing = n_values + n_actions
    row_bytes = WARP * elem.bitwidth // 8

    def rollouts(
        order,
        begin,
        words,
        first,
        lengths,
        weights,
        n_weights,
        starts,
        n_starts,
        max_steps,
        returns,
        steps,
    ):
        i = order[begin + cuda.blockIdx.x]
        lane = cuda.threadIdx.x
        rollout = cuda.blockIdx.y * WARP + lane
        n_rollouts = n_weights * n_starts
        # the warp's memory: a row for each slot, then the program
        values = cuda.shared.array(0, elem)
        program = cuda.shared.array(0, types.uint64)
        head = words[first[i]]
        n_nodes = types.int32(head & types.uint64(ALL))
        base = types.int32((head >> types.uint64(32)) & types.uint64(0xFFFF)) * (row_bytes // 8)
        n_memory = types.int32(head >> types.uint64(48))
        fetch(words, first[i], lengths[i], program, base, lane, WARP)
        cuda.syncwarp()

        proto = single_lanes(values, 1)
        playing = rollout < n_rollouts
        mine = rollout if playing else 0
        weight = load(weights, mine // n_starts, proto)
        start = load_rows(starts, mine % n_starts, n_starts, n_state, proto)
        state = reset(env, start)
        store(values, nothing * WARP + lane, -(proto + 0.0))
        store(values, (nothing + 1) * WARP + lane, proto)
        for k in range(n_memory):
            store(values, slot(program[base + k], 16) * WARP + lane, proto)
        total = proto
        alive = proto < where(playing, 1.0, 0.0)
        made = 0
        for _ in range(max_steps):
            if not cuda.any_sync(ALL, count(alive) > 0):
                break
            store_rows(values, lane, WARP, (1.0,) + observe(env, state), proto)
            at = types.uint32(base + n_memory)
            word = program[at]
            for _ in range(n_nodes):
                node = word
                more = types.uint32((node >> types.uint64(48)) & types.uint64(0x3FF))
                at = types.uint32(at + types.uint32(1))
                word = program[at + more]  # of the next node, in time
                x = value(values, node, 0, lane, proto) + value(values, node, 16, lane, proto)
                if more > 0:
                    while True:
                        sources = program[at]
                        at = types.uint32(at + types.uint32(1))
                        x = x + value(values, sources, 0, lane, proto)
                        x = x + value(values, sources, 16, lane, proto)
                        x = x + value(values, sources, 32, lane, proto)
                        x = x + value(values, sources, 48, lane, proto)
                        if sources < np.uint64(MORE):
                            break
                y = activated(types.int32(node >> types.uint64(58)), x * weight)
                store(values, slot(node, 32) * WARP + lane, y)
            for k in range(n_memory):
                copied = program[base + k]
                store(values, slot(copied, 16) * WARP + lane, value(values, copied, 0, lane, proto))
            action = load_rows(values, n_values * WARP + lane, WARP, n_actions, proto)
            state, reward, ok = step(env, state, action)
            total = where(alive, total + reward, total)
            made += count(alive)
            alive = alive & ok
        if playing:
            store(returns, i * n_rollouts + rollout, total)
        cuda.atomic.add(steps, 0, made)

    i64, u64, flat, n = types.int64[::1], types.uint64[::1], elem[::1], types.int64
    signature = types.void(i64, n, u64, i64, i64, flat, n, flat, n, n, flat, i64)
    return rollouts, signature


def plain_kernel(env: Any, elem: types.Float, individual: bool) -> Any:
    """Return the kernel, and its signature, for networks of any size and for individual weights.

    Values lie in the GPU's large memory: some blocks, each with room for any of the networks, share
    all of the work.
    """
    cls = type(env)
    reset, observe, step = dual(cls.reset), dual(cls.observe), dual(cls.step)
    n_state, n_actions = len(env.state_names), len(env.action_names)
    n_inputs = len(env.observation_names)
    forward = forward_individual if individual else forward_shared

    def plain_rollouts(
        start,
        indptr,
        source,
        gene,
        activation,
        memory_start,
        memory,
        n_networks,
        weights,
        n_weights,
        n_genes,
        starts,
        n_starts,
        max_steps,
        room,
        scratch,
        returns,
        steps,
    ):
        networks = Networks(
            start, indptr, source, gene, activation, n_inputs, n_actions, memory_start, memory
        )
        lane = cuda.threadIdx.x
        n_rollouts = n_weights * n_starts
        warps = (n_rollouts + WARP - 1) // WARP
        values = scratch[cuda.blockIdx.x * room + lane :]
        proto = single_lanes(scratch, 1)
        made = 0
        for job in range(cuda.blockIdx.x, n_networks * warps, cuda.gridDim.x):
            i, rollout = job // warps, job % warps * WARP + lane
            playing = rollout < n_rollouts
            mine = rollout if playing else 0
            net = network_at(networks, i)
            at_weight = mine // n_starts * n_genes
            at_action = (1 + n_inputs + net.activation.size - n_actions) * WARP
            at_memory = (1 + n_inputs + net.activation.size) * WARP
            for m in range(net.memory.size):
                store(values, at_memory + m * WARP, proto)
            state = reset(env, load_rows(starts, mine % n_starts, n_starts, n_state, proto))
            total = proto
            alive = proto < where(playing, 1.0, 0.0)
            for _ in range(max_steps):
                if count(alive) == 0:
                    break
                store_rows(values, 0, WARP, (1.0,) + observe(env, state), proto)
                forward(net, weights, at_weight, 1, values, WARP, proto)
                remember(net, values, WARP, proto)
                action = load_rows(values, at_action, WARP, n_actions, proto)
                state, reward, ok = step(env, state, action)
                total = where(alive, total + reward, total)
                made += 1
                alive = alive & ok
            if playing:
                store(returns, i * n_rollouts + rollout, total)
        cuda.atomic.add(steps, 0, made)

    i64, flat, n = types.int64[::1], elem[::1], types.int64
    arrays = (i64,) * 7
    signature = types.void(*arrays, n, flat, n, n, flat, n, n, n, flat, flat, i64)
    return plain_rollouts, signature
