"""Tasks: what networks are evolved for."""

from wann.tasks.registry import find_task, is_code, name_of, shipped_tasks
from wann.tasks.task import ControlTask, Task

__all__ = ["ControlTask", "Task", "find_task", "is_code", "name_of", "shipped_tasks"]
