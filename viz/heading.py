"""What stands above the drawing of a network."""

import networkx as nx
from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath

from viz.importance import KEY_WIDTH, Importance, draw_key
from viz.style import INK, SOFT, plain
from wann.champion import Champion

MARGIN = 0.2  # in, around the drawing
HEIGHT = 0.9  # in, above it
TITLE_SIZE, FACTS_SIZE = 12, 8.5  # points


def heading(champion: Champion, graph: nx.DiGraph, what: str = "inputs") -> tuple[str, str]:
    """Return the title and the line under it, for a drawing of the part ``graph`` of the network.

    Args:
        champion: the network.
        graph: what is drawn of it.
        what: the inputs are called.
    """
    n_hidden = sum(role == "hidden" for _, role in graph.nodes(data="role"))
    n_drawn, n_all = graph.number_of_edges(), champion.genome.size
    facts = [f"{n_all} connection{'s' * (n_all != 1)}", f"{n_hidden} hidden node{'s' * (n_hidden != 1)}"]
    if n_drawn < n_all:
        facts[0] += f" ({n_all - n_drawn} without effect not drawn)"
    n_inputs = champion.genome.n_inputs
    if what != "inputs":
        n_used = sum(role == "input" and graph.degree(node) > 0 for node, role in graph.nodes(data="role"))
        facts.append(f"{n_used} of {n_inputs} {what} used")
    elif n_left_out := n_inputs - sum(role == "input" for _, role in graph.nodes(data="role")):
        facts.append(f"{n_left_out} unused inputs not drawn")
    return plain(champion.task or str(champion.provenance.get("source", "network"))), ", ".join(facts)


def text_width(text: str, size: float) -> float:
    """Return the width of a text in inches."""
    return TextPath((0, 0), text, prop=FontProperties(size=size)).get_extents().width / 72 if text else 0.0


def heading_width(title: str, facts: str, importance: Importance | None) -> float:
    """Return how wide the heading is in inches, with the key of colours beside it."""
    width = 2 * MARGIN + max(text_width(title, TITLE_SIZE) * 1.1, text_width(facts, FACTS_SIZE))
    return width + (0.5 + KEY_WIDTH if importance else 0.0)


def draw_heading(
    ax: Axes, title: str, facts: str, importance: Importance | None, left: float, right: float, top: float
) -> None:
    """Write the heading at the top of axes that are in inches."""
    ax.text(left + MARGIN, top - 0.2, title, fontsize=TITLE_SIZE, fontweight="bold", color=INK, va="top")
    ax.text(left + MARGIN, top - 0.44, facts, fontsize=FACTS_SIZE, color=SOFT, va="top")
    if importance:
        draw_key(ax, importance, right - MARGIN - 0.1, top - 0.2)
