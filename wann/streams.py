"""Random streams: every random choice has one of its own, so that none depends on which others were
made.
"""

import zlib

import numpy as np


def rng_for(seed: int, generation: int, purpose: str) -> np.random.Generator:
    """Return the random stream of one purpose in one generation, independent of all others."""
    return np.random.Generator(np.random.PCG64([seed, generation, zlib.crc32(purpose.encode())]))
