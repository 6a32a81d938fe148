"""Who makes the cells: threads, or processes on a Ray cluster.  The networks do not depend on
it.
"""

from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any

from wann.errors import WannError
from wann.pruning.comparison.cells import Cell, Result, Setup, run_cell
from wann.pruning.mlp import MLP
from wann.threads import available_cores
from wann.workers.cores import check_workers

BACKENDS = ("serial", "threads", "ray")
POLL = 0.5  # seconds between looks at whether the user wants to stop


def maker_of(setup: Setup) -> Callable[[Cell, Setup, Result | None], Result]:
    """Return the function that makes the cells of a kind of network."""
    if isinstance(setup.net, MLP):
        return run_cell
    from wann.pruning.torch.cells import run_cell as run_conv_cell

    return run_conv_cell


class ThreadWorkers:
    """Threads of this process: matrix products and kernels let go of Python's lock."""

    def __init__(self, setup: Setup, size: int):
        """Start the threads."""
        self.setup, self.size = setup, size
        self._pool = ThreadPoolExecutor(size, "wann-pruning")
        self._running: dict[Future, Cell] = {}

    def start(self, cell: Cell, before: Result | None) -> None:
        """Start a cell."""
        self._running[self._pool.submit(maker_of(self.setup), cell, self.setup, before)] = cell

    def finished(self) -> list[tuple[Cell, Result]]:
        """Wait a moment and return what was finished."""
        done, _ = wait(self._running, POLL, FIRST_COMPLETED)
        return [(self._running.pop(future), future.result()) for future in done]

    def close(self) -> None:
        """Let the threads end."""
        self._pool.shutdown(cancel_futures=True)


class RayWorkers:
    """Processes of a Ray cluster, each on one core; what a lost one had in hand Ray runs again."""

    def __init__(self, setup: Setup, size: int | None, address: str | None):
        """Start a cluster of our own, or join the one at ``address``.

        Raises:
            WannError: Ray is missing, or there is no such cluster.
        """
        try:
            import ray

            from wann.workers.ray_session import connect, usable
        except ImportError as error:
            raise WannError(f"the backend ray needs Ray ({error}): pip install ray") from None
        connect(address, size)
        self._ray = ray
        with usable(address):
            self.size = size or max(1, int(ray.cluster_resources().get("CPU", 1)))
            self._setup = ray.put(setup)
        self._run: Any = ray.remote(num_cpus=1)(maker_of(setup))
        self._running: dict[Any, Cell] = {}

    def start(self, cell: Cell, before: Result | None) -> None:
        """Start a cell."""
        self._running[self._run.remote(cell, self._setup, before)] = cell

    def finished(self) -> list[tuple[Cell, Result]]:
        """Wait a moment and return what was finished."""
        done, _ = self._ray.wait(list(self._running), timeout=POLL)
        try:
            return [(self._running.pop(ref), self._ray.get(ref)) for ref in done]
        except self._ray.exceptions.RayTaskError as error:
            raise error.cause from error
        except self._ray.exceptions.RayError as error:
            reason = str(error)[:200]
            raise WannError(
                f"the cluster lost a cell for good ({reason}); the same command goes on"
            ) from None

    def close(self) -> None:
        """Leave the cluster; one of our own ends."""
        self._ray.shutdown()


def workers_for(
    setup: Setup, backend: str, size: int | None, address: str | None
) -> ThreadWorkers | RayWorkers:
    """Return the workers of a backend, one of BACKENDS.

    Raises:
        WannError: a value is not allowed, or there is no such cluster.
    """
    check_workers(backend, size, address, BACKENDS)
    device = getattr(setup.net, "device", "cpu")
    if device != "cpu":
        if backend == "ray" or (size or 1) > 1:
            given = "--backend ray" if backend == "ray" else f"--workers {size}"
            raise WannError(
                f"{given}: a GPU makes one network at a time, so leave it out with --device"
                f" {device}; for several GPUs give the command once for each, with the same --out,"
                " and other --seeds and --device cuda:0, cuda:1 …"
            )
        return ThreadWorkers(setup, 1)
    if backend == "ray":
        return RayWorkers(setup, size, address)
    return ThreadWorkers(setup, 1 if backend == "serial" else size or available_cores())


def run_cells(
    cells: list[Cell],
    workers: ThreadWorkers | RayWorkers,
    before: Callable[[Cell], Result | None],
    is_finished: Callable[[str], bool],
    save: Callable[[Cell, Result], None],
    stopped: Callable[[], bool],
) -> bool:
    """Make the cells that are not finished, and return whether all are.

    Args:
        cells: each after the one that it needs.
        workers: who makes them.
        before: returns the finished cell that a cell needs.
        is_finished: whether the cell of a name is finished.
        save: called with each finished cell.
        stopped: whether to start no more.
    """
    waiting = [cell for cell in cells if not is_finished(cell.name)]
    running = 0
    while running or (waiting and not stopped()):
        ready = [cell for cell in waiting if not cell.needs or is_finished(cell.needs)]
        for cell in [] if stopped() else ready[: workers.size - running]:
            waiting.remove(cell)
            workers.start(cell, before(cell))
            running += 1
        for cell, result in workers.finished():
            running -= 1
            save(cell, result)
    return not waiting
