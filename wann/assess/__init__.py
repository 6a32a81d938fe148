"""How good is a network, and how little do its weights matter?  ``python -m wann.assess``."""

from wann.assess.assess import assess
from wann.assess.result import (
    AccuracyProfile,
    Assessment,
    ClassifierAssessment,
    Condition,
    Figures,
    Perturbed,
    Profile,
    ScoreProfile,
)

__all__ = [
    "AccuracyProfile",
    "Assessment",
    "ClassifierAssessment",
    "Condition",
    "Figures",
    "Perturbed",
    "Profile",
    "ScoreProfile",
    "assess",
]
