"""Which parts of a network matter?  ``python -m wann.explain``."""

from wann.explain.ablation import explain
from wann.explain.result import Explanation, Part

__all__ = ["Explanation", "Part", "explain"]
