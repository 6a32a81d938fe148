"""The drawing of a network: readable whatever its size, and honest about what it leaves out."""

import time
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.path import Path as Curve
from PIL import Image
from support.figure_samples import grow, make, make_run
from support.places import PUBLISHED

from viz.network.drawing import effective
from viz.network.wires import APART, turns
from viz.style import FAINT, INK
from viz.topology import draw, main
from wann.champion.champion import Champion, load
from wann.errors import WannError
from wann.names import activation_title
from wann.numeric.activations import ACTIVATIONS

CLEAR = 0.04  # in, more than half the width of a line


def published() -> Champion:
    """Return the published champion, if it is at hand."""
    if not PUBLISHED.exists():
        pytest.skip(f"{PUBLISHED} is not part of this checkout")
    return load(PUBLISHED)


@pytest.fixture
def run(tmp_path) -> Path:
    """A run directory of 20 generations."""
    return make_run(tmp_path / "run")


NETWORKS = {
    "published": published,
    **{
        f"{size} connections": lambda size=size: grow(size, size)
        for size in (2, 3, 8, 20, 45, 90, 150)
    },
    "many inputs": lambda: grow(
        70,
        4,
        tuple(f"lidar_{i}" for i in range(24)),
        ("hip_1", "knee_1", "hip_2", "knee_2"),
        task="biped",
    ),
    "digits": lambda: grow(
        40, 5, tuple(f"pixel_{i}" for i in range(40)), ("0", "1", "2", "3", "4"), task="digits"
    ),
}


@pytest.fixture(params=NETWORKS, scope="module")
def drawing(request):
    """The axes of each network, rendered."""
    ax = draw(NETWORKS[request.param]())
    ax.figure.draw_without_rendering()
    return ax


def parts(ax, kind: str) -> dict:
    """Return the patches of nodes or connections by id."""
    named = [patch for patch in ax.patches if (patch.get_gid() or "").startswith(kind)]
    return {tuple(map(int, patch.get_gid().split("-")[1:])): patch for patch in named}


def sampled(curve: Curve) -> np.ndarray:
    """Return points along a curve, closely spaced."""
    t = np.linspace(0, 1, 60)[:, None]
    points, at = [], None
    for vertices, code in curve.iter_segments(curves=True):
        ends = vertices.reshape(-1, 2)
        if code == Curve.LINETO:
            points.append(at + t * (ends[0] - at))
        elif code == Curve.CURVE4:
            b, c, d = ends
            points.append(
                (1 - t) ** 3 * at + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t**2 * c + t**3 * d
            )
        else:
            assert code == Curve.MOVETO
        at = ends[-1]
    return np.concatenate(points)


def box_of(ax, artist):
    """Return the box of an artist, in inches of the drawing."""
    return artist.get_window_extent().transformed(ax.transData.inverted())


def centres(ax) -> dict[int, np.ndarray]:
    """Return the centre of each node."""
    boxes = {node: box_of(ax, patch) for (node,), patch in parts(ax, "node").items()}
    return {node: (box.p0 + box.p1) / 2 for node, box in boxes.items()}


def test_no_connection_runs_through_a_node_or_a_text(drawing):
    nodes = np.array([*centres(drawing)])
    middles = np.array([*centres(drawing).values()])
    radii = np.array(
        [box_of(drawing, patch).width / 2 for patch in parts(drawing, "node").values()]
    )
    texts = [(text.get_text(), box_of(drawing, text)) for text in drawing.texts]
    assert parts(drawing, "connection")
    for ends, patch in parts(drawing, "connection").items():
        points = sampled(patch.get_path())
        distance = np.hypot(*(points[:, None] - middles).T).min(axis=1) - radii
        touched = nodes[(distance < CLEAR) & ~np.isin(nodes, ends)]
        assert not touched.size, f"{ends} touches {touched}"
        for text, box in texts:
            inside = ((points > box.p0) & (points < box.p1)).all(axis=1)
            assert not inside.any(), f"{ends} runs through {text!r}"


def test_a_connection_starts_and_ends_at_its_nodes_and_never_turns_back(drawing):
    at = centres(drawing)
    for (source, target), patch in parts(drawing, "connection").items():
        points = sampled(patch.get_path())
        np.testing.assert_allclose(points[[0, -1]], (at[source], at[target]), atol=1e-6)
        assert (np.diff(points[:, 0]) >= -1e-9).all()


