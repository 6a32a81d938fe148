"""A small picture of a network with the values of its nodes, quick enough for a film.

Blue nodes are positive, orange ones negative, grey ones near 0. A small network is drawn with its
connections, a large one as a field of squares: inputs, hidden nodes in the order of evaluation,
outputs.
"""

import math
from collections.abc import Mapping
from typing import Protocol

import networkx as nx
import numpy as np
from PIL import Image, ImageDraw

from viz.film import CARD, FAINT, fitted
from viz.names import in_text
from viz.network.dense import arrange_dense
from viz.network.drawing import effective
from viz.network.recurrent import along, arcs_of, is_used
from viz.network.weights import COLOURS
from viz.style import RECURRENT
from wann.champion.champion import Champion

MOST_NODES = 70  # that are drawn with their connections
MOST_NAMED = 12  # inputs
SHARP = 3  # pixels drawn for each pixel of the result, in both directions
WIRE = "#c5ccd6"
INCHES = 9.0  # width of the figure whose recurrent connections look like these
DASHES = 48  # points of such a connection, every second stretch of which is drawn
SHADES = 8  # on either side of 0: few colours make small films
DOT, END = 0.02, 0.025  # radius of a hidden node, of inputs and outputs, as a share of the width
# pixels: side of a square, room between inputs, hidden nodes and outputs
LARGEST_TILE, APART = 22, 8


class Live(Protocol):
    """A network that can be drawn again and again."""

    def picture(self, values: Mapping[int, float]) -> Image.Image:
        """Return its picture for these values of the nodes."""


def live(champion: Champion, width: int, height: int) -> Live:
    """Return the drawing of a network in a size in pixels."""
    graph = effective(champion.graph())
    # the bias, if it is not used
    graph.remove_nodes_from([node for node in (0,) if not is_used(graph, node)])
    return (Wiring if len(graph) <= MOST_NODES else Tiles)(graph, width, height)


PALETTE = [
    tuple(round(255 * part) for part in COLOURS(0.5 + 0.5 * k / SHADES)[:3])
    for k in range(-SHADES, SHADES + 1)
]


def shade(value: float) -> tuple[int, ...]:
    """Return the colour of a value, that of its tanh.

    A network may overflow to what is not a number.
    """
    return PALETTE[SHADES + (0 if math.isnan(value) else round(SHADES * math.tanh(value)))]


class Wiring:
    """A network as dots and connections."""

    def __init__(self, graph: nx.DiGraph, width: int, height: int) -> None:
        """Draw what does not change."""
        ends = {node for node, role in graph.nodes(data="role") if role != "hidden"}
        sources = [node for node, role in graph.nodes(data="role") if role in ("input", "bias")]
        size = max(8, min(13, round(0.7 * height / len(sources))))
        self.texts = {
            node: fitted(in_text(graph.nodes[node]["name"]), width // 4, size)
            for node in sources
            if len(sources) <= MOST_NAMED
        }
        self.radius = {node: SHARP * width * (END if node in ends else DOT) for node in graph}
        rim = 1.4 * SHARP * width * END
        widest = max((face.getlength(text) for text, face in self.texts.values()), default=0.0)
        self.at = _fitted_into(
            graph, (SHARP * widest + 2 * rim, rim, SHARP * width - rim, SHARP * height - rim)
        )

        ground = Image.new("RGB", (SHARP * width, SHARP * height), CARD)
        draw, t = ImageDraw.Draw(ground), np.linspace(0, 1, 17)
        for source, target in graph.edges:
            (x0, y0), (x1, y1) = self.at[source], self.at[target]
            x, y = x0 + (x1 - x0) * t, y0 + (y1 - y0) * (3 * t**2 - 2 * t**3)
            draw.line(list(zip(x.tolist(), y.tolist(), strict=True)), WIRE, SHARP)
        inch = SHARP * width / INCHES  # heights grow upwards in figures
        places = {node: (x / inch, -y / inch) for node, (x, y) in self.at.items()}
        for arc in arcs_of(graph, places, DOT * INCHES):
            points = [(inch * x, -inch * y) for x, y in along(arc.points, DASHES)]
            for k in range(0, DASHES - 1, 2):
                draw.line(points[k : k + 2], RECURRENT, SHARP)
        self.ground = ground

    def picture(self, values: Mapping[int, float]) -> Image.Image:
        """Return its picture for these values of the nodes."""
        image = self.ground.copy()
        draw = ImageDraw.Draw(image)
        for node, (x, y) in self.at.items():
            radius = self.radius[node]
            draw.ellipse(
                (x - radius, y - radius, x + radius, y + radius), shade(values[node]), CARD, SHARP
            )
        image = image.reduce(SHARP)
        draw = ImageDraw.Draw(image)
        for node, (text, face) in self.texts.items():
            x, y = self.at[node]
            draw.text(
                ((x - 1.5 * self.radius[node]) / SHARP, y / SHARP), text, FAINT, face, anchor="rm"
            )
        return image


def _fitted_into(
    graph: nx.DiGraph, box: tuple[float, float, float, float]
) -> dict[int, tuple[float, float]]:
    """Return where the nodes lie in a box (left, top, right, bottom)."""
    position = arrange_dense(graph, None)
    x, y = np.array([position[node] for node in graph]).T
    across = np.interp(x, (x.min(), x.max()), (box[0], box[2]))
    down = (
        np.interp(-y, (-y.max(), -y.min()), (box[1], box[3]))
        if np.ptp(y)
        else np.full(len(y), (box[1] + box[3]) / 2)
    )
    return dict(zip(graph, zip(across.tolist(), down.tolist(), strict=True), strict=True))


class Tiles:
    """A network as squares."""

    def __init__(self, graph: nx.DiGraph, width: int, height: int) -> None:
        """Give each node a square, as large as there is room for."""
        self.size, groups = (width, height), dict[str, list[int]](input=[], hidden=[], output=[])
        for node, facts in sorted(
            graph.nodes(data=True), key=lambda item: (item[1]["layer"], item[0])
        ):
            groups["input" if facts["role"] == "bias" else facts["role"]].append(node)

        def columns(side: int) -> int:
            return sum(-(-len(group) // (height // side)) for group in groups.values())

        self.side = next(
            (s for s in range(LARGEST_TILE, 1, -1) if columns(s) * s <= width - 2 * APART), 1
        )
        rows, x = height // self.side, 0
        self.at: dict[int, tuple[int, int]] = {}
        for group in groups.values():
            self.at |= {
                node: (x + k // rows * self.side, k % rows * self.side)
                for k, node in enumerate(group)
            }
            x += -(-len(group) // rows) * self.side + APART

    def picture(self, values: Mapping[int, float]) -> Image.Image:
        """Return its picture for these values of the nodes."""
        image = Image.new("RGB", self.size, CARD)
        draw, size = ImageDraw.Draw(image), max(0, self.side - 2)
        for node, (x, y) in self.at.items():
            draw.rectangle((x, y, x + size, y + size), shade(values[node]))
        return image
