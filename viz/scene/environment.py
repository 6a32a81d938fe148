"""The environment of a task, to play in it and to draw it."""

from typing import Any

import gymnasium
import numpy as np

from envs.environment import ControlEnv
from wann.errors import WannError
from wann.tasks.control.task import has_physics
from wann.tasks.task import Task, capabilities_of


def environment_of(task: Any, width: int | None = None) -> Any:
    """Return the environment of a task with episodes.

    Args:
        task: the task.
        width: about how wide it shall draw its pictures [pixels]; None for one that draws none.

    Raises:
        WannError: the task has no environment, or it cannot be drawn.
    """
    can = capabilities_of(task)
    if can.episodes and not has_physics(task):
        if width is not None and not can.drawable:
            raise WannError(f"{task.name} cannot be drawn: it has no render mode rgb_array")
        return task.make(None if width is None else "rgb_array")
    if width is None:
        return ControlEnv(task)
    return ControlEnv(task, "rgb_array", (width, round(0.42 * width)))


def can_draw(task: Task) -> bool:
    """Return whether a task can be drawn, and what draws it is installed."""
    if not capabilities_of(task).drawable:
        return False
    env = environment_of(task, 480)
    try:
        env.reset(seed=0)
        return np.ndim(env.render()) == 3
    except gymnasium.error.DependencyNotInstalled:
        return False
    finally:
        env.close()
