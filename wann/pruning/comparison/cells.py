"""A comparison in cells, each one network: which ones there are, and the pure function that makes
one.

A cell depends on others at most by their networks: methods that prune a trained network begin with
the dense one of their seed, or with their own last round, and controls with the mask of the method
that they control.
"""

import re
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from wann.errors import WannError
from wann.pruning.mlp import MLP, accuracy, initial
from wann.pruning.prune import (
    Problem,
    Pruner,
    Shape,
    Start,
    check_compression,
    find_method,
    masked,
    prune,
    shuffled,
)
from wann.pruning.structure import effective, n_connections
from wann.pruning.training import Recipe, steps_of, train
from wann.streams import rng_for

#: name -> kind of its values; None: a number, or nothing where no weight is left
COLUMNS = {
    "method": str, "saliency": str, "scope": str, "schedule": str, "rounds": int, "seed": int,
    "initialisation": str,
    "total": int, "remaining": int, "per_layer": str, "effective": int, "connections": int,
    "compression": None,
    "effective_compression": None, "speedup": None, "accuracy_before": float, "accuracy": float,
    "gradient_steps": int, "scorings": int, "seconds": float, "empty_layer": bool, "no_path": bool,
    "diverged": bool,
}  # fmt: skip


class Setup(NamedTuple):
    """What all cells have in common: network, training and data.

    The inputs are standardised and of the type to compute in; targets are classes.
    """

    net: Shape
    recipe: Recipe
    inputs: np.ndarray
    targets: np.ndarray
    test_inputs: np.ndarray
    test_targets: np.ndarray


class Cell(NamedTuple):
    """One network to be made.

    Attributes:
        method: as ``wann.pruning.prune.find_method`` takes it, or ``dense``.
        seed: of the initial weights, the order of the samples and what is random in a saliency.
        place: what tells the cells of a method and seed apart: compression or round.
        counts: weights left after each round that this cell prunes.
        rounds: rounds of pruning until then, those of the cells that it needs included.
        needs: name of the cell that it begins with, or nothing.
    """

    method: str
    seed: int
    place: str = ""
    counts: tuple[tuple[int, ...], ...] = ()
    rounds: int = 0
    needs: str = ""

    @property
    def name(self) -> str:
        """Name of its files."""
        return "-".join(
            filter(None, (re.sub(r"[^\w.+-]", "-", self.method), self.place, f"s{self.seed}"))
        )


class Result(NamedTuple):
    """A finished cell: its row of the table, ``(P,)`` trained parameters, and ``(n_weights,)``
    mask.
    """

    row: dict[str, Any]
    parameters: np.ndarray
    mask: np.ndarray


def plan(
    net: Shape, methods: Sequence[str], compressions: Sequence[float], seeds: Sequence[int]
) -> list[Cell]:
    """Return the cells of a comparison, each after those that it needs.

    The dense network is always there, and a method that is controlled. Methods that keep a share in
    each round have a cell for each round until the largest compression.

    Raises:
        WannError: an unknown method, or a compression that the network cannot have.
    """
    for compression in compressions:
        check_compression(net, compression)
    places = Counter(map(_place, dict.fromkeys(compressions)))
    if alike := [quoted for quoted, times in places.items() if times > 1]:
        raise WannError(
            "compressions"
            f" {', '.join(f'{c:.10g}' for c in dict.fromkeys(compressions) if _place(c) in alike)}:"
            " those that are equal in four digits cannot be told apart; give one of them"
        )
    cells: dict[str, Cell] = {}
    for seed in seeds:
        dense = Cell("dense", seed)
        cells[dense.name] = dense
        for method in methods:
            if method == "dense":
                continue
            control = find_method(method)[1]
            for cell in _of_method(net, method.partition("+")[0], compressions, seed):
                cells.setdefault(cell.name, cell)
                if control:
                    own = cell._replace(method=method, counts=(), needs=cell.name)
                    cells.setdefault(own.name, own)
    return list(cells.values())


def _place(compression: float) -> str:
    """Return what tells the cells of a method and seed apart."""
    return f"c{compression:.4g}"


def _of_method(net: Shape, method: str, compressions: Sequence[float], seed: int) -> list[Cell]:
    """Return the cells of a method that is no control."""
    pruner, dense = find_method(method)[0], Cell("dense", seed).name
    pruned = [compression for compression in compressions if compression > 1]
    if not pruner.keep:
        needs = dense if pruner.train_between else ""
        return [
            Cell(
                method,
                seed,
                _place(c),
                tuple(map(tuple, pruner.counts(net, c))),
                pruner.rounds,
                needs,
            )
            for c in pruned
        ]
    cells: list[Cell] = []
    for k, counts in enumerate(pruner.counts(net, max(pruned, default=1)), 1):
        needs = cells[-1].name if cells else dense
        cells.append(Cell(method, seed, f"r{k:02d}", (tuple(counts),), k, needs))
    return cells


