"""Draw the learning curves of several runs, a panel for each task:
``python -m viz.seeds RUN [RUN ...] -o FILE``.

Each run is a line of each colour: the champion, which was confirmed on fresh trials, and of each
generation the best mean over the shared weights, and the best at one weight, both on the
generation's own trials.
"""

from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, MaxNLocator

from viz.names import plain
from viz.style import (
    ACCENT,
    INK,
    SECOND,
    SOFT,
    add_output,
    add_width,
    new_axes,
    run_drawing,
    tidy,
    write_all,
)
from wann.errors import WannError
from wann.output import Parser
from wann.runs.directory import RunDirectory

CURVES = (
    ("best_weight", "best at one weight", SOFT, 0.9),
    ("best", "best mean over the weights", ACCENT, 0.9),
    ("champion", "champion", SECOND, 1.8),
)
PANELS_A_ROW, WIDTH, HEIGHT = 2, 5.2, 3.4  # inches of a panel


def draw(
    histories: Sequence[Mapping[str, np.ndarray]], ax: Axes | None = None, title: str = ""
) -> Axes:
    """Draw the learning curves of several runs for one task.

    Args:
        histories: columns of ``RunDirectory.history`` of each run.
        ax: axes to draw into; default: those of a new figure.
        title: of the panel.

    Returns: the axes; the curves have labels for a legend.
    """
    ax = new_axes(WIDTH, HEIGHT) if ax is None else tidy(ax)
    for column, label, colour, width in CURVES:
        for k, history in enumerate(histories):
            ax.plot(
                history["steps"],
                history[column],
                color=colour,
                linewidth=width,
                alpha=0.8,
                label=label if k == 0 else None,
                drawstyle="steps-post" if column == "champion" else None,
            )
    ax.margins(x=0.01)
    ax.set_xlim(left=0)
    ax.xaxis.set_major_formatter(EngFormatter(sep="\N{THIN SPACE}"))
    ax.xaxis.set_major_locator(MaxNLocator(6))
    ax.set_xlabel("environment steps", color=INK, fontsize=9)
    ax.set_ylabel("return", color=INK, fontsize=9)
    ax.set_title(title, loc="left", fontweight="bold", color=INK)
    return ax


def parser() -> ArgumentParser:
    """Return the command line of ``python -m viz.seeds``."""
    p = Parser(prog="python -m viz.seeds", description="Draw the learning curves of several runs.")
    runs = "run directories, of one task or of several: a panel for each task"
    p.add_argument("runs", type=Path, nargs="+", metavar="RUN", help=runs)
    add_output(p, None)
    add_width(p)
    return p


def main(argv: Sequence[str] | None = None) -> None:
    """Draw the runs that the command line names."""
    arguments = parser().parse_args(argv)
    panels: dict[str, list[Mapping[str, np.ndarray]]] = {}
    for run in map(RunDirectory.open, arguments.runs):
        history = run.history()
        if not len(history["generation"]):
            raise WannError(
                f"{run.path}: no generation has been evolved yet: let it run a few seconds"
            )
        panels.setdefault(run.config().task, []).append(history)
    columns = min(len(panels), PANELS_A_ROW)
    rows = -(-len(panels) // columns)
    figure = Figure(figsize=(columns * WIDTH, rows * HEIGHT), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for ax, (task, histories) in zip(axes, panels.items(), strict=False):
        n = len(histories)
        draw(histories, ax, f"{plain(task.removeprefix('gym:'))}, {n} run{'s' if n > 1 else ''}")
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
