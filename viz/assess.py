"""Draw how much the score of a network depends on its weights: ``python -m viz.assess CHAMPION``.

At the top the score at every shared weight; below it on the left the conditions of the paper's
table 1, on the right what is left of the score once each connection's weight is changed. Bars are
95 % intervals of the mean. The score of a classifier is its accuracy on the test samples.
"""

from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from viz.names import plain
from viz.style import (
    ACCENT,
    FAINT,
    INK,
    REACHED,
    SECOND,
    SOFT,
    default_file,
    draw_success,
    figure_parser,
    run_drawing,
    tidy,
    write_all,
)
from wann.assess import Assessment, Condition, ScoreProfile, assess
from wann.champion.champion import load
from wann.command.options import add_options
from wann.command.progress import EpisodeProgress
from wann.tasks.data import data_of_args

COLOURS = {"best_shared": ACCENT, "tuned": SECOND}


def draw(result: Assessment, axes: Sequence[Axes] | None = None) -> Sequence[Axes]:
    """Draw what ``wann.assess.assess`` found.

    Args:
        result: what it returned.
        axes: three to draw into: of the profile, the conditions and the changed weights; default: a
            new figure.
    """
    if axes is None:
        height = 7.4 if result.success is None else 8.2
        figure = _new_figure(result, height)
        grid = figure.subplot_mosaic(
            [["profile", "profile"], ["conditions", "changed"]], height_ratios=(1, 0.85)
        )
        axes = [grid[name] for name in ("profile", "conditions", "changed")]
    for ax in axes:
        tidy(ax)
    _draw_profile(axes[0], result)
    _draw_conditions(axes[1], result)
    _draw_changed(axes[2], result)
    return axes


def draw_conditions(result: Assessment) -> Axes:
    """Draw the conditions and the changed weights alone, beside a figure of the profile; return
    the first axes.
    """
    left, right = _new_figure(result, 3.9).subplots(1, 2)
    _draw_conditions(tidy(left), result)
    _draw_changed(tidy(right), result)
    return left


def _new_figure(result: Assessment, height: float) -> Figure:
    figure = Figure(figsize=(9.0, height), layout="constrained")
    title = f"{plain(str(result.task))}: {result.connections} connections, {result.counted}"
    figure.suptitle(title, x=0.01, ha="left", fontweight="bold", color=INK)
    return figure


class Row(NamedTuple):
    """The figures of a condition as they are drawn."""

    mean: float
    std: float
    interval: tuple[float, float]

    @classmethod
    def of(cls, result: Assessment, condition: Condition) -> "Row":
        """Return them as the result shows them."""
        score, scale = condition.score, result.scale
        low, high = score.interval
        return cls(scale * score.mean, scale * (score.std or 0.0), (scale * low, scale * high))


def _draw_profile(ax: Axes, result: Assessment) -> None:
    profile, scale = result.profile, result.scale
    weights, mean = profile.weights, scale * profile.mean
    plays = isinstance(profile, ScoreProfile)
    ends = f"worst and best {'trial' if plays else 'class'}"
    low, high = scale * profile.worst, scale * profile.best
    ax.fill_between(weights, low, high, color=ACCENT, alpha=0.1, linewidth=0, label=ends)
    if isinstance(profile, ScoreProfile):
        low, high = mean - profile.std, mean + profile.std
        ax.fill_between(weights, low, high, color=ACCENT, alpha=0.2, linewidth=0, label="± 1 std")
    ax.plot(weights, mean, color=ACCENT, linewidth=1.6, label="mean")
    ax.plot(
        [float(weight) for weight in result.per_weight],
        [scale * condition.mean for condition in result.per_weight.values()],
        "o",
        color=SECOND,
        markersize=6,
        markeredgecolor="white",
        label="weights of the sweep",
    )
    ax.axvline(0, color=FAINT, linewidth=1, zorder=0.5)
    ax.margins(x=0.01)
    success, lowest = getattr(profile, "success", None), ax
    _label(ax, "Any shared weight", y=result.measure)
    if success is not None:
        lowest = draw_success(ax, weights, success, str(result.success))
    lowest.set_xlabel("shared weight", color=INK, fontsize=9)
    _legend(ax)


