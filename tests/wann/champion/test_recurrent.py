"""Recurrent networks as champions: their files, graphs, explanations and simplification."""

import json

import jsonschema
import numpy as np
import pytest
from support.genomes import grow

import wann
from wann.champion.champion import SCHEMA, Champion
from wann.errors import WannError
from wann.explain.ablation import depth, explain
from wann.genome.genome import make_genome, same_genome
from wann.network.forward import no_memory, outputs_of
from wann.network.network import decode, nodes_of
from wann.simplify import simplify
from wann.simplify.elimination import live, without
from wann.tasks import find_task


def champion(seed=1, mutations=70, weights=False) -> Champion:
    """Return a recurrent network for the swing-up."""
    task, genome = find_task("swingup"), grow(5, 1, mutations, seed, recurrent=True)
    values = np.random.default_rng(0).normal(size=len(genome.conns)) if weights else None
    assert genome.recurrent.any()
    return Champion(genome, "swingup", task.inputs, task.outputs, values)


def steps(genome, n=6):
    """Return the outputs in some steps of two episodes at two weights."""
    net, inputs = decode(genome), np.random.default_rng(0).normal(size=(n, 2, genome.n_inputs))
    memory = no_memory(net, 2, 2)
    return [outputs_of(net, [0.7, -1.2], own, memory) for own in inputs]


@pytest.mark.parametrize("weights", [False, True])
def test_a_file_gives_the_same_champion(tmp_path, weights):
    for seed in range(4):
        one = champion(seed, weights=weights)
        one.save(tmp_path / "c.json")
        two = wann.load(tmp_path / "c.json")
        assert same_genome(one.genome, two.genome)
        assert np.array_equal(one.weights, two.weights) if weights else two.weights is None
        content = json.loads((tmp_path / "c.json").read_text())
        jsonschema.validate(content, json.loads(SCHEMA.read_text()))
        assert content["version"] == 2
        marked = [row for row in content["connections"] if row.get("recurrent")]
        assert len(marked) == one.genome.recurrent.sum()
        assert min(row["source"] for row in content["connections"]) >= 0


def test_files_of_other_networks_are_as_ever():
    task = find_task("swingup")
    content = Champion(grow(5, 1, 30, 0), "swingup", task.inputs, task.outputs).to_json()
    assert content["version"] == 1 and "recurrent" not in json.dumps(content)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c.update(version=1), "recurrent is true: must be .* of version 2 only"),
        (lambda c: c.update(version=3), "version 3: this wann reads versions 1 and 2"),
        (lambda c: c.update(version=True), "version true: this wann reads"),
        (lambda c: c["connections"][0].update(recurrent=1), "recurrent is 1: must be true or"),
        (lambda c: c["connections"][0].update(source=-1), "source is -1: must be a whole number"),
        (
            lambda c: c["connections"][0].update(source=2, recurrent=True),
            "a recurrent connection leaves node 2",
        ),
    ],
)
def test_damaged_files_are_told(tmp_path, change, message):
    content = champion().to_json()
    change(content)
    (tmp_path / "c.json").write_text(json.dumps(content))
    with pytest.raises(WannError, match=message):
        wann.load(tmp_path / "c.json")


def test_the_graph_has_both_connections_of_two_nodes():
    one = champion()
    graph = one.graph()
    assert graph.is_multigraph() and graph.number_of_edges() == len(one.genome.conns)
    assert sum(on for *_, on in graph.edges(data="recurrent")) == one.genome.recurrent.sum()


def test_live_networks_compute_the_same():
    for seed in range(30):
        genome = grow(4, 2, 90, seed, recurrent=True)
        conns = genome.conns.copy()
        conns["enabled"] &= np.random.default_rng(seed).random(len(conns)) < 0.6
        genome = genome._replace(conns=conns)
        small = live(genome)
        for a, b in zip(steps(genome), steps(small), strict=True):
            assert np.array_equal(a, b, equal_nan=True)
        assert set(small.nodes["id"].tolist()) >= set(nodes_of(genome)) - set(range(7))
        assert small.size == len(decode(genome).gene)
        for k in range(0, small.size, 7):
            fewer = without(small, [k])
            assert fewer.size == len(decode(fewer).gene) < small.size


def test_what_acts_on_itself_alone_is_not_live():
    genome = grow(1, 1, 0, 0)
    nodes = np.append(genome.nodes, np.array([(3, 5), (4, 5)], genome.nodes.dtype))
    pairs = [(1, 2), (1, 3), (3, 4), (-4, 3), (-5, 3), (-4, 4)]
    conns = np.array([(s, t, True) for s, t in pairs], genome.conns.dtype)
    assert live(make_genome(1, 1, nodes, conns)).conns.tolist() == [(1, 2, True)]


def test_explain_removes_recurrent_connections_too():
    one = champion(mutations=25)
    found = explain(one, trials=4)
    recurrent = [part for part in found.connections if part.place.get("recurrent")]
    enabled = one.genome.conns["enabled"]
    assert len(recurrent) == (one.genome.recurrent & enabled).sum() > 0
    assert all(part.name.endswith("a step later") for part in recurrent)
    assert len(found.connections) == enabled.sum()
    # a node's removal disables what it leads to in the next step
    task = find_task("swingup")
    node = int(one.genome.sources[one.genome.recurrent & enabled][0])
    if node >= one.genome.n_fixed:
        part = next(part for part in found.nodes if part.place["id"] == node)
        assert np.isfinite(part.loss)
    assert found.depth == depth(one.network) and task.outputs == one.outputs


def test_simplify_keeps_what_the_network_does():
    one = champion(mutations=12)
    found = simplify(one, price=0.0, paths=1, trials=8)
    said = found.provenance["simplified"]
    assert found.genome.size < one.genome.size
    assert all(row[2:] in ([], ["recurrent"]) for row in said["removed"])
    assert len(said["removed"]) == one.genome.size - found.genome.size
