"""The run directory: everything that a run leaves on disk, and the only code that reads or writes
it.

    config.toml      the whole configuration       about.json     versions, command, data
    history.csv      one row a generation          timing.csv     seconds of each
    champion.json    the best network so far       champions/     each one on the way there
    front.json       the last generation           population.npz to resume from, and the one before
    figures/         made by ``viz``               tuned.json     made by ``wann.tune``
    simplified.json  made by ``wann.simplify``

Every file is whole at any instant; the two logs may end in rows that a resumed run makes again.
"""

import math
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from wann.champion.champion import Champion, load
from wann.champion.json_file import check_scores
from wann.config import Config, make_config, read_toml, to_table, to_toml
from wann.errors import WannError, warn
from wann.files import read_json, write_file, write_json
from wann.genome.genome import same_genome
from wann.runs.about import about_run, changes
from wann.runs.checkpoint import FILES as CHECKPOINTS
from wann.runs.checkpoint import (
    INSTEAD,
    LAST,
    PREVIOUS,
    generations_made,
    restore_checkpoint,
    save_checkpoint,
)
from wann.runs.folders import LOCK, contents, leftovers, locked, new_folder, own_folder
from wann.runs.front import read_front, write_front
from wann.runs.history import FILES as LOGS
from wann.runs.history import Logs, logged_rows, read_history, read_seconds
from wann.search.generation import Generation
from wann.search.search import WannSearch
from wann.tasks.scaling import Scaler

CONFIG, ABOUT, START = "config.toml", "about.json", "start.json"
#: files that it writes
OWN = {CONFIG, ABOUT, START, "champion.json", "front.json", *LOGS, *CHECKPOINTS}
#: those in champions/: the generation
CHAMPION_FILE = re.compile(r"(\d{4}|[1-9]\d{4,5})\.json", re.ASCII)
SECONDS_BETWEEN_CHECKPOINTS = 5.0


