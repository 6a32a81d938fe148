"""Draw the learning curves of a run: ``python -m viz.curves RUN``.

Above, the scores of each generation and of the champion, which was confirmed on fresh trials;
below, the number of connections; of classifiers also the champion's accuracy on validation samples.
The axis at the top counts environment steps, or samples.
"""

from argparse import ArgumentParser
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, MaxNLocator

from viz.names import plain
from viz.style import (
    ACCENT,
    INK,
    LOSS,
    SECOND,
    SOFT,
    default_file,
    figure_parser,
    run_drawing,
    tidy,
    write_all,
)
from wann.errors import WannError
from wann.runs.directory import RunDirectory

SCORES = (
    ("best_weight", "best at one weight", SOFT, ":"),
    ("best", "best", ACCENT, "-"),
    ("median", "median", ACCENT, "--"),
    ("mean", "mean", SOFT, "-"),
    ("champion", "champion, confirmed", SECOND, "-"),
)
ACCURACY = (("accuracy", "champion, vote on\nvalidation samples", SECOND, "-"),)
SIZES = (
    ("connections", "best", ACCENT, "-"),
    ("median_connections", "median", ACCENT, "--"),
    ("champion_connections", "champion", SECOND, "-"),
)


def draw(
    history: Mapping[str, np.ndarray], axes: Sequence[Axes] | None = None, title: str = ""
) -> Sequence[Axes]:
    """Draw the learning curves.

    Args:
        history: columns of ``RunDirectory.history``.
        axes: two axes, for scores and connections, or with accuracy three; default: those of a new
            figure.
        title: of the figure.

    Returns: the axes.
    """
    classifies = "accuracy" in history
    if axes is None:
        size, ratios = ((8, 8.0), (3, 2, 2)) if classifies else ((8, 6.2), (3, 2))
        axes = Figure(figsize=size, layout="constrained").subplots(
            len(ratios), sharex=True, height_ratios=ratios
        )
    top, bottom = axes[0], axes[-1]
    panels = [(top, SCORES), (bottom, SIZES)]
    if classifies:
        panels.append((axes[1], ACCURACY))
        history = {**history, "accuracy": 100 * history["accuracy"]}
    for ax, curves in panels:
        tidy(ax)
        for column, label, colour, style in curves:
            ax.plot(
                history["generation"],
                history[column],
                style,
                color=colour,
                label=label,
                linewidth=1.5,
                marker="o" if len(history["generation"]) == 1 else None,
                drawstyle="steps-post" if column.startswith(("champion", "accuracy")) else None,
            )
        ax.margins(x=0.01)
        ax.legend(fontsize=9, frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))
    top.set_ylabel(f"{LOSS if classifies else 'score'}\n(mean over the shared weights)", color=INK)
    if classifies:
        axes[1].set_ylabel("accuracy [%]", color=INK)
    bottom.set_ylabel("connections", color=INK)
    bottom.set_ylim(bottom=0)
    bottom.yaxis.set_major_locator(MaxNLocator(integer=True))
    bottom.set_xlabel("generation", color=INK)
    bottom.xaxis.set_major_locator(MaxNLocator(integer=True))
    top.set_title(title, loc="left", fontweight="bold", color=INK)
    _step_axis(top, history, "samples scored" if classifies else "environment steps")
    return axes


def _step_axis(ax: Axes, history: Mapping[str, np.ndarray], name: str) -> None:
    """Add the axis of environment steps at the top."""
    steps, limits = history["steps"], ax.get_xlim()
    ticks = [
        tick
        for tick in MaxNLocator(6).tick_values(steps[0], steps[-1])
        if steps[0] <= tick <= steps[-1]
    ]
    label = EngFormatter(sep="\N{THIN SPACE}")
    upper = ax.twiny()
    upper.set_xlim(limits)
    upper.set_xticks(
        np.interp(ticks, steps, history["generation"]), [label(tick) for tick in ticks]
    )
    upper.tick_params(colors=SOFT, labelcolor=INK, labelsize=9)
    upper.spines[["left", "right", "bottom"]].set_visible(False)
    upper.spines["top"].set_color(SOFT)
    upper.set_xlabel(name, color=INK, fontsize=9)


def draw_run(run: RunDirectory) -> Axes:
    """Draw the learning curves of a run, and return the first of their axes.

    Raises:
        WannError: there are none yet.
    """
    config, history = run.config(), run.history()
    if not len(history["generation"]):
        raise WannError(f"{run.path}: no generation has been evolved yet: let it run a few seconds")
    return draw(history, title=f"{plain(config.task)}, seed {config.seed}")[0]


def parser() -> ArgumentParser:
    """Return the command line of ``python -m viz.curves``."""
    return figure_parser("viz.curves", "Draw the learning curves of a run.", "run")


def main(argv: Sequence[str] | None = None) -> None:
    """Draw the learning curves of the run that the command line names."""
    arguments = parser().parse_args(argv)
    run = RunDirectory.open(arguments.run)
    write_all(
        draw_run(run), arguments.output or [default_file(run.path, "curves")], arguments.width
    )


def command() -> None:
    """Run the command as a program: mistakes become one line and exit code 2."""
    run_drawing(main)


if __name__ == "__main__":
    command()
