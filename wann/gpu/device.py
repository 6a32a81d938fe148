"""A GPU: whether there is one, how much it holds, and what becomes of its errors."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from wann.errors import WannError

try:
    from numba import cuda
    from numba.cuda.cudadrv.driver import CudaAPIError
    from numba.cuda.cudadrv.error import CudaSupportError
except Exception as error:  # whatever a half-installed or mismatched package raises
    raise ImportError(str(error)) from error

OLDEST = (7, 0)  # compute capability: Volta, the first whose warps' threads can part and meet
RESERVED = 1024  # bytes of a multiprocessor's shared memory that each block takes for itself
MOST_BLOCKS = 32  # of a multiprocessor
OUT_OF_MEMORY = 2  # CUDA_ERROR_OUT_OF_MEMORY
SHARE = 0.5  # of the free memory that one launch may take


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


def open_device() -> Device:
    """Return the GPU that this process uses.

    Raises:
        WannError: there is no driver, no GPU, or only one that is too old.
    """
    try:
        found = cuda.get_current_device()
    except (CudaSupportError, CudaAPIError) as error:
        reason = " ".join(str(error).split()).removeprefix("Error at driver init: ")
        raise WannError(
            f"the backend cuda needs an NVIDIA GPU and its driver ({reason}); nvidia-smi says what"
            " there is, and --backend threads needs none"
        ) from None
    name = found.name.decode() if isinstance(found.name, bytes) else str(found.name)
    if found.compute_capability < OLDEST:
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


def free_bytes() -> int:
    """Return how much memory of the GPU nobody uses."""
    return int(cuda.current_context().get_memory_info().free)


@contextmanager
def told_errors() -> Iterator[None]:
    """Raise WannError where the GPU fails in the block."""
    try:
        yield
    except CudaAPIError as error:
        if error.code == OUT_OF_MEMORY:
            free, total = cuda.current_context().get_memory_info()
            raise WannError(
                f"the GPU's memory is full: {free / 2**20:,.0f} of {total / 2**20:,.0f} MB are"
                " free; end what else uses it (nvidia-smi lists it), or take another backend"
            ) from None
        raise WannError(f"the GPU failed: {error}; a run can be resumed") from None


def upload(*arrays: Any) -> list[Any]:
    """Return arrays of the GPU with the contents of these; empty ones get room for a number."""
    return [
        cuda.to_device(np.ascontiguousarray(array) if array.size else np.zeros(1, array.dtype))
        for array in arrays
    ]
