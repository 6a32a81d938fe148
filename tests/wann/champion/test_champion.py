"""The champion as an object and as a file."""

import codecs
import copy
import dataclasses
import importlib.util
import json
from decimal import Decimal
from fractions import Fraction

import jsonschema
import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.genomes import grow, slow_outputs, slow_values

import wann
from wann.champion.champion import SCHEMA, Champion
from wann.champion.figures import score_summary
from wann.champion.json_file import MOST_CONNECTIONS, parse_champion
from wann.champion.task import task_of
from wann.errors import WannError
from wann.genome.genome import CONNECTION, NODE, make_genome, same_genome
from wann.network.network import decode_all
from wann.tasks import find_task


def champion(mutations=40, seed=0, weights=False, **more):
    """Return a champion of the swing-up."""
    genome, task = grow(5, 1, mutations, seed), find_task("swingup")
    values = np.random.default_rng(seed).normal(size=len(genome.conns)) if weights else None
    return Champion(genome, "swingup", task.inputs, task.outputs, values, **more)


@pytest.mark.parametrize("weights", [False, True])
def test_a_file_gives_the_same_champion(tmp_path, weights):
    for seed in range(5):
        one = champion(
            seed=seed, weights=weights, shared_weight=0.1 + seed, scores={"mean": 0.1 + 0.2}
        )
        one.save(tmp_path / "c.json")
        two = wann.load(tmp_path / "c.json")
        assert same_genome(one.genome, two.genome)
        assert (one.task, one.inputs, one.outputs) == (two.task, two.inputs, two.outputs)
        assert two.shared_weight == 0.1 + seed and two.scores == {"mean": 0.1 + 0.2}
        assert np.array_equal(one.weights, two.weights) if weights else two.weights is None
        jsonschema.validate(
            json.loads((tmp_path / "c.json").read_text()), json.loads(SCHEMA.read_text())
        )
        two.save(tmp_path / "d.json")
        assert (tmp_path / "c.json").read_bytes() == (tmp_path / "d.json").read_bytes()


@settings(max_examples=50, deadline=None, derandomize=True)
@given(
    st.integers(0, 2**32),
    st.lists(st.floats(-1e299, 1e299), min_size=1, max_size=9),
    st.lists(
        st.text(st.characters(categories=("L", "N", "P", "S")), min_size=1), min_size=6, max_size=6
    ).filter(lambda names: all(name.isprintable() for name in names)),
)
def test_any_champion_is_read_as_it_was_written(tmp_path_factory, seed, weights, names):
    genome = grow(5, 1, seed % 60, seed)
    one = Champion(
        genome,
        "swingup",
        tuple(names[:5]),
        (names[5],),
        np.resize(weights, len(genome.conns)),
        weights[0],
    )
    file = tmp_path_factory.getbasetemp() / "any.json"
    one.save(file)
    two = wann.load(file)
    assert same_genome(one.genome, two.genome) and one.weights.tobytes() == two.weights.tobytes()
    assert (one.task, one.inputs, one.outputs) == (two.task, two.inputs, two.outputs)
    assert two.shared_weight == weights[0]


def test_policy_single_and_batched_is_the_network():
    one = champion()
    observations = np.random.default_rng(0).normal(size=(6, 5))
    batched = one.policy(weight=-1.5)(observations)
    assert batched.shape == (6, 1)
    for row, observation in zip(batched, observations, strict=True):
        assert one.policy(weight=-1.5)(observation).tolist() == row.tolist()
        assert row.tolist() == slow_outputs(one.genome, -1.5, observation)


def test_policy_without_a_weight_takes_what_is_known():
    observation = np.ones(5)
    plain, tuned = champion(), champion(weights=True)
    assert plain.policy()(observation) == plain.policy(1.0)(observation)
    best = champion(shared_weight=0.7)
    assert best.policy()(observation) == best.policy(0.7)(observation)
    assert tuned.policy()(observation).tolist() == slow_outputs(
        tuned.genome, tuned.weights, observation
    )


