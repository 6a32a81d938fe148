"""The polynomials against 50-digit arithmetic."""

import mpmath
import numpy as np
import pytest
from numba import njit

from wann.numeric import mathfun
from wann.numeric.memory import load, store, zero

mpmath.mp.dps = 50
RNG = np.random.default_rng(0)
BOTH = [
    ("sin_pi", 1000),
    ("cos_pi", 1000),
    ("sin", 10),
    ("cos", 10),
    ("cos_near_zero", 1.7),
    ("tanh", 20),
    ("gaussian", 40),
]


FUNCTIONS = {
    "sin_pi": (mathfun.sin_pi, mpmath.sinpi),
    "cos_pi": (mathfun.cos_pi, mpmath.cospi),
    "sin": (njit(lambda x: mathfun.sin_cos(x)[0]), mpmath.sin),
    "cos": (njit(lambda x: mathfun.sin_cos(x)[1]), mpmath.cos),
    "cos_near_zero": (mathfun.cos_near_zero, mpmath.cos),
    "tanh": (mathfun.tanh, mpmath.tanh),
    "gaussian": (mathfun.gaussian, lambda x: mpmath.exp(-x * x / 2)),
    "sigmoid": (mathfun.sigmoid, lambda x: 1 / (1 + mpmath.exp(-x))),
    "exp2": (mathfun.exp2, lambda x: mpmath.power(2, x)),
}


def values(name, x):
    """Return the function of each number in the precision of x."""
    function = FUNCTIONS[name][0]

    @njit(error_model="numpy")
    def compute(x, out):
        for i in range(x.size):
            store(out, i, function(load(x, i, zero(x))))

    out = np.empty_like(x)
    compute(x, out)
    return out


@pytest.mark.parametrize(("dtype", "reach"), [(np.float64, 1000), (np.float32, 120)])
def test_exp2_is_good_to_two_and_a_half_units_of_the_last_place(dtype, reach):
    x = RNG.uniform(-reach, reach, 4000).astype(dtype)
    for a, got in zip(x.tolist(), values("exp2", x), strict=True):
        exact = mpmath.power(2, mpmath.mpf(a))
        assert abs(mpmath.mpf(float(got)) - exact) <= 2.5 * float(np.spacing(dtype(float(exact))))


@pytest.mark.parametrize(
    ("name", "dtype", "reach"),
    [
        *((name, np.float64, reach) for name, reach in BOTH),
        *((name, np.float32, reach) for name, reach in BOTH),
        ("sin", np.float64, 1e6), ("cos", np.float64, 1e6), ("sin", np.float32, 1e3), ("cos",
        np.float32, 1e3),
        ("sigmoid", np.float64, 700), ("sigmoid", np.float32, 80),
    ],
)  # fmt: skip
def test_absolute_error_is_below_four_units_of_the_last_place_of_one(name, dtype, reach):
    x = RNG.uniform(-reach, reach, 2000).astype(dtype)
    bound = 2.0**-50 if dtype == np.float64 else 2.0**-21
    for a, got in zip(x.tolist(), values(name, x).tolist(), strict=True):
        assert abs(mpmath.mpf(got) - FUNCTIONS[name][1](mpmath.mpf(a))) <= bound, a


def test_extremes_are_finite_and_nan_stays():
    for name in ("gaussian", "tanh", "sigmoid"):
        function = getattr(mathfun, name)
        for x in (-1e308, -750.0, -0.0, 0.0, 750.0, 1e308, np.inf, -np.inf):
            assert np.isfinite(function(x)), (name, x)
        assert np.isnan(function(np.nan)) or 0 <= function(np.nan) <= 1
    assert mathfun.tanh(1e308) == 1.0 and mathfun.tanh(-1e308) == -1.0
    assert mathfun.sigmoid(1e308) == 1.0 and mathfun.gaussian(0.0) == 1.0


def test_log_is_good_to_three_units_of_the_last_place():
    x = np.concatenate(
        (
            np.exp(RNG.uniform(-700, 700, 3000)),
            1 + RNG.uniform(-0.4, 0.6, 3000),
            [1.0, 5e-324, 1.7e308],
        )
    )
    for a in x.tolist():
        exact = mpmath.log(mpmath.mpf(a))
        assert abs(mpmath.mpf(mathfun.log(a)) - exact) <= 3 * float(np.spacing(abs(float(exact))))
    assert mathfun.log(1.0) == 0.0
