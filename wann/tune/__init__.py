"""Give a network weights of its own: ``python -m wann.tune``."""

from wann.tune.log import log_settings
from wann.tune.tune import Monitor, Scorer, StopRequested, tune

__all__ = ["Monitor", "Scorer", "StopRequested", "log_settings", "tune"]
