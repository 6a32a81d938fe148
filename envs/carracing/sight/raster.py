"""A track as a picture from above, painted once for all who drive on it."""

from functools import cache
from typing import NamedTuple

import numpy as np

from envs.carracing.physics.numbers import kernel
from envs.carracing.physics.track import FIELD, Track

PATCH = FIELD / 20.0  # m, of the squares of the grass
TEXEL = PATCH / 32.0  # 0.52 m, of the finest level: so the grass repeats itself every 64 texels
LEVELS = 5  # each with texels of twice the size, up to 8.3 m
WIDTH = 1536  # texels of the finest level, that is 800 m
ORIGIN = -TEXEL * WIDTH / 2  # m, where the first texel begins
BITS = 5
BLOCK = 1 << BITS  # texels, the width of a block
SQUARE = BLOCK * BLOCK

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
    """A map at five levels, of blocks of 32 by 32 texels; equal blocks are kept once.

    A picture is looked up, not averaged: so a texel has the mean of three by three texels, about
    what a pixel sees. A track takes about 1.3 MB. Around the field all is black.

    Attributes:
        texels: ``(B * 1024,)`` uint32: block after block, row after row from the lowest y on; red,
            green and blue from the lowest byte on.
        blocks: ``(K,)`` int32, which block there is: level after level, row after row.
        first: ``(LEVELS,)`` where each level begins in ``blocks``.
    """

    texels: np.ndarray
    blocks: np.ndarray
    first: np.ndarray


class Field(NamedTuple):
    """The field without a road, of which all tracks are made.

    Attributes:
        kinds: ``(2 * WIDTH, 2 * WIDTH)`` what there is, four samples a texel.
        colours: for each level ``(n, n, 3)`` uint8, the means of texels.
        raster: its map.
    """

    kinds: np.ndarray
    colours: tuple[np.ndarray, ...]
    raster: Raster


@cache
def field() -> Field:
    """Return the field; it is painted once."""
    kinds = np.empty((2 * WIDTH, 2 * WIDTH), np.uint8)
    paint_field(kinds)
    sides = [WIDTH >> level >> BITS for level in range(LEVELS)]
    first = np.cumsum([0, *(side**2 for side in sides)])
    colours, blocks = [], np.arange(first[-1], dtype=np.int32)
    finer: np.ndarray = kinds
    texels = np.empty((first[-1], SQUARE), np.uint32)
    for level, side in enumerate(sides):
        colours.append(np.empty((WIDTH >> level, WIDTH >> level, 3), np.uint8))
        mine = blocks[first[level] : first[level + 1]].reshape(side, side)
        fill_blocks(finer, COLOURS, colours[-1], mine, 0, texels.ravel())
        finer = colours[-1]
    unique, which = np.unique(texels, axis=0, return_inverse=True)
    raster = Raster(unique.ravel(), which.ravel().astype(np.int32), first[:-1])
    return Field(kinds, tuple(colours), raster)


def raster_of(track: Track) -> Raster:
    """Return the map of a track: the field's, with blocks of its own where the road is."""
    plain = field()
    finer: np.ndarray = plain.kinds.copy()
    paint_road(finer, track.quads, track.kerbs, track.kerb_tiles)
    corners = np.concatenate((track.quads, track.kerbs)) - ORIGIN
    low, high = corners.min(axis=1), corners.max(axis=1)
    texels, blocks = [plain.raster.texels], plain.raster.blocks.copy()
    known = n = len(texels[0]) // SQUARE
    for level, first in enumerate(plain.raster.first.tolist()):
        side, texel = WIDTH >> level >> BITS, TEXEL * (1 << level)
        mine = blocks[first : first + side**2].reshape(side, side)
        # what is painted, and two texels around it
        bounds = np.stack((low - 2 * texel, high + 2 * texel)) / (texel * BLOCK)
        bounds = np.floor(bounds).astype(np.int64)
        more = number(bounds[0], bounds[1], mine, known, n)
        texels.append(np.empty(more * SQUARE, np.uint32))
        colours = plain.colours[level].copy()
        fill_blocks(finer, COLOURS, colours, mine, n, texels[-1])
        n, finer = n + more, colours
    return Raster(np.concatenate(texels), blocks, plain.raster.first)


