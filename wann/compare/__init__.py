"""Which of several kinds of runs are better, and how sure is that?  ``python -m wann.compare``."""

from wann.compare.compare import compare
from wann.compare.result import Comparison, Group, Summary
from wann.compare.runs import Run

__all__ = ["Comparison", "Group", "Run", "Summary", "compare"]
