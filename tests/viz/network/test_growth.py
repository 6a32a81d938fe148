"""The film of how a champion grew: every node keeps its place, what is new is seen, and it takes
bounded time.
"""

from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from matplotlib.collections import EllipseCollection, PathCollection
from matplotlib.colors import to_hex
from matplotlib.patches import Circle
from PIL import Image
from support.bars_task import NAMES
from support.figure_samples import GROWTH, grow, make, make_run

from viz.network import growth
from viz.network.drawing import effective
from viz.style import ACTIVATION_COLOURS, SECOND
from viz.topology import main
from wann.champion.champion import Champion
from wann.errors import WannError
from wann.genome.genome import minimal_genome
from wann.genome.mutation import NO_SPLITS, innovations, mutate
from wann.numeric.activations import ACTIVATIONS
from wann.runs.directory import RunDirectory


def lineage(n: int, inputs=("x", "y", "z"), outputs=("a", "b")) -> list[Champion]:
    """Return n champions, each of which descends from the one before."""
    rng = np.random.default_rng(0)
    genome = minimal_genome(len(inputs), len(outputs), 0.5, rng)
    record, result = innovations(genome.n_fixed, NO_SPLITS), []
    for k in range(n):
        result.append(Champion(genome, "swingup", inputs, outputs, scores={"mean": 10.0 * k}))
        for _ in range(4):
            genome = mutate(genome, rng, GROWTH, np.array(list(ACTIVATIONS)), record)
    return result


def stages(champions) -> list[growth.Stage]:
    return [
        growth.Stage(champion, 3 * k, effective(champion.graph()))
        for k, champion in enumerate(champions)
    ]


def run_with(path: Path, champions) -> Path:
    """Write a run directory with these champions."""
    make_run(path)
    (path / "champions").mkdir()
    for k, champion in enumerate(champions):
        champion.save(path / "champions" / f"{3 * k:04d}.json")
    return path


def curves_of(ax) -> PathCollection:
    return next(part for part in ax.collections if isinstance(part, PathCollection))


def ends(ax, colour=None) -> set:
    """Return where the curves of a drawing begin and end, or those of a colour."""
    curves = curves_of(ax)
    shown = [to_hex(c) for c in curves.get_edgecolor()]
    return {
        (*path.vertices[0], *path.vertices[-1])
        for path, c in zip(curves.get_paths(), shown, strict=True)
        if colour in (None, c)
    }


@pytest.mark.slow
def test_every_node_has_one_place_and_only_what_is_new_is_coloured():
    lineage_ = stages(lineage(12))
    whole = growth.union(lineage_)
    position = growth.plan_of(lineage_[-1].champion, whole, dense=True).position
    axes = growth.draw_stages(lineage_)
    assert len(axes) == 13
    before = set()
    for stage, ax in zip((*lineage_, lineage_[-1]), axes, strict=True):
        now = {(*position[u], *position[v]) for u, v in stage.graph.edges}
        assert ends(ax) == now and ends(ax, SECOND) == now - before
        before = now
    rings = [
        [patch for patch in ax.patches if isinstance(patch, Circle) and not patch.get_fill()]
        for ax in axes
    ]
    hidden = [
        {node for node, role in stage.graph.nodes(data="role") if role == "hidden"}
        for stage in lineage_
    ]
    news = [now - then for then, now in zip([set(), *hidden], [*hidden, hidden[-1]], strict=True)]
    assert [len(part) for part in rings] == [len(part) for part in news] and rings[-1] == []
    assert len({(ax.get_xlim(), ax.get_ylim(), *ax.figure.get_size_inches()) for ax in axes}) == 1


def test_the_caption_says_generation_score_and_connections():
    champions = lineage(3)
    _, second, *_ = growth.draw_stages(stages(champions))
    shown = {text.get_text() for text in second.texts}
    assert f"generation 3, score 10.0, {champions[1].genome.size} connections" in shown


@pytest.mark.parametrize(
    ("scores", "text"),
    [
        ({"mean": 12.345}, "score 12.3"),
        ({"mean": -1.0, "accuracy": {"validation": {"vote": 0.925}}}, "92.5 % right"),
        ({}, ""),
        ({"mean": "many"}, ""),
        ({"mean": 1.0, "accuracy": [0.9]}, ""),
        ({"accuracy": {"validation": None}}, ""),
    ],
)
def test_scores_of_any_file_can_be_told(scores, text):
    assert growth.score_of(grow(3, 1, scores=scores)) == text


