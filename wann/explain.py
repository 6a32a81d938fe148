"""Which parts of a network matter?  ``python -m wann.explain CHAMPION``.

Each connection, hidden node and input is removed alone, and the network is scored without it, on the same trials
with the same weights.  What is lost says how much the rest needs the part.  Losses do not add up: of two parts
that do the same work either can be removed, but not both.

The score of a classifier is its accuracy in percent on the validation samples, each of which is a trial.
"""

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np

from wann.assess import add_options, check_numbers
from wann.champion.champion import Champion, load, task_of
from wann.command.program import run_command
from wann.command.progress import EpisodeProgress
from wann.genome.genome import Genome
from wann.network.network import Network, decode
from wann.numeric.activations import ACTIVATIONS
from wann.output import Parser, own_stdout, say, say_json
from wann.streams import rng_for
from wann.tasks import Task
from wann.tasks.classification.ensemble import judge
from wann.tasks.classification.samples import Samples
from wann.tasks.classification.task import ClassificationTask
from wann.workers.cores import available_cores
from wann.workers.evaluator import Evaluator, Told

TOLERANCE = 0.01  # a loss of at most this share of the score counts as none
ERRORS = 2.0  # standard errors by which a loss must differ from that for a verdict
MOST_NAMED = 12  # inputs that are listed in a sentence
KINDS = ("inputs", "nodes", "connections")


def explain(
    champion: Champion, task_name: str | None = None, trials: int = 100, seed: int = 0, told: Told | None = None
) -> dict[str, Any]:
    """Remove each part of a network alone and measure what is lost.

    Scores are those with the individual weights of the champion, if it has any, else the mean over the shared
    weights that it was evolved for; those of classifiers are accuracies in percent on all validation samples,
    whatever ``trials`` and ``seed`` are.  To remove a connection is to disable it; to remove an input or a hidden
    node, to disable all connections that leave it.  ``told`` is called while episodes are played.

    Returns: ``task``, ``trials`` (of classifiers ``samples``), ``weights`` (the shared ones, or "individual"),
    ``score``, ``depth`` (connections on the longest path to an output), ``activations`` (how many hidden nodes have
    each, of those that act on an output), and the lists ``inputs`` (``id``; with the bias), ``nodes`` (hidden, ``id``)
    and ``connections`` (``source``, ``target``; enabled), all with a ``name`` and in the order of their ``loss``: the
    score of the whole network less the score without this part. ``error`` is the standard error of the loss, from its
    differences in each trial; ``needed`` is "yes" or "no" where the loss is more or less than 1 % of the score by two
    standard errors, else "unclear".
    """
    check_numbers(trials, seed)
    task = task_of(champion, task_name)
    parts = list(_parts(champion))
    genomes = [champion.genome, *(without(champion.genome, cut) for _, _, cut in parts)]
    if isinstance(task, ClassificationTask):
        counted = "samples"
        scores = _accuracies(champion, genomes, task.validation)
    else:
        counted = "trials"
        scores = _scores(champion, genomes, task, task.trials(trials, rng_for(seed, 0, "explain")), told)
    losses = scores[0] - scores[1:]  # of the same trial
    n = scores.shape[1]
    errors = losses.std(axis=1, ddof=1) / n**0.5
    score = float(scores[0].mean())

    lists: dict[str, list[dict[str, Any]]] = {kind: [] for kind in KINDS}
    for (kind, part, _), loss, error in zip(parts, losses.mean(axis=1).tolist(), errors.tolist(), strict=True):
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
        return f"{node} {ACTIVATIONS[codes[node]].name}" if node in codes else champion.node_name(node)

    for kind, nodes in (("inputs", range(1 + genome.n_inputs)), ("nodes", codes)):
        for node in nodes:
            yield kind, {"id": node, "name": name(node)}, conns["source"] == node
    for k in np.flatnonzero(conns["enabled"]).tolist():
        source, target = int(conns["source"][k]), int(conns["target"][k])
        part = {"source": source, "target": target, "name": f"{name(source)} → {name(target)}"}
        yield "connections", part, np.arange(len(conns)) == k


