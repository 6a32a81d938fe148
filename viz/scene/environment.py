"""The environment of a task, to play in it and to draw it."""

from typing import Any

import gymnasium
import numpy as np

from envs.environment import ControlEnv
from wann.errors import WannError
from wann.tasks.control.task import has_physics
from wann.tasks.task import Task, capabilities_of

SHAPE = 0.42  # height of a picture by its width
OTHERWISE = "python -m viz.explorer shows its network and episodes without pictures"


def environment_of(task: Any, width: int | None = None) -> Any:
    """Return the environment of a task with episodes.

    Args:
        task: the task.
        width: about how wide it shall draw its pictures [pixels]; None for one that draws none.

    Raises:
        WannError: the task has no environment, or it cannot be drawn.
    """
    can = capabilities_of(task)
    if width is not None and can.episodes and not can.drawable:
        name, lacks = (
            (type(task.physics).__name__, "method draw(self, state, action, size)")
            if has_physics(task)
            else (task.name, "render mode rgb_array")
        )
        raise WannError(f"{name} cannot be drawn: it has no {lacks}; {OTHERWISE}")
    if can.episodes and not has_physics(task):
        return task.make(None if width is None else "rgb_array")
    if width is None:
        return ControlEnv(task)
    return ControlEnv(task, "rgb_array", (width, round(SHAPE * width)))


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


def watched_start(task: Any, seed: int) -> dict[str, Any] | None:
    """Return the options by which an environment starts as it is to be watched, or None if that is
    as in the search.
    """
    states = getattr(task.physics, "watch_states", None) if has_physics(task) else None
    return None if states is None else {"state": states(1, np.random.default_rng(seed))[0]}


def about(task: Any) -> str:
    """Return what there is to do in a task, and what success is; nothing if it does not say."""
    if not has_physics(task) or task.goal is None or not hasattr(task.physics, "about"):
        return ""
    dt, goal = task.physics.dt, task.goal
    if getattr(task.physics, "ends_well", False):
        return f"{task.physics.about}, within {task.max_steps * dt:g} s"
    last, whole = f"the last {goal.steps * dt:g} s of", f"{task.max_steps * dt:g} s"
    when = f"all {whole}" if goal.steps == task.max_steps else f"{last} {whole}"
    well = getattr(task.physics, "holding", "well")
    return f"{task.physics.about}; “{goal.phrase}”: {well} through {when}"
