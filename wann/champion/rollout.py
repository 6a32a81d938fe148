"""One episode of a champion in a Gymnasium environment, kept as arrays."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from wann.champion.display import film
from wann.errors import WannError

if TYPE_CHECKING:
    import gymnasium

MOST_FRAMES = 200  # pictures that a rollout keeps; of longer ones every second, fourth, ...
MOST_STEPS = 100_000  # of an environment that never ends


@dataclass(frozen=True, eq=False)
class Rollout:
    """One episode of S steps; in a notebook it shows as a film, if the environment made pictures.

    Attributes:
        observations: ``(S + 1, n_inputs)`` numbers that the network was given, the last one after
            the last action; not scaled.
        actions: the S actions.
        rewards: ``(S,)`` reward of each step.
        terminated: whether it ended because of what happened.
        truncated: whether a limit of time ended it.
        frames: pictures, ``(height, width, 3)`` uint8 each, where the environment was made with
            ``render_mode="rgb_array"``.
    """

    observations: np.ndarray
    actions: list[Any]
    rewards: np.ndarray
    terminated: bool
    truncated: bool
    frames: list[np.ndarray] = field(default_factory=list, repr=False)

    @property
    def total(self) -> float:
        """The sum of the rewards."""
        return float(self.rewards.sum())

    def __repr__(self) -> str:
        """Return how it went."""
        end = "terminated" if self.terminated else "truncated" if self.truncated else "stopped"
        return f"<wann.Rollout: return {self.total:.6g} in {len(self.rewards)} steps, {end}>"

    def _repr_html_(self) -> str:
        """Return it as a notebook shows it."""
        text = repr(self).replace("<", "&lt;").replace(">", "&gt;")
        return f"<pre>{text}</pre>" + (film(self.frames) if self.frames else "")


def _made(name: str) -> "gymnasium.Env":
    """Return the environment of an id, or of the name of a task, ``gym:ID`` or ``envpool:ID``."""
    import gymnasium

    from wann.tasks.gym.named import Named, parsed

    if not name.startswith(("gym:", "envpool:")):
        return gymnasium.make(name)
    env_id, kwargs = parsed(name, ())
    return Named(name, env_id, tuple(kwargs.items()))(None)


def rollout(
    champion: Any,
    env: "gymnasium.Env | str",
    weight: float | None = None,
    seed: int | None = None,
    max_steps: int = MOST_STEPS,
) -> Rollout:
    """Play one episode; see ``Champion.rollout``."""
    from wann.tasks.gym.observations import flattener

    made = _made(env) if isinstance(env, str) else env
    act, flatten = (
        champion.policy(weight, made.action_space),
        flattener(made.observation_space),
    )
    observation, _ = made.reset(seed=seed)
    seen, actions = [np.ravel(flatten(observation))], []
    rewards: list[float] = []
    if len(seen[0]) != len(champion.inputs):
        raise WannError(
            f"the network has {len(champion.inputs)} inputs, but the environment gives "
            f"{len(seen[0])} numbers: give the environment that it was evolved for"
        )
    frames: list[np.ndarray] = []
    stride = 1
    draws = made.render_mode == "rgb_array"
    terminated = truncated = False
    while not (terminated or truncated) and len(rewards) < max_steps:
        if draws and len(rewards) % stride == 0:
            frames.append(np.array(made.render(), np.uint8))
            if len(frames) > MOST_FRAMES:
                frames, stride = frames[::2], 2 * stride
        actions.append(act(seen[-1]))
        observation, reward, terminated, truncated, _ = made.step(actions[-1])
        seen.append(np.ravel(flatten(observation)))
        rewards.append(float(reward))
    if isinstance(env, str):
        made.close()
    return Rollout(
        np.array(seen), actions, np.array(rewards), bool(terminated), bool(truncated), frames
    )
