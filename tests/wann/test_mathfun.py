"""The polynomials against 50-digit arithmetic."""

import mpmath
import numpy as np
import pytest

from wann import mathfun

mpmath.mp.dps = 50
RNG = np.random.default_rng(0)


def test_exp2_is_good_to_two_and_a_half_units_of_the_last_place():
    for x in map(float, RNG.uniform(-1000, 1000, 4000)):
        exact = mpmath.power(2, mpmath.mpf(x))
        assert abs(mpmath.mpf(mathfun.exp2(x)) - exact) <= 2.5 * np.spacing(float(exact))


@pytest.mark.parametrize(
    ("function", "exact", "reach"),
    [
        (mathfun.sin_pi, mpmath.sinpi, 1000),
        (mathfun.cos_pi, mpmath.cospi, 1000),
        (lambda x: mathfun.sin_cos(x)[0], mpmath.sin, 10),
        (lambda x: mathfun.sin_cos(x)[1], mpmath.cos, 10),
        (lambda x: mathfun.sin_cos(x)[0], mpmath.sin, 1e6),
        (lambda x: mathfun.sin_cos(x)[1], mpmath.cos, 1e6),
        (mathfun.cos_near_zero, mpmath.cos, 1.7),
        (mathfun.tanh, mpmath.tanh, 20),
        (mathfun.gaussian, lambda x: mpmath.exp(-x * x / 2), 40),
        (mathfun.sigmoid, lambda x: 1 / (1 + mpmath.exp(-x)), 700),
    ],
)
def test_absolute_error_is_below_two_to_the_minus_50(function, exact, reach):
    for x in map(float, RNG.uniform(-reach, reach, 2000)):
        assert abs(mpmath.mpf(function(x)) - exact(mpmath.mpf(x))) <= 2.0**-50, x


def test_extremes_are_finite_and_nan_stays():
    for name in ("gaussian", "tanh", "sigmoid"):
        function = getattr(mathfun, name)
        for x in (-1e308, -750.0, -0.0, 0.0, 750.0, 1e308, np.inf, -np.inf):
            assert np.isfinite(function(x)), (name, x)
        assert np.isnan(function(np.nan)) or 0 <= function(np.nan) <= 1
    assert mathfun.tanh(1e308) == 1.0 and mathfun.tanh(-1e308) == -1.0
    assert mathfun.sigmoid(1e308) == 1.0 and mathfun.gaussian(0.0) == 1.0
