"""A GPU: whether there is one, what it holds, and what becomes of its errors."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from wann.errors import WannError

try:
    from cuda.bindings import driver as bindings
    from cuda.core._utils.cuda_utils import CUDAError
    from numba import cuda
    from numba.cuda.cudadrv import driver
    from numba.cuda.cudadrv.driver import CudaAPIError
    from numba.cuda.cudadrv.error import CudaSupportError
except Exception as error:  # whatever a half-installed or mismatched package raises
    raise ImportError(str(error)) from error

OLDEST = (7, 0)  # compute capability: Volta, the first whose threads of a warp can part and meet
RESERVED = 1024  # bytes of a multiprocessor's shared memory that each block takes for itself
MOST_BLOCKS = 32  # of a multiprocessor
SHARE = 0.5  # of the memory that nobody else uses, for one launch
OUT_OF_MEMORY = "OUT_OF_MEMORY"  # in what CUDA says
FULL = "end what else uses it (nvidia-smi lists it), or take another backend; a run can be resumed"
SHARED_BYTES = bindings.CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES


class Device(NamedTuple):
    """What is known of a GPU.

    Attributes:
        name: what its maker calls it.
        multiprocessors: how many it has.
        block_bytes: shared memory that one block can have.
        bytes: shared memory of a multiprocessor.
    """

    name: str
    multiprocessors: int
    block_bytes: int
    bytes: int

    def resident(self, block_bytes: np.ndarray) -> np.ndarray:
        """Return how many blocks that need so much shared memory fit on a multiprocessor."""
        return np.minimum(MOST_BLOCKS, self.bytes // (block_bytes + RESERVED))

    def allow(self, kernel: Any) -> None:
        """Let the blocks of a kernel have all the shared memory that a block can have."""
        for overload in kernel.overloads.values():
            function = overload.library.get_cufunc()
            driver.driver.cuKernelSetAttribute(
                SHARED_BYTES, self.block_bytes, function.handle, function.device.id
            )


def open_device() -> Device:
    """Return the GPU that this process uses.

    Raises:
        WannError: there is no driver, no GPU, or only one that is too old.
    """
    try:
        found = cuda.get_current_device()
    except (CudaSupportError, CudaAPIError, CUDAError) as error:
        reason = " ".join(str(error).split()).removeprefix("Error at driver init: ")
        if OUT_OF_MEMORY in reason:
            raise WannError(f"the GPU's memory is full: {FULL}") from None
        reason = reason.split(". ")[0]  # what follows is advice for other programs
        if "NO_DEVICE" in reason:
            reason = "there is none, or CUDA_VISIBLE_DEVICES hides it"
        raise WannError(
            f"the backend cuda needs an NVIDIA GPU and its driver ({reason}); nvidia-smi says what"
            " there is, and --backend threads needs none"
        ) from None
    name = found.name.decode() if isinstance(found.name, bytes) else str(found.name)
    if tuple(found.compute_capability) < OLDEST:
        has, needs = (".".join(map(str, c)) for c in (found.compute_capability, OLDEST))
        raise WannError(
            f"the backend cuda needs a GPU of compute capability {needs} or later; {name} has {has}"
        )
    return Device(
        name,
        found.MULTIPROCESSOR_COUNT,
        found.MAX_SHARED_MEMORY_PER_BLOCK_OPTIN,
        found.MAX_SHARED_MEMORY_PER_MULTIPROCESSOR,
    )


@contextmanager
def told_errors() -> Iterator[None]:
    """Raise WannError where the GPU fails in the block."""
    try:
        yield
    except (CudaAPIError, CUDAError) as error:
        if OUT_OF_MEMORY in str(error):
            free, total = cuda.current_context().get_memory_info()
            left = f"{free / 2**20:,.0f} of {total / 2**20:,.0f} MB are free"
            raise WannError(f"the GPU's memory is full: {left}; {FULL}") from None
        reason = " ".join(str(error).split())
        raise WannError(f"the GPU failed: {reason}; a run can be resumed") from None


class Memory:
    """Arrays on the GPU that are used again and again: getting one takes longer than many kernels.

    An array may be longer than what it holds.
    """

    def __init__(self) -> None:
        """Hold none."""
        self._held: dict[str, Any] = {}
        self._pinned: dict[str, np.ndarray] = {}

    @property
    def bytes(self) -> int:
        """How many bytes of the GPU the arrays take."""
        return sum(array.nbytes for array in self._held.values())

    @property
    def usable(self) -> int:
        """How many bytes one launch may need, of those that nobody else has."""
        return int(SHARE * (cuda.current_context().get_memory_info().free + self.bytes))

    def room(self, name: str, n: int, dtype: Any) -> Any:
        """Return the array of this name, for at least n numbers of this type, with anything in
        it.
        """
        array = self._held.get(name)
        if array is None or array.size < n or array.dtype != dtype:
            self._held.pop(name, None)
            del array  # before another takes its place
            array = self._held[name] = cuda.device_array(max(n, 1), dtype)
        return array

    def put(self, name: str, array: np.ndarray) -> Any:
        """Return the array of this name after it was given the numbers of another."""
        array = np.ascontiguousarray(array)
        there = self.room(name, array.size, array.dtype)
        if array.size:
            driver.host_to_device(there, array, array.nbytes)
        return there

    def pinned(self, name: str, n: int, dtype: Any) -> np.ndarray:
        """Return an array of this machine, as ``room`` does, that the GPU reads and writes fast."""
        array = self._pinned.get(name)
        if array is None or array.size < n or array.dtype != dtype:
            array = self._pinned[name] = cuda.pinned_array(max(n, 1), dtype)
        return array

    def get(self, name: str, n: int) -> np.ndarray:
        """Return the first n numbers of the array of this name, until they are asked for again."""
        here = self.pinned(name, n, self._held[name].dtype)[:n]
        driver.device_to_host(here, self._held[name], here.nbytes)
        return here
