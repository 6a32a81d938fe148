"""Environments by their names: the ID and the arguments that a task's name says."""

import re
from dataclasses import dataclass
from typing import Any

import gymnasium

from wann.errors import WannError
from wann.tasks.gym.env import make


def parsed(name: str, reserved: tuple[str, ...]) -> tuple[str, dict[str, Any]]:
    """Return the ID of the environment that a task's name says, and its arguments, none of which is
    reserved.
    """
    env_id, *assignments = re.sub("^(gym|envpool):", "", name).split(",")
    kwargs: dict[str, Any] = {}
    for assignment in assignments:
        key, equals, text = assignment.partition("=")
        if key == "render_mode":
            raise WannError(f"task {name!r}: render_mode is set by viz.watch: leave it out")
        if not equals or not key.isidentifier() or key in reserved:
            raise WannError(
                f"task {name!r}: {assignment!r} must be KEY=VALUE, an argument of the environment"
            )
        kwargs[key] = plain_value(text)
    return env_id, kwargs


@dataclass(frozen=True)
class Named:
    """Makes environments by ``gymnasium.make``.

    Attributes:
        name: of the task, for messages.
        env_id: as ``gymnasium.make`` takes it.
        kwargs: of the environment.
    """

    name: str
    env_id: str
    kwargs: tuple[tuple[str, Any], ...]

    def __call__(self, render_mode: str | None) -> gymnasium.Env:
        """Return a new environment."""
        return make(self.name, self.env_id, dict(self.kwargs), render_mode)


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
