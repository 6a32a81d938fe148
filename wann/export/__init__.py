"""Take a network anywhere: ``python -m wann.export``."""

from wann.export.formats import FORMATS

__all__ = ["FORMATS"]
