"""Prune any ``torch.nn.Module`` by the methods of ``wann.pruning``.

>>> from wann.pruning.torch import prune
>>> masks = prune(model, method="synflow", compression=100, data=loader)

Nothing else of wann imports PyTorch.
"""

try:
    import torch  # noqa: F401
except ImportError as error:
    raise ImportError(
        f'wann.pruning.torch needs PyTorch ({error}): pip install "wann[torch]"'
    ) from None

from wann.pruning.torch.flow import effective
from wann.pruning.torch.loop import prune
from wann.pruning.torch.masks import Masks
from wann.pruning.torch.saliency import SALIENCIES, State

__all__ = ["SALIENCIES", "Masks", "State", "effective", "prune"]
