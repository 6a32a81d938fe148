"""A folder of runs that differ in nothing but their seed.

    seeds.json       the configuration, the seeds, digest of the data
    start.json       the network that they start from, if any
    s0/, s1/, …      a run directory for each seed

The runs are ordinary ones, which any command takes by themselves.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from wann.champion.champion import Champion, load
from wann.config import LARGEST_SEED, Config, flat, make_config, quoted, to_table
from wann.errors import WannError
from wann.files import read_json, write_json
from wann.runs.directory import CONFIG, START, RunDirectory
from wann.runs.folders import contents, locked, new_folder

FILE = "seeds.json"
MOST_SEEDS = 10_000
FORMAT = "wann-seeds"


class SeedsFolder:
    """A folder with a run for each seed; runs in it are ordinary ones.

    Attributes:
        path: the folder.
        config: of the runs, but for their seed.
        seeds: of all runs that are asked for, ascending; not each needs to have begun.
        data: digest of the task's data, if it has any.
    """

    def __init__(self, path: Path, config: Config, seeds: Sequence[int], data: str | None):
        """Use ``open`` for one that exists and ``take`` to make one or add seeds to it."""
        self.path, self.config, self.data = path, config, data
        self.seeds = sorted(seeds)

    @staticmethod
    def is_one(path: str | Path) -> bool:
        """Return whether this is such a folder."""
        return (Path(path) / FILE).is_file() and not (Path(path) / CONFIG).exists()

    @classmethod
    def take(
        cls,
        path: Path | None,
        config: Config,
        seeds: Sequence[int],
        data: str | None,
        start: Champion | None,
    ) -> "SeedsFolder":
        """Make a folder, or add seeds to one that has the same configuration.

        Args:
            path: the folder; None for ``runs/TASK-seeds-TIME``.
            config: of the runs, with the ``start`` that they have; its seed does not matter.
            seeds: of the runs.
            data: digest of the task's data, if it has any.
            start: the network that they start from, if any.

        Raises:
            WannError: there is something else in it, or its runs have another configuration or
                other data.
        """
        path = new_folder(config.task, "seeds") if path is None else path
        if not cls.is_one(path):
            _check_new(path)
        path.mkdir(parents=True, exist_ok=True)
        lock = locked(path)
        try:
            if not cls.is_one(path):
                if start is not None:
                    start.save(path / START)
                folder = cls(path, config, seeds, data)
            else:
                folder = cls.open(path)
                folder._check_same(config)
                folder.check_data(data)
                folder.seeds = sorted({*folder.seeds, *seeds})
            folder._save()
        finally:
            lock.close()
        return folder

    @classmethod
    def open(cls, path: str | Path) -> "SeedsFolder":
        """Return the folder, or raise WannError if it is none or its file is damaged."""
        file = Path(path) / FILE
        content = read_json(file)
        try:
            if not isinstance(content, dict) or content.get("format") != FORMAT:
                raise WannError(f'it does not say "format": "{FORMAT}"')
            seeds, data = content.get("seeds"), content.get("data")
            if not isinstance(seeds, list) or not 0 < len(seeds) <= MOST_SEEDS:
                raise WannError(f"seeds = {quoted(seeds)}: must be a list of seeds")
            for seed in seeds:
                if type(seed) is not int or not 0 <= seed <= LARGEST_SEED:
                    raise WannError(f"seeds has {quoted(seed)}: must be whole numbers from 0 on")
            if len(set(seeds)) < len(seeds) or not isinstance(data, str | None):
                raise WannError("a seed is there twice, or data is no text")
            config = content.get("config")
            if not isinstance(config, dict):
                raise WannError(f"config = {quoted(config)}: must be an object")
            return cls(file.parent, make_config(config), seeds, data)
        except WannError as error:
            raise WannError(f"{file}: not the file of a folder of seeds: {error}") from None

    def change_generations(self, generations: int) -> None:
        """Have all runs go on to this generation.

        Raises:
            WannError: it is before the one that they had to reach until now.
        """
        if generations < self.config.generations:
            raise WannError(
                f"generations = {generations}: the runs in {self.path} are of"
                f" {self.config.generations} generations: give as many or more, or start anew"
            )
        if generations > self.config.generations:
            self.config = replace(self.config, generations=generations)
            self._save()

    def check_data(self, data: str | None) -> None:
        """Raise WannError if the runs were made with data of another digest."""
        if data != self.data:
            raise WannError(
                f"{self.path}: these runs were made with other data: give the same with --data PATH"
                " (and --target COLUMN), or another folder with --out"
            )

    def start(self) -> Champion | None:
        """Return the network that the runs start from, if any."""
        return load(self.path / START) if self.config.start else None

    def path_of(self, seed: int) -> Path:
        """Return where the run of a seed is, or will be."""
        return self.path / f"s{seed}"

    def config_of(self, seed: int) -> Config:
        """Return the configuration of the run of a seed."""
        return replace(self.config, seed=seed)

    def run(self, seed: int) -> RunDirectory | None:
        """Return the run of a seed; None if it has not begun.

        Raises:
            WannError: it is a run of something else, or a link to another place.
        """
        path = self.path_of(seed)
        if path.is_symlink():
            raise WannError(f"{path}: is a link: put a folder in its place, or remove it")
        if not (path / CONFIG).is_file():
            return None
        run = RunDirectory.open(path)
        changed = different(run.config(), self.config_of(seed)) - {"generations"}
        if changed:
            raise WannError(
                f"{path}: not of this folder: it differs in {', '.join(sorted(changed))}: move it"
                " elsewhere, and it is evolved anew"
            )
        return run

    def is_finished(self, seed: int) -> bool:
        """Return whether the run of a seed has made all of its generations."""
        run = self.run(seed)
        return (
            run is not None
            and run.generations >= self.config.generations
            and (run.path / "champion.json").is_file()
        )

    def _check_same(self, config: Config) -> None:
        changed = different(config, self.config) - {"seed"}
        if changed == {"generations"}:
            raise WannError(
                f"generations = {config.generations}: the runs in {self.path} are of"
                f" {self.config.generations}: give another folder with --out, or have all go on by"
                " --resume with --set generations=…"
            )
        if changed:
            raise WannError(
                f"{self.path}: its runs have another {', '.join(sorted(changed))}: give another"
                " folder with --out, and compare both with wann compare"
            )

    def _save(self) -> None:
        if len(self.seeds) > MOST_SEEDS:
            raise WannError(
                f"{self.path}: {len(self.seeds)} seeds: a folder has {MOST_SEEDS} at most"
            )
        config: dict[str, Any] = to_table(self.config)
        del config["seed"]
        content = {"format": FORMAT, "seeds": self.seeds, "data": self.data, "config": config}
        write_json(self.path / FILE, content)


def different(one: Config, other: Config) -> set[str]:
    """Return the keys in which two configurations differ, as ``--set`` takes them."""
    first, second = flat(to_table(one)), flat(to_table(other))
    return {key for key, value in first.items() if second[key] != value}


def _check_new(path: Path) -> None:
    """Raise WannError unless there is nothing here but what a kill leaves of ``take``."""
    if not path.exists():
        return
    found = contents(path, {FILE, START}.__contains__) if path.is_dir() else {""}
    if found - {START}:
        kind = "is a run" if CONFIG in found else "exists already and is no folder of seeds"
        raise WannError(f"{path}: {kind}: give another folder with --out")
