"""The environment of a task, to play in it and to draw it."""

from typing import Any

import gymnasium
import numpy as np

from envs.environment import ControlEnv
from wann.errors import WannError
from wann.tasks.gym.task import GymTask
from wann.tasks.task import Task, capabilities_of


def environment_of(task: Any, width: int | None = None) -> Any:
    """Return the environment of a task that has episodes, one that draws pictures about so wide, or draws none.

    Raises:
        WannError: there is none, or it cannot be drawn.
    """
    if isinstance(task, GymTask):
        if width is None:
            return task.make()
        if not capabilities_of(task).drawable:
            raise WannError(f"{task.name} cannot be drawn: it has no render mode rgb_array")
        return task.make("rgb_array")
    if width is None:
        return ControlEnv(task)
    return ControlEnv(task, "rgb_array", (width, round(0.42 * width)))


def can_draw(task: Task) -> bool:
    """Return whether pictures can be had of a task: it can be drawn, and what draws it is installed."""
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
