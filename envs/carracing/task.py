"""Car racing from learned features, the third control task of the paper, in compiled code.

A network sees 16 features of a picture of the road around the car, 28 x 32 pixels, and steers,
gives gas and brakes. Tracks, car and rewards have the bits of Gymnasium's ``CarRacing-v3``: the
tiles of the track share 1000 points, which are paid when the car first touches each, and each of at
most 1000 steps (20 s) costs 0.1; a car that leaves the field pays 100, and is out. An episode
succeeds from 900 on, which Gymnasium takes for solved. Features are principal components of
pictures of random drives, scaled to one variance; ``wann features`` learns others.
"""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from envs.carracing.physics.race import new_race
from envs.carracing.physics.track import Track, track_of
from envs.carracing.play import play
from envs.carracing.sight.encoder import Encoder
from envs.carracing.sight.picture import view
from envs.carracing.sight.raster import Raster, raster_of
from envs.carracing.sight.stored import read_encoder
from wann.errors import WannError
from wann.network.network import Networks
from wann.tasks import Capabilities, Data

if TYPE_CHECKING:
    from envs.carracing.environment import RacingEnv

OUTPUTS = ("steer", "gas", "brake")
MAX_STEPS = 1000
MOST_SEEDS = 2**31 - 1
THRESHOLD = 900.0  # the return from which on Gymnasium takes CarRacing-v3 for solved
KEPT = 128  # tracks with their rasters, 1.3 MB each
ENCODER = Path(__file__).parent / "encoder.npz"  # the one that comes with wann

_kept: OrderedDict[int, tuple[Track, Raster]] = OrderedDict()
_lock = threading.Lock()


def prepared(seed: int) -> tuple[Track, Raster]:
    """Return the track of a seed and its raster; the last ones are kept, and made by one thread."""
    with _lock:
        if seed not in _kept:
            track = track_of(seed)
            _kept[seed] = track, raster_of(track)
        _kept.move_to_end(seed)
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
        return _kept[seed]


@dataclass(frozen=True, eq=False)
class RacingTask:
    """Car racing in compiled code: episodes of Gymnasium's ``CarRacing-v3``, seen by an encoder.

    A trial is the seed of a track, on which all networks drive; its score is the sum of rewards.
    Car, track and rewards have the bits of Gymnasium's; ``envs.carracing.sight.picture`` says in
    what the picture differs, ``envs.carracing.environment.RacingEnv`` what actions and rewards are.

    Attributes:
        encoder: makes features of pictures.
        name: of the task, for messages.
        max_steps: steps after which an episode ends.
    """

    encoder: Encoder
    name: str = "carracing"
    max_steps: int = MAX_STEPS

    outputs = OUTPUTS
    capabilities = Capabilities(
        episodes=True, success=True, costly=True, recurrent=True, draws=True
    )
    success = f"reaches {THRESHOLD:g}"

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the features."""
        return names_of(self.encoder)

    @property
    def digest(self) -> str:
        """The encoder's, which champions carry: their connections mean nothing for another one."""
        return self.encoder.digest

    def trials(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Return ``(n, 1)`` seeds of tracks, as ``gym:CarRacing-v3`` has them."""
        return rng.integers(MOST_SEEDS, size=(n, 1))

    def make(self, render_mode: str | None = None) -> "RacingEnv":
        """Return the environment of the task, whose observations are the features."""
        from envs.carracing.environment import RacingEnv

        return RacingEnv(self.encoder, render_mode)

    def score(
        self, networks: Networks, weights: np.ndarray, trials: np.ndarray
    ) -> tuple[np.ndarray, int]:
        """Return the ``(N, W, T)`` returns of the episodes, and the steps made.

        All is computed in float64, but for the picture, the features and Box2D's part.

        Raises:
            ValueError: shapes do not fit.
            WannError: networks have other inputs or outputs than the task.
        """
        weights = np.ascontiguousarray(weights, np.float64)
        if trials.ndim != 2 or trials.shape[1] != 1:
            raise ValueError(f"trials has shape {trials.shape}: must be (trials, 1), seeds")
        if weights.ndim == 2 and networks.size > 1:
            raise ValueError(
                f"individual weights belong to one network; {networks.size} were given"
            )
        if (networks.n_inputs, networks.n_outputs) != (self.encoder.size, len(OUTPUTS)):
            raise WannError(
                f"the networks have {networks.n_inputs} inputs and {networks.n_outputs} outputs:"
                f" must have {self.encoder.size} and {len(OUTPUTS)}, as the task {self.name}"
            )
        returns = np.empty((len(trials), networks.size, len(weights)))
        steps = 0
        for at, seed in zip(returns, trials[:, 0].astype(int).tolist(), strict=True):
            track, raster = prepared(seed)
            race = new_race(track.size)
            arguments = race, track, raster, view(), self.encoder, networks, weights
            steps += play(*arguments, self.max_steps, at)
        return np.ascontiguousarray(returns.transpose(1, 2, 0)), steps

    def successes(
        self, networks: Networks, weights: np.ndarray, trials: np.ndarray, scores: np.ndarray
    ) -> np.ndarray:
        """Return which of the ``(N, W, T)`` scores reach the threshold."""
        return scores >= THRESHOLD


def names_of(encoder: Encoder) -> tuple[str, ...]:
    """Return the names of an encoder's features, which are a network's inputs."""
    return tuple(f"feature {k}" for k in range(1, encoder.size + 1))


@cache
def own_encoder() -> Encoder:
    """Return the encoder that comes with wann."""
    return read_encoder(ENCODER)


def encoder_of(data: Data) -> Encoder:
    """Return the encoder that the user names for this task, or else the one that comes with wann.

    Raises:
        WannError: it is no file of an encoder.
        OSError: it cannot be opened.
    """
    return read_encoder(data.path) if data.path and data.named else own_encoder()


def carracing(data: Data) -> RacingTask:
    """Return the task in compiled code; networks see by its own encoder, or that of --data."""
    return RacingTask(encoder_of(data))


def features_env(
    encoder: str | Path | None = None, render_mode: str | None = None, **given: Any
) -> "RacingEnv":
    """Return the environment whose observations are features: those that networks see.

    Args:
        encoder: file of ``wann features``; default: the one that comes with wann.
        render_mode: as for ``RacingEnv``.
        given: further arguments of it.

    Raises:
        WannError: the file is none of an encoder, or it cannot be rendered as asked.
        OSError: the file cannot be opened.
    """
    from envs.carracing.environment import RacingEnv

    eyes = own_encoder() if encoder is None else read_encoder(Path(encoder))
    return RacingEnv(eyes, render_mode, **given)
