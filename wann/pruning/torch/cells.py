"""A cell of a comparison (``wann.pruning.comparison.cells``) whose network is a convolutional one.

Its parameters are one vector, as those of a perceptron: the weights that are pruned, in the order
of the layers, then biases and what batch norm has.
"""

import time
from typing import Any, NamedTuple

import numpy as np
import torch

from wann.errors import WannError
from wann.pruning.comparison.cells import Cell, Result, Setup, counted, method_of, result_of
from wann.pruning.saliency import SAMPLES, find_saliency
from wann.pruning.torch.flow import effective
from wann.pruning.torch.loop import Job, run_rounds, shuffled
from wann.pruning.torch.masks import Place, attach, detach, find_places
from wann.pruning.torch.networks import NETWORKS
from wann.pruning.torch.saliency import SALIENCIES
from wann.pruning.torch.training import Batches, accuracy, own_stream, samples_of, train
from wann.streams import rng_for


class ConvNet(NamedTuple):
    """The shape of a network of ``wann.pruning.torch.networks``.

    Attributes:
        name: of it.
        side: pixels of a side of an image.
        classes: number of them.
        layer_sizes: number of weights of each layer.
        n_parameters: number of all that a trained network has to be kept of.
        device: where it is computed, as PyTorch calls it.
    """

    name: str
    side: int
    classes: int
    layer_sizes: list[int]
    n_parameters: int
    device: str

    @property
    def n_weights(self) -> int:
        """Number of weights, biases and batch norm not counted."""
        return sum(self.layer_sizes)

    @property
    def label(self) -> str:
        """What it is called in a line."""
        return self.name

    def settings(self) -> dict[str, Any]:
        """Return what must be the same for a comparison to go on."""
        return {"name": self.name, "side": self.side, "classes": self.classes}


def conv_net(name: str, inputs: int, classes: int, device: str = "cpu") -> ConvNet:
    """Return the shape of a network for images.

    Raises:
        WannError: the inputs are no square image, or there is no such device.
    """
    side = round(inputs**0.5)
    if side * side != inputs or side < 8:
        raise WannError(
            f"{name} needs square images of at least 8 x 8 pixels, but there are {inputs} inputs:"
            " give another task, or leave out --network"
        )
    try:
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise WannError(f"--device {device}: {str(error).splitlines()[0]}") from None
    model = NETWORKS[name](side, classes)
    places = find_places(model)
    sizes = [place.parameter.numel() for place in places]
    return ConvNet(name, side, classes, sizes, sum(sizes) + _rest(model, places).numel(), device)


def run_cell(cell: Cell, setup: Setup, before: Result | None) -> Result:
    """Return the network of a cell, pruned and trained, as ``wann.pruning.comparison.cells`` does.

    On a CPU each takes one core, so that the result does not depend on how many there are.
    """
    assert isinstance(setup.net, ConvNet)
    torch.set_num_threads(1)
    with own_stream(setup.net.device):
        return _made(cell, setup, setup.net, before)


def _made(cell: Cell, setup: Setup, net: ConvNet, before: Result | None) -> Result:
    """Return the network of a cell."""
    begun, seed = time.perf_counter(), cell.seed
    samples, unseen = samples_of(setup, net.device)
    real = torch.from_numpy(setup.inputs[:0]).dtype
    model = NETWORKS[net.name](net.side, net.classes).to(net.device, real)
    places = find_places(model)
    beginning = _initial(model, places, rng_for(seed, 0, "initial"))
    mask = np.ones(net.n_weights, bool) if before is None else before.mask
    masks = _parts(places, mask)
    _set(model, places, beginning if before is None else torch.from_numpy(before.parameters))
    trainings = 0

    def trained(model: torch.nn.Module) -> None:
        nonlocal trainings
        trainings += 1
        train(model, samples, setup.recipe, seed)

    pruner, control = method_of(cell)
    if control:
        again = _initial(model, places, rng_for(seed, 1, "initial"))
        _set(model, places, beginning if control == "shuffled" else again)
        if control == "shuffled":
            masks = shuffled(masks, rng_for(seed, 0, "shuffle"))
    elif pruner is not None:
        saliency = find_saliency(pruner.saliency, SALIENCIES)
        counts = [list(left) for left in cell.counts]
        batches = Batches(samples, seed)
        loss = torch.nn.functional.cross_entropy
        job = Job(model, places, saliency, cell.method, batches, loss, SAMPLES, seed)
        last = _get(model, places)
        _set(model, places, beginning)
        start = {key: value.clone() for key, value in model.state_dict().items()}
        _set(model, places, last)
        masks = run_rounds(job, pruner, masks, counts, trained, before is not None, start)
    attach(places, masks)
    accuracy_before = accuracy(model, unseen)
    trained(model)
    detach(places)
    columns = {
        **structure(model, net, masks),
        "accuracy_before": accuracy_before,
        "accuracy": accuracy(model, unseen),
    }
    parameters = _get(model, places).numpy()
    mask = torch.cat([part.ravel() for part in masks]).cpu().numpy()
    seconds = time.perf_counter() - begun
    return result_of(cell, setup, before, columns, trainings, seconds, parameters, mask)


