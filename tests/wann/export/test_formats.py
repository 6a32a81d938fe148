"""Exported networks compute what the champion computes, bit for bit (but for the sign of zero)."""

import ast
import dataclasses
import json
import platform
import re
import subprocess
import sys

import networkx
import numpy as np
import pytest
from numba import njit
from support.exported import run_c, run_onnx, run_python, step_c, step_onnx
from support.genomes import grow

import wann
from wann.champion.champion import Champion
from wann.errors import WannError
from wann.export.c import c_source
from wann.export.formats import FORMATS
from wann.export.graph import graphml, node_link_json
from wann.export.onnx import onnx_model
from wann.export.program import LONGEST_SUM, identifiers, make_program
from wann.export.python import python_source
from wann.genome.genome import CONNECTION, NODE, Genome, make_genome, minimal_genome
from wann.network.forward import forward
from wann.numeric.activations import ACTIVATIONS
from wann.numeric.memory import zero

# elsewhere they are there anyway
FUSED = ["-march=native"] if platform.machine() in ("x86_64", "AMD64") else []
SWEEP = np.array([-2.0, -1.0, -0.5, 0.5, 1.0, 2.0])


def chain(length: int) -> Genome:
    """Return a network of this depth: each hidden node sums the one before, an input and the
    bias.
    """
    nodes = np.zeros(5 + length, NODE)
    nodes["id"] = np.arange(len(nodes))
    nodes["activation"] = 1
    nodes["activation"][5:] = [list(ACTIVATIONS)[k % len(ACTIVATIONS)] for k in range(length)]
    hidden = range(5, 5 + length)
    pairs = [
        (0, 5),
        *((k, k + 1) for k in hidden[:-1]),
        *((k % 3, k) for k in hidden if k != 6),
        (5 + length - 1, 4),
    ]
    conns = np.array([(s, t, True) for s, t in sorted({*pairs, (1, 3), (7, 3)})], CONNECTION)
    return make_genome(2, 2, nodes, conns)


def large() -> Genome:
    """Return a random network of about 2000 connections."""
    genome = grow(24, 4, 3900, 1)
    assert genome.size > 1900
    return genome


def champion_of(genome: Genome, weights=None, **facts) -> Champion:
    inputs = tuple(f"input {i}" for i in range(genome.n_inputs))
    return Champion(genome, None, inputs, tuple("abcdefgh"[: genome.n_outputs]), weights, **facts)


GENOMES = {"grown": lambda: grow(5, 2, 150, 0), "deep": lambda: chain(60), "large": large}


@pytest.fixture(params=[*GENOMES, "published"])
def champion(request):
    """A network of each kind."""
    if request.param == "published":
        return wann.load(request.getfixturevalue("published"))
    return champion_of(GENOMES[request.param]())


def tuned(champion: Champion) -> Champion:
    """Return the network with individual weights."""
    weights = np.random.default_rng(7).normal(0, 1.5, len(champion.genome.conns))
    weights[::9] = 0.0
    return dataclasses.replace(champion, weights=weights)


def inputs_for(champion: Champion, n=1000, largest=np.inf) -> np.ndarray:
    """Return n samples: usual ones, zeros, whole and half numbers, and large and tiny magnitudes of
    both signs.
    """
    rng, shape = np.random.default_rng(3), (n, champion.genome.n_inputs)
    usual = rng.normal(0, 2, shape)
    special = np.array(
        [0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 1e-300, -5e-324, 1e3, -999.9, 1e6, -123456789.25]
    )
    other = rng.choice(special[abs(special) <= largest], shape)
    chosen = rng.random(shape) < np.linspace(0, 1, n)[:, None] ** 2
    return np.where(chosen, other, usual)


def expected(champion: Champion, inputs: np.ndarray, weights) -> np.ndarray:
    return np.array([champion.policy(weight)(inputs) for weight in weights])


