"""Pictures of the cart and its pole, and the window that shows pictures."""

import math
import os
import sys
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from wann.errors import WannError

SHARP = 3  # pixels drawn for each pixel of the result, in both directions: smooth edges

SKY = "#f6f7f9"
RAIL = "#c3cad4"
STOP = "#98a2b1"
CART = "#2f3b52"
POLE = "#ef6f4c"
SHORT = "#7a5bd0"
AXLE = "#f6f7f9"
PUSH = "#1f9e8f"

HALF_CART, CART_HEIGHT = 0.25, 0.24  # m
POLE_WIDTH, STOP_WIDTH = 0.09, 0.07  # m
SHORT_WIDTH, SHORT_AT = 0.045, 0.15  # m; a second pole stands on the cart, so far from its middle
MARGIN = 0.75  # m beyond the limit of the cart's centre, at least: an arrow there is not cut
FOLLOWS = 0.7  # how far the view moves for a metre of the cart, at most: the cart moves, too
ABOVE, BELOW = 0.12, 0.3  # m beyond the pole's tip; below the axle of a pole that never hangs
TICKS = 0.5  # m


class View(NamedTuple):
    """Where metres lie in a picture of a cart and its pole.

    It shows the whole turning pole, as large as that allows, and as much of the rail as there is
    room for; it moves along with the cart, so that at a stop of the rail this stop is seen.

    Attributes:
        scale: pixels per metre.
        middle: column of the rail's centre while the cart is there [pixels].
        axle_y: row of the axle [pixels].
        follows: how far the view moves for a metre of the cart [m].
        half: half of what can be seen, wherever the cart is [m].
    """

    scale: float
    middle: float
    axle_y: float
    follows: float
    half: float

    @classmethod
    def of(cls, physics: Any, size: tuple[int, int]) -> "View":
        """Return the view of physics in a picture of this width and height in pixels."""
        width, height = size
        most = min(getattr(physics, "angle", math.pi), math.pi / 2)  # that the pole leans
        below = physics.pole + ABOVE if most == math.pi / 2 else BELOW
        above = physics.pole + ABOVE
        wide = max(MARGIN, physics.pole * math.sin(most) + ABOVE)
        least = wide + (1 - FOLLOWS) * physics.limit
        scale = min(height / (above + below), width / (2 * least))
        half = max(physics.limit + wide, width / scale / 2)
        follows = (half - width / scale / 2) / physics.limit
        spare = (height - scale * (above + below)) / 2
        return cls(scale, width / 2, spare + scale * above, follows, half)

    def axle(self, x: float, limit: float) -> tuple[float, float]:
        """Return column and row of the axle of a cart at x [m]."""
        return self.middle + self.scale * (x - self.shift(x, limit)), self.axle_y

    def shift(self, x: float, limit: float) -> float:
        """Return where on the rail the middle of the picture is for a cart at x [m]."""
        return self.follows * min(max(x, -limit), limit)

    def cart_at(self, column: float) -> float:
        """Return where the cart is whose axle is in this column [m]."""
        return (column - self.middle) / self.scale / (1 - self.follows)


def draw_cart_pole(
    state: tuple[float, ...],
    physics: Any,
    size: tuple[int, int] = (600, 300),
    force: float | None = None,
    short: tuple[float, float] | None = None,
) -> np.ndarray:
    """Return a picture of a cart on its rail, with the pole to scale.

    The rail's stops are where the cart's sides are when its centre is at ``physics.limit``. The
    picture follows the cart, see ``View``.

    Args:
        state: x [m], x_dot [m/s], theta [rad, 0 = upright], and more that is not shown.
        physics: has ``limit`` [m], ``pole`` (its whole length [m]) and ``force`` (the largest [N]);
            perhaps ``angle``, beyond which the pole does not lean [rad], and ``leans``, 1 if a
            positive theta is a lean to the right (the default), -1 if to the left.
        size: width and height in pixels.
        force: push on the cart [N], drawn as an arrow; None for none.
        short: angle [rad] and length [m] of a second pole, beside the first one; None for none.

    Returns: ``(height, width, 3)`` uint8.
    """
    from PIL import ImageDraw

    width, height = SHARP * size[0], SHARP * size[1]
    view = View.of(physics, (width, height))
    scale = view.scale
    rail = _empty_rail((width, height), view, physics.limit)
    left = round(rail.width / 2 + scale * view.shift(state[0], physics.limit) - width / 2)
    image = rail.crop((left, 0, left + width, height))
    draw = ImageDraw.Draw(image)
    x, y = view.axle(state[0], physics.limit)
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
    lean = lean_of(physics)
    foot = np.array([x, y])
    _rod(draw, foot, (lean * state[2], physics.pole), POLE_WIDTH, scale, POLE)
    _disc(draw, foot, POLE_WIDTH * 0.85 * scale, POLE)
    _disc(draw, foot, POLE_WIDTH * 0.4 * scale, AXLE)
    if short is not None:
        foot = np.array([x + SHORT_AT * scale, y - high])
        _rod(draw, foot, (lean * short[0], short[1]), SHORT_WIDTH, scale, SHORT)
        _disc(draw, foot, SHORT_WIDTH * 0.85 * scale, SHORT)
    return np.asarray(image.reduce(SHARP))


