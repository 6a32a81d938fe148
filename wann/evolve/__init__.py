"""Evolve networks for a task: ``python -m wann.evolve``."""

from wann.evolve.loop import evolve, generations

__all__ = ["evolve", "generations"]
