"""What an assessment says, in sentences: what a network does, and how much its weights matter.

The weights matter little where three things hold of the shared weights that the network was evolved
for: the score at the worst is at most FALL below that at the best; it succeeds at least half of the
time at the best, and not much more rarely at the worst; and where the task does not say what
success is, it is better than with random weights.
"""

from collections.abc import Sequence
from itertools import groupby

import numpy as np

from wann.assess import Assessment, ClassifierAssessment, Condition, ScoreProfile
from wann.assess.bootstrap import LEVEL
from wann.assess.conditions import WEIGHT_RANGE
from wann.command.progress import score_text, starts_text

FALL = 0.2  # of the score, as a share of the best; of the share of successes
WORKS = 0.5  # share of the starts in which a network has to succeed
MOST_RANGES = 4  # of weights that are named


def number(result: Assessment, condition: Condition) -> str:
    """Return the mean of a condition as people read it."""
    return shown(result, condition.mean)


def shown(result: Assessment, mean: float) -> str:
    """Return a score or accuracy as people read it."""
    if isinstance(result, ClassifierAssessment):
        return f"{result.scale * mean:.1f} %"
    return score_text(mean)


def interval(result: Assessment, condition: Condition) -> str:
    """Return the interval of this mean."""
    low, high = (shown(result, end) for end in condition.score.interval)
    return f"{low.removesuffix(' %')} … {high}"


def weight_text(weight: str | float) -> str:
    """Return a weight with as many digits as matter."""
    return f"{float(weight):.3g}"


def successes(result: Assessment, condition: Condition) -> str:
    """Return in how many of its starts a network succeeds, as "97 of 100"; it must be known."""
    assert condition.success is not None
    return starts_text(condition.success, result.trials).removesuffix(" starts")


def ends(result: Assessment) -> tuple[tuple[str, Condition], tuple[str, Condition]]:
    """Return the worst and the best shared weight of the search, by score, and what is scored."""
    rows = sorted(result.per_weight.items(), key=lambda row: row[1].mean)
    return rows[0], rows[-1]


def success_ends(result: Assessment) -> tuple[tuple[str, Condition], tuple[str, Condition]]:
    """Return those with the fewest and the most successes."""
    rows = sorted(result.per_weight.items(), key=lambda row: (row[1].success or 0, row[1].mean))
    return rows[0], rows[-1]


# ------------------------------------------------------------------------------------- what it does
def what_it_does(result: Assessment) -> list[str]:
    """Return what a network does, in sentences."""
    if isinstance(result, ClassifierAssessment):
        return _classifies(result)
    return _scores(result) if result.success is None else _succeeds(result)


def _succeeds(result: Assessment) -> list[str]:
    (worst, low), (best, high) = success_ends(result)
    n = len(result.per_weight)
    total = starts_text(result.sweep.success or 0.0, n * result.trials)
    spread = f"{successes(result, high)} at each of its {n} shared weights"
    if low.success != high.success:
        spread = (
            f"from {successes(result, low)} at the shared weight {weight_text(worst)} to"
            f" {successes(result, high)} at {weight_text(best)}"
        )
    others = f"At its best shared weight, {weight_text(result.best_weight)}, it does so in"
    others += f" {successes(result, result.best_shared)}"
    if result.tuned is not None:
        others += f", with tuned weights in {successes(result, result.tuned)}"
    return [f"It {result.success} in {total}: {spread}.", f"{others}."]


def _scores(result: Assessment) -> list[str]:
    (worst, low), (best, high) = ends(result)
    return [
        f"It scores {number(result, result.sweep)} on average over {len(result.per_weight)} shared"
        f" weights and {result.counted}, from {number(result, low)} at {weight_text(worst)} to"
        f" {number(result, high)} at {weight_text(best)}."
    ]


def _classifies(result: ClassifierAssessment) -> list[str]:
    (worst, low), (best, high) = ends(result)
    ensemble = result.ensemble["mean_probability"]
    lines = [
        f"It tells {number(result, ensemble)} of {result.counted} right"
        f" ({100 * LEVEL:.0f} % interval {interval(result, ensemble)}) by its mean probability at"
        f" {len(result.per_weight)} shared weights; at one alone from {number(result, low)} at"
        f" {weight_text(worst)} to {number(result, high)} at {weight_text(best)}."
    ]
    if result.tuned is not None:
        tuned = f"{number(result, result.tuned)} ({interval(result, result.tuned)})"
        lines.append(f"With tuned weights it is {tuned}.")
    return lines


# --------------------------------------------------------------------------- how the weights matter
def matters_little(result: Assessment) -> bool:
    """Return whether the weights matter little: see the top of this file."""
    (_, low), (_, high) = ends(result)
    if high.mean - low.mean > FALL * abs(high.mean):
        return False
    if result.success is None:
        return not as_good_at_random(result)
    least, most = (condition.success or 0.0 for _, condition in success_ends(result))
    return most >= WORKS and most - least <= FALL


