"""Fewer connections for the same score: ``python -m wann.simplify``."""

from wann.simplify.recorded import Status
from wann.simplify.simplify import simplify

__all__ = ["Status", "simplify"]
