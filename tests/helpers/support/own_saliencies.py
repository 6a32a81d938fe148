"""Saliencies of one's own, good and bad, that a method names as ``own_saliencies:NAME``."""

import sys
from fractions import Fraction

import numpy as np


def as_array(state):
    return np.abs(state.weights)


# ------------------------------------------------------------------------------------ may be given
def as_list(state):
    return as_array(state).tolist()


def whole(state):
    return np.argsort(np.argsort(as_array(state)))


def truth(state):
    return state.weights > 0


def infinite(state):
    return np.where(state.weights > 0, np.inf, -np.inf)


def pries(state):
    scores = as_array(state)
    state.parameters.setflags(write=True)
    state.parameters[:] = 0
    return scores


# ------------------------------------------------------------------------------- must not be given
def nothing(state):
    return None


def scalar(state):
    return 1.0


def short(state):
    return np.ones(3)


def column(state):
    return as_array(state)[:, None]


def layers(state):
    return [np.abs(layer) for layer in state.net.weights(state.parameters)]


def imaginary(state):
    return as_array(state) * 1j


def fractions(state):
    return [Fraction(i, 7) for i in range(len(state.weights))]


def text(state):
    return as_array(state).astype(str)


def one_nan(state):
    return np.where(np.arange(len(state.weights)) == 1, np.nan, 1.0)


def writes_parameters(state):
    state.parameters[:] = 0
    return as_array(state)


def writes_weights(state):
    layer = state.net.weights(state.weights)[0]
    layer *= 2
    return as_array(state)


def writes_inputs(state):
    state.inputs[0] = 0
    return as_array(state)


def writes_targets(state):
    state.targets.sort()
    return as_array(state)


def takes_two(state, more):
    return as_array(state)


def exits(state):
    sys.exit(0)


def raises(state):
    raise KeyError("two\nlines")


class Kind:
    def __init__(self, state):
        pass
