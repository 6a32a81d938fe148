"""The former place of ``wann.physics``, where physics from before version 0.2 looks for these
functions.
"""

from wann.numeric.functions import copysign, rint, where

__all__ = ["copysign", "rint", "where"]
