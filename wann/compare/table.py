"""What ``wann.compare`` finds, as text for people and as a table for programs."""

import csv
import io
import textwrap
from collections.abc import Iterator, Sequence

from wann.compare.measures import MEASURES, Measure
from wann.compare.result import Comparison, Group, Summary
from wann.compare.runs import Run, fewest, name_of, value_text
from wann.compare.statistics import RESAMPLES

WIDTH = 100  # columns of text
NAME = 29  # of them for the name of a group
MOST_SEEDS = 12  # ranges of seeds that are listed


def table(result: Comparison) -> str:
    """Return the result of compare as text of at most 100 columns."""
    return "\n".join(_lines(result))


def _lines(result: Comparison) -> Iterator[str]:
    """Yield all lines."""
    groups = result.groups
    n = sum(len(group.runs) for group in groups)
    differ = f", which differ in {', '.join(result.keys)}" if result.keys else ""
    many = "1 group" if len(groups) == 1 else f"{len(groups)} groups"
    yield from _wrapped(f"{result.task}: {n} runs in {many}{differ}")
    telling = fewest(result.keys, [run for group in groups for run in group.runs])
    for k, group in enumerate(groups, 1):
        runs = "1 run" if len(group.runs) == 1 else f"{len(group.runs)} runs"
        name = group.name
        if telling and name == name_of(group.settings, telling):  # not one that the user gave
            name = ", ".join(f"{key}={value_text(group.settings[key])}" for key in result.keys)
        yield from _wrapped(f"{k}  {name}: {runs}, seeds {seeds_text(group.runs)}", "  ")
    beside = f"{'A':>6s}{'p':>8s}" if len(groups) > 1 else ""
    head = f"{'median':>9s}  {'quartiles':^19s}  {'95 % interval':^19s}{beside}"
    yield ""
    yield f"  {'':{NAME}s}   n{head}".rstrip()
    for name, measure in MEASURES.items():
        if any(name in group.measures for group in groups):
            yield measure.title
        for k, group in enumerate(groups, 1):
            if name in group.measures:
                yield _row(k, group, measure, group.measures[name])
    yield ""
    yield f"the interval is that of the median, by {RESAMPLES:,} bootstrap samples"
    if len(groups) > 1:
        yield from _wrapped(
            "A (Vargha-Delaney): the chance that the figure is larger in a run of the group than in"
            " one of group 1; p: Mann-Whitney U test against group 1, two-sided"
        )
    for note in result.notes:
        yield from _wrapped(f"note: {note}")


def _row(k: int, group: Group, measure: Measure, summary: Summary) -> str:
    """Return a line of a group's figure."""
    name = f"{k}  {group.name}"
    name = name if len(name) <= NAME else name[: NAME - 1] + "…"
    ranges = "  ".join(
        f"{measure.text(low):>8s} … {measure.text(high):<8s}"
        for low, high in (summary.quartiles, summary.interval)
    )
    line = f"  {name:{NAME}s}{summary.n:4d}{measure.text(summary.median):>9s}  {ranges}"
    if summary.advantage is None or summary.p_holm is None:
        return line.rstrip()
    p = f"{summary.p_holm:.3f}" if summary.p_holm >= 0.001 else "< 0.001"
    return f"{line}{summary.advantage:6.2f}{p:>8s}"


def seeds_text(runs: Sequence[Run]) -> str:
    """Return the seeds of runs, as ``--seeds`` takes them."""
    ranges: list[list[int]] = []
    for seed in sorted({run.seed for run in runs}):
        if ranges and seed == ranges[-1][1] + 1:
            ranges[-1][1] = seed
        else:
            ranges.append([seed, seed])
    parts = [f"{a}" if a == b else f"{a}-{b}" for a, b in ranges]
    return ",".join(parts[:MOST_SEEDS]) + (",…" if len(parts) > MOST_SEEDS else "")


def _wrapped(text: str, indent: str = "  ") -> list[str]:
    """Return text as lines, those after the first indented."""
    return textwrap.wrap(text, WIDTH, subsequent_indent=indent)


def csv_table(result: Comparison) -> str:
    """Return a row for each run: its group, path, seed, generations and figures."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["group", "path", "seed", "generations", *MEASURES])
    for group in result.groups:
        for run in group.runs:
            figures = [repr(run.figures[name]) if name in run.figures else "" for name in MEASURES]
            writer.writerow([group.name, run.path, run.seed, run.generations, *figures])
    return file.getvalue()
