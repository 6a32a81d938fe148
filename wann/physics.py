"""What the author of a control task's physics imports: functions of floats and of lanes, and the
task around them.

>>> from wann.physics import ControlTask, sin_cos, where
"""

from wann.numeric.functions import copysign, rint, where
from wann.numeric.mathfun import cos_near_zero, exp2, gaussian, sigmoid, sin_cos, tanh
from wann.tasks import ControlTask

__all__ = [
    "ControlTask",
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
