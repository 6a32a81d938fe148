"""Draw a large network: every node is a dot, every connection a thin translucent curve.

Hidden nodes stand in the band of their layer, ordered so that connections are short, and have the
colour of their activation; a band of many nodes has several columns. Inputs that are pixels stand
where they are in the image, which is seen from the side, so that the connections of a row do not
all lie on each other.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import networkx as nx
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import EllipseCollection, PathCollection, PolyCollection
from matplotlib.colors import to_rgba
from matplotlib.patches import Circle
from matplotlib.path import Path as Curve

from viz.names import in_figure
from viz.network.glyph import draw_glyph
from viz.network.heading import HEIGHT, MARGIN, Heading, text_width
from viz.network.image import grid_of
from viz.network.look import Look
from viz.network.recurrent import ABOVE_ARCS, arcs_of, draw_arcs, is_used
from viz.style import ACCENT, ACTIVATION_COLOURS, FAINT, INK, SOFT
from wann.names import activation_title

# all lengths in inches
IMAGE = 3.4  # height of an image of inputs
ACROSS, UP = 0.42, 0.3  # from one pixel of a row to the next, in heights of a pixel
SPACING = 0.15  # of the nodes of a column, at least
TALLEST = 5.2  # column of hidden nodes; more of them make several columns
SUB_COLUMN = 0.2  # from one column of a band to the next
WIDE, NARROW = 1.1, 0.12  # between two bands; the more there are, the less
BANDS_WIDTH = 9.0  # of all of them together, where that leaves them NARROW
RADIUS = {"hidden": 0.055, "output": 0.075, "bias": 0.05, "input": 0.04}
SWEEPS = 12  # of the ordering
FEW = 8  # nodes that do not fill a column
FINE = 250  # connections, beyond which those of a look get finer
NAMED = 40  # inputs that have room for their names
UNUSED = "#f3f4f6"  # pixels
SIZE = 8.5  # points
GLYPH = 0.08  # radius of a node in the legend
LINE = 0.21  # from one line of the legend to the next


def draw_dense(
    ax: Axes,
    graph: nx.DiGraph,
    heading: Heading,
    position: Mapping[int, tuple[float, float]],
    image: "Image | None",
    highest: float | None = None,
) -> tuple[float, float]:
    """Draw a network, and return the size of the drawing in inches.

    Args:
        ax: axes to draw into, one inch to the unit.
        graph: what is drawn, see ``viz.topology.effective``.
        heading: what stands above it.
        position: of the nodes of this graph, or of one that it is a part of, by ``arrange_dense``.
        image: that the inputs are the pixels of, if they are.
        highest: what arcs of recurrent connections reach, if there are any.
    """
    look = heading.look
    _draw_curves(ax, graph, position, look)
    draw_arcs(ax, arcs_of(graph, position, RADIUS["hidden"]), look, 2.5)
    if image:
        _draw_image(ax, graph, image, look)
    _draw_dots(ax, graph, position, image is not None, look)
    _draw_names(ax, graph, position, image is not None)

    x, y = np.array(list(position.values())).T
    names = {"left": 0.0, "right": 0.0}
    for node, role in graph.nodes(data="role"):
        if role == "output" or (role != "hidden" and not image):
            side = "right" if role == "output" else "left"
            names[side] = max(names[side], text_width(in_figure(graph.nodes[node]["name"]), SIZE))
    left, right = x.min() - names["left"] - MARGIN - 0.25, x.max() + names["right"] + MARGIN + 0.25
    spare = max(0.0, heading.width - (right - left)) / 2
    left, right = left - spare, right + spare
    bottom, top = y.min() - 0.2, max(y.max() + HEIGHT, (highest or -np.inf) + ABOVE_ARCS)
    inner = [node for node, role in graph.nodes(data="role") if role == "hidden"]
    # colours are those of the activations
    if look is None or any(look.fill(node) is None for node in inner):
        legend = _legend(graph, right - left - 2 * MARGIN)
        _draw_legend(ax, legend, left + MARGIN, bottom - LINE)
        bottom += min((at for _, at, *_ in legend), default=LINE) - LINE
    bottom -= MARGIN
    heading.draw(ax, left, right, top)
    ax.set(xlim=(left, right), ylim=(bottom, top), aspect="equal")
    ax.set_axis_off()
    return right - left, top - bottom


# ------------------------------------------------------------------------------------------- layout
class Image(NamedTuple):
    """Where the pixels of an image lie, its middle at height 0.

    Attributes:
        places: row and column of each input node, as ``viz.pixels.grid_of`` finds them.
        rows: how many.
        columns: how many.
    """

    places: Mapping[int, tuple[int, int]]
    rows: int
    columns: int

    @classmethod
    def of(cls, names: Sequence[str]) -> "Image | None":
        """Return the image that inputs of these names are the pixels of, if they are."""
        places = grid_of(names)
        if places is None:
            return None
        rows, columns = (1 + max(axis) for axis in zip(*places.values(), strict=True))
        return cls(places, rows, columns)

    @property
    def cell(self) -> float:
        """The height of a pixel."""
        return IMAGE / max(self.rows, self.columns)

    def at(self, row: float, column: float) -> tuple[float, float]:
        """Return where a place of the image lies."""
        up = (self.rows - 1) / 2 - row + UP * (column - (self.columns - 1) / 2)
        return ACROSS * self.cell * column, self.cell * up

    def outline(self, row: int, column: int) -> list[tuple[float, float]]:
        """Return the corners of a pixel."""
        corners = ((-0.5, -0.5), (-0.5, 0.5), (0.5, 0.5), (0.5, -0.5))
        return [self.at(row + down, column + right) for down, right in corners]


def arrange_dense(graph: nx.DiGraph, image: Image | None) -> dict[int, tuple[float, float]]:
    """Return where each node lies, of an image all pixels.

    Other inputs are a column, the bias is below them.
    """
    inputs, *inner, outputs = _bands(graph)
    rows = max([2, len(outputs), *(min(len(band), round(TALLEST / SPACING)) for band in inner)])
    height = max(IMAGE, SPACING * (rows - 1), 0.28 * (len(outputs) - 1))
    if image is None:
        height = max(height, min(TALLEST, 0.19 * (len(inputs) - 1)))
        nodes = [*(node for node in inputs if node), 0]
        spread = np.linspace(0.5, -0.5, len(nodes)) * height
        position = {node: (0.0, y) for node, y in zip(nodes, spread.tolist(), strict=True)}
        x = 0.0
    else:
        position = {node: image.at(*place) for node, place in image.places.items()}
        right, low = image.at(image.rows - 1, image.columns - 1)[0], image.at(image.rows, 0)[1]
        position[0] = (right, low)
        x = right + 0.25
    gap = float(np.clip(BANDS_WIDTH / (len(inner) + 1), NARROW, WIDE))
    columns = [-(-len(band) // rows) for band in inner]
    widths = [gap + SUB_COLUMN * (n - 1) for n in columns]
    spread = np.linspace(0.42, -0.42, len(outputs)) * height if len(outputs) > 1 else np.zeros(1)
    at = x + sum(widths) + gap
    position |= {node: (at, y) for node, y in zip(outputs, spread.tolist(), strict=True)}
    for band, n, width in zip(
        _ordered(graph, inner, position, height), columns, widths, strict=True
    ):
        for rank, (node, y) in enumerate(band.items()):
            position[node] = (x + gap + SUB_COLUMN * (rank % n), y)
        x += width
    return position


def _bands(graph: nx.DiGraph) -> list[list[int]]:
    """Return the nodes of each layer; inputs and bias first, outputs last."""
    layers: dict[int, list[int]] = {}
    for node, layer in graph.nodes(data="layer"):
        layers.setdefault(layer, []).append(node)
    return [layers[layer] for layer in sorted(layers)]


def _ordered(
    graph: nx.DiGraph,
    bands: list[list[int]],
    fixed: Mapping[int, tuple[float, float]],
    height: float,
) -> list[dict[int, float]]:
    """Return the height of the hidden nodes of each band: evenly spread, in the order of their
    neighbours' means.
    """
    y = {node: at[1] for node, at in fixed.items()}
    near = {
        node: [*graph.predecessors(node), *graph.successors(node)] or [node]
        for band in bands
        for node in band
    }
    y |= dict.fromkeys(near, 0.0)
    ordered = [list(band) for band in bands]
    for _ in range(SWEEPS):
        for band in ordered:
            mean = {node: float(np.mean([y[other] for other in near[node]])) for node in band}
            band.sort(key=lambda node: (-mean[node], node))
            top, bottom = height / 2, -height / 2
            if len(band) < FEW:  # they stay near where they belong
                middle, reach = float(np.mean(list(mean.values()))), top * len(band) / FEW
                top, bottom = min(middle + reach, top), max(middle - reach, bottom)
            spread = np.linspace(top, bottom, len(band)) if len(band) > 1 else [(top + bottom) / 2]
            y |= dict(zip(band, map(float, spread), strict=True))
    return [{node: y[node] for node in band} for band in ordered]


# ------------------------------------------------------------------------------------------ drawing
def _draw_curves(
    ax: Axes, graph: nx.DiGraph, position: Mapping[int, tuple[float, float]], look: Look | None
) -> None:
    lines = {edge: look.line(edge) if look else None for edge in graph.edges}
    # the strong ones on top
    edges = sorted(lines, key=lambda edge: line[1] if (line := lines[edge]) else -1.0)
    curves, colours, widths = [], [], []
    alpha = float(np.clip(9 / max(1, len(edges)) ** 0.5, 0.2, 0.7))  # the more there are, the paler
    finer = min(1.0, (FINE / max(1, len(edges))) ** 0.5)  # and the finer
    for source, target in edges:
        (x0, y0), (x1, y1) = position[source], position[target]
        bend = 0.45 * (x1 - x0)
        curves.append(Curve([(x0, y0), (x0 + bend, y0), (x1 - bend, y1), (x1, y1)], [1, 4, 4, 4]))
        if line := lines[source, target]:
            colour, strength = line
            colours.append(to_rgba(colour, 0.35 + 0.65 * strength))
            widths.append(finer * (0.4 + 2.2 * strength))
        else:
            hidden = graph.nodes[source]["role"] == "hidden"
            colours.append(
                to_rgba(
                    ACTIVATION_COLOURS[graph.nodes[source]["activation"]] if hidden else SOFT, alpha
                )
            )
            widths.append(max(0.6, 1.4 * alpha))
    ax.add_collection(
        PathCollection(curves, facecolors="none", edgecolors=colours, linewidths=widths, zorder=2)
    )


def _draw_image(ax: Axes, graph: nx.DiGraph, image: Image, look: Look | None) -> None:
    """Draw each pixel as a cell of the image, the unused ones pale."""
    most = max((graph.out_degree(node) for node in image.places if node in graph), default=0)
    cells, colours = [], []
    for node, place in image.places.items():
        degree = graph.out_degree(node) if node in graph else 0
        colour = (
            to_rgba(ACCENT, 0.15 + 0.55 * (degree / most) ** 0.5) if degree else to_rgba(UNUSED)
        )
        if look and degree and (fill := look.fill(node)):
            colour = to_rgba(fill)
        cells.append(image.outline(*place))
        colours.append(colour)
    ax.add_collection(
        PolyCollection(cells, facecolors=colours, edgecolors="white", linewidths=0.6, zorder=1)
    )


def _draw_dots(
    ax: Axes,
    graph: nx.DiGraph,
    position: Mapping[int, tuple[float, float]],
    image: bool,
    look: Look | None,
) -> None:
    nodes = [node for node, role in graph.nodes(data="role") if not (image and role == "input")]
    colours = []
    for node in nodes:
        attributes = graph.nodes[node]
        colour = (
            ACTIVATION_COLOURS[attributes["activation"]] if attributes["role"] == "hidden" else INK
        )
        if not is_used(graph, node):
            colour = FAINT
        elif look and (fill := look.fill(node)):
            colour = fill
        colours.append(colour)
    widths = [2 * RADIUS[graph.nodes[node]["role"]] for node in nodes]
    ax.add_collection(
        EllipseCollection(
            widths,
            widths,
            np.zeros(len(nodes)),
            units="xy",
            offsets=[position[node] for node in nodes],
            offset_transform=ax.transData,
            facecolors=colours,
            edgecolors="white",
            linewidths=0.5,
            zorder=3,
        )
    )


def _draw_names(
    ax: Axes, graph: nx.DiGraph, position: Mapping[int, tuple[float, float]], image: bool
) -> None:
    n_inputs = sum(role == "input" for _, role in graph.nodes(data="role"))
    for node, role in graph.nodes(data="role"):
        (x, y), name = position[node], in_figure(graph.nodes[node]["name"])
        if role == "output":
            ax.text(
                x + RADIUS["output"] + 0.06, y, name, fontsize=SIZE, color=INK, va="center_baseline"
            )
        elif role == "bias" or (role == "input" and not image and n_inputs <= NAMED):
            colour = INK if graph.degree(node) else FAINT
            ax.text(x - 0.1, y, name, fontsize=SIZE, color=colour, ha="right", va="center_baseline")


def _legend(graph: nx.DiGraph, width: float) -> list[tuple[float, float, str, int]]:
    """Return where each activation stands in rows of this width, its name and how many hidden nodes
    have it.
    """
    used = Counter(
        graph.nodes[node]["activation"]
        for node, role in graph.nodes(data="role")
        if role == "hidden"
    )
    x = y = 0.0
    places = []
    for name, n in used.most_common():
        needed = 0.48 + text_width(f"{n} {activation_title(name)}", SIZE)
        if x > 0 and x + needed > width:
            x, y = 0.0, y - LINE
        places.append((x, y, name, n))
        x += needed
    return places


def _draw_legend(
    ax: Axes, places: list[tuple[float, float, str, int]], left: float, top: float
) -> None:
    for x, y, name, n in places:
        x, y = left + x, top + y
        colour = ACTIVATION_COLOURS[name]
        ax.add_patch(Circle((x + GLYPH, y), GLYPH, facecolor=colour, edgecolor="none"))
        draw_glyph(ax, (x + GLYPH, y), GLYPH, name, colour, zorder=2)
        text = f"{n} {activation_title(name)}"
        ax.text(x + 0.23, y, text, fontsize=SIZE, color=INK, va="center_baseline")
