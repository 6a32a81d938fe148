"""How the drawing of a network shows what is lost without each of its parts."""

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import LinearSegmentedColormap, to_hex

from viz.network.look import KEY_WIDTH, TICK_SIZE
from viz.style import INK, SECOND, SOFT
from wann.explain import Explanation

COLOURS = LinearSegmentedColormap.from_list("importance", ["#d3d7dc", "#f2b27c", SECOND, "#5c2000"])
THIN, THICK = 0.8, 4.0  # points


class Importance(NamedTuple):
    """What is lost without each part of a network.

    Attributes:
        score: of the whole network.
        nodes: loss without an input or hidden node, by its id.
        connections: loss without a connection, by (source, target); of a recurrent one the source
            is -1 - id.
        measure: what the score is.
    """

    score: float
    nodes: Mapping[int, float]
    connections: Mapping[tuple[int, int], float]
    measure: str = "score"

    @classmethod
    def of(cls, result: Explanation) -> "Importance":
        """Return the losses that ``wann.explain.explain`` found."""
        connections = {}
        for part in result.connections:
            source = part.place["source"]
            source = ~source if part.place.get("recurrent") else source
            connections[source, part.place["target"]] = part.loss
        nodes = {part.place["id"]: part.loss for part in (*result.inputs, *result.nodes)}
        return cls(result.score, nodes, connections, result.measure)

    @property
    def most(self) -> float:
        """The greatest loss; 1 if nothing is lost at all."""
        most = max([*self.nodes.values(), *self.connections.values()])
        return most if most > 0 else 1.0

    def share(self, loss: float) -> float:
        """Return where a loss lies on the scale from 0 to 1.

        Its root tells small losses apart, a gain counts as 0.
        """
        return (max(loss, 0.0) / self.most) ** 0.5

    def colour(self, loss: float) -> str:
        """Return the colour of a part."""
        return to_hex(COLOURS(self.share(loss)))

    def width(self, loss: float) -> float:
        """Return the width of a connection in points."""
        return THIN + (THICK - THIN) * self.share(loss)

    def line(self, edge: tuple[int, int]) -> tuple[str, float]:
        """Return the colour of a connection, and where its loss lies on the scale."""
        return self.colour(self.connections[edge]), self.share(self.connections[edge])

    def fill(self, node: int) -> str | None:
        """Return the colour of an input or hidden node."""
        return self.colour(self.nodes[node]) if node in self.nodes else None

    def draw_key(self, ax: Axes, right: float, top: float) -> None:
        """Draw the scale of losses."""
        x, shares = np.linspace(right - KEY_WIDTH, right, 129).tolist(), np.linspace(0, 1, 128)
        y = top - 0.26
        half = ((THIN + (THICK - THIN) * shares) / 72 / 2).tolist()
        quads = [
            [(x[i], y - h), (x[i + 1], y - h), (x[i + 1], y + h), (x[i], y + h)]
            for i, h in enumerate(half)
        ]
        taper = PolyCollection(
            quads, facecolors=COLOURS(shares), edgecolors="face", linewidths=0.4, snap=False
        )
        ax.add_collection(taper)
        label = f"{self.measure} lost when removed, of {self.score:.4g}"
        ax.text(right - KEY_WIDTH, top, label, fontsize=TICK_SIZE + 2, color=INK, va="top")
        last = 2.0
        for tick in (*_round_numbers(self.most), 0.0):
            share = self.share(tick)
            if last - share > 0.11 or tick == 0:  # room for the number
                at = right - KEY_WIDTH * (1 - share)
                ax.text(
                    at, y - 0.07, f"{tick:g}", fontsize=TICK_SIZE, color=SOFT, ha="center", va="top"
                )
                last = share


def _round_numbers(most: float) -> list[float]:
    """Return 1, 2 and 5 times powers of ten from the greatest one below ``most`` down to a
    hundredth of it.
    """
    top = math.floor(math.log10(most))
    numbers = [
        float(f"{digit}e{power}") for power in range(top, top - 3, -1) for digit in (5, 2, 1)
    ]
    return [number for number in numbers if most / 100 <= number <= most]
