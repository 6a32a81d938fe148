"""The classification kernel against NumPy that does the same operations in the same order: equal
bit for bit.
"""

import numpy as np
import pytest
from oracles.numpy_twin import Maths
from support.genomes import grow

from wann.genome.genome import layers
from wann.network.forward import outputs_of
from wann.network.network import decode, decode_all
from wann.numeric import mathfun
from wann.tasks.classification.cross_entropy import LANES, cross_entropies, steepness

WEIGHTS = np.array([-2.0, -0.5, 1.0, 1.7])


def data(n, n_inputs, n_classes, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, n_inputs)).astype(np.float32), rng.integers(0, n_classes, n)


def logits(genome, weights, x):
    """Return the outputs for each sample, ``(n_outputs, S)``; ``weights`` is one number or one for
    each connection.
    """
    maths, dtype = Maths(x.dtype), x.dtype.type
    layer = dict(zip(genome.nodes["id"].tolist(), layers(genome).tolist(), strict=True))
    code, values = dict(genome.nodes.tolist()), {0: np.ones(len(x), x.dtype)}
    values |= {1 + i: x[:, i] for i in range(genome.n_inputs)}
    for node in sorted((node for node in code if node > genome.n_inputs), key=layer.get):
        total = np.zeros(len(x), x.dtype)
        for k, (source, target, enabled) in enumerate(genome.conns.tolist()):
            if target == node and enabled:
                total = total + (
                    values[source] if np.ndim(weights) == 0 else dtype(weights[k]) * values[source]
                )
        values[node] = maths.activate(
            code[node], total * dtype(weights) if np.ndim(weights) == 0 else total
        )
    return np.array([values[1 + genome.n_inputs + c] for c in range(genome.n_outputs)])


def twin(genome, weights, x, y, fold, steep=1):
    """Return the mean cross-entropy of the outputs times ``steep``.

    Every fold blocks the logarithm of the product of sums is taken.
    """
    maths, lanes, t = Maths(x.dtype), LANES[x.dtype], x.dtype.type
    z = logits(genome, weights, x)
    top = z.max(axis=0)
    sums = np.zeros(len(x), x.dtype)
    for row in z:
        sums = sums + maths.exp2(
            np.maximum(maths.least, (row - top) * (t(steep) * t(mathfun.LOG2E)))
        )
    loss, product = 0.0, np.ones(lanes, x.dtype)
    blocks = range(0, len(x), lanes)
    for number, start in enumerate(blocks, 1):
        block = slice(start, start + lanes)
        part, n = 0.0, len(x[block])
        for s in range(start, start + n):
            part += float((top[s] - z[y[s], s]) * t(steep))
        loss += part
        product[:n] *= sums[block]
        if number % fold == 0 or number == len(blocks):
            for value in product:
                loss += mathfun.log(float(value))
            product[:] = 1
    return loss / len(x)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("n", [1, 70, 1500])
def test_every_bit_is_the_twins(dtype, n):
    x, y = data(n, 5, 3)
    x = x.astype(dtype)
    genomes = [grow(5, 3, 25, seed) for seed in range(6)]
    fold = int((300 if dtype == np.float64 else 36) / np.log10(3))
    got = cross_entropies(decode_all(genomes), WEIGHTS.astype(dtype), x, y)
    assert got.tolist() == [
        [twin(genome, weight, x, y, fold) for weight in WEIGHTS] for genome in genomes
    ]
    steep = np.linspace(0.5, 2, len(WEIGHTS)).astype(dtype)
    got = cross_entropies(decode_all(genomes[:2]), WEIGHTS.astype(dtype), x, y, steep)
    assert got.tolist() == [
        [twin(genome, weight, x, y, fold, s) for weight, s in zip(WEIGHTS, steep, strict=True)]
        for genome in genomes[:2]
    ]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_size_of_a_weight_at_the_outputs_does_not_matter(dtype):
    """Networks without hidden nodes are as good at every weight of one sign."""
    x, y = data(200, 5, 3)
    networks = decode_all([grow(5, 3, 0, seed) for seed in range(3)])
    weights = np.array([-2, -0.25, 0.001, 1, 1.5], dtype)
    losses = cross_entropies(networks, weights, x.astype(dtype), y, steepness(weights))
    tight = {"rtol": 1e-5 if dtype == np.float32 else 1e-12}
    assert np.allclose(losses[:, :2], losses[:, :1], **tight)
    assert np.allclose(losses[:, 2:], losses[:, 2:3], **tight)
    assert not np.allclose(losses[:, 0], losses[:, -1], rtol=1e-2)
    as_they_are = cross_entropies(networks, weights, x.astype(dtype), y)
    assert not np.allclose(as_they_are[:, 2:], as_they_are[:, 2:3], rtol=1e-2)
    assert as_they_are[:, 3].tolist() == losses[:, 3].tolist()


