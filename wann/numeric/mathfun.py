"""Elementary functions as polynomials, written once for floats and ``Lanes``.

Only IEEE additions, multiplications and divisions in a fixed order, so that every machine and
every number of lanes gives the same bits; libm's functions differ between systems and are ten
times slower.  Coefficients are Chebyshev fits, low order first; shorter ones serve float32.  The
absolute error of every function whose values lie in [-1, 1] is below 2**-50, four units in the
last place of 1, and in float32 below 2**-21, again four; that of exp2 below 2.5 units in its own
last place (``tests/wann/test_mathfun.py``, against 50 digits).
"""

import math

import numba

from wann.jit import dual
from wann.numeric.functions import (
    by_precision,
    copysign,
    flip_odd,
    polynomial,
    rint,
    shifted,
    times_two_to,
    unshifted,
)

# fmt: off
SIN_PI = (3.141592653589793, -5.167712780049969, 2.5501640398773007, -0.5992645293189447,
          0.08214588657310282, -0.007370430505916244, 0.00046629981618627936,
          -2.190349706523798e-05, 7.697826668094959e-07)
SIN_PI_32 = (3.141592654, -5.1677107, 2.550084486, -0.5983175621, 0.07768472089)
COS_PI = (1.0, -4.934802200544676, 4.058712126416497, -1.335262768843447, 0.2353306301295324,
          -0.025806888736997987, 0.001929556272460252, -0.0001045665533308936,
          4.149564293582442e-06)
COS_PI_32 = (1.0, -4.934802152, 4.058709394, -1.335213287, 0.2349389762, -0.02439369664)
SIN = (1.0, -0.16666666666666666, 0.008333333333333186, -0.00019841269841208638,
       2.7557319211223257e-06, -2.505210688997513e-08, 1.6058940847832492e-10,
       -7.643025738964345e-13, 2.7215660921125597e-15)
SIN_32 = (1.0, -0.1666665996, 0.008333073369, -0.0001980991635, 2.606074072e-06)
COS = (1.0, -0.4999999999999997, 0.04166666666666388, -0.001388888888877292, 2.4801587277402905e-05,
       -2.7557316389900044e-07, 2.0876561781878517e-09, -1.1462900350687044e-11,
       4.6089602423243444e-14)
COS_32 = (1.0, -0.499999995, 0.04166663861, -0.00138883742, 2.476031072e-05, -2.604827045e-07)
COS_WIDE = (1.0, -0.49999999999999883, 0.04166666666665616, -0.0013888888888527328,
            2.48015872392577e-05, -2.7557313185599085e-07, 2.0876413109637124e-09,
            -1.1459316060398774e-11, 4.5739054627640565e-14)
COS_WIDE_32 = (1.0, -0.4999999884, 0.04166661156, -0.001388803604, 2.474387921e-05,
               -2.577581669e-07)
EXP2 = (1.0, 0.6931471805599453, 0.2402265069591016, 0.055504108664821625, 0.00961812910758719,
        0.0013333558146406436, 0.00015403530463808858, 1.5252733841601815e-05,
        1.3215432492460394e-06, 1.0178057064573359e-07, 7.074202020682214e-09,
        4.455822025014915e-10)
EXP2_32 = (1.0, 0.6931472062, 0.2402265135, 0.05550327791, 0.00961800389, 0.001340026967,
           0.0001547630019)
# fmt: on

LOG2E = math.log2(math.e)
# ln 2 in two parts; the first has 33 bits, so that its product with an exponent is exact
LN2_A, LN2_B = 0.6931471806019545, -4.2009150726810846e-11
# pi in three parts; the first two are short, so that their products with a not too large n are
# exact: 33 bits for n < 2**20, and in float32 9 bits for n < 2**15
PI_A, PI_B, PI_C = 3.1415926534682512, 1.2154201012607932e-10, 4.044532497591901e-21
PI_A_32, PI_B_32, PI_C_32 = 3.140625, 0.0009670257568359375, 6.278329573e-07


@dual
def least_exponent(x):
    """Return the least y for which exp2 is right in the precision of x."""
    return by_precision(x, -1020.0, -125.0)


@dual
def greatest_exponent(x):
    """Return the greatest one."""
    return by_precision(x, 1020.0, 126.0)


@dual
def sin_pi(x):
    """Return sin(pi x)."""
    n = rint(x)
    r = x - n
    return flip_odd(n, r * polynomial(r * r, SIN_PI, SIN_PI_32))


@dual
def cos_pi(x):
    """Return cos(pi x)."""
    n = rint(x)
    r = x - n
    return flip_odd(n, polynomial(r * r, COS_PI, COS_PI_32))


@dual
def sin_cos(x):
    """Return (sin x, cos x), x in radians, its magnitude below 10^6 (10^3 in float32)."""
    n = rint(x * (1.0 / math.pi))
    a, b, c = (
        by_precision(x, PI_A, PI_A_32),
        by_precision(x, PI_B, PI_B_32),
        by_precision(x, PI_C, PI_C_32),
    )
    r = ((x - n * a) - n * b) - n * c
    u = r * r
    return flip_odd(n, r * polynomial(u, SIN, SIN_32)), flip_odd(n, polynomial(u, COS, COS_32))


@dual
def cos_near_zero(x):
    """Return cos x for a magnitude of x below 1.1 pi / 2 [rad], without range reduction."""
    return polynomial(x * x, COS_WIDE, COS_WIDE_32)


@dual
def exp2(y):
    """Return 2**y; the caller keeps y between least_exponent(y) and greatest_exponent(y)."""
    t = shifted(y)
    return times_two_to(polynomial(y - unshifted(t), EXP2, EXP2_32), t)


@dual
def gaussian(x):
    """Return exp(-x**2 / 2)."""
    return exp2(max(least_exponent(x), x * x * (-0.5 * LOG2E)))


@dual
def tanh(x):
    """Return the hyperbolic tangent."""
    e = exp2(max(least_exponent(x), abs(x) * (-2.0 * LOG2E)))
    return copysign((1.0 - e) / (1.0 + e), x)


@dual
def sigmoid(x):
    """Return 1 / (1 + exp(-x)), which is (tanh(x / 2) + 1) / 2."""
    return 1.0 / (1.0 + exp2(min(greatest_exponent(x), max(least_exponent(x), x * -LOG2E))))


@numba.njit(error_model="numpy", nogil=True)
def log(x):
    """Return the natural logarithm of a positive float64, for floats only: 2 atanh of (m - 1) / (m
    + 1), x = m 2**e.
    """
    m, e = math.frexp(x)
    if m < 0.7071067811865476:
        m, e = 2.0 * m, e - 1
    s = (m - 1.0) / (m + 1.0)
    u, r = s * s, 1.0 / 23.0
    for k in range(21, 0, -2):
        r = r * u + 1.0 / k
    return e * LN2_A + (2.0 * (s * r) + e * LN2_B)
