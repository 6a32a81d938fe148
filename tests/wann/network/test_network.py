"""Decoding and the forward pass against a recursive twin."""

import numpy as np
import pytest
from support.genomes import SlowMemory, grow, slow_outputs, slow_values

from wann.genome.genome import make_genome, minimal_genome
from wann.network.forward import no_memory, outputs_of, values_of
from wann.network.network import decode, decode_all, nodes_of

SHAPES = [(1, 1), (3, 1), (5, 2), (24, 4)]


@pytest.mark.parametrize(("n_inputs", "n_outputs"), SHAPES)
def test_forward_is_the_recursive_definition_bit_for_bit(n_inputs, n_outputs):
    rng = np.random.default_rng(0)
    for seed in range(15):
        genome = grow(n_inputs, n_outputs, 10 * seed, seed)
        inputs, weights = rng.normal(0, 2, (4, n_inputs)), rng.uniform(-2, 2, 3)
        got = outputs_of(decode(genome), weights, inputs)
        assert got.shape == (3, 4, n_outputs)
        for w, weight in enumerate(weights):
            for s, sample in enumerate(inputs):
                assert got[w, s].tolist() == slow_outputs(genome, float(weight), sample)


def test_individual_weights_bit_for_bit():
    rng = np.random.default_rng(0)
    for seed in range(15):
        genome = grow(4, 2, 60, seed)
        inputs, weights = rng.normal(size=(3, 4)), rng.normal(size=(2, len(genome.conns)))
        got = outputs_of(decode(genome), weights, inputs)
        for w in range(2):
            for s in range(3):
                assert got[w, s].tolist() == slow_outputs(genome, weights[w], inputs[s])


def test_equal_individual_weights_are_a_shared_weight():
    genome = grow(4, 2, 60, 1)
    inputs = np.random.default_rng(0).normal(size=(5, 4))
    individual = outputs_of(decode(genome), np.full((1, len(genome.conns)), 0.5), inputs)
    assert np.allclose(individual, outputs_of(decode(genome), [0.5], inputs), rtol=1e-12)


def test_bias_is_one_and_nothing_enabled_gives_zero():
    genome = minimal_genome(2, 1, 0.0, np.random.default_rng(0))
    assert outputs_of(decode(genome), [1.5], np.ones((1, 2))).item() == 0.0
    conns = genome.conns.copy()
    conns["enabled"][0] = True  # bias -> output
    assert outputs_of(decode(genome._replace(conns=conns)), [1.5], np.ones((1, 2))).item() == 1.5


def test_a_population_decodes_like_its_members():
    genomes = [grow(5, 2, 7 * seed, seed) for seed in range(20)]
    packed = decode_all(genomes)
    assert packed.size == 20
    for i, genome in enumerate(genomes):
        one, first, last = decode(genome), packed.start[i], packed.start[i + 1]
        edges = slice(packed.indptr[first], packed.indptr[last])
        assert np.array_equal(one.activation, packed.activation[first:last])
        assert np.array_equal(one.source, packed.source[edges]) and np.array_equal(
            one.gene, packed.gene[edges]
        )
        assert np.array_equal(one.indptr, packed.indptr[first : last + 1] - packed.indptr[first])
    assert not len(packed.memory) and not packed.memory_start.any()
    part = packed.part(5, 9)
    assert part.size == 4 and part.start[0] == packed.start[5]


@pytest.mark.parametrize("size", [1, 2, 5, 60])
@pytest.mark.parametrize("n_parts", [2, 3, 7, None])
def test_parts_of_a_population_are_decoded_as_one(size, n_parts):
    genomes = [grow(3, 2, (13 * k) % 90, k, recurrent=k % 2 == 0) for k in range(size)]
    one, several = decode_all(genomes, 1), decode_all(genomes, n_parts)
    for a, b in zip(one, several, strict=True):
        assert np.array_equal(a, b) and np.asarray(a).dtype == np.asarray(b).dtype


@pytest.mark.parametrize("individual", [False, True])
def test_steps_of_recurrent_networks_are_the_recursive_definition(individual):
    rng, remembered = np.random.default_rng(0), 0
    for seed in range(25):
        genome = grow(3, 2, 4 * seed, seed, recurrent=True)
        net, rows = decode(genome), nodes_of(genome)
        weights = rng.uniform(-2, 2, (2, len(genome.conns)) if individual else 2)
        memory, slow = no_memory(net, 2, 3), [[SlowMemory() for _ in range(3)] for _ in range(2)]
        for _ in range(5):
            inputs = rng.normal(0, 2, (3, 3))
            got = values_of(net, weights, inputs, memory)
            for w in range(2):
                for s in range(3):
                    weight = weights[w] if individual else float(weights[w])
                    want = slow_values(genome, weight, inputs[s], rows, slow[w][s])
                    assert got[w, s].tolist() == want
                    kept = [slow[w][s][rows[row]] for row in net.memory]
                    assert memory[w, s].tolist() == kept
        remembered += len(net.memory)
    assert remembered > 50


