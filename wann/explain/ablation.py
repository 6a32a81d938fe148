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

import numpy as np

from wann.champion.champion import Champion
from wann.champion.task import task_of
from wann.command.options import check_backend, check_numbers
from wann.explain.result import TOLERANCE, Explanation, Part
from wann.genome.genome import Genome
from wann.names import activation_title
from wann.network.network import Network, decode, decode_all
from wann.numeric.activations import ACTIVATIONS
from wann.streams import rng_for
from wann.tasks import Data, Task
from wann.tasks.checks import check_played, trials_of
from wann.tasks.classification.ensemble import judge
from wann.tasks.classification.samples import Samples, has_samples
from wann.threads import available_cores
from wann.workers.evaluator import Evaluator, ProgressCallback

ERRORS = 2.0  # standard errors by which a loss must differ from the tolerance for a verdict
KINDS = ("inputs", "nodes", "connections")


def explain(
    champion: Champion,
    task: str | Task | None = None,
    trials: int = 100,
    seed: int = 0,
    progress: ProgressCallback | None = None,
    data: Data | None = None,
    backend: str | None = None,
) -> Explanation:
    """Remove each part of a network alone and measure what is lost.

    Scores are those with the individual weights of the champion, if it has any, else the mean over
    the shared weights that it was evolved for; those of classifiers are accuracies in percent on
    all validation samples, whatever ``trials`` and ``seed`` are. To remove a connection is to
    disable it; to remove an input or a hidden node, to disable all connections that leave it.

    Args:
        champion: the network.
        task: to score it on, or its name; default: that which it was evolved for.
        trials: that all variants share, at least 2.
        seed: of the trials.
        progress: called about once a second while episodes are played.
        data: for a task whose data does not come with it: see ``wann.champion.task.task_of``.
        backend: who plays episodes: see ``wann.Evaluator``.

    Raises:
        WannError: fewer than two trials, a negative seed, no task that fits, or one in which every
            episode fails.
    """
    check_numbers(trials, seed)
    found = task_of(champion, task, data)
    parts = list(_parts(champion))
    genomes = [champion.genome, *(without(champion.genome, cut) for *_, cut in parts)]
    if has_samples(found):
        check_backend(backend)
        scores = _accuracies(champion, genomes, found.validation)
    else:
        starts = trials_of(found, trials, rng_for(seed, 0, "explain"))
        scores = _scores(champion, genomes, found, starts, progress, backend)
    losses = scores[0] - scores[1:]  # of the same trial
    n = scores.shape[1]
    errors = losses.std(axis=1, ddof=1) / n**0.5
    score = float(scores[0].mean())

    lists: dict[str, list[Part]] = {kind: [] for kind in KINDS}
    for (kind, name, place, _), loss, error in zip(
        parts, losses.mean(axis=1).tolist(), errors.tolist(), strict=True
    ):
        needed = _verdict(loss, error, TOLERANCE * abs(score))
        lists[kind].append(Part(name, place, loss, error, needed))
    codes = champion.network.activation[: -champion.genome.n_outputs].tolist()  # outputs come last
    used = Counter(ACTIVATIONS[code].name for code in codes)
    return Explanation(
        task if isinstance(task, str) else champion.task,
        n,
        has_samples(found),
        champion.sweep if champion.weights is None else None,
        score,
        depth(champion.network),
        dict(used.most_common()),
        **{kind: tuple(sorted(own, key=lambda part: -part.loss)) for kind, own in lists.items()},
    )


def without(genome: Genome, cut: np.ndarray) -> Genome:
    """Return the network with the connections of a ``(C,)`` mask disabled.

    Rows, and so weights, stay in place.
    """
    conns = genome.conns.copy()
    conns["enabled"] &= ~cut
    return genome._replace(conns=conns)


def depth(network: Network) -> int:
    """Return how many connections the longest path to an output has; what is remembered begins
    one.
    """
    first = 1 + network.n_inputs
    level = np.zeros(first + len(network.activation) + len(network.memory), np.int64)
    for n in range(len(network.activation)):
        sources = network.source[network.indptr[n] : network.indptr[n + 1]]
        level[first + n] = 1 + level[sources].max(initial=-1)
    end = first + len(network.activation)
    return int(level[end - network.n_outputs : end].max())


def _parts(champion: Champion) -> Iterator[tuple[str, str, dict[str, int], np.ndarray]]:
    """Yield of each part its kind, name and place, and the mask of the connections that go with
    it.
    """
    genome, conns = champion.genome, champion.genome.conns
    codes = dict(genome.hidden.tolist())

    def name(node: int) -> str:
        return (
            f"{node} {activation_title(ACTIVATIONS[codes[node]].name)}"
            if node in codes
            else champion.node_name(node)
        )

    for kind, nodes in (("inputs", range(1 + genome.n_inputs)), ("nodes", codes)):
        for node in nodes:
            yield kind, name(node), {"id": node}, genome.sources == node
    for k in np.flatnonzero(conns["enabled"]).tolist():
        source, target = int(genome.sources[k]), int(conns["target"][k])
        place: dict[str, int] = {"source": source, "target": target}
        text = f"{name(source)} → {name(target)}"
        if genome.recurrent[k]:
            place, text = place | {"recurrent": True}, f"{text}, a step later"
        yield "connections", text, place, np.arange(len(conns)) == k


def _scores(
    champion: Champion,
    genomes: list[Genome],
    task: Task,
    starts: np.ndarray,
    progress: ProgressCallback | None,
    backend: str | None,
) -> np.ndarray:
    """Return the ``(N, T)`` scores of the champion's variants."""
    with Evaluator(task, backend) as evaluate:
        n_weights = len(champion.sweep) if champion.weights is None else 1
        evaluate.watch(len(genomes) * n_weights * len(starts), progress)
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
        means: np.ndarray = np.concatenate(scores).mean(axis=1)
        return means


def _accuracies(champion: Champion, genomes: list[Genome], samples: Samples) -> np.ndarray:
    """Return for each of the champion's variants the share of its weights, ``(N, S)`` in percent,
    that are right.
    """
    weights = np.array(champion.sweep) if champion.weights is None else champion.weights[None]

    def accuracy(genome: Genome) -> np.ndarray:
        right = judge(decode(genome), weights, samples).chosen == samples.labels
        percent: np.ndarray = 100 * right.mean(axis=0)
        return percent

    with ThreadPoolExecutor(available_cores()) as pool:
        return np.array(list(pool.map(accuracy, genomes)))


def _verdict(loss: float, error: float, tolerance: float) -> str:
    if loss - ERRORS * error > tolerance:
        return "yes"
    return "no" if loss + ERRORS * error <= tolerance else "unclear"
