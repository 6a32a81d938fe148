"""Draw the accuracy of a classifier by shared weight, a line for each class:
``python -m viz.accuracy CHAMPION``.

All on the test samples. The horizontal line is the network as an ensemble of the weights of its
search, by mean probability.  Individual weights, if the file has any, are a line of their own.
"""

from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes

from viz.classifier import classifier, classifier_parser
from viz.names import plain
from viz.style import (
    ACCENT,
    FAINT,
    INK,
    SECOND,
    default_file,
    new_axes,
    run_drawing,
    tidy,
    write_all,
)
from wann.assess import AccuracyProfile, ClassifierAssessment
from wann.assess.classifier import judge_all, per_class
from wann.assess.conditions import PROFILE
from wann.champion.champion import Champion
from wann.tasks.classification.ensemble import accuracies, judge
from wann.tasks.classification.samples import SampleTask

#: Paul Tol's muted palette and black: ten classes that colour-blind readers can tell apart.
CLASS_COLOURS = (
    "#332288",
    "#88ccee",
    "#44aa99",
    "#117733",
    "#999933",
    "#ddcc77",
    "#cc6677",
    "#882255",
    "#aa4499",
    "#777777",
)


class Accuracy(NamedTuple):
    """Shares of the test samples that a classifier tells right.

    Attributes:
        weights: ``(W,)`` shared weights, ascending.
        mean: ``(W,)`` of all samples at each.
        per_class: ``(W,)`` of the samples of each class, by name.
        searched: of all samples, by weight of the search.
        ensemble: of the network at all those weights, by mean probability.
        tuned: with individual weights, if there are any.
    """

    weights: np.ndarray
    mean: np.ndarray
    per_class: Mapping[str, Sequence[float]]
    searched: Mapping[float, float]
    ensemble: float
    tuned: float | None

    @classmethod
    def of(cls, result: ClassifierAssessment) -> "Accuracy":
        """Return the shares that ``wann.assess.assess`` found."""
        profile = result.profile
        assert isinstance(profile, AccuracyProfile)
        return cls(
            profile.weights,
            profile.mean,
            profile.per_class,
            {float(weight): condition.mean for weight, condition in result.per_weight.items()},
            result.ensemble["mean_probability"].mean,
            None if result.tuned is None else result.tuned.mean,
        )


def measure(champion: Champion, task: SampleTask) -> Accuracy:
    """Return the accuracies of a network over a grid of shared weights."""
    net, test, sweep = champion.network, task.test, np.array(champion.sweep)
    right = judge_all(net, PROFILE, test).chosen == test.labels
    shares = accuracies(net, sweep, test)
    tuned = None
    if champion.weights is not None:
        tuned = float((judge(net, champion.weights[None], test).chosen[0] == test.labels).mean())
    searched = dict(zip(champion.sweep, shares["per_weight"], strict=True))
    return Accuracy(
        PROFILE,
        right.mean(axis=1),
        per_class(task, right),
        searched,
        shares["mean_probability"],
        tuned,
    )


def draw(data: Accuracy, ax: Axes | None = None, title: str = "") -> Axes:
    """Draw the accuracy of each class, of all samples, and of the ensemble."""
    ax = new_axes(8.0, 4.6) if ax is None else tidy(ax)
    named = len(data.per_class) <= len(CLASS_COLOURS)
    for k, (name, row) in enumerate(data.per_class.items()):
        colour, label = (
            (CLASS_COLOURS[k], plain(name)) if named else (FAINT, "each class" if k == 0 else None)
        )
        ax.plot(
            data.weights, 100 * np.array(row), color=colour, linewidth=1.0, alpha=0.8, label=label
        )
    ax.plot(data.weights, 100 * data.mean, color=INK, linewidth=2.4, label="all samples")
    ax.plot(
        list(data.searched),
        [100 * share for share in data.searched.values()],
        "o",
        color=INK,
        markersize=7,
        markeredgecolor="white",
        label="weights of the sweep",
    )
    ax.axhline(
        100 * data.ensemble, color=SECOND, linewidth=1.6, linestyle="--", label="ensemble of these"
    )
    if data.tuned is not None:
        ax.axhline(
            100 * data.tuned, color=ACCENT, linewidth=1.6, linestyle=":", label="tuned weights"
        )
    ax.axvline(0, color=FAINT, linewidth=1, zorder=0.5)
    ax.margins(x=0.01)
    ax.set_ylim(0, 100.5)
    ax.set_xlabel("shared weight", color=INK)
    ax.set_ylabel("accuracy on test samples [%]", color=INK)
    ax.set_title(title, loc="left", fontweight="bold", color=INK)
    ax.legend(
        fontsize=9, frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5), labelcolor=INK
    )
    return ax


def parser() -> ArgumentParser:
    """Return the command line of ``python -m viz.accuracy``."""
    return classifier_parser(
        "viz.accuracy", "Draw the accuracy of a classifier by shared weight, a line for each class."
    )


def main(argv: Sequence[str] | None = None) -> None:
    """Draw the accuracy of the classifier that the command line names."""
    arguments = parser().parse_args(argv)
    champion, task, title = classifier(arguments)
    data = measure(champion, task)
    path = default_file(arguments.champion, "accuracy")
    write_all(draw(data, title=title), arguments.output or [path], arguments.width)


def command() -> None:
    """Run the command as a program: mistakes become one line and exit code 2."""
    run_drawing(main)


if __name__ == "__main__":
    command()
