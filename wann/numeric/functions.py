"""Functions of floats and ``Lanes`` alike: the same IEEE operations, so the same bits.

The Python bodies are their meaning; compiled code uses the builders beside them.
"""

import math

import numpy as np
from numba import types
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import lower_builtin

from wann.numeric.lanes import (
    Lanes,
    constant,
    define,
    int_type,
    is_double,
    llvm,
    pack,
    splat,
    unpack,
)

MAGIC = 1.5 * 2.0**52  # y + MAGIC holds rint(y) in its low mantissa bits
MAGIC_32 = 1.5 * 2.0**23  # the same for float32


def where(mask, x, y):
    """Return x where mask, else y; both are evaluated."""
    return x if mask else y


def rint(x):
    """Return the nearest integer, halves to even."""
    return float(np.rint(x))


def copysign(x, y):
    """Return the magnitude of x with the sign of y."""
    return math.copysign(x, y)


def flip_odd(n, v):
    """Return -v where the integer n is odd, else v (any sign beyond 2**51)."""
    return -v if n % 2 else v


def shifted(y):
    """Return rint(y) in the form that times_two_to takes; ``unshifted`` gives the number."""
    return y + MAGIC


def unshifted(t):
    """Return rint(y) for t = shifted(y)."""
    return t - MAGIC


def times_two_to(x, t):
    """Return x * 2**n for t = shifted(n); exact while the result is a normal number."""
    return math.ldexp(x, int(t - MAGIC))


def by_precision(x, double, single):
    """Return the constant for the precision of x: ``double``, or ``single`` where x is of
    float32.
    """
    return double


def _magic(ty):
    return constant(ty, MAGIC if is_double(ty) else MAGIC_32)


def _times_two_to(b, x, t):
    ity = int_type(x.type)
    exponent = b.shl(b.bitcast(t, ity), constant(ity, 52 if is_double(x.type) else 23))
    return b.bitcast(b.add(b.bitcast(x, ity), exponent), x.type)


def _flip_odd(b, n, v):
    ity = int_type(v.type)
    parity = b.bitcast(b.fadd(n, _magic(n.type)), ity)  # lowest bit: is n odd?
    sign = b.shl(parity, constant(ity, 63 if is_double(v.type) else 31))
    return b.bitcast(b.xor(b.bitcast(v, ity), sign), v.type)


define(where, "fmff", lambda b, m, x, y: b.select(m, x, y))
define(rint, "ff", llvm("rint"))
define(copysign, "fff", llvm("copysign"))
define(flip_odd, "fff", _flip_odd)
define(shifted, "ff", lambda b, y: b.fadd(y, _magic(y.type)))
define(unshifted, "ff", lambda b, t: b.fsub(t, _magic(t.type)))
define(by_precision, "ffff", lambda b, x, double, single: double if is_double(x.type) else single)
define(times_two_to, "fff", _times_two_to)


def polynomial(u, coefficients, coefficients_32):
    """Return sum(c[i] * u**i), by Horner's rule in u**2 for the even and the odd powers above the
    constant.

    Two chains that do not wait for each other keep the processor busier than one of twice the
    length; the constant, which is the largest term, comes last, so that it is rounded once. Where u
    is of float32 the second coefficients are taken.
    """
    square = u * u
    odd, even = _horner(square, coefficients[1::2]), _horner(square, coefficients[2::2])
    return (even * u + odd) * u + coefficients[0]


def _horner(u, coefficients):
    r = coefficients[-1]
    for c in coefficients[-2::-1]:
        r = r * u + c
    return r


@infer_global(polynomial)
class PolynomialTemplate(AbstractTemplate):
    """The coefficients are constant tuples of floats."""

    def generic(self, args, kws):
        """Accept a float or Lanes, and any uniform tuples."""
        if len(args) == 3 and isinstance(args[0], types.Float | Lanes):
            return signature(args[0], *args)


@lower_builtin(polynomial, types.Float, types.UniTuple, types.UniTuple)
@lower_builtin(polynomial, Lanes, types.UniTuple, types.UniTuple)
def lower_polynomial(context, b, sig, args):
    """Unroll the rule, the same operations in the same order for floats and Lanes."""
    t, elem = sig.args[0], getattr(sig.args[0], "elem", types.float64)
    table = args[1] if elem == types.float64 else args[2]
    numbers = [
        context.cast(b, b.extract_value(table, i), types.float64, elem)
        for i in range(table.type.count)
    ]
    coefficients = [unpack(b, splat(b, t, c))[0] if isinstance(t, Lanes) else c for c in numbers]

    def horner(u, coefficients):
        r = coefficients[-1]
        for c in coefficients[-2::-1]:
            r = b.fadd(b.fmul(r, u), c)
        return r

    out = []
    for u in unpack(b, args[0]):
        square = b.fmul(u, u)
        odd, even = horner(square, coefficients[1::2]), horner(square, coefficients[2::2])
        rest = b.fadd(b.fmul(even, u), odd)
        out.append(b.fadd(b.fmul(rest, u), coefficients[0]))
    return pack(b, t, out)
