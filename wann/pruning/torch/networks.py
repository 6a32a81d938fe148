"""Small convolutional networks for images of one channel, square and given as rows of pixels."""

from collections.abc import Callable

import torch
from torch import nn


def lenet5(side: int, classes: int) -> nn.Sequential:
    """Return LeNet-5 as it is pruned in the literature: two convolutions, three full layers, ReLU
    and maxima.

    With 28 pixels a side it has 61706 weights and biases. Images of less than 16 pixels a side are
    padded as much as it takes.

    Source: LeCun, Bottou, Bengio & Haffner 1998, figure 2.
    """
    padding = 2 if side >= 16 else 4
    left = ((side + 2 * padding - 4) // 2 - 4) // 2
    return nn.Sequential(
        nn.Unflatten(1, (1, side, side)),
        nn.Conv2d(1, 6, 5, padding=padding),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(16 * left * left, 120),
        nn.ReLU(),
        nn.Linear(120, 84),
        nn.ReLU(),
        nn.Linear(84, classes),
    )


class Block(nn.Module):
    """Two convolutions with batch norm, and what came in added to what comes out."""

    def __init__(self, inputs: int, outputs: int, stride: int):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(outputs)
        self.shortcut: nn.Module = nn.Identity()
        if inputs != outputs or stride > 1:
            conv = nn.Conv2d(inputs, outputs, 1, stride, bias=False)
            self.shortcut = nn.Sequential(conv, nn.BatchNorm2d(outputs))

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """Return the values of the next block."""
        inner = torch.relu(self.norm1(self.conv1(values)))
        return torch.relu(self.norm2(self.conv2(inner)) + self.shortcut(values))


def resnet8(side: int, classes: int) -> nn.Sequential:
    """Return a residual network of seven convolutions and one full layer: three stages of one block
    each, 16, 32 and 64 channels wide.

    Source: He, Zhang, Ren & Sun 2016, section 4.2, with n = 1.
    """
    return nn.Sequential(
        nn.Unflatten(1, (1, side, side)),
        nn.Conv2d(1, 16, 3, 1, 1, bias=False),
        nn.BatchNorm2d(16),
        nn.ReLU(),
        Block(16, 16, 1),
        Block(16, 32, 2),
        Block(32, 64, 2),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(64, classes),
    )


#: name -> function of the pixels a side and the classes
NETWORKS: dict[str, Callable[[int, int], nn.Sequential]] = {"lenet5": lenet5, "resnet8": resnet8}
