"""The loop of ``wann.pruning.prune`` on any module: score the weights, keep exactly so many of the
best, mask the others, and again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from wann.errors import WannError, warn
from wann.pruning.prune import Pruner, find_method
from wann.pruning.saliency import SAMPLES, find_saliency
from wann.pruning.torch.masks import Choice, Masks, Place, attach, detach, find_places
from wann.pruning.torch.saliency import SALIENCIES, Loss, Saliency, State, scores_of
from wann.streams import rng_for

Train = Callable[[torch.nn.Module], object]  # trains the module in place


@dataclass(frozen=True)
class Sizes:
    """How many weights there are, for ``Pruner.counts``."""

    layer_sizes: list[int]

    @property
    def n_weights(self) -> int:
        """Number of weights of all layers."""
        return sum(self.layer_sizes)


def prune(
    model: torch.nn.Module,
    method: str | Pruner | Saliency = "synflow",
    compression: float = 10.0,
    *,
    data: Iterable[Any] | torch.Tensor | None = None,
    loss: Loss = torch.nn.functional.cross_entropy,
    train: Train | None = None,
    trained: bool = False,
    parameters: Choice | None = None,
    samples: int | None = SAMPLES,
    seed: int = 0,
) -> Masks:
    """Prune a module in place, and return the masks.

    They are applied by ``torch.nn.utils.prune``: the module can be trained, saved and copied, and
    ``torch.nn.utils.prune.remove`` makes them permanent. A module that is pruned already is pruned
    further. It stays on its device; on failure it has the masks of before again.

    Args:
        model: any module whose outputs are a tensor; also a Keras model on the backend torch, of
            whose pruned weights the gradients are masked in place of all that.
        method: of ``wann.pruning.prune.METHODS``, also with ``+shuffled`` or ``+reinit``; a
            ``Pruner``; or a saliency of one's own, a function of a ``State``, which prunes once.
        compression: all weights / weights left; some methods work in rounds of a fixed share and
            then leave the next that they come to.
        data: what saliencies look at: batches of inputs and targets that can be gone through anew,
            such as a DataLoader. SynFlow needs one input, whose shape alone counts: a tensor of
            inputs, ``(S, …)``, does, too. Random and magnitude need none.
        loss: function of outputs and targets: the mean of the samples.
        train: trains the module in place, for methods that train before they prune; their last
            training, after the last round, is left to you.
        trained: whether the module is trained already, so that such a method begins with pruning.
        parameters: which to prune: names, or a function of a name and a parameter; by default the
            weights of linear and convolutional layers.
        samples: that SNIP and GraSP look at, at least: as many batches as hold them; None: all.
        seed: of what is random.

    Returns: the masks by the names of the parameters, with how much is left; a warning says if a
    layer has lost all weights.

    Raises:
        WannError: the method is unknown, the module has no weights or some that cannot be pruned,
            data or ``train`` are missing or do not fit, the compression is none, or leaves less
            than a weight for each layer.
    """
    pruner, control, saliency, name = _method(method)
    places = find_places(model, parameters)
    counts = _counts(pruner, places, compression)
    needs = pruner.train_between and counts and not (trained and len(counts) == 1)
    if needs and train is None:
        raise WannError(
            f"method {name!r} trains before it prunes: give train=, a function that trains the"
            " module in place" + ("" if len(counts) > 1 else ", or trained=True if it is trained")
        )
    rewinds = pruner.rewind or bool(control)
    given = detach(places)
    masks = [
        _full(place) if mask is None else mask for place, mask in zip(places, given, strict=True)
    ]
    beginning = {key: value.clone() for key, value in model.state_dict().items()} if rewinds else {}
    job = Job(model, places, saliency, name, data, loss, samples, seed)
    try:
        masks = run_rounds(job, pruner, masks, counts, train, trained, beginning)
        if control:
            model.load_state_dict(beginning)
        if control == "shuffled":
            masks = shuffled(masks, rng_for(seed, 0, "shuffle"))
        elif control == "reinit":
            _draw_again(model, places, int(rng_for(seed, 1, "initial").integers(2**63)))
    except BaseException:
        had = [(place, mask) for place, mask in zip(places, given, strict=True) if mask is not None]
        attach([place for place, _ in had], [mask for _, mask in had])
        raise
    attach(places, masks)
    found = Masks({place.name: mask for place, mask in zip(places, masks, strict=True)})
    if found.empty_layers:
        warn(
            f"method {name!r} has left no weight of {', '.join(found.empty_layers)}: what is left"
            " works only if a skip connection leads round them (wann.pruning.torch.effective says"
            " so); try a smaller compression" + ("" if name == "synflow" else ", or synflow")
        )
    return found


@dataclass(frozen=True, eq=False)
class Job:
    """What is pruned by which saliency: see ``prune``."""

    model: torch.nn.Module
    places: Sequence[Place]
    saliency: Saliency
    name: str
    data: Iterable[Any] | torch.Tensor | None
    loss: Loss
    samples: int | None
    seed: int


def run_rounds(
    job: Job,
    pruner: Pruner,
    masks: list[torch.Tensor],
    counts: list[list[int]],
    train: Train | None,
    trained: bool,
    beginning: dict[str, torch.Tensor],
) -> list[torch.Tensor]:
    """Return the masks after some rounds; the module has no masks, but what is pruned is 0 in it.

    Args:
        job: what is pruned.
        pruner: how.
        masks: what is left already.
        counts: of each round, from ``Pruner.counts``.
        train: trains where the pruner wants it.
        trained: whether the module is trained already.
        beginning: the state where rewinding leads.
    """
    for k, left in enumerate(counts):
        if pruner.train_between and not (trained and k == 0):
            _train(job.model, job.places, masks, train)
        rng = rng_for(job.seed, k, "saliency")
        at = State(job.model, job.places, job.data, job.loss, rng, job.samples)
        masks = _keep(scores_of(job.saliency, job.name, at), masks, left, job.name)
        if pruner.rewind:
            job.model.load_state_dict(beginning)
        with torch.no_grad():
            for place, mask in zip(job.places, masks, strict=True):
                place.parameter.mul_(mask)
    return masks


def _method(method: str | Pruner | Saliency) -> tuple[Pruner, str, Saliency, str]:
    """Return how to prune, as which control, by which saliency, and what that is called.

    Raises:
        WannError: there is no such method.
    """
    if isinstance(method, str):
        pruner, control = find_method(method)
        return pruner, control, find_saliency(pruner.saliency, SALIENCIES), method
    if isinstance(method, Pruner):
        return method, "", find_saliency(method.saliency, SALIENCIES), method.saliency
    if not callable(method):
        raise WannError(f"method {method!r}: must be a name, a Pruner or a function of a State")
    name = getattr(method, "__name__", type(method).__name__)
    return Pruner(name), "", method, name


def _counts(pruner: Pruner, places: Sequence[Place], compression: float) -> list[list[int]]:
    """Return how many weights each round leaves, or raise WannError if a layer must lose all."""
    sizes = Sizes([place.parameter.numel() for place in places])
    counts = pruner.counts(sizes, compression)
    last = counts[-1] if counts else [sizes.n_weights]
    if len(last) == 1 and last[0] < len(places):
        raise WannError(
            f"compression {compression:g} leaves {last[0]} of {sizes.n_weights} weights, but there"
            f" are {len(places)} layers: must be at most {sizes.n_weights / len(places):.6g}"
        )
    if 0 in last:
        place = places[last.index(0) if len(last) > 1 else 0]
        raise WannError(
            f"compression {compression:g} leaves none of the {place.parameter.numel()} weights of"
            f" {place.name}, since each layer keeps the same share: give a smaller one, or leave"
            " this layer out by parameters="
        )
    return counts


def _full(place: Place) -> torch.Tensor:
    """Return the mask of a parameter that is not pruned."""
    return torch.ones_like(place.parameter, dtype=torch.bool)


def _train(
    model: torch.nn.Module, places: Sequence[Place], masks: list[torch.Tensor], train: Train | None
) -> None:
    """Train the module with the masks applied."""
    assert train is not None
    attach(places, masks)
    try:
        train(model)
    finally:
        detach(places)


@torch.no_grad()
def _keep(
    scores: list[torch.Tensor], masks: list[torch.Tensor], left: list[int], name: str
) -> list[torch.Tensor]:
    """Return the masks of the best weights: of each layer, or, of one number, of all of them."""
    flat = [score.reshape(-1) for score in scores]
    alive = [mask.reshape(-1) for mask in masks]
    if any(bool(torch.isnan(score[mask]).any()) for score, mask in zip(flat, alive, strict=True)):
        raise WannError(
            f"saliency {name!r}: gave nan for a weight that is left: has training diverged? then"
            " try a smaller rate"
        )
    if len(left) == 1:
        kept = keep_best(torch.cat(flat), torch.cat(alive), left[0])
        parts = list(kept.split([len(mask) for mask in alive]))
    else:
        parts = [keep_best(*part) for part in zip(flat, alive, left, strict=True)]
    return [part.view(mask.shape).clone() for part, mask in zip(parts, masks, strict=True)]


def keep_best(scores: torch.Tensor, mask: torch.Tensor, k: int) -> torch.Tensor:
    """Return the mask with exactly the k best weights of those it has, or all if it has fewer.

    It is ``wann.pruning.prune.keep_best``, on the device of the scores.
    """
    alive = mask.nonzero().squeeze(1)
    if k >= len(alive):
        return mask.clone()
    left, kept = scores[alive], torch.zeros_like(mask)
    if k > 0:
        least = left.kthvalue(len(left) - k + 1).values
        above = alive[left > least]
        kept[above] = True
        kept[alive[left == least][: k - len(above)]] = True
    return kept


def shuffled(masks: list[torch.Tensor], rng: np.random.Generator) -> list[torch.Tensor]:
    """Return the masks with the places of each layer permuted.

    Source: Frankle, Dziugaite, Roy & Carbin 2021, section 4.
    """
    return [
        torch.from_numpy(rng.permutation(mask.cpu().numpy().ravel()))
        .view(mask.shape)
        .to(mask.device)
        for mask in masks
    ]


def _draw_again(model: torch.nn.Module, places: Sequence[Place], seed: int) -> None:
    """Give the module other initial weights: those that its layers draw when they are made."""
    fixed = [place.name for place in places if not hasattr(place.owner, "reset_parameters")]
    if fixed:
        raise WannError(
            f"{fixed[0]}: its layer has no reset_parameters(), so that other initial weights cannot"
            " be drawn: draw them yourself and prune by the masks"
        )
    devices = {place.parameter.device for place in places if place.parameter.is_cuda}
    with torch.random.fork_rng(devices):
        torch.manual_seed(seed)
        for module in model.modules():
            if callable(reset := getattr(module, "reset_parameters", None)):
                reset()
