"""What a network does: its action as bars and names."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from gymnasium import spaces
from PIL import ImageDraw

from viz.film import FAINT, INK, TRACK, fitted
from viz.names import in_text
from viz.style import ACCENT, SECOND
from wann.tasks.gym.actions import outputs_for, parts_of

ROW, BAR = 30, 9  # pixels, at most: of a gauge with its name, of its bar


class Gauge(NamedTuple):
    """One number of an action.

    Attributes:
        name: of the output, or of the chosen action.
        value: from -1 to 1, or None if one of several actions is chosen.
        options: how many there are to choose from.
        chosen: which one.
    """

    name: str
    value: float | None = None
    options: int = 0
    chosen: int = 0


def gauges_of(space: spaces.Space, names: Sequence[str], action: Any) -> list[Gauge]:
    """Return the gauges of an action of the space; ``names`` are those of the network's outputs."""
    if isinstance(space, spaces.Box):
        low, high = (np.ravel(end).astype(float) for end in (space.low, space.high))
        numbers = np.ravel(action).astype(float)
        bounded = np.isfinite(low) & np.isfinite(high) & (high > low)
        low, high = np.where(bounded, low, -1.0), np.where(bounded, high, 1.0)
        shares = np.clip(2 * (numbers - low) / (high - low) - 1, -1.0, 1.0).tolist()
        return [Gauge(name, share) for name, share in zip(names, shares, strict=True)]
    if isinstance(space, spaces.Discrete):
        chosen = int(action) - int(space.start)
        if len(names) == 1:  # the sign of the one output
            return [Gauge(names[0], 2.0 * chosen - 1.0)]
        return [Gauge(names[chosen], None, len(names), chosen)]
    if isinstance(space, spaces.MultiBinary):
        signs = (2.0 * np.ravel(action).astype(float) - 1.0).tolist()
        return [Gauge(name, sign) for name, sign in zip(names, signs, strict=True)]
    if isinstance(space, spaces.Dict | spaces.Tuple):
        actions = [action[key] for key in space] if isinstance(space, spaces.Dict) else action
        gauges, first = [], 0
        for part, one in zip(parts_of(space), actions, strict=True):
            last = first + outputs_for(part)
            gauges += gauges_of(part, names[first:last], one)
            first = last
        return gauges
    assert isinstance(space, spaces.MultiDiscrete)
    sizes, chosen_ = (
        space.nvec.ravel().tolist(),
        np.ravel(np.asarray(action) - space.start).tolist(),
    )
    firsts = np.cumsum([0, *sizes])
    return [
        Gauge(names[first + k], None, n, k)
        for first, n, k in zip(firsts, sizes, chosen_, strict=False)
    ]


def draw_gauges(
    draw: ImageDraw.ImageDraw, box: tuple[int, int, int, int], gauges: Sequence[Gauge]
) -> None:
    """Draw gauges below each other in a box (left, top, right, bottom).

    Without names where there is no room.
    """
    left, top, right, bottom = box
    row = min(ROW, (bottom - top) // len(gauges))
    bar = min(BAR, max(1, row - 2))
    named = row >= 2 * BAR + 4
    y = (top + bottom - row * len(gauges)) // 2
    for gauge in gauges:
        if named:
            text, face = fitted(in_text(gauge.name), right - left, 12)
            draw.text((left, y), text, FAINT if gauge.value is not None else INK, face, anchor="la")
        low = y + row - bar - 2
        if gauge.value is not None:
            middle = (left + right) // 2
            draw.rectangle((left, low, right, low + bar), TRACK)
            end = middle + round(gauge.value * (right - left) / 2)
            if end != middle:
                draw.rectangle(
                    (min(middle, end), low, max(middle, end), low + bar),
                    ACCENT if end > middle else SECOND,
                )
            draw.line((middle, low - 2, middle, low + bar + 2), INK)
        else:
            edges = np.linspace(left, right + 2, gauge.options + 1).round().astype(int).tolist()
            for k in range(gauge.options):
                colour = INK if k == gauge.chosen else TRACK
                draw.rectangle((edges[k], low, max(edges[k], edges[k + 1] - 3), low + bar), colour)
        y += row
