"""The gradient through a network against finite differences, and against a slow twin of the
loss.
"""

import numpy as np
import pytest
from support.genomes import grow, slow_outputs

from wann.genome.genome import CONNECTION, NODE, make_genome
from wann.network.gradient import BLOCK, cross_entropy, input_slopes
from wann.network.network import decode
from wann.numeric.activations import ACTIVATIONS, activate, slope

CODES = sorted(ACTIVATIONS)


def slow_loss(genome, weights, inputs, labels):
    """Return the mean cross-entropy and the accuracy by recursion over the genome."""
    logits = np.array([slow_outputs(genome, weights, x) for x in inputs])
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    return (
        -np.log(p[np.arange(len(labels)), labels]).mean(),
        (logits.argmax(axis=1) == labels).mean(),
    )


def difference(f, x, i, h=1e-5):
    """Return the derivative of f by x[i]: Richardson's extrapolation of central differences, its
    error O(h^4).
    """

    def central(step):
        at = np.eye(len(x))[i] * step
        return (f(x + at) - f(x - at)) / (2 * step)

    return (4 * central(h / 2) - central(h)) / 3


@pytest.mark.parametrize("code", CODES)
def test_slope_of_each_activation(code):
    x = np.linspace(-3.05, 3.05, 62)  # no kink among them
    for value in x:
        expected = difference(lambda v: activate(code, v[0]), np.array([value]), 0, 1e-3)
        assert slope(code, value) == pytest.approx(expected, rel=1e-7, abs=1e-9)


def chain(code):
    """Return three inputs to two hidden nodes of this activation, one into the other, to two
    outputs.
    """
    nodes = np.array([(i, 1) for i in range(6)] + [(6, code), (7, code)], NODE)
    pairs = [(0, 6), (1, 6), (2, 6), (6, 7), (3, 7), (6, 4), (7, 4), (7, 5), (1, 5)]
    conns = np.array([(s, t, True) for s, t in pairs], CONNECTION)
    return make_genome(3, 2, nodes, conns)


@pytest.mark.parametrize("code", CODES)
def test_gradient_through_each_activation(code):
    genome, rng = chain(code), np.random.default_rng(code)
    weights, inputs = rng.normal(0, 0.7, len(genome.conns)), rng.normal(size=(7, 3))
    labels = rng.integers(0, 2, 7)
    net = decode(genome)
    gradient = cross_entropy(net, weights, inputs, labels)[1]
    numeric = [
        difference(lambda w: cross_entropy(net, w, inputs, labels)[0], weights, i) for i in range(9)
    ]
    assert np.abs(gradient - numeric).max() <= 1e-6 * np.abs(gradient).max()


@pytest.mark.parametrize("seed", range(3))
def test_slopes_by_inputs(seed):
    # smooth ones
    genome, rng = grow(3, 3, 30, seed, [1, 3, 4, 5, 6, 10]), np.random.default_rng(seed)
    weights, labels = rng.normal(0, 0.7, len(genome.conns)), rng.integers(0, 3, BLOCK + 3)
    inputs, net = rng.normal(size=(BLOCK + 3, 3)), decode(genome)
    slopes = input_slopes(net, weights, inputs, labels)
    for s in (0, BLOCK - 1, BLOCK, BLOCK + 2):
        numeric = [
            difference(
                lambda x, s=s: cross_entropy(net, weights, x[None], labels[s : s + 1])[0],
                inputs[s],
                i,
            )
            for i in range(3)
        ]
        np.testing.assert_allclose(slopes[s], numeric, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("seed", range(6))
def test_gradient_of_grown_networks(seed):
    # without step, whose jumps no difference quotient survives
    genome, rng = (
        grow(4, 3, 60, seed, [code for code in CODES if code != 2]),
        np.random.default_rng(seed),
    )
    weights, inputs = rng.normal(0, 0.5, len(genome.conns)), rng.normal(size=(20, 4))
    labels, net = rng.integers(0, 3, 20), decode(genome)
    loss, gradient, accuracy = cross_entropy(net, weights, inputs, labels)
    assert (loss, accuracy) == pytest.approx(slow_loss(genome, weights, inputs, labels), rel=1e-12)
    numeric = [
        difference(lambda w: cross_entropy(net, w, inputs, labels)[0], weights, i)
        for i in range(len(weights))
    ]
    assert np.abs(gradient - numeric).max() <= 1e-6 * np.abs(gradient).max()
    live = np.isin(np.arange(len(weights)), net.gene)
    assert not gradient[~live].any() and gradient[live].any()


def test_blocks_add_up_and_large_logits_do_not_overflow():
    genome, rng = grow(4, 3, 30, 1), np.random.default_rng(0)
    weights, net = rng.normal(size=len(genome.conns)), decode(genome)
    inputs, labels = rng.normal(size=(3 * BLOCK + 5, 4)), rng.integers(0, 3, 3 * BLOCK + 5)
    whole = cross_entropy(net, weights, inputs, labels)
    parts = [
        cross_entropy(net, weights, inputs[i : i + 1], labels[i : i + 1])
        for i in range(len(labels))
    ]
    for k in range(3):
        assert np.allclose(
            whole[k], np.mean([part[k] for part in parts], axis=0), rtol=1e-12, atol=1e-14
        )
    loss, gradient, _ = cross_entropy(decode(chain(1)), np.full(9, 1e3), inputs[:, :3], labels % 2)
    assert np.isfinite(loss) and np.isfinite(gradient).all()


@pytest.mark.parametrize(
    ("inputs", "labels", "message"),
    [
        (np.ones((2, 2)), [0, 1], r"must be \(samples, 3\)"),
        (np.ones((2, 3)), [0], r"labels \(1,\)"),
        (np.ones((0, 3)), [], "must be"),
        (np.ones((2, 3)), [0, 2], "labels go from 0 to 2: must be 0 to 1"),
        (np.ones((2, 3)), [-1, 0], "labels go from -1"),
    ],
)
def test_what_does_not_fit(inputs, labels, message):
    with pytest.raises(ValueError, match=message):
        cross_entropy(decode(chain(5)), np.ones(9), inputs, np.array(labels, int))
