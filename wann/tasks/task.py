"""What a network is evolved for: the Task protocol, and what kinds of tasks can."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, Self, TypeGuard

import numpy as np

from wann.errors import WannError
from wann.network.network import Network, Networks
from wann.tasks.scaling import Scale

WORST = -1e9  # counts for a score that is none
LARGEST_SCORE = 1e100  # sums of the squares of many are finite


@dataclass(frozen=True)
class Capabilities:
    """What a kind of task can; a task declares it as its attribute ``capabilities``.

    Attributes:
        compiled: whether rollouts are compiled code: they are many then, and threads make them.
            Others are few, and processes make them, since threads of Python wait for each other.
        episodes: whether a network acts in an environment for at most ``max_steps``; a task that is
            no ``ControlTask`` has a ``name`` and makes the environment by ``make(render_mode)``.
        scalable: whether observations can be scaled: ``ScalableTask``.
        accuracy: whether answers are right or wrong: ``AccuracyTask``.
        success: whether episodes succeed or fail: ``SuccessTask``.
        samples: whether it has samples with classes to train, to choose and to report on:
            ``wann.tasks.classification.samples.SampleTask``.
        costly: whether a rollout takes milliseconds although it is compiled: few are made then, as
            of Python.
        recurrent: whether it has steps, between which recurrent networks remember what they shall:
            they come with nothing to remember, see ``wann.network.forward.remember``.
        settles: whether episodes that have settled may end: see ``wann.tasks.gym.settled``.
        draws: whether the task can be drawn, or a function that finds that out.
    """

    compiled: bool = True
    episodes: bool = False
    scalable: bool = False
    accuracy: bool = False
    success: bool = False
    samples: bool = False
    costly: bool = False
    recurrent: bool = False
    settles: bool = False
    draws: bool | Callable[[], bool] = False

    @property
    def cheap(self) -> bool:
        """Whether rollouts take so little that commands make tens of thousands."""
        return self.compiled and not self.costly

    @property
    def drawable(self) -> bool:
        """Whether the task can be drawn; to find that out an environment may have to be made."""
        return self.draws() if callable(self.draws) else self.draws


class Task(Protocol):
    """What the engine needs to know of a task.

    A task may have more, and says so in an attribute ``capabilities``. Without that attribute it is
    taken for one with ``accuracy``, ``successes`` or ``scaled`` if it has such a method, and for
    one that is drawn or that is Python if it has ``drawable = True`` or ``compiled = False``.

    A task with data may have a ``digest``, text that is another for other data: see ``digest_of``.
    """

    @property
    def inputs(self) -> tuple[str, ...]:
        """Name of each network input, the bias not included."""
        ...

    @property
    def outputs(self) -> tuple[str, ...]:
        """Name of each network output."""
        ...

    def trials(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Return ``(n, ...)`` trials, such as start states.

        Every individual of a generation gets the same.
        """
        ...

    def score(
        self, networks: Networks, weights: np.ndarray, trials: np.ndarray
    ) -> tuple[np.ndarray, int]:
        """Return the score of each network at each weight in each trial, and the steps that it
        took.

        Args:
            networks: N packed networks.
            weights: ``(W,)`` shared weights, or ``(W, C)`` individual ones for a single network.
                Where they are of float32 the task may compute in this precision.
            trials: ``(T, ...)`` from ``trials``.

        Returns: ``(N, W, T)`` float64, higher is better; and the number of environment steps made.
        It must be a pure function that gives each network the same bits whatever the others are,
        and is called from several threads at once.
        """
        ...


class AccuracyTask(Task, Protocol):
    """A task whose answers are right or wrong.

    The scores of champions have its ``accuracy``, and its vote on validation samples is a column of
    history.csv.
    """

    def accuracy(self, network: Network, weights: np.ndarray) -> dict[str, Any]:
        """Return what ``ClassificationTask.accuracy`` does; a pure function."""
        ...


