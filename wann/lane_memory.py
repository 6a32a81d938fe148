"""Moving ``Lanes`` in and out of arrays, for compiled code only; no function here checks bounds.

Everywhere ``like`` is a value of the wanted type: a float for one number, a Lanes for many.
"""

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from wann.lanes import DOUBLE, INT64, Lanes, pack, splat, unpack

VECTOR = 8  # doubles per vector: 64 bytes; LLVM splits it on machines with narrower registers


@intrinsic(prefer_literal=True)
def zero_lanes(typingctx, vectors):
    """Return zero in every lane of ``vectors`` vectors (a literal integer)."""
    if isinstance(vectors, types.IntegerLiteral):
        t = Lanes(VECTOR, vectors.literal_value)
        return t(vectors), lambda context, b, sig, args: splat(b, t, ir.Constant(DOUBLE, 0.0))


@intrinsic
def width(typingctx, like):
    """Return how many lanes ``like`` has: 1 for a float."""
    lanes = like.V * like.M if isinstance(like, Lanes) else 1
    return types.intp(like), lambda context, b, sig, args: context.get_constant(types.intp, lanes)


@intrinsic
def count(typingctx, mask):
    """Return in how many lanes ``mask`` is true."""

    def code(context, b, sig, args):
        total = context.get_constant(types.intp, 0)
        popcount = cgutils.get_or_insert_function(b.module, ir.FunctionType(INT64, [INT64]), "llvm.ctpop.i64")
        for part in unpack(b, args[0]):
            bits = part if isinstance(part.type, ir.IntType) else b.bitcast(part, ir.IntType(part.type.count))
            total = b.add(total, b.call(popcount, [b.zext(bits, INT64)]))
        return total

    return types.intp(mask), code


def _holds(array, like):
    return (
        isinstance(array, types.Array)
        and array.layout == "C"
        and array.ndim == 1
        and array.dtype == types.float64
        and isinstance(like, Lanes | types.Float)
    )


def _pointers(context, b, array_type, array, index, t):
    data = context.make_array(array_type)(context, b, array).data
    if not isinstance(t, Lanes):
        return [b.gep(data, [index])]
    vector = ir.VectorType(DOUBLE, t.V).as_pointer()
    return [b.bitcast(b.gep(data, [b.add(index, ir.Constant(index.type, i * t.V))]), vector) for i in range(t.M)]


def _load(context, b, array_type, array, index, t):
    return pack(b, t, [b.load(p, align=8) for p in _pointers(context, b, array_type, array, index, t)])


def _store(context, b, array_type, array, index, t, value):
    pointers = _pointers(context, b, array_type, array, index, t)
    for pointer, part in zip(pointers, unpack(b, value), strict=True):
        b.store(part, pointer, align=8)
    return context.get_dummy_value()


@intrinsic
def load(typingctx, array, i, like):
    """Return array[i], or the Lanes array[i : i + width(like)]."""
    if _holds(array, like):
        return like(array, types.intp, like), lambda context, b, sig, args: _load(context, b, array, *args[:2], like)


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
def load_rows(typingctx, array, i, stride, n, like):
    """Return the tuple (load(array, i), load(array, i + stride), ...) of n values; n is a literal."""
    if _holds(array, like) and isinstance(n, types.IntegerLiteral):
        t = types.UniTuple(like, n.literal_value)

        def code(context, b, sig, args):
            rows = _row_starts(b, args[1], args[2], t.count)
            return context.make_tuple(b, t, [_load(context, b, array, args[0], j, like) for j in rows])

        return t(array, types.intp, types.intp, n, like), code


@intrinsic
def store_rows(typingctx, array, i, stride, values, like):
    """Undo load_rows; ``values`` is a tuple of what broadcasts to the type of ``like``."""
    if _holds(array, like) and isinstance(values, types.BaseTuple):

        def code(context, b, sig, args):
            for k, j in enumerate(_row_starts(b, args[1], args[2], len(values))):
                value = context.cast(b, b.extract_value(args[3], k), values[k], like)
                _store(context, b, array, args[0], j, like, value)
            return context.get_dummy_value()

        return types.none(array, types.intp, types.intp, values, like), code
