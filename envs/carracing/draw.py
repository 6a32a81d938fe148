"""A picture of the race for people: the road around the car, the whole track, what the encoder
sees, and what the driver does.
"""

import math
from functools import lru_cache
from typing import Any

import numpy as np

from envs.carracing.physics.car import (
    HULL_SHAPES,
    PHASE,
    SIZE,
    VX,
    VY,
    WHEEL_RADIUS,
    WHEEL_SHAPE,
    C,
    Car,
    S,
    origin,
)
from envs.carracing.physics.track import FIELD, Track
from envs.carracing.sight.picture import COLUMNS, ROWS
from envs.carracing.sight.raster import PATCH

SHARP = 2  # pixels drawn for each pixel of the result, in both directions: smooth edges
SEEN = 46.0  # m, the height of what is shown around the car
BEHIND = 0.28  # share of the height that lies behind the car

EARTH, GRASS, BEYOND = "#8bbf6a", "#97c977", "#5d6b54"
ROAD = ("#6d737c", "#70767f", "#737982")
KERBS = ("#f4f5f7", "#d6453d")
LINE, HULL, TRIM, TYRE, STRIPE = "#e9ebee", "#d8402f", "#8f2419", "#23262b", "#60656d"
PANEL, INK, GREY, SLOT = "#1d2129", "#f2f4f7", "#a7afbd", "#4a5160"
STEER, GAS, BRAKE = "#7aa7e0", "#1f9e8f", "#ef6f4c"


def draw_race(
    track: Track,
    car: Car,
    seen: np.ndarray,
    controls: tuple[float, float, float],
    reward: float,
    size: tuple[int, int] = (600, 400),
) -> np.ndarray:
    """Return a picture of a car on its track.

    Args:
        track: of the episode.
        car: where it is.
        seen: ``(ROWS, COLUMNS, 3)`` what the encoder sees, from 0 to 255.
        controls: steer from -1, left, to 1; gas and brake from 0 to 1.
        reward: sum of the rewards so far.
        size: width and height in pixels.

    Returns: ``(height, width, 3)`` uint8.
    """
    from PIL import Image, ImageDraw

    width, height = SHARP * size[0], SHARP * size[1]
    panel = round(0.3 * width)
    image = Image.new("RGB", (width, height), BEYOND)
    draw = ImageDraw.Draw(image)
    scene = Scene(car, ((width - panel) / 2, height * (1 - BEHIND)), height / SEEN)
    draw_ground(draw, scene, track, math.hypot(width, height) / scene.scale)
    draw_car(draw, scene, car)
    draw.rectangle((width - panel, 0, width, height), fill=PANEL)
    draw_panel(image, draw, (width - panel, 0, panel, height), track, car, seen, controls, reward)
    return np.asarray(image.reduce(SHARP))


class Scene:
    """Where metres lie in a picture that turns with the car."""

    def __init__(self, car: Car, at: tuple[float, float], scale: float) -> None:
        """Put the car at a column and row, its front up; ``scale`` is in pixels per metre."""
        self.x, self.y = (float(p) for p in origin(car.bodies, 0))
        self.s, self.c = float(car.bodies[0, S]), float(car.bodies[0, C])
        self.at, self.scale = at, scale

    def __call__(self, points: Any) -> list[tuple[float, float]]:
        """Return columns and rows of ``(N, 2)`` points [m]."""
        x, y = np.asarray(points, float).T - np.array([[self.x], [self.y]])
        across, ahead = self.c * x + self.s * y, self.c * y - self.s * x
        columns, rows = self.at[0] + self.scale * across, self.at[1] - self.scale * ahead
        return list(zip(columns.tolist(), rows.tolist(), strict=True))

    def near(self, points: np.ndarray, reach: float) -> np.ndarray:
        """Return which of ``(N, 2)`` points are within reach of the car [m]."""
        return np.hypot(points[:, 0] - self.x, points[:, 1] - self.y) < reach


def draw_ground(draw: Any, scene: Scene, track: Track, reach: float) -> None:
    """Draw grass and road as far as the picture goes."""
    draw.polygon(scene([(-FIELD, -FIELD), (FIELD, -FIELD), (FIELD, FIELD), (-FIELD, FIELD)]), EARTH)
    low = np.array([(PATCH * i, PATCH * j) for i in range(-20, 20, 2) for j in range(-20, 20, 2)])
    for x, y in low[scene.near(low + PATCH / 2, reach)]:
        square = [(x, y), (x + PATCH, y), (x + PATCH, y + PATCH), (x, y + PATCH)]
        draw.polygon(scene(square), GRASS)
    near = scene.near(track.points[:, 1:], reach)
    for i in np.flatnonzero(near):
        draw.polygon(scene(track.quads[i]), ROAD[i % 3])
    for k, i in enumerate(track.kerb_tiles):
        if near[i]:
            draw.polygon(scene(track.kerbs[k]), KERBS[i % 2])
    for i in np.flatnonzero(near):  # both edges of the road, and where a lap begins
        left, right, end_right, end_left = track.quads[i]
        for line in ((left, end_left), (right, end_right)):
            draw.line(scene(line), LINE, max(1, round(0.18 * scene.scale)))
    if near[0]:
        draw.line(scene(track.quads[0][:2]), LINE, round(0.9 * scene.scale))


