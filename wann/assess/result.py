"""What ``wann.assess`` finds, of networks that play and of those that classify."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from wann.assess.conditions import CLOSE


@dataclass(frozen=True)
class Figures:
    """What a network scores under one condition.

    Attributes:
        mean: over trials, or over samples and draws.
        std: over trials or draws; None where there is one draw.
        interval: of the mean, 95 % (``wann.assess.bootstrap``).
    """

    mean: float
    std: float | None
    interval: tuple[float, float]

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        spread = {} if self.std is None else {"std": self.std}
        return {"mean": self.mean, **spread, "interval": list(self.interval)}


@dataclass(frozen=True)
class Condition:
    """One weight condition.

    Attributes:
        score: of an episode; of classifiers the accuracy, from 0 to 1.
        loss: of classifiers, the cross-entropy in nats, where the condition has one.
        classifies: whether it is of a classifier.
        success: the share of the episodes that succeed, from 0 to 1; None where the task does not
            say.
    """

    score: Figures
    loss: Figures | None = None
    classifies: bool = False
    success: float | None = None

    @property
    def mean(self) -> float:
        """The mean score or accuracy."""
        return self.score.mean

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        if not self.classifies:
            success = {} if self.success is None else {"success": self.success}
            return {**self.score.to_json(), **success}
        loss = {} if self.loss is None else {"loss": self.loss.to_json()}
        return {"accuracy": self.score.to_json(), **loss}


@dataclass(frozen=True)
class Perturbed:
    """A network after changes of given weights.

    Attributes:
        noise: by its level: each weight times 1 + e, e normal with this standard deviation.
        random_signs: each weight with a sign that is drawn.
        opposite_signs: all weights times -1.
    """

    noise: Mapping[str, Condition]
    random_signs: Condition
    opposite_signs: Condition

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "noise": as_json(self.noise),
            "random_signs": self.random_signs.to_json(),
            "opposite_signs": self.opposite_signs.to_json(),
        }


@dataclass(frozen=True, eq=False)
class Profile:
    """How the score depends on the shared weight.

    Attributes:
        weights: ``(W,)`` the shared weights, ascending.
        mean: ``(W,)`` mean score at each; of classifiers the accuracy.
        worst: ``(W,)`` of the trials at each; of classifiers, of the classes.
        best: ``(W,)`` likewise.
    """

    name: ClassVar[str] = "mean"  # of the measure, in JSON

    weights: np.ndarray
    mean: np.ndarray
    worst: np.ndarray
    best: np.ndarray

    @property
    def overall(self) -> float:
        """The mean over all weights."""
        return float(self.mean.mean())

    @property
    def best_weight(self) -> tuple[float, float]:
        """The weight with the highest mean, and this mean."""
        return self._at(int(self.mean.argmax()))

    @property
    def worst_weight(self) -> tuple[float, float]:
        """The weight with the lowest mean, and this mean."""
        return self._at(int(self.mean.argmin()))

    @property
    def near_best(self) -> float:
        """The share of weights whose mean falls short of the best one's by at most 10 % of it."""
        best = self.best_weight[1]
        return float(np.mean(self.mean >= best - CLOSE * abs(best)))

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        raise NotImplementedError

    def _at(self, k: int) -> tuple[float, float]:
        return float(self.weights[k]), float(self.mean[k])

    def _ends(self) -> dict[str, Any]:
        """Return best and worst weight, and the share near the best, as plain values."""
        ends = {"best_weight": self.best_weight, "worst_weight": self.worst_weight}
        return {
            **{end: {"weight": at, self.name: mean} for end, (at, mean) in ends.items()},
            "near_best": self.near_best,
        }


@dataclass(frozen=True, eq=False)
class ScoreProfile(Profile):
    """How the return of episodes depends on the shared weight.

    Attributes:
        std: ``(W,)`` over the trials at each weight.
        success: ``(W,)`` share of the trials that succeed at each; None where the task does not
            say.
    """

    std: np.ndarray
    success: np.ndarray | None = None

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        columns = {name: getattr(self, name).tolist() for name in ("weights", "mean", "std")}
        ends = {"worst": self.worst.tolist(), "best": self.best.tolist()}
        success = {} if self.success is None else {"success": self.success.tolist()}
        return {**columns, **ends, **success, "mean_score": self.overall, **self._ends()}


@dataclass(frozen=True, eq=False)
class AccuracyProfile(Profile):
    """How accuracy and loss of a classifier depend on the shared weight.

    Attributes:
        loss: ``(W,)`` mean cross-entropy [nats].
        per_class: ``(W,)`` accuracies by class.
    """

    name = "accuracy"

    loss: np.ndarray
    per_class: Mapping[str, list[float]]

    @property
    def near_best(self) -> float:
        """The share of weights whose accuracy falls short of the best one's by at most 10 % of
        it.
        """
        return float(np.mean(self.mean >= (1 - CLOSE) * self.mean.max()))

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "weights": self.weights.tolist(),
            "accuracy": self.mean.tolist(),
            "loss": self.loss.tolist(),
            "per_class": dict(self.per_class),
            "mean_accuracy": self.overall,
            **self._ends(),
        }