def test_steepness():
    shared = np.array([-2.0, 0.0, 0.5, -1e-40], np.float32)
    assert steepness(shared).tolist() == [0.5, 1.0, 2.0, 1.0]
    assert steepness(shared).dtype == np.float32
    assert steepness(np.full((2, 5), 7.0)).tolist() == [1.0, 1.0]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_individual_weights(dtype):
    x, y = data(90, 4, 2)
    x, genome = x.astype(dtype), grow(4, 2, 30, 3)
    weights = np.random.default_rng(0).normal(size=(3, len(genome.conns))).astype(dtype)
    got = cross_entropies(decode_all([genome]), weights, x, y)
    assert got.tolist() == [[twin(genome, row, x, y, 100) for row in weights]]
    same = np.full((1, len(genome.conns)), 0.5, dtype)
    shared = cross_entropies(decode_all([genome]), np.array([0.5], dtype), x, y)
    assert np.allclose(cross_entropies(decode_all([genome]), same, x, y), shared, rtol=1e-5)


def test_it_is_the_cross_entropy():
    x, y = data(333, 6, 4)
    genome = grow(6, 4, 40, 1)
    z = outputs_of(decode(genome), WEIGHTS, x)
    expected = (
        np.log(np.exp(z - z.max(-1, keepdims=True)).sum(-1)) + z.max(-1) - z[:, np.arange(333), y]
    ).mean(axis=1)
    got = cross_entropies(decode_all([genome]), WEIGHTS, x.astype(np.float64), y)[0]
    assert np.allclose(got, expected, rtol=1e-13)


def test_many_blocks_of_many_classes_do_not_overflow():
    x, y = data(8000, 2, 40)
    genome = grow(2, 40, 0, 0)
    for dtype in (np.float32, np.float64):
        got = cross_entropies(decode_all([genome]), np.zeros(1, dtype), x.astype(dtype), y)
        assert np.allclose(got, np.log(40), rtol=1e-6)


def test_the_networks_beside_one_do_not_matter():
    x, y = data(100, 5, 3)
    genomes = [grow(5, 3, 10 * seed, seed) for seed in range(5)]
    together = cross_entropies(decode_all(genomes), WEIGHTS, x.astype(float), y)
    alone = [
        cross_entropies(decode_all([genome]), WEIGHTS, x.astype(float), y)[0] for genome in genomes
    ]
    assert together.tolist() == [row.tolist() for row in alone]


@pytest.mark.parametrize(
    ("shape", "labels", "message"),
    [
        ((2, 4), [0, 1], r"must be \(samples, 5\)"),
        ((2, 5), [0], r"labels \(1,\)"),
        ((0, 5), [], "must be"),
        ((2, 5), [0, 3], "labels go from 0 to 3: must be 0 to 2"),
    ],
)
def test_what_does_not_fit(shape, labels, message):
    with pytest.raises(ValueError, match=message):
        cross_entropies(
            decode_all([grow(5, 3, 5, 0)]), WEIGHTS, np.ones(shape), np.array(labels, int)
        )
