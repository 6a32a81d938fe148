"""What an evolution is given, as a configuration and a task."""

import sys
from pathlib import Path
from typing import Any

from wann.config import Config, configure, make_config, quoted, shipped
from wann.errors import WannError
from wann.tasks import Task, find_task, name_of, shipped_tasks
from wann.tasks.data import Data, is_sample_file

OWN = "own"  # the name that a configuration has for a task that no name finds
PARTS = ("inputs", "outputs", "trials", "score")


def subject_of(subject: Any, task: Task | None = None) -> tuple[Config, Task]:
    """Return the configuration and the task that ``Evolution`` was given.

    Args:
        subject: a configuration or its name, a file, a task, an environment or its id.
        task: given beside a configuration, or None.

    Raises:
        WannError: it is none of these.
    """
    if isinstance(subject, Path):
        subject = str(subject)
    if isinstance(subject, Config):
        config = subject
    elif isinstance(subject, str) and is_sample_file(subject):
        config = configure("samples")
        task = find_task("samples", Data(Path(subject))) if task is None else task
    elif isinstance(subject, str):
        config = configure(f"gym:{subject}" if _is_registered(subject) else subject)
    elif task is not None:
        raise WannError(f"{quoted(subject)}: give a configuration, or its name, beside task=")
    else:
        task = task_of_object(subject)
        name = known_name(task)
        known = ":" in name or name in shipped()
        config = configure(name) if known else make_config({"task": name})
    return config, find_task(config.task) if task is None else task_of_object(task)


def task_of_object(given: Any) -> Task:
    """Return a task, or that of an environment or of a class of environments.

    Raises:
        WannError: it is neither.
    """
    if not isinstance(given, type) and all(hasattr(given, part) for part in PARTS):
        task: Task = given
        return task
    gymnasium: Any = sys.modules.get("gymnasium")  # or it is no environment
    if gymnasium is not None and (
        isinstance(given, gymnasium.Env)
        or (isinstance(given, type) and issubclass(given, gymnasium.Env))
    ):
        from wann.tasks.gym.given import env_task

        return env_task(given)
    hint = "give a configuration, a task, an environment, or the name of one of these"
    if callable(given):
        hint = "for a function use wann.function_task(score, inputs=..., outputs=...)"
    raise WannError(f"{quoted(given)} is no task: {hint}")


def known_name(task: Task) -> str:
    """Return the name by which a configuration finds a task; OWN if there is none."""
    own = str(
        getattr(task, "name", OWN)
    )  # of an environment that Gymnasium did not make: its class
    names = (own, *shipped_tasks()) if ":" in own else shipped_tasks()
    return next((name for name in names if name_of(task, name) == name), OWN)


def _is_registered(name: str) -> bool:
    """Return whether it is no configuration, and Gymnasium has an environment of this id."""
    if name in shipped() or name.endswith(".toml") or ":" in name:
        return False
    import gymnasium

    return name in gymnasium.registry