def as_good_at_random(result: Assessment) -> bool:
    """Return whether a random weight for each connection does as well as the best shared weight,
    as far as the intervals say.
    """
    return result.random_weights.score.interval[1] >= result.best_shared.score.interval[0]


def weights_heading(result: Assessment) -> str:
    """Return the heading of what is said about weights."""
    return f"How {'little' if matters_little(result) else 'much'} the weights matter"


def how_weights_matter(result: Assessment) -> list[str]:
    """Return where a network works and where it does not, in sentences."""
    return [*_worst_against_best(result), _where(result), _at_random(result)]


def _worst_against_best(result: Assessment) -> list[str]:
    """Return how little is lost, if it is little."""
    if not matters_little(result):
        return []
    (worst, low), (best, high) = ends(result)
    line = f"Of its {len(result.per_weight)} shared weights the worst, {weight_text(worst)}, scores"
    line += f" {number(result, low)} ({interval(result, low)}), and the best, {weight_text(best)},"
    line += f" {number(result, high)} ({interval(result, high)})"
    if low.mean == high.mean:
        line = f"It scores {number(result, low)} at each of its {len(result.per_weight)} shared"
        line += " weights"
    if result.success is not None:
        (_, least), (_, most) = success_ends(result)
        counts = dict.fromkeys(successes(result, own) for own in (least, most))
        line += f"; it {result.success} in {' to '.join(counts)} starts at each"
    return [f"{line}."]


def _where(result: Assessment) -> str:
    """Return at which shared weights the network works, and at which of the search it does not."""
    profile, per_weight = result.profile, result.per_weight
    tried = f"from {weight_text(profile.weights[0])} to {weight_text(profile.weights[-1])}"
    if isinstance(profile, ScoreProfile) and profile.success is not None:
        works = profile.success >= WORKS
        does = f"It {result.success} in at least half of the starts"
        if not works.any():
            most = starts_text(float(profile.success.max()), result.trials)
            return f"{does} at no shared weight {tried}: in {most} at most."
        failing = {
            weight: successes(result, own)
            for weight, own in per_weight.items()
            if (own.success or 0.0) < WORKS
        }
    else:
        weight, best = profile.best_weight
        least = best - FALL * abs(best)
        works = profile.mean >= least
        does = f"It comes within {100 * FALL:.0f} % of its best, {shown(result, best)} at"
        does += f" {weight_text(weight)},"
        failing = {
            weight: number(result, own) for weight, own in per_weight.items() if own.mean < least
        }
    line = f"{does} at shared weights {ranges(profile.weights, works)}"
    line += f", {100 * works.mean():.0f} % of the {len(works)} that were tried {tried}"
    if failing:
        named = [f"{weight_text(weight)} ({found})" for weight, found in failing.items()]
        line += f"; of the {len(per_weight)} of its search it does not at {listed(named)}"
    return f"{line}."


def _at_random(result: Assessment) -> str:
    """Return what is left with random weights: one for all connections, or one for each."""
    shared, own = (
        f"{number(result, condition)} ({interval(result, condition)}"
        + ("" if condition.success is None else f", {successes(result, condition)}")
        + ")"
        for condition in (result.random_shared, result.random_weights)
    )
    line = f"Of random weights from {-WEIGHT_RANGE:g} to {WEIGHT_RANGE:g}, one for all connections"
    line += f" scores {shared}, one for each {own}"
    if as_good_at_random(result):
        line += ": as good as the best shared weight, as far as the intervals tell"
    elif result.random_weights.score.interval[1] < result.random_shared.score.interval[0]:
        line += ": that connections share their weight does matter"
    return f"{line}."


def ranges(weights: Sequence[float] | np.ndarray, works: np.ndarray) -> str:
    """Return in words which of some ascending weights are marked: "from -2 to -1 and 0.5".

    Of many ranges the longest are named.
    """
    places = groupby(zip(weights, works, strict=True), key=lambda row: bool(row[1]))
    runs = [[weight for weight, _ in rows] for marked, rows in places if marked]
    longest = sorted(runs, key=len, reverse=True)[:MOST_RANGES]
    named = [
        f"from {weight_text(run[0])} to {weight_text(run[-1])}"
        if len(run) > 1
        else weight_text(run[0])
        for run in runs
        if run in longest
    ]
    if len(runs) > len(named):
        named.append(f"in {len(runs) - len(named)} smaller ranges")
    return listed(named)


def listed(parts: Sequence[str]) -> str:
    """Return some parts, at least one, as a list in words: "a, b and c"."""
    return " and ".join(filter(None, [", ".join(parts[:-1]), parts[-1]]))
