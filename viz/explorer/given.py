"""The champions that a page shows, as a command line gives them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from viz.explorer.network import check_size
from viz.names import check_one_task, distinct, one_line
from wann.champion.champion import Champion, load
from wann.champion.task import task_of
from wann.errors import WannError, printable
from wann.runs.directory import RunDirectory
from wann.tasks import Data, Task

MOST_GIVEN = 12  # champions of a page


@dataclass(frozen=True)
class Given:
    """A champion of the page.

    Attributes:
        champion: the network.
        task: that it plays, with its observations scaled as the champion has them.
        name: what it is called in the list of several.
        run: that it is the champion of, if any.
    """

    champion: Champion
    task: Task
    name: str | None = None
    run: RunDirectory | None = None


def read_given(
    paths: Sequence[Path],
    names: Sequence[str] | None = None,
    task_name: str | None = None,
    stored_weights: bool = False,
    data: Data | None = None,
) -> tuple[list[Given], str]:
    """Return the champions of these files and run directories, and the name of their task.

    Args:
        paths: of the champions.
        names: what several are called; default: the last parts of their paths.
        task_name: the task; default: the one that all were evolved for, which one whose file names
            none plays, too.
        stored_weights: whether the values in ``.out`` files are individual weights.
        data: of the task.

    Raises:
        WannError: a file is no champion, champions are too many, given twice, or for different
            tasks, or there is not a name for each.
    """
    check_paths(paths)
    runs = [RunDirectory.open(p) if (p / "config.toml").is_file() else None for p in paths]
    champions = [load(path, stored_weights) for path in paths]
    known = next((champion.task for champion in champions if champion.task is not None), None)
    tasks = [task_name or champion.task or known for champion in champions]
    check_one_task(paths, tasks)
    labels = labels_of(paths, names)
    found = []
    for path, champion, run, label in zip(paths, champions, runs, labels, strict=True):
        try:
            task = task_of(replace(champion, task=champion.task or known), task_name, data)
            check_size(champion)
        except WannError as error:  # of several, the message says which
            raise WannError(str(error) if len(paths) == 1 else f"{path}: {error}") from None
        if champion.task is None:  # a published file knows no names
            champion = replace(champion, inputs=tuple(task.inputs), outputs=tuple(task.outputs))
        found.append(
            Given(champion if run is None else with_tuned(champion, run), task, label, run)
        )
    check_names(paths, found)
    return found, str(tasks[0])


def check_paths(paths: Sequence[Path]) -> None:
    """Raise WannError if paths are too many, or one is given twice."""
    if len(paths) > MOST_GIVEN:
        raise WannError(f"{len(paths)} champions: a page shows at most {MOST_GIVEN}")
    places = [path.resolve() for path in paths]
    for path, place in zip(paths, places, strict=True):
        if places.count(place) > 1:
            raise WannError(f"{path} is given twice: give each champion once")


def labels_of(paths: Sequence[Path], names: Sequence[str] | None) -> Sequence[str | None]:
    """Return what champions are called; of one alone None, unless it is given."""
    if names is None and len(paths) == 1:
        return [None]
    labels = [one_line(name) for name in names or distinct(paths)]
    if len(labels) != len(paths):
        raise WannError(f"--names: {len(labels)} for {len(paths)} champions: give one for each")
    for label in labels:
        if not label:
            raise WannError("--names: one is empty: give a name that can be seen")
        if labels.count(label) > 1:
            raise WannError(
                f"two champions would be called {printable(label)}: give each its own name with"
                " --names"
            )
    return labels


def check_names(paths: Sequence[Path], given: Sequence[Given]) -> None:
    """Raise WannError if networks have other inputs or outputs than the first one."""
    first = given[0].champion
    for path, other in zip(paths, given, strict=True):
        for what in ("inputs", "outputs"):
            if getattr(other.champion, what) != getattr(first, what):
                raise WannError(
                    f"{paths[0]} and {path} have other {what}, or in another order: give champions"
                    " that were evolved for the same ones"
                )


def with_tuned(champion: Champion, run: RunDirectory) -> Champion:
    """Return the champion of a run with the individual weights that ``wann.tune`` found for it, if
    it did.
    """
    tuned = run.tuned()
    if tuned is None:
        return champion
    return replace(champion, weights=tuned.weights, shared_weight=tuned.shared_weight)
