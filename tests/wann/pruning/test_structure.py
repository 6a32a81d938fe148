"""What is left of a pruned network, against paths of a graph; and the network as a champion."""

import networkx
import numpy as np
import pytest

import wann
from wann.genome.genome import check_genome
from wann.pruning.comparison.cells import structure
from wann.pruning.mlp import MLP, forward, initial
from wann.pruning.prune import masked
from wann.pruning.structure import effective, n_connections, to_champion

NAMES = tuple(f"input {i}" for i in range(7)), ("a", "b", "c")


def sparse(share, seed=0, activation="relu", hidden=(6, 5)):
    """Return a network with this share of weights, its parameters and its mask."""
    net, rng = MLP((7, *hidden, 3), activation), np.random.default_rng(seed)
    mask = rng.random(net.n_weights) < share
    parameters = masked(net, initial(net, rng, np.float64), mask)
    parameters[net.n_weights :] = rng.normal(size=net.n_parameters - net.n_weights)
    return net, parameters, mask


def on_a_path(net, mask):
    """Return the weights on a path from an input to an output, by a search of the graph."""
    graph, edges = networkx.DiGraph(), []
    for k, left in enumerate(net.weights(mask)):
        edges += [((k, j), (k + 1, i)) if left[i, j] else None for i, j in np.ndindex(left.shape)]
    graph.add_edges_from(edge for edge in edges if edge)
    last = len(net.sizes) - 1
    graph.add_nodes_from(
        [("start",), ("end",), *[(0, j) for j in range(7)], *[(last, i) for i in range(3)]]
    )
    graph.add_edges_from(
        [(("start",), (0, j)) for j in range(7)] + [((last, i), ("end",)) for i in range(3)]
    )
    useful = networkx.descendants(graph, ("start",)) & networkx.ancestors(graph, ("end",))
    return [edge is not None and set(edge) <= useful for edge in edges]


@pytest.mark.parametrize("share", [0.0, 0.03, 0.1, 0.2, 0.5, 1.0])
def test_effective_weights_are_those_on_a_path(share):
    for seed in range(5):
        net, _, mask = sparse(share, seed)
        assert effective(net, mask).tolist() == on_a_path(net, mask)


@pytest.mark.parametrize("activation", ["relu", "tanh"])
@pytest.mark.parametrize("share", [0.0, 0.1, 0.3, 1.0])
@pytest.mark.parametrize("hidden", [(), (4,), (6, 5)])
def test_the_champion_is_the_same_network(share, activation, hidden, tmp_path):
    inputs = np.random.default_rng(1).normal(size=(40, 7))
    shift, scale = 0.3, np.arange(1, 8) / 4
    for seed in range(4):
        net, parameters, mask = sparse(share, seed, activation, hidden)
        outputs = forward(net, parameters, (inputs - shift) / scale).values[-1]
        champion = to_champion(net, parameters, mask, "digits", NAMES, (shift, scale))
        check_genome(champion.genome)
        champion.save(tmp_path / "c.json")
        again = wann.load(tmp_path / "c.json")
        np.testing.assert_allclose(again.policy()(inputs), outputs, rtol=1e-9, atol=1e-12)
        assert again.genome.size == len(again.network.gene) == n_connections(net, parameters, mask)
        assert again.genome.size <= np.count_nonzero(effective(net, mask)) + sum(net.sizes[1:])


def test_collapse_is_flagged():
    net, parameters, mask = sparse(1.0)
    whole = structure(net, parameters, mask)
    assert (whole["total"], whole["remaining"], whole["effective"]) == (87, 87, 87)
    assert (
        whole["per_layer"] == "42 30 15"
        and whole["compression"] == 1
        and whole["connections"] == 87 + 14
    )
    assert not whole["empty_layer"] and not whole["no_path"]
    net.weights(mask)[1][:] = False
    cut = structure(net, masked(net, parameters, mask), mask)
    assert (
        cut["empty_layer"]
        and cut["no_path"]
        and cut["effective_compression"] is None
        and cut["effective"] == 0
    )
    assert cut["connections"] == 3, "the outputs are constants: three biases"
    none = structure(net, masked(net, parameters, ~mask & mask), ~mask & mask)
    assert none["compression"] is None and none["no_path"]
    apart = np.zeros_like(mask)
    for layer, place in zip(net.weights(apart), ((0, 0), (0, 1), (0, 1)), strict=True):
        layer[place] = True  # a weight in each layer, and no path
    loose = structure(net, masked(net, parameters, apart), apart)
    assert not loose["empty_layer"] and loose["no_path"] and loose["speedup"] == 87 / 3
