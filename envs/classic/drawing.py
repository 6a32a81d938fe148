"""Pictures of links on a pivot, and of a car in its valley."""

import math
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np

from envs.render import AXLE, CART, POLE, PUSH, RAIL, SHARP, SKY, STOP

ABOVE = 0.12  # of what the links reach, between them and the edge
WIDTH = 0.09  # of a link, as a share of what the links reach
RING, GAP = 0.22, 0.5  # radius of the arrow of a torque, likewise; where it begins [rad from down]
SWEEP = 2.2  # rad that the arrow of the largest torque goes
TALL = 0.45  # of the ground's height above its middle, as a share of its width for a radian of x
LEFT_OUT = 0.08  # width of the wall, as x
CAR, WHEEL = 0.085, 0.028  # half of the car's length, the radius of its wheels, as x
ARROW = 0.2  # length of the arrow of the largest push, as x


class Sheet:
    """A picture that is drawn several times as large, for smooth edges; its unit is that of what
    it shows, and up is positive.
    """

    def __init__(self, image: Any, scale: float, origin: tuple[float, float]) -> None:
        """Draw on an image of ``SHARP`` times the size; the origin is a column and a row of it."""
        from PIL import ImageDraw

        self.image, self.scale, self.origin = image, scale, np.array(origin)
        self.draw = ImageDraw.Draw(image)

    def at(self, point: Any) -> np.ndarray:
        """Return column and row of a point, or of each of several ``(n, 2)``."""
        return self.origin + np.asarray(point) * (self.scale, -self.scale)

    def disc(self, centre: Any, radius: float, colour: str) -> None:
        """Draw a disc."""
        (x, y), r = self.at(centre).tolist(), radius * self.scale
        self.draw.ellipse((x - r, y - r, x + r, y + r), fill=colour)

    def area(self, corners: Any, colour: str) -> None:
        """Draw a polygon of ``(n, 2)`` corners."""
        self.draw.polygon([tuple(corner) for corner in self.at(corners).tolist()], fill=colour)

    def rod(self, start: Any, end: Any, width: float, colour: str) -> None:
        """Draw a bar with round ends."""
        start, end = np.array(start, float), np.array(end, float)
        along = (end - start) / np.linalg.norm(end - start)
        across = np.array((-along[1], along[0])) * width / 2
        self.area((start - across, start + across, end + across, end - across), colour)
        self.disc(start, width / 2, colour)
        self.disc(end, width / 2, colour)

    def path(self, points: np.ndarray, width: float, colour: str) -> None:
        """Draw an arrow of this width along ``(n, 2)`` points, whose head begins at the last."""
        for start, end in pairwise(points):
            self.rod(start, end, width, colour)
        along = points[-1] - points[-2]
        along = along / np.linalg.norm(along) * 3.2 * width
        across = np.array((-along[1], along[0])) * 0.75
        self.area((points[-1] - across, points[-1] + along, points[-1] + across), colour)

    def picture(self) -> np.ndarray:
        """Return the picture, ``(height, width, 3)`` uint8."""
        return np.asarray(self.image.reduce(SHARP))


def draw_links(
    angles: Sequence[float],
    lengths: Sequence[float],
    size: tuple[int, int],
    turn: float = 0.0,
    line: float | None = None,
) -> np.ndarray:
    """Return a picture of links, each hanging from the end of the one before.

    Args:
        angles: of each link [rad, 0 = hanging, counterclockwise positive].
        lengths: of each link [m].
        size: width and height in pixels.
        turn: torque on the last link as a share of the largest, drawn as an arrow around where it
            hangs; counterclockwise positive.
        line: how far above the pivot a line is drawn [m]; None for none.

    Returns: ``(height, width, 3)`` uint8.
    """
    from PIL import Image

    width, height = SHARP * size[0], SHARP * size[1]
    reach = sum(lengths)
    scale = min(width, height) / (2 * reach * (1 + ABOVE))
    sheet = Sheet(Image.new("RGB", (width, height), SKY), scale, (width / 2, height / 2))
    if line is not None:
        far = width / scale
        sheet.area(
            [(x, line + y) for x, y in ((-far, -0.02), (-far, 0.02), (far, 0.02), (far, -0.02))],
            RAIL,
        )
    steps = [(n * math.sin(a), -n * math.cos(a)) for a, n in zip(angles, lengths, strict=True)]
    joints = np.vstack(((0.0, 0.0), np.cumsum(steps, axis=0)))
    thick = WIDTH * reach
    for k in range(len(lengths)):
        sheet.rod(joints[k], joints[k + 1], thick, (POLE, CART)[(k + len(lengths)) % 2 == 0])
    for joint in joints[:-1]:
        sheet.disc(joint, 0.4 * thick, AXLE)
    if abs(turn) > 0.02:
        begin = -math.pi / 2 - math.copysign(SWEEP / 2, turn)
        arc = begin + np.linspace(0, SWEEP * turn, 24)
        ring = RING * reach * np.stack((np.cos(arc), np.sin(arc)), axis=1)
        sheet.path(joints[-2] + ring, 0.25 * thick, PUSH)
    return sheet.picture()