@np.errstate(over="ignore", invalid="ignore")  # the row says so where training diverges
def run_cell(cell: Cell, setup: Setup, before: Result | None) -> Result:
    """Return the network of a cell, pruned and trained.

    Args:
        cell: which.
        setup: what all have in common.
        before: the result of the cell that it needs, if it needs one.
    """
    begun = time.perf_counter()
    net, seed, real = setup.net, cell.seed, setup.inputs.dtype.type
    assert isinstance(net, MLP)
    beginning = initial(net, rng_for(seed, 0, "initial"), real)
    mask = np.ones(net.n_weights, bool) if before is None else before.mask
    parameters = beginning if before is None else before.parameters
    trainings = 0

    def trained(parameters: np.ndarray, mask: np.ndarray) -> np.ndarray:
        nonlocal trainings
        trainings += 1
        return train(net, parameters, mask, setup.inputs, setup.targets, setup.recipe, seed)

    pruner, control = method_of(cell)
    if control == "shuffled":
        mask = shuffled(net, mask, rng_for(seed, 0, "shuffle"))
        parameters = masked(net, beginning, mask)
    elif control == "reinit":
        parameters = masked(net, initial(net, rng_for(seed, 1, "initial"), real), mask)
    elif pruner is not None:
        problem = Problem(net, setup.inputs, setup.targets)
        start = Start(parameters, mask, beginning, before is not None)
        counts = [list(left) for left in cell.counts]
        parameters, mask = prune(pruner, problem, start, counts, trained, seed)
    accuracy_before = accuracy(net, parameters, setup.test_inputs, setup.test_targets)
    parameters = trained(parameters, mask)
    columns = {
        **structure(net, parameters, mask),
        "accuracy_before": accuracy_before,
        "accuracy": accuracy(net, parameters, setup.test_inputs, setup.test_targets),
    }
    seconds = time.perf_counter() - begun
    return result_of(cell, setup, before, columns, trainings, seconds, parameters, mask)


def result_of(
    cell: Cell,
    setup: Setup,
    before: Result | None,
    columns: dict[str, Any],
    trainings: int,
    seconds: float,
    parameters: np.ndarray,
    mask: np.ndarray,
) -> Result:
    """Return a finished cell.

    Args:
        cell: which.
        setup: what all have in common.
        before: the result of the cell that it needed, if it needed one.
        columns: of its row, of structure and accuracy.
        trainings: how many it took.
        seconds: likewise.
        parameters: ``(P,)`` trained.
        mask: ``(n_weights,)``.
    """
    pruner, control = method_of(cell)
    steps = trainings * steps_of(setup.recipe, len(setup.inputs))
    # a control trains as long as the network whose mask it has, which it need not train
    if before is not None:
        steps = before.row["gradient_steps"] + (0 if control else steps)
        seconds = before.row["seconds"] + (0 if control else seconds)
    row = {
        **describe(cell, pruner, control),
        **columns,
        "gradient_steps": steps,
        "scorings": cell.rounds,
        "diverged": not bool(np.isfinite(parameters).all()),
        "seconds": round(seconds, 3),
    }
    return Result({name: row[name] for name in COLUMNS}, parameters, mask)


def method_of(cell: Cell) -> tuple[Pruner | None, str]:
    """Return how a cell prunes, None for the dense network, and which control it is."""
    return (None, "") if cell.method == "dense" else find_method(cell.method)


def describe(cell: Cell, pruner: Pruner | None, control: str) -> dict[str, Any]:
    """Return the columns that say how a network was made."""
    schedule = "none"
    if pruner is not None:
        schedule = "one shot" if pruner.rounds == 1 else pruner.schedule
        schedule = f"keep {pruner.keep:.3g}" if pruner.keep else schedule
    return {
        "method": cell.method,
        "saliency": pruner.saliency if pruner else "none",
        "scope": pruner.scope if pruner else "none",
        "schedule": schedule,
        "rounds": cell.rounds,
        "seed": cell.seed,
        "initialisation": "glorot normal, drawn again" if control == "reinit" else "glorot normal",
    }


def structure(net: MLP, parameters: np.ndarray, mask: np.ndarray) -> dict[str, Any]:
    """Return the columns that say what is left of a network; each weight multiplies once."""
    per_layer = [int(np.count_nonzero(layer)) for layer in net.weights(mask)]
    useful, remaining = int(np.count_nonzero(effective(net, mask))), sum(per_layer)
    speedup = net.n_weights / remaining if remaining else None
    return counted(net, per_layer, useful, n_connections(net, parameters, mask), speedup)


def counted(
    net: Shape, per_layer: list[int], useful: int, connections: int, speedup: float | None
) -> dict[str, Any]:
    """Return the columns that say what is left of a network.

    Args:
        net: its shape.
        per_layer: weights that are left of each layer.
        useful: how many of all lie on a path from an input to an output.
        connections: what a graph of the network needs.
        speedup: products of the dense network / products of this one; None if it has none.
    """
    remaining = sum(per_layer)
    return {
        "total": net.n_weights,
        "remaining": remaining,
        "per_layer": " ".join(map(str, per_layer)),
        "effective": useful,
        "connections": connections,
        "compression": net.n_weights / remaining if remaining else None,
        "effective_compression": net.n_weights / useful if useful else None,
        "speedup": speedup,
        "empty_layer": 0 in per_layer,
        "no_path": useful == 0,
    }