def test_the_samples_are_what_they_should_be():
    champions = [champion_of(make()) for make in GENOMES.values()]
    for one in champions[1:]:
        assert {node.activation for node in make_program(one, None).nodes} == {
            a.name for a in ACTIVATIONS.values()
        }
    assert max(layer for _, layer in champions[1].graph().nodes(data="layer")) > 60


def test_c(champion, tmp_path):
    inputs, n_outputs = inputs_for(champion), champion.genome.n_outputs
    got = run_c(c_source(champion), tmp_path, inputs, n_outputs, SWEEP)
    assert np.array_equal(got, expected(champion, inputs, SWEEP), equal_nan=True)
    fixed = run_c(c_source(champion, -0.7), tmp_path, inputs, n_outputs)
    assert np.array_equal(fixed, champion.policy(-0.7)(inputs), equal_nan=True)
    own = tuned(champion)
    individual = run_c(c_source(own), tmp_path, inputs, n_outputs)
    assert np.array_equal(individual, own.policy()(inputs), equal_nan=True)
    assert c_source(own, 0.3) == c_source(champion, 0.3)


@pytest.mark.parametrize(
    "flags", [["-O0"], ["-O3", *FUSED], ["-std=gnu11", "-ffp-contract=off", "-Wshadow"]]
)
def test_c_has_the_same_bits_however_it_is_compiled(tmp_path, flags):
    champion = champion_of(GENOMES["grown"]())
    inputs = inputs_for(champion)
    got = run_c(c_source(champion), tmp_path, inputs, 2, SWEEP, flags)
    assert np.array_equal(got, expected(champion, inputs, SWEEP), equal_nan=True)


def test_python(champion, tmp_path):
    inputs, call = inputs_for(champion), "np.array([act(arrays['x'], w) for w in arrays['w']])"
    got = run_python(python_source(champion), tmp_path, call, x=inputs, w=SWEEP)
    assert np.array_equal(got, expected(champion, inputs, SWEEP), equal_nan=True)
    fixed = run_python(python_source(champion, -0.7), tmp_path, "act(arrays['x'])", x=inputs)
    assert np.array_equal(fixed, champion.policy(-0.7)(inputs), equal_nan=True)
    own = tuned(champion)
    individual = run_python(python_source(own), tmp_path, "act(arrays['x'])", x=inputs)
    assert np.array_equal(individual, own.policy()(inputs), equal_nan=True)
    assert python_source(own, 0.3) == python_source(champion, 0.3)


def test_python_takes_any_leading_axes_and_many_weights(tmp_path):
    champion = champion_of(GENOMES["grown"]())
    inputs, source = inputs_for(champion, 24), python_source(champion)
    want = expected(champion, inputs, SWEEP)
    cube = run_python(source, tmp_path, "act(arrays['x'].reshape(2, 3, 4, 5), 0.5)", x=inputs)
    assert np.array_equal(cube, want[3].reshape(2, 3, 4, 2))
    assert np.array_equal(
        run_python(source, tmp_path, "act(arrays['x'][7], 0.5)", x=inputs), want[3, 7]
    )
    assert np.array_equal(
        run_python(source, tmp_path, "act(arrays['x'], arrays['w'][:, None])", x=inputs, w=SWEEP),
        want,
    )
    with pytest.raises(subprocess.CalledProcessError):
        run_python(source, tmp_path, "act(arrays['x'][:, 1:], 0.5)", x=inputs)
    assert run_python(source, tmp_path, "(*INPUTS, *OUTPUTS)").tolist() == [
        *champion.inputs,
        *champion.outputs,
    ]


def settled(champion: Champion, inputs: np.ndarray, *weight, limit=2.0**51) -> np.ndarray:
    """Return which samples need no sine or cosine of a number so large that its sign is left
    open.
    """
    space, small = {}, np.ones(len(inputs), bool)
    exec(python_source(champion), space)
    original = space.get("flip_odd")

    def watched(n, v):
        small[...] &= np.abs(n) < limit
        return original(n, v)

    space["flip_odd"] = watched
    space["act"](inputs, *weight)
    return small


