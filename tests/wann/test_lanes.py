"""Lanes do to each number what plain floats do, to the bit."""

import operator

import numpy as np
import pytest
from numba import njit

from wann import lane_functions, mathfun
from wann.activations import ACTIVATIONS, activate
from wann.lane_memory import count, load, store, width, zero, zero_lanes

SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, 1.5, 2.5, -2.5, np.inf, -np.inf, np.nan, 1e300, -1e300, 5e-324, 3.7, -1e-9]
RNG = np.random.default_rng(1)
X = np.concatenate((np.repeat(SPECIAL, len(SPECIAL)), RNG.normal(0, 3, 128)))
Y = np.concatenate((np.tile(SPECIAL, len(SPECIAL)), RNG.normal(0, 3, 128)))

BINARY = [operator.add, operator.sub, operator.mul, operator.truediv, min, max, lane_functions.copysign]
UNARY = [operator.neg, abs, lane_functions.rint]
COMPARISONS = [operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne]
FUNCTIONS = [mathfun.sin_pi, mathfun.cos_pi, mathfun.gaussian, mathfun.tanh, mathfun.sigmoid, mathfun.cos_near_zero]


@pytest.fixture(params=[np.float64, np.float32], ids=["float64", "float32"])
def in_lanes_and_floats(request):
    """Return what computes function(x, y) elementwise of X and Y in Lanes and one by one, in either precision."""

    def compute(function, vectors=2):
        @njit(error_model="numpy")
        def as_lanes(x, y, out):
            like = zero_lanes(x, vectors)
            for i in range(0, x.size, width(like)):
                store(out, i, function(load(x, i, like), load(y, i, like)))

        @njit(error_model="numpy")
        def as_floats(x, y, out):
            for i in range(x.size):
                store(out, i, function(load(x, i, zero(x)), load(y, i, zero(x))))

        with np.errstate(over="ignore"):
            x, y = X.astype(request.param), Y.astype(request.param)
        results = np.empty_like(x), np.empty_like(x)
        as_lanes(x, y, results[0])
        as_floats(x, y, results[1])
        return results

    return compute


def same_bits(a, b):
    """Return whether two arrays are equal to the bit; any NaN is like any other."""
    return np.array_equal(a, b, equal_nan=True) and np.array_equal(
        np.signbit(a[~np.isnan(a)]), np.signbit(b[~np.isnan(b)])
    )


@pytest.mark.parametrize("op", BINARY, ids=lambda op: op.__name__)
def test_binary_operators(op, in_lanes_and_floats):
    function = njit(error_model="numpy")(lambda x, y: op(x, y))
    assert same_bits(*in_lanes_and_floats(function))


@pytest.mark.parametrize("op", COMPARISONS, ids=lambda op: op.__name__)
def test_comparisons_choose_with_where(op, in_lanes_and_floats):
    function = njit(error_model="numpy")(lambda x, y: lane_functions.where(op(x, y), x, 7.0))
    assert same_bits(*in_lanes_and_floats(function))


def test_masks_combine(in_lanes_and_floats):
    @njit(error_model="numpy")
    def function(x, y):
        return lane_functions.where(((x > 0.0) & (y > 0.0)) | (not (x < y)), 1.0, 2.0)

    assert same_bits(*in_lanes_and_floats(function))


@pytest.mark.parametrize("op", UNARY, ids=lambda op: op.__name__)
def test_unary_operators(op, in_lanes_and_floats):
    function = njit(error_model="numpy")(lambda x, y: op(x))
    assert same_bits(*in_lanes_and_floats(function))


def test_powers(in_lanes_and_floats):
    function = njit(error_model="numpy")(lambda x, y: x**2 + y**3)
    assert same_bits(*in_lanes_and_floats(function))


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
def test_elementary_functions(function, in_lanes_and_floats):
    wrapped = njit(error_model="numpy")(lambda x, y: function(x))
    assert same_bits(*in_lanes_and_floats(wrapped))


def test_sin_cos(in_lanes_and_floats):
    function = njit(error_model="numpy")(lambda x, y: mathfun.sin_cos(x)[0] + 2.0 * mathfun.sin_cos(y)[1])
    assert same_bits(*in_lanes_and_floats(function, vectors=1))


@pytest.mark.parametrize("code", ACTIVATIONS)
def test_activations(code, in_lanes_and_floats):
    function = njit(error_model="numpy")(lambda x, y: activate(code, x))
    assert same_bits(*in_lanes_and_floats(function))


def test_width_and_count():
    @njit
    def measure(x):
        like = zero_lanes(x, 3)
        return width(like), width(1.0), width(zero(x)), count(load(x, 0, like) > 0.0), count(x[0] > 0.0)

    x = np.array([1.0, -1.0] * 24)
    assert measure(x) == (24, 1, 1, 12, 1)
    assert measure(x.astype(np.float32)) == (48, 1, 1, 24, 1)


def test_branching_on_lanes_is_refused():
    @njit
    def wrong(x):
        if load(x, 0, zero_lanes(x, 1)) > 0.0:
            return 1
        return 0

    with pytest.raises(Exception, match="Mask"):
        wrong(np.ones(8))
