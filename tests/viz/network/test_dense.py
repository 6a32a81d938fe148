"""The drawing of a large network: nothing is left out, nothing lies on anything else, and it stays
small and quick.
"""

import time
from itertools import combinations, pairwise

import numpy as np
import pytest
from matplotlib.collections import EllipseCollection, PathCollection, PolyCollection
from matplotlib.colors import to_hex, to_rgba
from support.bars_task import NAMES
from support.figure_samples import grow, make

from viz.network.dense import RADIUS, UNUSED, Image, arrange_dense
from viz.network.drawing import effective
from viz.network.image import grid_of
from viz.network.importance import Importance
from viz.style import ACTIVATION_COLOURS, FAINT, save
from viz.topology import draw

DIGITS = tuple("0123456789")


def image(side):
    return tuple(f"pixel {row},{column}" for row in range(side) for column in range(side))


def parts(ax):
    """Return the curves, the dots and, if there is an image, its cells."""
    # the key comes last
    found = {type(collection): collection for collection in reversed(ax.collections)}
    return found[PathCollection], found[EllipseCollection], found.get(PolyCollection)


def test_pixels_are_known_by_their_names():
    assert grid_of(image(2)) == {1: (0, 0), 2: (0, 1), 3: (1, 0), 4: (1, 1)}
    assert grid_of(("pixel 0,1", "pixel 0,0")) == {1: (0, 1), 2: (0, 0)}  # in any order
    for names in (
        image(3)[:-1],
        (*image(2), "x"),
        ("pixel 0,0", "pixel 0,0"),
        ("x", "y"),
        ("pixel 0,99999",),
        ("pixel 0,0", "pixel 9999,9999"),
        ("pixel -1,0", "pixel 0,0"),
    ):
        assert grid_of(names) is None


def test_every_connection_leads_from_its_source_to_its_target():
    champion = grow(200, 3, image(8), DIGITS, task="digits")
    graph = effective(champion.graph())
    ax = draw(champion)
    curves, dots, cells = parts(ax)
    position = arrange_dense(graph, Image.of(champion.inputs))
    ends = sorted((*path.vertices[0], *path.vertices[-1]) for path in curves.get_paths())
    np.testing.assert_allclose(ends, sorted((*position[a], *position[b]) for a, b in graph.edges))
    assert all(x0 < x1 for x0, _, x1, _ in ends)
    assert len(dots.get_offsets()) == sum(role != "input" for _, role in graph.nodes(data="role"))
    assert len(cells.get_paths()) == 64
    assert "digits" in {text.get_text() for text in ax.texts} and set(DIGITS) < {
        text.get_text() for text in ax.texts
    }


@pytest.mark.parametrize(("size", "side"), [(30, 5), (230, 8), (900, 16)])
def test_no_node_hides_another(size, side):
    champion = grow(size, size, image(side), DIGITS, task="digits")
    graph = effective(champion.graph())
    position = arrange_dense(graph, Image.of(champion.inputs))
    places = np.array(
        [position[node] for node, role in graph.nodes(data="role") if role != "input"]
    )
    distance = np.hypot(*(places[:, None] - places[None]).T) + 9 * np.eye(len(places))
    assert distance.min() > 2 * RADIUS["hidden"]
    columns = {graph.nodes[node]["layer"]: [] for node in graph}
    for node, layer in graph.nodes(data="layer"):
        columns[layer].append(position[node][0])
    for left, right in pairwise(sorted(columns)):  # the layers are apart
        assert max(columns[left]) < min(columns[right])


