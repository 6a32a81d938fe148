"""Threads: how work is divided among them changes no bit."""

import numpy as np
import pytest
from support.genomes import grow

from wann.network.network import decode_all
from wann.tasks import find_task
from wann.threads import in_threads, later
from wann.workers.evaluator import Evaluator


@pytest.mark.parametrize("n", [1, 2, 3, 5, 40])
@pytest.mark.parametrize("n_weights", [1, 2, 48])
def test_few_networks_with_many_weights_are_scored_as_by_one_thread(n, n_weights):
    task = find_task("cartpole")
    networks = decode_all([grow(4, 1, 9 * seed, seed) for seed in range(n)])
    weights, trials = np.linspace(-2, 2, n_weights), task.trials(3, np.random.default_rng(0))
    with Evaluator(task, "serial") as one, Evaluator(task, "threads", 4) as several:
        want = one.score(networks, weights, trials)
        assert np.array_equal(several.score(networks, weights, trials), want)
        assert one.steps == several.steps


def test_what_comes_first_is_done_in_order_and_before_its_part():
    done = []

    def part(first, last):
        assert first in done
        return first, last

    parts = [(0, 2), (2, 3), (3, 7)]
    assert in_threads(part, parts, lambda first, last: done.append(first)) == parts
    assert done == [0, 2, 3]


def test_an_error_of_any_part_is_raised():
    def fails(at):
        def function(first, last):
            if first == at:
                raise ValueError(f"part {at}")

        return function

    parts = [(0, 1), (1, 2), (2, 3)]
    for at in range(3):
        with pytest.raises(ValueError, match=f"part {at}"):
            in_threads(fails(at), parts)
        with pytest.raises(ValueError, match=f"part {at}"):
            in_threads(lambda first, last: None, parts, fails(at))
    with pytest.raises(ValueError, match="part 0"):
        later(lambda: fails(0)(0, 1)).result()
    assert later(lambda: 7).result() == 7
