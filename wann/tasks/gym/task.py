"""Any Gymnasium environment as a task: ``gym:ID``, played in Python, with the network compiled."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import gymnasium
import numpy as np

from wann.errors import WannError, warn
from wann.network.network import Networks
from wann.tasks.gym.actions import outputs_for
from wann.tasks.gym.env import (
    bare,
    check_interrupt,
    close,
    draws,
    episode,
    limit_of,
    reason,
    spaces_of,
    start,
    threshold_of,
)
from wann.tasks.gym.kept import Kept, kept
from wann.tasks.gym.named import Named, parsed
from wann.tasks.gym.names import names_of
from wann.tasks.gym.observations import flattener, observed
from wann.tasks.gym.policy import Actor
from wann.tasks.gym.probe import probe
from wann.tasks.gym.settled import Settled
from wann.tasks.scaling import Scale
from wann.tasks.task import Capabilities

LONGEST_EPISODE = 1000  # steps, of an environment without a limit of its own
MOST_SEEDS = 2**31 - 1

_failed: set[str] = set()  # environments whose failure this process has told


@dataclass(frozen=True)
class GymTask:
    """A Gymnasium environment as a task.

    A trial is the seed of an episode, its score the sum of the rewards.

    Where observations are scaled, the means and standard deviations follow the seed in each trial;
    where episodes end that have settled, the steps that this takes are last.

    Attributes:
        name: ``gym:ID`` with the keyword arguments, as it was given, or what it is called.
        made: makes it; called with the render mode.
        inputs: names of the observations, flattened.
        outputs: names of the network's outputs; see ``wann.tasks.gym.actions`` for what they do.
        max_steps: steps after which an episode is cut off.
        fresh: whether each episode needs a new environment, since something of the last one is left
            after ``reset``.
        scale: what observations are scaled by.
        threshold: the return from which on an episode succeeds; None if that is not known.
    """

    name: str
    made: Callable[[str | None], gymnasium.Env]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    max_steps: int
    fresh: bool
    scale: Scale | None = None
    threshold: float | None = None

    @property
    def capabilities(self) -> Capabilities:
        """Its episodes are Python; an environment is made to see whether it draws them."""
        return Capabilities(
            compiled=False,
            episodes=True,
            scalable=True,
            recurrent=True,
            settles=True,
            success=self.threshold is not None,
            draws=self._draws,
        )

    @property
    def success(self) -> str:
        """What a network does that succeeds."""
        return f"reaches {self.threshold:g}"

    def trials(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Return ``(n, 1)`` seeds of episodes, or ``(n, 1 + 2 I)`` with the scale of I
        observations.
        """
        seeds = rng.integers(MOST_SEEDS, size=(n, 1))
        return (
            seeds
            if self.scale is None
            else np.hstack((seeds, np.tile(np.ravel(self.scale), (n, 1))))
        )

    def scaled(self, scale: Scale) -> "GymTask":
        """Return the task with observations that are shifted by the means, then divided by the
        deviations.
        """
        return replace(self, scale=scale)

    def make(self, render_mode: str | None = None) -> gymnasium.Env:
        """Return the environment, without the wrappers that watch the order of calls and the
        time.
        """
        return bare(self.made(render_mode))

    def score(
        self, networks: Networks, weights: np.ndarray, trials: np.ndarray
    ) -> tuple[np.ndarray, int]:
        """Return ``(N, W, T)`` returns of the episodes, NaN where one failed, and the number of
        environment steps made.

        An environment that raises an exception, or returns what is not finite, fails: a warning
        says so once, with what reproduces it.
        """
        returns, steps, failure = self._play(networks, weights, trials)
        self._tell(failure)
        return returns, steps

    def successes(
        self, networks: Networks, weights: np.ndarray, trials: np.ndarray, scores: np.ndarray
    ) -> np.ndarray:
        """Return which of the ``(N, W, T)`` scores reach the threshold; only where there is one."""
        return scores >= np.float64(self.threshold)

    def failure(self, networks: Networks, weights: np.ndarray, trials: np.ndarray) -> str | None:
        """Return why the first episode that fails does so, with what reproduces it.

        None if none fails.
        """
        return self._play(networks, weights, trials)[2]

    def observations(
        self, networks: Networks, weights: np.ndarray, trials: np.ndarray
    ) -> tuple[np.ndarray, int]:
        """Return all that is observed while the networks play, ``(S, I)`` and not scaled, and the
        number of steps.
        """
        seen: list[np.ndarray] = []
        _, steps, failure = self._play(networks, weights, trials, seen)
        self._tell(failure)
        return np.array(seen).reshape(-1, len(self.inputs)), steps

    def _draws(self) -> bool:
        """Return whether the environment makes pictures."""
        with kept():
            return draws(self.make())

    def _play(
        self,
        networks: Networks,
        weights: np.ndarray,
        trials: np.ndarray,
        seen: list[np.ndarray] | None = None,
    ) -> tuple[np.ndarray, int, str | None]:
        """Return what ``score`` and ``failure`` do; append what is observed to a list."""
        weights, n_scales = np.ascontiguousarray(weights, np.float64), 2 * len(self.inputs)
        settles = trials.ndim == 2 and trials.shape[1] in (2, 2 + n_scales)
        if not settles and (trials.ndim != 2 or trials.shape[1] not in (1, 1 + n_scales)):
            raise ValueError(
                f"trials has shape {trials.shape}: must be (trials, 1) or (trials, {1 + n_scales}),"
                " and one column more where episodes settle"
            )
        if settles and not (trials[:, -1] >= 1).all():
            raise ValueError(
                f"trials has shape {trials.shape}, of which the last column is {trials[:, -1]}:"
                " must be after how many steps an episode settles, from 1 on"
            )
        if weights.ndim == 2 and networks.size > 1:
            raise ValueError(
                f"individual weights belong to one network; {networks.size} were given"
            )
        scale, settle_steps = None, 0  # the same in all
        if len(trials) and trials.shape[1] > 2:
            scale = trials[0, 1 : 1 + n_scales].reshape(2, -1)
        if len(trials) and settles:
            settle_steps = int(trials[0, -1])
        seeds = trials[:, 0].astype(int).tolist()
        with kept() as before:
            return self._episodes(networks, weights, seeds, scale, settle_steps, seen, before)

    def _episodes(
        self,
        networks: Networks,
        weights: np.ndarray,
        seeds: list[int],
        scale: np.ndarray | None,
        settle_steps: int,
        seen: list[np.ndarray] | None,
        before: Kept,
    ) -> tuple[np.ndarray, int, str | None]:
        returns, steps, failure = np.empty((networks.size, len(weights), len(seeds))), 0, None
        env = self.make()
        actor = Actor(env.observation_space, env.action_space, scale)
        for i in range(networks.size):
            actor.take(networks.part(i, i + 1))
            for w in range(len(weights)):
                act = actor.policy(weights[w : w + 1], seen)
                for t, seed in enumerate(seeds):
                    actor.reset()
                    try:
                        rate = self._rate(env, settle_steps)
                        total, made = episode(env, seed, act, self.max_steps, rate)
                    except BaseException as error:
                        before.restore()
                        check_interrupt(error)
                        at = (
                            f"weight {weights[w]:g}"
                            if weights.ndim == 1
                            else "the individual weights"
                        )
                        failure = failure or f"seed {seed} at {at}: {reason(error)}"
                        total, made = np.nan, 1
                    returns[i, w, t] = total
                    steps += made
                    if self.fresh or np.isnan(total):
                        before.restore()
                        close(env)
                        env = self.make()
        close(env)
        return returns, steps, failure

    def _rate(self, env: gymnasium.Env, steps: int) -> Callable[[Any, float], float] | None:
        """Return what ``episode`` asks whether an episode has settled; None if none does."""
        if not steps:
            return None
        watch, first = Settled(1, len(self.inputs), steps), np.zeros(1, int)
        numbers = flattener(env.observation_space)

        def rate(observation: Any, total: float) -> float:
            seen = np.asarray(numbers(observation), np.float64).reshape(1, -1)
            return float(watch.rate(first, seen, np.array([total]))[0])

        return rate

    def _tell(self, failure: str | None) -> None:
        """Warn of a failure, if there is one, once in a process."""
        if failure is not None and self.name not in _failed:
            _failed.add(self.name)
            such = "such episodes count as the worst, and this is told once"
            warn(f"{self.name} failed with {failure}; {such}", stacklevel=3)