def test_unused_pixels_are_pale_and_counted_and_of_the_others_the_busy_ones_are_dark():
    # pixels are nodes 1 to 25, classes 26 to 28
    connections = [(1, 29), (2, 29), (29, 26), (3, 27), (2, 28), (4, 28, False)]
    champion = make({29: "tanh"}, connections, NAMES, ("a", "b", "c"))
    ax = draw(champion)
    _, dots, cells = parts(ax)
    colours = [to_rgba(colour) for colour in cells.get_facecolor()]
    pale = [node for node, colour in enumerate(colours, 1) if colour == to_rgba(UNUSED)]
    assert pale == list(range(4, 26))
    assert colours[0] == colours[2] and colours[1][3] > colours[0][3]  # pixel 2 has two connections
    assert any("3 of 25 pixels used" in text.get_text() for text in ax.texts)
    assert "1 tanh" in {text.get_text() for text in ax.texts}
    shown = {to_hex(colour) for colour in dots.get_facecolor()}
    assert ACTIVATION_COLOURS["tanh"] in shown and FAINT in shown  # the bias is unused


def test_importance_is_shown_by_colour_and_width():
    champion = grow(200, 3, image(8), DIGITS, task="digits")
    graph = effective(champion.graph())
    rng = np.random.default_rng(0)
    importance = Importance(
        80.0, {node: float(rng.uniform(0, 20)) for node in graph},
        {edge: float(rng.uniform(-1, 20)) for edge in graph.edges}, "accuracy [%]",
    )  # fmt: skip
    ax = draw(champion, importance=importance)
    curves, _, cells = parts(ax)
    widths = curves.get_linewidths()
    # the important ones lie on top
    assert (np.diff(widths) >= 0).all() and widths[0] < 0.5 and widths[-1] > 2
    assert "accuracy [%] lost when removed, of 80" in {text.get_text() for text in ax.texts}
    used = [node for node in range(1, 65) if node in graph and graph.out_degree(node)]
    for node in used[:10]:
        assert to_hex(cells.get_facecolor()[node - 1]) == importance.colour(importance.nodes[node])


@pytest.mark.parametrize(
    ("inputs", "size"), [(image(8), 230), (tuple(f"f_{i}" for i in range(30)), 600)]
)
def test_texts_are_apart_and_inside_the_figure(inputs, size):
    ax = draw(grow(size, 2, inputs, ("setosa", "versicolor", "virginica"), task="iris"))
    ax.figure.draw_without_rendering()
    boxes = [text.get_window_extent().transformed(ax.transData.inverted()) for text in ax.texts]
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    for box in boxes:
        assert left < box.x0 and box.x1 < right and bottom < box.y0 and box.y1 < top
    assert not any(a.overlaps(b) for a, b in combinations(boxes, 2))
    assert np.allclose(ax.figure.get_size_inches(), (right - left, top - bottom))


def test_a_deep_network_without_pixels_is_drawn_this_way():
    chain = range(4, 304)  # of hidden nodes, each of which leads to the output, too
    deep = make(
        dict.fromkeys(chain, "tanh"), [(1, 4), *pairwise(chain), *((node, 3) for node in chain)]
    )
    ax = draw(deep)
    assert len(parts(ax)[0].get_paths()) == 600 and ax.figure.get_size_inches()[0] < 45


def test_thousands_of_connections_are_drawn_quickly_and_as_a_small_file(tmp_path):
    champion = grow(2000, 1, image(16), DIGITS, task="mnist")
    begun = time.process_time()
    save(draw(champion).figure, tmp_path / "a.svg")
    assert time.process_time() - begun < 10 and (tmp_path / "a.svg").stat().st_size < 3e6


def test_equal_drawings_are_equal_files(tmp_path):
    champion = grow(60, 1, image(5), DIGITS, task="digits")
    for name in ("a.svg", "b.svg"):
        save(draw(champion).figure, tmp_path / name)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_an_image_of_which_nothing_is_used_is_inside_the_figure():
    ax = draw(make({}, [(1, 26, False)], NAMES, ("a",)))
    _, _, cells = parts(ax)
    corners = np.concatenate([path.vertices for path in cells.get_paths()])
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    assert left < corners[:, 0].min() and corners[:, 0].max() < right
    assert bottom < corners[:, 1].min() and corners[:, 1].max() < top
    assert {to_rgba(colour) for colour in cells.get_facecolor()} == {to_rgba(UNUSED)}
