"""The children of a generation, in any number of parts, against the slow twin."""

import numpy as np
import pytest
from oracles.slow_mutation import slow_mutate
from support.genomes import PROBABILITIES, RECURRENT, grow

from wann.genome.breeding import breed
from wann.genome.genome import minimal_genome, same_genome
from wann.genome.mutation import MUTATIONS, NO_SPLITS, innovations, splits_of
from wann.genome.population import Population
from wann.numeric.activations import ACTIVATIONS

CODES = np.array(list(ACTIVATIONS))
NO_ELITES = np.empty(0, np.int64)


def bits(population):
    """Return all of a population as bytes."""
    return [np.asarray(part).tobytes() for part in population.tables]


def first_generation(n, shape, init_enable=0.5):
    """Return n minimal genomes."""
    rng = np.random.default_rng(n)
    return Population.of([minimal_genome(*shape, init_enable, rng) for _ in range(n)])


def generations(population, n, probabilities, activations, n_parts, seed=0):
    """Yield n generations, each of random parents and a tenth of elites, and the record of
    splits.
    """
    rng = np.random.default_rng(seed)
    record = innovations(population[0].n_fixed, NO_SPLITS)
    for _ in range(n):
        order = rng.permutation(len(population))
        elites = order[: len(order) // 10]
        parents = rng.choice(order, len(order) - len(elites))
        population = breed(
            population, elites, parents, rng, probabilities, activations, record, n_parts
        )
        yield population, record


@pytest.mark.parametrize("probabilities", [PROBABILITIES, RECURRENT], ids=("forward", "recurrent"))
@pytest.mark.parametrize("size", [2, 3, 50, 700])
@pytest.mark.parametrize("n_parts", [2, 3, 7, None])
def test_parts_change_no_bit(size, n_parts, probabilities):
    start = first_generation(size, (5, 2))
    for (one, record), (several, other) in zip(
        generations(start, 25, probabilities, CODES, 1),
        generations(start, 25, probabilities, CODES, n_parts),
        strict=True,
    ):
        assert bits(one) == bits(several)
        assert np.array_equal(splits_of(record), splits_of(other))


def test_many_children_have_threads_and_change_no_bit():
    start = first_generation(3000, (9, 3))
    one, *others = [
        [bits(population) for population, _ in generations(start, 6, PROBABILITIES, CODES, k)]
        for k in (1, 2, None)
    ]
    assert all(other == one for other in others)


@pytest.mark.parametrize("n_parts", [1, 3])
@pytest.mark.parametrize("shape", [(1, 1), (5, 1), (3, 4)])
@pytest.mark.parametrize(
    ("probabilities", "activations"),
    [
        ([0.3, 0.3, 0.1, 0.3, 0.2], [1, 5, 9]),
        ([0.2, 0.25, 0.05, 0.5, 0.0], [7]),  # never another activation
        ([0.9, 0.1, 0.0, 0.0, 0.0], [2, 3]),  # soon nothing more to connect
        ([0.5, 0.01, 0.5, 0.0, 0.0], [4]),
        ([0.0, 1.0, 0.0, 0.0, 0.0], [4, 1]),
        ([0.2, 0.05, 0.0, 0.0, 0.75], [4, 1]),  # soon one connection, which stays
        ([0.2, 0.25, 0.05, 0.3, 0.1, 0.3], [1, 5, 9]),
        ([0.05, 0.1, 0.0, 0.0, 0.0, 0.9], [2, 3]),  # soon nothing more to remember
    ],
)
def test_children_are_those_of_the_slow_twin(n_parts, shape, probabilities, activations):
    for seed in range(2):
        population = first_generation(12, shape, 0.9 if shape != (1, 1) else 1.0)
        rng, twin_rng = np.random.default_rng(seed), np.random.default_rng(seed)
        first_id = population[0].n_fixed
        record, ids = innovations(first_id, NO_SPLITS), {}
        draws = np.random.default_rng(seed)
        for _ in range(12):
            elites, parents = draws.integers(12, size=2), draws.integers(12, size=10)
            twins = [population[i] for i in elites]
            twins += [
                slow_mutate(population[i], twin_rng, probabilities, activations, ids, first_id)
                for i in parents
            ]
            population = breed(
                population, elites, parents, rng, np.array(probabilities),
                np.array(activations), record, n_parts,
            )  # fmt: skip
            assert all(map(same_genome, population, twins))
            assert population.sizes.tolist() == [twin.size for twin in twins]
        assert dict(record.ids) == ids and rng.random() == twin_rng.random()


def test_only_enabling_is_possible_until_all_are_enabled():
    population = first_generation(30, (3, 2), 0.0)
    rng, record = np.random.default_rng(0), innovations(6, NO_SPLITS)
    only = np.array([float(name == "enable_connection") for name in MUTATIONS])
    for enabled in range(1, 9):
        population = breed(population, NO_ELITES, np.arange(30), rng, only, CODES, record)
        assert population.sizes.tolist() == [enabled] * 30
    with pytest.raises(ValueError, match="no mutation is possible"):
        breed(population, NO_ELITES, np.arange(30), rng, only, CODES, record)


def test_a_parent_is_left_as_it_is():
    population = Population.of([grow(4, 2, 40, seed) for seed in range(20)])
    before, record = bits(population), innovations(10**6, NO_SPLITS)
    rng = np.random.default_rng(0)
    breed(population, NO_ELITES, np.arange(20).repeat(20), rng, PROBABILITIES, CODES, record, 3)
    assert bits(population) == before
