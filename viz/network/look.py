"""How a drawing of a network may show more than its wiring: by colours and widths."""

from typing import Protocol

from matplotlib.axes import Axes

KEY_WIDTH = 2.6  # inches
TICK_SIZE = 6.5  # points


class Look(Protocol):
    """What colours and widths say: see ``viz.network.importance`` and ``viz.network.weights``."""

    def line(self, edge: tuple[int, int]) -> tuple[str, float] | None:
        """Return the colour of a connection and how strong it is, from 0 to 1.

        None to draw it as ever.
        """

    def fill(self, node: int) -> str | None:
        """Return the colour of a node, or None for that of its activation."""

    def draw_key(self, ax: Axes, right: float, top: float) -> None:
        """Draw what colours and widths mean, ``KEY_WIDTH`` wide, its upper right corner here.

        Axes are in inches.
        """
