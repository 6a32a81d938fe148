"""The two logs of a run, with a row for each generation: what happened, and the seconds that it
took.

    history.csv   with the configuration it is reproducible, bit for bit; of classifiers also
                  the champion's accuracy on validation samples, by vote
    timing.csv    seconds, which are not

A run that was killed may leave rows that the resumed one makes again.
"""

import os
import time
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import TextIO

import numpy as np

from wann.champion.json_file import LARGEST_NUMBER
from wann.config import MOST_GENERATIONS
from wann.errors import WannError
from wann.files import open_file, read_lines, write_file
from wann.runs.checkpoint import INSTEAD
from wann.search.generation import Generation
from wann.search.sweep import n_missing, sweep_means, weight_means

HISTORY = (
    "generation", "best", "median", "mean", "best_weight", "champion",
    "connections", "median_connections", "champion_connections", "steps",
)  # fmt: skip
INTEGERS = ("generation", "connections", "champion_connections", "steps")
ACCURACY = "accuracy"  # a further column, where the task has it
TIMING = ("generation", "seconds")
FILES = ("history.csv", "timing.csv")
LARGEST_LOG = 2**28  # bytes
LONGEST_ROW = 400  # bytes


def read_history(file: Path) -> dict[str, np.ndarray]:
    """Return the columns of history.csv, each ``(generations,)``.

    ACCURACY is one where the task has it.
    """
    rows = read_rows(file, MOST_GENERATIONS)
    if not rows:
        return dict.fromkeys(HISTORY, np.empty(0))
    try:
        table = np.loadtxt(rows, delimiter=",", comments=None, ndmin=2)
        if table.shape[1] not in (len(HISTORY), len(HISTORY) + 1):
            raise ValueError(
                f"{table.shape[1]} columns: must be {len(HISTORY)}, or one more with accuracy"
            )
        if not (np.abs(table) < LARGEST_NUMBER).all():
            raise ValueError("a value is not a finite number")
    except ValueError as error:
        raise WannError(f"{file}: not the log of a run ({error})") from None
    return dict(zip((*HISTORY, ACCURACY), table.T, strict=False))


def read_seconds(file: Path) -> np.ndarray:
    """Return the second column of timing.csv: ``(generations,)`` seconds of wall time."""
    rows = read_rows(file, MOST_GENERATIONS)
    if not rows:
        return np.empty(0)
    try:
        table = np.loadtxt(rows, delimiter=",", comments=None, ndmin=2)
        if table.shape[1] != len(TIMING) or not ((table >= 0) & (table < LARGEST_NUMBER)).all():
            raise ValueError("it must have two columns of finite numbers, none below 0")
    except ValueError as error:
        raise WannError(f"{file}: not the timing of a run ({error})") from None
    seconds: np.ndarray = table[:, 1]
    return seconds


def rows_of(columns: Mapping[str, np.ndarray]) -> list[dict[str, float]]:
    """Return the rows, by column, of what ``read_history`` returns."""
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def read_rows(file: Path, n: int) -> list[str]:
    """Return the first n rows of a log."""
    with open_file(file, LARGEST_LOG) as log:
        try:
            return [
                line.decode().rstrip() for line in islice(read_lines(log, LONGEST_ROW), 1, n + 1)
            ]
        except ValueError as error:
            raise WannError(f"{file}: not the log of a run ({error})") from None


def logged_rows(folder: Path, generation: int) -> list[str]:
    """Return the rows of history.csv before a generation.

    Raises:
        WannError: they are not there, or are not those of these generations.
    """
    file = folder / FILES[0]
    if not generation:
        return []
    if not file.exists():
        raise WannError(f"{file}: missing: cannot resume; {INSTEAD}")
    rows = read_rows(file, generation)
    try:
        if len(rows) < generation:
            raise ValueError(
                f"{len(rows)} rows: must have one for each of {generation} generations"
            )
        for k, row in enumerate(rows):
            cells = row.split(",")
            if (
                len(cells) not in (len(HISTORY), len(HISTORY) + 1)
                or len(cells) != rows[0].count(",") + 1
            ):
                raise ValueError(f"row {k} has {len(cells)} columns")
            if cells[0] != str(k) or not all(abs(float(cell)) < LARGEST_NUMBER for cell in cells):
                raise ValueError(
                    f"row {k} is not of generation {k}, or a value is not a finite number"
                )
    except ValueError as error:
        raise WannError(
            f"{file}: does not fit the checkpoint ({error}): cannot resume; {INSTEAD}"
        ) from None
    return rows


def row_of(generation: Generation) -> dict[str, float]:
    """Return the row of a generation by column."""
    scores, champion = generation.scores, generation.champion
    per_weight, sizes = weight_means(scores), generation.population.sizes
    mean = sweep_means(per_weight)
    best = int(np.argmax(np.where(n_missing(scores) > 0, -np.inf, mean)))
    values = (
        generation.number, float(mean[best]), float(np.median(mean)), float(mean.mean()),
        float(np.nanmax(per_weight)), champion.scores["mean"],
        int(sizes[best]), float(np.median(sizes)), champion.genome.size, generation.steps,
    )  # fmt: skip
    row = dict(zip(HISTORY, values, strict=True))
    if ACCURACY in champion.scores:  # of a task that records it
        row[ACCURACY] = champion.scores["accuracy"]["validation"]["vote"]
    return row


class Logs:
    """The logs of a run, open for writing."""

    def __init__(self, folder: Path, generation: int, accuracy: bool):
        """Go on with the logs in a folder, or start them.

        Args:
            folder: of the run.
            generation: whose row comes next: those from it on are made again.
            accuracy: whether there is a column for it.
        """
        self._files: list[TextIO] = []
        self._last = time.monotonic()
        for name, columns in zip(
            FILES, ((*HISTORY, *([ACCURACY] if accuracy else [])), TIMING), strict=True
        ):
            file = folder / name
            if name == FILES[0]:
                rows = logged_rows(folder, generation)
                if rows and rows[0].count(",") + 1 != len(columns):
                    raise WannError(
                        f"{file}: not the log of this task: must have {len(columns)} columns;"
                        f" {INSTEAD}"
                    )
            else:  # seconds, which no result depends on
                rows = read_rows(file, generation) if file.exists() else []
            write_file(file, "\n".join((",".join(columns), *rows)) + "\n")
            self._files.append(open(file, "a", buffering=1))  # noqa: SIM115 - closed by ``close``

    def write(self, row: Mapping[str, float]) -> None:
        """Write a row, and the time since the last one."""
        now = time.monotonic()
        texts = ",".join(map(repr, row.values())), f"{row['generation']},{now - self._last:.4f}"
        for log, text in zip(self._files, texts, strict=True):
            try:
                log.write(text + "\n")
            except OSError as error:
                error.filename = log.name
                raise
        self._last = now

    def flush(self) -> None:
        """Have the system write the rows to the disk."""
        for log in self._files:
            os.fsync(log.fileno())

    def close(self) -> None:
        """Close the files."""
        for log in self._files:
            log.close()
