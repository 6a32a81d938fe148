"""Control tasks: physics that is compiled with the networks."""

from dataclasses import dataclass, field, replace
from typing import Any, TypeGuard

import numpy as np

from wann.errors import WannError
from wann.names import is_name
from wann.network.network import Networks
from wann.tasks.control.physics import Judged, Scaled
from wann.tasks.control.rollout import kernel, observations_floats, play
from wann.tasks.scaling import Scale
from wann.tasks.task import Capabilities, Task


@dataclass(frozen=True)
class Goal:
    """When an episode succeeds: it does not end early, and all is well after each of its last
    steps.

    All is well where the physics' ``holds`` says so, or, if it has none, wherever an episode goes
    on. Where the physics has ``ends_well = True``, reaching something is the success: an episode
    that ends with ``holds`` is one.

    Attributes:
        steps: how many last steps these are; for the whole episode as many as the task has.
        phrase: what a network does that succeeds, as in "stays up in 97 of 100 starts".
        otherwise: what one does that does not.
    """

    steps: int
    phrase: str = "succeeds"
    otherwise: str = "fails"


@dataclass(frozen=True)
class ControlTask:
    """A control task simulated by compiled physics.

    See ``wann.tasks.control.rollout`` for what the physics must have.

    Where observations are scaled, their means and standard deviations come before the start state
    in each trial.

    Attributes:
        physics: a NamedTuple of parameters with the methods of the physics.
        max_steps: steps after which an episode ends.
        goal: when an episode succeeds; None if that is not said.
        scale: what observations are scaled by.
        unscaled: the task that this one was, until its observations were scaled.
    """

    physics: Any
    max_steps: int
    goal: Goal | None = None
    scale: Scale | None = None
    unscaled: "ControlTask | None" = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check the goal.

        Raises:
            WannError: no episode could reach it, or it has no names that can be shown.
        """
        if self.goal is None:
            return
        steps, names = self.goal.steps, (self.goal.phrase, self.goal.otherwise)
        if not (isinstance(steps, int) and 1 <= steps <= self.max_steps):
            raise WannError(f"goal: steps = {steps!r}: must be from 1 to {self.max_steps}")
        if not all(name and is_name(name) for name in names):
            raise WannError(f"goal: phrase, otherwise = {names}: must be printable texts")

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the observations."""
        return self.physics.observation_names

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of the actions."""
        return self.physics.action_names

    @property
    def capabilities(self) -> Capabilities:
        """Its episodes are compiled, and can be drawn if the physics has a ``draw``."""
        draws = hasattr(self.physics, "draw")
        return Capabilities(
            episodes=True,
            scalable=True,
            recurrent=True,
            success=self.goal is not None,
            draws=draws,
        )

    @property
    def success(self) -> str:
        """What a network does that succeeds; only with a goal."""
        assert self.goal is not None
        return self.goal.phrase

    @property
    def judged(self) -> "ControlTask":
        """The same task with 1 as the score of an episode that succeeds and 0 else.

        Its trials are those of ``judged_trials``. Only with a goal.
        """
        assert self.goal is not None
        return ControlTask(Judged(self.physics, float(self.goal.steps)), self.max_steps)

    def trials(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Return ``(n, state)`` start states, or ``(n, 2 I + state)`` with the scale of I
        observations.
        """
        starts = self.physics.start_states(n, rng)
        return starts if self.scale is None else with_scale(starts, self.scale)

    def scaled(self, scale: Scale) -> "ControlTask":
        """Return the task with observations that are shifted by the means, then divided by the
        deviations.
        """
        return replace(self, scale=scale, unscaled=self.unscaled or self)

    def score(
        self, networks: Networks, weights: np.ndarray, trials: np.ndarray
    ) -> tuple[np.ndarray, int]:
        """Return the ``(N, W, T)`` returns of the episodes, and the environment steps made."""
        env, weights, trials = self.prepared(networks, weights, trials)
        returns = np.empty((networks.size, len(weights), len(trials)))
        return returns, play(env, networks, weights, trials, self.max_steps, returns)

    def observations(
        self, networks: Networks, weights: np.ndarray, trials: np.ndarray
    ) -> tuple[np.ndarray, int]:
        """Return all that is observed while the first network plays, ``(S, I)`` and not scaled, and
        the number of steps.
        """
        n = len(self.inputs)
        if trials.shape[1:] == (len(self.physics.state_names),):
            trials = with_scale(trials, ((0.0,) * n, (1.0,) * n))
        env, weights, trials = self.prepared(
            networks, weights.astype(np.float64), trials.astype(np.float64)
        )
        seen = np.empty(len(weights) * len(trials) * self.max_steps * n)
        play_seen = kernel(observations_floats, env)
        steps = play_seen(env, networks, weights, trials, self.max_steps, seen)
        return seen[: steps * n].reshape(steps, n), steps

    def successes(
        self, networks: Networks, weights: np.ndarray, trials: np.ndarray, scores: np.ndarray
    ) -> np.ndarray:
        """Return in which episodes each network succeeds, ``(N, W, T)``; the ``scores`` do not tell
        that.
        """
        found = self.judged.score(networks, weights, judged_trials(trials))[0]
        return found > 0.5

    def prepared(
        self, networks: Networks, weights: np.ndarray, trials: np.ndarray
    ) -> tuple[Any, np.ndarray, np.ndarray]:
        """Return the physics that trials are of, and weights and trials as compiled code takes
        them: of one type, and checked.

        Raises:
            ValueError: shapes do not fit.
        """
        weights = np.ascontiguousarray(
            weights, np.float32 if weights.dtype == np.float32 else np.float64
        )
        trials = np.ascontiguousarray(trials, weights.dtype)
        plain, n_scales = len(self.physics.state_names), 2 * len(self.inputs)
        if trials.ndim != 2 or trials.shape[1] not in (plain, n_scales + plain):
            raise ValueError(
                f"trials has shape {trials.shape}: must be (trials, {plain}) or (trials,"
                f" {n_scales + plain})"
            )
        if weights.ndim == 2 and networks.size > 1:
            raise ValueError(
                f"individual weights belong to one network; {networks.size} were given"
            )
        return self.physics if trials.shape[1] == plain else self.scaled_physics, weights, trials

    @property
    def scaled_physics(self) -> Any:
        """The physics whose starts begin with the scale of its observations."""
        if isinstance(self.physics, Judged):
            return Judged(Scaled(self.physics.physics), self.physics.steps)
        return Scaled(self.physics)


def with_scale(starts: np.ndarray, scale: Scale) -> np.ndarray:
    """Return ``(T, state)`` start states as trials in which observations are scaled."""
    return np.hstack((np.tile(np.ravel(scale), (len(starts), 1)), starts))


def judged_trials(trials: np.ndarray) -> np.ndarray:
    """Return ``(T, state)`` trials of a task as those of the one that it is ``judged`` by."""
    return np.insert(trials, 0, 0.0, axis=1)  # no step was well yet


def has_physics(task: Task) -> TypeGuard[ControlTask]:
    """Return whether a task is physics of ours, which the browser may have, too."""
    return isinstance(task, ControlTask)
