"""The comparison of groups of runs."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from wann.compare.measures import MEASURES
from wann.compare.result import Comparison, Group, Summary
from wann.compare.runs import Run, differing, grouped, read_runs, short_of
from wann.compare.statistics import advantage, holm, median_interval, rank_test
from wann.errors import WannError

FEW = 5  # runs of a group: with fewer hardly anything can be told


def compare(runs: Mapping[str, Any] | Iterable[Any]) -> Comparison:
    """Compare runs for one task, which differ in their seeds and, from group to group, in more.

    >>> compare(["runs/a", "runs/b"]).groups[1].measures["score"].advantage
    >>> compare({"small": "runs/a", "large": ["runs/b/s0", "runs/b/s1"]})

    Args:
        runs: run directories, folders of runs as ``python -m wann.evolve --seeds`` makes them, or
            what has the ``path`` of one, such as a ``wann.Evolution``.  They are grouped by the
            keys in which their configurations differ, the seed left out; or a mapping of names to
            them gives the groups.

    Returns: figures of each group, those after the first beside the first.

    Raises:
        WannError: a path leads to no run, or to one that has no champion yet; the runs are of
            different tasks or data, or there is one alone; two of a group are the same.
    """
    if isinstance(runs, str | Path) or hasattr(runs, "path"):
        runs = [runs]
    if isinstance(runs, Mapping):
        groups = _named(runs)
        everything = [run for group in groups.values() for run in group]
    else:
        everything = read_runs(runs)
        groups = {}
    _check(everything)
    groups = groups or grouped(everything)
    keys = differing(everything)
    for name, own in groups.items():
        _check_seeds(name, own)
    tables = {name: _values(own) for name, own in groups.items()}
    measures = {name: dict[str, Summary]() for name in groups}
    for measure in MEASURES:
        known = {name: table[measure] for name, table in tables.items() if measure in table}
        for name, summary in _summaries(known, next(iter(groups))).items():
            measures[name][measure] = summary
    return Comparison(
        str(everything[0].settings["task"]),
        tuple(keys),
        tuple(
            Group(name, tuple(own), _settings(own, keys), measures[name])
            for name, own in groups.items()
        ),
        tuple(_notes(groups, keys)),
    )


def _named(given: Mapping[str, Any]) -> dict[str, list[Run]]:
    """Return the runs of groups that have a name."""
    groups: dict[str, list[Run]] = {}
    for name, items in given.items():
        if not isinstance(name, str) or not name:
            raise WannError(f"group {short_of(name)}: must have a name, which is text")
        alone = isinstance(items, str | Path) or hasattr(items, "path")
        groups[name] = read_runs([items] if alone else items)
        if not groups[name]:
            raise WannError(f"group {name!r} has no runs: leave it out, or give it some")
    return groups


def _check(runs: Sequence[Run]) -> None:
    """Raise WannError unless these can be compared."""
    if len(runs) < 2:
        raise WannError(
            f"{'one run' if runs else 'no run'} alone: give several, or evolve some that differ in"
            " their seeds: python -m wann.evolve NAME --seeds 0-9"
        )
    first = runs[0]
    for run in runs:
        names = [str(one.settings["task"]) for one in (first, run)]
        if names[0] != names[1]:
            raise WannError(
                f"{run.path} is for {names[1]}, {first.path} for {names[0]}: scores of different"
                " tasks cannot be compared: give runs for one task (viz.seeds draws several, a"
                " panel for each)"
            )
        if run.data != first.data:
            raise WannError(
                f"{run.path} was made with other data than {first.path}: give runs with the same"
            )


def _check_seeds(name: str, runs: Sequence[Run]) -> None:
    """Raise WannError if two runs of a group are the same: they would count twice."""
    known: dict[str, Run] = {}
    for run in runs:
        same = known.setdefault(repr(sorted(run.settings.items())), run)
        if same is not run:
            raise WannError(
                f"{run.path} and {same.path} have the same configuration and seed ({run.seed}), so"
                f" the same result, which would count twice in {name!r}: leave one out"
            )


def _values(runs: Sequence[Run]) -> dict[str, np.ndarray]:
    """Return the known values of each measure of a group."""
    table: dict[str, list[float]] = {}
    for run in runs:
        for measure, value in run.figures.items():
            table.setdefault(measure, []).append(value)
    return {measure: np.array(values) for measure, values in table.items()}


def _summaries(values: Mapping[str, np.ndarray], first: str) -> dict[str, Summary]:
    """Return the summary of each group's values of one measure, beside those of the first."""
    others = [name for name in values if name != first] if first in values else []
    p_values = [rank_test(values[name], values[first]) for name in others]
    corrected = dict(zip(others, zip(p_values, holm(p_values), strict=True), strict=True))
    found = {}
    for name, own in values.items():
        low, median, high = np.quantile(own, (0.25, 0.5, 0.75)).tolist()
        # of its own: the interval of a group does not depend on the others
        interval = median_interval(own, np.random.default_rng(0))
        beside: tuple[float, ...] = ()
        if name in corrected:
            beside = advantage(own, values[first]), *corrected[name]
        found[name] = Summary(len(own), median, (low, high), interval, *beside)
    return found


def _settings(runs: Sequence[Run], keys: Sequence[str]) -> dict[str, Any]:
    """Return what the runs of a group have in common of some keys, None where nothing."""
    own = differing(runs)
    return {key: None if key in own else runs[0].settings.get(key) for key in keys}


def _notes(groups: Mapping[str, Sequence[Run]], keys: Sequence[str]) -> list[str]:
    """Return what is to be known when reading the figures."""
    notes = []
    runs = [run for group in groups.values() for run in group]
    few = [name for name, group in groups.items() if len(group) < FEW]
    if few:
        of = "each group" if len(few) == len(groups) else "; ".join(few)
        notes.append(
            f"fewer than {FEW} runs in {of}: intervals are hardly more than the range, and the test"
            " finds next to nothing"
        )
    going = [run for run in runs if not run.finished]
    if going:
        verb = "run has" if len(going) == 1 else "runs have"
        notes.append(
            f"{len(going)} {verb} not made all generations, as {going[0].path}"
            f" ({going[0].generations} of {going[0].settings['generations']})"
        )
    made = sorted({run.generations for run in runs})
    if len(made) > 1:
        notes.append(
            f"the runs made {made[0]} to {made[-1]} generations: python -m viz.compare --against"
            " steps shows them at equal effort"
        )
    if "weights" in keys:
        notes.append("scores are means over the weights of a run's own sweep, which differ")
    for name, group in groups.items():
        if mixed := differing(group):
            notes.append(f"the runs of {name} differ in {', '.join(mixed)}")
    if len(groups) > 2:
        notes.append(
            f"p is corrected by Holm for {len(groups) - 1} comparisons of each figure, not for"
            " there being several figures"
        )
    elif len(groups) > 1:
        notes.append("p is not corrected for there being several figures")
    return notes
