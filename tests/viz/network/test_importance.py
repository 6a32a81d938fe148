"""The drawing of a network that shows what is lost without each of its parts."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from matplotlib.colors import to_hex
from support.figure_samples import TOY, grow

from viz.network.drawing import effective
from viz.network.importance import THICK, THIN, Importance
from viz.style import FAINT, INK
from viz.topology import draw, main
from wann.champion.champion import Champion
from wann.errors import WannError
from wann.explain import Explanation, Part, explain


def parts(ax, kind: str) -> dict:
    """Return the patches of nodes or connections by id."""
    named = [patch for patch in ax.patches if (patch.get_gid() or "").startswith(kind)]
    return {tuple(map(int, patch.get_gid().split("-")[1:])): patch for patch in named}


def made_up(champion: Champion, most: float = 400.0) -> Importance:
    """Return losses from a little below 0 to ``most``."""
    rng = np.random.default_rng(0)
    edges = [
        (source, target) for source, target, enabled in champion.genome.conns.tolist() if enabled
    ]
    nodes = [*range(1 + champion.genome.n_inputs), *champion.genome.hidden["id"].tolist()]
    losses = np.append(rng.uniform(-0.01 * most, most, len(nodes) + len(edges) - 1), most).tolist()
    return Importance(
        660.0,
        dict(zip(nodes, losses, strict=False)),
        dict(zip(edges, losses[len(nodes) :], strict=True)),
    )


def test_it_takes_what_explain_found():
    inputs, nodes, connections = (
        (Part("part", place, loss, 0.1, "yes"),)
        for place, loss in (({"id": 0}, 0.0), ({"id": 4}, 3.0), ({"source": 0, "target": 4}, 2.0))
    )
    result = Explanation("own", 100, False, (1.0,), 9.0, 2, {}, inputs, nodes, connections)
    assert Importance.of(result) == (9.0, {0: 0.0, 4: 3.0}, {(0, 4): 2.0}, "score")
    assert Importance.of(replace(result, classifies=True)).measure == "accuracy [%]"


def test_more_loss_is_thicker_and_darker():
    importance = Importance(9.0, {0: 4.0}, {(0, 3): 1.0})
    losses = [-1.0, 0.0, 0.1, 1.0, 2.0, 4.0]
    widths = [importance.width(loss) for loss in losses]
    assert (
        widths[0] == widths[1] == THIN and widths[-1] == THICK and (np.diff(widths[1:]) > 0).all()
    )
    assert importance.colour(-1.0) == importance.colour(0.0)
    light = [
        sum(int(importance.colour(loss)[i : i + 2], 16) for i in (1, 3, 5)) for loss in losses[1:]
    ]
    assert (np.diff(light) < 0).all()


@pytest.mark.parametrize("size", [3, 12, 45, 90])
def test_every_part_has_the_look_of_its_loss(size):
    champion = grow(size, size)
    importance = made_up(champion)
    ax = draw(champion, importance=importance)
    connections, nodes, graph = (
        parts(ax, "connection"),
        parts(ax, "node"),
        effective(champion.graph()),
    )
    assert set(connections) == set(graph.edges)
    for edge, patch in connections.items():
        assert patch.get_linewidth() == importance.width(importance.connections[edge])
        assert to_hex(patch.get_edgecolor()) == importance.colour(importance.connections[edge])
    for node, role in graph.nodes(data="role"):
        colour = to_hex(nodes[node,].get_facecolor())
        if role == "output":
            assert colour == INK
        else:
            assert colour == (
                importance.colour(importance.nodes[node]) if graph.degree(node) else FAINT
            )


def test_of_connections_that_share_a_source_the_important_one_is_on_top():
    champion = grow(45, 45)
    importance = made_up(champion)
    patches = parts(draw(champion, importance=importance), "connection")
    for a, b in combinations(patches, 2):
        if a[0] == b[0] and importance.connections[a] > max(0.0, importance.connections[b]):
            assert patches[a].get_zorder() > patches[b].get_zorder()


@pytest.mark.parametrize("size", [2, 20, 60])
@pytest.mark.parametrize("most", [0.0, 0.03, 1.0, 667.0, 12345.0])
def test_the_key_is_inside_the_figure_and_its_texts_are_apart(size, most):
    champion = grow(size, size)
    ax = draw(champion, importance=made_up(champion, most))
    ax.figure.draw_without_rendering()
    boxes = [text.get_window_extent().transformed(ax.transData.inverted()) for text in ax.texts]
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    assert "score lost when removed, of 660" in {text.get_text() for text in ax.texts}
    for box in boxes:
        assert left < box.x0 and box.x1 < right and bottom < box.y0 and box.y1 < top
    assert not any(a.overlaps(b) for a, b in combinations(boxes, 2))
    scale = [
        float(text.get_text()) for text in ax.texts if text.get_text().replace(".", "").isdigit()
    ]
    assert 0.0 in scale and max(scale) <= max(most, 1.0) and (most == 0 or len(scale) >= 4)


def test_the_command(tmp_path, capsys):
    file = tmp_path / "champion.json"
    grow(20, 1).save(file)
    main([str(file), "--importance", "--task", TOY])
    written = [tmp_path / "champion.importance.png", tmp_path / "champion.importance.svg"]
    assert capsys.readouterr().out.split() == [str(path) for path in written]
    assert b'id="connection-' in written[1].read_bytes()


def test_a_tuned_network_is_drawn_with_its_weights_or_the_shared_ones(tmp_path, monkeypatch):
    seen = []

    def watched(champion, task, trials, **options):
        seen.append(champion.weights)
        return explain(champion, task, trials, **options)

    monkeypatch.setattr("viz.topology.explain", watched)
    champion = grow(5, 1)
    replace(champion, weights=np.ones(len(champion.genome.conns))).save(tmp_path / "tuned.json")
    for more in ([], ["--shared"]):
        main(
            [
                str(tmp_path / "tuned.json"),
                "--importance",
                "--task",
                TOY,
                "--trials",
                "2",
                "-o",
                str(tmp_path / "x.svg"),
                *more,
            ]
        )
    assert seen[0] is not None and seen[1] is None


def test_the_task_is_for_importance_alone(tmp_path):
    file = tmp_path / "champion.json"
    grow(5, 1).save(file)
    with pytest.raises(WannError, match="add --importance"):
        main([str(file), "--task", TOY])