@pytest.mark.parametrize(
    "weight", [2, 2.0, np.float32(2), np.int8(2), np.array(2.0), Fraction(2), Decimal(2)]
)
def test_a_weight_may_be_any_real_scalar(weight):
    champion = Champion(grow(2, 1, 20, 3), None, ("a", "b"), ("o",))
    assert champion.policy(weight)(np.ones(2)).tolist() == champion.policy(2.0)(np.ones(2)).tolist()
    assert champion.values(np.ones(2), weight) == champion.values(np.ones(2), 2.0)


@pytest.mark.parametrize(
    "weight",
    [
        [], [1.0], [1.0, 2.0], [[1.0], [2.0, 3.0]], np.ones(1), np.ones((1, 1)), np.ones((2, 2, 2)),
        "1", b"1",
        np.array("1"), 1j, {}, np.nan, -np.inf, 10**400, np.ma.masked, np.timedelta64(1),
        Decimal("nan"),
    ],
)  # fmt: skip
def test_a_weight_that_is_no_finite_number_is_refused(weight):
    champion = Champion(grow(2, 1, 20, 3), None, ("a", "b"), ("o",))
    for use in (
        champion.weights_at,
        champion.policy,
        lambda weight: champion.values(np.ones(2), weight),
    ):
        with pytest.raises(WannError, match=r"(?s)^weight = .*: must be one finite number"):
            use(weight)


def test_graph_has_roles_names_and_activations():
    one = champion(weights=True)
    graph = one.graph()
    assert len(graph) == len(one.genome.nodes) and graph.number_of_edges() == len(one.genome.conns)
    assert graph.nodes[0]["role"] == "bias" and graph.nodes[3]["name"] == "cos_theta"
    assert graph.nodes[6] == {
        "role": "output",
        "name": "force",
        "activation": "linear",
        "layer": max(layer for _, layer in graph.nodes(data="layer")),
    }
    assert all(graph.nodes[s]["layer"] < graph.nodes[t]["layer"] for s, t in graph.edges)
    assert sum(enabled for *_, enabled in graph.edges(data="enabled")) == one.genome.size


def test_summary():
    result = score_summary(np.array([[1.0, 3.0], [10.0, 20.0]]), np.array([-2.0, 0.5]))
    assert result == {
        "trials": 2,
        "mean": 8.5,
        "per_weight": {"-2.0": {"mean": 2.0, "std": 1.0}, "0.5": {"mean": 15.0, "std": 5.0}},
        "best_weight": {"weight": 0.5, "mean": 15.0, "std": 5.0},
    }


def edited(path, value):
    """Return the content of a valid file with one place changed; DELETE removes it."""
    content = copy.deepcopy(champion(shared_weight=1.0).to_json())
    place = content
    for key in path[:-1]:
        place = place[key]
    if value is DELETE:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return content


DELETE = object()


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (["format"], "other", "not a champion file"),
        (["version"], 3, "version 3"),
        (["version"], DELETE, "version null"),
        (["task"], 7, "task is 7"),
        (["inputs"], [], "inputs is"),
        (["inputs"], ["x", 1], "inputs is"),
        (["inputs"], ["x"], "leaves output 2"),
        (["nodes"], {"a": 1}, "nodes is"),
        (["nodes", 0], 3, "nodes is"),
        (["nodes", 7, "activation"], "tan", r'nodes\[7\].activation is "tan"'),
        (["nodes", 7, "activation"], ["tanh"], r"nodes\[7\].activation"),
        (["nodes", 7, "id"], -1, r"nodes\[7\].id"),
        (["nodes", 7, "id"], 10**30, r"nodes\[7\].id"),
        (["nodes", 7, "id"], True, r"nodes\[7\].id"),
        (["nodes", 7, "role"], "output", r"nodes\[7\].role"),
        (["nodes", 8, "id"], 7, "unique|no node"),
        (["connections", 0, "enabled"], 1, r"connections\[0\].enabled"),
        (["connections", 0, "source"], 99999, "no node"),
        (["connections", 0, "weight"], 0.5, "all or none"),
        (["connections", 0, "weight"], float("nan"), "finite"),
        (["shared_weight"], "1", "shared_weight"),
        (["shared_weight"], 1e400, "shared_weight"),
        (["scores"], [1], "scores"),
    ],
)
def test_malformed_content_is_named(path, value, message):
    with pytest.raises(WannError, match=message):
        parse_champion(edited(path, value))