@pytest.mark.parametrize("falls", [True, False])
def test_of_connections_side_by_side_the_inner_one_turns_first(falls):
    sign = -1 if falls else 1
    position = {n: (0.0, -sign * n) for n in (1, 2, 3)} | {9: (2.0, 0.0), 8: (2.0, sign)}
    ways = {(n, 9): [n, 9] for n in (1, 2, 3)}
    turn = turns(ways, position)
    assert turn[1, 9] < turn[2, 9] < turn[3, 9] and turn[2, 9] == 0.5
    assert turn[1, 9] == pytest.approx(0.5 - APART)
    parted = turns({(1, 9): [1, 9], (1, 8): [1, 8]}, position)
    assert parted[1, 8] < parted[1, 9]  # the farther target leaves first
    assert turns({(1, 9): [1, 9]}, position) == {(1, 9): 0.5}


def test_a_dot_is_where_connections_of_a_node_part_that_shared_their_way():
    champion = grow(45, 45)
    ax = draw(champion)
    dots = [p for p in ax.patches if (p.get_gid() or "").startswith("parting")]
    assert dots
    wires = {ends: sampled(patch.get_path()) for ends, patch in parts(ax, "connection").items()}
    for dot in dots:
        source = int(dot.get_gid().split("-")[1])
        through = [
            ends
            for ends, points in wires.items()
            if np.hypot(*(points - dot.get_center()).T).min() < 0.02 and ends[0] == source
        ]
        assert len(through) > 1


def test_hidden_nodes_have_their_numbers_when_asked(run):
    champion = grow(20, 20)
    plain_names = [text.get_text() for text in draw(champion).texts]
    names = [text.get_text() for text in draw(champion, ids=True).texts]
    hidden = champion.genome.hidden.tolist()
    shown = effective(champion.graph())
    wanted = {
        f"{node} {activation_title(ACTIVATIONS[code].name)}"
        for node, code in hidden
        if node in shown
    }
    assert wanted and wanted <= set(names) and not wanted & set(plain_names)
    main([str(run), "--ids", "-o", str(run / "ids.svg")])
    with pytest.raises(WannError, match="leave out --ids"):
        main([str(run), "--ids", "--animate", "film.gif"])


def test_the_name_of_inverse_says_that_it_is_minus_x():
    assert activation_title("inverse") == "inverse (-x)" and activation_title("tanh") == "tanh"


def test_texts_and_nodes_are_apart_and_inside_the_figure(drawing):
    texts = [box_of(drawing, text) for text in drawing.texts]
    for a, b in combinations(
        [*texts, *(box_of(drawing, patch) for patch in parts(drawing, "node").values())], 2
    ):
        assert not a.overlaps(b)
    (left, right), (bottom, top) = drawing.get_xlim(), drawing.get_ylim()
    for box in texts:
        assert left < box.x0 and box.x1 < right and bottom < box.y0 and box.y1 < top
    assert np.allclose(drawing.figure.get_size_inches(), (right - left, top - bottom))


def test_inputs_are_left_and_outputs_right_in_their_order():
    at = centres(draw(grow(45, 45)))
    x, y = (
        {node: float(np.round(centre[axis], 6)) for node, centre in at.items()} for axis in (0, 1)
    )
    assert {node for node in x if x[node] == min(x.values())} == {0, 1, 2, 3, 4, 5}
    assert {node for node in x if x[node] == max(x.values())} == {6}
    assert y[1] > y[2] > y[3] > y[4] > y[5] > y[0]
    assert y[5] - y[0] > y[4] - y[5]  # the bias is set apart


def test_what_cannot_act_on_an_output_is_not_drawn():
    champion = make(
        {4: "tanh", 5: "sin", 6: "abs"},
        [(1, 4), (4, 3), (1, 5), (5, 3, False), (2, 6), (6, 5), (2, 3, False)],
    )
    graph = effective(champion.graph())
    assert set(graph) == {0, 1, 2, 3, 4} and set(graph.edges) == {(1, 4), (4, 3)}
    ax = draw(champion)
    colours = {node: to_hex(patch.get_facecolor()) for (node,), patch in parts(ax, "node").items()}
    # input 2 and the bias are unused
    assert colours[1] == INK and colours[0] == colours[2] == FAINT
    shown = {text.get_text() for text in ax.texts}
    assert "5 connections (3 without effect not drawn), 1 hidden node" in shown
    assert "tanh" in shown and "sin" not in shown


def test_many_unused_inputs_are_counted_instead_of_drawn():
    champion = make({}, [(1, 65)], tuple(f"pixel_{i}" for i in range(64)), ("digit",))
    ax = draw(champion)
    assert set(parts(ax, "node")) == {(0,), (1,), (65,)}
    assert "1 connection, 0 hidden nodes, 63 unused inputs not drawn" in {
        text.get_text() for text in ax.texts
    }


