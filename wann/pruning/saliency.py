"""What a weight is worth: one function for each answer, all of the same form.

A saliency is a function of a ``State`` that gives ``(n_weights,)`` numbers: the weights with the
least go first. What it says of weights that are pruned already is not looked at. It may only look:
the arrays of the state are read-only. A function of one's own is named ``module:NAME``.
"""

import importlib
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from wann.config import nearest
from wann.errors import WannError
from wann.pruning.mlp import MLP, gradient, hessian_diagonal, hessian_product

SAMPLES = 100  # that SNIP and GraSP look at
TEMPERATURE = 200.0  # of GraSP


class State(NamedTuple):
    """What a saliency may look at.

    Attributes:
        net: the shape of the network.
        parameters: ``(P,)``; pruned weights are 0.
        inputs: ``(S, n_inputs)`` of the training samples, of the type of the parameters.
        targets: as in ``wann.pruning.mlp.check_samples``.
        rng: source of what is random.
    """

    net: MLP
    parameters: np.ndarray
    inputs: np.ndarray
    targets: np.ndarray
    rng: np.random.Generator

    @property
    def weights(self) -> np.ndarray:
        """The weights, ``(n_weights,)``."""
        return self.parameters[: self.net.n_weights]

    def few_samples(self) -> tuple[np.ndarray, np.ndarray]:
        """Return inputs and targets of some random samples."""
        rows = self.rng.choice(len(self.inputs), min(SAMPLES, len(self.inputs)), replace=False)
        return self.inputs[rows], self.targets[rows]


Saliency = Callable[[State], npt.ArrayLike]


def random(at: State) -> np.ndarray:
    """A random number each: the control of every other saliency."""
    return at.rng.random(at.net.n_weights)


def magnitude(at: State) -> np.ndarray:
    """The magnitude of the weight."""
    return np.abs(at.weights)


def obd(at: State) -> np.ndarray:
    """Optimal Brain Damage: h w² / 2 with the diagonal h of the Hessian (LeCun, Denker & Solla
    1990, equation 5).
    """
    diagonal = hessian_diagonal(at.net, at.parameters, at.inputs, at.targets)
    return 0.5 * diagonal[: at.net.n_weights] * np.square(at.weights)


def obd_lm(at: State) -> np.ndarray:
    """The same with the Levenberg-Marquardt form of the diagonal, which is never negative."""
    diagonal = hessian_diagonal(at.net, at.parameters, at.inputs, at.targets, positive=True)
    return 0.5 * diagonal[: at.net.n_weights] * np.square(at.weights)


def snip(at: State) -> np.ndarray:
    """|gradient x weight| on a few samples (Lee, Ajanthan & Torr 2019, equation 6.

    Its norm changes no order).
    """
    slope = gradient(at.net, at.parameters, *at.few_samples())[1]
    return np.abs(slope[: at.net.n_weights] * at.weights)


def grasp(at: State) -> np.ndarray:
    """Weight x (Hessian x gradient): keeps the flow of the gradient (Wang, Zhang & Grosse 2020,
    equation 8).
    """
    samples = at.few_samples()
    slope = gradient(at.net, at.parameters, *samples, temperature=TEMPERATURE)[1]
    slope[at.net.n_weights :] = 0
    return (
        at.weights
        * hessian_product(at.net, at.parameters, slope, *samples, TEMPERATURE)[: at.net.n_weights]
    )


def synflow(at: State) -> np.ndarray:
    """The flow through each weight, of all magnitudes from ones at the inputs (Tanaka et al. 2020,
    equation 4).

    It is |∂R/∂w · w| of R = 1ᵀ |W_L| … |W_1| 1. Biases are left out: with them flow would not be
    conserved.
    """
    layers = [np.abs(weights) for weights in at.net.weights(at.parameters.astype(np.float64))]
    into = [np.ones(at.net.sizes[0])]
    for weights in layers[:-1]:
        into.append(weights @ into[-1])
    out_of = [np.ones(at.net.sizes[-1])]
    for weights in layers[:0:-1]:
        out_of.append(out_of[-1] @ weights)
    flows = [
        end[:, None] * weights * start
        for end, weights, start in zip(out_of[::-1], layers, into, strict=True)
    ]
    return np.concatenate([flow.ravel() for flow in flows])


#: Name -> function; add one here, or name your own as ``module:NAME``.
SALIENCIES: dict[str, Saliency] = {
    "random": random,
    "magnitude": magnitude,
    "obd": obd,
    "obd-lm": obd_lm,
    "snip": snip,
    "grasp": grasp,
    "synflow": synflow,
}


def find_saliency(name: str, known: Mapping[str, Any] = SALIENCIES) -> Any:
    """Return the saliency of this name, or the function ``module:NAME``.

    Raises:
        WannError: there is none.
    """
    if name in known:
        return known[name]
    module, colon, attribute = name.partition(":")
    if not colon:
        raise WannError(
            f"unknown saliency {name!r}: did you mean {nearest(name, known)}? Known are "
            f"{', '.join(known)}, or module:NAME of your own"
        )
    try:
        found = getattr(importlib.import_module(module), attribute)
    except (Exception, SystemExit) as error:  # whatever a user's module may raise
        raise WannError(
            f"saliency {name!r}: cannot be imported ({type(error).__name__}: {error})"
        ) from error
    if not callable(found):
        raise WannError(f"saliency {name!r}: is not a function")
    return found


def scores_of(name: str, at: State) -> np.ndarray:
    """Return what the saliency of this name says, ``(n_weights,)`` real numbers, or nan.

    Raises:
        WannError: there is no such saliency, it fails, it writes into the state, or it gives
            something else.
    """
    saliency: Saliency = find_saliency(name)
    at = at._replace(
        # a copy, for libraries that write where they must not
        parameters=_read_only(at.parameters.copy()),
        inputs=_read_only(at.inputs),
        targets=_read_only(at.targets),
    )
    try:
        given = saliency(at)
        scores = np.asarray(given)
    except MemoryError:
        raise
    except (Exception, SystemExit) as error:  # whatever a user's function may raise
        raise WannError(
            f"saliency {name!r}: failed ({type(error).__name__}: {error}): must be a function of a"
            " State that changes none of its arrays and gives a number for each weight"
        ) from error
    if scores.shape != (at.net.n_weights,) or scores.dtype.kind not in "biuf":
        raise WannError(
            f"saliency {name!r}: gave {type(given).__name__}, as an array of shape {scores.shape}"
            f" and type {scores.dtype}: must give real numbers of shape ({at.net.n_weights},)"
        )
    return scores


def _read_only(array: np.ndarray) -> np.ndarray:
    """Return a view of an array that nothing can be written into."""
    view = array.view()
    view.flags.writeable = False
    return view
