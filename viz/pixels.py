"""Draw which pixels each class of an image classifier uses: ``python -m viz.pixels CHAMPION``.

Behind, in grey, is the mean image of the class. A square on a pixel says that connections lead from
it to the output of the class; the larger it is, the more the probability of the class depends on
the pixel: blue where ink speaks for the class, orange where it speaks against it, on average over
the test samples of the class and the weights of the search (or with individual weights, if the file
has any). Without a square, the class cannot see the pixel.
"""

from argparse import ArgumentParser
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from viz.classifier import classifier, classifier_parser, weights_of
from viz.names import plain
from viz.network.image import grid_of
from viz.style import ACCENT, FAINT, INK, SECOND, SOFT, default_file, run_drawing, write_all
from wann.champion.champion import Champion
from wann.errors import WannError
from wann.network.gradient import input_slopes
from wann.network.network import Network
from wann.tasks.classification.samples import SampleTask

COLUMNS = 5  # classes beside each other
GAP, HEAD = 0.14, 0.2  # between images, and above each for its name; in sides of an image
LEAST, MOST = 0.25, 0.92  # sides of the squares in pixels
# share of the squares that may be smaller than the largest, lest one pixel dwarfs all others
LARGEST = 0.98


class Pixels(NamedTuple):
    """What the classes of an image classifier depend on.

    Attributes:
        classes: names of the K classes.
        mean: ``(K, rows, columns)`` mean image of each.
        effect: ``(K, rows, columns)`` mean derivative of the log-probability of the class by the
            pixel.
        used: ``(K, rows, columns)`` whether enabled connections lead from the pixel to the output
            of the class.
    """

    classes: tuple[str, ...]
    mean: np.ndarray
    effect: np.ndarray
    used: np.ndarray


def measure(champion: Champion, task: SampleTask) -> Pixels:
    """Return what the classes of a network depend on.

    Raises:
        WannError: the inputs are not pixels.
    """
    grid = grid_of(task.inputs)
    if grid is None:
        raise WannError(f"the inputs are not the pixels of an image: {plain(task.inputs[0])}, …")
    places = np.array(list(grid.values()))
    n, net = len(task.outputs), champion.network
    weights = weights_of(champion)
    if weights.ndim == 1:
        weights = np.repeat(weights[:, None], len(champion.genome.conns), axis=1)
    inputs, labels = task.test
    slopes = -np.mean([input_slopes(net, row, inputs, labels) for row in weights], axis=0)

    def images(values: np.ndarray) -> np.ndarray:
        """Return ``(K, n_inputs)`` as images."""
        result = np.zeros((n, *(places.max(axis=0) + 1)), values.dtype)
        result[:, places[:, 0], places[:, 1]] = values
        return result

    def means(values: np.ndarray) -> np.ndarray:
        """Return the mean of ``(S, n_inputs)`` over the samples of each class.

        0 of a class without any.
        """
        sums = np.stack([values[labels == k].sum(axis=0) for k in range(n)])
        return images(sums / np.maximum(np.bincount(labels, minlength=n), 1)[:, None])

    return Pixels(task.outputs, means(inputs), means(slopes), images(reach(net)))


def reach(net: Network) -> np.ndarray:
    """Return ``(n_outputs, n_inputs)``: whether connections lead from each input to each output."""
    rows = np.zeros((1 + net.n_inputs + len(net.activation), net.n_inputs), bool)
    rows[1 : 1 + net.n_inputs] = np.eye(net.n_inputs, dtype=bool)
    for n in range(len(net.activation)):
        rows[1 + net.n_inputs + n] = rows[net.source[net.indptr[n] : net.indptr[n + 1]]].any(axis=0)
    return rows[-net.n_outputs :]


def draw(data: Pixels, ax: Axes | None = None, title: str = "") -> Axes:
    """Draw an image for each class, five in a row."""
    n, rows, columns = data.mean.shape
    across = min(n, COLUMNS)
    down = -(-n // across)
    width, height = columns * (1 + GAP), rows * (1 + GAP) + HEAD * rows
    if ax is None:
        inches = 1.75 * across
        figure = Figure(
            figsize=(inches, inches * down * height / (across * width) + 0.9), layout="constrained"
        )
        ax = figure.add_subplot()
    effects = np.abs(data.effect[data.used])
    most = float(np.quantile(effects, LARGEST)) if len(effects) else 0.0
    # the area grows with the effect
    size = np.minimum(np.abs(data.effect) / (most or 1.0), 1.0) ** 0.5
    brightest = float(data.mean.max()) or 1.0
    squares, colours = [], []
    for k, name in enumerate(data.classes):
        left, top = k % across * width, k // across * height
        ax.imshow(
            data.mean[k],
            extent=(left, left + columns, top + rows, top),
            cmap="Greys",
            vmin=0,
            vmax=2.2 * brightest,
            interpolation="nearest",
        )
        ax.add_patch(
            Rectangle((left, top), columns, rows, fill=False, edgecolor=FAINT, linewidth=0.8)
        )
        ax.text(
            left,
            top - 0.05 * rows,
            plain(name),
            fontsize=11,
            fontweight="bold",
            color=INK,
            va="bottom",
        )
        count = f"{data.used[k].sum()} pixels"
        ax.text(
            left + columns,
            top - 0.05 * rows,
            count,
            fontsize=8,
            color=SOFT,
            ha="right",
            va="bottom",
        )
        for row, column in np.argwhere(data.used[k]).tolist():
            effect, side = (
                float(data.effect[k, row, column]),
                LEAST + (MOST - LEAST) * float(size[k, row, column]),
            )
            squares.append(
                Rectangle((left + column + (1 - side) / 2, top + row + (1 - side) / 2), side, side)
            )
            colours.append(ACCENT if effect > 0 else SECOND if effect < 0 else FAINT)
    ax.add_collection(
        PatchCollection(squares, facecolors=colours, edgecolors="white", linewidths=0.3, zorder=2)
    )
    ax.set(
        xlim=(-0.5, across * width - GAP * columns + 0.5),
        ylim=(down * height - HEAD * rows, -HEAD * rows),
    )
    ax.set_aspect("equal")
    ax.set_axis_off()
    unused = int((~data.used.any(axis=0)).sum())
    text = f"{unused} of {rows * columns} pixels unused"
    ax.set_title(
        f"{title}: {text}" if title else text, loc="left", fontweight="bold", color=INK, fontsize=11
    )
    ax.legend(
        [
            Line2D([], [], marker="s", linestyle="", color=colour)
            for colour in (ACCENT, SECOND, FAINT)
        ],
        ["ink speaks for the class", "ink speaks against it", "no effect"],
        fontsize=9,
        frameon=False,
        ncols=3,
        loc="upper left",
        bbox_to_anchor=(0.0, 0.0),
        borderaxespad=0.2,
        handletextpad=0.2,
    )
    return ax


def parser() -> ArgumentParser:
    """Return the command line of ``python -m viz.pixels``."""
    return classifier_parser(
        "viz.pixels", "Draw which pixels each class of an image classifier uses."
    )


def main(argv: Sequence[str] | None = None) -> None:
    """Draw the pixels that the classifier that the command line names uses."""
    arguments = parser().parse_args(argv)
    champion, task, title = classifier(arguments)
    ax = draw(measure(champion, task), title=title)
    write_all(ax, arguments.output or [default_file(arguments.champion, "pixels")], arguments.width)


def command() -> None:
    """Run the command as a program: mistakes become one line and exit code 2."""
    run_drawing(main)


if __name__ == "__main__":
    command()