def structure(model: torch.nn.Module, net: ConvNet, masks: list[torch.Tensor]) -> dict[str, Any]:
    """Return the columns that say what is left of a network without masks.

    A weight of a convolution is a connection at each place of its output, and multiplies there.
    """
    example = torch.zeros(1, net.side**2, dtype=next(model.parameters()).dtype)
    places = find_places(model)
    uses, on_path = _uses(model, places, example), _on_path(model, places, masks, example)
    per_layer = [int(mask.sum()) for mask in masks]
    products = sum(left * n for left, n in zip(per_layer, uses, strict=True))
    whole = sum(size * n for size, n in zip(net.layer_sizes, uses, strict=True))
    connections = sum(left * n for left, n in zip(on_path, uses, strict=True))
    speedup = whole / products if products else None
    return counted(net, per_layer, sum(on_path), connections, speedup)


def _on_path(
    model: torch.nn.Module, places: list[Place], masks: list[torch.Tensor], example: torch.Tensor
) -> list[int]:
    """Return how many weights of each layer lie on a path of those that are left."""
    values = [place.parameter.detach().clone() for place in places]
    with torch.no_grad():
        for place, mask in zip(places, masks, strict=True):
            place.parameter.copy_(mask)  # a weight that has become 0, or nan, is left, too
        found = effective(model, example)
        for place, value in zip(places, values, strict=True):
            place.parameter.copy_(value)
    return list(found.per_layer.values())


@torch.no_grad()
def _uses(model: torch.nn.Module, places: list[Place], example: torch.Tensor) -> list[int]:
    """Return how often a weight of each layer is used for one image."""
    found: dict[torch.nn.Module, int] = {}

    def count(module: torch.nn.Module, _: Any, output: torch.Tensor) -> None:
        found[module] = output[0, 0].numel()

    hooks = [place.owner.register_forward_hook(count) for place in places]
    model.eval()
    model(example.to(next(model.parameters()).device))
    for hook in hooks:
        hook.remove()
    return [found[place.owner] for place in places]


# ------------------------------------------------------------------------- a module as one vector
def _others(model: torch.nn.Module, places: list[Place]) -> list[torch.Tensor]:
    """Return what a module has beside the weights that are pruned."""
    weights = {id(place.parameter) for place in places}
    tensors = (*model.parameters(), *model.buffers())
    return [part for part in tensors if id(part) not in weights and part.is_floating_point()]


def _rest(model: torch.nn.Module, places: list[Place]) -> torch.Tensor:
    """Return it as one vector."""
    return torch.cat([part.detach().ravel() for part in _others(model, places)])


def _get(model: torch.nn.Module, places: list[Place]) -> torch.Tensor:
    """Return the parameters of a module, which has no masks, ``(P,)``, on the CPU."""
    weights = [place.parameter.detach().ravel() for place in places]
    return torch.cat([*weights, _rest(model, places)]).cpu()


@torch.no_grad()
def _set(model: torch.nn.Module, places: list[Place], vector: torch.Tensor) -> None:
    """Give them to it."""
    parts = [*(place.parameter for place in places), *_others(model, places)]
    for part, values in zip(parts, vector.split([p.numel() for p in parts]), strict=True):
        part.copy_(values.view(part.shape))


def _parts(places: list[Place], mask: np.ndarray) -> list[torch.Tensor]:
    """Return a mask of all weights as one of each layer."""
    parameters = [place.parameter for place in places]
    parts = torch.from_numpy(mask.copy()).split([part.numel() for part in parameters])
    return [
        part.view(own.shape).to(own.device) for part, own in zip(parts, parameters, strict=True)
    ]


def _initial(model: torch.nn.Module, places: list[Place], rng: np.random.Generator) -> torch.Tensor:
    """Return parameters to start from, ``(P,)``: normal weights of variance 2 / (sources +
    targets), biases 0, batch norm that does nothing.

    Source: as ``wann.pruning.mlp.initial``, of the sources and targets of one place.
    """
    parts = []
    for place in places:
        shape = tuple(place.parameter.shape)
        fans = (shape[0] + shape[1]) * int(np.prod(shape[2:]))
        parts.append(torch.from_numpy(rng.standard_normal(shape).ravel() * np.sqrt(2 / fans)))
    ones = {
        id(part)
        for module in model.modules()
        if isinstance(module, torch.nn.BatchNorm2d)
        for part in (module.weight, module.running_var)
    }
    rest = [
        torch.full((part.numel(),), float(id(part) in ones), dtype=torch.float64)
        for part in _others(model, places)
    ]
    return torch.cat([*parts, *rest]).to(places[0].parameter.dtype)
