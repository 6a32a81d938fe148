"""A log of scores, from which a computation that was stopped goes on where it was.

The computation is run again from its start, but whatever it had asked for is read, not evaluated:
as all its randomness comes from its seed, it ends in the same result. One line of JSON each: the
settings, then for each evaluation a checksum of what was evaluated, the environment steps that it
took, and the scores.
"""

import json
import os
import zlib
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from wann.champion.json_file import number, short
from wann.errors import WannError
from wann.files import open_file, parse_json
from wann.runs.checkpoint import MOST_STEPS
from wann.runs.folders import lock, open_own

LARGEST_LOG = 2**29  # bytes
LONGEST_ROW = 2**20  # bytes: 40,000 scores


class Row(NamedTuple):
    """What one evaluation gave.

    Attributes:
        of: checksum of what was evaluated.
        steps: environment steps that it took.
        scores: ``(n,)``.
        end: where in the file the next row begins.
    """

    of: int
    steps: int
    scores: np.ndarray
    end: int


def read_rows(path: Path, settings: dict[str, Any]) -> Generator[Row, None, None]:
    """Yield the rows of a log that are whole; the first has no scores: it is that of the settings.

    There is none in an empty file, and in one that a kill left with a part of the settings.

    Raises:
        WannError: it belongs to other settings, or is damaged.
    """
    with open_file(path, LARGEST_LOG) as file:
        head = file.readline(LONGEST_ROW)
        if _line(settings).startswith(head):
            if head.endswith(b"\n"):
                yield Row(0, 0, np.empty(0), len(head))
                yield from _read(file, path)
        elif head.endswith(b"\n"):
            raise WannError(
                f"{path}: belongs to another network or other options: give the same ones again, "
                "remove this file, or write elsewhere with -o"
            )
        else:
            raise WannError(f"{path}: not a log of scores: remove it, or write elsewhere with -o")


def _read(file: BinaryIO, path: Path) -> Iterator[Row]:
    number_of_row = 1
    while (line := file.readline(LONGEST_ROW)).endswith(b"\n"):
        number_of_row += 1
        try:
            yield Row(*_parse(line), file.tell())
        except (WannError, ValueError) as error:
            raise WannError(
                f"{path}: damaged in line {number_of_row} ({error}): remove the lines from there on"
                " to go on from the scores before it, or the file to start again"
            ) from None
    if len(line) == LONGEST_ROW:
        raise WannError(
            f"{path}: damaged in line {number_of_row + 1} (more than {LONGEST_ROW >> 10} KiB):"
            " remove it"
        )


def _parse(line: bytes) -> tuple[int, int, np.ndarray]:
    """Return checksum, steps and scores, or raise WannError or ValueError."""
    row = parse_json(line)
    if not isinstance(row, dict) or set(row) != {"of", "steps", "scores"}:
        raise ValueError("it must have of, steps and scores")
    for key, most in (("of", 2**32), ("steps", MOST_STEPS)):
        if type(row[key]) is not int or not 0 <= row[key] < most:
            raise ValueError(
                f"{key} is {short(row[key])}: must be a whole number from 0 to {most - 1}"
            )
    if not isinstance(row["scores"], list):
        raise ValueError(f"scores is {short(row['scores'])}: must be a list of numbers")
    return row["of"], row["steps"], np.array([number(score, "a score") for score in row["scores"]])


def _line(row: dict[str, Any]) -> bytes:
    return json.dumps(row, allow_nan=False).encode() + b"\n"


class ScoreLog:
    """Scores on disk, in the order in which they were asked for; a context manager.

    Attributes:
        path: of the file.
        settings: what it is good for.
        left: how many scores are still to be read.
    """

    def __init__(self, path: Path, settings: dict[str, Any]):
        """Start a log, or go on with the one that is there: all of it is checked, and what a kill
        left is cut off.

        Raises:
            WannError: it belongs to other settings, is no log, or another process writes to it; it
                is left alone.
        """
        self.path, self.settings = path, settings
        self._file = open_own(path)
        try:
            lock(self._file, path)
            if os.fstat(self._file.fileno()).st_nlink > 1:
                raise WannError(
                    f"{path}: is another file, too (a hard link): put a copy in its place, or"
                    " remove it"
                )
            self.left, whole = -1, 0
            for row in read_rows(path, settings):
                self.left, whole = self.left + 1, row.end
            self._file.truncate(whole)
            if not whole:
                self._write(settings)
                self.left = 0
            self._rows = read_rows(path, settings)
            next(self._rows)
        except BaseException:
            self._file.close()
            raise

    def scores(
        self,
        asked: np.ndarray,
        evaluate: Callable[[], tuple[np.ndarray, int]],
        n: int | None = None,
    ) -> tuple[np.ndarray, int]:
        """Return what ``evaluate()`` returns, ``(n,)`` scores and the steps made: from the log, or
        now.

        Args:
            asked: what identifies the evaluation, as the weights of which it takes the scores.
            evaluate: makes it.
            n: how many scores it gives, at most 40,000; default: one for each row of ``asked``.

        Raises:
            WannError: the log has the scores of another evaluation here.
        """
        of = zlib.crc32(np.ascontiguousarray(asked).tobytes())
        if self.left:
            row = next(self._rows)
            self.left -= 1
            if row.of != of or row.scores.shape != (len(asked) if n is None else n,):
                raise WannError(
                    f"{self.path}: was made by another version or on another machine, whose bits"
                    " are not those of this one: go on there, or remove it to start again"
                )
            return row.scores, row.steps
        scores, steps = evaluate()
        self._write({"of": of, "steps": int(steps), "scores": scores.tolist()})
        return scores, steps

    def _write(self, row: dict[str, Any]) -> None:
        data = _line(row)
        try:
            if self._file.write(data) != len(data):
                raise OSError(28, os.strerror(28))  # no space left
        except OSError as error:
            error.filename = str(self.path)
            raise

    def remove(self) -> None:
        """Remove the log: the result is safe."""
        self.path.unlink()

    def __enter__(self) -> "ScoreLog":
        """Return itself."""
        return self

    def __exit__(self, *exception: object) -> None:
        """Close the log."""
        self._rows.close()
        self._file.close()
