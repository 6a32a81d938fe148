"""Give a network weights of its own: ``python -m wann.tune``."""

from wann.tune.log import log_settings
from wann.tune.tuning import Scorer, tune

__all__ = ["Scorer", "log_settings", "tune"]
