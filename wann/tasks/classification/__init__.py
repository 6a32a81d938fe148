"""Classification: samples of known class."""

from wann.tasks.classification.samples import Samples, split
from wann.tasks.classification.task import ClassificationTask

__all__ = ["ClassificationTask", "Samples", "split"]
