"""Give a network weights of its own: ``python -m wann.tune``."""

from wann.errors import StopRequested
from wann.tune.log import log_settings
from wann.tune.scorer import Scorer
from wann.tune.tune import Monitor, tune

__all__ = ["Monitor", "Scorer", "StopRequested", "log_settings", "tune"]
