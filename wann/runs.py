"""The run directory: everything that a run leaves on disk, and the only code that reads or writes it.

    config.toml      the whole configuration       about.json     versions and command
    history.csv      one row a generation; with the configuration it is reproducible, bit for bit
    timing.csv       seconds of each, which are not
    champion.json    the best network so far       champions/     each one on the road there
    front.json       the last generation           population.npz to resume from, and the one before
    figures/         made by ``viz``               tuned.json     made by ``wann.tune``

Every file is whole at any instant; the two logs may end in rows that a resumed run makes again.
"""

import platform
import sys
import time
from pathlib import Path
from typing import Any, TextIO

import numpy as np

import wann
from wann.champion import Champion, load, summary
from wann.checkpoint import restore_checkpoint, save_checkpoint
from wann.config import Config, make_config, read_toml, to_table, to_toml
from wann.errors import WannError
from wann.files import read_json, write_file, write_json
from wann.nsga2 import fronts
from wann.search import WannSearch

HISTORY = (
    "generation", "best", "median", "mean", "best_weight", "champion",
    "connections", "median_connections", "champion_connections", "steps",
)  # fmt: skip
POPULATION = ("mean", "best_weight", "connections")
TIMING = ("generation", "seconds")
SECONDS_BETWEEN_CHECKPOINTS = 5.0


