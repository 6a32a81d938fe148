"""The run directory: everything that a run leaves on disk, and the only code that reads or writes it.

    config.toml      the whole configuration       about.json     versions, command, digest of the data
    history.csv      one row a generation; with the configuration it is reproducible, bit for bit; of classifiers
                     also the champion's accuracy on validation samples, by vote
    timing.csv       seconds of each, which are not
    champion.json    the best network so far       champions/     each one on the road there
    front.json       the last generation           population.npz to resume from, and the one before
    figures/         made by ``viz``               tuned.json     made by ``wann.tune``

Every file is whole at any instant; the two logs may end in rows that a resumed run makes again.
"""

import os
import platform
import re
import sys
import time
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

import numpy as np

import wann
from wann.champion import Champion, load
from wann.champion_file import LARGEST_NUMBER, check_scores
from wann.checkpoint import restore_checkpoint, save_checkpoint
from wann.config import MOST_GENERATIONS, Config, make_config, read_toml, to_table, to_toml
from wann.errors import WannError
from wann.files import open_file, own_folder, read_json, read_lines, write_file, write_json
from wann.front import read_front, write_front
from wann.search import WannSearch, mean_scores, weight_means

HISTORY = (
    "generation", "best", "median", "mean", "best_weight", "champion",
    "connections", "median_connections", "champion_connections", "steps",
)  # fmt: skip
ACCURACY = "accuracy"  # a further column, where the task has it
LARGEST_LOG = 2**28  # bytes
LONGEST_ROW = 400  # bytes
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
        self._accuracy = False

    # ------------------------------------------------------------------------ making and finding one
    @classmethod
    def create(cls, path: Path | None, config: Config, data: str | None = None) -> "RunDirectory":
        """Make the directory for a new run; by default ``runs/TASK-sSEED-TIME``.

        Args:
            path: the directory, or None.
            config: of the run.
            data: digest of the task's data, if it has any.

        Raises:
            WannError: the directory holds something already; nothing is overwritten.
        """
        if path is None:
            task = re.sub(r"[^\w.-]", "-", config.task)
            name = f"{task}-s{config.seed}-{time.strftime('%Y%m%dT%H%M%S')}"
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
            "data": data,
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
        return make_config(read_toml(self.path / "config.toml"))

    def check_data(self, data: str | None) -> None:
        """Raise WannError if the run was made with data of another digest."""
        about = self.path / "about.json"
        content = read_json(about) if about.exists() else None
        if (content.get("data") if isinstance(content, dict) else None) != data:
            raise WannError(
                f"{self.path}: this run was made with other data: give the same with --data PATH (and "
                "--target COLUMN), or start a new run"
            )

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
        """Return the columns of history.csv, each ``(generations,)``; ACCURACY is one where the task has it."""
        file = self._existing("history.csv")
        rows = self._rows(file, MOST_GENERATIONS)
        if not rows:
            return dict.fromkeys(HISTORY, np.empty(0))
        try:
            table = np.loadtxt(rows, delimiter=",", comments=None, ndmin=2)
            if table.shape[1] not in (len(HISTORY), len(HISTORY) + 1):
                raise ValueError(f"{table.shape[1]} columns: must be {len(HISTORY)}, or one more with accuracy")
            if not (np.abs(table) < LARGEST_NUMBER).all():
                raise ValueError("a value is not a finite number")
        except ValueError as error:
            raise WannError(f"{file}: not the log of a run ({error})") from None
        return dict(zip((*HISTORY, ACCURACY), table.T, strict=False))

    def front(self) -> dict[str, Any]:
        """Return the last generation: scores of its population, and the networks of its Pareto front."""
        return read_front(self._existing("front.json"))

    def champion(self) -> Champion:
        """Return the champion of the run."""
        return load(self.path)

    def road(self) -> dict[int, Path]:
        """Return the file of each champion on the way to the last one, by generation, in order."""
        files = (self.path / "champions").glob("*.json")
        return {int(file.stem): file for file in sorted(files) if file.stem.isdecimal()}

    @property
    def figures(self) -> Path:
        """The folder for figures, made when it is asked for."""
        return own_folder(self.path / "figures")

    def _existing(self, name: str) -> Path:
        if not (self.path / name).is_file():
            raise WannError(f"{self.path / name}: missing: the run has not got so far; let it evolve a few seconds")
        return self.path / name

    def _rows(self, file: Path, n: int) -> list[str]:
        """Return the first n rows of a log."""
        with open_file(file, LARGEST_LOG) as log:
            try:
                return [line.decode().rstrip() for line in islice(read_lines(log, LONGEST_ROW), 1, n + 1)]
            except ValueError as error:
                raise WannError(f"{file}: not the log of a run ({error})") from None

    # ------------------------------------------------------------------------- writing while it runs
    def start(self, search: WannSearch, accuracy: bool = False) -> tuple[Champion | None, int]:
        """Take the directory for writing and put the search where the last checkpoint was.

        Args:
            search: that has not begun.
            accuracy: whether champions of this task have it.

        Returns: the champion of that time, and the environment steps made until then.

        Raises:
            WannError: the checkpoint is damaged, or another process writes to this run.
        """
        self._take()
        self._accuracy = accuracy
        champion, steps = restore_checkpoint(self.path, search)
        history = (*HISTORY, *([ACCURACY] if accuracy else []))
        for name, columns in (("history.csv", history), ("timing.csv", TIMING)):
            file = self.path / name
            rows = self._rows(file, search.generation) if file.exists() else []
            write_file(file, "\n".join((",".join(columns), *rows)) + "\n")
            self._logs.append(open(file, "a", buffering=1))  # noqa: SIM115 - closed in __exit__
        own_folder(self.path / "champions")
        for leftover in self.path.rglob(".*.tmp"):  # of a write that was killed
            leftover.unlink()
        for file in (self.path / "champions").glob("*.json"):
            if not file.stem.isdecimal() or int(file.stem) >= search.generation:
                file.unlink()  # this generation is evolved again
        if champion is not None:
            try:
                check_scores(champion.scores, self.config().weights, accuracy)
            except WannError as error:
                raise WannError(f"{self.path}: the checkpoint's champion is damaged: {error}") from None
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
        # a link in its place would have another file emptied
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
        self._lock = open(os.open(self.path / ".lock", flags, 0o666))  # noqa: SIM115 - held until __exit__
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise WannError(f"{self.path}: another process is writing to this run; wait for it or stop it") from None

    def record(self, search: WannSearch, scores: np.ndarray, champion: Champion, steps: int) -> dict[str, float]:
        """Log the generation that was just told, write a new champion, and a checkpoint if the last one is old.

        Args:
            search: after tell.
            scores: ``(N, W, T)`` of its population, as ``WannSearch.tell`` takes them.
            champion: the best so far.
            steps: environment steps since the start of the run.

        Returns: the row of history.csv by column.
        """
        mean, sizes = mean_scores(scores), search.population.sizes
        best = int(np.argmax(np.where(np.isnan(scores).any(axis=(1, 2)), -np.inf, mean)))
        values = (
            search.generation - 1, float(mean[best]), float(np.median(mean)), float(mean.mean()),
            float(np.nanmax(weight_means(scores))), champion.scores["mean"],
            int(sizes[best]), float(np.median(sizes)), champion.genome.size, steps,
        )  # fmt: skip
        result = dict(zip(HISTORY, values, strict=True))
        if self._accuracy:
            result[ACCURACY] = champion.scores["accuracy"]["validation"]["vote"]
        if champion is not self._champion:
            copy = self.path / "champions" / f"{search.generation - 1:04d}.json"
            champion.save(copy)
            write_file(self.path / "champion.json", copy.read_bytes())
            self._champion = champion
        now = time.monotonic()
        rows = ",".join(map(repr, result.values())), f"{search.generation - 1},{now - self._last_record:.4f}"
        for log, row in zip(self._logs, rows, strict=True):
            try:
                log.write(row + "\n")
            except OSError as error:
                error.filename = log.name
                raise
        self._last_record, self._latest = now, (search, scores, champion, steps)
        if now - self._last_checkpoint > SECONDS_BETWEEN_CHECKPOINTS:
            self.checkpoint()
        return result

    def checkpoint(self) -> None:
        """Write what ``--resume`` needs as of the last record, and the Pareto front for figures."""
        if self._latest is None:
            return
        search, scores, champion, steps = self._latest
        save_checkpoint(self.path, search, champion, steps)
        write_front(self.path / "front.json", search, scores, champion)
        self._last_checkpoint, self._latest = time.monotonic(), None

    def __enter__(self) -> "RunDirectory":
        """Return itself."""
        return self

    def __exit__(self, *exception: object) -> None:
        """Close the logs and let go of the directory."""
        for log in (*self._logs, *([self._lock] if self._lock else [])):
            log.close()
        self._logs, self._lock = [], None
