"""What a weight of a module is worth: the saliencies of ``wann.pruning.saliency``, in PyTorch.

A saliency is a function of a ``State`` that gives one tensor for each parameter that is pruned, of
its shape: the weights with the least go first. What it says of weights that are pruned already is
not looked at. The module is in evaluation mode: dropout is off, and batch norm uses and keeps the
statistics that it has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from wann.errors import WannError, one_line
from wann.pruning.saliency import SAMPLES, TEMPERATURE
from wann.pruning.torch.curvature import hessian_diagonal
from wann.pruning.torch.flow import synaptic_flow
from wann.pruning.torch.masks import Place

Loss = Callable[[Any, torch.Tensor], torch.Tensor]


@dataclass(frozen=True, eq=False)
class State:
    """What a saliency may look at; it changes nothing.

    Attributes:
        model: the module, in evaluation mode, without masks: pruned weights are 0.
        places: of its parameters that are pruned.
        data: batches of inputs and targets, or a tensor of inputs alone, or None.
        loss: function of outputs and targets: the mean of the samples.
        rng: source of what is random.
        samples: that SNIP and GraSP look at, at least; None: all.
    """

    model: torch.nn.Module
    places: Sequence[Place]
    data: Iterable[Any] | torch.Tensor | None
    loss: Loss
    rng: np.random.Generator
    samples: int | None = SAMPLES

    @property
    def weights(self) -> list[torch.nn.Parameter]:
        """The parameters that are pruned."""
        return [place.parameter for place in self.places]

    def batches(self, samples: int | None = None) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """Give batches of inputs and targets on the device of the module: all, or the first ones
        that hold as many samples.

        Raises:
            WannError: there is none, or it has another form.
        """
        if self.data is None or isinstance(self.data, torch.Tensor):
            raise WannError(
                "this saliency looks at samples: give data=, batches of inputs and targets, such as"
                " a DataLoader"
            )
        seen, device = 0, self.weights[0].device
        for batch in self.data:
            pair = isinstance(batch, list | tuple) and len(batch) == 2
            if not pair or not all(isinstance(part, torch.Tensor) for part in batch):
                raise WannError(
                    f"data gives {type(batch).__name__} {one_line(repr(batch), 80)}: must give"
                    " batches of two tensors, inputs and targets"
                )
            if not len(batch[0]):
                continue
            seen += len(batch[0])
            yield batch[0].to(device), batch[1].to(device)
            if samples is not None and seen >= samples:
                return
        if not seen:
            raise WannError(
                "data gives no batch: it is empty, or an iterator that was used up: give what can"
                " be gone through anew, such as a DataLoader or a list"
            )

    def few_batches(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """Give the first batches, that hold ``samples``."""
        return self.batches(self.samples)

    def example(self) -> torch.Tensor:
        """Return one input, ``(1, …)``."""
        if isinstance(self.data, torch.Tensor):
            if not len(self.data):
                raise WannError("data is a tensor of no inputs: must have at least one")
            return self.data[:1].to(self.weights[0].device)
        return next(self.batches(1))[0][:1]

    def loss_at(
        self, inputs: torch.Tensor, targets: torch.Tensor, temperature: float = 1.0
    ) -> torch.Tensor:
        """Return the mean loss of a batch, the outputs divided by a temperature.

        Raises:
            WannError: the model or the loss fails on it.
        """
        try:
            outputs = self.model(inputs)
            loss = self.loss(outputs if temperature == 1.0 else outputs / temperature, targets)
        except (RuntimeError, TypeError, ValueError, IndexError) as error:
            raise WannError(
                f"the model and the loss fail on a batch of inputs {tuple(inputs.shape)} and"
                f" targets {tuple(targets.shape)} ({one_line(str(error), 300)})"
            ) from error
        if not isinstance(loss, torch.Tensor) or loss.numel() != 1 or not loss.requires_grad:
            raise WannError(
                f"loss gives {one_line(repr(loss), 80)}: must give one number that depends on the"
                " outputs, the mean of the samples"
            )
        return loss

    def gradient(
        self, batches: Iterable[tuple[torch.Tensor, torch.Tensor]], temperature: float = 1.0
    ) -> list[torch.Tensor]:
        """Return the gradient of the mean loss of batches by the weights, pruned ones included."""
        weights, seen = self.weights, 0
        total = [torch.zeros_like(weight) for weight in weights]
        for inputs, targets in batches:
            loss = self.loss_at(inputs, targets, temperature) * len(inputs)
            for part, slope in zip(total, _gradient(loss, weights), strict=True):
                part += slope
            seen += len(inputs)
        return [part / seen for part in total]


def _gradient(loss: torch.Tensor, weights: Sequence[torch.Tensor]) -> tuple[torch.Tensor, ...]:
    """Return the gradient; that of a weight that the outputs do not depend on is 0."""
    return torch.autograd.grad(loss, weights, allow_unused=True, materialize_grads=True)


Saliency = Callable[[State], Sequence[torch.Tensor]]


def random(at: State) -> list[torch.Tensor]:
    """A random number each: the control of every other saliency."""
    numbers = torch.from_numpy(at.rng.random(sum(weight.numel() for weight in at.weights)))
    parts = numbers.split([weight.numel() for weight in at.weights])
    return [
        part.view(weight.shape).to(weight.device)
        for part, weight in zip(parts, at.weights, strict=True)
    ]


def magnitude(at: State) -> list[torch.Tensor]:
    """The magnitude of the weight."""
    return [weight.abs() for weight in at.weights]


def obd(at: State) -> list[torch.Tensor]:
    """Optimal Brain Damage: h w² / 2 with the diagonal h of the Hessian (LeCun, Denker & Solla
    1990, equation 5).
    """
    return _obd(at, positive=False)


def obd_lm(at: State) -> list[torch.Tensor]:
    """The same with the Levenberg-Marquardt form of the diagonal, which is never negative."""
    return _obd(at, positive=True)


def _obd(at: State, positive: bool) -> list[torch.Tensor]:
    weights, seen = at.weights, 0
    total = [torch.zeros_like(weight) for weight in weights]
    for inputs, targets in at.batches():
        at.loss_at(inputs, targets)  # says in one line what is wrong with them
        found = hessian_diagonal(at.model, weights, inputs, targets, at.loss, positive)
        for part, diagonal in zip(total, found, strict=True):
            part += diagonal * len(inputs)
        seen += len(inputs)
    return [
        0.5 * part / seen * weight.square() for part, weight in zip(total, weights, strict=True)
    ]


def snip(at: State) -> list[torch.Tensor]:
    """|gradient x weight| on a few samples (Lee, Ajanthan & Torr 2019, equation 6.

    Its norm changes no order).
    """
    slopes = at.gradient(at.few_batches())
    return [(slope * weight).abs() for slope, weight in zip(slopes, at.weights, strict=True)]


def grasp(at: State) -> list[torch.Tensor]:
    """Weight x (Hessian x gradient): keeps the flow of the gradient (Wang, Zhang & Grosse 2020,
    equation 8).
    """
    weights, batches, seen = at.weights, list(at.few_batches()), 0
    slopes = at.gradient(batches, TEMPERATURE)
    total = [torch.zeros_like(weight) for weight in weights]
    for inputs, targets in batches:
        loss = at.loss_at(inputs, targets, TEMPERATURE) * len(inputs)
        own = torch.autograd.grad(
            loss, weights, create_graph=True, allow_unused=True, materialize_grads=True
        )
        along = torch.stack([(a * b).sum() for a, b in zip(own, slopes, strict=True)]).sum()
        for part, product in zip(total, _gradient(along, weights), strict=True):
            part += product
        seen += len(inputs)
    return [part / seen * weight for part, weight in zip(total, weights, strict=True)]


def synflow(at: State) -> list[torch.Tensor]:
    """The flow through each weight, of all magnitudes from ones at the inputs (Tanaka et al. 2020,
    equation 4): see ``wann.pruning.torch.flow``.
    """
    return synaptic_flow(at.model, at.places, at.example())


#: Name -> function, as in ``wann.pruning.saliency``; a function of one's own is given as it is.
SALIENCIES: dict[str, Saliency] = {
    "random": random,
    "magnitude": magnitude,
    "obd": obd,
    "obd-lm": obd_lm,
    "snip": snip,
    "grasp": grasp,
    "synflow": synflow,
}


def scores_of(saliency: Saliency, name: str, at: State) -> list[torch.Tensor]:
    """Return what a saliency says: for each weight a real number, or nan.

    Raises:
        WannError: it gives something else.
    """
    training = [(module, module.training) for module in at.model.modules()]
    at.model.eval()
    try:
        with torch.enable_grad():
            given = saliency(at)
    finally:
        for module, mode in training:
            module.training = mode
    shapes = [tuple(weight.shape) for weight in at.weights]
    if not isinstance(given, list | tuple) or not all(
        isinstance(part, torch.Tensor) and not part.is_complex() for part in given
    ):
        raise WannError(
            f"saliency {name!r}: gave {one_line(repr(given), 80)}: must give a list of real tensors"
        )
    if [tuple(part.shape) for part in given] != shapes:
        raise WannError(
            f"saliency {name!r}: gave tensors of shapes {[tuple(part.shape) for part in given]}:"
            f" must be {shapes}"
        )
    return [part.detach() for part in given]