def test_onnx(champion):
    inputs = inputs_for(champion)
    model, own = onnx_model(champion), tuned(champion)
    swept = zip(SWEEP.tolist(), run_onnx(model, inputs, SWEEP), strict=True)
    cases = [((w,), got, champion, champion.policy(w)) for w, got in swept]
    cases.append(
        ((-0.7,), run_onnx(onnx_model(champion, -0.7), inputs), champion, champion.policy(-0.7))
    )
    cases.append(((), run_onnx(onnx_model(own), inputs), own, own.policy()))
    for weight, got, network, policy in cases:
        which = settled(network, inputs, *weight)
        assert which.sum() > 50
        assert np.array_equal(got[which], policy(inputs)[which], equal_nan=True)


@njit(error_model="numpy")
def forward_in_float32(net, weights, inputs, outputs):
    """Do what wann.network.forward.forward_many does, in float32."""
    values = np.empty(1 + net.n_inputs + net.activation.size, np.float32)
    for w in range(weights.size):
        for s in range(inputs.shape[0]):
            values[0] = 1.0
            values[1 : 1 + net.n_inputs] = inputs[s]
            forward(net, weights, weights, w, 1, values, 1, zero(values))
            outputs[w, s] = values[values.size - net.n_outputs :]


def large_without_waves() -> Genome:
    """Return a large network in which no sign is left open."""
    return grow(
        24, 4, 3900, 1, [code for code, a in ACTIVATIONS.items() if a.name not in ("sin", "cos")]
    )


@pytest.mark.parametrize("make", [GENOMES["grown"], GENOMES["deep"], large_without_waves])
def test_onnx_in_float32_is_the_search_in_float32(make):
    champion = champion_of(make())
    inputs = (
        np.random.default_rng(3).normal(0, 2, (300, champion.genome.n_inputs)).astype(np.float32)
    )
    want = np.empty((len(SWEEP), len(inputs), champion.genome.n_outputs), np.float32)
    forward_in_float32(champion.network, SWEEP.astype(np.float32), inputs, want)
    model = onnx_model(champion, precision="float32")
    for weight, got, outputs in zip(SWEEP, run_onnx(model, inputs, SWEEP), want, strict=True):
        which = settled(champion, inputs, weight, limit=2.0**21)
        assert which.mean() > 0.9
        assert np.array_equal(got[which], outputs[which], equal_nan=True)


def test_onnx_in_float32_is_close_where_the_network_is_shallow():
    champion = champion_of(grow(5, 2, 12, 2))
    inputs = np.random.default_rng(3).normal(0, 2, (1000, 5)).astype(np.float32)
    got = run_onnx(onnx_model(champion, 0.5, "float32"), inputs)
    assert np.allclose(got, champion.policy(0.5)(inputs), rtol=1e-6, atol=1e-6)


def test_onnx_has_standard_operators_names_and_facts():
    onnx = pytest.importorskip("onnx", reason="onnx is not installed: pip install onnx")
    champion = wann.champion.champion.Champion(
        grow(2, 1, 60, 0), "tâche", ("position [m]", "speed"), ("force",), shared_weight=0.7
    )
    model = onnx.load_from_string(onnx_model(champion))
    assert {node.domain for node in model.graph.node} == {""} and not model.functions
    assert [(opset.domain, opset.version) for opset in model.opset_import] == [("", 17)]
    facts = {entry.key: entry.value for entry in model.metadata_props}
    assert facts == {
        "task": "tâche", "inputs": '["position [m]", "speed"]', "outputs": '["force"]',
        "shared_weight": "0.7"
    }  # fmt: skip
    assert [value.name for value in model.graph.input] == ["observations", "weight"]
    assert [
        value.name for value in onnx.load_from_string(onnx_model(champion, 0.7)).graph.input
    ] == ["observations"]
    names = {node.name for node in model.graph.node}
    assert {"in_position_m", "out_force"} <= names | set(model.graph.node[0].output)
    assert {node.name for node in make_program(champion, None).nodes} <= names
    assert onnx_model(champion) == onnx_model(champion)


