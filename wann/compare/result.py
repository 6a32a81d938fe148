"""What a comparison finds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wann.compare.runs import Run


@dataclass(frozen=True)
class Summary:
    """A figure of the runs of a group, beside that of the first group.

    Attributes:
        n: runs of which it is known.
        median: of them.
        quartiles: the lower and the upper one.
        interval: of the median, 95 %: ``wann.compare.statistics.median_interval``.
        advantage: Vargha-Delaney's A, the chance that it is larger in a run of this group than in
            one of the first; None for the first.
        p_value: two-sided, of the Mann-Whitney U test against the first group; None for the first.
        p_holm: the same, corrected for as many groups; None for the first.
    """

    n: int
    median: float
    quartiles: tuple[float, float]
    interval: tuple[float, float]
    advantage: float | None = None
    p_value: float | None = None
    p_holm: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        beside = (
            {}
            if self.advantage is None
            else {"advantage": self.advantage, "p_value": self.p_value, "p_holm": self.p_holm}
        )
        return {
            "n": self.n,
            "median": self.median,
            "quartiles": list(self.quartiles),
            "interval": list(self.interval),
            **beside,
        }


@dataclass(frozen=True)
class Group:
    """Runs that are taken together.

    Attributes:
        name: what they have in common and others have not.
        runs: of the group.
        settings: values of the keys in which runs differ; None where they do within the group.
        measures: by name, those of ``wann.compare.measures.MEASURES`` that are known.
    """

    name: str
    runs: tuple[Run, ...]
    settings: Mapping[str, Any]
    measures: Mapping[str, Summary]

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "name": self.name,
            "settings": dict(self.settings),
            "measures": {name: summary.to_json() for name, summary in self.measures.items()},
            "runs": [run.to_json() for run in self.runs],
        }


@dataclass(frozen=True)
class Comparison:
    """Groups of runs for one task.

    Attributes:
        task: its name.
        keys: of the configuration, in which runs differ; the seed is none of them.
        groups: those after the first are compared with it.
        notes: what is to be known when reading the figures, a sentence each.
    """

    task: str
    keys: tuple[str, ...]
    groups: tuple[Group, ...]
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return what ``python -m wann.compare --json`` prints."""
        return {
            "task": self.task,
            "keys": list(self.keys),
            "groups": [group.to_json() for group in self.groups],
            "notes": list(self.notes),
        }
