"""The evolution of networks for a task, as an object: what Python users and the command run."""

import importlib.util
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np

from wann.champion.champion import Champion
from wann.config import Config, check_config
from wann.errors import WannError
from wann.evolve.loop import generations
from wann.evolve.start import starting_from
from wann.evolve.subject import subject_of
from wann.genome.population import Population
from wann.runs.directory import RunDirectory
from wann.runs.history import INTEGERS, row_of, rows_of
from wann.search.generation import Generation
from wann.search.search import WannSearch
from wann.tasks import Task, find_task, is_code
from wann.tasks.scaling import Scaler
from wann.tasks.task import (
    capabilities_of,
    check_recurrent,
    check_settles,
    digest_of,
    require_scalable,
)
from wann.workers.evaluator import PATIENCE, Evaluator


class Workers(NamedTuple):
    """Who evaluates: arguments of ``Evaluator``."""

    backend: str | None
    workers: int | None
    address: str | None
    patience: float
    gpus: bool

    def evaluator(self, task: Task) -> Evaluator:
        """Return the evaluator of a task."""
        backend = self.backend or ("threads" if capabilities_of(task).compiled else "serial")
        return Evaluator(task, backend, *self[1:])


class Evolution:
    """The evolution of weight-agnostic networks for a task.

    Iterate over its generations, as far as you like, or ``run`` it to its end:

        with wann.Evolution(wann.configure("swingup", generations=50)) as evolution:
            for generation in evolution:
                print(generation.number, generation.champion.scores["mean"])

        champion = wann.Evolution("cartpole").run()

    It writes no file unless it is told where to (``out``), prints nothing and leaves signals alone.
    The same configuration and seed give the same champion, bit for bit, whoever evaluates, and
    however often it was stopped and resumed.  A generation that was interrupted, say by Ctrl-C, is
    made again by who goes on.

    Attributes:
        config: what is done.
        task: what the networks are scored on.
        search: what is varied and selected, without any evaluation.
        champion: the best network until now; None before the first generation.
        path: the run directory, or None.
        seconds: that generations took since this object was made.
        scoring_seconds: of them, for which networks were scored; the rest is ranking, recording,
            and what of variation and decoding was not done while a champion was confirmed.
    """

    def __init__(
        self,
        subject: Any = "swingup",
        *,
        task: Task | None = None,
        backend: str | None = None,
        workers: int | None = None,
        address: str | None = None,
        patience: float = PATIENCE,
        gpus: bool = False,
        out: str | Path | bool | None = None,
        start: Champion | str | Path | None = None,
    ):
        """Start an evolution; nothing is evaluated yet.

        Args:
            subject: a configuration (see ``wann.configure``), or something that gives the defaults
                for it: the name of one, ``FILE.toml``, a file of samples, a task, the id of a
                Gymnasium environment, an environment, or a class of environments.
            task: what the networks are scored on.  Default: the one that the configuration names.
            backend: who evaluates: ``serial``, ``threads``, ``processes``, ``cuda`` (a GPU) or
                ``ray``.  Default: threads for what is compiled, else serial, since processes need a
                script that may be imported (``if __name__ == "__main__"``).
            workers: threads, processes or Ray workers.  Default: as many as there are cores.
            address: of a Ray cluster: see ``wann.workers.evaluator.Evaluator``.
            patience: seconds to wait where the cluster has no worker left.
            gpus: whether each of Ray's workers is a GPU.
            out: a new folder for a run directory, which ``resume`` can go on with; True for
                ``runs/TASK-sSEED-TIME``.
            start: a champion, or its file or run directory, whose mutants are the first generation.
                Default: minimal networks.

        Raises:
            WannError: a value is not allowed, there is no such task, the folder is taken, or the
                network to start from does not fit.
        """
        config, found = subject_of(subject, task)
        first, config = starting_from(start, config, found)

        def create() -> RunDirectory | None:
            if out is None or out is False:
                return None
            path = None if out is True else Path(out)
            return RunDirectory.create(path, config, digest_of(found), first)

        self._begin(
            config, found, create, Workers(backend, workers, address, patience, gpus), first
        )

    @classmethod
    def resume(
        cls,
        path: str | Path,
        *,
        task: Task | str | None = None,
        backend: str | None = None,
        workers: int | None = None,
        address: str | None = None,
        patience: float = PATIENCE,
        gpus: bool = False,
        **changes: Any,
    ) -> Self:
        """Go on with a run where it was stopped, however that happened.

        Args:
            path: the run directory.
            task: that of the run; must be given where it is code of your own: nothing is imported
                because a file says so.
            backend: who evaluates; see ``Evolution``, also for ``workers``, ``address`` and
                ``patience``.
            workers: how many.
            address: of a Ray cluster.
            patience: seconds to wait where the cluster has no worker left.
            gpus: whether each of Ray's workers is a GPU.
            changes: of the configuration: another number of ``generations``.

        Raises:
            WannError: it is no run, it is damaged, its task or its data is another, or another
                process writes to it.
        """
        run = RunDirectory.open(path)
        config = run.config()
        if task is None and is_code(config.task):
            raise WannError(
                f"the run is for a task that is code: if you trust it, give task={config.task!r}"
            )
        if isinstance(task, str) and task != config.task:
            raise WannError(f"task = {task!r}: the run is for {config.task!r}")
        found = find_task(config.task) if task is None or isinstance(task, str) else task
        run.check_data(digest_of(found))
        run.warn_of_changes()
        config = run.resumed_config({"task": config.task, **changes})
        self = cls.__new__(cls)
        first, config = starting_from(run.begun_with(), config, found)
        self._begin(
            config, found, lambda: run, Workers(backend, workers, address, patience, gpus), first
        )
        return self

    def _begin(
        self,
        config: Config,
        task: Task,
        open_run: Callable[[], RunDirectory | None],
        workers: Workers,
        first: Champion | None,
    ) -> None:
        """Start the workers, and put the search where the run is, or at the first network."""
        self.config, self.task = check_config(config), task
        if config.scale_observations:
            require_scalable(task)
        if config.search.recurrent:
            check_recurrent(task, "search.recurrent = true")
        if config.settle_steps:
            check_settles(task, config.settle_steps)
        size = len(task.inputs), len(task.outputs)
        self.search = WannSearch(config.search, *size, config.seed)
        if first is not None:
            self.search.start_from(first.genome)
        self._scaler = Scaler(config.scale_observations, size[0])
        self.champion: Champion | None = None
        self._rows: list[dict[str, float]] = []
        self.seconds = 0.0
        self._closed = False
        self._whole = False  # whether the last generation is recorded, and nothing came after it
        with ExitStack() as stack:
            self._evaluate = stack.enter_context(workers.evaluator(task))
            self._run = open_run()
            self.path = None if self._run is None else self._run.path
            if self._run is not None:
                run = stack.enter_context(self._run)
                found = run.start(self.search, self._scaler, capabilities_of(task).accuracy)
                self.champion, self._evaluate.steps = found
                self._rows = rows_of(run.history())
            self._open = stack.pop_all()

    # --------------------------------------------------------------------------------- evolving
    def __iter__(self) -> Iterator[Generation]:
        """Evolve, and yield each generation after it was ranked and recorded, up to the last.

        Raises:
            NothingPlayed: every episode of the first generation failed.
            WannError: it was closed.
        """
        if self._closed:
            raise WannError(
                "the evolution is closed: start another, or resume it if it has a run directory"
            )
        evolved = generations(
            self.config, self.task, self._evaluate, self.search, self._scaler, self.champion
        )
        while True:
            begun = time.perf_counter()
            rewind, steps, whole = self.search.mark(), self._evaluate.steps, self._whole
            self._whole = False
            try:
                generation = next(evolved, None)
            except BaseException:  # as if it had not begun
                rewind()
                self._evaluate.steps, self._whole = steps, whole
                raise
            if generation is None:
                break
            self.champion = generation.champion
            row = row_of(generation)
            if self._run is not None:
                self._run.record(generation, row)
            self._rows.append(row)
            self._whole = True
            self.seconds += time.perf_counter() - begun
            yield generation
        if self._run is not None:
            self._run.checkpoint()

    def run(self, callback: Callable[[Generation], object] | None = None) -> Champion:
        """Evolve to the end, let the workers go, and return the champion.

        Args:
            callback: called after each generation; it ends the evolution by returning True.

        Raises:
            NothingPlayed: every episode of the first generation failed.
        """
        with self:
            for generation in self:
                if callback is not None and callback(generation):
                    break
        if self.champion is None:
            raise WannError("the evolution has not begun: there is no champion yet")
        return self.champion

    # ------------------------------------------------------------------------------- what there is
    @property
    def generation(self) -> int:
        """How many generations were made."""
        return self.search.generation

    @property
    def steps(self) -> int:
        """How many environment steps, or samples, networks were scored in."""
        return self._evaluate.steps

    @property
    def scoring_seconds(self) -> float:
        """The seconds for which networks were scored."""
        return self._evaluate.seconds

    @property
    def population(self) -> Population:
        """The genomes of the last generation."""
        return self.search.population

    @property
    def row(self) -> dict[str, float]:
        """The last row of ``history``, by column."""
        return self._rows[-1]

    @property
    def history(self) -> Any:
        """What history.csv has, a row for each generation.

        A ``pandas.DataFrame`` where pandas is installed, else a structured array of NumPy; both
        have the columns by name: ``evolution.history["champion"]``.
        """
        names = list(self._rows[0]) if self._rows else []
        columns = {
            name: np.array([row[name] for row in self._rows], int if name in INTEGERS else float)
            for name in names
        }
        if importlib.util.find_spec("pandas") is not None:
            import pandas

            return pandas.DataFrame(columns)
        table = np.empty(len(self._rows), [(name, columns[name].dtype) for name in names])
        for name in names:
            table[name] = columns[name]
        return table

    # --------------------------------------------------------------------------------------- ending
    def close(self) -> None:
        """Write what ``resume`` needs, if there is a run directory, and let the workers go."""
        self._closed = True
        with self._open:
            if self._run is not None and self._whole:
                self._run.checkpoint()
            self._whole = False

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *exception: object) -> None:
        """Close it."""
        self.close()

    def __repr__(self) -> str:
        """Return what it is, and how far."""
        return (
            f"<wann.Evolution of {self.config.task}: generation {self.generation} of "
            f"{self.config.generations}>"
        )
