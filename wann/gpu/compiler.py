"""Compilation for a GPU, by numba-cuda, of the same source to the same IEEE operations.

The bits are those of the CPU because nothing is contracted: ``a * b + c`` is a product that is
rounded, and then a sum. NVVM contracts by default, and numba-cuda has no option that says no, so it
is told here, while our kernels are compiled. Then the code is searched for what must not be there.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from numba import types
from numba.extending import intrinsic

from wann.errors import WannError
from wann.jit import dual
from wann.numeric.activations import ACTIVATIONS, activate
from wann.numeric.lanes import IR_TYPES, Lanes, constant, splat

try:
    from numba import cuda
    from numba.cuda.core import config
    from numba.cuda.cudadrv import nvvm
    from numba.cuda.np import arrayobj  # noqa: F401  some versions fail here with a newer NumPy
except Exception as error:  # whatever a half-installed or mismatched package raises
    raise ImportError(str(error)) from error

WARP = 32  # threads that run in step
ALL = 0xFFFFFFFF  # of them
CONTRACTED = "fma."  # in PTX; divisions and square roots are single instructions there

config.CUDA_LOW_OCCUPANCY_WARNINGS = 0  # a single network is little work, and meant to be
_compiling = threading.RLock()


@contextmanager
def uncontracted() -> Iterator[None]:
    """Tell NVVM, for the compilations of the block, that products and sums are to be rounded each.

    One block at a time.
    """
    with _compiling:
        compile_ir = nvvm.compile_ir
        nvvm.compile_ir = partial(compile_ir, fma=0)
        try:
            yield
        finally:
            nvvm.compile_ir = compile_ir


def check_uncontracted(name: str, ptx: str) -> None:
    """Raise WannError where the code of a kernel has a contracted operation."""
    if CONTRACTED in ptx:
        raise WannError(
            f"the kernel {name} was compiled with contracted operations, so it would give other"
            " bits than the CPU: install another version of numba-cuda (pip install 'wann[gpu]')"
        )


def compiled_for_gpu(function: Callable, signature: Any) -> Any:
    """Return a function compiled as a kernel for the present GPU and one signature of Numba types.

    Raises:
        NumbaError: it cannot be compiled.
        WannError: the bits would not be those of the CPU.
    """
    jit: Any = cuda.jit
    with uncontracted():
        kernel = jit(signature, lto=False)(function)
        for overload in kernel.overloads.values():
            check_uncontracted(function.__name__, overload.library.get_asm_str())
    return kernel


@intrinsic(prefer_literal=True)
def single_lanes(typingctx, array, n):
    """Return zero in n lanes (a literal integer) of the array's type, each a number of its own.

    A single one is no plain float, so that what cannot run in lanes does not compile here either:
    ``math.sin`` would, and give other bits than the CPU's.
    """
    t = Lanes(array.dtype, 1, n.literal_value)
    zero = constant(IR_TYPES[array.dtype], 0.0)
    return t(array, n), lambda context, b, sig, args: splat(b, t, zero)


@dual
def fetch(words, first, length, program, base, thread, threads):
    """Copy a program, but for its first word, to the memory of its block from ``base`` on."""
    for k in range(thread, length - 1, threads):
        program[base + k] = words[first + 1 + k]


@dual
def slot(word, shift):
    """Return the slot in a word of a program, ``shift`` bits from its lowest."""
    return types.int32((word >> types.uint64(shift)) & types.uint64(0x7FFF))


def by_halves(low: int, high: int) -> Any:
    """Return ``activate`` for codes from ``low`` to ``high - 1``, which decides in few steps.

    A GPU has no table of jumps for it, and would compare with one code after the other.
    """
    if high - low == 1:
        return dual(lambda code, x: activate(low, x))
    middle = (low + high) // 2
    lower, upper = by_halves(low, middle), by_halves(middle, high)
    return dual(lambda code, x: lower(code, x) if code < middle else upper(code, x))


activated = by_halves(min(ACTIVATIONS), max(ACTIVATIONS) + 1)
