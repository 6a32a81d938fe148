"""Who is watched: networks at weights that show what they can do, and what they cannot."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from viz import weight_sweep
from viz.scene.panel import Player, players
from wann.assess.conditions import Draws
from wann.champion.champion import Champion
from wann.champion.json_file import check_scores
from wann.errors import WannError
from wann.tasks.control.task import has_physics

BEST, TYPICAL, WORST = "best", "typical", "worst"  # in place of a weight: found by its score
TUNED = "tuned"  # individual weights
RANDOM = "random"  # every connection its own, drawn from within -2 and 2
WORDS = (BEST, TYPICAL, WORST, TUNED, RANDOM)
TRIALS = 100  # at each weight
ALIKE = 1e-6  # scores that differ less are equal


def profile(champion: Champion, task: Any) -> list[tuple[float, float]]:
    """Return shared weights and the mean score of a network at each.

    Where physics is compiled these are fresh trials at many weights of the size that the network
    was evolved for; a task in Python would take minutes, so there they are those that were recorded
    with the champion, if it was evolved for this task.

    Raises:
        WannError: recorded scores are malformed.
    """
    if has_physics(task):
        found = weight_sweep.sweep(champion, task, TRIALS)
        sizes, searched = np.abs(found.weights), np.abs(champion.sweep)
        inside = (sizes >= searched.min()) & (sizes <= searched.max())
        return list(zip(found.weights[inside].tolist(), found.mean[inside].tolist(), strict=True))
    if "per_weight" not in champion.scores or champion.task != task.name:
        return []
    check_scores(champion.scores, champion.sweep, False)
    recorded = champion.scores["per_weight"].items()
    return [(float(weight), row["mean"]) for weight, row in recorded]


def pick(champion: Champion, task: Any) -> dict[str, tuple[float, str]]:
    """Return the best, a typical and the worst shared weight of a network, each with its label.

    By the mean score; the typical one has the median. The best is the champion's own, if it knows
    one. Where all are alike, these are that one, one in the middle and the farthest from it.
    Without scores only the best one is there.
    """
    rows = profile(champion, task)
    best = champion.shared_weight
    if best is None:
        best = max(rows, key=lambda row: row[1])[0] if rows else 1.0
    rows.sort(key=lambda row: (-round(row[1] / ALIKE), abs(row[0] - best)))
    picked = {BEST: best}
    if rows:
        picked |= {TYPICAL: rows[len(rows) // 2][0], WORST: rows[-1][0]}
    alike = bool(rows) and rows[0][1] - rows[-1][1] < ALIKE
    return {
        word: (weight, f"weight {weight:.4g}" if alike else f"{word} weight, {weight:.4g}")
        for word, weight in picked.items()
    }


def usual(champion: Champion, picked: Mapping[str, tuple[float, str]]) -> list[float | str]:
    """Return the weights that one champion is watched at, unless others are asked for."""
    shared: list[float | str] = list(picked)
    if len(shared) == 1:  # no scores are known
        shared = list(champion.sweep)
    return [*shared, RANDOM if champion.weights is None else TUNED]


def acting(
    champion: Champion,
    task: Any,
    weights: Sequence[float | str] | None = None,
    name: str = "",
    seed: int = 0,
    story: bool = False,
) -> list[Player]:
    """Return a player for each of some weights of a champion.

    Args:
        champion: the network.
        task: that it plays.
        weights: numbers or WORDS; default: the best, a typical and the worst shared one, and the
            tuned ones, or random ones for comparison if there are none.
        name: that labels begin with.
        seed: of random weights.
        story: whether labels are read one after another, not side by side.

    Raises:
        WannError: there are no individual weights, or no scores to find a weight by.
    """
    known = weights is None or not {BEST, TYPICAL, WORST}.isdisjoint(weights)
    picked = pick(champion, task) if known else {}
    weights = usual(champion, picked) if weights is None else weights
    draws = iter(Draws.of(len(weights), len(champion.genome.conns), seed).individual)
    result = []
    for weight in weights:
        if weight == RANDOM:
            text = "every connection a random weight" if story else "random weights"
            player = Player(replace(champion, weights=next(draws)), None, text)
        elif weight == TUNED:
            if champion.weights is None:
                raise WannError(
                    f"--weight {TUNED}: {name or 'the champion'} has no individual weights;"
                    " python -m wann.tune finds them"
                )
            text = "every connection its tuned weight" if story else "tuned weights"
            player = Player(champion, None, text)
        elif isinstance(weight, str):
            if weight not in picked:
                raise WannError(
                    f"--weight {weight}: no scores by weight are known for this task: give numbers"
                )
            value, text = picked[weight]
            told = f"one shared weight, {value:.4g}" if story and weight == BEST else text
            player = Player(champion, value, told)
        else:
            player = players(champion, [weight])[0]
        result.append(player._replace(label=f"{name}, {player.label}" if name else player.label))
    return result
