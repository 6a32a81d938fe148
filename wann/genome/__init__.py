"""The genome, its mutations, and populations of genomes."""

from wann.genome.genome import (
    CONNECTION,
    NODE,
    Genome,
    check_genome,
    layers,
    make_genome,
    minimal_genome,
)

__all__ = [
    "CONNECTION",
    "NODE",
    "Genome",
    "check_genome",
    "layers",
    "make_genome",
    "minimal_genome",
]
