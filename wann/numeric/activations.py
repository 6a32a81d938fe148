"""The activation functions of the paper, with the ids that published champion files use."""

import math
from typing import NamedTuple

import numba

from wann.jit import dual
from wann.numeric.functions import where
from wann.numeric.mathfun import cos_pi, gaussian, sigmoid, sin_pi, tanh


class Activation(NamedTuple):
    """What is known of an activation function, but for its kernel and its slope, which are below.

    Attributes:
        name: in files.
        formula: for people.
        expression: what ``activate`` computes, operation by operation, in the terms of
            ``wann.numeric.expression``: other languages are written from it.
        colour: in figures; Paul Tol's muted palette, safe for colour-blind readers, in which
            related functions have related colours.
        reach: of the inputs that its curve shows, from minus to plus this.
    """

    name: str
    formula: str
    expression: str
    colour: str
    reach: float


# fmt: off
#: id -> activation; Gaier & Ha 2019, section 3, and their released code.
ACTIVATIONS = {
    1: Activation("linear", "x", "x", "#bbbbbb", 3.0),
    2: Activation("step", "1 if x > 0 else 0", "where(x > 0, 1, 0)", "#999933", 3.0),
    3: Activation("sin", "sin(pi x)", "sin_pi(x)", "#88ccee", 1.0),
    4: Activation("gaussian", "exp(-x^2 / 2)", "exp2(x * x * (-0.5 * LOG2E))", "#aa4499", 3.0),
    5: Activation("tanh", "tanh(x)", "tanh(x)", "#44aa99", 3.0),
    6: Activation("sigmoid", "(tanh(x / 2) + 1) / 2", "1 / (1 + exp2(x * -LOG2E))", "#117733", 3.0),
    7: Activation("inverse", "-x", "-x", "#777777", 3.0),
    8: Activation("abs", "|x|", "abs(x)", "#cc6677", 1.0),
    9: Activation("relu", "max(0, x)", "where(x > 0, x, 0)", "#882255", 1.0),
    10: Activation("cos", "cos(pi x)", "cos_pi(x)", "#332288", 1.5),
    11: Activation("square", "x^2", "x * x", "#ddcc77", 1.0),
}
# fmt: on
ACTIVATION_IDS = {activation.name: code for code, activation in ACTIVATIONS.items()}
LINEAR = ACTIVATION_IDS["linear"]


@dual
def activate(code, x):
    """Return activation number ``code`` of x, a float or Lanes; an unknown code is linear."""
    if code == 2:
        return where(x > 0.0, 1.0, 0.0)
    elif code == 3:
        return sin_pi(x)
    elif code == 4:
        return gaussian(x)
    elif code == 5:
        return tanh(x)
    elif code == 6:
        return sigmoid(x)
    elif code == 7:
        return -x
    elif code == 8:
        return abs(x)
    elif code == 9:
        return max(0.0, x)
    elif code == 10:
        return cos_pi(x)
    elif code == 11:
        return x * x
    return x


@numba.njit(error_model="numpy", nogil=True)
def slope(code, x):
    """Return the derivative of activation number ``code`` at x.

    0 for step, and for abs and relu at their kink.
    """
    if code == 2:
        return 0.0
    elif code == 3:
        return math.pi * cos_pi(x)
    elif code == 4:
        return -x * gaussian(x)
    elif code == 5:
        t = tanh(x)
        return 1.0 - t * t
    elif code == 6:
        s = sigmoid(x)
        return s * (1.0 - s)
    elif code == 7:
        return -1.0
    elif code == 8:
        return where(x > 0.0, 1.0, where(x < 0.0, -1.0, 0.0))
    elif code == 9:
        return where(x > 0.0, 1.0, 0.0)
    elif code == 10:
        return -math.pi * sin_pi(x)
    elif code == 11:
        return 2.0 * x
    return 1.0
