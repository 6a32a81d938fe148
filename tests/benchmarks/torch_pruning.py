"""How long pruning a ResNet-50 takes, and how much memory: by default SynFlow in 100 rounds.

python tests/benchmarks/torch_pruning.py --threads 1
python tests/benchmarks/torch_pruning.py --device cuda --method snip --compression 20
"""

import argparse
import resource
import time

import torch
from torch import nn

from wann.pruning.torch import effective, prune
from wann.pruning.torch.flow import synaptic_flow
from wann.pruning.torch.masks import find_places

STAGES = ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2))  # width, blocks, stride


class Bottleneck(nn.Module):
    """Three convolutions, of which the middle one is narrow, and a way round them."""

    def __init__(self, inputs: int, width: int, stride: int):
        super().__init__()
        outputs = 4 * width
        self.inner = nn.Sequential(
            *convolution(inputs, width, 1),
            nn.ReLU(),
            *convolution(width, width, 3, stride),
            nn.ReLU(),
            *convolution(width, outputs, 1),
        )
        same = inputs == outputs and stride == 1
        self.shortcut = nn.Identity() if same else convolution(inputs, outputs, 1, stride)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        return torch.relu(self.inner(values) + self.shortcut(values))


def convolution(inputs: int, outputs: int, size: int, stride: int = 1) -> nn.Sequential:
    """Return a convolution with batch norm."""
    conv = nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False)
    nn.init.kaiming_normal_(conv.weight, mode="fan_out", nonlinearity="relu")
    return nn.Sequential(conv, nn.BatchNorm2d(outputs))


def resnet50() -> nn.Sequential:
    """Return the network of torchvision: 25,557,032 parameters, 25,502,912 of them weights.

    Source: He, Zhang, Ren & Sun 2016, table 1, with the stride in the middle convolution.
    """
    blocks, inputs = [], 64
    for width, n, stride in STAGES:
        for k in range(n):
            blocks.append(Bottleneck(inputs, width, 1 if k else stride))
            inputs = 4 * width
    return nn.Sequential(
        *convolution(3, 64, 7, 2),
        nn.ReLU(),
        nn.MaxPool2d(3, 2, 1),
        *blocks,
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(inputs, 1000),
    )


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    p.add_argument("--device", default="cpu", help="cpu or cuda")
    p.add_argument("--method", default="synflow")
    p.add_argument("--compression", type=float, default=100.0)
    p.add_argument("--side", type=int, default=224, help="pixels of an image")
    p.add_argument("--batch", type=int, default=64, help="images that methods with data look at")
    p.add_argument("--threads", type=int, help="of PyTorch on the CPU (default: all cores)")
    args = p.parse_args()
    if args.threads:
        torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    model = resnet50().to(args.device)
    assert sum(part.numel() for part in model.parameters()) == 25_557_032
    images = torch.randn(args.batch, 3, args.side, args.side)
    data = [(images, torch.randint(0, 1000, (args.batch,)))]
    before = peak(args.device)

    begun = time.perf_counter()
    synaptic_flow(model.eval(), find_places(model), images[:1].to(args.device))
    wait(args.device)
    one = time.perf_counter() - begun
    begun, busy = time.perf_counter(), time.process_time()
    masks = prune(model, args.method, args.compression, data=data, trained=True, samples=args.batch)
    wait(args.device)
    seconds, busy = time.perf_counter() - begun, time.process_time() - busy
    on_path = effective(model, images)
    print(
        f"{args.method} on {args.device}, {torch.get_num_threads()} threads, torch"
        f" {torch.__version__}: {masks}\n"
        f"{seconds:.1f} s, {busy:.1f} s of a processor; one score of SynFlow {one:.2f} s (the"
        " first); peak memory"
        f" {peak(args.device):.2f} GB, before {before:.2f} GB\n"
        f"{on_path.remaining} weights lie on a path; {len(masks.empty_layers)} layers are empty"
    )


def wait(device: str) -> None:
    """Wait for what the device has in hand."""
    if device.startswith("cuda"):
        torch.cuda.synchronize()


def peak(device: str) -> float:
    """Return the most memory until now, in GB: of the process, or of the GPU."""
    if device.startswith("cuda"):
        return torch.cuda.max_memory_allocated() / 1e9
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9


if __name__ == "__main__":
    main()
