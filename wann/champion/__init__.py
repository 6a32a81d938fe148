"""The champion: a network with its names, scores and origin, as an object and as a file."""

from wann.champion.champion import SCHEMA, Champion, load
from wann.champion.task import task_of

__all__ = ["SCHEMA", "Champion", "load", "task_of"]
