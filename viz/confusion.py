"""Draw what a classifier takes the samples of each class for: ``python -m viz.confusion CHAMPION``.

Test samples, each taken for the class that is most probable on average over the weights of the
sweep (or with individual weights, if the file has any). Numbers count samples; what is right is
blue, what is wrong is orange.
"""

from argparse import ArgumentParser
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap

from viz.classifier import choices, classifier, classifier_parser
from viz.names import plain
from viz.style import (
    ACCENT,
    INK,
    SECOND,
    SOFT,
    default_file,
    new_axes,
    run_drawing,
    tidy,
    write_all,
)
from wann.assess.classifier import confusion

RIGHT = LinearSegmentedColormap.from_list("right", ["#f3f6f9", "#9cc7e3", ACCENT])
WRONG = LinearSegmentedColormap.from_list("wrong", ["#fafafa", "#f6c6a5", SECOND])
MOST_NUMBERS = 20  # classes whose samples are written in the cells
MOST_WRONG = 0.3  # of the samples of a class taken for another one: the darkest orange


def draw(
    counts: np.ndarray, classes: Sequence[str], ax: Axes | None = None, title: str = ""
) -> Axes:
    """Draw a confusion matrix.

    Args:
        counts: ``(K, K)`` samples of each class (row) that are taken for each (column).
        classes: their names.
        ax: axes to draw into; default: those of a new figure.
        title: of the figure.
    """
    n = len(classes)
    ax = (
        new_axes(max(4.2, min(9.0, 0.46 * n + 1.6)), max(3.6, min(8.4, 0.42 * n + 1.3)))
        if ax is None
        else tidy(ax)
    )
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    colours = WRONG(np.minimum(share / MOST_WRONG, 1.0) ** 0.5)  # the root tells a few from none
    diagonal = np.arange(n)
    colours[diagonal, diagonal] = RIGHT(share[diagonal, diagonal])
    ax.imshow(colours, aspect="equal", interpolation="nearest")
    for row, column in np.ndindex(n, n) if n <= MOST_NUMBERS else ():
        if counts[row, column]:
            red, green, blue, _ = colours[row, column]
            colour = "white" if 0.3 * red + 0.59 * green + 0.11 * blue < 0.5 else INK
            ax.text(
                column,
                row,
                str(counts[row, column]),
                ha="center",
                va="center",
                fontsize=8,
                color=colour,
            )
    if n <= MOST_NUMBERS:
        for row in range(n):
            ax.text(
                n - 0.3, row, f"{100 * share[row, row]:.0f} %", va="center", fontsize=8, color=SOFT
            )
    names = [plain(name) for name in classes]
    ax.set_xticks(range(n), names, rotation=90 if max(map(len, names)) > 3 else 0)
    ax.set_yticks(range(n), names)
    ax.grid(visible=False)
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
    ax.set_xlabel("taken for", color=INK)
    ax.set_ylabel("class", color=INK)
    right = counts[diagonal, diagonal].sum() / max(1, counts.sum())
    text = f"{100 * right:.1f} % of {counts.sum()} test samples right"
    ax.set_title(
        f"{title}: {text}" if title else text, loc="left", fontweight="bold", color=INK, fontsize=10
    )
    return ax


def parser() -> ArgumentParser:
    """Return the command line of ``python -m viz.confusion``."""
    return classifier_parser(
        "viz.confusion", "Draw what a classifier takes the samples of each class for."
    )


def main(argv: Sequence[str] | None = None) -> None:
    """Draw the confusion matrix of the classifier that the command line names."""
    arguments = parser().parse_args(argv)
    champion, task, title = classifier(arguments)
    counts = confusion(choices(champion, task), task.test.labels, len(task.outputs))
    ax = draw(counts, task.outputs, title=title)
    write_all(ax, arguments.output or [default_file(arguments.champion, "confusion")])


def command() -> None:
    """Run the command as a program: mistakes become one line and exit code 2."""
    run_drawing(main)


if __name__ == "__main__":
    command()
