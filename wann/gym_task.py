"""Any Gymnasium environment as a task: ``gym:ID``, played in Python, with the network compiled."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import gymnasium
import numpy as np
from gymnasium.wrappers import OrderEnforcing, PassiveEnvChecker, TimeLimit

from wann.errors import WannError
from wann.gym_names import names_of
from wann.gym_policy import Actor, flattener, observed, outputs_for
from wann.network import Networks
from wann.scaling import Scale

LONGEST_EPISODE = 1000  # steps, of an environment without a limit of its own
MOST_SEEDS = 2**31 - 1
PROBED_STEPS = 200  # of the episodes that show what is left of one in the next

_failed: set[str] = set()  # environments whose failure this process has told


@dataclass(frozen=True)
class GymTask:
    """A Gymnasium environment as a task; a trial is the seed of an episode, its score the sum of the rewards.

    Where observations are scaled, the means and standard deviations follow the seed in each trial.

    Attributes:
        name: ``gym:ID`` with the keyword arguments, as it was given.
        env_id: as ``gymnasium.make`` takes it.
        kwargs: of the environment.
        inputs: names of the observations, flattened.
        outputs: names of the network's outputs; see ``wann.actions`` for what they do.
        max_steps: steps after which an episode is cut off.
        fresh: whether each episode needs a new environment, since something of the last one is left after ``reset``.
        scale: what observations are scaled by.
    """

    name: str
    env_id: str
    kwargs: tuple[tuple[str, Any], ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    max_steps: int
    fresh: bool
    scale: Scale | None = None
    compiled = False  # the environment is Python

    @property
    def drawable(self) -> bool:
        """Whether the environment makes pictures."""
        return "rgb_array" in (self.make().metadata.get("render_modes") or ())

    def trials(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Return ``(n, 1)`` seeds of episodes, or ``(n, 1 + 2 I)`` with the scale of I observations."""
        seeds = rng.integers(MOST_SEEDS, size=(n, 1))
        return seeds if self.scale is None else np.hstack((seeds, np.tile(np.ravel(self.scale), (n, 1))))

    def scaled(self, scale: Scale) -> "GymTask":
        """Return the task with observations that are shifted by the means, then divided by the deviations."""
        return replace(self, scale=scale)

    def make(self, render_mode: str | None = None) -> gymnasium.Env:
        """Return the environment, without the wrappers that watch the order of calls and the time."""
        return bare(make(self.name, self.env_id, dict(self.kwargs), render_mode))

    def score(self, networks: Networks, weights: np.ndarray, trials: np.ndarray) -> tuple[np.ndarray, int]:
        """Return ``(N, W, T)`` returns of the episodes, NaN where one failed, and the number of environment steps made.

        An environment that raises an exception, or returns what is not finite, fails: a warning says so once, with
        what reproduces it.
        """
        return self._play(networks, weights, trials)

    def observations(self, networks: Networks, weights: np.ndarray, trials: np.ndarray) -> tuple[np.ndarray, int]:
        """Return all that is observed while the networks play, ``(S, I)`` and not scaled, and the number of steps."""
        seen: list[np.ndarray] = []
        steps = self._play(networks, weights, trials, seen)[1]
        return np.array(seen).reshape(-1, len(self.inputs)), steps

    def _play(
        self, networks: Networks, weights: np.ndarray, trials: np.ndarray, seen: list[np.ndarray] | None = None
    ) -> tuple[np.ndarray, int]:
        """Do as ``score`` does, and append what is observed to a list."""
        weights, n_scales = np.ascontiguousarray(weights, np.float64), 2 * len(self.inputs)
        if trials.ndim != 2 or trials.shape[1] not in (1, 1 + n_scales):
            raise ValueError(f"trials has shape {trials.shape}: must be (trials, 1) or (trials, {1 + n_scales})")
        if weights.ndim == 2 and networks.size > 1:
            raise ValueError(f"individual weights belong to one network; {networks.size} were given")
        returns, steps = np.empty((networks.size, len(weights), len(trials))), 0
        seeds, env = trials[:, 0].astype(int).tolist(), self.make()
        scale = trials[0, 1:].reshape(2, -1) if len(trials) and trials.shape[1] > 1 else None  # the same in all
        actor = Actor(env.observation_space, env.action_space, scale)
        for i in range(networks.size):
            actor.take(networks.part(i, i + 1))
            for w in range(len(weights)):
                act = actor.policy(weights[w : w + 1], seen)
                for t, seed in enumerate(seeds):
                    try:
                        total, made = episode(env, seed, act, self.max_steps)
                    except Exception as error:  # whatever a user's environment may raise
                        self._tell(error, seed, weights[w])
                        total, made = np.nan, 1
                    returns[i, w, t] = total
                    steps += made
                    if self.fresh or np.isnan(total):
                        env.close()
                        env = self.make()
        env.close()
        return returns, steps

    def _tell(self, error: Exception, seed: int, weight: np.ndarray | float) -> None:
        """Warn of a failure, once in a process."""
        if self.name not in _failed:
            _failed.add(self.name)
            at = f"weight {weight:g}" if np.ndim(weight) == 0 else "the individual weights"
            warnings.warn(
                f"{self.name} failed with seed {seed} at {at}: {type(error).__name__}: {error}; such episodes count as "
                "the worst, and this is told once",
                stacklevel=3,
            )


