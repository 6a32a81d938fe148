"""The laws of pruning: exactly k, masks nest, what each method keeps, and the conservation of
flow.
"""

import math
from itertools import pairwise

import numpy as np
import pytest

from wann.errors import WannError
from wann.pruning.mlp import MLP, gradient, hessian_diagonal, initial
from wann.pruning.prune import (
    METHODS,
    Problem,
    Pruner,
    Start,
    check_compression,
    find_method,
    keep_best,
    masked,
    prune,
    share_of,
    shuffled,
)
from wann.pruning.saliency import (
    SALIENCIES,
    State,
    find_saliency,
    grasp,
    obd,
    random,
    snip,
    synflow,
)
from wann.pruning.structure import effective
from wann.pruning.training import Recipe, train

NET = MLP((12, 10, 8, 4))
RNG = np.random.default_rng(0)
INPUTS, LABELS = RNG.normal(size=(200, 12)), RNG.integers(0, 4, 200)
DATA = INPUTS, LABELS
FULL = np.ones(NET.n_weights, bool)


def start(seed=0, net=NET):
    return initial(net, np.random.default_rng(seed), np.float64)


def trainer(parameters, mask):
    return train(NET, parameters, mask, *DATA, Recipe(epochs=2), 0)


def rounds(pruner, compression, seed=0, net=NET, train=trainer):
    """Return parameters and mask after each round."""
    state, states = (start(seed, net), np.ones(net.n_weights, bool)), []
    for counts in pruner.counts(net, compression):
        begun = Start(*state, start(seed, net))
        state = prune(pruner, Problem(net, *DATA), begun, [counts], train, seed)
        states.append(state)
    return states


def scores_of(saliency, parameters, net=NET):
    return saliency(State(net, parameters, *DATA, np.random.default_rng(1)))


def layers(mask, net=NET):
    return [np.count_nonzero(layer) for layer in net.weights(mask)]


# --------------------------------------------------------------------------------------- exactly k
@pytest.mark.parametrize("k", [0, 1, 7, 29, 30])
def test_exactly_k_are_kept_and_they_are_those_of_a_full_sort(k):
    for seed in range(5):
        rng = np.random.default_rng(seed)
        scores, mask = rng.integers(0, 5, 40).astype(float), np.zeros(40, bool)  # many ties
        mask[rng.choice(40, 30, replace=False)] = True
        kept = keep_best(scores, mask, k)
        best = sorted(np.flatnonzero(mask), key=lambda i: (-scores[i], i))[:k]
        assert np.flatnonzero(kept).tolist() == sorted(best) and kept.sum() == k


def test_a_pruned_weight_never_returns_and_equal_scores_leave_exactly_k():
    mask = np.array([False, True, True, True])
    assert keep_best(np.array([9.0, 0.0, 0.0, 0.0]), mask, 2).tolist() == [False, True, True, False]
    assert keep_best(np.zeros(4), mask, 4).tolist() == mask.tolist()
    assert keep_best(np.array([0, -np.inf, np.inf, 1.0]), mask, 2).tolist() == [
        False,
        False,
        True,
        True,
    ]


@pytest.mark.parametrize("method", METHODS)
def test_masks_nest_and_have_exactly_as_many_weights_as_asked_for(method):
    pruner, before = METHODS[method], FULL
    for counts, (parameters, mask) in zip(pruner.counts(NET, 20), rounds(pruner, 20), strict=True):
        assert not (mask & ~before).any() and mask.sum() == sum(counts)
        assert not parameters[: NET.n_weights][~mask].any()
        before = mask
    assert pruner.keep or mask.sum() == math.ceil(NET.n_weights / 20)