class RunDirectory:
    """A run on disk.

    Attributes:
        path: the directory.
    """

    def __init__(self, path: Path):
        """Use ``open`` for a run that exists and ``create`` for a new one."""
        self.path = path
        self._logs: list[TextIO] = []
        self._last_checkpoint = self._last_record = time.monotonic()
        self._latest: tuple[WannSearch, np.ndarray, Champion, int] | None = None
        self._champion: Champion | None = None  # as written last
        self._lock: Any = None

    # ------------------------------------------------------------------------ making and finding one
    @classmethod
    def create(cls, path: Path | None, config: Config) -> "RunDirectory":
        """Make the directory for a new run; by default ``runs/TASK-sSEED-TIME``.

        Raises:
            WannError: the directory holds something already; nothing is overwritten.
        """
        if path is None:
            name = f"{config.task.replace(':', '-')}-s{config.seed}-{time.strftime('%Y%m%dT%H%M%S')}"
            path = Path("runs") / name
            repetition = 1
            while path.exists():
                repetition += 1
                path = Path("runs") / f"{name}-{repetition}"
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            hint = "continue it with --resume, or " if (path / "config.toml").exists() else ""
            raise WannError(f"{path}: exists already and is never overwritten: {hint}give another folder with --out")
        path.mkdir(parents=True, exist_ok=True)
        run = cls(path)
        write_file(path / "config.toml", to_toml(config))
        about = {
            "wann": wann.__version__,
            "python": platform.python_version(),
            "numpy": np.__version__,
            "command": sys.argv,
            "started": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        }
        write_json(path / "about.json", about)
        return run

    @classmethod
    def open(cls, path: str | Path) -> "RunDirectory":
        """Return the run in this directory, or raise WannError if it is none."""
        path = Path(path)
        if not (path / "config.toml").is_file():
            raise WannError(f"{path}: not a run directory: it has no config.toml")
        return cls(path)

    # ------------------------------------------------------------------------------------- reading
    def config(self) -> Config:
        """Return the configuration of the run."""
        try:
            return make_config(read_toml(self.path / "config.toml"))
        except WannError as error:
            raise WannError(f"{self.path / 'config.toml'}: {error}") from None

    def resumed_config(self, table: dict[str, Any]) -> Config:
        """Return the configuration with which to resume: the run's own; ``table`` may change ``generations`` only."""
        old = to_table(self.config())
        changed = sorted(key for key, value in table.items() if key != "generations" and old.get(key) != value)
        if changed:
            raise WannError(
                f"--resume with another {', '.join(changed)}: a resumed run keeps its configuration, only "
                "generations can change; start a new run for anything else"
            )
        config = make_config({**old, **table})
        self._take()
        if to_table(config) != old:
            write_file(self.path / "config.toml", to_toml(config))
        return config

    def history(self) -> dict[str, np.ndarray]:
        """Return the columns of history.csv, each ``(generations,)``."""
        return self._columns("history.csv", HISTORY)

    def front(self) -> dict[str, Any]:
        """Return the last generation: scores of its population, and the networks of its Pareto front."""
        front = read_json(self._existing("front.json"))
        columns = front.get("population") if isinstance(front, dict) else None
        if not isinstance(columns, dict) or not set(POPULATION) <= set(columns) or "networks" not in front:
            raise WannError(f"{self.path / 'front.json'}: not the Pareto front of a run")
        return front

    def champion(self) -> Champion:
        """Return the champion of the run."""
        return load(self.path)

    @property
    def figures(self) -> Path:
        """The folder for figures, made when it is asked for."""
        folder = self.path / "figures"
        folder.mkdir(exist_ok=True)
        return folder

    def _existing(self, name: str) -> Path:
        if not (self.path / name).is_file():
            raise WannError(f"{self.path / name}: missing: the run has not got so far; let it evolve a few seconds")
        return self.path / name

    def _columns(self, name: str, columns: tuple[str, ...]) -> dict[str, np.ndarray]:
        file = self._existing(name)
        try:
            rows = np.loadtxt(file, delimiter=",", skiprows=1, ndmin=2).reshape(-1, len(columns))
        except ValueError as error:
            raise WannError(f"{file}: not the log of a run ({error})") from None
        return dict(zip(columns, rows.T, strict=True))

    # ------------------------------------------------------------------------- writing while it runs
    def start(self, search: WannSearch) -> tuple[Champion | None, int]:
        """Take the directory for writing and put the search where the last checkpoint was.

        Returns: the champion of that time, and the environment steps made until then.

        Raises:
            WannError: the checkpoint is damaged, or another process writes to this run.
        """
        self._take()
        champion, steps = restore_checkpoint(self.path, search)
        for name, columns in (("history.csv", HISTORY), ("timing.csv", TIMING)):
            file = self.path / name
            rows = file.read_text().splitlines()[1 : search.generation + 1] if file.exists() else []
            write_file(file, "\n".join((",".join(columns), *rows)) + "\n")
            self._logs.append(open(file, "a", buffering=1))  # noqa: SIM115 - closed in __exit__
        (self.path / "champions").mkdir(exist_ok=True)
        for leftover in self.path.rglob(".*.tmp"):  # of a write that was killed
            leftover.unlink()
        for file in (self.path / "champions").glob("*.json"):
            if not file.stem.isdigit() or int(file.stem) >= search.generation:
                file.unlink()  # this generation is evolved again
        if champion is not None:
            champion.save(self.path / "champion.json")
            self._champion = champion
        return champion, steps

    def _take(self) -> None:
        """Lock the directory, once; the system lets go of the lock however the process ends."""
        if self._lock is not None:
            return
        try:
            import fcntl
        except ImportError:  # no such locks on Windows
            return
        self._lock = open(self.path / ".lock", "w")  # noqa: SIM115 - held until __exit__
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise WannError(f"{self.path}: another process is writing to this run; wait for it or stop it") from None

    def record(self, search: WannSearch, scores: np.ndarray, champion: Champion, steps: int) -> dict[str, float]:
        """Log the generation that was just told, write a new champion, and a checkpoint if the last one is old.

        Args:
            search: after tell.
            scores: ``(N, W, T)`` of its population.
            champion: the best so far.
            steps: environment steps since the start of the run.

        Returns: the row of history.csv by column.
        """
        per_weight = scores.mean(axis=2)
        mean, sizes = per_weight.mean(axis=1), search.population.sizes
        best = int(np.argmax(mean))
        values = (
            search.generation - 1, float(mean[best]), float(np.median(mean)), float(mean.mean()),
            float(per_weight.max()), champion.scores["mean"],
            int(sizes[best]), float(np.median(sizes)), champion.genome.size, steps,
        )  # fmt: skip
        if champion is not self._champion:
            copy = self.path / "champions" / f"{search.generation - 1:04d}.json"
            champion.save(copy)
            write_file(self.path / "champion.json", copy.read_bytes())
            self._champion = champion
        now = time.monotonic()
        rows = ",".join(map(repr, values)), f"{search.generation - 1},{now - self._last_record:.4f}"
        for log, row in zip(self._logs, rows, strict=True):
            try:
                log.write(row + "\n")
            except OSError as error:
                error.filename = log.name
                raise
        self._last_record, self._latest = now, (search, scores, champion, steps)
        if now - self._last_checkpoint > SECONDS_BETWEEN_CHECKPOINTS:
            self.checkpoint()
        return dict(zip(HISTORY, values, strict=True))

    def checkpoint(self) -> None:
        """Write what ``--resume`` needs as of the last record, and the Pareto front for figures."""
        if self._latest is None:
            return
        search, scores, champion, steps = self._latest
        save_checkpoint(self.path, search, champion, steps)
        self._write_front(search, scores, champion)
        self._last_checkpoint, self._latest = time.monotonic(), None

    def _write_front(self, search: WannSearch, scores: np.ndarray, champion: Champion) -> None:
        per_weight = scores.mean(axis=2)
        mean, sizes = per_weight.mean(axis=1), search.population.sizes
        points = np.column_stack((mean, -sizes))
        best = np.flatnonzero(fronts(points) == 0)
        best = best[np.unique(points[best], axis=0, return_index=True)[1]][::-1]  # one network a point, best first
        weights = [float(weight) for weight in champion.scores["per_weight"]]
        networks = [
            Champion(
                search.population[i], champion.task, champion.inputs, champion.outputs,
                scores=summary(scores[i], np.array(weights)),
            ).to_json()
            for i in best.tolist()
        ]  # fmt: skip
        table = dict(zip(POPULATION, (mean.tolist(), per_weight.max(axis=1).tolist(), sizes.tolist()), strict=True))
        write_json(self.path / "front.json", {"population": table, "networks": networks})

    def __enter__(self) -> "RunDirectory":
        """Return itself."""
        return self

    def __exit__(self, *exception: object) -> None:
        """Close the logs and let go of the directory."""
        for log in (*self._logs, *([self._lock] if self._lock else [])):
            log.close()
        self._logs, self._lock = [], None
