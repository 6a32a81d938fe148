"""Recurrent connections in drawings."""

import re
from dataclasses import replace

import networkx as nx
import numpy as np
import pytest
from support.genomes import grow

from viz.network.drawing import draw_part, effective, plan_of
from viz.network.growth import Stage, draw_stages
from viz.network.heading import Heading
from viz.network.importance import Importance
from viz.network.layered import RADIUS
from viz.network.recurrent import along, arcs_of
from viz.scene.live import Tiles, Wiring, live
from viz.style import RECURRENT
from viz.topology import draw
from wann.champion.champion import Champion
from wann.explain.ablation import explain
from wann.network.network import nodes_of
from wann.tasks import find_task


def champion(seed=1, mutations=90, **more) -> Champion:
    task, genome = find_task("swingup"), grow(5, 1, mutations, seed, recurrent=True)
    return Champion(genome, "swingup", task.inputs, task.outputs, **more)


def arcs_in(ax) -> dict[tuple[int, int], str]:
    """Return source and target of the dashed connections of a drawing, and their colours."""
    found = {}
    for patch in ax.patches:
        name = re.fullmatch(r"recurrent-(\d+)-(\d+)", str(patch.get_gid()))
        if name:
            assert patch.get_linestyle() != "solid"
            found[int(name[1]), int(name[2])] = patch.get_edgecolor()
    return found


def test_effective_graphs_have_both_kinds_apart():
    for seed in range(12):
        one = champion(seed)
        graph, net, ids = effective(one.graph()), one.network, nodes_of(one.genome)
        assert nx.is_directed_acyclic_graph(graph)
        recurrent = graph.graph.get("recurrent", [])
        assert graph.number_of_edges() + len(recurrent) == len(net.source)
        assert {source for source, _ in recurrent} == {ids[row] for row in net.memory}


@pytest.mark.parametrize("dense", [False, True])
def test_each_recurrent_connection_is_a_dashed_arc(dense):
    one = champion()
    graph = effective(one.graph())
    heading = Heading.of(one, graph)
    ax = draw_part(plan_of(one, graph, dense), graph, heading)
    found = arcs_in(ax)
    assert set(found) == set(graph.graph["recurrent"]) and len(found) > 3
    n = len(found)
    assert f"{n} of them recurrent (dashed)" in heading.facts
    texts = [text.get_text() for text in ax.texts]
    assert "value of the step before" in texts
    below = ax.get_ylim()[1] - 0.5  # the heading
    position = plan_of(one, graph, dense).position
    assert all(arc.top < below for arc in arcs_of(graph, position, RADIUS["hidden"]))


def test_networks_without_them_have_no_key():
    task = find_task("swingup")
    one = Champion(grow(5, 1, 40, 0), "swingup", task.inputs, task.outputs)
    ax = draw(one)
    assert not arcs_in(ax) and "value of the step before" not in [t.get_text() for t in ax.texts]


def test_weights_and_losses_colour_them():
    one = champion(seed=3, mutations=40)
    plain = set(arcs_in(draw(one)).values())
    assert len(plain) == 1
    weights = np.random.default_rng(0).normal(size=len(one.genome.conns))
    tuned = arcs_in(draw(replace(one, weights=weights)))
    losses = Importance.of(explain(one, trials=3))
    shown = arcs_in(draw(one, importance=losses))
    assert tuned.keys() == shown.keys() and len(set(tuned.values())) > 1
    assert not plain & set(tuned.values())


def test_arcs_begin_and_end_at_their_nodes():
    one = champion()
    graph = effective(one.graph())
    position = plan_of(one, graph).position
    for arc in arcs_of(graph, position, 0.2):
        points = along(arc.points, 50)
        for node, point in zip(arc.edge, (points[0], points[-1]), strict=True):
            assert np.hypot(*np.subtract(position[node], point)) < 0.2
        assert max(y for _, y in points) <= arc.top + 1e-9 or arc.points[0][0] == arc.points[3][0]


def test_the_growth_of_a_recurrent_network_has_them_in_each_stage():
    champions = [champion(seed=1, mutations=n) for n in (20, 50, 90)]
    stages = [Stage(one, k, effective(one.graph())) for k, one in enumerate(champions)]
    for ax, stage in zip(draw_stages(stages), stages, strict=False):
        assert set(arcs_in(ax)) == set(stage.graph.graph.get("recurrent", []))


@pytest.mark.parametrize(("mutations", "kind"), [(40, Wiring), (900, Tiles)])
def test_the_live_picture(mutations, kind):
    one = champion(seed=3, mutations=mutations)
    drawn = live(one, 400, 200)
    assert type(drawn) is kind
    picture = drawn.picture(one.values(np.ones(5), 0.5))
    if kind is Wiring:
        colour = tuple(int(RECURRENT[k : k + 2], 16) for k in (1, 3, 5))
        sharp = np.asarray(drawn.ground).reshape(-1, 3)
        assert (sharp == colour).all(axis=1).any()
    assert picture.size == (400, 200)
