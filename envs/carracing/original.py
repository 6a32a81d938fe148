"""Gymnasium's own ``CarRacing-v3`` with our actions and encoder: what a champion is worth there.

It makes some 250 steps a second, where the compiled one makes 149,000: an episode takes 4 s.
Pictures are Gymnasium's, averaged to 28 x 32 pixels; the rest is as in ``carracing``.
"""

from dataclasses import dataclass
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces

from envs.carracing.play import controls
from envs.carracing.sight.encoder import Encoder
from envs.carracing.sight.picture import COLUMNS, ROWS, reduced
from envs.carracing.task import MAX_STEPS, OUTPUTS, THRESHOLD, encoder_of, names_of
from wann.tasks import Data
from wann.tasks.gym.env import close, make
from wann.tasks.gym.task import GymTask

NAME = "carracing_gym"


class OriginalRacing(gymnasium.Wrapper[np.ndarray, np.ndarray, np.ndarray, np.ndarray]):
    """``CarRacing-v3`` as ``RacingEnv`` has it: the same actions, and features of its own frames.

    Without an encoder the observation is the picture, ``(28, 32, 3)`` uint8.
    """

    def __init__(self, encoder: Encoder | None = None, render_mode: str | None = None) -> None:
        """Make the environment.

        Raises:
            WannError: Box2D or pygame is missing.
        """
        super().__init__(make(NAME, "CarRacing-v3", {}, render_mode))
        self.encoder = encoder
        self.action_space = spaces.Box(-1.0, 1.0, (3,), np.float64)
        self.observation_space = (
            spaces.Box(0, 255, (ROWS, COLUMNS, 3), np.uint8)
            if encoder is None
            else spaces.Box(-np.inf, np.inf, (encoder.size,), np.float32)
        )

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.ndarray, dict[str, Any]]:
        """Start an episode and return (observation, info)."""
        frame, info = self.env.reset(seed=seed, options=options)
        return self._observation(frame), info

    def step(self, action: np.ndarray) -> tuple[np.ndarray, float, bool, bool, dict[str, Any]]:
        """Drive for 20 ms and return (observation, reward, terminated, truncated, info)."""
        taken = np.array(controls(*np.asarray(action, np.float64).tolist()))
        frame, reward, terminated, truncated, info = self.env.step(taken)
        return self._observation(frame), float(reward), terminated, truncated, info

    def _observation(self, frame: np.ndarray) -> np.ndarray:
        picture = reduced(frame)
        if self.encoder is None:
            return np.rint(picture).astype(np.uint8)
        return self.encoder.features(picture)


@dataclass(frozen=True)
class OriginalTask(GymTask):
    """Gymnasium's own car racing as a task, to judge champions of ``carracing`` in.

    It is played in Python, at some 250 steps a second: four seconds an episode.

    Attributes:
        digest: of the encoder, which champions carry.
    """

    digest: str = ""


@dataclass(frozen=True, eq=False)
class Original:
    """Makes environments with an encoder."""

    encoder: Encoder

    def __call__(self, render_mode: str | None) -> gymnasium.Env:
        """Return a new environment."""
        return OriginalRacing(self.encoder, render_mode)


def carracing_gym(data: Data) -> OriginalTask:
    """Return the task in Gymnasium's own environment, to judge the same networks in.

    Raises:
        WannError: Box2D or pygame is missing.
    """
    encoder = encoder_of(data)
    close(OriginalRacing(encoder))
    return OriginalTask(
        NAME,
        Original(encoder),
        names_of(encoder),
        OUTPUTS,
        MAX_STEPS,
        fresh=True,  # something of Box2D's world is left after reset
        threshold=THRESHOLD,
        digest=encoder.digest,
    )
