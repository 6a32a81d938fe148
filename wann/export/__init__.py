"""Take a network anywhere: ``python -m wann.export``."""

from wann.export.formats import FORMATS, export

__all__ = ["FORMATS", "export"]
