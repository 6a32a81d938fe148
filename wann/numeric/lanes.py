"""``Lanes``: many numbers side by side, which Numba code handles like one float.

A ``Lanes(elem, V, M)`` is M LLVM vectors of V numbers of type float64 or float32.  Arithmetic,
comparisons, ``abs``, ``min``, ``max``, ``x ** 2`` and the functions of ``lane_functions`` accept
floats and Lanes alike and emit the *same* IEEE instruction for both (no fast-math, no contraction),
so that one source gives a scalar and a vector kernel that agree bit for bit.  (The one number of
float32 is a Lanes of one lane: Numba would promote ``float32 * 0.5`` to float64.)  In such a source
write ``where(mask, a, b)`` in place of ``if``, ``not mask`` in place of ``~mask``, and ``&``, ``|``
between comparisons.
"""

import operator

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.typeconv import Conversion
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import lower_builtin, lower_cast, models, register_model

IR_TYPES = {types.float64: ir.DoubleType(), types.float32: ir.FloatType()}


# ------------------------------------------------------------------------------ the two types
class Lanes(types.Type):
    """M vectors of V numbers of type ``elem``."""

    def __init__(self, elem, V, M):
        self.elem, self.V, self.M = elem, V, M
        super().__init__(f"Lanes({elem}, {V}x{M})")

    def can_convert_from(self, typingctx, other):
        """A number becomes Lanes, so that ``total = 0.0`` can start a sum."""
        if isinstance(other, types.Float | types.Integer):
            return Conversion.safe


class Mask(types.Type):
    """The result of comparing two Lanes: one truth value per lane."""

    def __init__(self, elem, V, M):
        self.elem, self.V, self.M = elem, V, M
        super().__init__(f"Mask({elem}, {V}x{M})")

    def can_convert_from(self, typingctx, other):
        """A truth value becomes the same one in every lane."""
        if isinstance(other, types.Boolean):
            return Conversion.safe


@register_model(Lanes)
class LanesModel(models.PrimitiveModel):
    """Lanes in memory and registers: an array of M vectors."""

    def __init__(self, dmm, t):
        super().__init__(dmm, t, ir.ArrayType(ir.VectorType(IR_TYPES[t.elem], t.V), t.M))


@register_model(Mask)
class MaskModel(models.PrimitiveModel):
    """A mask in registers: an array of M vectors of bits."""

    def __init__(self, dmm, t):
        super().__init__(dmm, t, ir.ArrayType(ir.VectorType(ir.IntType(1), t.V), t.M))


# ---------------------------------------------------------------------- code generation tools
def unpack(b, value):
    """Return the LLVM vectors of a Lanes or Mask, or the float or bool itself, as a list."""
    if isinstance(value.type, ir.ArrayType):
        return [b.extract_value(value, i) for i in range(value.type.count)]
    return [value]


def pack(b, t, parts):
    """Undo unpack for a value of Numba type ``t``."""
    if not isinstance(t, Lanes | Mask):
        return parts[0]
    out = ir.Constant(ir.ArrayType(parts[0].type, len(parts)), ir.Undefined)
    for i, part in enumerate(parts):
        out = b.insert_value(out, part, i)
    return out


def splat(b, t, scalar):
    """Put the LLVM scalar into every lane (LLVM folds constants)."""
    i32, vec = ir.IntType(32), ir.VectorType(scalar.type, t.V)
    undefined = ir.Constant(vec, ir.Undefined)
    v = b.insert_element(undefined, scalar, ir.Constant(i32, 0))
    v = b.shuffle_vector(v, undefined, ir.Constant(ir.VectorType(i32, t.V), [0] * t.V))
    return pack(b, t, [v] * t.M)


def constant(ty, c):
    """Return the number c as a constant of an LLVM scalar or vector type."""
    if isinstance(ty, ir.VectorType):
        return ir.Constant(ty, [ir.Constant(ty.element, c)] * ty.count)
    return ir.Constant(ty, c)


def is_double(ty):
    """Return whether an LLVM scalar or vector type is of doubles; else it is of floats."""
    return isinstance(getattr(ty, "element", ty), ir.DoubleType)


def int_type(ty):
    """Return the integer type shaped like the LLVM scalar or vector type."""
    integer = ir.IntType(64 if is_double(ty) else 32)
    return ir.VectorType(integer, ty.count) if isinstance(ty, ir.VectorType) else integer


def llvm(name):
    """Return a builder of the LLVM intrinsic ``name`` for scalars and vectors.

    NVVM has them for scalars only, and not all of them; CUDA's libdevice has them under its names.
    """

    def build(b, *xs):
        ty = xs[0].type
        if b.module.triple.startswith("nvptx"):
            return on_gpu(b, *xs)
        suffix = "f64" if is_double(ty) else "f32"
        suffix = f"v{ty.count}{suffix}" if isinstance(ty, ir.VectorType) else suffix
        function = ir.FunctionType(ty, [ty] * len(xs))
        return b.call(
            cgutils.get_or_insert_function(b.module, function, f"llvm.{name}.{suffix}"), xs
        )

    def on_gpu(b, *xs):
        ty = xs[0].type
        scalar, zero = getattr(ty, "element", ty), ir.Constant(ir.IntType(32), 0)
        function = cgutils.get_or_insert_function(
            b.module,
            ir.FunctionType(scalar, [scalar] * len(xs)),
            f"__nv_{name}" + ("" if is_double(ty) else "f"),
        )
        if scalar is ty:
            return b.call(function, xs)
        y = b.call(function, [b.extract_element(x, zero) for x in xs])  # of a single lane
        return b.insert_element(ir.Constant(ty, ir.Undefined), y, zero)

    return build


