"""The command line of ``python -m wann.pruning``, and the network that it asks for."""

import argparse
from pathlib import Path

from wann.champion.json_file import MOST_CONNECTIONS
from wann.errors import WannError
from wann.output import Parser
from wann.pruning.comparison.subject import Subject
from wann.pruning.comparison.workers import BACKENDS
from wann.pruning.mlp import HIDDEN_ACTIVATIONS, LOSSES, MLP, check_mlp
from wann.pruning.prune import METHODS, Shape
from wann.pruning.training import OPTIMIZERS, Recipe
from wann.tasks.data import add_data_option

SHOWN = ("random", "magnitude-init", "snip", "grasp", "synflow", "imp")
HALF_DECADES = tuple(10 ** (k / 2) for k in range(1, 7))


def parser() -> argparse.ArgumentParser:
    """Return the command line of ``python -m wann.pruning``."""
    p = Parser(
        prog="python -m wann.pruning",
        description=(
            "Prune a multilayer perceptron or a convolutional network in many ways, and compare"
            " with evolved networks on the same data."
        ),
        epilog=(
            "The same command goes on with a comparison that was stopped; a finished cell is never"
            " run again."
        ),
    )
    add = p.add_argument
    add(
        "task",
        metavar="TASK",
        help=(
            "digits, mnist (28 x 28 pixels), mnist16 (16 x 16, deskewed, as networks are evolved"
            " on), or a file of samples (.csv, .npz …)"
        ),
    )
    add(
        "--methods",
        nargs="+",
        metavar="NAME",
        default=list(SHOWN),
        help=(
            f"of {', '.join(METHODS)}, each also with +shuffled or +reinit, or module:NAME of a"
            f" saliency of your own (default: {' '.join(SHOWN)}); the dense network is always there"
        ),
    )
    add(
        "--compressions",
        nargs="+",
        type=float,
        metavar="X",
        help=(
            "all weights / weights left (default: 10 to the 0.5, 1, 1.5 … 3, up to the weights of"
            " the network)"
        ),
    )
    add("--seeds", nargs="+", type=int, metavar="N", default=[0, 1], help="default: 0 1")
    add(
        "--champion",
        nargs="+",
        type=Path,
        metavar="FILE",
        default=[],
        help="evolved classifiers to stand beside: runs or champion files",
    )
    add(
        "--hidden",
        nargs="+",
        type=int,
        metavar="N",
        default=[300, 100],
        help="units of the hidden layers (default: 300 100)",
    )
    add(
        "--network",
        choices=("mlp", "lenet5", "resnet8"),
        default="mlp",
        help="what is pruned; a convolutional one needs PyTorch and images (default: mlp)",
    )
    add(
        "--device",
        default="cpu",
        metavar="NAME",
        help="of PyTorch, for a convolutional network: cpu or cuda (default: cpu)",
    )
    recipe = Recipe()
    add(
        "--activation",
        choices=HIDDEN_ACTIVATIONS,
        default="relu",
        help="of the hidden units (default: relu)",
    )
    add("--loss", choices=LOSSES, default="cross-entropy", help="default: cross-entropy")
    add(
        "--optimizer",
        choices=OPTIMIZERS,
        default=recipe.optimizer,
        help=f"default: {recipe.optimizer}",
    )
    add(
        "--rate",
        type=float,
        metavar="X",
        default=recipe.rate,
        help=f"step size (default: {recipe.rate})",
    )
    add("--momentum", type=float, metavar="X", default=recipe.momentum, help="of sgd (default: 0)")
    add(
        "--batch",
        type=int,
        metavar="N",
        default=recipe.batch,
        help=f"samples of a step (default: {recipe.batch})",
    )
    add(
        "--epochs",
        type=int,
        metavar="N",
        default=recipe.epochs,
        help=f"of a training (default: {recipe.epochs})",
    )
    add("--precision", choices=("float32", "float64"), default="float32", help="default: float32")
    add(
        "--out", type=Path, metavar="DIR", help="folder of the results (default: runs/pruning-TASK)"
    )
    add(
        "--networks",
        action="store_true",
        help="write a champion file for each network, too, into DIR/networks",
    )
    add(
        "--backend",
        choices=BACKENDS,
        default="threads",
        help="who makes the cells (default: threads)",
    )
    add("--workers", type=int, metavar="N", help="how many (default: all cores)")
    add("--address", metavar="A", help="of a Ray cluster: auto, HOST:PORT or ray://HOST:PORT")
    add("--json", action="store_true", help="print the rows as JSON, the progress on stderr")
    add_data_option(p)
    return p


def network_of(args: argparse.Namespace, subject: Subject) -> Shape:
    """Return the shape of the network that is pruned.

    Raises:
        WannError: it does not go with the other options or with the task, or PyTorch is missing.
    """
    inputs, classes = subject.inputs.shape[1], len(subject.task.outputs)
    if args.network == "mlp":
        if args.device != "cpu":
            raise WannError(f"--device {args.device}: is for the networks lenet5 and resnet8")
        net = MLP((inputs, *args.hidden, classes), args.activation, args.loss)
        check_mlp(net)
        if args.networks and net.n_parameters > MOST_CONNECTIONS:
            raise WannError(
                f"--networks: {net.label} has {net.n_parameters} weights and biases, and the file"
                f" of a champion at most {MOST_CONNECTIONS}: leave --networks out, or take a"
                " smaller --hidden"
            )
        return net
    own = {"hidden": [300, 100], "activation": "relu", "loss": "cross-entropy", "networks": False}
    for name, usual in own.items():
        if getattr(args, name) != usual:
            raise WannError(f"--{name}: is for multilayer perceptrons, not for {args.network}")
    try:
        from wann.pruning.torch.cells import conv_net
    except ImportError as error:
        raise WannError(f"--network {args.network}: {error}") from None
    return conv_net(args.network, inputs, classes, args.device)
