"""Moving ``Lanes`` in and out of arrays, for compiled code only; no function here checks bounds.

Everywhere ``proto`` is a value of the wanted type: a float for one number, a Lanes for many.
"""

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from wann.numeric.lanes import IR_TYPES, Lanes, pack, splat, unpack

#: Bytes of a vector: 8 numbers of float64, 16 of float32.  LLVM makes of it what a machine has: one
#: register of AVX-512, two of AVX2, four of SSE or NEON.  Vectors of just one register were no
#: faster there.
VECTOR_BYTES = 64
INT64 = ir.IntType(64)


@intrinsic(prefer_literal=True)
def zero_lanes(typingctx, array, vectors):
    """Return zero in every lane of ``vectors`` vectors (a literal integer) of the array's type."""
    if isinstance(vectors, types.IntegerLiteral) and array.dtype in IR_TYPES:
        t = Lanes(array.dtype, 8 * VECTOR_BYTES // array.dtype.bitwidth, vectors.literal_value)
        return t(array, vectors), lambda context, b, sig, args: splat(
            b, t, ir.Constant(IR_TYPES[t.elem], 0.0)
        )


@intrinsic
def zero(typingctx, array):
    """Return the one number 0 of the array's type: 0.0, or for float32 a single lane."""
    t = types.float64 if array.dtype == types.float64 else Lanes(array.dtype, 1, 1)

    def code(context, b, sig, args):
        number = ir.Constant(IR_TYPES[array.dtype], 0.0)
        return number if t == types.float64 else splat(b, t, number)

    return t(array), code


@intrinsic
def width(typingctx, proto):
    """Return how many lanes ``proto`` has: 1 for a float."""
    lanes = proto.V * proto.M if isinstance(proto, Lanes) else 1
    return types.intp(proto), lambda context, b, sig, args: context.get_constant(types.intp, lanes)


@intrinsic
def count(typingctx, mask):
    """Return in how many lanes ``mask`` is true."""

    def code(context, b, sig, args):
        total = context.get_constant(types.intp, 0)
        popcount = cgutils.get_or_insert_function(
            b.module, ir.FunctionType(INT64, [INT64]), "llvm.ctpop.i64"
        )
        for part in unpack(b, args[0]):
            bits = (
                part
                if isinstance(part.type, ir.IntType)
                else b.bitcast(part, ir.IntType(part.type.count))
            )
            total = b.add(total, b.call(popcount, [b.zext(bits, INT64)]))
        return total

    return types.intp(mask), code


def _holds(array, proto):
    return (
        isinstance(proto, Lanes | types.Float)
        and isinstance(array, types.Array)
        and array.layout == "C"
        and array.ndim == 1
        and array.dtype == (proto.elem if isinstance(proto, Lanes) else types.float64)
    )


def _pointers(context, b, array_type, array, index, t):
    data = context.make_array(array_type)(context, b, array).data
    if not isinstance(t, Lanes):
        return [b.gep(data, [index])]
    vector = ir.VectorType(IR_TYPES[t.elem], t.V).as_pointer()
    return [
        b.bitcast(b.gep(data, [b.add(index, ir.Constant(index.type, i * t.V))]), vector)
        for i in range(t.M)
    ]


def _load(context, b, array_type, array, index, t):
    pointers = _pointers(context, b, array_type, array, index, t)
    return pack(b, t, [b.load(p, align=array_type.dtype.bitwidth // 8) for p in pointers])


def _store(context, b, array_type, array, index, t, value):
    pointers = _pointers(context, b, array_type, array, index, t)
    for pointer, part in zip(pointers, unpack(b, value), strict=True):
        b.store(part, pointer, align=array_type.dtype.bitwidth // 8)
    return context.get_dummy_value()


@intrinsic
def load(typingctx, array, i, proto):
    """Return array[i], or the Lanes array[i : i + width(proto)]."""
    if _holds(array, proto):
        return proto(array, types.intp, proto), lambda context, b, sig, args: _load(
            context, b, array, *args[:2], proto
        )


@intrinsic
def store(typingctx, array, i, value):
    """Undo load."""
    if _holds(array, value):

        def code(context, b, sig, args):
            return _store(context, b, array, *args[:2], value, args[2])

        return types.none(array, types.intp, value), code


def _row_starts(b, i, stride, n):
    return [b.add(i, b.mul(stride, ir.Constant(stride.type, k))) for k in range(n)]


@intrinsic(prefer_literal=True)
def load_rows(typingctx, array, i, stride, n, proto):
    """Return the tuple (load(array, i), load(array, i + stride), ...) of n values.

    N is a literal.
    """
    if _holds(array, proto) and isinstance(n, types.IntegerLiteral):
        t = types.UniTuple(proto, n.literal_value)

        def code(context, b, sig, args):
            rows = _row_starts(b, args[1], args[2], t.count)
            return context.make_tuple(
                b, t, [_load(context, b, array, args[0], j, proto) for j in rows]
            )

        return t(array, types.intp, types.intp, n, proto), code


@intrinsic
def store_rows(typingctx, array, i, stride, values, proto):
    """Undo load_rows; ``values`` is a tuple of what broadcasts to the type of ``proto``."""
    if _holds(array, proto) and isinstance(values, types.BaseTuple):

        def code(context, b, sig, args):
            for k, j in enumerate(_row_starts(b, args[1], args[2], len(values))):
                value = context.cast(b, b.extract_value(args[3], k), values[k], proto)
                _store(context, b, array, args[0], j, proto, value)
            return context.get_dummy_value()

        return types.none(array, types.intp, types.intp, values, proto), code
