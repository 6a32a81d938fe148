"""Classification on a GPU: a block takes one network and a warp's width of samples.

Its warps share the nodes of each level. A thread computes a node for one sample and several shared
weights side by side, as lanes: what it reads of the program, and what the node sums of raw inputs,
serves all of them.
"""

from typing import Any

from llvmlite import ir
from numba import cuda, types
from numba.extending import intrinsic

from wann.gpu.compiler import WARP, activated, fetch, single_lanes, slot
from wann.jit import dual
from wann.network.forward import forward_individual, forward_shared
from wann.network.network import Networks, network_at
from wann.numeric.lanes import IR_TYPES, pack, unpack
from wann.numeric.mathfun import log
from wann.numeric.memory import load, store
from wann.tasks.classification.cross_entropy import softmax

MOST_TOGETHER = 6  # weights that a thread takes
WARPS = 16  # of a block


# ----------------------------------------------------- lanes whose numbers lie a warp's width apart
def _pointers(context, b, array_type, array, index, t):
    data = context.make_array(array_type)(context, b, array).data
    return [b.gep(data, [b.add(index, ir.Constant(index.type, k * WARP))]) for k in range(t.M)]


@intrinsic
def load_apart(typingctx, array, i, proto):
    """Return the lanes array[i], array[i + WARP], …; each is one number."""

    def code(context, b, sig, args):
        zero = ir.Constant(ir.IntType(32), 0)
        undefined = ir.Constant(ir.VectorType(IR_TYPES[proto.elem], 1), ir.Undefined)
        pointers = _pointers(context, b, array, *args[:2], proto)
        return pack(b, proto, [b.insert_element(undefined, b.load(p), zero) for p in pointers])

    return proto(array, types.intp, proto), code


@intrinsic
def store_apart(typingctx, array, i, value):
    """Undo load_apart."""

    def code(context, b, sig, args):
        zero = ir.Constant(ir.IntType(32), 0)
        pointers = _pointers(context, b, array, *args[:2], value)
        for pointer, part in zip(pointers, unpack(b, args[2]), strict=True):
            b.store(b.extract_element(part, zero), pointer)
        return context.get_dummy_value()

    return types.none(array, types.intp, value), code


@intrinsic
def spread(typingctx, number, proto):
    """Return a single lane in every lane."""

    def code(context, b, sig, args):
        return pack(b, proto, unpack(b, args[0]) * proto.M)

    return proto(number, proto), code


@intrinsic(prefer_literal=True)
def with_lane(typingctx, lanes, k, number):
    """Return lanes with a number in lane k."""

    def code(context, b, sig, args):
        value = context.cast(b, args[2], number, lanes.elem)
        parts = unpack(b, args[0])
        zero = ir.Constant(ir.IntType(32), 0)
        undefined = ir.Constant(ir.VectorType(IR_TYPES[lanes.elem], 1), ir.Undefined)
        mine = b.insert_element(undefined, value, zero)
        picked = [
            b.select(b.icmp_signed("==", args[1], ir.Constant(args[1].type, j)), mine, part)
            for j, part in enumerate(parts)
        ]
        return pack(b, lanes, picked)

    return lanes(lanes, types.intp, number), code


# ------------------------------------------------------------------------------------- the kernels
@dual
def of_input(inputs, word, shift, n_samples, sample, proto):
    """Return the input in this source of a program, for this sample."""
    row = types.int64((word >> types.uint64(shift)) & types.uint64(0xFFFF))
    return load(inputs, row * n_samples + sample, proto)