def test_a_network_without_any_connection_can_be_drawn():
    ax = draw(make({}, [(1, 3, False)]))
    assert not parts(ax, "connection") and len(parts(ax, "node")) == 4


def test_every_activation_has_a_look_of_its_own():
    hidden = {4 + i: activation.name for i, activation in enumerate(ACTIVATIONS.values())}
    ax = draw(make(hidden, [(1, node) for node in hidden] + [(node, 3) for node in hidden]))
    patches = parts(ax, "node")
    assert len({to_hex(patches[node,].get_facecolor()) for node in hidden}) == len(ACTIVATIONS)
    assert set(map(activation_title, hidden.values())) <= {text.get_text() for text in ax.texts}
    assert len(
        {tuple(np.round(line.get_ydata() - line.get_ydata()[0], 6)) for line in ax.lines}
    ) == len(ACTIVATIONS)


def test_names_are_shown_as_people_write_them():
    ax = draw(grow(8, 1))
    assert {r"$\dot{x}$", r"$\cos\,\theta$", r"$\dot{\theta}$", "force"} <= {
        text.get_text() for text in ax.texts
    }


@pytest.mark.parametrize(
    "name", ["cost in $", "a_$b_dot", "very long " * 50, "line\nbreak", "\\frac{", "", "ẋ"]
)
def test_any_name_in_a_file_can_be_drawn(name):
    ax = draw(make({}, [(1, 3)], (name, "y"), (name,)))
    ax.figure.draw_without_rendering()
    assert ax.figure.get_size_inches()[0] < 12


def test_it_draws_into_axes_of_the_caller():
    figure = Figure(figsize=(6, 4))
    ax = figure.add_subplot()
    assert draw(grow(8, 1), ax) is ax and tuple(figure.get_size_inches()) == (6, 4)


def test_the_command_writes_beside_the_file_and_the_same_bytes_again(tmp_path, capsys):
    file = tmp_path / "champion.json"
    grow(20, 1).save(file)
    main([str(file)])
    written = [tmp_path / "champion.topology.png", tmp_path / "champion.topology.svg"]
    assert capsys.readouterr().out.split() == [str(path) for path in written]
    content = [path.read_bytes() for path in written]
    assert content[0].startswith(b"\x89PNG") and b'id="connection-' in content[1]
    main([str(file)])
    assert [path.read_bytes() for path in written] == content
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        file.name,
        *(path.name for path in written),
    ]


def test_the_command_writes_into_the_figures_of_a_run(run, capsys):
    main([str(run)])
    assert sorted(path.name for path in (run / "figures").iterdir()) == [
        "topology.png",
        "topology.svg",
    ]


def test_the_command_writes_where_it_is_told(run, tmp_path):
    main([str(run), "-o", str(tmp_path / "a.pdf"), "-o", str(tmp_path / "b.svg")])
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF") and (tmp_path / "b.svg").exists()
    assert not (run / "figures").exists()


@pytest.mark.slow
def test_a_png_can_be_a_small_file(run, tmp_path):
    big, small = tmp_path / "a.png", tmp_path / "b.png"
    main([str(run), "-o", str(big)])
    main([str(run), "-o", str(small), "--width", "500"])
    picture = Image.open(small)
    assert picture.convert("RGB").getpixel((0, 0)) == (255, 255, 255)  # paper stays white
    assert (
        picture.width == 500
        and picture.mode == "P"
        and small.stat().st_size < big.stat().st_size / 3
    )
    for width in ("0", "-5", "99999"):
        with pytest.raises(WannError, match=f"a PNG {width} pixels wide"):
            main([str(run), "-o", str(small), "--width", width])


@pytest.mark.parametrize("output", ["figure.jpg", "figure", "no/such/folder.png"])
def test_a_file_that_cannot_be_written_is_one_clear_error(run, tmp_path, output):
    with pytest.raises(WannError, match=output):
        main([str(run), "-o", str(tmp_path / output)])


def test_a_missing_champion_is_an_error(tmp_path):
    with pytest.raises(WannError, match="no such file"):
        main([str(tmp_path / "none.json")])


def test_what_would_take_minutes_to_draw_is_refused_at_once():
    names = tuple(map(str, range(6000)))
    many = make({}, [(source, 6001) for source in range(6001)], names)
    draw(make({}, [(0, 2)], ("0",)))  # what is compiled is there
    begun = time.perf_counter()
    with pytest.raises(WannError, match="6001 connections and 1 outputs: too many to draw"):
        draw(many)
    assert time.perf_counter() - begun < 2