def episode(env: gymnasium.Env, seed: int, act: Callable[[Any], Any], max_steps: int) -> tuple[float, int]:
    """Return the sum of the rewards of an episode, and its steps.

    Args:
        env: the environment.
        seed: that it is reset with.
        act: the action for an observation.
        max_steps: that it lasts at most.

    Raises:
        FloatingPointError: a reward or an observation is not finite.
        Exception: what the environment raises.
    """
    observation, _ = env.reset(seed=seed)
    step, made, over = env.step, 0, False
    total: Any = 0.0
    while not over and made < max_steps:
        observation, reward, terminated, truncated, _ = step(act(observation))
        total += reward
        made += 1
        over = terminated or truncated
    if not np.isfinite(total):
        raise FloatingPointError(f"the sum of the rewards is {total}")
    return float(total), made


def make(name: str, env_id: str, kwargs: dict[str, Any], render_mode: str | None = None) -> gymnasium.Env:
    """Return an environment.

    Raises:
        WannError: there is none of this id, it takes other arguments, or something that it needs is not installed.
    """
    options: dict[str, Any] = kwargs if render_mode is None else {**kwargs, "render_mode": render_mode}
    try:
        return gymnasium.make(env_id, disable_env_checker=True, **options)
    except gymnasium.error.DependencyNotInstalled as error:
        extra = "box2d" if "box2d" in str(error).lower() else None
        hint = f'pip install "wann[{extra}]"' if extra else str(error)
        raise WannError(f"task {name!r} needs a library that is not installed: {hint}") from None
    except Exception as error:  # whatever a user's environment may raise
        raise WannError(f"task {name!r}: cannot make this environment: {type(error).__name__}: {error}") from None


def bare(env: gymnasium.Env) -> gymnasium.Env:
    """Return the environment without what ``gymnasium.make`` wraps around each: it costs time in every step."""
    while isinstance(env, OrderEnforcing | PassiveEnvChecker | TimeLimit):
        env = env.env
    return env


def gym_task(name: str) -> GymTask:
    """Return the task of a name ``gym:ID`` or ``gym:module:ID``, perhaps with ``,KEY=VALUE`` and more of these.

    Raises:
        WannError: there is no such environment, or a network cannot play it.
    """
    env_id, *assignments = name.removeprefix("gym:").split(",")
    kwargs: dict[str, Any] = {}
    for assignment in assignments:
        key, equals, text = assignment.partition("=")
        if not equals or not key.isidentifier() or key in ("render_mode", "id", "vectorization_mode"):
            raise WannError(f"task {name!r}: {assignment!r} must be KEY=VALUE, an argument of the environment")
        kwargs[key] = plain_value(text)
    env = make(name, env_id, kwargs)
    limit = env.spec.max_episode_steps if env.spec else None
    try:
        n_inputs, n_outputs = observed(env.observation_space), outputs_for(env.action_space)
    except WannError as error:
        raise WannError(f"task {name!r}: {error}") from None
    try:
        start, _ = env.reset(seed=0)
        size = flattener(env.observation_space)(start).size
    except Exception as error:  # whatever a user's environment may raise
        raise WannError(f"task {name!r}: cannot be reset: {type(error).__name__}: {error}") from None
    if size != n_inputs:
        raise WannError(f"task {name!r}: reset returns {size} numbers, but the observation space has {n_inputs}")
    inputs, outputs = names_of(env_id, env, n_inputs, n_outputs)
    env.close()
    fresh = leaks(lambda: bare(make(name, env_id, kwargs)), name)
    return GymTask(name, env_id, tuple(kwargs.items()), inputs, outputs, limit or LONGEST_EPISODE, fresh)


def plain_value(text: str) -> bool | int | float | str:
    """Return ``true`` and ``false`` as such, a number as a number, and other text as it is."""
    if text in ("true", "false"):
        return text == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return text


def leaks(make_env: Callable[[], gymnasium.Env], name: str) -> bool:
    """Return whether an episode may depend on the one before it in the same environment.

    It does in worlds of Box2D that outlive a reset, such as BipedalWalker's, though seldom so that a few episodes
    show it: where there is such a world the answer is yes.  Else a few episodes tell.

    Warns if an episode is no function of seed and actions at all.
    """

    def trace(env: gymnasium.Env, seed: int) -> list[bytes]:
        """Return what an episode of random actions returns in each step."""
        space, flat = env.action_space, flattener(env.observation_space)
        space.seed(seed)
        observation, _ = env.reset(seed=seed)
        result = [flat(observation).tobytes()]
        for _ in range(PROBED_STEPS):
            observation, reward, terminated, truncated, _ = env.step(space.sample())
            result.append(flat(observation).tobytes() + np.float64(reward).tobytes())
            if terminated or truncated:
                break
        return result

    used, new, other = make_env(), make_env(), make_env()
    try:
        trace(used, 1)
        expected = trace(new, 2)
        if trace(other, 2) != expected:
            warnings.warn(
                f"{name}: the same seed and actions give another episode: runs cannot be repeated, and champions may "
                "be lucky; let all that is random in the environment come from self.np_random",
                stacklevel=2,
            )
        of_box2d = (type(value).__module__.startswith("Box2D") for value in vars(used.unwrapped).values())
        return any(of_box2d) or trace(used, 2) != expected
    except Exception:  # it is told when it happens in the search, where the seed is known
        return True
    finally:
        for env in (used, new, other):
            env.close()
