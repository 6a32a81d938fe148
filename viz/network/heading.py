"""What stands above the drawing of a network."""

from typing import NamedTuple

import networkx as nx
from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath

from viz.names import plain
from viz.network.look import KEY_WIDTH, Look
from viz.network.recurrent import draw_key, recurrent_edges
from viz.style import INK, SOFT
from wann.champion.champion import Champion

MARGIN = 0.2  # in, around the drawing
HEIGHT = 0.9  # in, above it
TITLE_SIZE, FACTS_SIZE = 12, 8.5  # points


class Heading(NamedTuple):
    """What stands above a drawing.

    Attributes:
        title: of the drawing.
        facts: the line under it.
        look: what colours and widths mean, told on the right.
        least: room that it takes at least, in inches.
        ids: whether hidden nodes are named with their ids, as ``wann.explain`` names them.
        recurrent: whether there are dashed connections, which are explained then.
    """

    title: str
    facts: str
    look: Look | None = None
    least: float = 0.0
    ids: bool = False
    recurrent: bool = False

    @classmethod
    def of(
        cls, champion: Champion, graph: nx.DiGraph, look: Look | None = None, what: str = "inputs"
    ) -> "Heading":
        """Return the heading for a drawing of the part ``graph`` of a network.

        Args:
            champion: the network.
            graph: what is drawn of it.
            look: what colours and widths mean.
            what: the inputs are called.
        """
        n_hidden = sum(role == "hidden" for _, role in graph.nodes(data="role"))
        n_recurrent = len(recurrent_edges(graph))
        n_drawn, n_all = graph.number_of_edges() + n_recurrent, champion.genome.size
        facts = [
            f"{n_all} connection{'s' * (n_all != 1)}",
            f"{n_hidden} hidden node{'s' * (n_hidden != 1)}",
        ]
        if n_drawn < n_all:
            facts[0] += f" ({n_all - n_drawn} without effect not drawn)"
        if n_recurrent:
            facts[0] += f", {n_recurrent} of them recurrent (dashed)"
        n_inputs = champion.genome.n_inputs
        if what != "inputs":
            n_used = sum(
                role == "input" and graph.degree(node) > 0
                for node, role in graph.nodes(data="role")
            )
            facts.append(f"{n_used} of {n_inputs} {what} used")
        elif n_left_out := n_inputs - sum(role == "input" for _, role in graph.nodes(data="role")):
            facts.append(f"{n_left_out} unused inputs not drawn")
        title = plain(champion.task or str(champion.provenance.get("source", "network")))
        return cls(title, ", ".join(facts), look, recurrent=n_recurrent > 0)

    @property
    def width(self) -> float:
        """The room it needs, in inches."""
        width = 2 * MARGIN + max(
            text_width(self.title, TITLE_SIZE) * 1.1, text_width(self.facts, FACTS_SIZE)
        )
        key = self.look is not None or self.recurrent
        return max(self.least, width + (0.5 + KEY_WIDTH if key else 0.0))

    def draw(self, ax: Axes, left: float, right: float, top: float) -> None:
        """Write it at the top of axes that are in inches."""
        ax.text(
            left + MARGIN,
            top - 0.2,
            self.title,
            fontsize=TITLE_SIZE,
            fontweight="bold",
            color=INK,
            va="top",
        )
        ax.text(left + MARGIN, top - 0.44, self.facts, fontsize=FACTS_SIZE, color=SOFT, va="top")
        if self.look:
            self.look.draw_key(ax, right - MARGIN - 0.1, top - 0.2)
        elif self.recurrent:
            draw_key(ax, right - MARGIN - 0.1, top - 0.2)


def text_width(text: str, size: float) -> float:
    """Return the width of a text in inches."""
    return (
        TextPath((0, 0), text, prop=FontProperties(size=size)).get_extents().width / 72
        if text
        else 0.0
    )
