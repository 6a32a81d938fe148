"""Prune a network in many ways and compare: ``python -m wann.pruning TASK``.

See ``wann.pruning.prune.METHODS``.
"""

import argparse
import sys
import time
import warnings
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from wann.champion.champion import Champion, load, task_of
from wann.champion.json_file import LARGEST_NUMBER
from wann.command.options import check_seed
from wann.command.program import run_command, shell_command
from wann.command.progress import Stoppable, clock
from wann.errors import WannError
from wann.output import Parser, own_stdout, say, say_json, stdout
from wann.pruning.cells import COLUMNS, Cell, Result, Setup, plan
from wann.pruning.mlp import HIDDEN_ACTIVATIONS, LOSSES, MLP, check_mlp, check_samples
from wann.pruning.prune import METHODS, Shape
from wann.pruning.results import Results
from wann.pruning.structure import to_champion
from wann.pruning.training import OPTIMIZERS, Recipe, check_recipe
from wann.pruning.workers import BACKENDS, run_cells, workers_for
from wann.tasks import Data, find_task
from wann.tasks.classification.ensemble import accuracies
from wann.tasks.classification.samples import has_samples
from wann.tasks.data import add_data_option, data_of_args, data_of_environment, is_sample_file
from wann.tasks.task import data_of
from wann.workers.cores import one_blas_thread

SHOWN = ("random", "magnitude-init", "snip", "grasp", "synflow", "imp")
HALF_DECADES = tuple(10 ** (k / 2) for k in range(1, 7))
#: name here -> task: LeNet-300-100 sees the images as they are, networks are evolved on small
#: deskewed ones
TASKS = {"mnist": "mnist28", "mnist16": "mnist"}


class Subject:
    """What is pruned on which data.

    Attributes:
        task: with its samples; those of training and validation are trained on, and reported are
            those of test.
        name: of the task, as ``find_task`` takes it.
        data: of the task, likewise.
        shift: subtracted from the inputs: their mean, of each input in a table, of all together in
            images.
        scale: the inputs are then divided by it: their standard deviation, likewise.
    """

    def __init__(self, name: str, data: Data | None = None):
        """Find the samples of a task, or of a file of one's own.

        Args:
            name: of the task or the file.
            data: of the task, and the column of a table that is the class; by default what the
                environment variables WANN_DATA and WANN_TARGET name.

        Raises:
            WannError: there are none.
        """
        of_file = is_sample_file(name)
        data = data_of_environment() if data is None else data
        self.data = replace(data, path=Path(name).expanduser()) if of_file else data
        self.name = "samples" if of_file else TASKS.get(name, name)
        self.label = Path(name.removesuffix(".gz")).stem if of_file else name
        task = find_task(self.name, self.data)
        if not has_samples(task):
            raise WannError(
                f"task {name!r} is no classification of samples: for control there is "
                "python -m wann.pruning.control"
            )
        self.task = task
        self.inputs = np.concatenate((task.train.inputs, task.validation.inputs))
        self.labels = np.concatenate((task.train.labels, task.validation.labels))
        axis = None if task.target is None else 0  # the columns of a table have units of their own
        self.shift = self.inputs.mean(axis=axis, dtype=np.float64)
        deviation = self.inputs.std(axis=axis, dtype=np.float64)
        self.scale = np.where(deviation > 0, deviation, 1.0)

    def setup(self, net: Shape, recipe: Recipe, real: type) -> Setup:
        """Return what the cells need."""

        def standard(inputs: np.ndarray) -> np.ndarray:
            out: np.ndarray = inputs.astype(real)
            out -= self.shift.astype(real)
            out /= self.scale.astype(real)
            return out

        test = self.task.test
        if isinstance(net, MLP):
            check_samples(net, self.inputs, self.labels)
        return Setup(
            net, recipe, standard(self.inputs), self.labels, standard(test.inputs), test.labels
        )

    def checksum(self) -> int:
        """Return a number that stands for the samples."""
        parts = (self.inputs, self.labels, *self.task.test)
        return zlib.crc32(
            b"".join(
                zlib.crc32(np.ascontiguousarray(part).data).to_bytes(4, "big") for part in parts
            )
        )


