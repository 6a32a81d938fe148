"""Which parameters of a module are pruned, their masks, and how PyTorch is told of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn.utils import prune as torch_prune

from wann.errors import WannError

LAYERS = (
    torch.nn.Linear,
    torch.nn.Conv1d,
    torch.nn.Conv2d,
    torch.nn.Conv3d,
    torch.nn.ConvTranspose1d,
    torch.nn.ConvTranspose2d,
    torch.nn.ConvTranspose3d,
)
KERAS_MASK = "_wann_mask"  # attribute of a variable of Keras that is pruned: mask and hook
#: chooses parameters: a function of a name and a parameter, or names
Choice = Callable[[str, torch.Tensor], bool] | Sequence[str]


@dataclass(frozen=True, eq=False)
class Place:
    """Where a parameter that is pruned lies.

    Attributes:
        name: as ``named_parameters`` has it while nothing is pruned.
        owner: the module that has it.
        attribute: its name there.
        is_keras: whether it is a variable of Keras, which layers hold on to: PyTorch's pruning,
            which puts another tensor in its place, has no effect on them.
    """

    name: str
    owner: torch.nn.Module
    attribute: str
    is_keras: bool = False

    @property
    def parameter(self) -> torch.nn.Parameter:
        """The parameter; while it is pruned, the one that PyTorch trains in its place."""
        own = self.owner._parameters
        found = own.get(self.attribute)
        if found is None:
            found = own[f"{self.attribute}_orig"]
        assert found is not None
        return found

    @property
    def mask(self) -> torch.Tensor | None:
        """The mask that is applied to it, as bool, or None."""
        if self.is_keras:
            held = getattr(self.parameter, KERAS_MASK, None)
            return None if held is None else held[0]
        mask = self.owner._buffers.get(f"{self.attribute}_mask")
        return None if mask is None else mask.bool()


class Masks(dict[str, torch.Tensor]):
    """What is left of each parameter that is pruned: name -> bool tensor of its shape.

    The counts are of weights: biases and normalisation are not counted.
    """

    @property
    def total(self) -> int:
        """Number of weights."""
        return sum(mask.numel() for mask in self.values())

    @property
    def per_layer(self) -> dict[str, int]:
        """Number of weights left of each parameter."""
        return {name: int(mask.sum()) for name, mask in self.items()}

    @property
    def remaining(self) -> int:
        """Number of weights left."""
        return sum(self.per_layer.values())

    @property
    def compression(self) -> float | None:
        """All weights / weights left, or None where none is left."""
        return self.total / self.remaining if self.remaining else None

    @property
    def empty_layers(self) -> list[str]:
        """Names of the parameters that nothing is left of: the layers have collapsed."""
        return [name for name, left in self.per_layer.items() if not left]

    def to_json(self) -> dict[str, Any]:
        """Return the counts."""
        return {
            "total": self.total,
            "remaining": self.remaining,
            "compression": self.compression,
            "per_layer": self.per_layer,
            "empty_layers": self.empty_layers,
        }

    def __repr__(self) -> str:
        """Return the counts in a line."""
        return f"<Masks: {self.remaining} of {self.total} weights in {len(self)} layers>"


def find_places(model: torch.nn.Module, choice: Choice | None = None) -> list[Place]:
    """Return the parameters to prune, in the order of the module.

    Args:
        model: the module.
        choice: which; by default the weights of linear and convolutional layers (of Keras: the
            kernels), no biases and no normalisation.

    Raises:
        WannError: there are none, or one cannot be pruned: it is shared by two layers, frozen,
            quantised, not yet made, or computed from others.
    """
    places = list(_places(model, choice))
    if choice is not None and not callable(choice):
        missing = set(choice) - {place.name for place in places}
        if missing:
            raise WannError(
                f"parameters {', '.join(sorted(missing))}: the module has none of this name: see"
                " model.named_parameters()"
            )
    if not places:
        raise WannError(
            f"{type(model).__name__} has no weights to prune: must have a linear or convolutional"
            " layer, or parameters= must choose some of its parameters"
        )
    owners = _owners(model)
    for place in places:
        _check(place, owners)
    return places


def _places(model: torch.nn.Module, choice: Choice | None) -> Iterator[Place]:
    """Return what is chosen, each parameter once."""
    if not isinstance(model, torch.nn.Module):
        raise WannError(
            f"{type(model).__name__} is no torch.nn.Module: give one, or a Keras model on the"
            " backend torch"
        )
    seen: set[int] = set()
    for path, owner in model.named_modules():
        if choice is None and _is_quantised(owner):
            raise WannError(
                f"{path or type(owner).__name__}: is quantised: prune before quantising"
            )
        if choice is None and isinstance(owner, LAYERS) and _is_computed(owner):
            raise WannError(
                f"{path or type(owner).__name__}: its weight is computed from other parameters"
                " (weight norm, say): remove that, or choose by parameters="
            )
        for place in _of_owner(path, owner, choice):
            # models of Keras hold the variables of their layers once more
            if not (place.is_keras and id(place.parameter) in seen):
                yield place
            seen.add(id(place.parameter))


def _of_owner(path: str, owner: torch.nn.Module, choice: Choice | None) -> Iterator[Place]:
    """Return the places of one module."""
    is_keras = isinstance(owner, torch.nn.ParameterDict)
    for key, parameter in owner._parameters.items():
        if parameter is None:
            continue
        pruned = key.endswith("_orig") and f"{key.removesuffix('_orig')}_mask" in owner._buffers
        attribute = key.removesuffix("_orig") if pruned else key
        name = f"{path}.{attribute}" if path else attribute
        if callable(choice):
            wanted = choice(name, parameter)
        elif choice is not None:
            wanted = name in choice
        elif is_keras:
            wanted = attribute.endswith("kernel") and parameter.ndim >= 2
        else:
            wanted = isinstance(owner, LAYERS) and attribute == "weight"
        if wanted:
            yield Place(name, owner, attribute, is_keras)


def _is_quantised(module: torch.nn.Module) -> bool:
    """Return whether a module keeps a weight that is quantised, which is no parameter."""
    weight = getattr(module, "weight", None)
    return callable(weight) and not isinstance(weight, torch.nn.Module)


def _is_computed(layer: torch.nn.Module) -> bool:
    """Return whether the weight of a layer is no parameter, and not because it is pruned."""
    is_pruned = "weight_orig" in layer._parameters and "weight_mask" in layer._buffers
    return layer._parameters.get("weight") is None and not is_pruned


def _owners(model: torch.nn.Module) -> dict[int, set[tuple[int, str]]]:
    """Return for each parameter, by id, which modules have it by which names; dictionaries of Keras
    are as good as one.
    """
    owners: dict[int, set[tuple[int, str]]] = {}
    for owner in model.modules():
        mark = 0 if isinstance(owner, torch.nn.ParameterDict) else id(owner)
        for key, parameter in owner._parameters.items():
            if parameter is not None:
                owners.setdefault(id(parameter), set()).add((mark, key))
    return owners


def _check(place: Place, owners: dict[int, set[tuple[int, str]]]) -> None:
    """Raise WannError for a parameter that cannot be pruned."""
    name, parameter = place.name, place.parameter
    if isinstance(parameter, torch.nn.parameter.UninitializedParameter):
        raise WannError(f"{name}: has no shape yet: run the model on a batch first")
    if len(owners[id(parameter)]) > 1:
        raise WannError(
            f"{name}: is shared by several layers, and a mask would tear them apart: leave it out"
            " by parameters=, or give each layer its own"
        )
    if not parameter.is_floating_point() or parameter.is_quantized:
        raise WannError(
            f"{name}: holds {parameter.dtype}: must be real numbers; prune before quantising"
        )
    if not parameter.requires_grad:
        raise WannError(
            f"{name}: is frozen: call requires_grad_() for it, or leave it out by parameters="
        )
    if parameter.is_meta:
        raise WannError(f"{name}: has no values (it is on the device meta): load them first")


@torch.no_grad()
def attach(places: Sequence[Place], masks: Sequence[torch.Tensor]) -> None:
    """Apply masks; what is pruned becomes 0 and stays so in training.

    PyTorch does it by ``torch.nn.utils.prune``. Of a variable of Keras the gradient is masked.
    """
    for place, mask in zip(places, masks, strict=True):
        parameter = place.parameter
        parameter.mul_(mask)
        if place.is_keras:
            hook = parameter.register_hook(lambda gradient, mask=mask: gradient * mask)
            setattr(parameter, KERAS_MASK, (mask, hook))
        else:
            torch_prune.custom_from_mask(place.owner, place.attribute, mask)


@torch.no_grad()
def detach(places: Sequence[Place]) -> list[torch.Tensor | None]:
    """Take the masks off, so that parameters have their own names, and return them.

    What is pruned is 0; None stands for a parameter that had no mask.
    """
    masks = [place.mask for place in places]
    for place, mask in zip(places, masks, strict=True):
        if mask is None:
            continue
        if place.is_keras:
            getattr(place.parameter, KERAS_MASK)[1].remove()
            delattr(place.parameter, KERAS_MASK)
        else:
            torch_prune.remove(place.owner, place.attribute)
    return masks
