"""What the author of a control task's physics imports: functions of floats and of lanes, and the
task around them.

>>> from wann.physics import ControlTask, sin_cos, where

A task may say when an episode succeeds: ``ControlTask(Balloon(), 200, Goal(50, "stays level"))``,
where the physics has a method ``holds(self, state)``; see ``Goal`` and
``wann.tasks.control.rollout``.
"""

from wann.numeric.functions import copysign, rint, where
from wann.numeric.mathfun import cos_near_zero, exp2, gaussian, sigmoid, sin_cos, tanh
from wann.tasks import ControlTask, Goal

__all__ = [
    "ControlTask",
    "Goal",
    "copysign",
    "cos_near_zero",
    "exp2",
    "gaussian",
    "rint",
    "sigmoid",
    "sin_cos",
    "tanh",
    "where",
]