def test_the_first_step_of_a_recurrent_network_has_no_memory():
    genome, inputs = grow(3, 2, 60, 1, recurrent=True), np.ones((4, 3))
    net = decode(genome)
    memory = no_memory(net, 2, 4)
    first = outputs_of(net, [0.5, 1.0], inputs, memory)
    assert np.array_equal(first, outputs_of(net, [0.5, 1.0], inputs))
    assert not np.array_equal(first, outputs_of(net, [0.5, 1.0], inputs, memory))
    with pytest.raises(ValueError, match=r"memory has shape \(2, 3, .*: must be \(2, 4"):
        outputs_of(net, [0.5, 1.0], inputs, no_memory(net, 2, 3))


def test_what_only_acts_in_the_next_step_is_computed():
    genome = grow(1, 1, 0, 0)
    nodes = np.append(genome.nodes, np.array([(3, 5), (4, 9), (5, 9)], genome.nodes.dtype))
    # 3 acts on 4 in the next step, 4 on the output in the one after; 5 remembers only itself
    conns = np.array(
        [(1, 3, True), (-4, 4, True), (-5, 2, True), (1, 5, True), (-6, 5, True)],
        genome.conns.dtype,
    )
    net = decode(make_genome(1, 1, nodes, conns))
    assert net.activation.tolist() == [5, 9, 1] and net.memory.tolist() == [2, 3]
    memory = no_memory(net, 1, 1)
    outputs = [outputs_of(net, [1.0], np.array([[x]]), memory).item() for x in (2.0, 3.0, 4.0, 5.0)]
    assert outputs == pytest.approx([0.0, 0.0, np.tanh(2.0), np.tanh(3.0)])


def test_picked_recurrent_networks_are_themselves():
    genomes = [grow(5, 2, 7 * seed, seed, recurrent=True) for seed in range(20)]
    packed, some = decode_all(genomes), np.array([3, 17, 0, 17])
    for one, other in ((packed.pick(some), [genomes[k] for k in some]), (packed, genomes)):
        for a, b in zip(one, decode_all(other), strict=True):
            assert np.array_equal(a, b)


def test_many_genomes_are_decoded_by_threads_as_by_one():
    genomes = [grow(5, 1, 60, k) for k in range(30)] * 100
    for a, b in zip(decode_all(genomes, 1), decode_all(genomes), strict=True):
        assert np.array_equal(a, b)


def test_what_cannot_reach_an_output_is_left_out():
    genome = grow(5, 2, 200, 3)
    conns = genome.conns.copy()
    conns["enabled"] &= np.random.default_rng(0).random(len(conns)) < 0.5
    genome = genome._replace(conns=conns)
    net = decode(genome)
    enabled = [(s, t) for s, t, e in genome.conns.tolist() if e]
    live = {1 + 5, 2 + 5}
    while True:
        more = {s for s, t in enabled if t in live} - live
        if not more:
            break
        live |= more
    computed = live - set(range(6))
    assert len(net.activation) == len(computed) < len(genome.nodes) - 6
    assert len(net.source) == sum(t in computed for _, t in enabled)
    inputs = np.random.default_rng(1).normal(size=(3, 5))
    for got, sample in zip(outputs_of(net, [1.5], inputs)[0], inputs, strict=True):
        assert got.tolist() == slow_outputs(genome, 1.5, sample)
    assert (net.source < np.repeat(np.arange(len(net.activation)) + 6, np.diff(net.indptr))).all()


def test_wrong_inputs_are_refused():
    with pytest.raises(ValueError, match=r"\(2, 4\).*\(samples, 5\)"):
        outputs_of(decode(grow(5, 1, 5, 0)), [1.0], np.ones((2, 4)))


@pytest.mark.parametrize("shape", [(0,), (0, 9), (1, 0), (1, 2), (1, 1, 9)])
def test_weights_of_another_shape_are_refused(shape):
    genome = minimal_genome(2, 1, 1.0, np.random.default_rng(0))
    for compute in (outputs_of, values_of):
        with pytest.raises(ValueError, match=r"weights has shape .*: must be \(W,\), or \(W, C\)"):
            compute(decode(genome), np.ones(shape), np.ones((1, 2)))
    assert outputs_of(decode(genome), np.ones((1, 3)), np.ones((1, 2))).item() == 3.0


def test_individual_weights_of_no_connection_are_none():
    genome = minimal_genome(2, 1, 0.0, np.random.default_rng(0))
    assert (
        outputs_of(
            decode(genome._replace(conns=genome.conns[:0])), np.ones((1, 0)), np.ones((1, 2))
        ).item()
        == 0.0
    )