def draw_car(draw: Any, scene: Scene, car: Car) -> None:
    """Draw wheels, with the stripe that shows how they turn, and the hull above them."""
    for k in range(1, 5):
        draw.polygon(scene(placed(car, k, WHEEL_SHAPE)), TYRE)
        turn = float(car.wheels[k, PHASE])
        if math.sin(turn) <= 0.0 or math.sin(turn + 1.2) <= 0.0:
            half, reach = WHEEL_SHAPE[1][0], WHEEL_RADIUS / SIZE
            first, last = reach * math.cos(turn), reach * math.cos(turn + 1.2)
            stripe = ((-half, first), (half, first), (half, last), (-half, last))
            draw.polygon(scene(placed(car, k, stripe)), STRIPE)
    for shape in HULL_SHAPES:
        draw.polygon(scene(placed(car, 0, shape)), HULL)
    cockpit = ((-13, 5), (13, 5), (13, -45), (-13, -45))
    draw.polygon(scene(placed(car, 0, cockpit)), TRIM)


def placed(car: Car, k: int, shape: Any) -> np.ndarray:
    """Return where the corners of a shape of body k are, ``(N, 2)`` [m]."""
    x, y = origin(car.bodies, k)
    s, c = float(car.bodies[k, S]), float(car.bodies[k, C])
    u, v = SIZE * np.asarray(shape, float).T
    return np.stack((x + c * u - s * v, y + s * u + c * v), axis=1)


def draw_panel(
    image: Any,
    draw: Any,
    box: tuple[int, int, int, int],
    track: Track,
    car: Car,
    seen: np.ndarray,
    controls: tuple[float, float, float],
    reward: float,
) -> None:
    """Draw the panel at the side, whose left, top, width and height are ``box``."""
    from PIL import Image

    left, top, width, height = box
    gap = round(0.06 * width)
    inner = width - 2 * gap
    text = font(round(0.085 * width))

    x, y = left + gap, top + gap
    draw.text((x, y), f"reward {reward:.0f}", INK, text)
    speed = math.hypot(float(car.bodies[0, VX]), float(car.bodies[0, VY]))
    draw.text((left + width - gap, y), f"{3.6 * speed:.0f} km/h", INK, text, anchor="ra")
    y += round(0.13 * width)

    draw.text((x, y), "what the encoder sees", GREY, font(round(0.065 * width)))
    y += round(0.09 * width)
    shown = Image.fromarray(np.rint(np.clip(seen, 0, 255)).astype(np.uint8))
    tall = round(inner * ROWS / COLUMNS)
    image.paste(shown.resize((inner, tall), Image.Resampling.NEAREST), (x, y))
    y += tall + gap

    for name, value, colour in zip(
        ("steer", "gas", "brake"), controls, (STEER, GAS, BRAKE), strict=True
    ):
        draw.text((x, y), name, GREY, font(round(0.065 * width)))
        first, bar = x + round(0.27 * inner), round(0.05 * width)
        last = x + inner
        middle = (first + last) / 2 if name == "steer" else first
        end = middle + value * (last - middle)
        low = y + round(0.015 * width)
        draw.rectangle((first, low, last, low + bar), fill=SLOT)
        draw.rectangle((min(middle, end), low, max(middle, end), low + bar), fill=colour)
        y += round(0.1 * width)

    room = top + height - gap - y
    side = min(inner, room)
    if side > 0.3 * inner:
        draw_map(draw, (left + (width - side) / 2, y + (room - side) / 2, side), track, car)


def draw_map(draw: Any, box: tuple[float, float, float], track: Track, car: Car) -> None:
    """Draw the whole track and where the car is, in a square of this left, top and side."""
    left, top, side = box
    points = track.points[:, 1:]
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    scale = 0.92 * side / (points.max(axis=0) - points.min(axis=0)).max()

    def at(x: float, y: float) -> tuple[float, float]:
        return (
            left + side / 2 + scale * (x - middle[0]),
            top + side / 2 - scale * (y - middle[1]),
        )

    line = [at(*point) for point in [*points, points[0]]]
    draw.line(line, GREY, max(2, round(0.03 * side)), joint="curve")
    x, y = at(*(float(p) for p in origin(car.bodies, 0)))
    dot = 0.035 * side
    draw.ellipse((x - dot, y - dot, x + dot, y + dot), HULL)


@lru_cache(maxsize=8)
def font(size: int) -> Any:
    """Return Pillow's own font."""
    from PIL import ImageFont

    return ImageFont.load_default(size)