def test_schedules():
    one, five = Pruner("random"), Pruner("random", rounds=5)
    n = NET.n_weights
    assert (
        one.counts(NET, 8) == [[n // 8]]
        and one.counts(NET, 9) == [[n // 9 + 1]]
        and Pruner("random", 3).counts(NET, 1) == [[n]] * 3
    )
    assert five.counts(NET, 32) == [[math.ceil(n / 2**k)] for k in range(1, 6)]
    linear = Pruner("random", rounds=4, schedule="linear", scope="layer").counts(NET, 2)
    assert linear == [
        [math.ceil(size * share) for size in NET.layer_sizes]
        for share in (7 / 8, 6 / 8, 5 / 8, 4 / 8)
    ]
    assert Pruner("random", keep=0.5).counts(NET, 8) == [[round(n / 2**k)] for k in (1, 2, 3)]
    with pytest.raises(WannError, match="keep_output needs keep"):
        Pruner("random", keep_output=0.9)
    with pytest.raises(WannError, match="schedule 'cubic'"):
        Pruner("random", schedule="cubic")
    with pytest.raises(WannError, match="rounds = 0"):
        Pruner("random", rounds=0)


# ------------------------------------------------------------------------------------ the methods
def test_a_lottery_ticket_is_the_initial_weights_times_the_mask_bit_for_bit():
    first = start()
    for k, (parameters, mask) in enumerate(rounds(METHODS["imp"], 30), 1):
        np.testing.assert_array_equal(parameters, first * np.concatenate((mask, np.ones(22))))
        sizes = NET.layer_sizes
        assert layers(mask) == [
            round(sizes[0] * 0.8**k),
            round(sizes[1] * 0.8**k),
            round(sizes[2] * 0.9**k),
        ]


def test_a_round_prunes_the_smallest_of_the_trained_weights():
    first = start()
    once = trainer(first, FULL)
    left = rounds(METHODS["magnitude"], 4)[-1]
    expected = keep_best(np.abs(once[: NET.n_weights]), FULL, round(NET.n_weights / 4))
    np.testing.assert_array_equal(left[1], expected)
    np.testing.assert_array_equal(left[0], masked(NET, once, expected))
    counts = METHODS["magnitude"].counts(NET, 4)
    begun = Start(once, FULL, first, trained=True)
    again = prune(METHODS["magnitude"], Problem(NET, *DATA), begun, counts, None, 0)
    np.testing.assert_array_equal(again[1], expected)


def test_the_same_seed_prunes_the_same_weights_and_another_one_others():
    for method in ("random", "snip", "grasp"):
        masks = [rounds(METHODS[method], 5, seed)[-1][1] for seed in (0, 0, 1)]
        assert (masks[0] == masks[1]).all() and (masks[0] != masks[2]).any()


def test_shuffling_keeps_how_many_weights_each_layer_has():
    mask = rounds(METHODS["synflow"], 5)[-1][1]
    mixed = shuffled(NET, mask, np.random.default_rng(0))
    assert layers(mixed) == layers(mask) and (mixed != mask).any()


def test_scores_are_what_they_say():
    parameters = start() + 0.1 * RNG.normal(size=NET.n_parameters)
    n = NET.n_weights
    rows = np.random.default_rng(1).choice(200, 100, replace=False)
    slope = gradient(NET, parameters, INPUTS[rows], LABELS[rows])[1]
    np.testing.assert_array_equal(scores_of(snip, parameters), np.abs(slope * parameters)[:n])
    # removing a weight changes the norm of the gradient by about -w (H g): GraSP keeps what would
    # lower it
    slope = gradient(NET, parameters, INPUTS[rows], LABELS[rows], temperature=200.0)[1]
    slope[n:], step = 0, 1e-5
    ends = [
        gradient(
            NET,
            parameters + s * step * slope / np.linalg.norm(slope),
            INPUTS[rows],
            LABELS[rows],
            temperature=200.0,
        )[1]
        for s in (1, -1)
    ]
    along = (ends[0] - ends[1]) / (2 * step) * np.linalg.norm(slope)
    scores = scores_of(grasp, parameters)
    np.testing.assert_allclose(scores, (parameters * along)[:n], atol=1e-3 * np.abs(scores).max())
    diagonal = hessian_diagonal(NET, parameters, *DATA)[:n]
    np.testing.assert_allclose(scores_of(obd, parameters), diagonal * parameters[:n] ** 2 / 2)
    # of ReLU
    np.testing.assert_array_equal(
        scores_of(obd, parameters), scores_of(SALIENCIES["obd-lm"], parameters)
    )
    assert len(set(scores_of(random, parameters))) == n


# ---------------------------------------------------------------------------------------- SynFlow
def flow(net, parameters):
    """Return R, the flow of ones through all magnitudes."""
    value = np.ones(net.sizes[0])
    for weights in net.weights(parameters):
        value = np.abs(weights) @ value
    return value.sum()


def test_synflow_is_the_derivative_of_the_flow_times_the_weight():
    parameters, n = start(), NET.n_weights
    step = 1e-6 * np.eye(len(parameters))[:n]
    slope = [(flow(NET, parameters + move) - flow(NET, parameters - move)) / 2e-6 for move in step]
    np.testing.assert_allclose(
        scores_of(synflow, parameters), np.abs(slope * parameters[:n]), rtol=1e-6
    )


def test_synflow_is_conserved_at_every_hidden_unit_and_in_every_layer():
    for parameters, _ in rounds(METHODS["synflow"], 10)[::30]:
        scores = NET.weights(scores_of(synflow, parameters))
        for below, above in pairwise(scores):
            np.testing.assert_allclose(below.sum(axis=1), above.sum(axis=0), rtol=1e-12)
        np.testing.assert_allclose(
            [layer.sum() for layer in scores], flow(NET, parameters), rtol=1e-12
        )
        biased = parameters + np.concatenate((np.zeros(NET.n_weights), np.ones(22)))
        np.testing.assert_array_equal(
            scores_of(synflow, biased), np.concatenate([s.ravel() for s in scores])
        )


def test_synflow_empties_no_layer_up_to_the_largest_compression():
    net = MLP((30, 25, 20, 8))
    for seed in range(3):
        for keep in (200, 50, 12, 5, 3):  # the last is one weight a layer
            begun = Start(start(seed, net), np.ones(net.n_weights, bool), start(seed, net))
            counts = METHODS["synflow"].counts(net, net.n_weights / keep)
            mask = prune(METHODS["synflow"], Problem(net, *DATA), begun, counts, None, seed)[1]
            assert mask.sum() == keep and min(layers(mask, net)) > 0 and effective(net, mask).any()
    one_shot = keep_best(scores_of(synflow, start(0, net), net), np.ones(net.n_weights, bool), 5)
    assert min(layers(one_shot, net)) == 0, "without its rounds it does collapse"


def published_synflow(net, parameters, exponent, rounds):
    """Return the mask of the published loop: prune all scores up to the k-th smallest, those of
    pruned weights too.
    """
    n = net.n_weights
    mask = np.ones(n)
    for k in range(rounds):
        layers = [np.abs(layer) for layer in net.weights(parameters[:n] * mask)]
        after, scores = np.ones(net.sizes[-1]), []
        for depth in range(len(layers) - 1, -1, -1):
            before = np.ones(net.sizes[0])
            for layer in layers[:depth]:
                before = layer @ before
            scores.insert(0, (np.outer(after, before) * layers[depth]).ravel())
            after = layers[depth].T @ after
        share = (10.0**-exponent) ** ((k + 1) / rounds)
        n_pruned = int((1.0 - share) * n)
        ranked = np.concatenate(scores)
        if n_pruned >= 1:
            mask = np.where(ranked <= np.sort(ranked)[n_pruned - 1], 0.0, 1.0)
    return mask.astype(bool)


@pytest.mark.parametrize(
    ("sizes", "exponents"),
    [
        ((40, 20, 10, 5), (0.25, 0.5, 1)),
        ((64, 30, 20, 10), (0.5, 1, 1.5)),
        ((784, 300, 100, 10), (3,)),  # 266.2 of 266,200 weights are left: 267
    ],
)
def test_the_masks_of_synflow_are_those_of_the_published_loop(sizes, exponents):
    net = MLP(sizes)
    first, full = start(0, net), np.ones(net.n_weights, bool)
    for exponent in exponents:
        counts = METHODS["synflow"].counts(net, 10**exponent)
        mask = prune(
            METHODS["synflow"], Problem(net, *DATA), Start(first, full, first), counts, None, 0
        )[1]
        expected = published_synflow(net, first, exponent, 100)
        assert mask.sum() == math.ceil(net.n_weights / 10**exponent)
        np.testing.assert_array_equal(mask, expected)


def test_shares_are_rounded_up_in_the_arithmetic_of_the_published_loop():
    assert [share_of(266200, 10 ** (-k / 2)) for k in range(1, 7)] == [
        84180,
        26620,
        8418,
        2662,
        842,
        267,
    ]
    assert [share_of(24, share) for share in (1.0, 0.5, 12.1 / 24, 1e-9, 0.0)] == [24, 12, 13, 1, 0]
    assert share_of(24, 1 / (24 / 10)) == 11  # 13.99… are pruned


# ------------------------------------------------------------------------------------- bad input
def test_methods_that_are_unknown_or_ones_own():
    assert find_method("imp+reinit") == (METHODS["imp"], "reinit")
    own = "wann.pruning.saliency:magnitude"
    assert find_method(own) == (Pruner(own), "")
    for name, message in (
        ("sniip", "unknown method 'sniip': did you mean snip"),
        ("imp+frozen", "a control must be one of shuffled, reinit"),
        ("nowhere:f", "cannot be imported"),
        ("wann.pruning.saliency:TEMPERATURE", "is not a function"),
    ):
        with pytest.raises(WannError, match=message):
            find_method(name)
    with pytest.raises(WannError, match="unknown saliency 'magnitud': did you mean magnitude"):
        find_saliency("magnitud")


@pytest.mark.parametrize("compression", [0.99, 233.0, float("nan"), -1.0])
def test_compressions_that_are_not_possible(compression):
    with pytest.raises(WannError, match="must be from 1 to 232, the weights of the network"):
        check_compression(NET, compression)


def test_a_saliency_is_a_number_of_each_weight_that_is_left(monkeypatch):
    monkeypatch.setitem(SALIENCIES, "odd", lambda *_: np.ones(3))
    with pytest.raises(WannError, match=r"as an array of shape \(3,\) .* of shape \(232,\)"):
        rounds(Pruner("odd"), 2)
    monkeypatch.setitem(SALIENCIES, "odd", lambda _: np.where(FULL.cumsum() == 1, np.nan, 1.0))
    with pytest.raises(
        WannError, match="saliency 'odd': gave nan for a weight that is left: has training diverged"
    ):
        rounds(Pruner("odd"), 2)
    mask = FULL.cumsum() > 1
    left = prune(
        Pruner("odd"), Problem(NET, *DATA), Start(start(), mask, start()), [[10]], trainer, 0
    )[1]
    assert left.sum() == 10 and not left[0]
