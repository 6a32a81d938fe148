"""The runs that are compared: found by paths, read, and grouped by what differs."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wann.champion.json_file import short
from wann.compare.measures import run_figures
from wann.config import flat, to_table
from wann.errors import WannError
from wann.runs.directory import CONFIG, RunDirectory

MOST_RUNS = 10_000
LONGEST_HASH = 12  # characters of a SHA-256 that are shown


@dataclass(frozen=True)
class Run:
    """A run that is compared.

    Attributes:
        path: the run directory.
        settings: its configuration, with keys as ``--set`` takes them.
        data: digest of the task's data, if it has any.
        generations: that were made; fewer than the configuration says where it was stopped.
        figures: those of ``wann.compare.measures.MEASURES`` that are known.
    """

    path: Path
    settings: Mapping[str, Any]
    data: str | None
    generations: int
    figures: Mapping[str, float]

    @property
    def seed(self) -> int:
        """Its seed."""
        return int(self.settings["seed"])

    @property
    def finished(self) -> bool:
        """Whether it has made all generations of its configuration."""
        return self.generations >= int(self.settings["generations"])

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "path": str(self.path),
            "seed": self.seed,
            "generations": self.generations,
            "finished": self.finished,
            **self.figures,
        }


def read_run(path: Path) -> Run:
    """Return what a run directory tells.

    Raises:
        WannError: it is none, it has no champion yet, or it is damaged.
    """
    run = RunDirectory.open(path)
    config = run.config()
    if not (path / "champion.json").exists():
        raise WannError(f"{path}: has no champion yet: let it evolve a generation, or leave it out")
    try:
        figures = run_figures(run)
    except WannError as error:
        text = str(error)
        raise WannError(text if str(path) in text else f"{path}: {text}") from None
    made = len(run.history()["generation"])
    return Run(path, flat(to_table(config)), run.data, made, figures)


def read_runs(given: Iterable[Any]) -> list[Run]:
    """Return the runs in these places, in their order.

    Args:
        given: run directories, folders of runs, and what has the ``path`` of one, as
            ``wann.Evolution``.

    Raises:
        WannError: one is neither, or is there twice.
    """
    paths = [path for item in given for path in _found(item)]
    if len(paths) > MOST_RUNS:
        raise WannError(f"{len(paths)} runs: at most {MOST_RUNS} are compared")
    known: set[Path] = set()
    for path in paths:
        if path.resolve() in known:
            raise WannError(f"{path}: is given twice: name each run once")
        known.add(path.resolve())
    return [read_run(path) for path in paths]


def _found(item: Any) -> Iterator[Path]:
    """Yield the paths of the runs that one item stands for."""
    where = item if isinstance(item, str | Path) else getattr(item, "path", item)
    if where is None:
        raise WannError(f"{item!r} has no run directory: give it one by out=")
    if not isinstance(where, str | Path):
        raise WannError(f"{short_of(item)}: must be a run directory, or a folder of runs")
    path = Path(where)
    if (path / CONFIG).is_file():
        yield path
        return
    runs = [file.parent for file in path.glob(f"*/{CONFIG}")] if path.is_dir() else []
    if not runs:
        kind = "neither a run directory nor a folder of runs" if path.exists() else "no such folder"
        raise WannError(
            f"{path}: {kind}: give what python -m wann.evolve made, with --seeds or without"
        )
    yield from sorted(runs, key=_in_order)


def _in_order(path: Path) -> list[tuple[int, int | str]]:
    """Return what sorts s2 before s10."""
    parts = re.split(r"([0-9]{1,20})", path.name)
    return [(0, int(part)) if k % 2 else (1, part) for k, part in enumerate(parts)]


def short_of(item: Any) -> str:
    """Return something as a message shows it."""
    return short(repr(item))[1:-1]


def differing(runs: Sequence[Run]) -> list[str]:
    """Return the keys in which the configurations of runs differ, the seed left out; the
    generations, which tell least, are the last.
    """
    keys = dict.fromkeys(key for run in runs for key in run.settings if key != "seed")
    ordered = sorted(keys, key=lambda key: key == "generations")
    return [key for key in ordered if len({json.dumps(run.settings.get(key)) for run in runs}) > 1]


def grouped(runs: Sequence[Run]) -> dict[str, list[Run]]:
    """Return the runs by the values of the keys in which they differ, in order of appearance.

    The name of a group says the values of as many of these keys as tell all groups apart; that of a
    single group is its task.
    """
    keys, groups = differing(runs), dict[str, list[Run]]()
    telling = fewest(keys, runs)
    for run in runs:
        groups.setdefault(name_of(run.settings, telling) or str(run.settings["task"]), []).append(
            run
        )
    return groups


def fewest(keys: Sequence[str], runs: Sequence[Run]) -> list[str]:
    """Return the keys without those whose values follow from the others'."""

    def n_groups(keys: Sequence[str]) -> int:
        return len({json.dumps([run.settings.get(key) for key in keys]) for run in runs})

    left = list(keys)
    for key in reversed(keys):
        rest = [other for other in left if other != key]
        if n_groups(rest) == n_groups(left):
            left = rest
    return left


def name_of(settings: Mapping[str, Any], keys: Sequence[str]) -> str:
    """Return the values of keys, each called by its last part where there are several."""
    short = len(keys) > 1
    return ", ".join(
        f"{key.rpartition('.')[2] if short else key}={value_text(settings.get(key))}"
        for key in keys
    )


def value_text(value: Any) -> str:
    """Return the value of a setting as a name of a group has it."""
    if isinstance(value, str):
        is_hash = re.fullmatch("[0-9a-f]{64}", value)
        return value[:LONGEST_HASH] + "…" if is_hash else value or "none"
    if isinstance(value, list):
        return "[" + ",".join(map(value_text, value)) + "]"
    if isinstance(value, float) and float(f"{value:g}") == value:
        return f"{value:g}"
    return json.dumps(value)
