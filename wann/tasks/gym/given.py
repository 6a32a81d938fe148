"""Environments that were made in Python, rather than named, as tasks."""

import copy
import inspect
from collections.abc import Callable
from typing import Any

import gymnasium

from wann.errors import WannError
from wann.tasks.gym.env import check_interrupt, reason
from wann.tasks.gym.task import GymTask, gym_task, probed_task


def env_task(env: "gymnasium.Env | type[gymnasium.Env]") -> GymTask:
    """Return the task of an environment, or of a class of them that needs no arguments.

    Each worker has environments of its own: made as this one was, where Gymnasium made it, else
    copies of it.

    Raises:
        WannError: it cannot be made again, or a network cannot play it.
    """
    if isinstance(env, type):
        return probed_task(env.__name__, Made(env))
    spec = env.spec
    if spec is None:
        return probed_task(type(env.unwrapped).__name__, Copied(env))
    arguments = {key: value for key, value in spec.kwargs.items() if key != "render_mode"}
    plain = all(isinstance(value, bool | int | float | str) for value in arguments.values())
    if plain and not spec.additional_wrappers:
        assigned = "".join(
            f",{key}={str(value).lower() if isinstance(value, bool) else value}"
            for key, value in arguments.items()
        )
        return gym_task(f"gym:{spec.id}{assigned}")
    return probed_task(spec.id, Specified(spec))


class Made:
    """Makes environments of a class."""

    def __init__(self, made: Callable[..., gymnasium.Env]):
        """Make environments by calling this, with ``render_mode`` where it takes that."""
        self.made = made

    def __call__(self, render_mode: str | None) -> gymnasium.Env:
        """Return a new environment."""
        takes = "render_mode" in inspect.signature(self.made).parameters
        return self.made(render_mode=render_mode) if takes and render_mode else self.made()


class Copied:
    """Makes copies of an environment."""

    def __init__(self, env: gymnasium.Env):
        """Copy this one, as it is now."""
        self.env = self._copy(env)

    def __call__(self, render_mode: str | None) -> gymnasium.Env:
        """Return a copy; it draws only if the environment did."""
        return self._copy(self.env)

    @staticmethod
    def _copy(env: gymnasium.Env) -> Any:
        try:
            return copy.deepcopy(env)
        except BaseException as error:
            check_interrupt(error)
            raise WannError(
                f"the environment {type(env).__name__} cannot be copied ({reason(error)}): give "
                "its class, or register it with Gymnasium and give its id"
            ) from None


class Specified:
    """Makes environments from a specification of Gymnasium."""

    def __init__(self, spec: Any):
        """Make environments by this ``EnvSpec``."""
        self.spec = spec

    def __call__(self, render_mode: str | None) -> gymnasium.Env:
        """Return a new environment."""
        return gymnasium.make(self.spec, disable_env_checker=True, render_mode=render_mode)
