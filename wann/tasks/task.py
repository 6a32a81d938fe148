"""What a network is evolved for: the Task protocol, and control tasks."""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from wann.errors import WannError
from wann.network.network import Networks
from wann.tasks.control.rollout import play
from wann.tasks.scaling import Scale

WORST = -1e9  # counts for a score that is none
LARGEST_SCORE = 1e100  # sums of the squares of many are finite


class Task(Protocol):
    """What the engine needs to know of a task.

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
        """Return ``(n, ...)`` trials, such as start states; every individual of a generation gets the same."""
        ...

    def score(
        self, networks: Networks, weights: np.ndarray, trials: np.ndarray
    ) -> tuple[np.ndarray, int]:
        """Return the score of each network at each weight in each trial, and the steps that it took.

        Args:
            networks: N packed networks.
            weights: ``(W,)`` shared weights, or ``(W, C)`` individual ones for a single network.
                Where they are of float32 the task may compute in this precision.
            trials: ``(T, ...)`` from ``trials``.

        Returns: ``(N, W, T)`` float64, higher is better; and the number of environment steps made.
        It must be a pure function that gives each network the same bits whatever the others are,
        and is called from several threads at once.

        A task whose answers are right or wrong may have one more method,
        ``accuracy(network, weights)``, a pure function, too, that returns what
        ``ClassificationTask.accuracy`` does: the scores of champions then have it as ``accuracy``,
        and the vote on validation samples is a column of history.csv.

        A task whose observations can be scaled has ``scaled(scale)``, which returns the task with
        them scaled so, the attribute ``scale``, and ``observations``, which takes what ``score``
        takes and returns what is observed: see ``wann.tasks.gym.task``.

        A task that can be drawn says so: ``drawable = True``.

        A task whose score is the work of Python code, may say so: ``compiled = False``. It is then
        sent to processes, since threads of Python wait for each other.
        """
        ...


@dataclass(frozen=True)
class ControlTask:
    """A control task simulated by compiled physics; see ``wann.tasks.control.rollout`` for what the physics must have.

    Attributes:
        physics: a NamedTuple of parameters with the methods of the physics.
        max_steps: steps after which an episode ends.
    """

    physics: Any
    max_steps: int

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the observations."""
        return self.physics.observation_names

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of the actions."""
        return self.physics.action_names

    @property
    def drawable(self) -> bool:
        """Whether the physics has a ``draw``."""
        return hasattr(self.physics, "draw")

    def trials(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Return ``(n, state)`` start states."""
        return self.physics.start_states(n, rng)

    def score(
        self, networks: Networks, weights: np.ndarray, trials: np.ndarray
    ) -> tuple[np.ndarray, int]:
        """Return ``(N, W, T)`` returns of the episodes, and the number of environment steps made."""
        weights = np.ascontiguousarray(
            weights, np.float32 if weights.dtype == np.float32 else np.float64
        )
        trials = np.ascontiguousarray(trials, weights.dtype)
        if trials.ndim != 2 or trials.shape[1] != len(self.physics.state_names):
            raise ValueError(
                f"trials has shape {trials.shape}: must be (trials,"
                f" {len(self.physics.state_names)})"
            )
        if weights.ndim == 2 and networks.size > 1:
            raise ValueError(
                f"individual weights belong to one network; {networks.size} were given"
            )
        returns = np.empty((networks.size, len(weights), len(trials)))
        return returns, play(self.physics, networks, weights, trials, self.max_steps, returns)


def digest_of(task: Task) -> str | None:
    """Return what stands for the data of a task: champions carry it, and a run is not resumed with other data."""
    return getattr(task, "digest", None)


def data_of(task: Task) -> dict[str, str]:
    """Return what the provenance of a network says of the data that made it: its digest, and a table's class column."""
    told = {"data": digest_of(task), "target": getattr(task, "target", None)}
    return {key: value for key, value in told.items() if value is not None}


def check_scalable(task: Task) -> None:
    """Raise WannError for a task whose observations cannot be scaled."""
    if not hasattr(task, "scaled"):
        raise WannError(
            "the task's observations cannot be scaled, only those of Gymnasium environments"
            " (gym:ID) can"
        )


def scaled(task: Any, scale: Scale | None) -> Any:
    """Return the task with its observations scaled, or as it is if scale is None; raise WannError if they cannot be."""
    if scale is None:
        return task
    check_scalable(task)
    return task.scaled(scale)


def is_compiled(task: Task) -> bool:
    """Return whether the rollouts of a task are compiled; else they are few, and made by processes."""
    return getattr(task, "compiled", True)
