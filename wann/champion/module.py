"""A network as a ``torch.nn.Module``: ``Champion.to_torch``."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from wann.network.network import Network
from wann.numeric import mathfun
from wann.numeric.activations import ACTIVATIONS
from wann.numeric.expression import evaluated
from wann.tasks.scaling import Scale


# ------------------------------------ the functions of wann.numeric.mathfun, operation by operation
def _polynomial(u: torch.Tensor, c: tuple[float, ...]) -> torch.Tensor:
    square = u * u
    return (_horner(square, c[2::2]) * u + _horner(square, c[1::2])) * u + c[0]


def _horner(u: torch.Tensor, c: tuple[float, ...]) -> torch.Tensor:
    r = u * c[-1] + c[-2]
    for value in c[-3::-1]:
        r = r * u + value
    return r


def _flip_odd(n: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    """Return -v for odd integers n, else v."""
    half = 0.5 * n
    return v * (1.0 - 4.0 * (half - torch.round(half)).abs())


def _sin_pi(x: torch.Tensor) -> torch.Tensor:
    n = torch.round(x)
    r = x - n
    return _flip_odd(n, r * _polynomial(r * r, mathfun.SIN_PI))


def _cos_pi(x: torch.Tensor) -> torch.Tensor:
    n = torch.round(x)
    r = x - n
    return _flip_odd(n, _polynomial(r * r, mathfun.COS_PI))


def _exp2(y: torch.Tensor) -> torch.Tensor:
    least, greatest = (-1020.0, 1020.0) if y.dtype == torch.float64 else (-125.0, 126.0)
    y = y.clamp(least, greatest)
    n = torch.round(y)
    return _polynomial(y - n, mathfun.EXP2) * torch.exp2(n)


def _tanh(x: torch.Tensor) -> torch.Tensor:
    below = x < 0.0  # unlike abs and sign this has the derivative 1 at 0
    e = _exp2(torch.where(below, -x, x) * (-2.0 * mathfun.LOG2E))
    magnitude = (1.0 - e) / (1.0 + e)
    return torch.where(below, -magnitude, magnitude)


#: The elementary functions of ``wann.numeric.expression``.
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "exp2": _exp2,
    "sin_pi": _sin_pi,
    "cos_pi": _cos_pi,
    "tanh": _tanh,
    "abs": torch.abs,
    "where": torch.where,
}


class WannModule(torch.nn.Module):
    """A network of nodes that sum their sources, each with an activation of its own.

    It takes ``(…, n_inputs)`` observations and gives ``(…, n_outputs)`` raw outputs, those of
    ``Champion.policy``: in float64 on a CPU with the same bits, since sums and activations are the
    same operations in the same order. It is float64 until you say ``module.float()``.

    Attributes:
        weight: the parameter: a number that all connections share, or one number for each row of
            the genome's connections.
    """

    weight: torch.nn.Parameter
    mean: torch.Tensor
    deviation: torch.Tensor
    outputs: torch.Tensor

    def __init__(self, network: Network, weight: np.ndarray, scale: Scale | None):
        """Build the layers.

        Args:
            network: the decoded network.
            weight: ``()`` a shared weight, or ``(C,)`` one of each connection of the genome.
            scale: means that the inputs are shifted by, and what they are then divided by, or None.
        """
        super().__init__()
        self.weight = torch.nn.Parameter(torch.tensor(weight, dtype=torch.float64))
        mean, deviation = ((), ()) if scale is None else scale
        self.is_scaled = scale is not None
        self.register_buffer("mean", torch.tensor(mean, dtype=torch.float64))
        self.register_buffer("deviation", torch.tensor(deviation, dtype=torch.float64))
        self.layers = torch.nn.ModuleList()
        place = np.zeros(1 + network.n_inputs + len(network.activation), np.int64)
        place[: 1 + network.n_inputs] = np.arange(1 + network.n_inputs)
        for nodes in layers_of(network):
            first = int(place.max()) + 1
            place[1 + network.n_inputs + nodes] = np.arange(first, first + len(nodes))
            self.layers.append(Layer(network, nodes, place))
        outputs = torch.from_numpy(place[len(place) - network.n_outputs :].copy())
        self.register_buffer("outputs", outputs)

    def forward(self, observations: torch.Tensor) -> torch.Tensor:
        """Return the raw outputs."""
        scaled = observations.to(self.weight.dtype)
        if self.is_scaled:
            scaled = (scaled - self.mean) / self.deviation
        values = scaled.reshape(-1, scaled.shape[-1]).T
        values = torch.cat([torch.ones_like(values[:1]), values])
        for layer in self.layers:
            values = torch.cat([values, layer(values, self.weight)])
        return values[self.outputs].T.reshape(*observations.shape[:-1], -1)


class Layer(torch.nn.Module):
    """Nodes of which none is a source of another."""

    source: torch.Tensor
    target: torch.Tensor
    gene: torch.Tensor

    def __init__(self, network: Network, nodes: np.ndarray, place: np.ndarray):
        """Take some nodes of a network, those of equal activation one after another.

        Args:
            network: the decoded network.
            nodes: ``(N,)`` computed nodes.
            place: for each row of a value of the network, where it is in ``values``.
        """
        super().__init__()
        starts, ends = network.indptr[nodes], network.indptr[nodes + 1]
        edges = np.concatenate([np.arange(a, b) for a, b in zip(starts, ends, strict=True)])
        edges = edges.astype(np.int64)
        of_node = np.repeat(np.arange(len(nodes)), ends - starts)
        for name, rows in (
            ("source", place[network.source[edges]]),
            ("target", of_node),
            ("gene", network.gene[edges]),
        ):
            self.register_buffer(name, torch.from_numpy(np.array(rows, np.int64)))
        codes, counts = np.unique(network.activation[nodes], return_counts=True)
        self.size = len(nodes)
        self.expressions = [ACTIVATIONS[code].expression for code in codes.tolist()]
        self.counts = counts.tolist()

    def forward(self, values: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        """Return the values of the nodes, ``(N, S)``.

        Args:
            values: ``(V, S)`` of the nodes before.
            weight: ``()`` or ``(C,)``.
        """
        terms = values.index_select(0, self.source)
        if weight.ndim:
            terms = terms * weight[self.gene, None]
        sums = values.new_zeros((self.size, values.shape[1])).index_add(0, self.target, terms)
        sums = sums if weight.ndim else weight * sums
        parts = zip(self.expressions, torch.split(sums, self.counts), strict=True)
        return torch.cat([activated(expression, part) for expression, part in parts])


def activated(expression: str, sums: torch.Tensor) -> Any:
    """Return what an expression of the table of activations is of sums."""
    return evaluated(expression, sums, FUNCTIONS).to(sums.dtype)


def layers_of(network: Network) -> list[np.ndarray]:
    """Return the computed nodes of a network in layers, those of equal activation together.

    A node comes in the first layer after all of its sources.
    """
    level = np.zeros(1 + network.n_inputs + len(network.activation), np.int64)
    for node in range(len(network.activation)):
        sources = network.source[network.indptr[node] : network.indptr[node + 1]]
        level[1 + network.n_inputs + node] = 1 + level[sources].max(initial=0)
    own = level[1 + network.n_inputs :]
    order = np.argsort(network.activation, kind="stable")
    return [order[own[order] == k] for k in range(1, int(own.max()) + 1)]
