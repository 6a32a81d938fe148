"""Environments of Gymnasium as users write them: making one, playing an episode, and what is said
of its mistakes.

Whatever an environment raises is a failure of its own, also what ends programs, such as
``SystemExit``.
"""

import signal
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import gymnasium
import numpy as np
from gymnasium.wrappers import OrderEnforcing, PassiveEnvChecker, TimeLimit

from wann.config import quoted
from wann.errors import WannError
from wann.tasks.task import LARGEST_SCORE

WRAPPERS = OrderEnforcing, PassiveEnvChecker, TimeLimit
NUMBERS = float, int, np.floating, np.integer  # what a reward may be as it is
FLAGS = bool, np.bool_  # what an end may be as it is


def check_interrupt(error: BaseException) -> None:
    """Raise the error if it is Ctrl-C.

    Where a process ignores that, only an environment can have raised it.
    """
    if (
        isinstance(error, KeyboardInterrupt)
        and signal.getsignal(signal.SIGINT) is not signal.SIG_IGN
    ):
        raise error


def reason(error: BaseException) -> str:
    """Return what is said of an error of an environment."""
    text = _text(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except BaseException as another:
        check_interrupt(another)
        return ""


def make(
    name: str, env_id: str, kwargs: dict[str, Any], render_mode: str | None = None
) -> gymnasium.Env:
    """Return an environment.

    Raises:
        WannError: there is none of this id, it takes other arguments, or something that it needs is
            not installed.
    """
    options: dict[str, Any] = (
        kwargs if render_mode is None else {**kwargs, "render_mode": render_mode}
    )
    try:
        return gymnasium.make(env_id, disable_env_checker=True, **options)
    except gymnasium.error.DependencyNotInstalled as error:
        extra = "box2d" if "box2d" in _text(error).lower() else None
        hint = f'pip install "wann[{extra}]"' if extra else _text(error)
        raise WannError(f"task {name!r} needs a library that is not installed: {hint}") from None
    except BaseException as error:
        check_interrupt(error)
        raise WannError(f"task {name!r}: cannot make this environment: {reason(error)}") from None


def bare(env: gymnasium.Env) -> gymnasium.Env:
    """Return the environment without what ``gymnasium.make`` wraps around each: it costs time in
    every step.
    """
    while isinstance(env, gymnasium.Wrapper) and type(env) in WRAPPERS:
        env = env.env
    return env


def limit_of(env: gymnasium.Env) -> int | None:
    """Return after how many steps what ``bare`` takes off ends an episode; None if it does not."""
    limits = []
    while isinstance(env, gymnasium.Wrapper) and type(env) in WRAPPERS:
        if type(env) is TimeLimit:
            limits.append(env._max_episode_steps)
        env = env.env
    return min(limits, default=None)


def threshold_of(env: gymnasium.Env) -> float | None:
    """Return the return from which on Gymnasium takes an environment for solved; None if it does
    not say.
    """
    try:
        threshold = _number(env.spec.reward_threshold)  # type: ignore[union-attr]
    except BaseException as error:  # it has no specification, or one of a user's own
        check_interrupt(error)
        return None
    return threshold if threshold is not None and abs(threshold) <= LARGEST_SCORE else None


def close(env: gymnasium.Env) -> None:
    """Close an environment; nothing depends on whether it can be."""
    try:
        env.close()
    except BaseException as error:
        check_interrupt(error)


def draws(env: gymnasium.Env) -> bool:
    """Return whether an environment says that it makes pictures."""
    try:
        return "rgb_array" in env.metadata["render_modes"]
    except BaseException as error:  # whatever a user's environment has there
        check_interrupt(error)
        return False


def spaces_of(env: gymnasium.Env) -> tuple[Any, Any]:
    """Return the observation space and the action space, or raise WannError if there is none."""
    result = []
    for kind in ("observation_space", "action_space"):
        try:
            result.append(getattr(env, kind))
        except BaseException as error:
            check_interrupt(error)
            raise WannError(
                f"the environment has no {kind} ({reason(error)}): it must be one of"
                " gymnasium.spaces, set in the class or in __init__"
            ) from None
    return result[0], result[1]


def episode(
    env: gymnasium.Env,
    seed: int,
    act: Callable[[Any], Any],
    max_steps: int,
    rate: Callable[[Any, float], float] | None = None,
) -> tuple[float, int]:
    """Return the sum of the rewards of an episode, and its steps.

    Args:
        env: the environment.
        seed: that it is reset with.
        act: the action for an observation.
        max_steps: that it lasts at most.
        rate: of an observation and the sum of the rewards, what each step gives from now on if
            the episode has settled, else NaN: then what is left of it is not played.

    Raises:
        FloatingPointError: the sum of the rewards is not finite or too large, or an observation is
            not finite.
        TypeError: the environment returns something else than those of Gymnasium do.
        BaseException: what the environment raises.
    """
    observation = start(env, seed)
    step, made, over = env.step, 0, False
    total = 0.0
    while not over and made < max_steps:
        answer = step(act(observation))
        if type(answer) is not tuple or len(answer) != 5:
            answer = _five(answer)
        observation, reward, terminated, truncated, _ = answer
        total += float(reward) if isinstance(reward, NUMBERS) else reward_of(reward)
        made += 1
        if not isinstance(terminated, FLAGS) or not isinstance(truncated, FLAGS):
            terminated, truncated = _flags(terminated, truncated)
        over = bool(terminated or truncated)
        if rate is not None and not over:
            a_step = rate(observation, total)
            if a_step == a_step:
                total, over = total + a_step * (max_steps - made), True
    if not abs(total) <= LARGEST_SCORE:
        raise FloatingPointError(
            f"the sum of the rewards is {total}: must be a number within ±{LARGEST_SCORE:g}"
        )
    return total, made


def start(env: gymnasium.Env, seed: int) -> Any:
    """Reset the environment and return the first observation.

    Raises:
        TypeError: it returns something else than those of Gymnasium do.
        BaseException: what the environment raises.
    """
    answer = env.reset(seed=seed)
    if not isinstance(answer, tuple | list) or len(answer) != 2 or not _is_info(answer[1]):
        raise TypeError(
            f"reset returns {quoted(answer)}: must be (observation, info), with a dict as info"
        )
    return answer[0]


def _five(answer: Any) -> Any:
    """Return what ``step`` returns if it is of another type, but has what it must have.

    Else raise TypeError.
    """
    if isinstance(answer, tuple | list) and len(answer) == 5 and _is_info(answer[4]):
        return answer
    what = f"{len(answer)} values" if isinstance(answer, tuple | list) else quoted(answer)
    raise TypeError(
        f"step returns {what}: must be (observation, reward, terminated, truncated, info)"
    )


def _is_info(value: Any) -> bool:
    return value is None or isinstance(value, Mapping)


def reward_of(reward: Any) -> float:
    """Return a reward as a number, or raise TypeError unless it is one real number in some
    shape.
    """
    number = _number(reward)
    if number is None:
        raise TypeError(f"the reward is {quoted(reward)}: must be a number")
    return number


def _flags(*values: Any) -> list[bool]:
    """Return values as True or False.

    None is False.  Text and containers, true unless empty, are neither.
    """
    numbers = [0.0 if value is None else _number(value) for value in values]
    if None in numbers:
        flags = " and ".join(map(quoted, values))
        raise TypeError(f"terminated and truncated are {flags}: each must be True or False")
    return [bool(number) for number in numbers]


def _number(value: Any) -> float | None:
    """Return the value of one real number in some shape; None if it is something else."""
    with suppress(Exception):
        try:
            array = np.asarray(value)
        except Exception:  # a tensor on another device, say
            array = np.asarray(float(value))
        if array.dtype.kind == "O":  # Decimal, say
            array = np.asarray(float(array.item()))
        if array.size == 1 and array.dtype.kind in "biuf" and not np.ma.is_masked(value):
            return float(array.item())
    return None