class CompareProgress(Stoppable):
    """Shows which cells are finished."""

    unit = "the cells in hand"

    def start(self, label: str, net: Shape, cells: int, finished: int, path: Path) -> None:
        """Say what there is to do."""
        resumed = f", {finished} of them finished" if finished else ""
        self.say(
            f"{label}: {net.label}, {net.n_weights} weights, {cells} cells{resumed}, in {path}"
        )
        self._left = self._todo = cells - finished
        self._begun = time.monotonic()

    def show(self, cell: Cell, row: Mapping[str, Any]) -> bool:
        """Show a cell that was finished, unless another one was shown a moment ago.

        Return whether it was shown.
        """
        self._left -= 1
        if self._left and not self.due:
            return False
        pace = (time.monotonic() - self._begun) / (self._todo - self._left)
        self.figures(
            {
                "cell": f"{self._todo - self._left}/{self._todo}",
                "finished": cell.name,
                "weights": str(row["remaining"]),
                "accuracy": f"{100 * row['accuracy']:.2f} %",
                "left": clock(pace * self._left),
            },
            bold="accuracy",
        )
        return True


def evolved_rows(
    champion: Champion, path: Path, name: str, data: Data | None = None
) -> list[dict[str, Any]]:
    """Return rows for an evolved network on the test samples of its own task, ``name`` or one on
    the same images.

    They are its best shared weight (of those it was evolved for, by the validation samples), the
    vote of all of them, and its individual weights if it has any.

    Raises:
        WannError: it was evolved for something else.
    """
    same = set(TASKS.values()) if name in TASKS.values() else {name}
    if champion.task not in same:
        raise WannError(
            f"{path}: evolved for {champion.task}, not for the samples of {name}: give another"
            " champion"
        )
    task, here = task_of(champion, champion.task, data), find_task(name, data)
    assert has_samples(task) and has_samples(here)
    if task.target != here.target:
        raise WannError(
            f"{path}: evolved for the class in column {task.target}, not {here.target}: give the"
            " column with --target"
        )
    net, sweep = champion.network, np.array(champion.sweep)
    best = int(np.argmax(accuracies(net, sweep, task.validation)["per_weight"]))
    of_test = accuracies(net, sweep, task.test)
    found = {"wann shared weight": of_test["per_weight"][best], "wann ensemble": of_test["vote"]}
    if champion.weights is not None:
        found["wann tuned"] = accuracies(net, champion.weights[None], task.test)["per_weight"][0]
    size = len(net.gene)  # connections that reach an output
    known = {
        "saliency": "none",
        "initialisation": path.name,
        "remaining": size,
        "effective": size,
        "connections": size,
    }
    return [
        {**dict.fromkeys(COLUMNS), **known, "method": name, "accuracy": value}
        for name, value in found.items()
    ]