def test_onnx_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(WannError, match="pip install onnx"):
        onnx_model(champion_of(grow(2, 1, 3, 0)))


def everything(champion: Champion, folder, inputs, weight=0.5):
    """Check all three against the champion."""
    n_outputs, want = champion.genome.n_outputs, champion.policy(weight)(inputs)
    assert np.array_equal(run_c(c_source(champion), folder, inputs, n_outputs, [weight])[0], want)
    assert np.array_equal(
        run_python(python_source(champion), folder, f"act(arrays['x'], {weight})", x=inputs), want
    )
    assert np.array_equal(run_onnx(onnx_model(champion), inputs, [weight])[0], want)


@pytest.mark.parametrize("enabled", [0.0, 0.3, 1.0])
def test_networks_without_hidden_nodes(tmp_path, enabled):
    """Outputs without connections, inputs that nothing reads, the bias alone."""
    for seed, shape in enumerate([(1, 1), (3, 2), (2, 5)]):
        genome = minimal_genome(*shape, enabled, np.random.default_rng(seed))
        everything(
            champion_of(genome), tmp_path, np.random.default_rng(0).normal(size=(7, shape[0]))
        )


def test_a_node_without_sources_has_the_value_of_its_activation_at_zero(tmp_path):
    nodes = np.array([(0, 1), (1, 1), (2, 6), (3, 10), (4, 4)], NODE)
    genome = make_genome(
        1, 1, nodes, np.array([(3, 2, True), (4, 2, True), (1, 4, False)], CONNECTION)
    )
    everything(champion_of(genome), tmp_path, np.zeros((3, 1)))


def test_long_sums_are_split(tmp_path):
    n = 2 * LONGEST_SUM + 50
    champion = champion_of(minimal_genome(n, 2, 0.9, np.random.default_rng(0)))
    inputs = np.random.default_rng(0).normal(size=(20, n))
    everything(champion, tmp_path, inputs)
    for source in (c_source(champion), python_source(champion)):
        assert max(line.count("+") for line in source.splitlines()) <= LONGEST_SUM
    own = tuned(champion)
    assert np.array_equal(run_c(c_source(own), tmp_path, inputs, 2), own.policy()(inputs))


def test_sums_have_names_of_their_own(tmp_path):
    n = 2 * LONGEST_SUM
    genome, inputs = (
        minimal_genome(n, 2, 0.9, np.random.default_rng(0)),
        np.random.default_rng(0).normal(size=(20, n)),
    )
    for outputs in (("a_sum", "a"), ("a", "a_sum"), ("a sum", "~a"), ("sum a", "a")):
        everything(dataclasses.replace(champion_of(genome), outputs=outputs), tmp_path, inputs)


# ------------------------------------------------------------------------------- recurrent networks
#: what cannot grow beyond all numbers, or to those whose sine is left open
BOUNDED = (2, 4, 5, 6)


def recurrent(n_inputs, n_outputs, mutations, seed) -> Champion:
    genome = grow(n_inputs, n_outputs, mutations, seed, BOUNDED, recurrent=True)
    return champion_of(genome)


def steps_of(champion: Champion, episodes: np.ndarray, weight=None) -> np.ndarray:
    """Return the ``(T, S, n_outputs)`` of the policy."""
    policy = champion.policy(weight)
    return np.array([policy(observations) for observations in episodes])


