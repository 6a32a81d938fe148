"""From a picture to a few features: a linear encoder."""

import hashlib
from typing import NamedTuple, Self

import numpy as np

from envs.carracing.physics.numbers import f32, kernel
from envs.carracing.sight.picture import PIXELS
from wann.errors import WannError
from wann.numeric.memory import load, store, width, zero_lanes

LANES = 16  # features that are summed side by side
CHAINS = 6  # sums that run side by side, since each addition waits for the one before


class Encoder(NamedTuple):
    """A linear map from pictures to K features.

    Attributes:
        matrix: ``(3 * PIXELS * L,)`` float32, a row for each number of a picture, in which features
            are filled up with zeros to a multiple of LANES, L.
        offset: ``(L,)`` float32, what is subtracted from the sums.
        size: K.
        mean: ``(3 * PIXELS,)`` float32, the picture whose features are 0.
    """

    matrix: np.ndarray
    offset: np.ndarray
    size: int
    mean: np.ndarray

    @classmethod
    def of(cls, mean: np.ndarray, components: np.ndarray) -> Self:
        """Return the encoder whose features are ``components @ (picture - mean)``.

        Args:
            mean: ``(3 * PIXELS,)`` the mean picture: row by row from the top, red, green and blue
                of each pixel, from 0 to 255.
            components: ``(K, 3 * PIXELS)``, of the same scale.

        Raises:
            WannError: they are of other shapes, or not finite.
        """
        mean, components = np.asarray(mean, np.float64), np.asarray(components, np.float64)
        n = 3 * PIXELS
        if mean.shape != (n,) or components.ndim != 2 or components.shape[1:] != (n,):
            raise WannError(
                f"encoder: mean and components have shapes {mean.shape} and {components.shape}:"
                f" must be ({n},) and (features, {n})"
            )
        if not (len(components) and np.isfinite(mean).all() and np.isfinite(components).all()):
            raise WannError("encoder: must have features, and finite numbers only")
        size = len(components)
        padded = np.zeros((n, -(-size // LANES) * LANES), f32)
        padded[:, :size] = components.T
        made = cls(padded.ravel(), np.zeros(padded.shape[1], f32), size, mean.astype(f32))
        offset = np.empty_like(made.offset)
        encode(made, made.mean, offset)  # not NumPy's product, which may sum in another order
        return made._replace(offset=offset)

    @property
    def components(self) -> np.ndarray:
        """``(K, 3 * PIXELS)`` float32, what each feature weighs the numbers of a picture with."""
        return np.ascontiguousarray(self.matrix.reshape(3 * PIXELS, -1)[:, : self.size].T)

    @property
    def digest(self) -> str:
        """SHA-256 of its numbers, as text: another for another encoder."""
        numbers = self.mean.astype("<f4").tobytes() + self.components.astype("<f4").tobytes()
        return hashlib.sha256(numbers).hexdigest()

    def features(self, pictures: np.ndarray) -> np.ndarray:
        """Return the features, ``(..., K)`` float32, of ``(..., ROWS, COLUMNS, 3)`` pictures.

        They have the bits of those in rollouts.
        """
        shape = pictures.shape[:-3]
        rows = np.ascontiguousarray(pictures, f32).reshape(-1, 3 * PIXELS)
        found = np.empty((len(rows), len(self.offset)), f32)
        encode_all(self, rows, found)
        return found[:, : self.size].reshape(*shape, self.size)


@kernel
def encode(encoder, picture, features):
    """Fill ``(L,)`` float32 features of a picture, each sum in one order."""
    matrix, n = encoder.matrix, encoder.offset.size
    proto = zero_lanes(matrix, 1)
    for first in range(0, n, width(proto)):
        a, b, c, d, e, f = proto, proto, proto, proto, proto, proto
        at = first
        for i in range(0, 3 * PIXELS, CHAINS):
            a = a + load(matrix, at, proto) * picture[i]
            b = b + load(matrix, at + n, proto) * picture[i + 1]
            c = c + load(matrix, at + 2 * n, proto) * picture[i + 2]
            d = d + load(matrix, at + 3 * n, proto) * picture[i + 3]
            e = e + load(matrix, at + 4 * n, proto) * picture[i + 4]
            f = f + load(matrix, at + 5 * n, proto) * picture[i + 5]
            at += CHAINS * n
        total = ((a + b) + (c + d)) + (e + f)
        store(features, first, total - load(encoder.offset, first, proto))


@kernel
def encode_all(encoder, pictures, features):
    """Fill a row of features for each row of pictures."""
    for i in range(len(pictures)):
        encode(encoder, pictures[i], features[i])
