"""What the encoder sees: a small picture around the car, looked up in the raster of the track.

Gymnasium draws 1000 by 800 pixels, makes 96 by 96 of them, and shows indicators in the lowest 12
rows. The encoder sees the 84 rows above, as in the paper, three by three pixels averaged: 28 rows
of 32 pixels, each 1.9 m wide and 1.5 m high, the car in rows 22 to 25 of the middle.

What differs from Gymnasium's picture:

* a pixel is one look-up in a raster whose texels have the mean of 1.6 by 1.6 m along the axes of
  the world, where Gymnasium averages the pixel's own area;
* tiles keep their shade when the car has touched them, where Gymnasium's become a little darker;
* front wheels are drawn at nine angles, and all wheels in the mean grey of their turning stripes;
* while the view zooms in, in the first second, a texel may be up to 1.4 times too large or small.
"""

import math
from functools import cache
from typing import NamedTuple

import numpy as np

from envs.carracing.physics.car import HULL_SHAPES, PLACES, SIZE, STEER_LIMIT, WHEEL_SHAPE
from envs.carracing.physics.numbers import f32, kernel
from envs.carracing.sight.raster import BITS, BLOCK, LEVELS, LOST, ORIGIN, TEXEL, WIDTH

MERGED = 3  # pixels of Gymnasium's that are averaged, in both directions
ROWS, COLUMNS = 84 // MERGED, 96 // MERGED
PIXELS = ROWS * COLUMNS
SCREEN = (1000, 800)  # pixels that Gymnasium draws
PIXEL_WIDTH, PIXEL_HEIGHT = SCREEN[0] * MERGED / 96, SCREEN[1] * MERGED / 96  # of these
AHEAD, MIDDLE = 0.75 * SCREEN[1], 0.5 * SCREEN[0]  # row and column of the car's place
ZOOM, FAR = 2.7 * 6.0, 0.1 * 6.0  # pixels per metre, and at the very start
ZOOMED = 50  # frames until the view has zoomed in
FPS = 50

TOP, BOTTOM, LEFT, RIGHT = 22, 26, 15, 17  # rows and columns in which the car is drawn
ANGLES = 9  # of the front wheels
RED_HULL, WHEEL_GREY = (204.0 - LOST, 0.0, 0.0), 77.0 - LOST


def zoom_at(frame: int) -> float:
    """Return the pixels of the screen per metre in a frame; the first one is number 1."""
    t = min(frame / FPS, 1.0)
    return FAR * (1 - t) + ZOOM * t


class View(NamedTuple):
    """What is the same for all tracks, by frame: 1 is the one that ``reset`` shows.

    Attributes:
        levels: ``(ZOOMED + 1,)`` level of the raster.
        scales: ``(ZOOMED + 1,)`` metres per pixel of the screen.
        car: ``(ZOOMED + 1, ANGLES, BOTTOM - TOP, RIGHT - LEFT, 4)`` float32, which share of a pixel
            the car leaves free, and the red, green and blue that it adds.
    """

    levels: np.ndarray
    scales: np.ndarray
    car: np.ndarray


@cache
def view() -> View:
    """Return the view; it is computed once."""
    zooms = np.array([zoom_at(frame) for frame in range(ZOOMED + 1)])
    levels = np.clip(np.rint(np.log2(ZOOM / zooms)), 0, LEVELS - 1).astype(np.int64)
    car = np.zeros((ZOOMED + 1, ANGLES, BOTTOM - TOP, RIGHT - LEFT, 4), f32)
    for angle in range(ANGLES):
        steer = STEER_LIMIT * (2 * angle / (ANGLES - 1) - 1)
        shapes = [[(x * SIZE, y * SIZE) for x, y in shape] for shape in HULL_SHAPES]
        for k, (x, y) in enumerate(PLACES):
            c, s = (math.cos(steer), math.sin(steer)) if k < 2 else (1.0, 0.0)
            shapes.append(
                [((x + c * u - s * v) * SIZE, (y + s * u + c * v) * SIZE) for u, v in WHEEL_SHAPE]
            )
        corners = np.zeros((len(shapes), 8, 2))
        for shape, row in zip(shapes, corners, strict=True):
            row[:] = shape[-1]
            row[: len(shape)] = shape
        draw_car(car[:, angle], zooms, corners, len(HULL_SHAPES), mean_grey())
    return View(levels, 1.0 / zooms, car)


def mean_grey() -> float:
    """Return the mean grey of a wheel, whose stripe is seen as it turns."""
    turns = np.linspace(0, 2 * math.pi, 360, endpoint=False)
    s1, s2 = np.sin(turns), np.sin(turns + 1.2)
    c1, c2 = np.cos(turns), np.cos(turns + 1.2)
    c1, c2 = np.where(s1 > 0, np.sign(c1), c1), np.where(s2 > 0, np.sign(c2), c2)
    shares = np.where((s1 > 0) & (s2 > 0), 0.0, abs(c1 - c2) / 2)
    return float(WHEEL_GREY * shares.mean())