class RunDirectory:
    """A run on disk.

    Attributes:
        path: the directory.
    """

    def __init__(self, path: Path):
        """Use ``open`` for a run that exists and ``create`` for a new one."""
        self.path = path
        self._logs: Logs | None = None
        self._last_checkpoint = -math.inf  # the first record has one
        self._search: WannSearch | None = None
        self._scaler: Scaler | None = None
        self._latest: Generation | None = None
        self._champion: Champion | None = None  # as written last
        self._lock: Any = None

    # ----------------------------------------------------------------------- making and finding one
    @classmethod
    def create(
        cls,
        path: Path | None,
        config: Config,
        data: str | None = None,
        start: Champion | None = None,
    ) -> "RunDirectory":
        """Make the directory for a new run; by default ``runs/TASK-sSEED-TIME``.

        Args:
            path: the directory, or None.
            config: of the run.
            data: digest of the task's data, if it has any.
            start: the network that the search starts from, if any.

        Raises:
            WannError: the directory holds something already, or another process writes to it;
                nothing is overwritten.
        """
        path = new_folder(config.task, f"s{config.seed}") if path is None else path
        run = cls(path)
        # nothing is put into a folder of something else, not even a lock
        if not (path / LOCK).exists():
            run._check_new()
        path.mkdir(parents=True, exist_ok=True)
        run._take()
        try:
            run._check_new()
            write_json(path / ABOUT, about_run(config, data))
            if start is not None:
                start.save(path / START)
            # the last: with it, it is a run that can be resumed
            write_file(path / CONFIG, to_toml(config))
        except BaseException:
            run.close()
            raise
        return run

    def _check_new(self) -> None:
        """Raise WannError unless there is nothing here but what a kill leaves of ``create``."""
        path = self.path
        if not path.exists():
            return
        found = contents(path, OWN.__contains__) if path.is_dir() else {""}
        if not found or (found <= {ABOUT, START} and "wann" in self._about()):
            return
        hint = "continue it with --resume, or " if CONFIG in found else ""
        raise WannError(
            f"{path}: exists already and is never overwritten: {hint}give another folder with --out"
        )

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
        if self.data != data:
            raise WannError(
                f"{self.path}: this run was made with other data: give the same with --data PATH"
                " (and --target COLUMN), or start a new run"
            )

    def warn_of_changes(self) -> None:
        """Warn if wann, or what the task is made of, is not what the run began with."""
        for change in changes(self._about(), self.config()):
            warn(
                f"{self.path}: {change}: its champion may be another one than that of a run without"
                " a stop"
            )

    @property
    def data(self) -> str | None:
        """The digest of the task's data that the run was made with, if it has any."""
        digest = self._about().get("data")
        return digest if isinstance(digest, str) else None

    @property
    def generations(self) -> int:
        """How many generations were made until the last checkpoint, from which it is resumed."""
        return generations_made(self.path, self.config().search)

    def _about(self) -> dict[str, Any]:
        """Return what about.json says; nothing where there is none."""
        content = read_json(self.path / ABOUT) if (self.path / ABOUT).exists() else None
        return content if isinstance(content, dict) else {}

    def resumed_config(self, table: dict[str, Any]) -> Config:
        """Return the configuration with which to resume: the run's own; ``table`` may change
        ``generations`` only.
        """
        self._take()
        old = to_table(self.config())
        changed = sorted(
            key for key, value in table.items() if key != "generations" and old.get(key) != value
        )
        if changed:
            raise WannError(
                f"--resume with another {', '.join(changed)}: a resumed run keeps its"
                " configuration, only generations can change; start a new run for anything else"
            )
        config = make_config({**old, **table})
        made = generations_made(self.path, config.search)
        if config.generations < made:
            raise WannError(
                f"generations = {config.generations}: {self.path} has evolved {made} generations"
                f" already: give --set generations={made} or more, or start a new run"
            )
        self._check_traces(made)
        if to_table(config) != old:
            write_file(self.path / CONFIG, to_toml(config))
        return config

    def _check_traces(self, generation: int) -> None:
        """Raise WannError if files of the run tell of more than its checkpoint, of this generation,
        or of less.
        """
        # the first generation has a checkpoint, before which there is no more than its champion
        evolved = (self.path / "front.json").exists() or any(made > 0 for made in self.champions())
        if evolved and not any((self.path / name).exists() for name in (LAST, PREVIOUS)):
            raise WannError(f"{self.path / LAST}: missing: cannot resume; {INSTEAD}")
        logged_rows(self.path, generation)

    def begun_with(self) -> Champion | None:
        """Return the network that the search started from, if any."""
        return load(self.path / START) if (self.path / START).exists() else None

    def history(self) -> dict[str, np.ndarray]:
        """Return the columns of history.csv: see ``wann.runs.history.read_history``."""
        return read_history(self._existing("history.csv"))

    def seconds(self) -> np.ndarray | None:
        """Return the seconds that each generation took, as timing.csv has them; None without it."""
        file = self.path / "timing.csv"
        return read_seconds(file) if file.is_file() else None

    def front(self) -> dict[str, Any]:
        """Return the last generation: scores of its population, and the networks of its Pareto
        front.
        """
        return read_front(self._existing("front.json"))

    def champion(self) -> Champion:
        """Return the champion of the run."""
        return load(self.path)

    def champions(self) -> dict[int, Path]:
        """Return the file of each champion on the way to the last one, by generation, in order."""
        files = (
            (CHAMPION_FILE.fullmatch(file.name), file)
            for file in (self.path / "champions").glob("*.json")
        )
        return dict(sorted((int(match[1]), file) for match, file in files if match))

    @property
    def tuned_file(self) -> Path:
        """Where ``wann.tune`` puts the champion with individual weights."""
        return self.path / "tuned.json"

    def tuned(self) -> Champion | None:
        """Return the champion with individual weights, None if there is none, or if the run has
        gone on since, to another network.
        """
        if not self.tuned_file.is_file():
            return None
        tuned = load(self.tuned_file)
        same = same_genome(tuned.genome, self.champion().genome)
        return tuned if same and tuned.weights is not None else None

    @property
    def figures(self) -> Path:
        """The folder for figures, made when it is asked for."""
        return own_folder(self.path / "figures")

    def _existing(self, name: str) -> Path:
        if not (self.path / name).is_file():
            raise WannError(
                f"{self.path / name}: missing: the run has not got so far; let it evolve a few"
                " seconds"
            )
        return self.path / name

    # ------------------------------------------------------------------------ writing while it runs
    def start(
        self, search: WannSearch, scaler: Scaler, accuracy: bool = False
    ) -> tuple[Champion | None, int]:
        """Take the directory for writing and put search and scaler where the last checkpoint was.

        Args:
            search: that has not begun; later checkpoints are of this one.
            scaler: of its task, as new.
            accuracy: whether champions of this task have it.

        Returns: the champion of that time, and the environment steps made until then.

        Raises:
            WannError: the checkpoint is damaged, or another process writes to this run.
        """
        self._take()
        self._search, self._scaler, config = search, scaler, self.config()
        copies = own_folder(self.path / "champions")
        champion, steps = restore_checkpoint(self.path, search, scaler)
        if champion is not None:
            try:
                check_scores(champion.scores, config.weights, accuracy)
                # that of a task of one's own in Python says none
                if champion.task not in (None, config.task):
                    raise WannError("it is of another task")
            except WannError as error:
                raise WannError(
                    f"{self.path}: the checkpoint's champion is damaged: {error}"
                ) from None
        self._check_traces(search.generation)
        self._logs = Logs(self.path, search.generation, accuracy)
        again = [
            file for generation, file in self.champions().items() if generation >= search.generation
        ]
        for file in (
            *again,
            *leftovers(self.path, OWN.__contains__),
            *leftovers(copies, CHAMPION_FILE.fullmatch),
        ):
            file.unlink()  # nothing else: others may have put files beside
        if champion is not None:
            champion.save(self.path / "champion.json")
            self._champion = champion
        return champion, steps

    def _take(self) -> None:
        """Lock the directory, once; the system lets go of the lock however the process ends."""
        self._lock = self._lock or locked(self.path)

    def record(self, generation: Generation, row: Mapping[str, float]) -> None:
        """Log the generation that was just told, write a new champion, and now and then a
        checkpoint.

        Args:
            generation: after tell, before the next ask.
            row: its row of history.csv by column (``wann.runs.history.row_of``).
        """
        assert self._logs is not None
        champion = generation.champion
        if champion is not self._champion:
            copy = self.path / "champions" / f"{generation.number:04d}.json"
            champion.save(copy)
            write_file(self.path / "champion.json", copy.read_bytes())
            self._champion = champion
        self._logs.write(row)
        self._latest = generation
        if time.monotonic() - self._last_checkpoint > SECONDS_BETWEEN_CHECKPOINTS:
            self.checkpoint()

    def checkpoint(self) -> None:
        """Write what ``--resume`` needs as of the last record, and the Pareto front for figures.

        The search must be as it was then: after tell, and not asked again.
        """
        if self._latest is None:
            return
        assert self._logs is not None and self._search is not None and self._scaler is not None
        latest = self._latest
        self._logs.flush()  # first: a checkpoint is of no use without the rows until then
        save_checkpoint(self.path, self._search, self._scaler, latest.champion, latest.steps)
        write_front(self.path / "front.json", latest)
        self._last_checkpoint, self._latest = time.monotonic(), None

    def close(self) -> None:
        """Close the logs and let go of the directory."""
        for part in (self._logs, self._lock):
            if part is not None:
                part.close()
        self._logs = self._lock = None

    def __enter__(self) -> "RunDirectory":
        """Return itself."""
        return self

    def __exit__(self, *exception: object) -> None:
        """Close the logs and let go of the directory."""
        self.close()
