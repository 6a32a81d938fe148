"""Who evaluates networks: threads, processes or a cluster; the result does not depend on it."""

from wann.workers.evaluator import BACKENDS, Evaluator

__all__ = ["BACKENDS", "Evaluator"]
