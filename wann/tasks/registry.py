"""Finding a task by its name."""

import importlib
import sys
from typing import Any

from wann.config import TASK_NAME, shown
from wann.errors import WannError
from wann.names import LONGEST_NAME, is_name
from wann.packages import check_ours
from wann.tasks.data import named_target
from wann.tasks.task import Task

_found: dict[str, Any] = {}  # by name, the task that find_task found last


def find_task(name: str) -> Task:
    """Return the task of this name.

    Args:
        name: a shipped task such as ``swingup``, ``gym:ID`` for an environment of Gymnasium, or
            ``module:NAME`` for a task of your own.

    Raises:
        WannError: there is no such task, or no champion file could be written for it.
    """
    if named_target() and name != "samples":
        raise WannError(
            f"--target {named_target()}: only a table of samples has such columns, not the task"
            f" {name!r}"
        )
    task = _find(name)
    if not TASK_NAME.fullmatch(name):
        raise WannError(
            f"task {shown(name)}: must be a name, gym:ID with plain arguments, or module:NAME"
        )
    for part in ("inputs", "outputs"):
        names = getattr(task, part)
        if not isinstance(names, list | tuple) or not names or not all(map(is_name, names)):
            raise WannError(
                f"task {name!r}: {part} are {shown(names)}: must be a tuple of names, of at most"
                f" {LONGEST_NAME} printable characters each"
            )
    _found[name] = task
    return task


def name_of(task: Task, name: str) -> str | None:
    """Return the name if it is that of the task, else None: what a configuration names may be another one.

    It is if the task has it as an attribute ``name``, as environments do, if ``find_task`` found
    this very object by it, or if the module that it says holds this object. Nothing is imported or
    loaded to see that.
    """
    if getattr(task, "name", None) == name or task is _found.get(name):
        return name
    shipped = getattr(sys.modules.get("envs"), "TASKS", {})
    module, _, attribute = shipped.get(name, name).partition(":")
    return name if task is getattr(sys.modules.get(module), "__dict__", {}).get(attribute) else None


def _find(name: str) -> Task:
    if name.startswith("gym:"):
        from wann.tasks.gym.task import gym_task

        return gym_task(name)
    module_name, colon, attribute = name.partition(":")
    if not colon:
        tasks = _import("envs", name).TASKS
        if name not in tasks:
            raise WannError(
                f"unknown task {name!r}: give one of {', '.join(tasks)}, gym:ID or module:NAME of"
                " your own"
            )
        module_name, attribute = tasks[name].split(":")
    module = _import(module_name, name)
    if not hasattr(module, attribute):
        raise WannError(
            f"task {name!r}: the module {module_name} ({module.__file__}) has no {attribute}"
        )
    task = getattr(module, attribute)
    missing = [part for part in ("inputs", "outputs", "trials", "score") if not hasattr(task, part)]
    if missing:
        raise WannError(
            f"task {name!r}: {attribute} is not a task, it has no {' and no '.join(missing)}"
        )
    return task


def shipped_tasks() -> tuple[str, ...]:
    """Return the names of the tasks that come with wann, as far as they were asked for."""
    return tuple(getattr(sys.modules.get("envs"), "TASKS", {}))


def is_code(name: str) -> bool:
    """Return whether finding the task of this name imports a module that the name says.

    A file may name such a task, but the user must, too: see ``wann.champion.champion.task_of``.
    """
    return ":" in name.removeprefix("gym:")


def _import(module: str, task: str) -> Any:
    try:
        if module == "envs":
            check_ours(module)
        return importlib.import_module(module)
    except (ImportError, ValueError) as error:
        raise WannError(f"task {task!r}: cannot import {module!r} ({error})") from None
