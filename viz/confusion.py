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
from viz.network.heading import text_width
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
    right = np.trace(counts) / max(1, counts.sum())
    lines = [f"{100 * right:.1f} % of {counts.sum()} test samples right"]
    if title:  # on a line of its own: a narrow matrix has no room for both
        lines.insert(0, title)
    n, names = len(classes), [plain(name) for name in classes]
    longest = max(text_width(name, 9) for name in names)
    upright = max(map(len, names)) <= 3  # else the names of columns are turned
    if ax is None:
        width, height = min(8.0, 0.46 * n) + longest, min(7.6, 0.42 * n)
        heading = longest + 1.2 * max(text_width(line, 10) for line in lines) + 0.6  # it is bold
        below = 0.1 if upright else longest
        ax = new_axes(max(4.2, width + 1.4, heading), max(3.8, height + 1.4 + below))
        ax.set_anchor("W")
    else:
        tidy(ax)
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
    ax.set_xticks(range(n), names, rotation=0 if upright else 90)
    ax.set_yticks(range(n), names)
    ax.grid(visible=False)
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
    ax.set_xlabel("taken for", color=INK)
    ax.set_ylabel("class", color=INK)
    ax.set_title("\n".join(lines), loc="left", fontweight="bold", color=INK, fontsize=10)
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
    write_all(
        ax, arguments.output or [default_file(arguments.champion, "confusion")], arguments.width
    )


def command() -> None:
    """Run the command as a program: mistakes become one line and exit code 2."""
    run_drawing(main)


if __name__ == "__main__":
    command()
