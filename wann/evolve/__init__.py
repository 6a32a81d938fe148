"""Evolve networks for a task: ``python -m wann.evolve``.

``loop`` has the algorithm, ``Evolution`` what users run.
"""

from wann.evolve.evolution import Evolution
from wann.evolve.loop import generations
from wann.search.generation import Generation

__all__ = ["Evolution", "Generation", "generations"]