@pytest.mark.parametrize("content", [None, 3, [], "text", {}])
def test_foreign_content(content):
    with pytest.raises(WannError, match="not a champion file"):
        parse_champion(content)


@pytest.mark.slow
def test_what_is_written_can_be_read_with_as_many_connections_as_may_be(tmp_path):
    inputs, hidden = 20_000, 20  # long numbers, and more pairs than there may be connections
    nodes = np.ones(1 + inputs + 1 + hidden, NODE)
    nodes["id"] = np.arange(len(nodes))
    conns = np.ones(MOST_CONNECTIONS, CONNECTION)
    pairs = np.arange(MOST_CONNECTIONS)
    conns["source"], conns["target"] = 1 + pairs % inputs, 2 + inputs + pairs // inputs
    weights = np.random.default_rng(0).normal(size=len(conns)) * 1e-5
    names = tuple(f"pixel {k}" for k in range(inputs))
    champion = Champion(make_genome(inputs, 1, nodes, conns), "digits", names, ("a",), weights)
    champion.save(tmp_path / "largest.json")
    again = wann.load(tmp_path / "largest.json")
    assert same_genome(again.genome, champion.genome) and np.array_equal(again.weights, weights)


def test_what_could_not_be_read_again_is_not_written(tmp_path, monkeypatch):
    genome = grow(3, 2, 10, 0)
    champion = Champion(genome, None, ("a", "b", "c"), ("d", "e"))
    file = tmp_path / "large.json"
    for most, fits in ((len(genome.conns), True), (len(genome.conns) - 1, False)):
        monkeypatch.setattr("wann.champion.champion.MOST_CONNECTIONS", most)
        if fits:
            champion.save(file)
            file.unlink()
        else:
            with pytest.raises(WannError, match=rf"not written.*{most + 1} conn.* at most {most}"):
                champion.save(file)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("text", ["", "{", "\x00\xff", "[" * 100_000, '{"format": NaN'])
def test_a_broken_file_is_named(tmp_path, text):
    file = tmp_path / "broken.json"
    file.write_text(text)
    with pytest.raises(WannError, match=r"broken\.json"):
        wann.load(file)


def test_a_byte_order_mark_is_ignored(tmp_path):
    champion().save(tmp_path / "c.json")
    (tmp_path / "c.out").write_text("0,0,1,1\n0,0,1,1\n0,0,0,1")
    for name in ("c.json", "c.out"):
        before = wann.load(tmp_path / name)
        (tmp_path / name).write_bytes(codecs.BOM_UTF8 + (tmp_path / name).read_bytes())
        assert wann.load(tmp_path / name).to_json() == before.to_json()


def test_missing_files(tmp_path):
    with pytest.raises(WannError, match="no such file"):
        wann.load(tmp_path / "none.json")
    with pytest.raises(WannError, match=r"no champion\.json"):
        wann.load(tmp_path)