def summary(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the table that the command prints at its end: mean ± standard deviation over seeds,
    and how many.
    """
    groups: dict[tuple[str, int, int], list[Mapping[str, Any]]] = {}
    for row in rows:  # several rounds may leave as many of a few weights
        groups.setdefault((row["method"], row["remaining"], row["rounds"]), []).append(row)
    lines = [
        f"{'method':24s} {'weights':>8s} {'effective':>10s} {'connections':>12s}"
        f" {'accuracy %':>16s}  seeds"
    ]
    for (method, remaining, _), group in groups.items():
        means = [
            float(np.mean([row[name] for row in group])) for name in ("effective", "connections")
        ]
        values = 100 * np.array([row["accuracy"] for row in group])
        flag = "  collapsed" if any(row["no_path"] or row["empty_layer"] for row in group) else ""
        flag += "  diverged" if any(row["diverged"] for row in group) else ""
        seeds = len({row["seed"] for row in group})
        lines.append(
            f"{method:24s} {remaining:8d} {means[0]:10.0f} {means[1]:12.0f} "
            f"{values.mean():8.2f} ± {values.std():5.2f}  {seeds:5d}{flag}"
        )
    return "\n".join(lines)


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


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command."""
    _run(parser().parse_args(argv))


@own_stdout()
def _run(args: argparse.Namespace) -> None:
    for seed in args.seeds:
        check_seed("--seeds", seed)
    recipe = Recipe(args.optimizer, args.rate, args.momentum, args.batch, args.epochs)
    check_recipe(recipe)
    if args.data and is_sample_file(args.task):
        raise WannError(f"--data {args.data} beside {args.task}: give the file of samples once")
    subject = Subject(args.task, data_of_args(args))
    say(subject.task.summary, sys.stderr if args.json else stdout())
    net = network_of(args, subject)
    compressions = args.compressions or [c for c in HALF_DECADES if c <= net.n_weights]
    cells = plan(net, args.methods, compressions, args.seeds)
    champions = [
        row
        for path in args.champion
        for row in evolved_rows(load(path), path, subject.name, subject.data)
    ]
    real = np.dtype(args.precision).type
    settings = {
        "task": subject.name,
        "data": subject.checksum(),
        "net": net.settings(),
        "recipe": recipe._asdict(),
        "precision": args.precision,
    }
    results = Results(args.out or Path("runs") / f"pruning-{subject.label}", settings)

    def before(cell: Cell) -> Result | None:
        return results.result(cell.needs, net, real) if cell.needs else None

    def rows() -> list[dict[str, Any]]:
        return [
            results.row(cell.name) for cell in cells if results.is_finished(cell.name)
        ] + champions

    with one_blas_thread(), CompareProgress(sys.stderr if args.json else stdout()) as progress:
        finished = sum(results.is_finished(cell.name) for cell in cells)
        progress.start(subject.label, net, len(cells), finished, results.path)

        def save(cell: Cell, result: Result) -> None:
            results.save(cell, result)
            if progress.show(cell, result.row):
                results.write_tables(rows())

        done = finished == len(cells)
        if not done:
            setup = subject.setup(net, recipe, real)
            workers = workers_for(setup, args.backend, args.workers, args.address)
            try:
                done = run_cells(
                    cells, workers, before, results.is_finished, save, lambda: progress.stopped
                )
            finally:
                workers.close()
    results.write_tables(rows())
    if not done:
        say("stopped early; the same command goes on where it was", sys.stderr)
        sys.exit(130)
    if args.networks:
        assert isinstance(net, MLP)
        write_networks(results, cells, subject, net, real)
    if args.json:
        say_json({"folder": str(results.path), "rows": rows()})
    else:
        say(f"\n{summary(rows())}\n\n  {shell_command('viz.pruning', results.path)}")


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


def write_networks(
    results: Results, cells: Sequence[Cell], subject: Subject, net: MLP, real: type
) -> None:
    """Write each network as a champion file, unless its training has diverged.

    A warning then says so.
    """
    folder = results.networks
    for cell in cells:
        row, parameters, mask = results.result(cell.name, net, real)
        with np.errstate(all="ignore"):
            champion = to_champion(
                net,
                parameters,
                mask,
                subject.name,
                (subject.task.inputs, subject.task.outputs),
                (subject.shift, subject.scale),
            )
            how = {"pruning": {**results.settings, **row}, **data_of(subject.task)}
            champion = replace(champion, scores={"accuracy": row["accuracy"]}, provenance=how)
        if not (np.abs(champion.weights_at()) < LARGEST_NUMBER).all():
            warnings.warn(
                f"{cell.name}: no file is written for this network: it has diverged", stacklevel=2
            )
            continue
        champion.save(folder / f"{cell.name}.json")


def command() -> None:
    """Run the command as a program: mistakes become one line and exit code 2."""
    run_command(main)
