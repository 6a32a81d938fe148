"""How the drawing of a network shows individual weights: the sign as colour, the magnitude as
width.
"""

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import LinearSegmentedColormap, to_hex

from viz.network.look import KEY_WIDTH, TICK_SIZE
from viz.style import ACCENT, INK, SECOND, SOFT
from wann.champion.champion import Champion

COLOURS = LinearSegmentedColormap.from_list("weights", [SECOND, "#f0c3a5", "#a9cde4", ACCENT])
LARGEST = 0.98  # share of the weights that are told apart, lest one dwarfs all others
THIN, THICK = 0.8, 4.0  # points, of the key


class Weights(NamedTuple):
    """The individual weights of a network.

    Attributes:
        values: of each enabled connection, by (source, target); of a recurrent one the source is
            -1 - id.
        largest: magnitude beyond which all look the same.
    """

    values: Mapping[tuple[int, int], float]
    largest: float

    @classmethod
    def of(cls, champion: Champion) -> "Weights":
        """Return the weights of a champion that has individual ones."""
        assert champion.weights is not None
        conns = zip(champion.genome.conns.tolist(), champion.weights.tolist(), strict=True)
        values = {
            (source, target): weight for (source, target, enabled), weight in conns if enabled
        }
        magnitudes = np.abs(list(values.values()))
        return cls(
            values,
            _scale(float(np.quantile(magnitudes, LARGEST, method="higher"))) if values else 1.0,
        )

    def line(self, edge: tuple[int, int]) -> tuple[str, float]:
        """Return the colour of a connection, and its magnitude as a share of the largest."""
        share = max(-1.0, min(1.0, self.values[edge] / self.largest))
        return to_hex(COLOURS(0.5 + 0.5 * share)), abs(share)

    def fill(self, node: int) -> None:
        """Leave nodes the colour of their activation."""

    def draw_key(self, ax: Axes, right: float, top: float) -> None:
        """Draw the scale of weights."""
        x, shares = np.linspace(right - KEY_WIDTH, right, 129).tolist(), np.linspace(-1, 1, 128)
        y = top - 0.26
        half = ((THIN + (THICK - THIN) * np.abs(shares)) / 72 / 2).tolist()
        quads = [
            [(x[i], y - h), (x[i + 1], y - h), (x[i + 1], y + h), (x[i], y + h)]
            for i, h in enumerate(half)
        ]
        colours = COLOURS(0.5 + 0.5 * shares)
        ax.add_collection(
            PolyCollection(quads, facecolors=colours, edgecolors="face", linewidths=0.4, snap=False)
        )
        ax.text(
            right - KEY_WIDTH,
            top,
            "weight of a connection",
            fontsize=TICK_SIZE + 2,
            color=INK,
            va="top",
        )
        beyond = max(map(abs, self.values.values()), default=0.0) > self.largest
        for share in (-1.0, -0.5, 0.0, 0.5, 1.0):
            sign = {-1.0: "≤ ", 1.0: "≥ "}.get(share, "") if beyond else ""
            at = right - KEY_WIDTH * (0.5 - 0.5 * share)
            text = f"{sign}{share * self.largest:g}"
            ax.text(at, y - 0.07, text, fontsize=TICK_SIZE, color=SOFT, ha="center", va="top")


def _scale(largest: float) -> float:
    """Return the next round number: a multiple of a half of a power of ten."""
    if largest == 0:
        return 1.0
    unit = 0.5 * 10.0 ** math.floor(math.log10(largest))
    return float(f"{math.ceil(largest / unit) * unit:.6g}")
