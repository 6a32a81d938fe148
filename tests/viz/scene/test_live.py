"""What stands under a scene: the values of the network and its action."""

import numpy as np
import pytest
from gymnasium import spaces
from PIL import Image, ImageDraw
from support.figure_samples import make
from support.genomes import grow

from viz.film import CARD, INK, fitted, font
from viz.names import in_text
from viz.scene import live
from viz.scene.gauges import Gauge, draw_gauges, gauges_of
from viz.style import ACCENT, SECOND
from wann.champion.champion import Champion


def colours(image: Image.Image) -> set:
    return {tuple(pixel) for pixel in np.asarray(image).reshape(-1, 3).tolist()}


def rgb(colour: str) -> tuple:
    return Image.new("RGB", (1, 1), colour).getpixel((0, 0))


def test_the_colour_of_a_value():
    assert live.shade(50.0) == rgb(ACCENT) and live.shade(-50.0) == rgb(SECOND)
    assert live.shade(float("inf")) == live.shade(9.0)
    assert live.shade(float("nan")) == live.shade(0.0) != live.shade(0.5) != live.shade(1.5)


def test_nodes_of_a_small_network_have_the_colour_of_their_value():
    drawing = live.live(make({4: "tanh"}, [(1, 4), (4, 3), (2, 3)]), 220, 90)
    # the bias is not used
    assert isinstance(drawing, live.Wiring) and set(drawing.at) == {1, 2, 3, 4}
    values = {1: 9.0, 2: -9.0, 3: 0.0, 4: 0.5}
    picture = np.asarray(drawing.picture(values))
    assert picture.shape == (90, 220, 3)
    for node, value in values.items():
        x, y = (round(at / live.SHARP) for at in drawing.at[node])
        assert tuple(picture[y, x]) == live.shade(value)


def test_a_large_network_is_a_field_of_squares():
    champion = Champion(grow(9, 4, 400, 0), None, tuple(map(str, range(9))), tuple("abcd"))
    drawing = live.live(champion, 220, 90)
    assert isinstance(drawing, live.Tiles) and len(drawing.at) > live.MOST_NODES
    places = list(drawing.at.values())
    assert len(set(places)) == len(places)
    assert all(0 <= x <= 220 - drawing.side and 0 <= y <= 90 - drawing.side for x, y in places)
    values = champion.values(np.linspace(-1, 1, 9), 0.7)
    picture = drawing.picture(values)
    for node, (x, y) in drawing.at.items():
        assert picture.getpixel((x, y)) == live.shade(values[node])


@pytest.mark.parametrize("shape", [(5, 1, 0), (5, 1, 2), (40, 1, 60), (1, 30, 40)])
def test_networks_of_any_shape_fit(shape):
    n_inputs, n_outputs, size = shape
    names = tuple(f"a rather long name {i}" for i in range(n_inputs))
    champion = Champion(
        grow(n_inputs, n_outputs, size, 1), None, names, tuple(map(str, range(n_outputs)))
    )
    picture = live.live(champion, 200, 80).picture(champion.values(np.ones(n_inputs), 1.0))
    assert picture.size == (200, 80)
    rim = np.asarray(picture)[[0, -1]]
    assert (rim == rgb(CARD)).all() or n_inputs + n_outputs > 30


BOX = spaces.Box(np.array([-2.0, 0.0, -np.inf]), np.array([2.0, 10.0, np.inf]), dtype=np.float64)


@pytest.mark.parametrize(
    ("space", "names", "action", "gauges"),
    [
        (
            BOX,
            ("a", "b", "c"),
            [1.0, 0.0, 7.0],
            [Gauge("a", 0.5), Gauge("b", -1.0), Gauge("c", 1.0)],
        ),
        (
            spaces.Box(-1, 1, (2, 1)),
            ("a", "b"),
            [[-0.5], [3.0]],
            [Gauge("a", -0.5), Gauge("b", 1.0)],
        ),
        (spaces.Discrete(3, start=5), ("l", "n", "r"), 7, [Gauge("r", None, 3, 2)]),
        (spaces.Discrete(2), ("push",), 0, [Gauge("push", -1.0)]),
        (spaces.Discrete(2), ("push",), np.int64(1), [Gauge("push", 1.0)]),
        (
            spaces.MultiDiscrete([2, 3]),
            tuple("abcde"),
            [1, 0],
            [Gauge("b", None, 2, 1), Gauge("c", None, 3, 0)],
        ),
        (spaces.MultiBinary(2), ("a", "b"), [1, 0], [Gauge("a", 1.0), Gauge("b", -1.0)]),
        (
            spaces.Dict({"b": spaces.Tuple([spaces.Discrete(2), spaces.Box(-1, 1, ())]), "a": BOX}),
            tuple("uvwxyz"),
            {"b": (np.int64(1), np.array(0.5)), "a": np.zeros(3)},
            [
                *(Gauge("u", 0.0), Gauge("v", -1.0), Gauge("w", 0.0)),
                *(Gauge("y", None, 2, 1), Gauge("z", 0.5)),
            ],
        ),
    ],
)
def test_actions_of_every_space_have_gauges(space, names, action, gauges):
    action = action if isinstance(action, dict) else np.asarray(action)
    assert gauges_of(space, names, action) == gauges


def drawn(gauges, size=(80, 90)) -> Image.Image:
    image = Image.new("RGB", size, CARD)
    draw_gauges(ImageDraw.Draw(image), (4, 4, size[0] - 5, size[1] - 5), gauges)
    return image


def test_a_bar_points_to_the_side_of_its_sign_and_a_choice_is_dark():
    for value, colour, other in ((0.8, ACCENT, SECOND), (-0.8, SECOND, ACCENT)):
        picture = drawn([Gauge("force", value)])
        columns = np.flatnonzero((np.asarray(picture) == rgb(colour)).all(axis=2).any(axis=0))
        assert rgb(other) not in colours(picture)
        assert (columns >= 39).all() if value > 0 else (columns <= 40).all()
    for chosen in range(3):
        dark = (np.asarray(drawn([Gauge("", None, 3, chosen)])) == rgb(INK)).all(axis=2).any(axis=0)
        assert np.flatnonzero(dark).mean() == pytest.approx(4 + 72 * (chosen + 0.5) / 3, abs=2)


def test_many_gauges_fit_without_names():
    picture = drawn([Gauge(f"joint {k}", 0.5) for k in range(17)])
    assert rgb(ACCENT) in colours(picture)
    rim = np.asarray(picture)[[0, 1, -2, -1]]
    assert (rim == rgb(CARD)).all()


def test_names_as_films_show_them():
    names = {
        "x_dot": "ẋ",
        "theta_dot": "θ̇",
        "cos_theta": "cos θ",
        "left foot": "left foot",
        "bias": "bias",
        "": "",
    }
    assert {name: in_text(name) for name in names} == names


@pytest.mark.parametrize(
    "text", ["short", "far too long a name " * 9, "two\nlines", "", "\x1b[31m"]
)
def test_texts_are_made_to_fit(text):
    shown, face = fitted(text, 100, 14)
    assert face.getlength(shown) <= 100 and shown.isprintable()
    if text == "short":
        assert shown == text and face == font(14)
