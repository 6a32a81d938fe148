"""What a simplification is told as: in the file of its result, and to people."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

import wann
from wann.champion.champion import Champion
from wann.genome.genome import Genome, node_of_source
from wann.numeric.activations import ACTIVATIONS
from wann.simplify.elimination import Z95

MOST_NAMED = 12  # inputs or connections that are listed in a line


def summary_of(
    champion: Champion,
    path: Sequence[Genome],
    scores: np.ndarray,
    figures: Sequence[Mapping[str, Any]],
    asked: Mapping[str, Any],
) -> dict[str, Any]:
    """Return what the provenance of the result says.

    Args:
        champion: what was simplified.
        path: the networks from ``live`` to the result.
        scores: ``(2, W, T)`` of the first and the last of them, in the same trials.
        figures: of these two, as champion files give them.
        asked: price, seed and data.
    """
    first, last = scores.mean(axis=1)  # (T,) each: trials are independent
    before, after = (
        {
            "connections": genome.size,
            "hidden": len(genome.hidden),
            **interval(means),
            **({"accuracy": own["accuracy"]["test"]} if "accuracy" in own else {}),
        }
        for genome, means, own in zip(
            (champion.genome, path[-1]), (first, last), figures, strict=True
        )
    )
    idle = gone(champion.genome, path[0])
    return {
        "wann": wann.__version__,
        **asked,
        "from": hashlib.sha256(json.dumps(champion.to_json()).encode()).hexdigest()[:16],
        "before": before,
        "after": after,
        "difference": interval(last - first),
        "idle": len(idle),
        "removed": [
            pair for pairs in (idle, *(gone(a, b) for a, b in pairwise(path))) for pair in pairs
        ],
    }


def interval(means: np.ndarray) -> dict[str, Any]:
    """Return the mean of ``(T,)`` independent numbers, and its 95 % confidence interval."""
    mean, error = float(means.mean()), float(means.std(ddof=1)) / len(means) ** 0.5
    return {"mean": mean, "interval": [mean - Z95 * error, mean + Z95 * error]}


def gone(before: Genome, after: Genome) -> list[list[Any]]:
    """Return source and target of the enabled connections that a genome had before, and has not
    after; of recurrent ones also that they are: ``[source, target, "recurrent"]``.
    """
    left = {(source, target) for source, target, _ in after.conns.tolist()}
    return [
        [source, target] if source >= 0 else [node_of_source(source), target, "recurrent"]
        for source, target, enabled in before.conns.tolist()
        if enabled and (source, target) not in left
    ]


def removed_names(champion: Champion, pairs: Sequence[Sequence[Any]]) -> list[str]:
    """Return how people call connections of a network."""
    codes = dict(champion.genome.hidden.tolist())

    def name(node: int) -> str:
        text = champion.node_name(node)
        return f"{text} {ACTIVATIONS[codes[node]].name}" if node in codes else text

    return [
        f"{name(source)} → {name(target)}{', a step later' if recurrent else ''}"
        for source, target, *recurrent in pairs
    ]


def unused_inputs(champion: Champion, genome: Genome) -> list[str]:
    """Return the names of inputs that a network uses and another one does not use any more."""
    enabled = champion.genome.conns["enabled"]
    sources = np.setdiff1d(champion.genome.sources[enabled], genome.sources)
    return [champion.node_name(node) for node in sources.tolist() if node <= genome.n_inputs]


def table(champion: Champion, found: Champion) -> str:
    """Return for people what became of a champion."""
    return "\n".join(_lines(champion, found))


def _lines(champion: Champion, found: Champion) -> Iterator[str]:
    said = found.provenance["simplified"]
    before, after = said["before"], said["after"]
    yield (
        f"{found.task}: {before['connections']} → {after['connections']} connections,"
        f" {before['hidden']} → {after['hidden']} hidden nodes"
    )
    digits = 1 if abs(before["mean"]) >= 10 else 3
    score, smaller, difference = (
        f"{row['mean']:{sign}.{digits}f} ± {row['interval'][1] - row['mean']:.{digits}f}"
        for row, sign in ((before, ""), (after, ""), (said["difference"], "+"))
    )
    trials, weights = found.scores["trials"], len(found.scores["per_weight"])
    yield (
        f"  score: {score} → {smaller}, difference {difference} (mean over {weights} shared"
        f" weights and {trials} fresh trials, and its 95 % interval)"
    )
    if "accuracy" in before:
        shares = (100 * row["accuracy"]["mean_probability"] for row in (before, after))
        yield (
            f"  right of {before['accuracy']['samples']} test samples: "
            + " → ".join(f"{share:.1f} %" for share in shares)
        )
    inputs = unused_inputs(champion, found.genome)
    if inputs:
        yield f"  inputs no longer used: {_some(inputs)}"
    names = removed_names(champion, said["removed"])
    idle, removed = names[: said["idle"]], names[said["idle"] :]
    if idle:
        yield f"  reached no output: {_some(idle)}"
    if removed:
        rest = "; --json lists all" if len(removed) > MOST_NAMED else ""
        yield f"  removed, in this order: {_some(removed)}{rest}"
    if not names:
        yield "  it can do without none of its connections"


def _some(names: Sequence[str]) -> str:
    """Return the first of some names, and how many more there are."""
    more = len(names) - MOST_NAMED
    rest = [f"and {more} more"] if more > 0 else []
    return ", ".join([*names[:MOST_NAMED], *rest])
