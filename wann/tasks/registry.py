"""Finding a task by its name: ``PREFIXES`` has a row for each kind of name."""

import importlib
import sys
from collections.abc import Callable
from typing import Any

from wann.config import TASK_NAME, quoted
from wann.errors import WannError
from wann.names import LONGEST_NAME, is_name
from wann.packages import check_ours
from wann.tasks.data import Data, check_no_data, data_of_environment
from wann.tasks.task import Capabilities, Task, capabilities_of

TABLE_TASK = "samples"  # the shipped task whose data may be a table, in which a column is the class
_found: dict[str, Any] = {}  # by name, the task that find_task found last


def find_task(name: str, data: Data | None = None) -> Task:
    """Return the task of this name.

    Args:
        name: a shipped task such as ``swingup``, ``gym:ID`` for an environment of Gymnasium,
            ``envpool:ID`` for one of EnvPool, or ``module:NAME`` for a task of your own.
        data: for a task whose data does not come with it; by default what the environment variables
            WANN_DATA and WANN_TARGET name.

    Raises:
        WannError: there is no such task, no champion file could be written for it, or its data is
            not at hand.
    """
    data = data_of_environment() if data is None else data
    if data.target and name != TABLE_TASK:
        raise WannError(
            f"--target {data.target}: only a table of samples has such columns, not the task"
            f" {name!r}"
        )
    make = PREFIXES.get(_prefix(name), _own if ":" in name else _shipped)
    task = make(name, data)
    if not TASK_NAME.fullmatch(name):
        raise WannError(
            f"task {quoted(name)}: must be a name, gym:ID or envpool:ID with plain arguments, or"
            " module:NAME"
        )
    for part, names in (("inputs", task.inputs), ("outputs", task.outputs)):
        if not isinstance(names, list | tuple) or not names or not all(map(is_name, names)):
            raise WannError(
                f"task {name!r}: {part} are {quoted(names)}: must be a tuple of names, of at most"
                f" {LONGEST_NAME} printable characters each"
            )
    if not isinstance(capabilities_of(task), Capabilities):
        raise WannError(
            f"task {name!r}: its attribute capabilities must be a wann.tasks.Capabilities, not"
            f" {type(capabilities_of(task)).__name__}"
        )
    _found[name] = task
    return task


def name_of(task: Task, name: str) -> str | None:
    """Return the name if it is that of the task, else None: what a configuration names may be
    another one.

    It is if the task has it as an attribute ``name``, as environments do, if ``find_task`` found
    this very object by it, or if the module that it says holds this object. Nothing is imported or
    loaded to see that.
    """
    task = getattr(task, "unscaled", None) or task
    if getattr(task, "name", None) == name or task is _found.get(name):
        return name
    shipped = getattr(sys.modules.get("envs"), "TASKS", {})
    module, _, attribute = shipped.get(name, name).partition(":")
    return name if task is getattr(sys.modules.get(module), "__dict__", {}).get(attribute) else None


def shipped_tasks() -> tuple[str, ...]:
    """Return the names of the tasks that come with wann, once any of them was asked for."""
    return tuple(getattr(sys.modules.get("envs"), "TASKS", {}))


def is_code(name: str) -> bool:
    """Return whether finding the task of this name imports a module that the name says.

    A file may name such a task, but the user must, too: see ``wann.champion.task.task_of``.
    """
    return ":" in name.removeprefix(_prefix(name))


# ------------------------------------------------------------------------------------------- kinds
def _environment(name: str, data: Data) -> Task:
    """Return a Gymnasium environment as a task."""
    from wann.tasks.gym.task import gym_task

    check_no_data(data, name)
    return gym_task(name)


def _pool(name: str, data: Data) -> Task:
    """Return an environment of EnvPool as a task."""
    from wann.tasks.envpool.task import envpool_task

    return envpool_task(name)


def _shipped(name: str, data: Data) -> Task:
    """Return what ``envs.TASKS`` has by this name; a function there makes the task of the data."""
    tasks = _import("envs", name).TASKS
    if name not in tasks:
        raise WannError(
            f"unknown task {name!r}: give one of {', '.join(tasks)}, gym:ID, envpool:ID or"
            " module:NAME of your own"
        )
    found = _attribute(tasks[name], name)
    if callable(found):
        made: Task = found(data)
        return made
    check_no_data(data, name)
    task: Task = found
    return task


def _own(name: str, data: Data) -> Task:
    """Return the task that a module holds."""
    check_no_data(data, name)
    task: Task = _attribute(name, name)
    missing = [part for part in ("inputs", "outputs", "trials", "score") if not hasattr(task, part)]
    if missing:
        raise WannError(
            f"task {name!r}: {name.partition(':')[2]} is not a task, it has no"
            f" {' and no '.join(missing)}"
        )
    return task


#: By the prefix of a name, what makes its task. A name with another colon is a task of one's own,
#: one without any a shipped task.
PREFIXES: dict[str, Callable[[str, Data], Task]] = {"gym:": _environment, "envpool:": _pool}


def _prefix(name: str) -> str:
    """Return which of PREFIXES a name has, or nothing."""
    return next((prefix for prefix in PREFIXES if name.startswith(prefix)), "")


def _attribute(place: str, task: str) -> Any:
    """Return what ``module:NAME`` says."""
    module_name, _, attribute = place.partition(":")
    module = _import(module_name, task)
    if not hasattr(module, attribute):
        raise WannError(
            f"task {task!r}: the module {module_name} ({module.__file__}) has no {attribute}"
        )
    return getattr(module, attribute)


def _import(module: str, task: str) -> Any:
    try:
        if module == "envs":
            check_ours(module)
        return importlib.import_module(module)
    except (ImportError, ValueError) as error:
        raise WannError(f"task {task!r}: cannot import {module!r} ({error})") from None