@dataclass(frozen=True, eq=False)
class Assessment:
    """How good a network is, and how little that depends on its weights.

    Attributes:
        task: name of the task.
        connections: enabled ones of the network.
        trials: of each condition; of classifiers, draws of what is random.
        per_weight: each shared weight of the sweep that it was evolved for.
        sweep: the mean of these.
        random_weights: every connection with a weight of its own, uniform in [-2, 2].
        random_shared: one weight for all connections, uniform in [-2, 2].
        best_weight: the best single weight in [-3, 3], found on other trials or samples.
        best_shared: at this weight.
        tuned: with the individual weights of the champion; None if it has none.
        perturbed: after changes of the last two, ``best_shared`` and ``tuned``.
        profile: over shared weights from -3 to 3.
        success: what a network does that succeeds, as "stays up"; None where the task does not say.
    """

    measure: ClassVar[str] = "score"
    scale: ClassVar[float] = 1.0  # by which figures show it

    task: str | None
    connections: int
    trials: int
    per_weight: Mapping[str, Condition]
    sweep: Condition
    random_weights: Condition
    random_shared: Condition
    best_weight: float
    best_shared: Condition
    tuned: Condition | None
    perturbed: Mapping[str, Perturbed]
    profile: Profile
    success: str | None = field(default=None, kw_only=True)

    @property
    def counted(self) -> str:
        """What the figures are means of."""
        return f"{self.trials} trials"

    @property
    def ensembles(self) -> Mapping[str, Condition]:
        """The network at all weights of the sweep at once, by the way in which these decide."""
        return {}

    def to_json(self) -> dict[str, Any]:
        """Return what ``python -m wann.assess --json`` prints."""
        tuned = {} if self.tuned is None else {"tuned": self.tuned.to_json()}
        return {
            "task": self.task,
            "trials": self.trials,
            "connections": self.connections,
            **({} if self.success is None else {"success": self.success}),
            "per_weight": as_json(self.per_weight),
            "random_weights": self.random_weights.to_json(),
            "random_shared": self.random_shared.to_json(),
            "best_shared": {"weight": self.best_weight, **self.best_shared.to_json()},
            **tuned,
            "sweep": self.sweep.to_json(),
            "perturbed": as_json(self.perturbed),
            "profile": self.profile.to_json(),
        }


@dataclass(frozen=True, eq=False)
class ClassifierAssessment(Assessment):
    """How good a classifier is on its test samples.

    Attributes:
        samples: test samples.
        classes: their names.
        ensemble: the network at all weights of the sweep at once, by ``vote`` and by
            ``mean_probability``.
        per_class: accuracy of each class at the weights of the sweep.
        confusion: ``(classes, classes)`` how many samples of each class (row) the ensemble takes
            for each (column), by mean probability.
    """

    measure = "accuracy [%]"
    scale = 100.0

    samples: int
    classes: tuple[str, ...]
    ensemble: Mapping[str, Condition]
    per_class: Mapping[str, list[float]]
    confusion: np.ndarray

    @property
    def counted(self) -> str:
        """What the figures are means of."""
        return f"{self.samples} test samples"

    @property
    def ensembles(self) -> Mapping[str, Condition]:
        """The network at all weights of the sweep at once, by the way in which these decide."""
        return self.ensemble

    def to_json(self) -> dict[str, Any]:
        """Return what ``python -m wann.assess --json`` prints."""
        tuned = {} if self.tuned is None else {"tuned": self.tuned.to_json()}
        return {
            "task": self.task,
            "samples": self.samples,
            "draws": self.trials,
            "connections": self.connections,
            "classes": list(self.classes),
            "per_weight": as_json(self.per_weight),
            "sweep": self.sweep.to_json(),
            "random_weights": self.random_weights.to_json(),
            "random_shared": self.random_shared.to_json(),
            "best_shared": {"weight": self.best_weight, **self.best_shared.to_json()},
            **tuned,
            "ensemble": as_json(self.ensemble),
            "perturbed": as_json(self.perturbed),
            "per_class": dict(self.per_class),
            "profile": self.profile.to_json(),
            "confusion": self.confusion.tolist(),
        }


def as_json(parts: Mapping[str, Any]) -> dict[str, Any]:
    """Return parts that have ``to_json`` as plain values."""
    return {name: part.to_json() for name, part in parts.items()}
