"""The activation functions of the paper, with the ids that published champion files use."""

import math
from typing import NamedTuple

import numba

from wann.jit import dual
from wann.numeric.functions import where
from wann.numeric.mathfun import cos_pi, gaussian, sigmoid, sin_pi, tanh


class Activation(NamedTuple):
    """What a file, a figure or a person calls an activation function."""

    name: str
    formula: str


#: id -> activation; Gaier & Ha 2019, section 3, and their released code.
ACTIVATIONS = {
    1: Activation("linear", "x"),
    2: Activation("step", "1 if x > 0 else 0"),
    3: Activation("sin", "sin(pi x)"),
    4: Activation("gaussian", "exp(-x^2 / 2)"),
    5: Activation("tanh", "tanh(x)"),
    6: Activation("sigmoid", "(tanh(x / 2) + 1) / 2"),
    7: Activation("inverse", "-x"),
    8: Activation("abs", "|x|"),
    9: Activation("relu", "max(0, x)"),
    10: Activation("cos", "cos(pi x)"),
    11: Activation("square", "x^2"),
}
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
    """Return the derivative of activation number ``code`` at x; 0 for step, and for abs and relu at their kink."""
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
