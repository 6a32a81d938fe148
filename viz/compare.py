"""Draw the learning curves of groups of runs: ``python -m viz.compare RUNS … [-o FILE]``.

Of each group, which are runs that differ in nothing but their seeds, the line is the median of the
champions' scores and the band goes from the lower to the upper quartile.  A run that has ended
keeps its last score until fewer than half of its group go on, where the line ends.
"""

from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import EngFormatter, MaxNLocator

from viz.names import one_line, plain
from viz.style import (
    ACCENT,
    INK,
    LOSS,
    SECOND,
    add_output,
    default_file,
    new_axes,
    run_drawing,
    tidy,
    write_all,
)
from wann.compare import Group, Run, compare
from wann.errors import WannError
from wann.output import Parser
from wann.runs.directory import RunDirectory

#: of Okabe & Ito, those that lines can have on white
COLOURS = (ACCENT, SECOND, "#009e73", "#cc79a7", "#e69f00", "#56b4e9", INK)
STYLES = ("-", "--", ":", "-.")
MOST_GROUPS = len(COLOURS) * len(STYLES)  # each with a look of its own
MOST_POINTS = 2000  # of a line
LONGEST_LABEL = 80  # characters
AXES = {
    "generations": "generation",
    "steps": "environment steps",
    "seconds": "seconds (wall time)",
}
Curve = tuple[np.ndarray, np.ndarray]  # ascending places, and the score from each on


def draw(
    groups: Mapping[str, Sequence[Curve]],
    ax: Axes | None = None,
    title: str = "",
    against: str = "generations",
    score: str = "score\n(champion, mean over the shared weights)",
) -> Axes:
    """Draw the median and the quartiles of each group.

    Args:
        groups: by its label, of each run the places ``(n,)``, ascending, and the scores ``(n,)`` of
            its champion from there on.
        ax: axes to draw into; default: those of a new figure.
        title: of the axes.
        against: what the places are: a key of AXES.
        score: what the scores are.

    Raises:
        WannError: there are more groups than can be told apart.
    """
    if len(groups) > MOST_GROUPS:
        raise WannError(f"{len(groups)} groups: at most {MOST_GROUPS} can be drawn: give fewer")
    ax = new_axes(8.0, 4.8) if ax is None else tidy(ax)
    for k, (label, curves) in enumerate(groups.items()):
        x, low, median, high = quartiles(curves)
        colour = COLOURS[k % len(COLOURS)]
        look: dict[str, Any] = {"color": colour, "marker": "o" if len(x) == 1 else None}
        ax.fill_between(x, low, high, step="post", color=colour, alpha=0.16, linewidth=0)
        style = STYLES[k % len(STYLES)]
        name = plain(label, LONGEST_LABEL)
        ax.plot(x, median, style, linewidth=1.8, label=name, drawstyle="steps-post", **look)
    ax.margins(x=0.01)
    if against == "generations":
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    else:
        ax.set_xlim(left=0)
        ax.xaxis.set_major_formatter(EngFormatter(sep="\N{THIN SPACE}"))
    ax.set_xlabel(AXES[against], color=INK)
    ax.set_ylabel(score, color=INK)
    ax.set_title(title, loc="left", fontweight="bold", color=INK)
    ax.legend(
        fontsize=9,
        frameon=False,
        loc="upper left",
        bbox_to_anchor=(0.0, -0.16),
        borderaxespad=0.0,
        handlelength=3.2,
    )
    return ax


def quartiles(curves: Sequence[Curve]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return places, and at each the lower quartile, the median and the upper one of some runs.

    The places go from where half of the runs have begun to where half of them have ended; a run
    that has ended before keeps its score.

    Args:
        curves: of each run the places ``(n,)``, ascending, and the scores ``(n,)``.
    """
    half = (len(curves) - 1) // 2
    first = sorted(x[0] for x, _ in curves)[half]
    last = sorted((x[-1] for x, _ in curves), reverse=True)[half]
    places = np.unique(np.concatenate([x for x, _ in curves]))
    places = places[(first <= places) & (places <= last)]
    if len(places) > MOST_POINTS:
        places = places[np.linspace(0, len(places) - 1, MOST_POINTS).round().astype(int)]
    if not len(places):  # one run ended before the others began
        places = np.array([first])
    scores = np.full((len(curves), len(places)), np.nan)
    for row, (x, y) in zip(scores, curves, strict=True):
        latest = np.searchsorted(x, places, "right") - 1
        row[latest >= 0] = y[latest[latest >= 0]]
    low, median, high = np.nanquantile(scores, (0.25, 0.5, 0.75), axis=0)
    return places, low, median, high


def curve_of(run: Run, against: str) -> Curve:
    """Return the places and champion's scores of a run.

    Raises:
        WannError: nothing was evolved, or the run does not say how many seconds it took.
    """
    directory = RunDirectory.open(run.path)
    history = directory.history()
    n = len(history["generation"])
    if not n:
        raise WannError(f"{run.path}: no generation has been evolved yet: let it run a few seconds")
    if against == "generations":
        return history["generation"], history["champion"]
    if against == "steps":
        return history["steps"], history["champion"]
    seconds = directory.seconds()
    if seconds is None or len(seconds) < n:
        raise WannError(
            f"{run.path / 'timing.csv'}: not there, or too short: use --against steps instead"
        )
    return np.cumsum(seconds[:n]), history["champion"]


def label_of(group: Group) -> str:
    """Return what the legend says of a group."""
    runs = f" ({len(group.runs)} run{'s' if len(group.runs) > 1 else ''})"
    return one_line(group.name, LONGEST_LABEL - len(runs)) + runs


def draw_runs(given: Any, against: str = "generations") -> Axes:
    """Draw runs, given as ``wann.compare.compare`` takes them.

    Raises:
        WannError: they cannot be compared.
    """
    result = compare(given)
    groups: dict[str, list[Curve]] = {}
    for k, group in enumerate(result.groups, 1):
        label = label_of(group)
        label = f"{k}: {label}" if label in groups else label
        groups[label] = [curve_of(run, against) for run in group.runs]
    classifies = any("accuracy" in group.measures for group in result.groups)
    score = f"{LOSS if classifies else 'score'}\n(champion, mean over the shared weights)"
    title = f"{plain(result.task.removeprefix('gym:'))}, median and quartiles"
    ax = draw(groups, None, title, against, score)
    if classifies and against == "steps":
        ax.set_xlabel("samples scored")
    return ax


def parser() -> ArgumentParser:
    """Return the command line of ``python -m viz.compare``."""
    p = Parser(
        prog="python -m viz.compare",
        description="Draw the learning curves of groups of runs: medians and quartiles.",
    )
    runs = "run directories or folders of runs, for one task, as wann.compare groups them"
    p.add_argument("runs", type=Path, nargs="+", metavar="RUNS", help=runs)
    add_output(p, "compare.png in the folder figures of the first RUNS")
    p.add_argument(
        "--against",
        choices=tuple(AXES),
        default="generations",
        help="the horizontal axis (default: generations)",
    )
    return p


def main(argv: Sequence[str] | None = None) -> None:
    """Draw the runs that the command line names."""
    args = parser().parse_args(argv)
    ax = draw_runs(args.runs, args.against)
    write_all(ax, args.output or [default_file(args.runs[0], "compare")], args.width)


def command() -> None:
    """Run the command as a program: mistakes become one line and exit code 2."""
    run_drawing(main)


if __name__ == "__main__":
    command()
