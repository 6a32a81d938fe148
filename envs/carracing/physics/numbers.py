"""Compilation of this folder's kernels, and numbers as Box2D has them: float32, and the sine of the
system's library.
"""

from functools import partial
from pathlib import Path

import numpy as np

from wann.jit import compiled

FILES = tuple(sorted(Path(__file__).parents[1].rglob("*.py")))
#: Compiles a function of this folder; what is kept of it is tied to the text of all of its files.
kernel = partial(compiled, extra_files=FILES)

f32 = np.float32

# fmt: off
SIN = tuple(map(float.fromhex, (
    "-0x1.555545995a603p-3", "0x1.1107605230bc4p-7", "-0x1.994eb3774cf24p-13")))
COS = tuple(map(float.fromhex, (
    "-0x1.ffffffd0c621cp-2", "0x1.55553e1068f19p-5", "-0x1.6c087e89a359dp-10",
    "0x1.99343027bf8c3p-16")))
# fmt: on
HALF_PI = float.fromhex("0x1.921fb54442d18p0")


@kernel
def sine_cosine(angle):
    """Return (sin, cos) of a float32, in float32 [rad].

    They are computed in float64, so that every machine gives the same bits: those of ``sinf`` and
    ``cosf`` of glibc on x86-64, which Box2D calls, for angles below 120.

    Source: the polynomials of Arm's Optimized Routines, ``math/sincosf.h``.
    """
    x = np.float64(angle)
    n = np.int64(np.floor(x * (1.0 / HALF_PI) + 0.5))
    x = x - n * HALF_PI
    u = x * x
    cube, fourth = x * u, u * u
    s = (x + cube * SIN[0]) + (cube * u) * (SIN[1] + u * SIN[2])
    c = ((1.0 + u * COS[0]) + fourth * COS[1]) + (fourth * u) * (COS[2] + u * COS[3])
    quarter = n & 3
    if quarter == 0:
        return f32(s), f32(c)
    if quarter == 1:
        return f32(c), f32(-s)
    if quarter == 2:
        return f32(-s), f32(-c)
    return f32(-c), f32(s)
