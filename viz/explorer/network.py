"""One network as the explorer page takes it: what computes it, where its parts are drawn, and its
scores.
"""

from collections.abc import Sequence
from typing import Any

import networkx as nx
import numpy as np

from viz.network.dense import ACROSS, UP, Image, arrange_dense
from viz.network.dense import RADIUS as DOT_RADIUS
from viz.network.drawing import MOST_DRAWN, columns_of, effective, is_dense
from viz.network.layered import LEVEL, RADIUS, arrange_layered
from viz.network.recurrent import arcs_of
from wann.assess.classifier import judge_all
from wann.assess.conditions import profile_of
from wann.champion.champion import Champion
from wann.errors import WannError
from wann.network.network import Networks, decode_all, nodes_of
from wann.tasks import Task
from wann.tasks.checks import trials_of
from wann.tasks.classification.ensemble import accuracies
from wann.tasks.classification.samples import Samples, has_samples
from wann.workers.evaluator import Evaluator, ProgressCallback

UNIT = 100  # of the drawing, in an inch
#: a drawing wider than WIDE [in] is made narrower, to this height by width, but no narrower than
#: this share
WIDE, SHAPE, NARROWEST = 6.0, 0.68, 0.66
FEW_SAMPLES = 1000  # of the test samples, for networks beside the first


def check_size(champion: Champion) -> None:
    """Raise WannError if a network is too large to be drawn."""
    genome = champion.genome
    if genome.size + genome.n_outputs > MOST_DRAWN:
        raise WannError(
            f"{genome.size} connections and {genome.n_outputs} outputs: too many to explore; "
            f"at most {MOST_DRAWN} together"
        )


def network_table(champion: Champion) -> dict[str, Any]:
    """Return what computes a network and where it is drawn.

    Rows are those of ``wann.network``: bias, inputs, computed nodes. Returns: ``ids`` of the rows,
    the ``memory`` of a recurrent network, ``activations`` of the computed rows, ``indptr`` and
    ``sources`` of the connections, ``weights`` of each (None without individual ones), the
    ``scale`` of its inputs (means and deviations, or None), the enabled connections of the
    genome as ``size``, and the ``drawing``.

    Raises:
        WannError: the network is too large to be drawn.
    """
    check_size(champion)
    genome, net = champion.genome, champion.network
    graph = effective(champion.graph())
    ids = nodes_of(genome)
    ends = np.repeat(np.arange(len(net.activation)), np.diff(net.indptr)) + 1 + net.n_inputs
    # recurrent ones with the source -1 - id, as in the genome
    sources = [*ids, *(~ids[row] for row in net.memory.tolist())]
    edges = [
        (sources[source], ids[target])
        for source, target in zip(net.source.tolist(), ends.tolist(), strict=True)
    ]
    return {
        "ids": ids,
        "activations": net.activation.tolist(),
        "indptr": net.indptr.tolist(),
        "sources": net.source.tolist(),
        "weights": None if champion.weights is None else champion.weights[net.gene].tolist(),
        "scale": champion.observation_scale,
        "size": genome.size,
        "drawing": drawing(champion, graph, ids, edges),
        **({"memory": net.memory.tolist()} if len(net.memory) else {}),
    }


def drawing(
    champion: Champion, graph: nx.DiGraph, ids: Sequence[int], edges: Sequence[tuple]
) -> dict[str, Any]:
    """Return where the rows and connections of a network are drawn; heights grow downwards.

    Returns: ``dense`` (or layered), ``box`` (left, top, right, bottom), ``x`` and ``y`` of each row
    (None where it is not drawn), ``ways`` (of each connection the points that it passes), how
    far connections are ``level`` beside each, ``arcs`` of recurrent connections (four points of
    a cubic curve, by the number of the connection), and of an image the steps to the next pixel
    of a row and of a column, ``across`` and ``down``.
    """
    column, image = columns_of(graph), Image.of(champion.inputs)
    dense, layout = is_dense(champion, graph, column), None
    position: dict[Any, tuple[float, float]] = {}
    if dense:
        position.update(arrange_dense(graph, image))
    else:
        layout, found = arrange_layered(graph, column)
        position.update(found)
    width, height = np.ptp(np.array(list(position.values())), axis=0)
    narrow = float(np.clip(max(height / SHAPE, WIDE) / max(width, WIDE), NARROWEST, 1.0))

    def at(point: tuple[float, float]) -> list[int]:
        """Return a point of a figure, whose heights grow upwards, as one of the page."""
        return [round(UNIT * narrow * point[0]), round(-UNIT * point[1])]

    ways = (
        [[at(position[vertex]) for vertex in layout.ways.get(edge, ())[1:-1]] for edge in edges]
        if layout
        else []
    )
    radius = RADIUS["hidden"] if layout else DOT_RADIUS["hidden"]
    points = {(~arc.edge[0], arc.edge[1]): arc.points for arc in arcs_of(graph, position, radius)}
    arcs = {k: [at(point) for point in points[edge]] for k, edge in enumerate(edges) if edge[0] < 0}
    places = [at(position[node]) if node in position else [None, None] for node in ids]
    tops = [(0.0, arc.top) for arc in arcs_of(graph, position, radius)]
    xs, ys = zip(*map(at, [*position.values(), *tops]), strict=True)
    steps = (
        {"across": at((ACROSS * image.cell, UP * image.cell)), "down": at((0.0, -image.cell))}
        if image
        else {}
    )
    return {
        "dense": dense,
        "level": at((LEVEL, 0.0))[0],
        "box": [min(xs), min(ys), max(xs), max(ys)],
        "x": [x for x, _ in places],
        "y": [y for _, y in places],
        "ways": ways,
        **({"arcs": arcs} if arcs else {}),
        **steps,
    }


