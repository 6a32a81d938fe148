"""Draw pruned networks and evolved ones, score against size: ``python -m viz.pruning RESULTS``.

A line is a method, mean ± standard deviation over seeds; its dots are at the weights that lie on a
path from an input to an output. An evolved network is a point at its connections. Networks without
any path are left out.
"""

from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullFormatter, NullLocator

from viz.names import plain
from viz.style import ACCENT, INK, SECOND, SOFT, add_output, run_drawing, tidy, write_all
from wann.errors import WannError
from wann.output import Parser
from wann.pruning.comparison.results import read_table

EVOLVED = "wann"  # methods that begin with it are evolved networks
#: Paul Tol's muted palette, as for the activations.
COLOURS = {
    "random": "#bbbbbb",
    "magnitude-init": "#999933",
    "snip": "#44aa99",
    "grasp": "#88ccee",
    "synflow": "#332288",
    "magnitude": "#ddcc77",
    "magnitude-iterative": "#cc6677",
    "obd-oneshot": "#117733",
    "obd": "#882255",
    "obd-lm": "#aa4499",
    "imp": INK,
}
OTHERS = (ACCENT, "#777777")  # of methods that a user adds
#: marker and size; a ring leaves what it lies on to be seen
MARKERS = {"wann shared weight": ("*", 10), "wann ensemble": ("o", 13), "wann tuned": ("D", 8)}
RINGS = ("wann ensemble",)
TICKS = (0.1, 0.2, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.998)
WIDE = 300  # of sizes: above it only powers of ten have a number
LARGEST = 1e15  # number that is drawn
MOST_METHODS = 100
LEAST, MOST = 0.04, 0.9995  # accuracies that the axis can show


def draw(rows: Sequence[Mapping[str, Any]], ax: Axes | None = None, title: str = "") -> Axes:
    """Draw results of ``python -m wann.pruning`` or ``python -m wann.pruning.control``.

    Args:
        rows: of ``wann.pruning.comparison.results.read_table``; they have ``accuracy``, or
            ``return``.
        ax: axes to draw into, without a legend; default: those of a new figure.
        title: of the axes.

    Raises:
        WannError: a column is missing or is not a number, or there are too many methods.
    """
    if ax is None:
        return draw_beside([rows], [title])[0]
    score = "accuracy" if rows and "accuracy" in rows[0] else "return"
    points: dict[str, dict[Any, list[tuple[float, float]]]] = {}
    for row in rows:
        size = number(row, "effective" if score == "accuracy" else "connections")
        group = points.setdefault(str(row["method"]), {})
        # several rounds may leave as many of a few weights
        place = number(row, "remaining"), row.get("rounds")
        group.setdefault(place, []).append((size, number(row, score)))
    if len(points) > MOST_METHODS:
        raise WannError(f"results of {len(points)} methods: at most {MOST_METHODS} can be drawn")
    tidy(ax).set_xscale("log")
    for values in points.pop("dense", {}).values():
        size, mean = np.mean(values, axis=0)
        ax.axhline(mean, color=SOFT, linewidth=1, linestyle=":", label="dense")
        ax.annotate(
            f"dense: {grouped(size)}",
            (0.01, mean),
            xycoords=("axes fraction", "data"),
            xytext=(0, 2),
            textcoords="offset points",
            fontsize=8,
            color=SOFT,
        )
    others = iter(OTHERS * len(points))
    for method, groups in points.items():
        if method.startswith(EVOLVED):
            sizes, scores = np.concatenate(list(groups.values())).T
            marker, markersize = MARKERS.get(method, ("o", 8))
            ring = method in RINGS
            ax.plot(
                sizes,
                in_percent(scores, score),
                marker,
                color=SECOND,
                markerfacecolor="none" if ring else SECOND,
                markeredgecolor=SECOND if ring else "white",
                markeredgewidth=1.8 if ring else 0.8,
                zorder=5,
                label=plain(f"WANN,{method[len(EVOLVED) :]}"),
                markersize=markersize,
            )
        else:
            _draw_method(
                ax, method, groups, score, COLOURS.get(method.partition("+")[0]) or next(others)
            )
    _label(ax, score, title)
    return ax