class SuccessTask(Task, Protocol):
    """A task whose episodes succeed or fail: whatever shows scores shows how many succeed, too."""

    @property
    def success(self) -> str:
        """What a network does that succeeds, as "stays up", to be followed by "in 97 of 100
        starts".
        """
        ...

    def successes(
        self, networks: Networks, weights: np.ndarray, trials: np.ndarray, scores: np.ndarray
    ) -> np.ndarray:
        """Return which of the episodes that have these ``(N, W, T)`` scores succeed, as booleans of
        this shape.

        The other arguments are those of ``score``; a pure function, called from several threads.
        """
        ...


class ScalableTask(Task, Protocol):
    """A task whose observations can be scaled, as those of ``wann.tasks.gym.task``."""

    @property
    def scale(self) -> Scale | None:
        """What observations are scaled by."""
        ...

    def scaled(self, scale: Scale) -> Self:
        """Return the task with its observations scaled so."""
        ...

    def observations(
        self, networks: Networks, weights: np.ndarray, trials: np.ndarray
    ) -> tuple[np.ndarray, int]:
        """Return what is observed in rollouts, ``(S, I)`` and not scaled, and the steps made.

        The arguments are those of ``score``.
        """
        ...


def capabilities_of(task: Task) -> Capabilities:
    """Return what a task declares as ``capabilities``, else what its attributes and methods say."""
    declared: Capabilities | None = getattr(task, "capabilities", None)
    if declared is not None:
        return declared
    return Capabilities(
        compiled=getattr(task, "compiled", True),
        scalable=hasattr(task, "scaled"),
        accuracy=hasattr(task, "accuracy"),
        success=hasattr(task, "successes"),
        draws=lambda: getattr(task, "drawable", False),
    )


def has_accuracy(task: Task) -> TypeGuard[AccuracyTask]:
    """Return whether answers to a task are right or wrong."""
    return capabilities_of(task).accuracy


def has_success(task: Task) -> TypeGuard[SuccessTask]:
    """Return whether episodes of a task succeed or fail."""
    return capabilities_of(task).success


def is_scalable(task: Task) -> TypeGuard[ScalableTask]:
    """Return whether the observations of a task can be scaled."""
    return capabilities_of(task).scalable


def digest_of(task: Task) -> str | None:
    """Return what stands for the data of a task: champions carry it, and a run is not resumed with
    other data.
    """
    return getattr(task, "digest", None)


def data_of(task: Task) -> dict[str, str]:
    """Return what the provenance of a network says of the data that made it: its digest, and a
    table's class column.
    """
    known = {"data": digest_of(task), "target": getattr(task, "target", None)}
    return {key: value for key, value in known.items() if value is not None}


def scaled(task: Task, scale: Scale | None) -> Task:
    """Return the task with its observations scaled, or as it is if scale is None.

    Raises:
        WannError: they cannot be scaled.
    """
    return task if scale is None else require_scalable(task).scaled(scale)


def check_recurrent(task: Task, what: str) -> None:
    """Raise WannError if a task has no steps between which a network could remember something;
    ``what`` is the start of the sentence.
    """
    if not capabilities_of(task).recurrent:
        raise WannError(
            f"{what}, but the task has no steps, between which recurrent networks remember: only"
            " physics, Gymnasium environments and functions have"
        )


def check_settles(task: Task, steps: int) -> None:
    """Raise WannError if episodes of a task do not end when they have settled."""
    if not capabilities_of(task).settles:
        raise WannError(
            f"settle_steps = {steps}: only episodes of gym:ID and envpool:ID settle; leave it out,"
            " or set it to 0"
        )


def require_scalable(task: Task) -> ScalableTask:
    """Return the task as one whose observations can be scaled.

    Raises:
        WannError: they cannot be.
    """
    if not is_scalable(task):
        raise WannError(
            "the task's observations cannot be scaled, only those of physics and of Gymnasium"
            " environments (gym:ID) can"
        )
    return task