def gym_task(name: str) -> GymTask:
    """Return the task of a name ``gym:ID`` or ``gym:module:ID``, perhaps with ``,KEY=VALUE`` and
    more of these.

    Raises:
        WannError: there is no such environment, or a network cannot play it.
    """
    env_id, kwargs = parsed(name, ("id", "vectorization_mode", "disable_env_checker"))
    return probed_task(name, Named(name, env_id, tuple(kwargs.items())))


def probed_task(name: str, made: Callable[[str | None], gymnasium.Env]) -> GymTask:
    """Return the task of an environment, which is made and played a little to see what it is like.

    Args:
        name: of the task.
        made: makes the environment; called with the render mode.

    Raises:
        WannError: a network cannot play it.
    """
    with kept():
        task, lucky = _probed(name, made)
    if lucky:
        warn(
            f"{name}: the same seed and actions give another episode: runs cannot be repeated, and"
            " champions may be lucky; let all that is random in the environment come from"
            " self.np_random",
            stacklevel=2,
        )
    return task


def _probed(name: str, made: Callable[[str | None], gymnasium.Env]) -> tuple[GymTask, bool]:
    """Return the task, and whether an episode is no function of seed and actions."""
    env = made(None)
    limit, threshold = limit_of(env), threshold_of(env)
    try:
        observation_space, action_space = spaces_of(env)
        n_inputs, n_outputs = observed(observation_space), outputs_for(action_space)
    except WannError as error:
        raise WannError(f"task {name!r}: {error}") from None
    try:
        size = flattener(observation_space)(start(env, 0)).size
    except BaseException as error:
        check_interrupt(error)
        raise WannError(f"task {name!r}: cannot be reset: {reason(error)}") from None
    if size != n_inputs:
        raise WannError(
            f"task {name!r}: reset returns {size} numbers, but the observation space has {n_inputs}"
        )
    env_id = name.removeprefix("gym:").partition(",")[0]
    inputs, outputs = names_of(env_id, env, n_inputs, n_outputs)
    close(env)
    fresh, lucky = probe(lambda: bare(made(None)))
    max_steps = limit or LONGEST_EPISODE
    return GymTask(name, made, inputs, outputs, max_steps, fresh, threshold=threshold), lucky
