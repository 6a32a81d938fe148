"""Draw the learning curves of several runs, a panel for each task:
``python -m viz.seeds RUN [RUN ...] -o FILE``.

Each run has a colour. Three lines show it: the champion, which was confirmed on fresh trials; and
of each generation the best mean over the shared weights, and the best at one weight, both on the
generation's own trials, and smoothed by a running median, since they differ from trial to trial.
"""

from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, MaxNLocator
from numpy.lib.stride_tricks import sliding_window_view

from viz.names import plain
from viz.style import (
    ACCENT,
    INK,
    SECOND,
    add_output,
    new_axes,
    run_drawing,
    tidy,
    write_all,
)
from wann.errors import WannError
from wann.output import Parser
from wann.runs.directory import RunDirectory

#: column of the history, what it is called, its line, width, and how opaque
CURVES = (
    ("best_weight", "best at one weight", ":", 1.1, 0.8),
    ("best", "best mean over the weights", "-", 0.9, 0.6),
    ("champion", "champion", "-", 2.2, 1.0),
)
#: Okabe & Ito, in an order in which neighbours differ in lightness, too
RUNS = (ACCENT, SECOND, "#009e73", "#cc79a7", "#e69f00", "#56b4e9", INK)
SMOOTH = 20  # parts of a run: the running median is over one of them
PANELS_A_ROW, WIDTH, HEIGHT = 2, 5.2, 3.4  # inches of a panel
NAME_APART = 0.055  # of two names, in heights of a panel


def draw(
    histories: Sequence[Mapping[str, np.ndarray]],
    ax: Axes | None = None,
    title: str = "",
    names: Sequence[str] = (),
) -> Axes:
    """Draw the learning curves of several runs for one task.

    Args:
        histories: columns of ``RunDirectory.history`` of each run.
        ax: axes to draw into; default: those of a new figure.
        title: of the panel.
        names: of the runs, written at the ends of their champions' lines; default: none.

    Returns: the axes; the kinds of curves have labels for a legend.
    """
    ax = new_axes(WIDTH, HEIGHT) if ax is None else tidy(ax)
    for column, label, style, width, alpha in CURVES:
        ax.plot([], [], style, color=INK, linewidth=width, alpha=alpha, label=label)
        for k, history in enumerate(histories):
            champion = column == "champion"
            ax.plot(
                history["steps"],
                history[column] if champion else running_median(history[column]),
                style,
                color=RUNS[k % len(RUNS)],
                linewidth=width,
                alpha=alpha,
                drawstyle="steps-post" if champion else None,
            )
    ax.margins(x=0.01)
    ax.set_xlim(left=0)
    ax.xaxis.set_major_formatter(EngFormatter(sep="\N{THIN SPACE}"))
    ax.xaxis.set_major_locator(MaxNLocator(6))
    ax.set_xlabel("environment steps", color=INK, fontsize=9)
    ax.set_ylabel("return", color=INK, fontsize=9)
    ax.set_title(title, loc="left", fontweight="bold", color=INK)
    _name_ends(ax, histories, names)
    return ax


def running_median(values: np.ndarray) -> np.ndarray:
    """Return the median around each value; at the ends, of the values that are there."""
    half = len(values) // (2 * SMOOTH)
    padded = np.pad(np.asarray(values, float), half, constant_values=np.nan)
    return np.nanmedian(sliding_window_view(padded, 2 * half + 1), axis=1)


def _name_ends(
    ax: Axes, histories: Sequence[Mapping[str, np.ndarray]], names: Sequence[str]
) -> None:
    """Write the names beside the axes, at the height where the champions end, apart from each
    other.
    """
    if not names:
        return
    low, high = ax.get_ylim()
    ends = [(history["champion"][-1] - low) / (high - low) for history in histories]
    order = np.argsort(ends)
    heights = np.array(ends)[order]
    for _ in range(len(ends)):  # neighbours that are too near give way to both sides
        for i in range(len(ends) - 1):
            missing = max(0.0, NAME_APART - (heights[i + 1] - heights[i])) / 2
            heights[i], heights[i + 1] = heights[i] - missing, heights[i + 1] + missing
    for k, height in zip(order.tolist(), heights.tolist(), strict=True):
        ax.text(
            1.01,
            height,
            plain(names[k]),
            transform=ax.transAxes,
            color=RUNS[k % len(RUNS)],
            fontsize=8,
            fontweight="bold",
            va="center",
        )


def parser() -> ArgumentParser:
    """Return the command line of ``python -m viz.seeds``."""
    p = Parser(prog="python -m viz.seeds", description="Draw the learning curves of several runs.")
    runs = "run directories, of one task or of several: a panel for each task"
    p.add_argument("runs", type=Path, nargs="+", metavar="RUN", help=runs)
    add_output(p, None)
    return p


def main(argv: Sequence[str] | None = None) -> None:
    """Draw the runs that the command line names."""
    arguments = parser().parse_args(argv)
    panels: dict[str, list[tuple[Mapping[str, np.ndarray], str]]] = {}
    for run in map(RunDirectory.open, arguments.runs):
        history = run.history()
        if not len(history["generation"]):
            raise WannError(
                f"{run.path}: no generation has been evolved yet: let it run a few seconds"
            )
        config = run.config()
        panels.setdefault(config.task, []).append((history, f"seed {config.seed}"))
    columns = min(len(panels), PANELS_A_ROW)
    rows = -(-len(panels) // columns)
    figure = Figure(figsize=(columns * WIDTH, rows * HEIGHT), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for ax, (task, own) in zip(axes, panels.items(), strict=False):
        histories, names = zip(*own, strict=True)
        count = f"{len(own)} run{'s' if len(own) > 1 else ''}"
        draw(histories, ax, f"{plain(task.removeprefix('gym:'))}, {count}", names)
    figure.legend(
        *axes[0].get_legend_handles_labels(),
        loc="outside upper left",
        ncols=3,
        fontsize=9,
        frameon=False,
    )
    for ax in axes[len(panels) :]:
        ax.set_axis_off()
    write_all(axes[0], arguments.output, arguments.width)


def command() -> None:
    """Run the command as a program: mistakes become one line and exit code 2."""
    run_drawing(main)


if __name__ == "__main__":
    command()
