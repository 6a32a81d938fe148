"""What a network is evolved for: the Task protocol, control tasks, and finding a task by name."""

import argparse
import importlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from wann.champion_file import LONGEST_NAME, is_name
from wann.config import TASK_NAME, shown
from wann.errors import WannError
from wann.network import Networks
from wann.program import check_ours
from wann.rollout import play
from wann.scaling import Scale

DATA = "WANN_DATA"  # the environment variable that says where a task finds its data
TARGET = "WANN_TARGET"  # and which column of a table of samples is the class
TABLES = (".csv", ".tsv", ".txt", ".data")
SAMPLE_FILES = (*TABLES, *(f"{ending}.gz" for ending in TABLES), ".npz")  # that the task ``samples`` reads

_found: dict[str, Any] = {}  # by name, the task that find_task found last


class Task(Protocol):
    """What the engine needs to know of a task.

    A task with data may have a ``digest``, text that is another for other data: see ``digest_of``.
    """

    @property
    def inputs(self) -> tuple[str, ...]:
        """Name of each network input, the bias not included."""
        ...

    @property
    def outputs(self) -> tuple[str, ...]:
        """Name of each network output."""
        ...

    def trials(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Return ``(n, ...)`` trials, such as start states; every individual of a generation gets the same."""
        ...

    def score(self, networks: Networks, weights: np.ndarray, trials: np.ndarray) -> tuple[np.ndarray, int]:
        """Return the score of each network at each weight in each trial, and the steps that it took.

        Args:
            networks: N packed networks.
            weights: ``(W,)`` shared weights, or ``(W, C)`` individual ones for a single network.  Where they
                are of float32 the task may compute in this precision.
            trials: ``(T, ...)`` from ``trials``.

        Returns: ``(N, W, T)`` float64, higher is better; and the number of environment steps made.
        It must be a pure function that gives each network the same bits whatever the others are,
        and is called from several threads at once.

        A task whose answers are right or wrong may have one more method, ``accuracy(network, weights)``, a pure
        function, too, that returns what ``ClassificationTask.accuracy`` does: the scores of champions then have it
        as ``accuracy``, and the vote on validation samples is a column of history.csv.

        A task whose observations can be scaled has ``scaled(scale)``, which returns the task with them scaled so, the
        attribute ``scale``, and ``observations``, which takes what ``score`` takes and returns what is observed: see
        ``wann.gym_task``.

        A task that can be drawn says so: ``drawable = True``.

        A task whose score is the work of Python code, may say so: ``compiled = False``.  It is then sent to
        processes, since threads of Python wait for each other.
        """
        ...


@dataclass(frozen=True)
class ControlTask:
    """A control task simulated by compiled physics; see ``wann.rollout`` for what the physics must have.

    Attributes:
        physics: a NamedTuple of parameters with the methods of the physics.
        max_steps: steps after which an episode ends.
    """

    physics: Any
    max_steps: int

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the observations."""
        return self.physics.observation_names

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of the actions."""
        return self.physics.action_names

    @property
    def drawable(self) -> bool:
        """Whether the physics has a ``draw``."""
        return hasattr(self.physics, "draw")

    def trials(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Return ``(n, state)`` start states."""
        return self.physics.start_states(n, rng)

    def score(self, networks: Networks, weights: np.ndarray, trials: np.ndarray) -> tuple[np.ndarray, int]:
        """Return ``(N, W, T)`` returns of the episodes, and the number of environment steps made."""
        weights = np.ascontiguousarray(weights, np.float32 if weights.dtype == np.float32 else np.float64)
        trials = np.ascontiguousarray(trials, weights.dtype)
        if trials.ndim != 2 or trials.shape[1] != len(self.physics.state_names):
            raise ValueError(f"trials has shape {trials.shape}: must be (trials, {len(self.physics.state_names)})")
        if weights.ndim == 2 and networks.size > 1:
            raise ValueError(f"individual weights belong to one network; {networks.size} were given")
        returns = np.empty((networks.size, len(weights), len(trials)))
        return returns, play(self.physics, networks, weights, trials, self.max_steps, returns)


def digest_of(task: Task) -> str | None:
    """Return what stands for the data of a task: champions carry it, and a run is not resumed with other data."""
    return getattr(task, "digest", None)


def data_of(task: Task) -> dict[str, str]:
    """Return what the provenance of a network says of the data that made it: its digest, and a table's class column."""
    told = {"data": digest_of(task), "target": getattr(task, "target", None)}
    return {key: value for key, value in told.items() if value is not None}


def check_scalable(task: Task) -> None:
    """Raise WannError for a task whose observations cannot be scaled."""
    if not hasattr(task, "scaled"):
        raise WannError("the task's observations cannot be scaled, only those of Gymnasium environments (gym:ID) can")


def scaled(task: Any, scale: Scale | None) -> Any:
    """Return the task with its observations scaled, or as it is if scale is None; raise WannError if they cannot be."""
    if scale is None:
        return task
    check_scalable(task)
    return task.scaled(scale)


def is_compiled(task: Task) -> bool:
    """Return whether the rollouts of a task are compiled; else they are few, and made by processes."""
    return getattr(task, "compiled", True)


def data_path() -> Path | None:
    """Return the file or folder of data that the user named, for tasks whose data does not come with them."""
    return Path(os.path.expanduser(os.environ[DATA])) if os.environ.get(DATA) else None


def name_data(path: str) -> None:
    """Name the data for this process and those that it starts."""
    os.environ[DATA] = path


def target_column() -> str | None:
    """Return the column that the user named as that of the classes: its name, or its number as text."""
    return os.environ.get(TARGET) or None


@contextmanager
def target_unless_named(target: str | None) -> Iterator[None]:
    """Have this column be that of the classes for a while, unless the user named one."""
    if target is None or target_column():
        yield
        return
    os.environ[TARGET] = target
    try:
        yield
    finally:
        del os.environ[TARGET]


def is_sample_file(name: str) -> bool:
    """Return whether a name is that of a file of samples, by its ending.

    Raises:
        WannError: it is a file that is there but has another ending, which no configuration has either.
    """
    if name.lower().endswith(SAMPLE_FILES):
        return True
    if Path(name).suffix not in ("", ".toml") and Path(name).is_file():
        raise WannError(f"{name}: a file of samples must end in {', '.join(SAMPLE_FILES)}")
    return False


class _Name(argparse.Action):
    """Names the data, or its column of the classes, when it is found on the command line."""

    def __call__(self, parser: Any, namespace: argparse.Namespace, values: Any, option_string: Any = None) -> None:
        os.environ[{"data": DATA, "target": TARGET}[self.dest]] = values
        setattr(namespace, self.dest, values)


def add_data_option(parser: argparse.ArgumentParser) -> None:
    """Give a command ``--data``, which ``data_path`` returns, and ``--target``, which ``target_column`` does."""
    parser.add_argument(
        "--data", action=_Name, metavar="PATH", help=f"folder of MNIST, or file of samples (default: {DATA})"
    )
    parser.add_argument(
        "--target", action=_Name, metavar="COLUMN",
        help="of a table of samples, the column that is the class: its name, or its number from 1, or -1 for the last "
        "(default: that which a champion was evolved for, else the last)",
    )  # fmt: skip


def data_options(args: argparse.Namespace) -> list[str | Path]:
    """Return the options by which another command finds the data that this one was given."""
    data: list[str | Path] = ["--data", Path(args.data)] if args.data else []
    return [*data, f"--target={args.target}"] if args.target else data


def find_task(name: str) -> Task:
    """Return the task of this name.

    Args:
        name: a shipped task such as ``swingup``, ``gym:ID`` for an environment of Gymnasium, or ``module:NAME``
            for a task of your own.

    Raises:
        WannError: there is no such task, or no champion file could be written for it.
    """
    if target_column() and name != "samples":
        raise WannError(f"--target {target_column()}: only a table of samples has such columns, not the task {name!r}")
    task = _find(name)
    if not TASK_NAME.fullmatch(name):
        raise WannError(f"task {shown(name)}: must be a name, gym:ID with plain arguments, or module:NAME")
    for part in ("inputs", "outputs"):
        names = getattr(task, part)
        if not isinstance(names, list | tuple) or not names or not all(map(is_name, names)):
            raise WannError(
                f"task {name!r}: {part} are {shown(names)}: must be a tuple of names, of at most {LONGEST_NAME} "
                "printable characters each"
            )
    _found[name] = task
    return task


def name_of(task: Task, name: str) -> str | None:
    """Return the name if it is that of the task, else None: what a configuration names may be another one.

    It is if the task has it as an attribute ``name``, as environments do, if ``find_task`` found this very object by
    it, or if the module that it says holds this object.  Nothing is imported or loaded to see that.
    """
    if getattr(task, "name", None) == name or task is _found.get(name):
        return name
    shipped = getattr(sys.modules.get("envs"), "TASKS", {})
    module, _, attribute = shipped.get(name, name).partition(":")
    return name if task is getattr(sys.modules.get(module), "__dict__", {}).get(attribute) else None


def _find(name: str) -> Task:
    if name.startswith("gym:"):
        from wann.gym_task import gym_task

        return gym_task(name)
    module_name, colon, attribute = name.partition(":")
    if not colon:
        tasks = _import("envs", name).TASKS
        if name not in tasks:
            raise WannError(f"unknown task {name!r}: give one of {', '.join(tasks)}, gym:ID or module:NAME of your own")
        module_name, attribute = tasks[name].split(":")
    module = _import(module_name, name)
    if not hasattr(module, attribute):
        raise WannError(f"task {name!r}: the module {module_name} ({module.__file__}) has no {attribute}")
    task = getattr(module, attribute)
    missing = [part for part in ("inputs", "outputs", "trials", "score") if not hasattr(task, part)]
    if missing:
        raise WannError(f"task {name!r}: {attribute} is not a task, it has no {' and no '.join(missing)}")
    return task


def is_code(name: str) -> bool:
    """Return whether finding the task of this name imports a module that the name says.

    A file may name such a task, but the user must, too: see ``wann.champion.task_of``.
    """
    return ":" in name.removeprefix("gym:")


def _import(module: str, task: str) -> Any:
    try:
        if module == "envs":
            check_ours(module)
        return importlib.import_module(module)
    except (ImportError, ValueError) as error:
        raise WannError(f"task {task!r}: cannot import {module!r} ({error})") from None
