"""The one pruning loop: score the weights, keep exactly so many of the best, mask the others, and
again.

Optimal Brain Damage, the lottery ticket procedure, one-shot magnitude and SynFlow are rows of
``METHODS``.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np

from wann.config import nearest
from wann.errors import WannError
from wann.pruning.mlp import MLP
from wann.pruning.saliency import State, find_saliency, scores_of
from wann.streams import rng_for

SCHEDULES = ("exponential", "linear")
SCOPES = ("global", "layer")
# of a method's mask: permuted within each layer; with other initial weights
CONTROLS = ("shuffled", "reinit")
Train = Callable[[np.ndarray, np.ndarray], np.ndarray]  # (parameters, mask) -> trained parameters


class Layers(Protocol):
    """What the numbers of a method depend on."""

    @property
    def layer_sizes(self) -> list[int]:
        """Number of weights of each layer."""
        ...

    @property
    def n_weights(self) -> int:
        """Number of weights of all of them."""
        ...


class Shape(Layers, Protocol):
    """The shape of a network whose parameters are one vector, the weights first."""

    @property
    def n_parameters(self) -> int:
        """Length of the vector."""
        ...

    @property
    def label(self) -> str:
        """What it is called in a line."""
        ...

    def settings(self) -> dict[str, Any]:
        """Return what must be the same for a comparison to go on."""
        ...


@dataclass(frozen=True)
class Pruner:
    """How to prune.

    Attributes:
        saliency: name of the score, see ``wann.pruning.saliency``.
        rounds: times that the weights are scored and pruned on the way to a compression.
        schedule: the share of weights left after round k of n, at a compression c: ``exponential``
            c^(-k/n), or ``linear`` 1 - k/n (1 - 1/c); see ``share_of`` for how many that are.
        scope: whether one threshold is for all weights, ``global``, or each layer keeps the same
            share, ``layer``.
        train_between: train before each round.
        rewind: go back to the initial weights after each round.
        keep: if above 0, each round keeps this share of the weights, to the nearest whole number,
            and there are as many rounds as it takes; ``rounds`` and ``schedule`` do not count then.
        keep_output: the same for the last layer, if it is another share; with the scope ``layer``.
    """

    saliency: str
    rounds: int = 1
    schedule: str = "exponential"
    scope: str = "global"
    train_between: bool = False
    rewind: bool = False
    keep: float = 0.0
    keep_output: float = 0.0

    def __post_init__(self) -> None:
        """Raise WannError for what is not allowed."""
        if self.schedule not in SCHEDULES or self.scope not in SCOPES:
            raise WannError(
                f"schedule {self.schedule!r}, scope {self.scope!r}: must be one of"
                f" {', '.join(SCHEDULES)} and one of {', '.join(SCOPES)}"
            )
        if self.rounds < 1 or not 0 <= self.keep < 1 or not 0 <= self.keep_output < 1:
            raise WannError(
                f"rounds = {self.rounds}, keep = {self.keep}, keep_output = {self.keep_output}:"
                " must be at least 1, and shares from 0 to below 1"
            )
        if self.keep_output and not (self.keep and self.scope == "layer"):
            raise WannError("keep_output needs keep and the scope 'layer'")

    def counts(self, net: Layers, compression: float) -> list[list[int]]:
        """Return for each round how many weights are left: of each layer, or one number for all of
        them.

        Raises:
            WannError: there is no such compression.
        """
        check_compression(net, compression)
        sizes = net.layer_sizes if self.scope == "layer" else [net.n_weights]
        if self.keep:
            rounds = math.ceil(math.log(compression) / -math.log(self.keep) - 1e-9)
            rates = [self.keep] * len(sizes)
            rates[-1] = self.keep_output or self.keep
            return [
                [round(size * rate**k) for size, rate in zip(sizes, rates, strict=True)]
                for k in range(1, rounds + 1)
            ]
        last, done = 1 / compression, [k / self.rounds for k in range(1, self.rounds + 1)]
        shares = [
            last**part if self.schedule == "exponential" else 1.0 - (1.0 - last) * part
            for part in done
        ]
        return [[share_of(size, share) for size in sizes] for share in shares]


def share_of(size: int, share: float) -> int:
    """Return how many of ``size`` weights stay where a schedule leaves a share: in effect it rounds
    up.

    SynFlow's authors prune ``int((1 - share) * size)`` weights, by the same loop for random,
    magnitude, SNIP and GraSP. All methods with a schedule do the same, in the same arithmetic:
    where float numbers fall short of a whole number one more stays. The lottery ticket procedure,
    and what keeps a share a round as it does, is not theirs.

    Source: Tanaka et al. 2020, algorithm 1, and the code of its authors.
    """
    return size - int((1.0 - share) * size)


#: name -> how; a method of one's own is one more row
METHODS = {
    "random": Pruner("random"),
    "magnitude-init": Pruner("magnitude"),
    "snip": Pruner("snip"),
    "grasp": Pruner("grasp"),
    "synflow": Pruner("synflow", rounds=100),
    "magnitude": Pruner("magnitude", train_between=True),
    "obd-oneshot": Pruner("obd", train_between=True),
    "obd": Pruner("obd", train_between=True, keep=10**-0.25),
    "obd-lm": Pruner("obd-lm", train_between=True, keep=10**-0.25),
    "magnitude-iterative": Pruner("magnitude", train_between=True, keep=10**-0.25),
    "imp": Pruner(
        "magnitude", scope="layer", train_between=True, rewind=True, keep=0.8, keep_output=0.9
    ),
}


def find_method(name: str) -> tuple[Pruner, str]:
    """Return the pruner of a method, and the control that it is, or none.

    Args:
        name: of METHODS, or ``module:NAME`` of a saliency of one's own, which prunes once before
            training; with ``+shuffled`` or ``+reinit`` for a control that takes the mask of the
            method before the plus sign.

    Raises:
        WannError: there is none.
    """
    base, plus, control = name.partition("+")
    if plus and control not in CONTROLS:
        raise WannError(f"method {name!r}: a control must be one of {', '.join(CONTROLS)}")
    if ":" in base:
        find_saliency(base)
        return Pruner(base), control
    if base not in METHODS:
        raise WannError(
            f"unknown method {base!r}: did you mean {nearest(base, METHODS)}? Known are "
            f"{', '.join(METHODS)}, each also with +{' or +'.join(CONTROLS)}, or module:NAME "
            "of a saliency of your own"
        )
    return METHODS[base], control


def check_compression(net: Layers, compression: float) -> None:
    """Raise WannError for a compression that a network cannot have."""
    if not 1 <= compression <= net.n_weights:
        raise WannError(
            f"compression {compression:g}: must be from 1 to {net.n_weights}, the weights of the"
            " network"
        )


def keep_best(scores: np.ndarray, mask: np.ndarray, k: int) -> np.ndarray:
    """Return the mask with exactly the k best weights of those it has, or all if it has fewer.

    Of equal scores those of lower index stay.

    Args:
        scores: ``(N,)``, numbers where a weight is left; infinite ones are the most and the least
            there are.
        mask: ``(N,)`` bool, True where a weight is left.
        k: how many to keep.
    """
    alive = np.flatnonzero(mask)
    if k >= len(alive):
        return mask.copy()
    left, kept = scores[alive], np.zeros_like(mask)
    if k > 0:
        least = np.partition(left, len(left) - k)[len(left) - k]
        above = left > least
        ties = np.flatnonzero(left == least)[: k - np.count_nonzero(above)]
        kept[alive[above]] = kept[alive[ties]] = True
    return kept


class Problem(NamedTuple):
    """What is pruned, and on what.

    Attributes:
        net: the shape of the network.
        inputs: ``(S, n_inputs)`` that saliencies may look at.
        targets: as in ``wann.pruning.mlp.check_samples``.
    """

    net: MLP
    inputs: np.ndarray
    targets: np.ndarray


class Start(NamedTuple):
    """Where pruning goes on from.

    Attributes:
        parameters: ``(P,)``.
        mask: ``(n_weights,)`` bool, True where a weight is left.
        beginning: ``(P,)`` initial parameters, where rewinding leads.
        trained: whether the parameters are trained already.
    """

    parameters: np.ndarray
    mask: np.ndarray
    beginning: np.ndarray
    trained: bool = False


def prune(
    pruner: Pruner,
    problem: Problem,
    start: Start,
    counts: list[list[int]],
    train: Train,
    seed: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Return parameters and mask after some rounds of pruning, not yet trained again.

    Args:
        pruner: how.
        problem: what is pruned, and on what.
        start: what is left already.
        counts: of each round, from ``Pruner.counts``.
        train: trains where the pruner wants it.
        seed: of what is random in a saliency.

    Raises:
        WannError: the saliency fails, or gives something else than a number for each weight that is
            left.
    """
    (net, inputs, targets), (parameters, mask, beginning, trained) = problem, start
    for k, left in enumerate(counts):
        if pruner.train_between and not (trained and k == 0):
            parameters = train(parameters, mask)
        state = State(net, parameters, inputs, targets, rng_for(seed, k, "saliency"))
        scores = scores_of(pruner.saliency, state)
        if np.isnan(scores[mask]).any():
            raise WannError(
                f"saliency {pruner.saliency!r}: gave nan for a weight that is left: has training"
                " diverged? then try a smaller rate"
            )
        edges = np.cumsum(net.layer_sizes)[:-1] if len(left) > 1 else np.empty(0, int)
        parts = zip(np.split(scores, edges), np.split(mask, edges), left, strict=True)
        mask = np.concatenate([keep_best(*part) for part in parts])
        parameters = masked(net, beginning if pruner.rewind else parameters, mask)
    return parameters, mask


def masked(net: MLP, parameters: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Return the parameters with 0 for the weights that are pruned; the others keep every bit."""
    out = parameters.copy()
    out[: net.n_weights][~mask] = 0
    return out


def shuffled(net: MLP, mask: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the mask with the places of each layer permuted: as many weights in each layer,
    anywhere in it.

    Source: Frankle, Dziugaite, Roy & Carbin 2021, section 4.
    """
    return np.concatenate(
        [rng.permutation(layer) for layer in np.split(mask, np.cumsum(net.layer_sizes)[:-1])]
    )
