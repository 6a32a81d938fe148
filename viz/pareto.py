"""Draw the last population of a run, score against size: ``python -m viz.pareto RUN``.

The line is the Pareto front: the best mean score that the population reaches with so many
connections.
"""

from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from viz.names import plain
from viz.style import (
    INK,
    LOSS,
    SECOND,
    SOFT,
    default_file,
    figure_of,
    figure_parser,
    head,
    new_axes,
    run_drawing,
    tidy,
    write_all,
)
from wann.champion.champion import Champion
from wann.runs.directory import RunDirectory


def draw(
    population: Mapping[str, Any],
    champion: Champion | None = None,
    ax: Axes | None = None,
    title: str = "",
) -> Axes:
    """Draw a population.

    Args:
        population: ``mean`` and ``best_weight`` scores and ``connections`` of each network.
        champion: marked at the score that was confirmed on fresh trials, if given.
        ax: axes to draw into; default: those of a new figure.
        title: of the figure.
    """
    ax = new_axes(7.0, 4.8) if ax is None else tidy(ax)
    mean, size = np.asarray(population["mean"], float), np.asarray(population["connections"], int)
    order = np.argsort(population["best_weight"], kind="stable")
    points = ax.scatter(
        size[order],
        mean[order],
        c=np.asarray(population["best_weight"], float)[order],
        cmap="viridis",
        s=34,
        linewidth=0.5,
        edgecolor="white",
        alpha=0.85,
        zorder=3,
    )
    front_size, front_mean = pareto_front(size, mean)
    ax.step(
        front_size,
        front_mean,
        where="post",
        color=INK,
        linewidth=1.4,
        zorder=2,
        label="Pareto front",
    )
    if champion is not None and "mean" in champion.scores:
        ax.scatter(
            [champion.genome.size],
            [champion.scores["mean"]],
            marker="*",
            s=240,
            color=SECOND,
            edgecolor="white",
            linewidth=1,
            zorder=4,
            label="champion, on fresh trials",
        )
    ax.set_xlabel("connections", color=INK)
    classifies = champion is not None and "accuracy" in champion.scores
    ax.set_ylabel(f"{LOSS if classifies else 'score'}\n(mean over the shared weights)", color=INK)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    head(ax, title)
    bar = figure_of(ax).colorbar(points, ax=ax, pad=0.02)
    bar.set_label("score at the best weight", color=INK)
    bar.outline.set_visible(False)  # type: ignore[operator]
    bar.ax.tick_params(colors=SOFT, labelcolor=INK, labelsize=9)
    return ax


def pareto_front(size: np.ndarray, mean: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the sizes and mean scores of the networks that no smaller and better one beats,
    smallest first.
    """
    order = np.lexsort((-mean, size))
    best_before = np.concatenate(([-np.inf], np.maximum.accumulate(mean[order])[:-1]))
    front = order[mean[order] > best_before]
    return size[front], mean[front]


def draw_run(run: RunDirectory) -> Axes:
    """Draw the population of a run."""
    config, population = run.config(), run.front()["population"]
    return draw(population, run.champion(), title=f"{plain(config.task)}, seed {config.seed}")


def parser() -> ArgumentParser:
    """Return the command line of ``python -m viz.pareto``."""
    return figure_parser("viz.pareto", "Draw the last population of a run.", "run")


def main(argv: Sequence[str] | None = None) -> None:
    """Draw the population of the run that the command line names."""
    arguments = parser().parse_args(argv)
    run = RunDirectory.open(arguments.run)
    write_all(
        draw_run(run), arguments.output or [default_file(run.path, "pareto")], arguments.width
    )


def command() -> None:
    """Run the command as a program: mistakes become one line and exit code 2."""
    run_drawing(main)


if __name__ == "__main__":
    command()
