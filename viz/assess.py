"""Draw how little the score of a network depends on its weights: ``python -m viz.assess CHAMPION``.

At the top the score at every shared weight; below it on the left the conditions of the paper's
table 1, on the right what is left of the score once each connection's weight is changed. Bars are
95 % intervals of the mean. The score of a classifier is its accuracy on the test samples.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from viz.style import (
    ACCENT,
    FAINT,
    INK,
    SECOND,
    SOFT,
    default_file,
    figure_parser,
    plain,
    run_drawing,
    tidy,
    write_all,
)
from wann.assess.control import assess
from wann.champion.champion import load
from wann.command.options import add_options
from wann.command.progress import EpisodeProgress

COLOURS = {"best_shared": ACCENT, "tuned": SECOND}


def draw(result: Mapping[str, Any], axes: Sequence[Axes] | None = None) -> Sequence[Axes]:
    """Draw the result of ``wann.assess.control.assess``.

    Args:
        result: what it returned.
        axes: three to draw into: of the profile, the conditions and the changed weights; default: a
            new figure.
    """
    if axes is None:
        figure = Figure(figsize=(9.0, 7.4), layout="constrained")
        grid = figure.subplot_mosaic(
            [["profile", "profile"], ["conditions", "changed"]], height_ratios=(1, 0.85)
        )
        axes = [grid[name] for name in ("profile", "conditions", "changed")]
        on = (
            f"{result['samples']} test samples"
            if "samples" in result
            else f"{result['trials']} trials"
        )
        title = f"{plain(result['task'])}: {result['connections']} connections, {on}"
        figure.suptitle(title, x=0.01, ha="left", fontweight="bold", color=INK)
    for ax in axes:
        tidy(ax)
    score = "score"
    if "confusion" in result:
        score, result = "accuracy [%]", in_percent(result)
    _draw_profile(axes[0], result["profile"], result["per_weight"], score)
    _draw_conditions(axes[1], result, score)
    _draw_changed(axes[2], result, score)
    return axes


def in_percent(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return the result for a classifier in the form of others: accuracies in percent are the scores."""
    conditions = ("random_weights", "random_shared", "sweep", "best_shared", "tuned")

    def row(figures: Mapping[str, Any]) -> dict[str, Any]:
        measured = {
            key: np.multiply(100, value).tolist() for key, value in figures["accuracy"].items()
        }
        return {"std": 0.0, **figures, **measured}

    def rows(table: Mapping[str, Any]) -> dict[str, Any]:
        return {
            name: row(part) if "accuracy" in part else rows(part) for name, part in table.items()
        }

    profile = result["profile"]
    classes = 100 * np.array(list(profile["per_class"].values()))
    return {
        **{name: row(result[name]) for name in conditions if name in result},
        **{name: rows(result[name]) for name in ("per_weight", "perturbed")},
        **rows(result["ensemble"]),
        "profile": {
            "weights": profile["weights"],
            "mean": np.multiply(100, profile["accuracy"]).tolist(),
            "worst": classes.min(axis=0).tolist(),
            "best": classes.max(axis=0).tolist(),
        },
    }


def _draw_profile(
    ax: Axes, profile: Mapping[str, Any], searched: Mapping[str, Mapping[str, Any]], score: str
) -> None:
    weights, mean = np.array(profile["weights"]), np.array(profile["mean"])
    ends = "worst and best trial" if "std" in profile else "worst and best class"
    ax.fill_between(
        weights, profile["worst"], profile["best"], color=ACCENT, alpha=0.1, linewidth=0, label=ends
    )
    if "std" in profile:
        low, high = mean - np.array(profile["std"]), mean + np.array(profile["std"])
        ax.fill_between(weights, low, high, color=ACCENT, alpha=0.2, linewidth=0, label="± 1 std")
    ax.plot(weights, mean, color=ACCENT, linewidth=1.6, label="mean")
    marked = [float(weight) for weight in searched]
    ax.plot(
        marked,
        [row["mean"] for row in searched.values()],
        "o",
        color=SECOND,
        markersize=6,
        markeredgecolor="white",
        label="weights of the sweep",
    )
    ax.axvline(0, color=FAINT, linewidth=1, zorder=0.5)
    ax.margins(x=0.01)
    _label(ax, "Any shared weight", x="shared weight", y=score)
    _legend(ax)


