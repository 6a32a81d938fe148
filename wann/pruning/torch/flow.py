"""SynFlow on any module: the flow of ones through the magnitudes of all that multiplies.

    R = sum of the outputs, at ones as inputs, of the module with |w| for each weight w

The score of a weight is |w| ∂R/∂|w|, the share of the flow that goes through it. What comes into a
unit goes out of it, through skip connections and batch norm, too, if all is linear for positive
numbers and nothing is added on the way. So for the time of a score

* the module is in evaluation mode: batch norm divides by the deviations that it has kept, and
  dropout is off;
* what multiplies (weights, the scale of batch norm) is replaced by its magnitude;
* curved activations (tanh, GELU, ReLU6 …) let numbers through as they are, as ReLU does;
* what is added (biases, the shift and the kept mean of batch norm) is 0;
* all is float64: the flow of a deep network grows with each layer beyond what float32 holds.

The module then gets the very tensors back that it had.

Source: Tanaka et al. 2020, algorithm 1; their code leaves the shifts, which are 0 at the start of a
training.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch.nn import functional
from torch.nn.utils.prune import BasePruningMethod
from torch.overrides import TorchFunctionMode

from wann.errors import WannError, one_line
from wann.pruning.torch.masks import Choice, Masks, Place, find_places

#: last words of the names of what is added, in PyTorch and Keras
ADDED = ("bias", "beta", "running_mean", "moving_mean", "moving_average")
VARIANCES = ("running_var", "moving_variance")

#: activations that grow with their input; sigmoids, which open and close gates, are none of them
CURVED = {
    torch.tanh, torch.Tensor.tanh, functional.tanh, functional.gelu, functional.silu,
    functional.elu, functional.selu, functional.celu, functional.leaky_relu, functional.mish,
    functional.hardswish, functional.relu6, functional.hardtanh, functional.softsign,
}  # fmt: skip
#: functions that subtract some of what comes in from the rest: no flow goes through them
SUBTRACTING = {
    functional.layer_norm, functional.group_norm, functional.instance_norm, torch.softmax,
    torch.Tensor.softmax, functional.softmax, functional.log_softmax,
}  # fmt: skip


def _averages(average: Callable[..., torch.Tensor]) -> Callable[..., torch.Tensor]:
    """Return a function that is called as a maximum, and gives the average of the same numbers."""

    def pooled(
        input: torch.Tensor,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        dilation: Any = 1,
        ceil_mode: bool = False,
        return_indices: bool = False,
    ) -> torch.Tensor:
        return average(input, kernel_size, stride, padding, ceil_mode)

    return pooled


MAXIMA = {
    functional.max_pool1d: _averages(functional.avg_pool1d),
    functional.max_pool2d: _averages(functional.avg_pool2d),
    functional.max_pool3d: _averages(functional.avg_pool3d),
}


class _Straight(TorchFunctionMode):
    """Lets numbers through the functions of CURVED as they are, and through maxima all or the
    greatest.
    """

    def __init__(self, all_ways: bool) -> None:
        super().__init__()
        self._all_ways = all_ways

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if func in CURVED:
            return args[0] if args else kwargs["input"]
        if self._all_ways and func in MAXIMA:
            return MAXIMA[func](*args, **kwargs)
        if func in SUBTRACTING:
            raise WannError(
                f"synflow: {func.__name__} subtracts, so that flow is not conserved: use another"
                " method"
            )
        return func(*args, **kwargs)


def synaptic_flow(
    model: torch.nn.Module, places: Sequence[Place], example: torch.Tensor
) -> list[torch.Tensor]:
    """Return the flow through each weight, float64 tensors of the shapes of the parameters.

    Args:
        model: the module, in evaluation mode.
        places: of its parameters that are pruned.
        example: an input, ``(1, …)``, of which only the shape counts.

    Raises:
        WannError: the module is not one that flow is defined for, or its flow overflows.
    """
    with _replaced(model, places, torch.abs):
        return _flow(model, places, example)


def effective(
    model: torch.nn.Module, example: torch.Tensor, parameters: Choice | None = None
) -> Masks:
    """Return which weights lie on a path of weights that are not 0 from an input to an output.

    Args:
        model: the module, pruned or not; it is left as it is.
        example: a batch of inputs, of which only the shape counts.
        parameters: which are pruned, as ``prune`` takes it.

    Raises:
        WannError: paths cannot be told: see ``synaptic_flow``.
    """
    places = find_places(model, parameters)
    training = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        with _replaced(model, places, lambda values: (values != 0).to(values.dtype)):
            flows = _flow(model, places, example[:1].to(places[0].parameter.device), True)
    finally:
        for module, mode in training:
            module.training = mode
    return Masks({place.name: flow > 0 for place, flow in zip(places, flows, strict=True)})


def _flow(
    model: torch.nn.Module,
    places: Sequence[Place],
    example: torch.Tensor,
    all_ways: bool = False,
) -> list[torch.Tensor]:
    """Return the flow through each weight of a module whose values are those of flow; through a
    maximum its greatest input alone, or all of them.
    """
    if not example.is_floating_point():
        raise WannError(
            f"synflow sends ones through the module, but its inputs are {example.dtype}: must be"
            " real numbers; use another method"
        )
    weights = [place.parameter for place in places]
    try:
        with torch.enable_grad(), _Straight(all_ways):
            flow = model(torch.ones_like(example, dtype=weights[0].dtype)).sum()
        slopes = torch.autograd.grad(flow, weights, allow_unused=True, materialize_grads=True)
    except (RuntimeError, TypeError, ValueError, AttributeError) as error:
        raise WannError(
            f"synflow: the module fails on ones of shape {tuple(example.shape)}"
            f" ({one_line(str(error), 300)})"
        ) from error
    with torch.no_grad():
        flows = [slope * weight for slope, weight in zip(slopes, weights, strict=True)]
        if not all(bool(torch.isfinite(part).all()) for part in flows):
            raise WannError(
                f"synflow: the flow is too large for {weights[0].dtype}: use another method"
            )
        if any(bool((part < 0).any()) for part in flows):
            raise WannError(
                "synflow: a flow is below 0, so something subtracts, and flow is not conserved: use"
                " another method"
            )
    return flows


@contextmanager
def _replaced(
    model: torch.nn.Module,
    places: Sequence[Place],
    magnitude: Callable[[torch.Tensor], torch.Tensor],
) -> Iterator[None]:
    """Have the values of flow in a module for a time.

    Layers of Keras cast their inputs to a precision of their own, which is kept.
    """
    in_keras = any(place.is_keras for place in places)
    tensors = {
        id(tensor): (name, tensor)
        for name, tensor in (*model.named_parameters(), *model.named_buffers())
        if tensor.is_floating_point()
    }
    held = [(tensor, tensor.data) for _, tensor in tensors.values()]
    try:
        for name, tensor in tensors.values():
            word = name.removesuffix("_orig").replace("/", ".").rpartition(".")[2]
            values = tensor.data if in_keras else tensor.data.double()
            if word.endswith(ADDED) or word.startswith("bias"):
                tensor.data = torch.zeros_like(values)
            elif word.endswith(VARIANCES):
                tensor.data = values
            else:
                tensor.data = magnitude(values)
        yield
    finally:
        for tensor, data in held:
            tensor.data = data
        _renew(model)


def _renew(model: torch.nn.Module) -> None:
    """Have PyTorch's pruning compute again what the parameters are, which it keeps."""
    for module in model.modules():
        for hook in module._forward_pre_hooks.values():
            if isinstance(hook, BasePruningMethod):
                hook(module, None)
