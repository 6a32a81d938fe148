"""What a network is evolved for: the Task protocol, control tasks, and finding a task by name."""

import argparse
import importlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from wann.errors import WannError
from wann.network import Networks
from wann.rollout import play
from wann.scaling import Scale

DATA = "WANN_DATA"  # the environment variable that says where a task finds its data
SAMPLE_FILES = (".csv", ".npz")  # suffixes of files that the task ``samples`` reads

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
    return Path(os.environ[DATA]) if os.environ.get(DATA) else None


def name_data(path: str) -> None:
    """Name the data for this process and those that it starts."""
    os.environ[DATA] = path


class _UseData(argparse.Action):
    """Names the data when it is found on the command line."""

    def __call__(self, parser: Any, namespace: argparse.Namespace, values: Any, option_string: Any = None) -> None:
        name_data(values)
        setattr(namespace, self.dest, values)


def add_data_option(parser: argparse.ArgumentParser) -> None:
    """Give a command the option ``--data``, which ``data_path`` returns."""
    parser.add_argument(
        "--data", action=_UseData, metavar="PATH", help=f"folder of MNIST, or file of samples (default: {DATA})"
    )


def find_task(name: str) -> Task:
    """Return the task of this name.

    Args:
        name: a shipped task such as ``swingup``, ``gym:ID`` for an environment of Gymnasium, or ``module:NAME``
            for a task of your own.

    Raises:
        WannError: there is no such task.
    """
    _found[name] = _find(name)
    return _found[name]


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
        shipped = _import("envs", name)
        tasks = getattr(shipped, "TASKS", None)
        if not isinstance(tasks, dict):
            raise WannError(f"the folder {shipped.__path__[0]} hides the tasks of wann; rename it or run elsewhere")
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
        return importlib.import_module(module)
    except (ImportError, ValueError) as error:
        raise WannError(f"task {task!r}: cannot import {module!r} ({error})") from None