def _scores(champion: Champion, genomes: list[Genome], task: Task, starts: np.ndarray, told: Told | None) -> np.ndarray:
    """Return the ``(N, T)`` scores of the champion's variants."""
    with Evaluator(task) as evaluate:
        n_weights = len(champion.sweep) if champion.weights is None else 1
        evaluate.tell(len(genomes) * n_weights * len(starts), told)
        if champion.weights is None:
            return evaluate(genomes, champion.sweep, starts).mean(axis=1)
        # tasks take individual weights for one network at a time
        return np.concatenate([evaluate([genome], champion.weights[None], starts)[:, 0] for genome in genomes])


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


def sentences(result: dict[str, Any]) -> list[str]:
    """Return in a few sentences what the result of explain says."""
    shared = result["weights"] != "individual"
    on = f"{result['samples']} validation samples" if "samples" in result else f"{result['trials']} trials"
    at = (
        f"on average over {len(result['weights'])} shared weights and" if shared else "with its individual weights over"
    )
    score = f"is right in {result['score']:.1f} %" if "samples" in result else f"scores {result['score']:.1f}"
    points = " points" if "samples" in result else ""
    inputs, nodes, connections = (result[kind] for kind in KINDS)
    used = ", ".join(f"{n} {name}" for name, n in result["activations"].items())
    lines = [
        f"It {score} {at} {on}.",
        f"It has {len(connections)} connections and {len(nodes)} hidden nodes; the longest path to an output has "
        f"{result['depth']} connections.",
        *([f"Activations of the hidden nodes: {used}."] if used else []),
    ]
    for what, rows in (("input", inputs), ("hidden node", nodes), ("connection", connections)):
        if rows and rows[0]["needed"] == "yes":
            name, loss = rows[0]["name"], rows[0]["loss"]
            lines.append(f"The most important {what} is {name}: its removal costs {loss:.1f}{points}.")
    idle = [row["name"] for row in inputs if row["needed"] == "no"]
    if len(idle) > MOST_NAMED:
        lines.append(f"Not needed: {len(idle)} of {len(inputs)} inputs.")
    elif idle:
        lines.append(f"Not needed: {', '.join(idle)}.")
    spare = [f"{sum(row['needed'] == 'no' for row in rows)} of {len(rows)}" for rows in (connections, nodes)]
    lines.append(
        f"{spare[0]} connections and {spare[1]} hidden nodes could be removed, one at a time, at a loss of less "
        f"than {100 * TOLERANCE:g} %."
    )
    return lines


def table(result: dict[str, Any]) -> str:
    """Return the result of explain as text and tables for people."""
    lines = [f"{result['task']}", *(f"  {sentence}" for sentence in sentences(result))]
    for kind, title in zip(KINDS, ("input", "hidden node", "connection"), strict=True):
        if result[kind]:
            lines.append(f"{'without ' + title:38s} {'loss':>8s} ± error    needed")
        for row in result[kind]:
            loss = round(row["loss"], 1) + 0.0  # a small gain is not shown as -0.0
            lines.append(f"  {row['name']:36s} {loss:8.1f} ± {row['error']:<7.1f}  {row['needed']}")
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command."""
    description = "Remove each input, hidden node and connection of a network alone, and measure what is lost."
    parser = Parser(prog="python -m wann.explain", description=description)
    parser.add_argument("champion", metavar="CHAMPION", help="run directory, champion file or published .out file")
    add_options(parser)
    shared = "of a tuned network: explain it with the shared weights that it was evolved for instead"
    parser.add_argument("--shared", action="store_true", help=shared)
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    _run(parser.parse_args(argv))


@own_stdout()
def _run(args: argparse.Namespace) -> None:
    champion = load(args.champion, args.stored_weights)
    champion = replace(champion, weights=None) if args.shared else champion
    with EpisodeProgress() as progress:
        result = explain(champion, args.task, args.trials, args.seed, progress.show)
    if args.json:
        say_json(result)
    else:
        say(table(result))


def command() -> None:
    """Run the command as a program: mistakes become one line and exit code 2."""
    run_command(main)


if __name__ == "__main__":
    command()