def score_profile(
    champion: Champion,
    task: Task,
    trials: int,
    first: bool,
    progress: ProgressCallback | None = None,
) -> dict[str, Any]:
    """Return the score of a network at shared weights from -3 to 3, those of the sweep among them.

    Args:
        champion: the network.
        task: that it is scored on.
        trials: fresh ones at each weight.
        first: whether it is one of the networks to choose from: others of a classifier have fewer
            samples.
        progress: called while episodes are played.

    Returns: ``weights``, ``mean`` and ``std`` over trials at each (None for a classifier), the mean
    with its ``individual`` weights, if it has any, the share of the trials that are a ``success``
    at each weight and, ``individual_success``, with those (None where the task does not say), what
    the scores are ``of``, and ``vote``, the accuracy of a classifier as an ensemble of the weights
    of the sweep. Accuracies are in percent of test samples.
    """
    net, own, sweep = champion.network, champion.weights, champion.sweep
    weights = np.union1d(profile_of(task), sweep)
    if has_samples(task):
        n = len(task.test.labels) if first else FEW_SAMPLES
        test = Samples(task.test.inputs[:n], task.test.labels[:n])

        def accuracy(weights: np.ndarray) -> np.ndarray:
            return 100 * (judge_all(net, weights, test).chosen == test.labels).mean(axis=1)

        return {
            "weights": weights.tolist(),
            "mean": short(accuracy(weights)),
            "std": None,
            "individual": None if own is None else float(accuracy(own[None])[0]),
            "of": f"accuracy [%] on {len(test.labels)} test samples",
            "success": None,
            "individual_success": None,
            "vote": 100 * accuracies(net, np.array(sweep), test)["vote"],
        }
    networks, starts = (
        decode_all([champion.genome]),
        trials_of(task, trials, np.random.default_rng(0)),
    )
    with Evaluator(task) as evaluate:
        evaluate.watch((len(weights) + (own is not None)) * trials, progress)
        scores, successes = judged(evaluate, networks, weights, starts)
        own_scores, own_successes = (
            (None, None) if own is None else judged(evaluate, networks, own[None], starts)
        )
    return {
        "weights": weights.tolist(),
        "mean": short(scores.mean(axis=1)),
        "std": short(scores.std(axis=1)),
        "individual": None if own_scores is None else float(own_scores.mean()),
        "success": None if successes is None else short(successes.mean(axis=1)),
        "individual_success": None if own_successes is None else float(own_successes.mean()),
        "of": f"mean score of {trials} trial{'s' * (trials != 1)}",
        "vote": None,
    }


def judged(
    evaluate: Evaluator, networks: Networks, weights: np.ndarray, starts: np.ndarray
) -> tuple[np.ndarray, np.ndarray | None]:
    """Return the ``(W, T)`` scores of a network, and in which trials it succeeds, if the task
    says.
    """
    scores = evaluate.score(networks, weights, starts)
    successes = evaluate.successes(networks, weights, starts, scores)
    return scores[0], None if successes is None else successes[0]


def short(values: np.ndarray) -> list:
    """Return numbers with five digits, to be shown: nested lists for an array of more than one
    axis.
    """
    if values.ndim > 1:
        return [short(row) for row in values]
    return [float(f"{value:.5g}") for value in values.tolist()]
