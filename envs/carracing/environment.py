"""Car racing as a Gymnasium environment: the compiled episode of the search, a step at a time."""

import math
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces

from envs.carracing.physics.numbers import f32
from envs.carracing.physics.race import REWARD, Race, begin, drive, new_race
from envs.carracing.physics.track import Track, track_from
from envs.carracing.play import controls, see
from envs.carracing.sight.encoder import Encoder
from envs.carracing.sight.picture import COLUMNS, PIXELS, ROWS, view
from envs.carracing.sight.raster import Raster, raster_of
from envs.shown import Shown
from wann.errors import WannError

FPS = 50


class RacingEnv(Shown):
    """A car on a track, seen from above: the episodes of Gymnasium's ``CarRacing-v3``.

    ## Action Space
    ``Box(-1, 1, (3,))``, what a network puts out; what is beyond is clipped.

    | row | name  | meaning                                                             |
    |-----|-------|---------------------------------------------------------------------|
    | 0   | steer | -1 is full left, 1 full right                                       |
    | 1   | gas   | -1 is none, 1 full; it grows by a tenth a step                      |
    | 2   | brake | 0 or less is none, 1 full; from 0.9 on it stops the wheels at once  |

    ## Observation Space
    Of ``wann/CarRacing-v0`` a picture, ``(28, 32, 3)`` uint8, of what lies around the car, as in
    ``envs.carracing.sight.picture``; of ``wann/CarRacingFeatures-v0`` the features that an encoder
    makes of it, float32, which are what networks of ``carracing`` see.

    ## Rewards
    1000 / N for each of N tiles that a wheel touches for the first time, -0.1 in each step, and
    -100 in place of both in the step in which the car leaves the field.

    ## Starting State
    At rest on the first tile. A track is made of random numbers: of a seed the track that
    ``CarRacing-v3`` makes of it.

    ## Episode End
    Terminated when all tiles were visited, when a lap is complete (the first tile is visited when
    95 % are; it is the first one as a rule, so that is rare), or when the car is beyond 333 m in
    x or y; truncated after 1000 steps (20 s).

    ## Arguments
    ``encoder`` (of ``wann/CarRacingFeatures-v0``): the file of one that ``wann features`` has
    learned; default: the one that comes with wann. ``size``: width and height of what is rendered,
    in pixels.

    Source: Gymnasium ``envs/box2d/car_racing.py`` and ``car_dynamics.py``; Box2D 2.3.
    """

    metadata = {  # noqa: RUF012 - Gymnasium's form
        "render_modes": ["human", "rgb_array"],
        "render_fps": FPS,
    }

    def __init__(
        self,
        encoder: Encoder | None = None,
        render_mode: str | None = None,
        size: tuple[int, int] = (600, 400),
    ) -> None:
        """Make the environment.

        Raises:
            WannError: it cannot be rendered as asked, or the encoder is none.
        """
        if not isinstance(encoder, Encoder | None):
            raise WannError(
                f"encoder = {encoder!r}: must be an Encoder; wann/CarRacingFeatures-v0 takes a file"
            )
        if render_mode not in (None, *self.metadata["render_modes"]):
            raise WannError(f"render_mode = {render_mode!r}: must be None, 'human' or 'rgb_array'")
        self.encoder, self.render_mode, self.size = encoder, render_mode, size
        self.observation_space: spaces.Box = (
            spaces.Box(0, 255, (ROWS, COLUMNS, 3), np.uint8)
            if encoder is None
            else spaces.Box(-math.inf, math.inf, (encoder.size,), np.float32)
        )
        self.action_space = spaces.Box(-1.0, 1.0, (3,), np.float64)
        self.track: Track | None = None
        self._raster: Raster | None = None
        self._race: Race | None = None
        self._picture = np.empty(3 * PIXELS, f32)
        self._controls = (0.0, 0.0, 0.0)
        self._terminated = False

    def action(self, outputs: np.ndarray) -> np.ndarray:
        """Return the action that stands for a network's raw outputs."""
        return np.clip(np.asarray(outputs, np.float64), -1.0, 1.0)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.ndarray, dict[str, Any]]:
        """Start an episode on another track and return (observation, info)."""
        super().reset(seed=seed)
        self.track = track_from(self.np_random)
        self._raster = raster_of(self.track)
        self._race = new_race(self.track.size)
        begin(self._race, self.track)
        self._controls, self._terminated = (0.0, 0.0, 0.0), False
        if self.render_mode == "human":
            self.render()
        return self._observation(), {}

    def step(self, action: np.ndarray) -> tuple[np.ndarray, float, bool, bool, dict[str, Any]]:
        """Drive for 20 ms and return (observation, reward, terminated, truncated, info)."""
        race = self._require_reset()
        numbers = np.asarray(action, np.float64)
        if numbers.shape != (3,) or not np.isfinite(numbers).all():
            raise ValueError(f"action is {action!r}: must be three finite numbers")
        self._controls = controls(*numbers.tolist())
        reward, over = drive(race, self.track, *self._controls)
        if self._terminated:
            gymnasium.logger.warn(
                "step() after the episode has terminated: call reset() first; the reward is 0"
            )
            reward = 0.0
        self._terminated = self._terminated or bool(over)
        if self.render_mode == "human":
            self.render()
        return self._observation(), float(reward), self._terminated, False, {}

    def _drawn(self) -> np.ndarray:
        race = self._require_reset()
        assert self.track is not None
        from envs.carracing.draw import draw_race

        seen, reward = self.picture(), float(race.numbers[REWARD])
        return draw_race(self.track, race.car, seen, self._controls, reward, self.size)

    @property
    def _title(self) -> str:
        return "Car racing"

    def picture(self) -> np.ndarray:
        """Return what the encoder sees: ``(28, 32, 3)`` float32 from 0 to 255."""
        see(self._require_reset(), self._raster, view(), self._picture)
        return self._picture.reshape(ROWS, COLUMNS, 3).copy()

    def _observation(self) -> np.ndarray:
        picture = self.picture()
        if self.encoder is None:
            return np.rint(picture).astype(np.uint8)
        return self.encoder.features(picture)

    def _require_reset(self) -> Race:
        if self._race is None:
            raise gymnasium.error.ResetNeeded("call reset() first")
        return self._race
