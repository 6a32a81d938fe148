"""The drawing of a network that shows its individual weights."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex, to_rgb
from support.bars_task import NAMES
from support.figure_samples import grow, make

from viz.network.drawing import effective
from viz.network.weights import Weights
from viz.network.wires import PLAIN, THICK, THIN
from viz.style import ACCENT, SECOND
from viz.topology import draw, main
from wann.champion.champion import Champion


def tuned(size: int, **facts) -> Champion:
    """Return a network with random weights."""
    champion = grow(size, size, **facts)
    return replace(
        champion, weights=np.random.default_rng(size).normal(0, 1.5, len(champion.genome.conns))
    )


def connections(ax) -> dict:
    """Return the patches of connections by (source, target)."""
    named = [patch for patch in ax.patches if (patch.get_gid() or "").startswith("connection")]
    return {tuple(map(int, patch.get_gid().split("-")[1:])): patch for patch in named}


def test_the_sign_is_the_colour_and_the_magnitude_the_strength():
    champion = make({4: "tanh"}, [(1, 4), (2, 4), (4, 3), (1, 3, False)])
    rows = {(s, t): k for k, (s, t, _) in enumerate(champion.genome.conns.tolist())}
    values = {(1, 4): 2.0, (2, 4): -2.0, (4, 3): 0.5, (1, 3): 90.0}
    weights = Weights.of(replace(champion, weights=np.array([values[edge] for edge in rows])))
    assert weights.largest == 2.0 and (1, 3) not in weights.values  # it is disabled
    assert weights.line((1, 4)) == (ACCENT, 1.0) and weights.line((2, 4)) == (SECOND, 1.0)
    colour, strength = weights.line((4, 3))
    assert (
        strength == 0.25
        and to_rgb(colour)[2] > to_rgb(colour)[0]
        and sum(to_rgb(colour)) > sum(to_rgb(ACCENT))
    )


@pytest.mark.parametrize(
    ("size", "scale"), [(0.0, 1.0), (1.0, 1.0), (1.1, 1.5), (3.94, 4.0), (0.031, 0.035), (94, 95)]
)
def test_the_scale_ends_at_a_round_number(size, scale):
    champion = make({}, [(1, 3)])
    assert Weights.of(replace(champion, weights=np.array([-size]))).largest == pytest.approx(scale)


def test_one_huge_weight_does_not_dwarf_the_others():
    champion = grow(120, 3)
    values = np.where(np.arange(len(champion.genome.conns)) == 5, 1e6, 1.0)
    assert Weights.of(replace(champion, weights=values)).largest == 1.0


def test_every_connection_has_the_look_of_its_weight_and_shared_ones_none():
    champion = tuned(45)
    weights, patches = Weights.of(champion), connections(draw(champion))
    assert set(patches) == set(effective(champion.graph()).edges)
    for edge, patch in patches.items():
        colour, strength = weights.line(edge)
        assert to_hex(patch.get_edgecolor()) == colour
        assert patch.get_linewidth() == pytest.approx(THIN + (THICK - THIN) * strength)
    plain = connections(draw(replace(champion, weights=None)))
    assert {patch.get_linewidth() for patch in plain.values()} == {PLAIN}


def test_a_dense_drawing_shows_weights_and_activations():
    champion = tuned(120, inputs=NAMES, outputs=("a", "b", "c"))
    ax = draw(champion)
    (curves,) = (part for part in ax.collections if isinstance(part, PathCollection))
    shown = {to_hex(colour) for colour in curves.get_edgecolor()}
    weights = Weights.of(champion)
    assert shown == {weights.line(edge)[0] for edge in effective(champion.graph()).edges}
    texts = {text.get_text() for text in ax.texts}
    assert "weight of a connection" in texts and any(text.endswith(" tanh") for text in texts)


@pytest.mark.parametrize("size", [2, 20, 120])
def test_the_key_is_inside_the_figure_and_its_texts_are_apart(size):
    ax = draw(tuned(size))
    ax.figure.draw_without_rendering()
    boxes = [text.get_window_extent().transformed(ax.transData.inverted()) for text in ax.texts]
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    for box in boxes:
        assert left < box.x0 and box.x1 < right and bottom < box.y0 and box.y1 < top
    assert not any(a.overlaps(b) for a, b in combinations(boxes, 2))


def test_the_command_shows_the_weights_of_the_file_unless_told_otherwise(tmp_path):
    champion = tuned(20)
    champion.save(tmp_path / "tuned.json")
    replace(champion, weights=None).save(tmp_path / "plain.json")
    for name, file, more in (("a", "tuned", []), ("b", "tuned", ["--shared"]), ("c", "plain", [])):
        main([str(tmp_path / f"{file}.json"), *more, "-o", str(tmp_path / f"{name}.svg")])
    a, b, c = ((tmp_path / f"{name}.svg").read_bytes() for name in "abc")
    assert a != b and b == c
