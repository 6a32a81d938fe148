"""How many may work, and that NumPy's matrix products take no more than one core."""

from collections.abc import Sequence
from typing import Any

from wann.errors import WannError


def check_workers(
    backend: str,
    workers: int | None,
    address: str | None,
    backends: Sequence[str],
    gpus: bool = False,
) -> None:
    """Raise WannError for a backend that is none of these, no workers, or what the backend has not:
    an address, or GPUs.
    """
    if backend not in backends:
        raise WannError(f"backend {backend!r}: must be one of {', '.join(backends)}")
    if workers is not None and workers < 1:
        raise WannError(f"workers = {workers}: must be at least 1")
    if workers is not None and backend == "cuda":
        raise WannError(
            f"workers = {workers}: the backend cuda is one GPU; leave it out, or take --backend ray"
            " --gpus for several"
        )
    if gpus and backend != "ray":
        raise WannError("gpus: only the workers of the backend ray have some; add --backend ray")
    if address is not None and backend != "ray":
        raise WannError(f"address {address}: only the backend ray has one; add --backend ray")


def one_blas_thread() -> Any:
    """Return a context in which NumPy's matrix products have one thread.

    More gain little for matrices of a few hundred rows, take cores from those who work at the same
    time, and could make the bits depend on how many cores there are.
    """
    import threadpoolctl  # looks at all libraries that are loaded

    return threadpoolctl.threadpool_limits(1, "blas")
