"""Draw what each feature of car racing sees, and what it is worth: ``python -m viz.features
CHAMPION``.

A feature is shown by two pictures, the mean picture with the feature three standard deviations
below and above 0: it tells one from the other. The car is at the bottom, the road grey. Beside its
name is what the network scores less without it (``wann explain``); the most important comes first.
"""

from argparse import ArgumentParser
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from envs.carracing.features import SPREAD
from envs.carracing.sight.encoder import Encoder
from envs.carracing.sight.picture import COLUMNS, ROWS
from envs.carracing.task import RacingTask
from viz.names import plain
from viz.style import FAINT, INK, REACHED, SOFT, default_file, figure_parser, run_drawing, write_all
from wann.champion.champion import load
from wann.champion.task import task_of
from wann.command.progress import EpisodeProgress
from wann.errors import WannError
from wann.explain import Explanation, explain
from wann.tasks import Task
from wann.tasks.data import add_data_option, data_of_args

TRIALS = 10  # tracks
BY = 3.0  # standard deviations
ACROSS = 4  # features beside each other
GAP, HEAD = 5, 7  # pixels, between features and above each for its name


class Features(NamedTuple):
    """What the K features of an encoder see, and what they are worth to a network.

    Attributes:
        names: of features, the most important one first.
        low: ``(K, ROWS, COLUMNS, 3)`` pictures from 0 to 1, with the feature at -BY.
        high: likewise, at BY.
        losses: ``(K,)`` what the network scores less without each.
        errors: ``(K,)`` their standard errors.
        needed: for each "yes", "no" or "unclear".
    """

    names: tuple[str, ...]
    low: np.ndarray
    high: np.ndarray
    losses: np.ndarray
    errors: np.ndarray
    needed: tuple[str, ...]


def measure(encoder: Encoder, explanation: Explanation) -> Features:
    """Return what features see, and their worth as ``wann.explain.explain`` found it."""
    parts = [part for part in explanation.inputs if part.place["id"] > 0]  # 0 is the bias
    components = encoder.components.astype(float)[[part.place["id"] - 1 for part in parts]]
    # along this direction a feature changes by 1 and the orthogonal ones stay
    steps = components / (components**2).sum(axis=1, keepdims=True)
    low, high = (
        np.clip((encoder.mean + sign * BY * SPREAD * steps) / 255, 0, 1).reshape(
            -1, ROWS, COLUMNS, 3
        )
        for sign in (-1, 1)
    )
    return Features(
        tuple(part.name for part in parts),
        low,
        high,
        np.array([part.loss for part in parts]),
        np.array([part.error for part in parts]),
        tuple(part.needed for part in parts),
    )


def draw(data: Features, ax: Axes | None = None, title: str = "") -> Axes:
    """Draw two pictures for each feature, four features in a row."""
    n = len(data.names)
    across = min(n, ACROSS)
    down = -(-n // across)
    wide, high = 2 * COLUMNS + 1 + GAP, ROWS + HEAD + GAP
    if ax is None:
        inches = 2.6 * across
        size = (inches, inches * down * high / (across * wide) + 0.6)
        ax = Figure(figsize=size, layout="constrained").add_subplot()
    for k, name in enumerate(data.names):
        left, top = k % across * wide, k // across * high
        for at, picture in ((left, data.low[k]), (left + COLUMNS + 1, data.high[k])):
            extent = (at, at + COLUMNS, top + ROWS, top)
            ax.imshow(picture, extent=extent, interpolation="nearest")
        edge = {"yes": REACHED, "no": FAINT}.get(data.needed[k], SOFT)
        ax.add_patch(
            Rectangle((left, top), 2 * COLUMNS + 1, ROWS, fill=False, edgecolor=edge, linewidth=1.6)
        )
        ax.text(left, top - 1.5, plain(name), fontsize=9, fontweight="bold", color=INK)
        worth = f"{round(data.losses[k])} ± {round(data.errors[k])}"
        colour = INK if data.needed[k] == "yes" else SOFT
        ax.text(left + 2 * COLUMNS + 1, top - 1.5, worth, fontsize=9, color=colour, ha="right")
    ax.set(xlim=(-1, across * wide - GAP + 1), ylim=(down * high - HEAD - GAP + 1, -HEAD))
    ax.set_aspect("equal")
    ax.set_axis_off()
    text = "what each feature tells apart, and what the score loses without it"
    ax.set_title(
        f"{title}: {text}" if title else text, loc="left", fontweight="bold", color=INK, fontsize=11
    )
    return ax


def encoder_of(task: Task) -> Encoder | None:
    """Return the encoder through which networks see, if they do."""
    return task.encoder if isinstance(task, RacingTask) else None


def parser() -> ArgumentParser:
    """Return the command line of ``python -m viz.features``."""
    p = figure_parser(
        "viz.features", "Draw what each feature of car racing sees, and its worth.", "champion"
    )
    p.add_argument(
        "--trials", type=int, default=TRIALS, metavar="N", help=f"tracks (default: {TRIALS})"
    )
    add_data_option(p)
    return p


def main(argv: Sequence[str] | None = None) -> None:
    """Draw the features that the network that the command line names sees."""
    arguments = parser().parse_args(argv)
    champion = load(arguments.champion)
    task = task_of(champion, None, data_of_args(arguments))
    encoder = encoder_of(task)
    if encoder is None:
        raise WannError(
            f"the network is for the task {plain(str(champion.task))!r}: this figure is of networks"
            " for carracing, which see features"
        )
    with EpisodeProgress() as progress:
        found = explain(champion, task, arguments.trials, progress=progress.show)
    ax = draw(measure(encoder, found), title=plain(str(champion.task)))
    write_all(
        ax, arguments.output or [default_file(arguments.champion, "features")], arguments.width
    )


def command() -> None:
    """Run the command as a program: mistakes become one line and exit code 2."""
    run_drawing(main)


if __name__ == "__main__":
    command()
