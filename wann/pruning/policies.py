"""Policies, tuned, pruned and tuned again: what ``python -m wann.pruning.control`` compares.

Only weights are pruned; all connections are counted, those from the bias, too.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from wann.champion.champion import Champion, load
from wann.champion.task import task_of
from wann.errors import WannError
from wann.genome.genome import same_genome
from wann.pruning.mlp import MLP
from wann.pruning.prune import METHODS, Problem, Pruner, Start, prune
from wann.pruning.structure import effective, from_champion, to_champion
from wann.streams import rng_for
from wann.tasks.checks import trials_of
from wann.workers.evaluator import Evaluator

#: name -> pruner of a tuned policy, in one go: those that look at no samples
BLIND = {
    "random": METHODS["random"],
    "magnitude": METHODS["magnitude-init"],
    "synflow": METHODS["synflow"],
}
SHOWN = ("magnitude", "synflow")
LEVELS = tuple(0.75**k for k in range(1, 8))  # shares of the weights that are left
Tune = Callable[[Champion, Path], Champion]


def returns(
    evaluate: Evaluator, champion: Champion, weights: np.ndarray, trials: int, seed: int
) -> tuple[float, float]:
    """Return mean and standard deviation of the returns in fresh trials, at weights of
    ``Champion.weights_at``.
    """
    fresh = trials_of(evaluate.task, trials, rng_for(seed, 0, "tuned"))
    scores = evaluate([champion.genome], weights, fresh)[0]
    return float(scores.mean()), float(scores.std())


def pruned(net: MLP, dense: Champion, pruner: Pruner, left: int, seed: int) -> tuple[Champion, int]:
    """Return the tuned network with this many weights left, not tuned again, and how many of them
    lie on a path.
    """
    parameters, mask = from_champion(net, dense)
    counts = pruner.counts(net, net.n_weights / left)
    counts[-1] = [left]  # whatever became of it in the division
    none = np.zeros((0, net.sizes[0]))
    problem, start = Problem(net, none, none), Start(parameters, mask, parameters)
    parameters, mask = prune(pruner, problem, start, counts, _never, seed)
    champion = to_champion(net, parameters, mask, dense.task, (dense.inputs, dense.outputs))
    return replace(champion, provenance={"mlp": list(net.sizes[1:-1])}), int(
        np.count_nonzero(effective(net, mask))
    )


def _never(parameters: np.ndarray, mask: np.ndarray) -> np.ndarray:
    raise AssertionError("these methods do not train between rounds")


class Study(NamedTuple):
    """What all seeds of a comparison share.

    Attributes:
        evaluate: scores policies on their task.
        net: the shape of the dense network.
        dense: it, without weights.
        methods: of BLIND.
        left: weights that are left.
        trials: fresh ones that the returns are of.
        folder: where the networks are written.
    """

    evaluate: Evaluator
    net: MLP
    dense: Champion
    methods: Sequence[str]
    left: Sequence[int]
    trials: int
    folder: Path


def run(study: Study, seed: int, tuned: Tune) -> list[dict[str, Any]]:
    """Return the rows of one seed: the dense network, and each method with each number of weights
    left.

    Args:
        study: what is compared.
        seed: of what is random.
        tuned: tunes a network and writes it to a file, or reads that file.
    """
    evaluate, net, dense, methods, left, trials, folder = study

    def row(
        method: str, weights: int, useful: int, champion: Champion, before: float | None
    ) -> dict[str, Any]:
        mean, std = returns(evaluate, champion, champion.weights_at(), trials, seed)
        return {
            "method": method, "seed": seed, "total": net.n_weights, "remaining": weights,
            "effective": useful,
            "connections": len(champion.network.gene), "return_before": before, "return": mean,
            "std": std,
            "no_path": useful == 0,
        }  # fmt: skip

    dense = tuned(dense, folder / f"dense-s{seed}.json")
    rows = [row("dense", net.n_weights, net.n_weights, dense, None)]
    for method in methods:
        for weights in left:
            champion, useful = pruned(net, dense, BLIND[method], weights, seed)
            before = returns(evaluate, champion, champion.weights_at(), trials, seed)[0]
            if useful:  # else its outputs are constants
                champion = tuned(champion, folder / f"{method}-w{weights}-s{seed}.json")
            rows.append(row(method, weights, useful, champion, before))
    return rows


def known_network(path: Path, champion: Champion) -> Champion:
    """Return the tuned network that an earlier run of the command wrote for this champion.

    Raises:
        WannError: it is another one.
    """
    known = load(path)
    if (
        known.weights is None
        or known.task != champion.task
        or not same_genome(known.genome, champion.genome)
    ):
        raise WannError(
            f"{path}: is not this network, tuned: remove the file to tune it again, or give another"
            " folder with --out"
        )
    return known


def evolved_rows(champion: Champion, name: str, trials: int, seed: int) -> list[dict[str, Any]]:
    """Return rows of a tuned evolved network: its best shared weight, and its individual weights.

    Raises:
        WannError: it is not tuned.
    """
    task = task_of(champion)
    if champion.weights is None or champion.shared_weight is None:
        raise WannError(
            f"{name}: has no tuned weights: run python -m wann.tune on it, and give the file that"
            " it writes"
        )
    rows = []
    with Evaluator(task) as evaluate:
        for method, weight in (
            ("wann shared weight", champion.shared_weight),
            ("wann tuned", None),
        ):
            mean, std = returns(evaluate, champion, champion.weights_at(weight), trials, seed)
            size = len(champion.network.gene)
            rows.append(
                {
                    "method": method,
                    "remaining": size,
                    "effective": size,
                    "connections": size,
                    "return": mean,
                    "std": std,
                    "no_path": False,
                }
            )
    return rows