def _draw_conditions(ax: Axes, result: Assessment) -> None:
    ensemble = result.ensembles
    named = {
        "random weights": (result.random_weights, SOFT),
        "random\nshared weight": (result.random_shared, SOFT),
        f"mean of {len(result.per_weight)}\nshared weights": (result.sweep, SOFT),
        "vote of these": (ensemble.get("vote"), SOFT),
        "mean probability\nof these": (ensemble.get("mean_probability"), SOFT),
        f"best shared\nweight, {result.best_weight:g}": (result.best_shared, ACCENT),
        "tuned weights": (result.tuned, SECOND),
    }
    shown = {
        name: (Row.of(result, condition), colour)
        for name, (condition, colour) in named.items()
        if condition is not None
    }
    for at, (row, colour) in enumerate(shown.values()):
        ends = [row.mean - row.std, row.mean + row.std]
        ax.plot(ends, [at, at], color=colour, linewidth=1, alpha=0.5)
        ax.plot(row.interval, [at, at], color=colour, linewidth=4, solid_capstyle="butt", alpha=0.5)
        ax.plot(row.mean, at, "o", color=colour, markersize=6, markeredgecolor="white")
    if result.success is not None:
        for at, (own, _) in enumerate(own for own in named.values() if own[0] is not None):
            _write(ax, 1.02, at, share_text(own), REACHED, ax.get_yaxis_transform())
        _write(ax, 1.02, -0.62, plain(result.success), REACHED, ax.get_yaxis_transform())
    ax.set_yticks(range(len(shown)), list(shown))
    ax.set_ylim(len(shown) - 0.5, -0.5)
    ax.grid(axis="y", visible=False)
    _label(ax, "Weight conditions", x=f"{result.measure}: mean, 95 % interval, ± 1 std")


def _draw_changed(ax: Axes, result: Assessment) -> None:
    levels = list(result.perturbed["best_shared"].noise)
    ticks = [
        "none",
        *(f"{100 * float(level):g} %" for level in levels),
        "random\nsigns",
        "opposite\nsigns",
    ]
    n = 1 + len(levels)
    at = np.array([*range(n), n + 0.5, n + 1.8])  # signs, which are no noise, are set apart
    labels = {
        "best_shared": f"best shared weight, {result.best_weight:g}",
        "tuned": "tuned weights",
    }
    bases = {"best_shared": result.best_shared, "tuned": result.tuned}
    for k, (base, changed) in enumerate(result.perturbed.items()):
        conditions = [
            bases[base],
            *changed.noise.values(),
            changed.random_signs,
            changed.opposite_signs,
        ]
        rows = [Row.of(result, condition) for condition in conditions if condition is not None]
        x, colour = at + 0.14 * k, COLOURS[base]  # side by side
        mean = [row.mean for row in rows]
        ax.plot(x[:n], mean[:n], color=colour, linewidth=1.6, label=labels[base])
        ends = np.transpose([row.interval for row in rows])
        ax.vlines(x, *ends, color=colour, linewidth=4, alpha=0.5)
        ax.plot(x, mean, "o", color=colour, markersize=6, markeredgecolor="white")
        if result.success is not None:
            for place, own in zip(at, conditions, strict=True):
                across = ax.get_xaxis_transform()
                _write(ax, place, 0.905 - 0.07 * k, share_text(own), colour, across, "center")
    ax.set_xticks(at + 0.07 * (len(result.perturbed) - 1), ticks, fontsize=8)
    ax.grid(axis="x", visible=False)
    ax.set_ylim(min(0.0, ax.get_ylim()[0]))
    if result.success is not None:  # above all points
        ax.set_xlim(at[0] - 0.6, at[-1] + 0.6)
        low, high = ax.get_ylim()
        ax.set_ylim(low, high + (0.14 + 0.1 * len(result.perturbed)) * (high - low))
        _write(ax, 0.01, 0.975, f"{plain(result.success)} in", REACHED, ax.transAxes)
    _label(
        ax,
        "Each connection's weight changed",
        x="noise, relative to the weight",
        y=f"{result.measure}: mean, 95 % interval",
    )
    _legend(ax)


def _label(ax: Axes, title: str, x: str = "", y: str = "") -> None:
    ax.set_title(title, loc="left", fontsize=10, fontweight="bold", color=INK, pad=22)
    ax.set_xlabel(x, color=INK, fontsize=9)
    ax.set_ylabel(y, color=INK, fontsize=9)


def share_text(condition: Condition | None) -> str:
    """Return the share of successes."""
    share = None if condition is None else condition.success
    return "" if share is None else f"{100 * share:.0f} %"


def _write(
    ax: Axes, x: float, y: float, text: str, colour: str, transform: Any, align: str = "left"
) -> None:
    ax.text(x, y, text, color=colour, fontsize=8, ha=align, va="center", transform=transform)


def _legend(ax: Axes) -> None:
    ax.legend(
        fontsize=8,
        frameon=False,
        loc="lower left",
        bbox_to_anchor=(0.0, 1.0),
        borderaxespad=0.2,
        ncols=4,
    )


def parser() -> ArgumentParser:
    """Return the command line of ``python -m viz.assess``."""
    p = figure_parser(
        "viz.assess", "Draw how much the score of a network depends on its weights.", "champion"
    )
    add_options(p)
    return p


def main(argv: Sequence[str] | None = None) -> None:
    """Draw the assessment of the champion that the command line names."""
    args = parser().parse_args(argv)
    champion = load(args.champion, args.stored_weights)
    with EpisodeProgress() as progress:
        data = data_of_args(args)
        result = assess(champion, args.task, args.trials, args.seed, progress.show, data)
    axes = draw(result)
    write_all(axes[0], args.output or [default_file(args.champion, "assess")], args.width)


def command() -> None:
    """Run the command as a program: mistakes become one line and exit code 2."""
    run_drawing(main)


if __name__ == "__main__":
    command()
