"""Which parts of a network matter?.

Each connection, hidden node and input is removed alone, and the network is scored without it, on
the same trials with the same weights. What is lost says how much the rest needs the part. Losses do
not add up: of two parts that do the same work either can be removed, but not both.

The score of a classifier is its accuracy in percent on the validation samples, each of which is a
trial.
"""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from wann.champion.champion import Champion, task_of
from wann.command.options import check_numbers
from wann.genome.genome import Genome
from wann.network.network import Network, decode, decode_all
from wann.numeric.activations import ACTIVATIONS
from wann.streams import rng_for
from wann.tasks import Data, Task
from wann.tasks.checks import check_played, trials_of
from wann.tasks.classification.ensemble import judge
from wann.tasks.classification.samples import Samples, has_samples
from wann.workers.cores import available_cores
from wann.workers.evaluator import Evaluator, Told

TOLERANCE = 0.01  # a loss of at most this share of the score counts as none


ERRORS = 2.0  # standard errors by which a loss must differ from that for a verdict


MOST_NAMED = 12  # inputs that are listed in a sentence


KINDS = ("inputs", "nodes", "connections")


def explain(
    champion: Champion,
    task_name: str | None = None,
    trials: int = 100,
    seed: int = 0,
    told: Told | None = None,
    data: Data | None = None,
) -> dict[str, Any]:
    """Remove each part of a network alone and measure what is lost.

    Scores are those with the individual weights of the champion, if it has any, else the mean over
    the shared weights that it was evolved for; those of classifiers are accuracies in percent on
    all validation samples, whatever ``trials`` and ``seed`` are. To remove a connection is to
    disable it; to remove an input or a hidden node, to disable all connections that leave it.
    ``told`` is called while episodes are played. ``data`` is that of the task: see
    ``wann.champion.champion.task_of``.

    Returns: ``task``, ``trials`` (of classifiers ``samples``), ``weights`` (the shared ones, or
    "individual"), ``score``, ``depth`` (connections on the longest path to an output),
    ``activations`` (how many hidden nodes have each, of those that act on an output), and the lists
    ``inputs`` (``id``; with the bias), ``nodes`` (hidden, ``id``) and ``connections`` (``source``,
    ``target``; enabled), all with a ``name`` and in the order of their ``loss``: the score of the
    whole network less the score without this part. ``error`` is the standard error of the loss,
    from its differences in each trial; ``needed`` is "yes" or "no" where the loss is more or less
    than 1 % of the score by two standard errors, else "unclear".
    """
    check_numbers(trials, seed)
    task = task_of(champion, task_name, data)
    parts = list(_parts(champion))
    genomes = [champion.genome, *(without(champion.genome, cut) for _, _, cut in parts)]
    if has_samples(task):
        counted = "samples"
        scores = _accuracies(champion, genomes, task.validation)
    else:
        counted = "trials"
        scores = _scores(
            champion, genomes, task, trials_of(task, trials, rng_for(seed, 0, "explain")), told
        )
    losses = scores[0] - scores[1:]  # of the same trial
    n = scores.shape[1]
    errors = losses.std(axis=1, ddof=1) / n**0.5
    score = float(scores[0].mean())

    lists: dict[str, list[dict[str, Any]]] = {kind: [] for kind in KINDS}
    for (kind, part, _), loss, error in zip(
        parts, losses.mean(axis=1).tolist(), errors.tolist(), strict=True
    ):
        needed = _verdict(loss, error, TOLERANCE * abs(score))
        lists[kind].append({**part, "loss": loss, "error": error, "needed": needed})
    codes = champion.network.activation[: -champion.genome.n_outputs].tolist()  # outputs come last
    used = Counter(ACTIVATIONS[code].name for code in codes)
    return {
        "task": task_name or champion.task,
        counted: n,
        "weights": list(champion.sweep) if champion.weights is None else "individual",
        "score": score,
        "depth": depth(champion.network),
        "activations": dict(used.most_common()),
        **{kind: sorted(rows, key=lambda row: -row["loss"]) for kind, rows in lists.items()},
    }


def without(genome: Genome, cut: np.ndarray) -> Genome:
    """Return the network with the connections of a ``(C,)`` mask disabled; rows, and so weights, stay in place."""
    conns = genome.conns.copy()
    conns["enabled"] &= ~cut
    return genome._replace(conns=conns)


def depth(network: Network) -> int:
    """Return how many connections the longest path to an output has."""
    first = 1 + network.n_inputs
    level = np.zeros(first + len(network.activation), np.int64)
    for n in range(len(network.activation)):
        sources = network.source[network.indptr[n] : network.indptr[n + 1]]
        level[first + n] = 1 + level[sources].max(initial=-1)
    return int(level[-network.n_outputs :].max())


def _parts(champion: Champion) -> Iterator[tuple[str, dict[str, Any], np.ndarray]]:
    """Return the kind of each part, what it is called, and the mask of the connections that go with it."""
    genome, conns = champion.genome, champion.genome.conns
    codes = dict(genome.hidden.tolist())

    def name(node: int) -> str:
        return (
            f"{node} {ACTIVATIONS[codes[node]].name}" if node in codes else champion.node_name(node)
        )

    for kind, nodes in (("inputs", range(1 + genome.n_inputs)), ("nodes", codes)):
        for node in nodes:
            yield kind, {"id": node, "name": name(node)}, conns["source"] == node
    for k in np.flatnonzero(conns["enabled"]).tolist():
        source, target = int(conns["source"][k]), int(conns["target"][k])
        part = {"source": source, "target": target, "name": f"{name(source)} → {name(target)}"}
        yield "connections", part, np.arange(len(conns)) == k


def _scores(
    champion: Champion, genomes: list[Genome], task: Task, starts: np.ndarray, told: Told | None
) -> np.ndarray:
    """Return the ``(N, T)`` scores of the champion's variants."""
    with Evaluator(task) as evaluate:
        n_weights = len(champion.sweep) if champion.weights is None else 1
        evaluate.tell(len(genomes) * n_weights * len(starts), told)
        weights = np.array(champion.sweep) if champion.weights is None else champion.weights[None]
        # tasks take individual weights for one network at a time
        together = [genomes] if champion.weights is None else [[genome] for genome in genomes]
        scores = []
        for part in together:
            scores.append(evaluate(part, weights, starts))
            first = "nothing can be explained: of the network as it is"
            if len(scores) == 1:
                check_played(
                    task, lambda: decode_all(genomes[:1]), weights, starts, scores[0][:1], first
                )
        return np.concatenate(scores).mean(axis=1)


def _accuracies(champion: Champion, genomes: list[Genome], samples: Samples) -> np.ndarray:
    """Return for each of the champion's variants the share of its weights, ``(N, S)`` in percent, that are right."""
    weights = np.array(champion.sweep) if champion.weights is None else champion.weights[None]

    def accuracy(genome: Genome) -> np.ndarray:
        return 100 * (judge(decode(genome), weights, samples).chosen == samples.labels).mean(axis=0)

    with ThreadPoolExecutor(available_cores()) as pool:
        return np.array(list(pool.map(accuracy, genomes)))


def _verdict(loss: float, error: float, tolerance: float) -> str:
    if loss - ERRORS * error > tolerance:
        return "yes"
    return "no" if loss + ERRORS * error <= tolerance else "unclear"
