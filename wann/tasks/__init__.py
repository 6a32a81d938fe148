"""Tasks: what networks are evolved for."""

from wann.tasks.control.task import ControlTask, Goal
from wann.tasks.data import Data
from wann.tasks.registry import find_task, is_code, name_of, shipped_tasks
from wann.tasks.task import Capabilities, Task, capabilities_of

__all__ = [
    "Capabilities",
    "ControlTask",
    "Data",
    "Goal",
    "Task",
    "capabilities_of",
    "find_task",
    "is_code",
    "name_of",
    "shipped_tasks",
]
