"""What ``wann.assess`` finds, as a table for people."""

from collections.abc import Iterator

import numpy as np

from wann.assess.bootstrap import LEVEL
from wann.assess.conditions import CLOSE, WEIGHT_RANGE
from wann.assess.result import Assessment, ClassifierAssessment, Condition, Profile, ScoreProfile

MOST_CLASSES = 20  # that a table has room for
MOST_LETTERS = 40  # of what success is


def table(result: Assessment) -> str:
    """Return the result of assess as text."""
    if isinstance(result, ClassifierAssessment):
        return "\n".join(_lines(result, AccuracyRows(result)))
    return "\n".join(_lines(result, ScoreRows(result)))


class ScoreRows:
    """How the returns of episodes are told."""

    width = 34  # characters of the name of a condition

    def __init__(self, result: Assessment):
        """Tell of this."""
        interval = f"{100 * LEVEL:.0f} % interval of the mean"
        success = "" if result.success is None else f"  {result.success[:MOST_LETTERS]:>10s}"
        self.head = [
            f"{result.task}: {result.connections} connections, {result.trials} trials",
            f"  {'':{self.width}s} {'mean':>9s} ± std      {interval}{success}",
        ]
        self.classes: list[str] = []

    def line(self, name: str, mean: float) -> str:
        """Return a mean with its name."""
        return f"  {name:{self.width}s} {mean:9.1f}"

    def point(self, name: str, mean: float, at: int | slice, shape: Profile) -> str:
        """Return a mean of the profile, of one of its weights or of all."""
        success = shape.success if isinstance(shape, ScoreProfile) else None
        if success is None:
            return self.line(name, mean)
        return f"{self.line(name, mean)}{'':32s}{100 * np.mean(success[at]):9.0f} %"

    def row(self, name: str, condition: Condition) -> str:
        """Return the figures of a condition."""
        score = condition.score
        low, high = score.interval
        success = "" if condition.success is None else f"{100 * condition.success:9.0f} %"
        interval = f"{low:9.1f} … {high:<9.1f}{success}".rstrip()
        return f"{self.line(name, score.mean)} ± {score.std:<7.1f} {interval}"


class AccuracyRows:
    """How the accuracies of a classifier are told."""

    width = 37

    def __init__(self, result: ClassifierAssessment):
        """Tell of this."""
        self.head = [
            (
                f"{result.task}: {result.connections} connections, {result.samples} test samples, "
                f"{result.trials} draws of what is random"
            ),
            (
                f"  {'':{self.width}s} {'accuracy':>8s} ± std    {100 * LEVEL:.0f} % interval"
                "       loss"
            ),
        ]
        self.classes = list(_classes(result)) if len(result.classes) <= MOST_CLASSES else []

    def line(self, name: str, share: float) -> str:
        """Return an accuracy with its name."""
        return f"  {name:{self.width}s} {100 * share:6.1f} %"

    def point(self, name: str, mean: float, at: int | slice, shape: Profile) -> str:
        """Return a mean of the profile, of one of its weights or of all."""
        return self.line(name, mean)

    def row(self, name: str, condition: Condition) -> str:
        """Return the figures of a condition."""
        low, high = (100 * end for end in condition.score.interval)
        std = condition.score.std
        spread = " " * 7 if std is None else f"± {100 * std:<5.1f}"
        loss = "" if condition.loss is None else f"{condition.loss.mean:11.3f}"
        interval = f"{low:6.1f} … {high:<5.1f}"
        return f"{self.line(name, condition.mean)} {spread} {interval}{loss}".rstrip()


def _lines(result: Assessment, rows: ScoreRows | AccuracyRows) -> Iterator[str]:
    """Yield all lines."""
    n, shape = len(result.per_weight), result.profile
    uniform = f"U(-{WEIGHT_RANGE:g}, {WEIGHT_RANGE:g})"
    best = f"best shared weight, {result.best_weight:g}"
    yield from rows.head
    for weight, condition in result.per_weight.items():
        yield rows.row(f"shared weight {weight}", condition)
    yield rows.row(f"mean of these {n} weights", result.sweep)
    for way, condition in result.ensembles.items():
        yield rows.row(f"ensemble of these {n}, {way.replace('_', ' ')}", condition)
    yield rows.row(f"random weights, {uniform} each", result.random_weights)
    yield rows.row(f"random shared weight, {uniform}", result.random_shared)
    yield rows.row(best, result.best_shared)
    if result.tuned is not None:
        yield rows.row("tuned weights", result.tuned)
    low, high = shape.weights[0], shape.weights[-1]
    yield f"{len(shape.weights)} shared weights from {low:g} to {high:g}"
    yield rows.point("mean of all", shape.overall, slice(None), shape)
    for name, at in {"best": int(shape.mean.argmax()), "worst": int(shape.mean.argmin())}.items():
        yield rows.point(f"{name}, at {shape.weights[at]:g}", float(shape.mean[at]), at, shape)
    if isinstance(shape, ScoreProfile) and shape.success is not None:
        half = 100 * np.mean(shape.success >= 0.5)
        yield f"  it {result.success} in at least half of the starts at {half:.0f} % of the weights"
    near = f"{100 * shape.near_best:.0f} %"
    yield f"  within {100 * CLOSE:g} % of the best are {near} of the weights"
    for base, changed in result.perturbed.items():
        yield f"{best if base == 'best_shared' else 'tuned weights'}, but in each connection with"
        for level, condition in changed.noise.items():
            yield rows.row(f"{100 * float(level):g} % noise", condition)
        yield rows.row("a random sign", changed.random_signs)
        yield rows.row("the opposite sign", changed.opposite_signs)
    yield from rows.classes


def _classes(result: ClassifierAssessment) -> Iterator[str]:
    """Yield how each class does at the weights of the sweep, and what it is taken for."""
    names = [name[:12] for name in result.classes]
    wide, cell = max(map(len, names)), max(5, *(len(name) + 1 for name in names))
    weights = "".join(f"{weight:>7s}" for weight in result.per_weight)
    yield "accuracy of each class [%], by shared weight"
    yield f"  {'':{wide}s} {weights}"
    for name, row in result.per_class.items():
        yield f"  {name[:12]:{wide}s} " + "".join(f"{100 * share:7.1f}" for share in row)
    yield "samples of each class (row) and what the ensemble takes them for, by mean probability"
    yield f"  {'':{wide}s} " + "".join(f"{name:>{cell}s}" for name in names)
    for name, counts in zip(names, result.confusion.tolist(), strict=True):
        yield f"  {name:{wide}s} " + "".join(f"{count or '.':>{cell}}" for count in counts)