def samples_kernel(elem: types.Float, together: int) -> Any:
    """Return the kernel, and its signature, that fills margins and sums for each sample.

    For each network, weight and sample: the largest output less that of the right class, and the
    sum of exp(output - largest), of outputs times the steepness of the weight. ``together`` weights
    are taken by one thread.
    """
    row_bytes = WARP * elem.bitwidth // 8
    pitch = WARP * together

    def samples(
        order,
        begin,
        words,
        first,
        lengths,
        weights,
        steep,
        n_weights,
        inputs,
        labels,
        n_samples,
        n_classes,
        margins,
        sums,
    ):
        i = order[begin + cuda.blockIdx.x]
        lane, warp = cuda.threadIdx.x, cuda.threadIdx.y
        at_sample = cuda.blockIdx.y * WARP + lane
        sample = min(at_sample, n_samples - 1)
        values = cuda.shared.array(0, elem)
        program = cuda.shared.array(0, types.uint64)
        head = words[first[i]]
        n_levels = types.int32((head >> types.uint64(20)) & types.uint64(0xFFFFF))
        base = types.int32(head >> types.uint64(40)) * together * (row_bytes // 8)
        nodes = types.uint32(base + n_levels)
        thread = warp * WARP + lane
        fetch(words, first[i], lengths[i], program, base, thread, WARP * WARPS)
        one, many = single_lanes(values, 1), single_lanes(values, together)
        if warp == 0:
            store_apart(values, n_classes * pitch + lane, -(many + 0.0))
        for first_weight in range(0, n_weights, together):
            weight = many
            for k in range(together):
                if first_weight + k < n_weights:
                    weight = with_lane(weight, k, weights[first_weight + k])
            cuda.syncthreads()
            done = 0
            for level in range(n_levels):
                end = types.int32(program[base + level])
                for k in range(done + warp, end, WARPS):
                    node = program[nodes + types.uint32(k)]
                    at = types.uint32(nodes + types.uint32(node & types.uint64(0xFFFFF)))
                    total = one
                    for _ in range(types.int32((node >> types.uint64(20)) & types.uint64(0x3FF))):
                        word = program[at]
                        at = types.uint32(at + types.uint32(1))
                        total = total + of_input(inputs, word, 0, n_samples, sample, one)
                        total = total + of_input(inputs, word, 16, n_samples, sample, one)
                        total = total + of_input(inputs, word, 32, n_samples, sample, one)
                        total = total + of_input(inputs, word, 48, n_samples, sample, one)
                    x = spread(total, many)
                    for _ in range(types.int32((node >> types.uint64(30)) & types.uint64(0x3FF))):
                        word = program[at]
                        at = types.uint32(at + types.uint32(1))
                        x = x + load_apart(values, slot(word, 0) * pitch + lane, many)
                        x = x + load_apart(values, slot(word, 16) * pitch + lane, many)
                        x = x + load_apart(values, slot(word, 32) * pitch + lane, many)
                        x = x + load_apart(values, slot(word, 48) * pitch + lane, many)
                    y = activated(types.int32(node >> types.uint64(58)), x * weight)
                    store_apart(values, slot(node, 40) * pitch + lane, y)
                done = end
                cuda.syncthreads()

            # each warp takes some of the weights
            for k in range(warp, min(together, n_weights - first_weight), WARPS):
                at_class = k * WARP + lane
                factor = steep[first_weight + k]
                top, total = softmax(values, at_class, n_classes, pitch, factor, one)
                if at_sample < n_samples:
                    row = (i * n_weights + first_weight + k) * n_samples + sample
                    right = load(values, labels[sample] * pitch + at_class, one)
                    store(margins, row, (top - right) * (one + factor))
                    store(sums, row, total)

    i64, u64, flat, n = types.int64[::1], types.uint64[::1], elem[::1], types.int64
    signature = types.void(i64, n, u64, i64, i64, flat, flat, n, flat, i64, n, n, flat, flat)
    return samples, signature


def losses_kernel(elem: types.Float) -> Any:
    """Return the kernel, and its signature, that adds up margins and sums: cross-entropies.

    In the order of ``wann.tasks.classification.cross_entropy``: block by block of ``lanes``
    samples, the sums of up to ``fold`` blocks multiplied before their logarithm is taken.
    """

    def losses(margins, sums, n_rows, n_samples, lanes, fold, out):
        row = cuda.grid(1)
        if row >= n_rows:
            return
        at, total = row * n_samples, 0.0
        n_blocks = (n_samples + lanes - 1) // lanes
        for first in range(0, n_blocks, fold):
            last = min(first + fold, n_blocks)
            for block in range(first, last):
                loss = 0.0
                for s in range(block * lanes, min(n_samples, (block + 1) * lanes)):
                    loss += margins[at + s]
                total += loss
            for lane in range(lanes):
                product = elem(1.0)
                for block in range(first, last):
                    if block * lanes + lane < n_samples:
                        product *= sums[at + block * lanes + lane]
                total += log(float(product))
        out[row] = total

    flat, n = elem[::1], types.int64
    return losses, types.void(flat, flat, n, n, n, n, types.float64[::1])


def plain_samples_kernel(elem: types.Float, individual: bool) -> Any:
    """Return the kernel, and its signature, for networks of any size and for individual weights."""
    forward = forward_individual if individual else forward_shared

    def plain_samples(
        start,
        indptr,
        source,
        gene,
        activation,
        memory_start,
        memory,
        n_networks,
        n_inputs,
        n_classes,
        weights,
        steep,
        n_weights,
        n_genes,
        inputs,
        labels,
        n_samples,
        room,
        scratch,
        margins,
        sums,
    ):
        networks = Networks(
            start, indptr, source, gene, activation, n_inputs, n_classes, memory_start, memory
        )
        lane = cuda.threadIdx.x
        warps = (n_samples + WARP - 1) // WARP
        values = scratch[cuda.blockIdx.x * room + lane :]
        proto = single_lanes(scratch, 1)
        for job in range(cuda.blockIdx.x, n_networks * n_weights * warps, cuda.gridDim.x):
            at_sample = job % warps * WARP + lane
            sample = min(at_sample, n_samples - 1)
            i, w = job // warps // n_weights, job // warps % n_weights
            net = network_at(networks, i)
            for row in range(n_inputs + 1):
                store(values, row * WARP, load(inputs, row * n_samples + sample, proto))
            forward(net, weights, w * n_genes, 1, values, WARP, proto)
            at = (1 + n_inputs + net.activation.size - n_classes) * WARP
            top, total = softmax(values, at, n_classes, WARP, steep[w], proto)
            if at_sample < n_samples:
                row = (i * n_weights + w) * n_samples + sample
                right = load(values, at + labels[sample] * WARP, proto)
                store(margins, row, (top - right) * (proto + steep[w]))
                store(sums, row, total)

    i64, flat, n = types.int64[::1], elem[::1], types.int64
    arrays = (i64,) * 7
    signature = types.void(*arrays, n, n, n, flat, flat, n, n, flat, i64, n, n, flat, flat, flat)
    return plain_samples, signature
