"""The former place of ``wann.physics``, where physics from before version 0.2 looks for these
functions.
"""

from wann.numeric.mathfun import cos_near_zero, exp2, gaussian, sigmoid, sin_cos, tanh

__all__ = ["cos_near_zero", "exp2", "gaussian", "sigmoid", "sin_cos", "tanh"]
