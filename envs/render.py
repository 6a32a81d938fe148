"""Pictures of the cart and its pole, and the window that shows pictures."""

import os
import sys
from functools import lru_cache
from typing import Any

import numpy as np

from wann.errors import WannError

SHARP = 3  # pixels drawn for each pixel of the result, in both directions: smooth edges

SKY = "#f6f7f9"
RAIL = "#c3cad4"
STOP = "#98a2b1"
CART = "#2f3b52"
POLE = "#ef6f4c"
AXLE = "#f6f7f9"
PUSH = "#1f9e8f"

HALF_CART, CART_HEIGHT = 0.25, 0.24  # m
POLE_WIDTH, STOP_WIDTH = 0.08, 0.07  # m
MARGIN = 0.75  # m beyond the limit of the cart's centre: a pole or an arrow there is not cut


def draw_cart_pole(
    state: tuple[float, ...],
    physics: Any,
    size: tuple[int, int] = (600, 300),
    force: float | None = None,
) -> np.ndarray:
    """Return a picture of a cart on its rail, with the pole to scale.

    The rail's stops are where the cart's sides are when its centre is at ``physics.limit``.

    Args:
        state: x [m], x_dot [m/s], theta [rad, 0 = upright], and more that is not shown.
        physics: has ``limit`` [m], ``pole`` (its whole length [m]) and ``force`` (the largest [N]).
        size: width and height in pixels.
        force: push on the cart [N], drawn as an arrow; None for none.

    Returns: ``(height, width, 3)`` uint8.
    """
    from PIL import ImageDraw

    width, height = SHARP * size[0], SHARP * size[1]
    scale = pixels_per_metre(size, physics.limit, physics.pole)
    image = _empty_rail(size, physics.limit, physics.pole).copy()
    draw = ImageDraw.Draw(image)
    x, y = width / 2 + scale * state[0], height / 2
    half, high = scale * HALF_CART, scale * CART_HEIGHT / 2

    if force:
        side = 1 if force > 0 else -1
        tail = x + side * (half + 0.04 * scale)
        neck = tail + 0.35 * scale * force / physics.force
        wing, thick = 0.075 * scale, 0.022 * scale
        draw.rectangle((min(tail, neck), y - thick, max(tail, neck), y + thick), fill=PUSH)
        draw.polygon(
            ((neck + side * 0.1 * scale, y), (neck, y - wing), (neck, y + wing)), fill=PUSH
        )
    draw.rounded_rectangle((x - half, y - high, x + half, y + high), radius=0.06 * scale, fill=CART)
    # a metre of the pole, in pixels
    along = np.array([np.sin(state[2]), -np.cos(state[2])]) * scale
    across = np.array([along[1], -along[0]]) * POLE_WIDTH / 2
    foot = np.array([x, y])
    tip = foot + along * physics.pole
    draw.polygon(
        [tuple(corner) for corner in (foot - across, tip - across, tip + across, foot + across)],
        fill=POLE,
    )
    _disc(draw, tip, POLE_WIDTH / 2 * scale, POLE)
    _disc(draw, foot, POLE_WIDTH * 0.85 * scale, POLE)
    _disc(draw, foot, POLE_WIDTH * 0.4 * scale, AXLE)
    return np.asarray(image.reduce(SHARP))


def pixels_per_metre(size: tuple[int, int], limit: float, pole: float) -> float:
    """Return the scale, in drawn pixels, at which both the whole rail and the turning pole are in
    the picture.
    """
    return SHARP * min(size[0] / (2 * (limit + MARGIN)), size[1] / (2 * (pole + 0.15)))


@lru_cache(maxsize=16)
def _empty_rail(size: tuple[int, int], limit: float, pole: float) -> Any:
    """Return what does not move: the rail, its stops and the mark at its centre."""
    from PIL import Image, ImageDraw

    width, height = SHARP * size[0], SHARP * size[1]
    scale = pixels_per_metre(size, limit, pole)
    image = Image.new("RGB", (width, height), SKY)
    draw = ImageDraw.Draw(image)
    x, y, reach = width / 2, height / 2, scale * (limit + HALF_CART)
    draw.rectangle((x - reach, y - 0.02 * scale, x + reach, y + 0.02 * scale), fill=RAIL)
    for side in (-1, 1):
        inner, outer = sorted((x + side * reach, x + side * (reach + scale * STOP_WIDTH)))
        draw.rounded_rectangle(
            (inner, y - 0.16 * scale, outer, y + 0.16 * scale), 0.025 * scale, fill=STOP
        )
    top, wide, deep = y + 0.17 * scale, 0.06 * scale, 0.09 * scale
    draw.polygon(((x, top), (x - wide, top + deep), (x + wide, top + deep)), fill=STOP)
    return image


def _disc(draw: Any, centre: np.ndarray, radius: float, colour: str) -> None:
    x, y = centre.tolist()
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)


class Window:
    """A window that shows pictures at a steady rate until somebody closes it (or presses Escape or
    Q).
    """

    def __init__(self, title: str, fps: float) -> None:
        """Prepare a window; it opens with the first picture.

        Raises:
            WannError: pygame is not installed.
        """
        os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "hide")
        try:
            import pygame
        except ImportError:
            raise WannError('a window needs pygame: pip install "wann[window]"') from None
        self._pygame = pygame
        self._title, self._fps = title, fps
        self._clock = pygame.time.Clock()
        self._screen: Any = None
        self.is_open = True

    def show(self, picture: np.ndarray) -> bool:
        """Show a ``(height, width, 3)`` uint8 picture when its time has come.

        Return whether the window is open still.

        Raises:
            WannError: there is no display to open a window on.
        """
        pygame = self._pygame
        if not self.is_open:
            return False
        if self._screen is None:
            self._screen = self._open((picture.shape[1], picture.shape[0]))
        self._screen.blit(pygame.surfarray.make_surface(picture.swapaxes(0, 1)), (0, 0))
        pygame.display.flip()
        self._clock.tick(self._fps)
        for event in pygame.event.get():
            key = event.key if event.type == pygame.KEYDOWN else None
            if event.type == pygame.QUIT or key in (pygame.K_ESCAPE, pygame.K_q):
                self.close()
        return self.is_open

    def _open(self, size: tuple[int, int]) -> Any:
        """Return the screen of a new window."""
        pygame = self._pygame
        variables = ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER")
        try:
            if sys.platform == "linux" and not any(os.environ.get(name) for name in variables):
                raise pygame.error("no display")
            pygame.display.init()
            if pygame.display.get_driver() == "offscreen" and "SDL_VIDEODRIVER" not in os.environ:
                raise pygame.error("no display")  # SDL found none and would show to nobody
            screen = pygame.display.set_mode(size)
        except pygame.error as error:
            pygame.display.quit()
            raise WannError(
                f"cannot open a window ({error}): without a display use --gif or --mp4, or"
                " render_mode='rgb_array'"
            ) from None
        pygame.display.set_caption(self._title)
        return screen

    def close(self) -> None:
        """Close the window; closing it again does nothing."""
        if self._screen is not None:
            self._pygame.display.quit()
        self._screen = None
        self.is_open = False