def test_a_file_that_names_a_module_does_not_run_it(tmp_path, monkeypatch):
    (tmp_path / "evil.py").write_text("open('hacked', 'w')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(WannError, match="is code: if you trust it, add --task evil:TASK"):
        task_of(dataclasses.replace(champion(), task="evil:TASK"))
    assert not (tmp_path / "hacked").exists()


def test_task_of():
    one = champion()
    assert task_of(one) is find_task("swingup") and task_of(one, "swingup_hard") is find_task(
        "swingup_hard"
    )
    with pytest.raises(
        WannError, match="5 inputs and 1 outputs, but the task 'cartpole' has 4 and 1"
    ):
        task_of(one, "cartpole")
    with pytest.raises(WannError, match="--task"):
        task_of(Champion(one.genome, None, one.inputs, one.outputs))


def test_published_champion_has_its_published_scores(published):
    """Over 1000 episodes: random weights 51, random shared weight 511, shared weight 0.8 708."""
    one = wann.load(published)
    assert (one.genome.n_inputs, one.genome.n_outputs, one.genome.size) == (5, 1, 52)
    assert len(one.genome.nodes) == 29 and np.count_nonzero(~one.genome.conns["enabled"]) == 10
    task, rng, networks = find_task("swingup"), np.random.default_rng(0), decode_all([one.genome])
    starts = task.trials(125, rng)

    def mean(weights):
        """Return the mean over 1000 episodes, 8 weights for each start."""
        return np.mean(
            [task.score(networks, weights[t::125], starts[t : t + 1])[0] for t in range(125)]
        )

    assert abs(mean(rng.uniform(-2, 2, (1000, len(one.genome.conns)))) - 51) <= 15
    assert abs(mean(rng.uniform(-2, 2, 1000)) - 511) <= 15
    assert abs(task.score(networks, np.array([0.8]), task.trials(1000, rng))[0].mean() - 708) <= 10


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "columns|table"),
        ("a,b\n", "numbers"),
        ("0,1,1\n0,0,1,1\n", "numbers|columns"),
        ("0,1\n", "no bias and input"),
        ("0,0,1,1\n0,0,1,1\n0,0,0,77\n", "activation ids"),
        ("0,0,inf,1\n0,0,1,1\n0,0,0,1\n", "finite"),
    ],
)
def test_malformed_out_files(tmp_path, text, message):
    file = tmp_path / "bad.out"
    file.write_text(text)
    with pytest.raises(WannError, match=rf"bad\.out.*({message})"):
        wann.load(file)


def test_out_file_by_hand(tmp_path):
    """Bias and two inputs, one hidden tanh fed by input 1 (input 2's connection is disabled), one
    output.
    """
    rows = ["0,0,0,0,0.3,1", "0,0,0,-1.5,0,1", "0,0,0,nan,0,1", "0,0,0,0,1,5", "0,0,0,0,0,5"]
    (tmp_path / "small.out").write_text("\n".join(rows))
    genome = wann.load(tmp_path / "small.out").genome
    assert genome.nodes.tolist() == [(0, 1), (1, 1), (2, 1), (3, 1), (4, 5)]
    assert genome.conns.tolist() == [(0, 3, True), (4, 3, True), (1, 4, True), (2, 4, False)]


def test_importing_wann_is_light():
    assert importlib.util.find_spec("wann") and wann.load.__module__.startswith("wann.champion.")
    with pytest.raises(AttributeError, match="nothing"):
        _ = wann.nothing


@pytest.mark.parametrize("weights", [False, True])
def test_the_values_of_all_nodes_are_those_behind_the_outputs(weights):
    rng = np.random.default_rng(0)
    for seed in range(8):
        one, observation = champion(10 * seed, seed, weights), rng.normal(size=5)
        values = one.values(observation)
        assert list(values.values()) == slow_values(
            one.genome, one.weights if weights else 1.0, observation, values
        )
        assert one.policy()(observation).tolist() == [values[6]]
        graph = one.graph()
        graph.remove_edges_from([(u, v) for u, v, on in graph.edges(data="enabled") if not on])
        assert set(values) == {*range(7), *nx.ancestors(graph, 6)}
    assert one.values(observation, 0.3)[6] == one.policy(0.3)(observation)[0]


def test_the_values_of_a_network_that_scales_its_observations_are_those_behind_its_outputs():
    scale = (tuple(np.linspace(-1, 1, 5)), tuple(np.linspace(0.5, 3, 5)))
    one, observation = champion(observation_scale=scale), np.random.default_rng(0).normal(size=5)
    values = one.values(observation, 0.7)
    assert one.policy(0.7)(observation).tolist() == [values[6]]
    assert [values[node] for node in range(1, 6)] == ((observation - scale[0]) / scale[1]).tolist()