def draw_car(car: Any, x: float, size: tuple[int, int], push: float = 0.0) -> np.ndarray:
    """Return a picture of a car on the ground, which is as high as sin(3 x).

    Args:
        car: physics with ``left``, ``right`` and ``flag``.
        x: where the car is.
        size: width and height in pixels.
        push: on the car as a share of the largest, right positive; clipped, drawn as an arrow.

    Returns: ``(height, width, 3)`` uint8.
    """
    wide, scale, origin = _view(car.left, car.right, (SHARP * size[0], SHARP * size[1]))
    ground = _valley(car.left, car.right, car.flag, wide, scale, origin)
    sheet = Sheet(ground.copy(), scale, origin)
    slope = 3 * TALL * math.cos(3 * x)
    along = np.array((1.0, slope)) / math.hypot(1.0, slope)
    up = np.array((-along[1], along[0]))
    foot = np.array((x, TALL * math.sin(3 * x)))
    axle = foot + WHEEL * up
    sheet.rod(
        axle - 0.7 * CAR * along + 0.9 * WHEEL * up,
        axle + 0.7 * CAR * along + 0.9 * WHEEL * up,
        2 * WHEEL,
        CART,
    )
    sheet.rod(
        axle - 0.25 * CAR * along + 2.2 * WHEEL * up,
        axle + 0.25 * CAR * along + 2.2 * WHEEL * up,
        1.5 * WHEEL,
        CART,
    )
    for side in (-0.6, 0.6):
        sheet.disc(axle + side * CAR * along, WHEEL, POLE)
        sheet.disc(axle + side * CAR * along, 0.45 * WHEEL, AXLE)
    push = min(1.0, max(-1.0, push))
    if abs(push) > 0.02:
        middle, side = axle + WHEEL * up, math.copysign(1.0, push)
        tail = middle + side * (CAR + 0.03) * along
        sheet.path(np.array((tail, tail + ARROW * push * along)), 0.016, PUSH)
    return sheet.picture()


def _view(
    left: float, right: float, size: tuple[int, int]
) -> tuple[tuple[int, int], float, tuple[float, float]]:
    """Return the size, pixels in a unit of x, and where x and the ground's height are 0."""
    width, height = size
    low, high = -TALL, TALL + 0.3
    scale = min(width / (right - left + 4 * LEFT_OUT), height / (high - low + 0.15))
    return size, scale, (width / 2 - scale * (left + right) / 2, height - scale * (0.1 - low))


@lru_cache(maxsize=16)
def _valley(
    left: float,
    right: float,
    flag: float,
    size: tuple[int, int],
    scale: float,
    origin: tuple[float, float],
) -> Any:
    """Return what does not move: the ground with its wall and its flag."""
    from PIL import Image

    sheet = Sheet(Image.new("RGB", size, SKY), scale, origin)
    far = 2 * size[0] / scale
    x = np.linspace(left, right, 300)
    top = np.stack((x, TALL * np.sin(3 * x)), axis=1)
    ends = (
        (right + far, top[-1, 1]),
        (right + far, -far),
        (left - far, -far),
        (left - far, top[0, 1]),
    )
    sheet.area(np.vstack((top, ends)), RAIL)
    wall, foot = left - CAR, TALL * math.sin(3 * left)
    sheet.area(
        (
            (wall, foot),
            (wall, foot + 0.2),
            (wall - LEFT_OUT / 2, foot + 0.2),
            (wall - LEFT_OUT / 2, foot),
        ),
        STOP,
    )
    at, pole = TALL * math.sin(3 * flag), 0.26
    sheet.rod((flag, at), (flag, at + pole), 0.014, STOP)
    sheet.area(
        ((flag, at + pole), (flag + 0.11, at + pole - 0.045), (flag, at + pole - 0.09)), POLE
    )
    return sheet.image