@pytest.mark.parametrize(
    "shape", [(3, 1, 40, 5), (4, 3, 90, 1), (1, 1, 10, 4)], ids=("one", "several", "small")
)
def test_exported_recurrent_networks_go_on_as_the_policy_does(tmp_path, shape):
    champion = recurrent(*shape)
    n_state, n_outputs = len(champion.network.memory), champion.genome.n_outputs
    episodes = np.random.default_rng(0).normal(0, 2, (12, 3, champion.genome.n_inputs))
    assert n_state > 0
    own = tuned(champion)
    for one, weight, given in ((champion, 0.7, (0.7,)), (champion, -1.5, ()), (own, None, ())):
        fixed = weight if not given else None
        want = steps_of(one, episodes, weight)
        c = c_source(one, fixed)
        for s in range(3):
            got = step_c(c, tmp_path, episodes[:, s], n_outputs, *given)
            assert np.array_equal(got, want[:, s])
        got = step_onnx(onnx_model(one, fixed), episodes, n_state, *given)
        assert np.array_equal(got, want)
        space: dict = {}
        exec(python_source(one, fixed), space)
        state = None
        for observations, outputs in zip(episodes, want, strict=True):
            got, state = space["act"](observations, *given, state=state)
            assert np.array_equal(got, outputs) and state.shape == (3, n_state)
        with pytest.raises(ValueError, match="state has the shape"):
            space["act"](observations, *given, state=np.zeros((3, n_state + 1)))
    first = steps_of(champion, episodes[:1], 0.7)
    assert not np.array_equal(steps_of(champion, np.repeat(episodes[:1], 12, 0), 0.7)[-1], first[0])


def test_graphs_of_recurrent_networks_have_all_connections():
    champion = recurrent(4, 3, 90, 1)
    graph = networkx.node_link_graph(json.loads(node_link_json(champion)), edges="edges")
    again = networkx.parse_graphml(graphml(champion), node_type=int)
    conns = champion.genome.conns
    for one in (graph, again):
        edges = sorted(
            (-1 - u if recurrent else u, v, on)
            for u, v, recurrent, on in (
                (u, v, facts["recurrent"], facts["enabled"]) for u, v, facts in one.edges(data=True)
            )
        )
        assert edges == sorted(conns.tolist())


@pytest.mark.parametrize("form", ["torch", "out"])
def test_what_has_no_state_holds_no_recurrent_network(form):
    with pytest.raises(WannError, match="recurrent"):
        FORMATS[form].write(recurrent(3, 1, 40, 5), 0.5)


# ----------------------------------------------------------------------------- names from strangers
HOSTILE = [
    "*/ int main(void) { return system(0); } /*", '"""\nimport os\nos.system("x")\n"""', "\\",
    "??/\n#error",
    "a\nb", "a\rb", "'", '"', "{0}", "%s%n", "θ", "", "\u202e", "\x00", "\ud800", "in", "class",
    "x" * 5000,
    "x y", "x-y", "x_y", "1", "NAN", "bias", "weight", "h7", "observations", "f_tanh",
    "</data>&amp;<!--", "\\N{",
    "#", "//", "\u2028", "]]>",
]  # fmt: skip


@pytest.fixture(scope="module")
def strange():
    """Champions with all of these names, as inputs, and as outputs and task."""
    wide = grow(len(HOSTILE), 2, 60, 1)
    tall = grow(2, len(HOSTILE), 60, 1)
    facts = {"scores": {"*/": "*/"}, "provenance": {"*/": '"""'}}
    return [
        Champion(wide, HOSTILE[0], tuple(HOSTILE), ("out_a", "out-a"), **facts),
        *(Champion(tall, name, ("a", "a"), tuple(HOSTILE), **facts) for name in HOSTILE),
    ]


def plain(champion: Champion) -> Champion:
    """Return the same network with harmless names."""
    return dataclasses.replace(
        champion,
        task="t",
        inputs=tuple(f"i{k}" for k in range(len(champion.inputs))),
        outputs=tuple(f"o{k}" for k in range(len(champion.outputs))),
    )


def c_tokens(source: str, champion: Champion) -> list[str]:
    """Return the code without comments, and with the names of inputs and outputs as numbers."""
    program = make_program(champion, None)
    place = {name: f"@{k}" for k, name in enumerate((*program.inputs, *program.outputs))}
    return [
        place.get(token, token)
        for token in re.findall(r"\w+|\S", re.sub(r"(?s)/\*.*?\*/", "", source))
    ]


