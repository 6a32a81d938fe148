"""A film of how the champion of a run grew: ``python -m viz.topology RUN --animate FILE``.

Each picture is a champion, drawn as ``viz.topology`` draws large networks. Every node has one place
in all of them, that of a drawing of all at once; what a picture has and the one before had not is
drawn in colour.
"""

from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from itertools import pairwise, repeat
from pathlib import Path
from typing import Any, NamedTuple

import networkx as nx
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Circle
from PIL import Image as Pictures

from viz.film import write_film
from viz.names import plain
from viz.network.dense import RADIUS
from viz.network.drawing import MOST_DRAWN, Plan, draw_part, effective, plan_of
from viz.network.heading import Heading
from viz.network.look import KEY_WIDTH, TICK_SIZE
from viz.network.recurrent import recurrent_edges
from viz.style import INK, SECOND, figure_of
from wann.champion.champion import Champion, load
from wann.errors import WannError
from wann.runs.directory import RunDirectory

MOST_STAGES = 40  # champions that are shown; more would take minutes, and nobody would watch them
LENGTH, LONGEST = 16.0, 0.8  # s, of all stages and of one
HOLD = 4.0  # s that the last one stays
WIDEST = 900  # pixels
DPI = 100  # at most
RING = 0.05  # in, of a new node, beyond its rim
NEW = 0.55  # strength of a new connection
SAMPLE = 6  # pictures that say what colours a GIF needs


class Stage(NamedTuple):
    """A champion on the way to the last one.

    Attributes:
        champion: of the run.
        generation: in which it was found.
        graph: what is drawn of it.
    """

    champion: Champion
    generation: int
    graph: nx.DiGraph


class New(NamedTuple):
    """The look of what was not there before.

    Attributes:
        edges: new connections.
    """

    edges: frozenset[tuple[int, int]]

    def line(self, edge: tuple[int, int]) -> tuple[str, float] | None:
        """Return how a new connection looks."""
        return (SECOND, NEW) if edge in self.edges else None

    def fill(self, node: int) -> None:
        """Leave nodes the colour of their activation."""

    def draw_key(self, ax: Axes, right: float, top: float) -> None:
        """Say what the colour means."""
        x, y = right - KEY_WIDTH, top - 0.06
        ax.plot([x, x + 0.3], [y, y], color=SECOND, linewidth=2.4, solid_capstyle="round")
        text = "new since the picture before"
        ax.text(x + 0.4, y, text, fontsize=TICK_SIZE + 2, color=INK, va="center_baseline")


def stages_of(run: RunDirectory, most: int = MOST_STAGES) -> list[Stage]:
    """Return the champions of a run, evenly chosen if there are more than ``most``.

    Raises:
        WannError: the run has no ``champions`` yet.
    """
    earlier = list(run.champions().items())
    if not earlier:
        raise WannError(
            f"{run.path}: no champions/*.json: the film shows the champions of a run, as "
            "python -m wann.evolve writes them"
        )
    chosen = np.unique(
        np.linspace(0, len(earlier) - 1, min(most, len(earlier))).round().astype(int)
    )
    champions = [(load(file), generation) for generation, file in (earlier[k] for k in chosen)]
    first = champions[0][0]
    for champion, generation in champions:
        if (champion.inputs, champion.outputs) != (first.inputs, first.outputs):
            raise WannError(
                f"{run.path}: the champion of generation {generation} has other inputs or outputs"
                " than the first"
            )
    return [
        Stage(champion, generation, effective(champion.graph()))
        for champion, generation in champions
    ]


def union(stages: Sequence[Stage]) -> nx.DiGraph:
    """Return the graph of all nodes and connections of the stages, in layers.

    Should connections of different champions form a cycle, those of the earlier champions that
    close it are left out.

    Raises:
        WannError: together they are too many to be drawn.
    """
    facts: dict[int, dict] = {}
    links = nx.DiGraph()
    for stage in reversed(stages):
        for node, attributes in stage.graph.nodes(data=True):
            facts.setdefault(node, attributes)
        both = nx.compose(links, nx.DiGraph(stage.graph.edges))
        both.add_nodes_from(stage.graph)
        if not nx.is_directed_acyclic_graph(both):  # rare, and slower to mend
            both = links.copy()
            both.add_nodes_from(stage.graph)
            for u, v in stage.graph.edges:
                if not nx.has_path(both, v, u):
                    both.add_edge(u, v)
        links = both
        if links.number_of_edges() > MOST_DRAWN:
            raise WannError(
                f"the champions have more than {MOST_DRAWN} connections together: too many to draw"
            )
    layer = {node: 0 for node in links if facts[node]["role"] in ("bias", "input")}
    for node in nx.topological_sort(links):
        layer.setdefault(
            node, 1 + max((layer[source] for source in links.predecessors(node)), default=0)
        )
    last = max(layer.values())
    result = nx.DiGraph()
    for node in sorted(links, key=lambda node: (facts[node]["role"] == "bias", node)):
        at = last if facts[node]["role"] == "output" else layer[node]
        result.add_node(node, **{**facts[node], "layer": at})
    result.add_edges_from(links.edges)
    recurrent = dict.fromkeys(edge for stage in stages for edge in recurrent_edges(stage.graph))
    result.graph["recurrent"] = list(recurrent)
    return result