@kernel
def draw_car(car, zooms, corners, n_hull, grey):
    """Fill ``(frames, rows, columns, 4)`` of a ``View.car`` with 16 by 16 samples a pixel."""
    samples = 16
    for frame in range(len(zooms)):
        for row in range(BOTTOM - TOP):
            for column in range(RIGHT - LEFT):
                hull = wheel = 0.0
                for i in range(samples):
                    for j in range(samples):
                        u = (LEFT + column + (j + 0.5) / samples) * PIXEL_WIDTH - MIDDLE
                        v = AHEAD - (TOP + row + (i + 0.5) / samples) * PIXEL_HEIGHT
                        kind = shape_at(corners, u / zooms[frame], v / zooms[frame])
                        if kind >= n_hull:
                            wheel += 1.0
                        elif kind >= 0:
                            hull += 1.0
                hull, wheel = hull / samples**2, wheel / samples**2
                pixel = car[frame, row, column]
                pixel[0] = 1.0 - hull - wheel
                for k in range(3):
                    pixel[1 + k] = hull * RED_HULL[k] + wheel * grey


@kernel
def shape_at(corners, x, y):
    """Return which of several convex polygons, clockwise or not, is the first to have a point."""
    for k in range(len(corners)):
        left = right = False
        n = len(corners[k])
        for i in range(n):
            ax, ay = corners[k, i, 0], corners[k, i, 1]
            bx, by = corners[k, (i + 1) % n, 0], corners[k, (i + 1) % n, 1]
            side = (bx - ax) * (y - ay) - (by - ay) * (x - ax)
            left, right = left or side > 0.0, right or side < 0.0
        if not (left and right):
            return k
    return -1


@kernel
def look(raster, view, frame, x, y, sine, cosine, steer, picture):
    """Fill the picture around a car.

    Args:
        raster: of the track.
        view: of ``view``.
        frame: its number; 1 is the one that ``reset`` shows.
        x: where the car is [m].
        y: likewise.
        sine: of the car's angle.
        cosine: likewise.
        steer: angle of the front wheels [rad].
        picture: ``(3 * PIXELS,)`` float32, filled row by row from the top with red, green and blue
            from 0 to 255.
    """
    frame = min(frame, ZOOMED)
    level, scale = view.levels[frame], view.scales[frame]
    side = WIDTH >> level >> BITS
    per_metre = 1.0 / (TEXEL * (1 << level))
    # a pixel to the right, and one down, in texels
    right_x, right_y = cosine * scale * per_metre, sine * scale * per_metre
    down_x, down_y = right_y * PIXEL_HEIGHT, -right_x * PIXEL_HEIGHT
    right_x, right_y = right_x * PIXEL_WIDTH, right_y * PIXEL_WIDTH
    # the middle of the first pixel
    across, ahead = 0.5 - MIDDLE / PIXEL_WIDTH, 0.5 - AHEAD / PIXEL_HEIGHT
    first_x = (x - ORIGIN) * per_metre + across * right_x + ahead * down_x
    first_y = (y - ORIGIN) * per_metre + across * right_y + ahead * down_y
    # in three loops, since those without look-ups become vectors; float32 is exact to a
    # ten-thousandth of a texel
    block, inside = np.empty(PIXELS, np.uint32), np.empty(PIXELS, np.int32)
    most, none = f32(side * BLOCK - 1), f32(0.0)  # what is beyond the map is as black as its edge
    step_x, step_y = f32(right_x), f32(right_y)
    for i in range(ROWS):
        row_x, row_y = f32(first_x + i * down_x), f32(first_y + i * down_y)
        for j in range(COLUMNS):
            u, v = row_x + f32(j) * step_x, row_y + f32(j) * step_y
            u, v = (u if u > none else none), (v if v > none else none)
            u, v = (u if u < most else most), (v if v < most else most)
            row, column = np.int32(v), np.int32(u)
            block[i * COLUMNS + j] = (row >> BITS) * side + (column >> BITS)
            inside[i * COLUMNS + j] = ((row & (BLOCK - 1)) << BITS) | (column & (BLOCK - 1))
    texels, blocks = raster.texels, raster.blocks[raster.first[level] :]
    for at in range(PIXELS):
        block[at] = texels[
            (np.uint64(blocks[block[at]]) << np.uint64(2 * BITS)) + np.uint64(inside[at])
        ]
    for at in range(PIXELS):
        texel = block[at]
        picture[3 * at] = f32(texel & np.uint32(255))
        picture[3 * at + 1] = f32((texel >> np.uint32(8)) & np.uint32(255))
        picture[3 * at + 2] = f32((texel >> np.uint32(16)) & np.uint32(255))
    turn = (steer / STEER_LIMIT + 1.0) * (0.5 * (ANGLES - 1)) + 0.5
    car = view.car[frame, min(ANGLES - 1, max(0, np.int64(turn)))]
    for i in range(BOTTOM - TOP):
        for j in range(RIGHT - LEFT):
            at = 3 * ((TOP + i) * COLUMNS + LEFT + j)
            for k in range(3):
                picture[at + k] = picture[at + k] * car[i, j, 0] + car[i, j, 1 + k]


def reduced(frames: np.ndarray) -> np.ndarray:
    """Return ``(..., 96, 96, 3)`` frames of Gymnasium as the encoder sees them.

    Returns: ``(..., ROWS, COLUMNS, 3)`` float32 from 0 to 255.
    """
    shape = frames.shape[:-3]
    blocks = frames[..., : ROWS * MERGED, :, :].reshape(*shape, ROWS, MERGED, COLUMNS, MERGED, 3)
    return blocks.mean(axis=(-4, -2), dtype=f32)
