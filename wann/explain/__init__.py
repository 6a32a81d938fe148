"""Which parts of a network matter?  ``python -m wann.explain``."""

from wann.explain.ablation import explain

__all__ = ["explain"]
