"""Cores of this machine: how many there are to work with, and that NumPy's matrix products take no
more than one.
"""

from collections.abc import Sequence
from typing import Any

from wann.errors import WannError
from wann.threads import available_cores

__all__ = ["available_cores", "check_workers", "one_blas_thread"]


def check_workers(
    backend: str, workers: int | None, address: str | None, backends: Sequence[str]
) -> None:
    """Raise WannError for a backend that is none of these, no workers, or an address that the
    backend has not.
    """
    if backend not in backends:
        raise WannError(f"backend {backend!r}: must be one of {', '.join(backends)}")
    if workers is not None and workers < 1:
        raise WannError(f"workers = {workers}: must be at least 1")
    if address is not None and backend != "ray":
        raise WannError(f"address {address}: only the backend ray has one; add --backend ray")


def one_blas_thread() -> Any:
    """Return a context in which NumPy's matrix products have one thread.

    More gain little for matrices of a few hundred rows, take cores from those who work at the same
    time, and could make the bits depend on how many cores there are.

    Raises:
        WannError: threadpoolctl is missing.
    """
    try:
        import threadpoolctl
    except ImportError as error:
        raise WannError(
            f"one more library is needed ({error}): pip install threadpoolctl"
        ) from None
    return threadpoolctl.threadpool_limits(1, "blas")