@lower_cast(types.Float, Lanes)
@lower_cast(types.Integer, Lanes)
def broadcast_number(context, b, from_type, to_type, value):
    """Cast a number to Lanes."""
    return splat(b, to_type, context.cast(b, value, from_type, to_type.elem))


@lower_cast(types.Boolean, Mask)
def broadcast_bool(context, b, from_type, to_type, value):
    """Cast a truth value to a Mask."""
    return splat(b, to_type, value)


def lanes_of(args):
    """Return the one Lanes type that these argument types broadcast to, or None."""
    found = {(a.elem, a.V, a.M) for a in args if isinstance(a, Lanes | Mask)}
    known = all(
        isinstance(a, Lanes | Mask | types.Float | types.Integer | types.Boolean) for a in args
    )
    return Lanes(*found.pop()) if len(found) == 1 and known else None


def define(function, pattern, build, floats=True):
    """Give ``function`` a meaning for Lanes (and floats) with the signature ``pattern``.

    pattern: result letter, then argument letters; f is a float or Lanes, m a bool or Mask.
    build(builder, *llvm_values): makes one number's or one vector's result.
    floats: define it for plain floats too; operators already have Numba's own.
    """
    arity = len(pattern) - 1

    @infer_global(function)
    class Template(AbstractTemplate):
        def generic(self, args, kws):
            if len(args) != arity or kws:
                return None
            lanes = lanes_of(args)
            if lanes is not None:
                kind = {"f": lanes, "m": Mask(lanes.elem, lanes.V, lanes.M)}
            elif floats and all(
                isinstance(a, types.Float | types.Boolean | types.Integer) for a in args
            ):
                kind = {"f": types.float64, "m": types.boolean}
            else:
                return None
            return signature(*[kind[c] for c in pattern])

    def lower(context, b, sig, args):
        columns = zip(*[unpack(b, a) for a in args], strict=True)
        return pack(b, sig.return_type, [build(b, *column) for column in columns])

    kinds = [{"f": Lanes, "m": Mask}] + [{"f": types.Float, "m": types.Boolean}] * floats
    for kind in kinds:
        lower_builtin(function, *[kind[c] for c in pattern[1:]])(lower)


# -------------------------------------------------------------------------- ordinary operators
def method(name):
    """Return a builder that calls the LLVM builder's method ``name``."""
    return lambda b, *xs: getattr(b, name)(*xs)


def compare(sign, ordered=True):
    """Return a builder of a comparison; only != is true for NaN."""
    return lambda b, x, y: (b.fcmp_ordered if ordered else b.fcmp_unordered)(sign, x, y)


def pick(sign):
    """Return a builder of ``y if y SIGN x else x``: Python's and Numba's rule, also for NaN and
    -0.
    """
    return lambda b, x, y: b.select(b.fcmp_ordered(sign, y, x), y, x)


for name, code in (("add", "fadd"), ("sub", "fsub"), ("mul", "fmul"), ("truediv", "fdiv")):
    define(getattr(operator, name), "fff", method(code), floats=False)
    define(getattr(operator, "i" + name), "fff", method(code), floats=False)
for name, sign in (("gt", ">"), ("ge", ">="), ("lt", "<"), ("le", "<="), ("eq", "==")):
    define(getattr(operator, name), "mff", compare(sign), floats=False)
define(operator.ne, "mff", compare("!=", ordered=False), floats=False)
for name, code in (("and", "and_"), ("or", "or_"), ("xor", "xor")):
    define(
        getattr(operator, name + "_" if name != "xor" else name), "mmm", method(code), floats=False
    )
    define(getattr(operator, "i" + name), "mmm", method(code), floats=False)
define(operator.not_, "mm", method("not_"), floats=False)
# NVVM knows no fneg; LLVM makes one of this
define(operator.neg, "ff", lambda b, x: b.fsub(constant(x.type, -0.0), x), floats=False)
define(abs, "ff", llvm("fabs"), floats=False)
define(max, "fff", pick(">"), floats=False)
define(min, "fff", pick("<"), floats=False)


@infer_global(operator.pow)
class PowTemplate(AbstractTemplate):
    """``x ** 2`` and so on for a literal exponent: the same products as Numba's for floats."""

    prefer_literal = True

    def generic(self, args, kws):
        """Accept Lanes to a positive literal integer."""
        x, n = args
        if isinstance(x, Lanes) and isinstance(n, types.IntegerLiteral) and n.literal_value > 0:
            return signature(x, x, n)


@lower_builtin(operator.pow, Lanes, types.IntegerLiteral)
def lower_pow(context, b, sig, args):
    """Multiply by repeated squaring."""

    def power(x, n):
        out = constant(x.type, 1.0)
        while n:
            out = b.fmul(out, x) if n & 1 else out
            x, n = b.fmul(x, x), n >> 1
        return out

    return pack(
        b, sig.return_type, [power(x, sig.args[1].literal_value) for x in unpack(b, args[0])]
    )
