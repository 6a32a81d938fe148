"""Packed populations."""

import numpy as np
import pytest
from support.genomes import grow

from wann.genome.genome import same_genome
from wann.genome.population import Population


def test_a_population_is_the_sequence_of_its_genomes():
    genomes = [grow(5, 2, 7 * seed, seed) for seed in range(10)]
    population = Population.of(genomes)
    assert len(population) == 10 and Population.of(population) is population
    assert all(same_genome(a, b) for a, b in zip(population, genomes, strict=True))
    assert same_genome(population[-1], genomes[9]) and same_genome(
        population[np.int64(3)], genomes[3]
    )
    assert [genome.size for genome in population[2:5]] == [genome.size for genome in genomes[2:5]]
    assert population.sizes.tolist() == [genome.size for genome in genomes]
    for wrong in (10, -11):
        with pytest.raises(IndexError, match=f"{wrong} of a population of 10"):
            population[wrong]


def test_a_genome_without_connections_has_size_0():
    bare = grow(2, 1, 0, 0)._replace(conns=grow(2, 1, 0, 0).conns[:0])
    assert Population.of([bare, grow(2, 1, 20, 0), bare]).sizes.tolist() == [
        0,
        grow(2, 1, 20, 0).size,
        0,
    ]