def _rod(
    draw: Any, foot: np.ndarray, rod: tuple[float, float], width: float, scale: float, colour: str
) -> None:
    """Draw a pole that leans to the right by an angle [rad], so long and so wide [m]."""
    angle, length = rod
    along = np.array([np.sin(angle), -np.cos(angle)]) * scale  # a metre of it, in pixels
    across = np.array([along[1], -along[0]]) * width / 2
    tip = foot + along * length
    draw.polygon(
        [tuple(corner) for corner in (foot - across, tip - across, tip + across, foot + across)],
        fill=colour,
    )
    _disc(draw, tip, width / 2 * scale, colour)


def lean_of(physics: Any) -> float:
    """Return 1 for physics in which a positive theta is a lean to the right, -1 if to the left."""
    return float(getattr(physics, "leans", 1.0))


@lru_cache(maxsize=16)
def _empty_rail(size: tuple[int, int], view: View, limit: float) -> Any:
    """Return what does not move, wider than the picture: the rail with its stops and ticks."""
    from PIL import Image, ImageDraw

    scale, y = view.scale, view.axle_y
    image = Image.new("RGB", (max(size[0], math.ceil(2 * scale * view.half)), size[1]), SKY)
    draw = ImageDraw.Draw(image)
    x, reach = image.width / 2, scale * (limit + HALF_CART)
    draw.rectangle((x - reach, y - 0.02 * scale, x + reach, y + 0.02 * scale), fill=RAIL)
    for k in range(-int(limit / TICKS), int(limit / TICKS) + 1):
        at = x + k * TICKS * scale
        draw.rectangle((at - 0.01 * scale, y, at + 0.01 * scale, y + 0.1 * scale), fill=RAIL)
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


class NoWindow(WannError):
    """No window can be opened: pygame or a display is missing."""


class Event(NamedTuple):
    """What somebody did in a window.

    Attributes:
        kind: "press", "move" or "release" of the mouse's first button, or "key".
        at: column and row of the mouse [pixels].
        key: name of the key, as "left", "space", "r".
    """

    kind: str
    at: tuple[int, int] = (0, 0)
    key: str = ""


class Window:
    """A window that shows pictures at a steady rate until somebody closes it (or presses Escape or
    Q).
    """

    def __init__(self, title: str, fps: float) -> None:
        """Prepare a window; it opens with the first picture.

        Raises:
            NoWindow: pygame is not installed.
        """
        os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "hide")
        try:
            import pygame
        except ImportError:
            raise NoWindow('a window needs pygame: pip install "wann[window]"') from None
        self._pygame = pygame
        self._title, self._fps = title, fps
        self._clock = pygame.time.Clock()
        self._screen: Any = None
        self._events: list[Event] = []
        self.is_open = True

    def show(self, picture: np.ndarray) -> bool:
        """Show a ``(height, width, 3)`` uint8 picture when its time has come.

        Return whether the window is open still.

        Raises:
            NoWindow: there is no display to open a window on.
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
                break
            self._note(event)
        return self.is_open

    def events(self) -> list[Event]:
        """Return what was done in the window since the last call, but for closing it."""
        events, self._events = self._events, []
        return events

    def _note(self, event: Any) -> None:
        """Keep an event of pygame, if it is one of those that ``events`` returns."""
        pygame = self._pygame
        if event.type == pygame.KEYDOWN:
            self._events.append(Event("key", key=pygame.key.name(event.key)))
        elif event.type == pygame.MOUSEMOTION:
            self._events.append(Event("move", event.pos))
        elif event.type in (pygame.MOUSEBUTTONDOWN, pygame.MOUSEBUTTONUP) and event.button == 1:
            kind = "press" if event.type == pygame.MOUSEBUTTONDOWN else "release"
            self._events.append(Event(kind, event.pos))

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
            raise NoWindow(
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