def _draw_method(
    ax: Axes,
    method: str,
    groups: Mapping[Any, Sequence[tuple[float, float]]],
    score: str,
    colour: str,
) -> None:
    """Draw the line of a method.

    Groups are (size, score) of each seed, for each number of weights left and round.
    """
    base, _, control = method.partition("+")
    middle = np.array([np.mean(values, axis=0) for values in groups.values()])
    spread = np.array([np.std(values, axis=0)[1] for values in groups.values()])
    order = np.argsort(middle[:, 0])
    order = order[middle[order, 0] > 0]
    (sizes, scores), spread = middle[order].T, spread[order]
    low, high = in_percent(scores - spread, score), in_percent(scores + spread, score)
    ax.fill_between(sizes, low, high, color=colour, alpha=0.15, linewidth=0)
    ax.plot(
        sizes,
        in_percent(scores, score),
        "o" + ("--" if control else "-"),
        color=colour,
        label=plain(method),
        markersize=3,
        linewidth=2.2 if base == "imp" and not control else 1.5,
    )


def _label(ax: Axes, score: str, title: str) -> None:
    """Write what the axes mean."""
    low, high = ax.get_xlim()
    ax.xaxis.set_major_locator(LogLocator(subs=(1.0,) if high / low > WIDE else (1.0, 2.0, 5.0)))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: grouped(value)))
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.set_xlabel("effective weights" if score == "accuracy" else "connections", color=INK)
    if score == "accuracy":
        ax.set_yscale("logit")
        ax.yaxis.set_major_locator(FixedLocator(TICKS))
        ax.yaxis.set_minor_locator(NullLocator())
        ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:g} %"))
        ax.set_ylim(LEAST, max(0.991, min(MOST, 1 - 0.7 * (1 - ax.dataLim.y1))))
    ax.set_ylabel(
        "accuracy on test samples" if score == "accuracy" else "return on fresh trials", color=INK
    )
    ax.set_title(title, loc="left", fontweight="bold", color=INK)


def draw_beside(
    tables: Sequence[Sequence[Mapping[str, Any]]], titles: Sequence[str]
) -> Sequence[Axes]:
    """Draw one or more results side by side, with one scale of scores and one legend.

    Arguments as of ``draw``.
    """
    figure = Figure(
        figsize=(2.2 + (6.4 if len(tables) == 1 else 4.6 * len(tables)), 4.8), layout="constrained"
    )
    axes = figure.subplots(1, len(tables), sharey=True, squeeze=False)[0]
    top, known = 0.0, {}
    for ax, rows, title in zip(axes, tables, titles, strict=True):
        draw(rows, ax, title)
        top = max(top, ax.get_ylim()[1])
        known.update({line.get_label(): line for line in ax.lines})
    axes[0].set_ylim(top=top)
    for ax in axes[1:]:
        ax.set_ylabel("")
        ax.tick_params(labelleft=False)
    figure.legend(
        known.values(), known.keys(), fontsize=9, frameon=False, loc="outside right upper"
    )
    return axes


def grouped(value: float) -> str:
    """Return a number with its digits in groups of three."""
    return f"{value:,.0f}".replace(",", "\N{THIN SPACE}")


def in_percent(scores: np.ndarray, score: str) -> np.ndarray:
    """Return scores within what the axis can show."""
    return np.clip(scores, LEAST, MOST) if score == "accuracy" else scores


def number(row: Mapping[str, Any], column: str) -> float:
    """Return a value of a row, or raise WannError naming the column."""
    try:
        value = float(row[column])
    except (KeyError, TypeError, ValueError):
        raise WannError(
            f"{column} is {plain(str(row.get(column)))!r}: must be a number: give the folder or the"
            " results.csv of a comparison"
        ) from None
    if not abs(value) < LARGEST:
        raise WannError(f"{column} is {value}: must be a finite number below {LARGEST:g}")
    return value


def parser() -> ArgumentParser:
    """Return the command line of ``python -m viz.pruning``."""
    p = Parser(prog="python -m viz.pruning", description="Draw pruned and evolved networks.")
    p.add_argument(
        "results",
        nargs="+",
        type=Path,
        metavar="RESULTS",
        help="folder of a comparison, or its results.csv; several are drawn side by side",
    )
    add_output(p, "pruning.png beside the (first) results.csv")
    p.add_argument("--title", nargs="+", metavar="TEXT", help="of each")
    return p


def main(argv: Sequence[str] | None = None) -> None:
    """Draw the results that the command line names."""
    args = parser().parse_args(argv)
    titles = args.title or [""] * len(args.results)
    if len(titles) != len(args.results):
        raise WannError(
            f"--title has {len(titles)} texts: must have {len(args.results)}, one for each RESULTS"
        )
    first = args.results[0]
    axes = draw_beside(
        [read_table(path) for path in args.results], [plain(title) for title in titles]
    )
    folder = first if first.is_dir() else first.parent
    write_all(axes[0], args.output or [folder / "pruning.png"], args.width)


def command() -> None:
    """Run the command as a program: mistakes become one line and exit code 2."""
    run_drawing(main)


if __name__ == "__main__":
    command()
