"""NumPy's matrix products on one thread."""

from typing import Any

from wann.errors import WannError


def one_blas_thread() -> Any:
    """Return a context in which NumPy's matrix products have one thread.

    More gain little for matrices of a few hundred rows, take cores from those who work at the same time, and could
    make the bits depend on how many cores there are.

    Raises:
        WannError: threadpoolctl is missing.
    """
    try:
        import threadpoolctl
    except ImportError as error:
        raise WannError(f"one more library is needed ({error}): pip install threadpoolctl") from None
    return threadpoolctl.threadpool_limits(1, "blas")