def draw_stages(stages: Sequence[Stage]) -> list[Axes]:
    """Draw each stage, all with the same limits; the last one once more, with nothing new."""
    final, whole = stages[-1], union(stages)
    plan = plan_of(final.champion, whole, dense=True)
    parts = [part_of(whole, stage.graph) for stage in (*stages, final)]
    before = [part_of(whole, nx.DiGraph()), *parts]
    looks = [New(frozenset(lines_of(now) - lines_of(then))) for then, now in pairwise(before)]
    headings = [
        heading_of(stage, look) for stage, look in zip((*stages, final), looks, strict=True)
    ]
    least = max(heading.width for heading in headings)
    axes = []
    for then, now, heading in zip(before, parts, headings, strict=False):
        ax = draw_part(plan, now, heading._replace(least=least))
        _draw_rings(ax, plan, now, [node for node in now if node not in then])
        axes.append(ax)
    # a legend has more or less rows
    bottom, (left, right), (_, top) = (
        min(ax.get_ylim()[0] for ax in axes),
        axes[0].get_xlim(),
        axes[0].get_ylim(),
    )
    for ax in axes:
        ax.set_ylim(bottom, top)
        figure_of(ax).set_size_inches(right - left, top - bottom)
    return axes


def part_of(whole: nx.DiGraph, graph: nx.DiGraph) -> nx.DiGraph:
    """Return what both graphs have, and all inputs and outputs."""
    result = nx.DiGraph()
    for node, facts in whole.nodes(data=True):
        if node in graph or facts["role"] != "hidden":
            result.add_node(node, **{**facts, **graph.nodes.get(node, {}), "layer": facts["layer"]})
    result.add_edges_from(edge for edge in graph.edges if whole.has_edge(*edge))
    result.graph["recurrent"] = recurrent_edges(graph)
    return result


def lines_of(graph: nx.DiGraph) -> set[tuple[int, int]]:
    """Return the connections of a graph, recurrent ones with the source -1 - id."""
    return set(graph.edges) | {(~source, target) for source, target in recurrent_edges(graph)}


def heading_of(stage: Stage, look: New) -> Heading:
    """Return what stands above the drawing of a stage."""
    champion = stage.champion
    facts = [f"generation {stage.generation}", f"{champion.genome.size} connections"]
    if score := score_of(champion):
        facts.insert(1, score)
    return Heading(plain(champion.task or "network"), ", ".join(facts), look)


def score_of(champion: Champion) -> str:
    """Return the score of a champion in words, if its file has one."""
    scores: Any = champion.scores
    try:
        if "accuracy" in scores:
            return f"{100 * float(scores['accuracy']['validation']['vote']):.1f} % right"
        return f"score {float(scores['mean']):.1f}"
    except (KeyError, TypeError, ValueError):  # scores in a file may be anything
        return ""


def _draw_rings(ax: Axes, plan: Plan, graph: nx.DiGraph, nodes: Iterable[int]) -> None:
    for node in nodes:
        radius = RADIUS[graph.nodes[node]["role"]] + RING
        ax.add_patch(
            Circle(
                plan.position[node], radius, fill=False, edgecolor=SECOND, linewidth=1.6, zorder=4
            )
        )


def pictures_of(axes: Sequence[Axes]) -> list[Pictures.Image]:
    """Return the drawings as pictures with even sides, as films need them."""
    width, height = figure_of(axes[0]).get_size_inches()
    dpi = min(DPI, WIDEST / width)
    size = 2 * round(width * dpi / 2), 2 * round(height * dpi / 2)
    result = []
    for ax in axes:
        content = BytesIO()
        figure_of(ax).savefig(content, format="png", dpi=dpi)
        result.append(Pictures.open(content).convert("RGB").resize(size))
    return result


def animate(run: RunDirectory, path: Path, most: int = MOST_STAGES) -> None:
    """Write the film of a run, of at most so many champions, whole or not at all.

    Raises:
        WannError: the run has no champions yet, or the file cannot be written there or as asked.
    """
    pictures = pictures_of(draw_stages(stages_of(run, most)))
    seconds = min(LONGEST, LENGTH / len(pictures))

    def play(fps: float) -> Iterator[Pictures.Image]:
        for picture in pictures[:-1]:
            yield from repeat(picture, round(seconds * fps))
        yield from repeat(pictures[-1], round(HOLD * fps))

    write_film(path, play, pictures[:: -max(1, len(pictures) // SAMPLE)])
