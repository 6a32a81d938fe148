"""Lanes do to each number what plain floats do, to the bit."""

import numpy as np
import pytest
from numba import njit

from wann.jit import dual
from wann.numeric import functions as lane_functions
from wann.numeric import mathfun
from wann.numeric.activations import activate
from wann.numeric.memory import count, load, store_rows, width, zero, zero_lanes

SPECIAL = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    1.5,
    2.5,
    -2.5,
    np.inf,
    -np.inf,
    np.nan,
    1e300,
    -1e300,
    5e-324,
    3.7,
    -1e-9,
]
RNG = np.random.default_rng(1)
X = np.concatenate((np.repeat(SPECIAL, len(SPECIAL)), RNG.normal(0, 3, 128)))
Y = np.concatenate((np.tile(SPECIAL, len(SPECIAL)), RNG.normal(0, 3, 128)))

where = lane_functions.where
#: What is computed of two numbers: one compiled function for each group, since compiling is what
#: takes the time.
GROUPS = {
    "operators": lambda x, y: (
        x + y,
        x - y,
        x * y,
        x / y,
        -x,
        abs(x),
        x**2,
        y**3,
        min(x, y),
        max(x, y),
    ),
    "in place": lambda x, y: in_place(x, y),
    "comparisons": lambda x, y: (
        where(x < y, x, 7.0),
        where(x <= y, x, 7.0),
        where(x > y, x, 7.0),
        where(x >= y, x, 7.0),
        where(x == y, x, 7.0),
        where(x != y, x, 7.0),
    ),
    "masks": lambda x, y: (
        where(((x > 0.0) & (y > 0.0)) | (not (x < y)), 1.0, 2.0),
        where((x > 0.0) ^ (y > 0.0), x, y),
    ),
    "lane functions": lambda x, y: (lane_functions.rint(x), lane_functions.copysign(x, y)),
    "sines": lambda x, y: (
        mathfun.sin_cos(x) + (mathfun.sin_pi(x), mathfun.cos_pi(x), mathfun.cos_near_zero(x))
    ),
    "exponentials": lambda x, y: (mathfun.gaussian(x), mathfun.tanh(x), mathfun.sigmoid(x)),
    "activations": lambda x, y: (
        activate(1, x),
        activate(2, x),
        activate(3, x),
        activate(4, x),
        activate(5, x),
        activate(6, x),
        activate(7, x),
        activate(8, x),
        activate(9, x),
        activate(10, x),
        activate(11, x),
    ),
}


@dual
def in_place(x, y):
    """Return x after each operation in place."""
    a, b, c, d = x, x, x, x
    a += y
    b -= y
    c *= y
    d /= y
    return a, b, c, d


def in_lanes_and_floats(group, dtype, vectors):
    """Return the results of a group of functions of X and Y, computed in Lanes and one by one."""
    function = dual(GROUPS[group])
    n_results = len(function.py_func(1.5, 2.5))

    @njit(error_model="numpy")
    def as_lanes(x, y, out):
        proto = zero_lanes(x, vectors)
        for i in range(0, x.size, width(proto)):
            store_rows(out, i, x.size, function(load(x, i, proto), load(y, i, proto)), proto)

    @njit(error_model="numpy")
    def as_floats(x, y, out):
        proto = zero(x)
        for i in range(x.size):
            store_rows(out, i, x.size, function(load(x, i, proto), load(y, i, proto)), proto)

    with np.errstate(over="ignore"):
        x, y = X.astype(dtype), Y.astype(dtype)
    results = []
    for compute in (as_lanes, as_floats):
        out = np.full(n_results * x.size, 77, dtype)
        compute(x, y, out)
        results.append(out.reshape(n_results, x.size))
    return results


def same_bits(a, b):
    """Return whether two arrays are equal to the bit; any NaN is like any other."""
    return np.array_equal(a, b, equal_nan=True) and np.array_equal(
        np.signbit(a[~np.isnan(a)]), np.signbit(b[~np.isnan(b)])
    )


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("group", GROUPS)
def test_lanes_are_floats_to_the_bit(group, dtype):
    lanes, floats = in_lanes_and_floats(group, dtype, vectors=1 if group == "sines" else 2)
    for k, (a, b) in enumerate(zip(lanes, floats, strict=True)):
        assert same_bits(a, b), f"result {k} of {group}"


def test_width_and_count():
    @njit
    def measure(x):
        proto = zero_lanes(x, 3)
        return (
            width(proto),
            width(1.0),
            width(zero(x)),
            count(load(x, 0, proto) > 0.0),
            count(x[0] > 0.0),
        )

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