def test_the_union_has_all_parts_in_layers():
    lineage_ = stages(lineage(12))
    whole = growth.union(lineage_)
    assert set(whole) == set().union(*(stage.graph for stage in lineage_))
    assert set(whole.edges) == set().union(*(stage.graph.edges for stage in lineage_))
    layer = nx.get_node_attributes(whole, "layer")
    assert all(layer[u] < layer[v] for u, v in whole.edges)
    assert {layer[node] for node in (4, 5)} == {max(layer.values())} and layer[0] == 0
    assert list(whole)[:4] == [1, 2, 3, 4] and list(whole)[-1] == 0  # the bias is below the inputs


def test_champions_whose_connections_form_a_cycle_can_be_drawn():
    older = make({4: "tanh", 5: "sin"}, [(1, 4), (4, 5), (5, 3)])
    newer = make({4: "tanh", 5: "sin"}, [(1, 5), (5, 4), (4, 3)])
    both = stages([older, newer])
    whole = growth.union(both)
    assert set(newer.graph().edges) <= set(whole.edges) and not whole.has_edge(4, 5)
    axes = growth.draw_stages(both)
    assert [len(curves_of(ax).get_paths()) for ax in axes] == [2, 3, 3]


def test_what_would_take_minutes_to_draw_is_refused():
    names = tuple(map(str, range(3000)))
    all_ = [
        make({}, [(source, output) for source in range(3001)], names, ("a", "b"))
        for output in (3001, 3002)
    ]
    with pytest.raises(WannError, match="more than 5000 connections together"):
        growth.union(stages(all_))


def test_pixels_and_activations_are_those_of_the_time():
    names, outputs = NAMES, ("a", "b")
    older, newer = (
        make({28: kind}, [(pixel, 28), (28, 26)], names, outputs)
        for kind, pixel in (("tanh", 1), ("sin", 2))
    )
    first, second, _ = growth.draw_stages(stages([older, newer]))
    for ax, kind in ((first, "tanh"), (second, "sin")):
        (dots,) = (part for part in ax.collections if isinstance(part, EllipseCollection))
        assert ACTIVATION_COLOURS[kind] in {to_hex(colour) for colour in dots.get_facecolor()}
        assert f"1 {kind}" in {text.get_text() for text in ax.texts}


def test_a_long_road_is_shown_in_bounded_time(tmp_path):
    run = run_with(tmp_path / "run", lineage(23))
    shown = growth.stages_of(RunDirectory.open(run), most=5)
    assert [stage.generation for stage in shown] == [0, 18, 33, 48, 66]


@pytest.mark.slow
def test_the_command_writes_a_film_whose_last_picture_stays(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(growth, "DPI", 40)
    run, path = run_with(tmp_path / "run", lineage(4)), tmp_path / "a.gif"
    main([str(run), "--animate", str(path)])
    assert capsys.readouterr().out.split() == [str(path)]
    film = Image.open(path)
    durations = []
    for k in range(film.n_frames):
        film.seek(k)
        durations.append(film.info["duration"])
    assert durations == [1000 * growth.LONGEST] * 4 + [1000 * growth.HOLD]
    assert not (run / "figures").exists()
    before = path.read_bytes()
    main([str(run), "--animate", str(path)])
    assert path.read_bytes() == before


def test_the_command_writes_an_mp4(tmp_path, monkeypatch):
    ffmpeg = pytest.importorskip("imageio_ffmpeg", reason="an MP4 needs imageio-ffmpeg")
    monkeypatch.setattr(growth, "DPI", 40)
    monkeypatch.setattr(growth, "HOLD", 0.2)
    path = tmp_path / "a.mp4"
    main([str(run_with(tmp_path / "run", lineage(2))), "--animate", str(path)])
    reader = ffmpeg.read_frames(str(path))
    assert all(side % 2 == 0 for side in next(reader)["size"]) and len(list(reader)) == 2 * 40 + 10


def test_mistakes_are_named(tmp_path):
    run = run_with(tmp_path / "run", lineage(2))
    film = str(tmp_path / "a.gif")
    for arguments, message in (
        ([str(run), "--animate", "a.png"], "a film is a .gif or a .mp4 file"),
        ([str(run), "--animate", "/nosuchfolder/a.gif"], "cannot be written"),
        ([str(run), "--animate", film, "--importance"], "leave out --importance"),
        ([str(run), "--animate", film, "--stored-weights"], "leave out --stored-weights"),
        ([str(run / "champion.json"), "--animate", film], "not a run directory"),
        ([str(make_run(tmp_path / "fresh")), "--animate", film], "no champions/*.json"),
    ):
        with pytest.raises(WannError) as error:
            main(arguments)
        assert message in str(error.value)
    grow(3, 1).save(run / "champions" / "0009.json")
    with pytest.raises(WannError, match="generation 9 has other inputs or outputs"):
        main([str(run), "--animate", film])
    assert not list(tmp_path.glob("*.gif"))