def python_tree(source: str, champion: Champion) -> str:
    """Return the syntax of a file without its names of inputs and outputs."""
    program, tree = make_program(champion, None), ast.parse(source)
    place = {name: f"@{k}" for k, name in enumerate((*program.inputs, *program.outputs))}
    first, _, *rest = tree.body
    assert isinstance(first, ast.Expr) and isinstance(first.value.value, str)
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            node.id = place.get(node.id, node.id)
    names = [ast.literal_eval(statement.value) for statement in rest[:2]]
    assert names == [champion.inputs, champion.outputs]
    return "\n".join(map(ast.dump, rest[2:]))


def test_names_are_comments_and_strings_and_nothing_else(strange):
    for champion in strange:
        c, python, harmless = c_source(champion), python_source(champion), plain(champion)
        assert c.isascii() and python.isascii() and "??" not in re.sub(r"\?{2,}", "?", c)
        assert c_tokens(c, champion) == c_tokens(c_source(harmless), harmless)
        assert python_tree(python, champion) == python_tree(python_source(harmless), harmless)


def test_strange_names_compute_the_same(strange, tmp_path):
    for champion in strange[:2]:
        everything(
            champion, tmp_path, np.random.default_rng(0).normal(size=(5, len(champion.inputs)))
        )


def test_identifiers():
    names = ["x", "x dot", "x-dot", "", "θ", "cos θ", "3", "x" * 99, "_a_"]
    assert identifiers("in", names) == (
        "in_x", "in1_x_dot", "in2_x_dot", "in3", "in4", "in_cos", "in_3", "in_" + "x" * 32, "in_a"
    )  # fmt: skip
    found = identifiers("in", HOSTILE)
    assert len(set(found)) == len(HOSTILE) and all(
        name.isidentifier() and name.isascii() for name in found
    )


# ---------------------------------------------------------------------------------------- the graph
def same_graph(a, b) -> bool:
    return a.graph == b.graph and dict(a.nodes(data=True)) == dict(b.nodes(data=True)) and (
        {(s, t): data for s, t, data in a.edges(data=True)} == {(s, t): data for s, t,
        data in b.edges(data=True)}
    )  # fmt: skip


@pytest.mark.parametrize("task", ["swingup", None])
@pytest.mark.parametrize("weights", [False, True])
def test_graphs_are_read_again(tmp_path, task, weights):
    champion = dataclasses.replace(champion_of(grow(3, 2, 80, 0)), task=task)
    champion = tuned(champion) if weights else champion
    want = champion.graph()
    want.graph = {} if task is None else {"task": task}
    (tmp_path / "g.graphml").write_text(graphml(champion), encoding="utf-8")
    read = networkx.read_graphml(tmp_path / "g.graphml", node_type=int)
    read.graph.pop("node_default", None), read.graph.pop("edge_default", None)
    assert same_graph(read, want)
    assert same_graph(
        networkx.node_link_graph(json.loads(node_link_json(champion)), edges="edges"), want
    )


def test_graphs_with_a_weight():
    own = tuned(champion_of(grow(3, 2, 80, 0)))
    graph = networkx.parse_graphml(graphml(own, -0.1), node_type=int)
    assert {weight for *_, weight in graph.edges(data="weight")} == {-0.1}


def test_graphs_with_strange_names(strange):
    for champion in strange:
        read = networkx.parse_graphml(graphml(champion), node_type=int)
        for k, name in enumerate(champion.inputs):
            assert read.nodes[1 + k]["name"] == "".join(
                c if c.isprintable() else "\ufffd" for c in name
            )
        exact = networkx.node_link_graph(json.loads(node_link_json(champion)), edges="edges")
        assert [exact.nodes[1 + k]["name"] for k in range(len(champion.inputs))] == list(
            champion.inputs
        )
        assert exact.graph == {"task": champion.task}
