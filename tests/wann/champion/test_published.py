"""Published .out files, both ways."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.genomes import grow, slow_outputs

import wann
from wann.champion.out_file import MOST_NODES, read_out, write_out
from wann.errors import WannError
from wann.genome.genome import NODE, Genome, make_genome, same_genome
from wann.network.network import decode_all
from wann.numeric.activations import ACTIVATION_IDS
from wann.tasks import find_task

WEIGHTS = st.floats(-1e299, 1e299).filter(bool)


def renumbered(genome: Genome) -> Genome:
    """Return the genome with hidden ids in the order of evaluation, the least id first where
    several are possible.
    """
    waiting = genome.hidden["id"].tolist()
    new = {node: node for node in range(genome.n_fixed)}
    while waiting:
        blocked = {t for s, t, _ in genome.conns.tolist() if s in waiting}
        node = min(set(waiting) - blocked)
        waiting.remove(node)
        new[node] = len(new)
    nodes, conns = genome.nodes.copy(), genome.conns.copy()
    nodes["id"] = [new[node] for node in nodes["id"].tolist()]
    for end in ("source", "target"):
        conns[end] = [new[node] for node in conns[end].tolist()]
    return make_genome(genome.n_inputs, genome.n_outputs, nodes, conns)


def again(path, genome, weights):
    """Write a network and return what is read."""
    path.write_text(write_out(genome, weights))
    return read_out(path)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(1, 6), st.integers(1, 4), st.integers(0, 60), st.integers(0, 2**32), st.data())
def test_what_is_written_is_read(tmp_path_factory, n_inputs, n_outputs, mutations, seed, data):
    genome = grow(n_inputs, n_outputs, mutations, seed)
    few = data.draw(st.lists(WEIGHTS, min_size=1, max_size=9))
    weights = np.resize(few, len(genome.conns))
    file = tmp_path_factory.getbasetemp() / "any.out"
    read, values = again(file, genome, weights)
    assert (read.n_inputs, read.n_outputs) == (n_inputs, n_outputs)
    assert same_genome(read, renumbered(genome))
    order = {
        (s, t): w
        for (s, t, on), w in zip(genome.conns.tolist(), weights.tolist(), strict=True)
        if on
    }
    assert sorted(values[read.conns["enabled"]].tolist()) == sorted(order.values())
    assert not values[~read.conns["enabled"]].any()
    text = file.read_text()
    assert write_out(read, np.where(read.conns["enabled"], values, 1.0)) == text


def test_weights_are_those_of_their_connections(tmp_path):
    for seed in range(20):
        genome, rng = grow(4, 2, 50, seed), np.random.default_rng(seed)
        weights, inputs = rng.normal(size=len(genome.conns)), rng.normal(size=4)
        same = renumbered(genome)
        read, values = again(tmp_path / "tuned.out", same, weights)
        assert np.array_equal(values, np.where(same.conns["enabled"], weights, 0.0))
        assert slow_outputs(read, values, inputs) == slow_outputs(same, weights, inputs)


def test_the_published_file_is_written_as_it_was(published):
    genome, values = read_out(published)
    ours = np.array([row.split(",") for row in write_out(genome, values).split()], float)
    assert np.array_equal(ours, np.loadtxt(published, delimiter=","), equal_nan=True)


def test_stored_values_count_on_request_only(tmp_path):
    """In most files they mean nothing, and no file says which it is."""
    genome = renumbered(grow(5, 1, 40, 0))
    weights = np.random.default_rng(0).normal(size=len(genome.conns))
    (tmp_path / "c.out").write_text(write_out(genome, weights))
    plain, tuned = wann.load(tmp_path / "c.out"), wann.load(tmp_path / "c.out", stored_weights=True)
    observation = np.ones(5)
    assert plain.weights is None and plain.policy()(observation).tolist() == slow_outputs(
        genome, 1.0, observation
    )
    assert tuned.policy()(observation).tolist() == slow_outputs(genome, weights, observation)
    tuned.save(tmp_path / "c.json")
    assert np.array_equal(wann.load(tmp_path / "c.json").weights, tuned.weights)


def test_stored_values_of_the_published_champion_are_no_tuned_weights(published):
    task, champion = find_task("swingup"), wann.load(published, stored_weights=True)
    starts = task.trials(300, np.random.default_rng(0))
    scores = task.score(decode_all([champion.genome]), champion.weights[None], starts)[0]
    assert abs(scores.mean() - 12.7) < 1  # 932 with the paper's tuned weights


def test_hidden_nodes_stay_in_the_order_of_the_file(tmp_path):
    """Two chains, one after the other: not the order of layers."""
    rows = [[0] * 8 for _ in range(8)]
    rows[0][7] = rows[1][2] = rows[2][3] = rows[3][7] = rows[1][4] = rows[4][5] = rows[5][7] = rows[
        1
    ][6] = rows[6][7] = 1.5
    text = "\n".join(
        ",".join(map(str, [*row, code]))
        for row, code in zip(rows, [1, 1, 5, 4, 3, 2, 9, 1], strict=True)
    )
    (tmp_path / "chains.out").write_text(text)
    assert write_out(*read_out(tmp_path / "chains.out")) == text + "\n"


def test_activations_of_bias_and_inputs_are_lost(tmp_path):
    """They are never applied."""
    genome = grow(3, 1, 20, 0)
    nodes = genome.nodes.copy()
    nodes["activation"][:4] = 5
    read, _ = again(tmp_path / "a.out", genome._replace(nodes=nodes), np.ones(len(genome.conns)))
    assert same_genome(read, renumbered(genome))


def edited(genome, rows, *, activation=None, connections=True):
    """Return the genome with an activation of one node, or without the connections of some
    nodes.
    """
    nodes, conns = genome.nodes.copy(), genome.conns
    if activation:
        nodes["activation"][rows] = activation
    if not connections:
        conns = conns[~np.isin(conns["source"], rows) & ~np.isin(conns["target"], rows)]
    return genome._replace(nodes=nodes, conns=conns)


SMALL = grow(2, 2, 0, 0)  # nodes 0 to 4, all connected


@pytest.mark.parametrize(
    ("genome", "weight", "message"),
    [
        (
            SMALL._replace(conns=SMALL.conns[SMALL.conns["enabled"]]),
            0.0,
            "has the weight 0.0: .* no connection",
        ),
        (
            SMALL._replace(conns=SMALL.conns[SMALL.conns["enabled"]]),
            -0.0,
            "has the weight -0.0: .* no connection",
        ),
        (
            SMALL._replace(conns=SMALL.conns[SMALL.conns["enabled"]]),
            np.inf,
            "has the weight inf: .* finite",
        ),
        (
            SMALL._replace(conns=SMALL.conns[SMALL.conns["enabled"]]),
            np.nan,
            "has the weight nan: .* finite",
        ),
        (edited(SMALL, [4], activation=ACTIVATION_IDS["tanh"]), 1.0, "output 4 is tanh: .* linear"),
        # input 2 would be an output
        (edited(SMALL, [2], connections=False), 1.0, "cannot hold this network"),
        # output 1 would be an input
        (edited(SMALL, [3], connections=False), 1.0, "cannot hold this network"),
        (edited(SMALL, [0, 1, 2], connections=False), 1.0, "cannot hold this network"),
        (SMALL._replace(nodes=np.zeros(MOST_NODES + 1, NODE)), 1.0, f"holds {MOST_NODES}"),
    ],
)
def test_what_the_format_cannot_hold_is_refused(genome, weight, message):
    with pytest.raises(WannError, match=message):
        write_out(genome, np.full(len(genome.conns), weight))
