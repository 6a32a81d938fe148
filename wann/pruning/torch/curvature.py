"""The diagonal of the Hessian of any module by one more backward pass, as Optimal Brain Damage has
it.

The pass goes backwards like that of the gradient, but with the squares of all derivatives: what
comes to a unit is the second derivative of the loss by its value, all but the diagonal of each
layer left out. PyTorch's own backward pass is right for it where derivatives are 0 or 1: ReLU,
maxima, sums, and what moves numbers about. In other functions that networks are made of it is
replaced: products, batch norm, curved activations, averages, arithmetic with numbers. Those of
``UNKNOWN`` are refused; a function that neither list has is taken for one with derivatives 0 and 1.

Source: LeCun, Denker & Solla 1990, equations 6 to 9; ``wann.pruning.mlp.hessian_diagonal`` is the
same for a perceptron.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from wann.errors import WannError, one_line
from wann.pruning.torch.flow import CURVED

MOST_OUTPUTS = 10_000  # of a sample: each takes one backward pass through the loss
#: products of inputs and weights
PRODUCTS = {
    functional.linear, functional.conv1d, functional.conv2d, functional.conv3d,
    functional.conv_transpose1d, functional.conv_transpose2d, functional.conv_transpose3d,
}  # fmt: skip
#: functions of each number alone; batch norm in evaluation mode is one, too
ELEMENTWISE = CURVED | {
    torch.sigmoid, torch.Tensor.sigmoid, functional.sigmoid, functional.softplus,
    functional.hardsigmoid, functional.logsigmoid, functional.batch_norm,
}  # fmt: skip
#: arithmetic: with a number a function of each number alone, with another value not known
ARITHMETIC = {
    getattr(owner, name)
    for owner in (torch, torch.Tensor)
    for name in ("mul", "div", "neg", "sub", "rsub", "pow", "exp", "log", "sqrt", "sin", "cos")
    if hasattr(owner, name)
} | {torch.Tensor.__rsub__, torch.Tensor.__rdiv__, torch.Tensor.__pow__, torch.Tensor.__rpow__}
#: means of some of their inputs
AVERAGES = {
    functional.avg_pool1d, functional.avg_pool2d, functional.avg_pool3d,
    functional.adaptive_avg_pool1d, functional.adaptive_avg_pool2d, functional.adaptive_avg_pool3d,
    torch.mean, torch.Tensor.mean,
}  # fmt: skip
#: products of two values or of a value and a weight, as Keras has its layers
BILINEAR = {
    torch.mul, torch.Tensor.mul, torch.matmul, torch.Tensor.matmul, torch.Tensor.__matmul__,
    torch.bmm, torch.Tensor.bmm,
}  # fmt: skip
#: what mixes the values of a layer
UNKNOWN = {
    torch.softmax, torch.Tensor.softmax, functional.softmax,
    functional.log_softmax, functional.layer_norm, functional.group_norm, functional.instance_norm,
    functional.scaled_dot_product_attention, functional.multi_head_attention_forward,
    functional.embedding, torch.lstm, torch.gru, torch.rnn_tanh, torch.rnn_relu, torch.einsum,
}  # fmt: skip


def hessian_diagonal(
    model: torch.nn.Module,
    weights: Sequence[torch.Tensor],
    inputs: torch.Tensor,
    targets: torch.Tensor,
    loss: Callable[[Any, torch.Tensor], torch.Tensor],
    positive: bool = False,
) -> list[torch.Tensor]:
    """Return the diagonal of the Hessian of the mean loss of a batch, one tensor for each weight.

    It is exact for the last layer, and below it where no two units of the next layer depend on each
    other.

    Args:
        model: the module, in evaluation mode.
        weights: by which parameters.
        inputs: ``(S, …)``.
        targets: as the loss takes them.
        loss: function of outputs and targets: the mean of the samples.
        positive: leave out the curvature of the activations: the Levenberg-Marquardt form, which is
            never negative.

    Raises:
        WannError: the module computes something that the pass is not known for.
    """
    slopes = [] if positive else _slopes(model, inputs, targets, loss)
    with _SecondOrder(slopes, positive):
        outputs = model(inputs)
    second = _of_outputs(outputs.detach(), targets, loss)
    found = torch.autograd.grad(outputs, weights, second, allow_unused=True, materialize_grads=True)
    return list(found)


def _of_outputs(
    outputs: torch.Tensor,
    targets: torch.Tensor,
    loss: Callable[[Any, torch.Tensor], torch.Tensor],
) -> torch.Tensor:
    """Return the second derivative of the loss by each output, of the shape of the outputs."""
    flat = outputs.flatten(1).requires_grad_()
    if flat.shape[1] > MOST_OUTPUTS:
        raise WannError(
            f"outputs of shape {tuple(outputs.shape)}: must be at most {MOST_OUTPUTS} numbers a"
            " sample for Optimal Brain Damage; use another method"
        )
    value = loss(flat.view(outputs.shape), targets)
    [slope] = torch.autograd.grad(value, flat, create_graph=True)
    second = torch.zeros_like(flat)
    if slope.requires_grad:
        for k in range(flat.shape[1]):  # one sample does not act on the loss of another
            [row] = torch.autograd.grad(
                slope[:, k].sum(), flat, retain_graph=True, materialize_grads=True,
                allow_unused=True,
            )  # fmt: skip
            second[:, k] = row[:, k]
    return second.view(outputs.shape)


def _slopes(
    model: torch.nn.Module,
    inputs: torch.Tensor,
    targets: torch.Tensor,
    loss: Callable[[Any, torch.Tensor], torch.Tensor],
) -> list[torch.Tensor]:
    """Return the gradient of the loss by the result of each function of each number alone, in the
    order of their calls.
    """
    with _Recorder() as recorder:
        outputs = model(inputs)
    return list(
        torch.autograd.grad(
            loss(outputs, targets), recorder.results, allow_unused=True, materialize_grads=True
        )
        if recorder.results
        else ()
    )


def _is_elementwise(func: Any, args: Any, kwargs: Any) -> bool:
    """Return whether a call is a function of each number of its first argument alone."""
    others = (*args[1:], *kwargs.values())
    of_numbers = not any(isinstance(other, torch.Tensor) for other in others)
    return func in ELEMENTWISE or (func in ARITHMETIC and of_numbers and args[0].requires_grad)


def _needs_gradient(args: Any) -> bool:
    """Return whether an argument depends on the weights."""
    return any(isinstance(part, torch.Tensor) and part.requires_grad for part in args)


class _Recorder(TorchFunctionMode):
    """Keeps what functions of each number alone give."""

    def __init__(self) -> None:
        super().__init__()
        self.results: list[torch.Tensor] = []

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        result = func(*args, **kwargs)
        if _is_elementwise(func, args, kwargs):
            self.results.append(result)
            return result.view_as(result)  # what is changed in place later is not what is kept
        return result


class _SecondOrder(TorchFunctionMode):
    """Replaces backward passes by those of second derivatives."""

    def __init__(self, slopes: Sequence[torch.Tensor], positive: bool) -> None:
        super().__init__()
        self._slopes, self._positive = iter(slopes), positive

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if func in BILINEAR and _needs_gradient(args) and isinstance(args[1], torch.Tensor):
            return _Product.apply(lambda a, b, bias: func(a, b), *args[:2], None, (), {})
        of_values = func in ARITHMETIC and not _is_elementwise(func, args, kwargs)
        if func in UNKNOWN or (of_values and _needs_gradient(args)):
            raise WannError(
                f"Optimal Brain Damage does not know how the second derivative goes through"
                f" {one_line(getattr(func, '__name__', str(func)), 60)}: use another method"
            )
        if func in PRODUCTS:
            values, weight, bias, *rest = _bound(args, kwargs)
            return _Product.apply(func, values, weight, bias, rest, kwargs)
        if _is_elementwise(func, args, kwargs):
            slope = None if self._positive else next(self._slopes)
            return _Elementwise.apply(
                lambda values: func(values, *args[1:], **kwargs), args[0], slope
            )
        if func in AVERAGES:
            result = func(*args, **kwargs)
            return _Scaled.apply(result, result.numel() / args[0].numel())
        return func(*args, **kwargs)


def _bound(args: Any, kwargs: dict[str, Any]) -> list[Any]:
    """Return input, weight, bias and the rest of a call of PRODUCTS; they leave the keywords."""
    given = list(args)
    for k, name in enumerate(("input", "weight", "bias")):
        if len(given) <= k:
            given.append(kwargs.pop(name, None))
    return given


class _Product(torch.autograd.Function):
    """A function that is linear in its inputs and in its weights."""

    @staticmethod
    def forward(
        context: Any, func: Any, values: Any, weight: Any, bias: Any, rest: Any, kwargs: Any
    ) -> Any:
        context.save_for_backward(values, weight)
        context.call = lambda a, b: func(a, b, None, *rest, **kwargs)
        return func(values, weight, bias, *rest, **kwargs)

    @staticmethod
    def backward(context: Any, second: Any) -> Any:
        values, weight = (part.square().requires_grad_() for part in context.saved_tensors)
        with torch.enable_grad():
            result = context.call(values, weight)
        by_values, by_weight = torch.autograd.grad(result, (values, weight), second)
        return None, by_values, by_weight, None, None, None


class _Elementwise(torch.autograd.Function):
    """A function of each number alone."""

    @staticmethod
    def forward(context: Any, call: Any, values: Any, slope: Any) -> Any:
        context.save_for_backward(values)
        context.call, context.slope = call, slope
        return call(values)

    @staticmethod
    def backward(context: Any, second: Any) -> Any:
        values = context.saved_tensors[0].detach().requires_grad_()
        with torch.enable_grad():
            [first] = torch.autograd.grad(
                context.call(values).sum(), values, create_graph=context.slope is not None
            )
            bent = first.sum() if first.requires_grad else None
        result = second * first.detach().square()
        if bent is not None:
            [bend] = torch.autograd.grad(bent, values, allow_unused=True, materialize_grads=True)
            result = result + context.slope * bend
        return None, result, None


class _Scaled(torch.autograd.Function):
    """A result whose backward pass is scaled: each of n inputs of a mean has 1 / n in place of it,
    squared.
    """

    @staticmethod
    def forward(context: Any, result: Any, factor: float) -> Any:
        context.factor = factor
        return result.view_as(result)

    @staticmethod
    def backward(context: Any, second: Any) -> Any:
        return second * context.factor, None