def _draw_conditions(ax: Axes, result: Mapping[str, Any], score: str) -> None:
    names = {
        "random_weights": "random weights",
        "random_shared": "random\nshared weight",
        "sweep": f"mean of {len(result['per_weight'])}\nshared weights",
        "vote": "vote of these",
        "mean_probability": "mean probability\nof these",
        "best_shared": f"best shared\nweight, {result['best_shared']['weight']:g}",
        "tuned": "tuned weights",
    }
    shown = [name for name in names if name in result]
    for at, name in enumerate(shown):
        row, colour = result[name], COLOURS.get(name, SOFT)
        ax.plot(
            [row["mean"] - row["std"], row["mean"] + row["std"]],
            [at, at],
            color=colour,
            linewidth=1,
            alpha=0.5,
        )
        ax.plot(
            row["interval"], [at, at], color=colour, linewidth=4, solid_capstyle="butt", alpha=0.5
        )
        ax.plot(row["mean"], at, "o", color=colour, markersize=6, markeredgecolor="white")
    ax.set_yticks(range(len(shown)), [names[name] for name in shown])
    ax.set_ylim(len(shown) - 0.5, -0.5)
    ax.grid(axis="y", visible=False)
    _label(ax, "Weight conditions", x=f"{score}: mean, 95 % interval, ± 1 std")


def _draw_changed(ax: Axes, result: Mapping[str, Any], score: str) -> None:
    levels = list(result["perturbed"]["best_shared"]["noise"])
    ticks = [
        "none",
        *(f"{100 * float(level):g} %" for level in levels),
        "random\nsigns",
        "opposite\nsigns",
    ]
    n = 1 + len(levels)
    at = np.array([*range(n), n + 0.5, n + 1.8])  # signs, which are no noise, are set apart
    labels = {
        "best_shared": f"best shared weight, {result['best_shared']['weight']:g}",
        "tuned": "tuned weights",
    }
    for k, (base, changed) in enumerate(result["perturbed"].items()):
        rows = [
            result[base],
            *changed["noise"].values(),
            changed["random_signs"],
            changed["opposite_signs"],
        ]
        x, colour = at + 0.14 * k, COLOURS[base]  # side by side
        mean = [row["mean"] for row in rows]
        ax.plot(x[:n], mean[:n], color=colour, linewidth=1.6, label=labels[base])
        ax.vlines(
            x,
            *np.transpose([row["interval"] for row in rows]),
            color=colour,
            linewidth=4,
            alpha=0.5,
        )
        ax.plot(x, mean, "o", color=colour, markersize=6, markeredgecolor="white")
    ax.set_xticks(at + 0.07 * (len(result["perturbed"]) - 1), ticks, fontsize=8)
    ax.grid(axis="x", visible=False)
    ax.set_ylim(min(0.0, ax.get_ylim()[0]))
    _label(
        ax,
        "Each connection's weight changed",
        x="noise, relative to the weight",
        y=f"{score}: mean, 95 % interval",
    )
    _legend(ax)


def _label(ax: Axes, title: str, x: str, y: str = "") -> None:
    ax.set_title(title, loc="left", fontsize=10, fontweight="bold", color=INK, pad=22)
    ax.set_xlabel(x, color=INK, fontsize=9)
    ax.set_ylabel(y, color=INK, fontsize=9)


def _legend(ax: Axes) -> None:
    ax.legend(
        fontsize=8,
        frameon=False,
        loc="lower left",
        bbox_to_anchor=(0.0, 1.0),
        borderaxespad=0.2,
        ncols=4,
    )


def main(argv: Sequence[str] | None = None) -> None:
    """Draw the assessment of the champion that the command line names."""
    parser = figure_parser(
        "viz.assess", "Draw how little the score of a network depends on its weights.", "champion"
    )
    add_options(parser)
    args = parser.parse_args(argv)
    champion = load(args.champion, args.stored_weights)
    with EpisodeProgress() as progress:
        result = assess(champion, args.task, args.trials, args.seed, progress.show)
    axes = draw(result)
    write_all(axes[0], args.output or [default_file(args.champion, "assess")])


def command() -> None:
    """Run the command as a program: mistakes become one line and exit code 2."""
    run_drawing(main)


if __name__ == "__main__":
    command()
