"""A track as a picture from above, painted once for all who drive on it."""

from typing import NamedTuple

import numpy as np

from envs.carracing.physics.numbers import kernel
from envs.carracing.physics.track import FIELD, Track

TEXEL = 0.5  # m, of the finest level
LEVELS = 5  # each with texels of twice the size: 0.5 to 8 m
WIDTH = 1344  # texels of the finest level, that is 672 m; a multiple of 2**LEVELS
ORIGIN = -TEXEL * WIDTH / 2  # m, where the first texel begins
PATCH = FIELD / 20.0  # m, of grass

OUTSIDE, EARTH, GRASS, ROAD, WHITE, RED = 0, 1, 2, 3, 6, 7
LOST = 2  # of each brightness, where pygame makes the small picture that Gymnasium shows
#: ``(8, 3)`` colours as they come out; the road has three shades in turns
COLOURS = np.array(
    (
        (LOST, LOST, LOST),
        (102, 204, 102),
        (102, 230, 102),
        (102, 102, 102),
        (104, 104, 104),
        (107, 107, 107),
        (255, 255, 255),
        (255, LOST, LOST),
    ),
    np.uint8,
) - np.uint8(LOST)


class Raster(NamedTuple):
    """The colours of a track, averaged over areas of 1, 2, 4, 8 and 16 texels' width.

    A picture is looked up, not averaged: so a texel has the mean of three by three texels, about
    what a pixel sees. It takes 4 bytes a texel, 9.6 MB a track.

    Attributes:
        texels: ``(M,)`` uint32: red, green and blue from the lowest byte on; level after level,
            row after row from the lowest y on.
        first: ``(LEVELS,)`` where each level begins.
    """

    texels: np.ndarray
    first: np.ndarray


def raster_of(track: Track) -> Raster:
    """Return the picture of a track from above."""
    kinds = np.empty((2 * WIDTH, 2 * WIDTH), np.uint8)  # four samples a texel
    paint_field(kinds)
    paint_road(kinds, track.quads, track.kerbs, track.kerb_tiles)
    colours = np.empty((WIDTH, WIDTH, 3), np.uint8)
    mean_colours(kinds, COLOURS, colours)
    sizes = [(WIDTH >> level) ** 2 for level in range(LEVELS)]
    first = np.cumsum([0, *sizes])
    texels = np.empty(first[-1], np.uint32)
    for level in range(LEVELS):
        blur(colours, texels[first[level] : first[level + 1]])
        if level + 1 < LEVELS:
            halved = np.empty((len(colours) // 2, len(colours) // 2, 3), np.uint8)
            halve(colours, halved)
            colours = halved
    return Raster(texels, first[:-1])


@kernel
def paint_field(kinds):
    """Paint the grass, whose pattern is one of squares, and what is beyond the field."""
    n, pitch = len(kinds), TEXEL / 2
    for i in range(n):
        y = ORIGIN + (i + 0.5) * pitch
        row = np.int64(np.floor(y / PATCH))
        for j in range(n):
            x = ORIGIN + (j + 0.5) * pitch
            if abs(x) > FIELD or abs(y) > FIELD:
                kinds[i, j] = OUTSIDE
            elif row % 2 == 0 and np.int64(np.floor(x / PATCH)) % 2 == 0:
                kinds[i, j] = GRASS
            else:
                kinds[i, j] = EARTH


@kernel
def paint_road(kinds, quads, kerbs, kerb_tiles):
    """Paint tile after tile, each with its kerb, as Gymnasium does."""
    k = 0
    for i in range(len(quads)):
        fill(kinds, quads[i], ROAD + i % 3)
        if k < len(kerb_tiles) and kerb_tiles[k] == i:
            fill(kinds, kerbs[k], WHITE if i % 2 == 0 else RED)
            k += 1


@kernel
def fill(kinds, corners, kind):
    """Paint the samples within a convex polygon."""
    scale, n = 2.0 / TEXEL, len(corners)
    low, high = np.inf, -np.inf
    for k in range(n):
        low, high = min(low, corners[k, 1]), max(high, corners[k, 1])
    first = max(0, np.int64(np.ceil((low - ORIGIN) * scale - 0.5)))
    last = min(len(kinds) - 1, np.int64(np.floor((high - ORIGIN) * scale - 0.5)))
    for row in range(first, last + 1):
        y = ORIGIN + (row + 0.5) / scale
        left, right = np.inf, -np.inf
        for k in range(n):
            x0, y0 = corners[k, 0], corners[k, 1]
            x1, y1 = corners[(k + 1) % n, 0], corners[(k + 1) % n, 1]
            if (y0 <= y) != (y1 <= y):
                x = x0 + (y - y0) / (y1 - y0) * (x1 - x0)
                left, right = min(left, x), max(right, x)
        if left <= right:
            begin = max(0, np.int64(np.ceil((left - ORIGIN) * scale - 0.5)))
            end = min(len(kinds) - 1, np.int64(np.floor((right - ORIGIN) * scale - 0.5)))
            for column in range(begin, end + 1):
                kinds[row, column] = kind


@kernel
def mean_colours(kinds, table, colours):
    """Fill colours with the means of two by two samples."""
    for i in range(len(colours)):
        for j in range(len(colours)):
            a, b = kinds[2 * i, 2 * j], kinds[2 * i, 2 * j + 1]
            c, d = kinds[2 * i + 1, 2 * j], kinds[2 * i + 1, 2 * j + 1]
            for k in range(3):
                total = np.int64(table[a, k]) + table[b, k] + table[c, k] + table[d, k]
                colours[i, j, k] = (total + 2) >> 2


@kernel
def halve(colours, halved):
    """Fill halved with the means of two by two colours."""
    for i in range(len(halved)):
        for j in range(len(halved)):
            for k in range(3):
                total = np.int64(colours[2 * i, 2 * j, k]) + colours[2 * i, 2 * j + 1, k]
                total += np.int64(colours[2 * i + 1, 2 * j, k]) + colours[2 * i + 1, 2 * j + 1, k]
                halved[i, j, k] = (total + 2) >> 2


@kernel
def blur(colours, texels):
    """Fill texels with the packed means of three by three colours."""
    n = len(colours)
    for i in range(n):
        up, down = max(0, i - 1), min(n - 1, i + 1)
        for j in range(n):
            left, right = max(0, j - 1), min(n - 1, j + 1)
            packed = np.uint32(0)
            for k in range(3):
                total = np.int64(4)
                for row in (up, i, down):
                    total += np.int64(colours[row, left, k]) + colours[row, j, k]
                    total += colours[row, right, k]
                packed |= np.uint32(total // 9) << np.uint32(8 * k)
            texels[i * n + j] = packed