# ------------------------------------------------------------------------------------------ painted
@kernel
def paint_field(kinds):
    """Paint the grass, whose pattern is one of squares, and what is beyond the field."""
    n, wide = len(kinds), 64  # samples, of a square
    edge = n // 2 - 20 * wide
    for i in range(n):
        for j in range(n):
            row, column = (i - edge) // wide, (j - edge) // wide
            if not (0 <= row < 40 and 0 <= column < 40):
                kinds[i, j] = OUTSIDE
            elif row % 2 == 0 and column % 2 == 0:
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


# ------------------------------------------------------------------------------------------- blocks
@kernel
def number(low, high, blocks, known, first):
    """Number blocks within the bounds of shapes, ``(N, 2)``, from ``first`` on.

    Those below ``known`` are the field's, which give way; return how many are new.
    """
    n = 0
    for i in range(len(low)):
        for row in range(low[i, 1], high[i, 1] + 1):
            for column in range(low[i, 0], high[i, 0] + 1):
                if blocks[row, column] < known:
                    blocks[row, column] = first + n
                    n += 1
    return n


@kernel
def fill_blocks(finer, table, colours, blocks, first, texels):
    """Fill the blocks of a level from number ``first`` on, and the colours there.

    Colours are means of two by two of the level before, or of the samples, ``(n, n)`` kinds.
    """
    for blurs in (False, True):  # once all colours are known
        for row in range(len(blocks)):
            for column in range(len(blocks)):
                block = blocks[row, column] - first
                if block < 0:
                    continue
                if blurs:
                    blur(colours, row * BLOCK, column * BLOCK, texels[block * SQUARE :])
                elif finer.ndim == 2:
                    mean_colours(finer, table, row * BLOCK, column * BLOCK, colours)
                else:
                    halve(finer, row * BLOCK, column * BLOCK, colours)


@kernel
def mean_colours(kinds, table, top, left, colours):
    """Fill a block of colours with the means of two by two samples."""
    for i in range(top, top + BLOCK):
        for j in range(left, left + BLOCK):
            a, b = kinds[2 * i, 2 * j], kinds[2 * i, 2 * j + 1]
            c, d = kinds[2 * i + 1, 2 * j], kinds[2 * i + 1, 2 * j + 1]
            for k in range(3):
                total = np.int64(table[a, k]) + table[b, k] + table[c, k] + table[d, k]
                colours[i, j, k] = (total + 2) >> 2


@kernel
def halve(finer, top, left, colours):
    """Fill a block of colours with the means of two by two finer ones."""
    for i in range(top, top + BLOCK):
        for j in range(left, left + BLOCK):
            for k in range(3):
                total = np.int64(finer[2 * i, 2 * j, k]) + finer[2 * i, 2 * j + 1, k]
                total += np.int64(finer[2 * i + 1, 2 * j, k]) + finer[2 * i + 1, 2 * j + 1, k]
                colours[i, j, k] = (total + 2) >> 2


@kernel
def blur(colours, top, left, texels):
    """Fill a block of texels with the packed means of three by three colours."""
    last = len(colours) - 1
    for i in range(BLOCK):
        for j in range(BLOCK):
            packed = np.uint32(0)
            for k in range(3):
                total = np.int64(4)
                for row in range(top + i - 1, top + i + 2):
                    for column in range(left + j - 1, left + j + 2):
                        total += colours[min(last, max(0, row)), min(last, max(0, column)), k]
                packed |= np.uint32(total // 9) << np.uint32(8 * k)
            texels[i * BLOCK + j] = packed
