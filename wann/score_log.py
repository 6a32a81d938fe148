"""A log of scores, from which a computation that was stopped goes on where it was.

The computation is run again from its start, but whatever it had asked for is read, not evaluated: as all its
randomness comes from its seed, it ends in the same result.  One line of JSON each: the settings, then for each
evaluation a checksum of what was evaluated, the environment steps that it took, and the scores.
"""

import json
import os
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from wann.errors import WannError


class ScoreLog:
    """Scores on disk, in the order in which they were asked for; a context manager.

    Attributes:
        left: how many scores are still to be read.
    """

    def __init__(self, path: Path, settings: dict[str, Any]):
        """Start a log, or go on with the one that is there.

        Raises:
            WannError: it belongs to other settings, is no log, or another process writes to it.
        """
        self.path = path
        self._file = open(path, "a+b", buffering=0)  # noqa: SIM115 - closed in __exit__
        try:
            self._lock()
            self._rows = self._read(settings)
        except BaseException:
            self._file.close()
            raise
        self._next = 0

    def _lock(self) -> None:
        try:
            import fcntl
        except ImportError:  # no such locks on Windows
            return
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise WannError(f"{self.path}: another process is writing to it; wait for it or stop it") from None

    def _read(self, settings: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the rows that are whole, and cut off what a kill left of one."""
        self._file.seek(0)
        lines = self._file.read().split(b"\n")[:-1]  # a row ends with its line
        if not lines:
            self._file.truncate(0)
            self._write(settings)
            return []
        if _parsed(lines[0]) != json.loads(json.dumps(settings)):
            raise WannError(
                f"{self.path}: belongs to another network or other options: give the same ones again, "
                "remove this file, or write elsewhere with -o"
            )
        rows, whole = [], len(lines[0]) + 1
        for line in lines[1:]:
            row = _parsed(line)
            if not isinstance(row, dict) or set(row) != {"of", "steps", "scores"}:
                break  # what a power cut left; it is evaluated again
            rows.append(row)
            whole += len(line) + 1
        self._file.truncate(whole)
        return rows

    @property
    def left(self) -> int:
        """How many scores are still to be read."""
        return len(self._rows) - self._next

    def scores(self, weights: np.ndarray, evaluate: Callable[[], tuple[np.ndarray, int]]) -> tuple[np.ndarray, int]:
        """Return what ``evaluate()`` returns, ``(W,)`` scores and the steps made: from the log, or now.

        Raises:
            WannError: the log has the scores of other weights here.
        """
        of = zlib.crc32(np.ascontiguousarray(weights).tobytes())
        if self.left:
            row = self._rows[self._next]
            self._next += 1
            scores = np.array(row["scores"], np.float64)
            if row["of"] != of or scores.shape != (len(weights),):
                raise WannError(
                    f"{self.path}: was made by another version or on another machine, whose bits are not those of "
                    "this one: go on there, or remove it to start again"
                )
            return scores, int(row["steps"])
        scores, steps = evaluate()
        self._write({"of": of, "steps": int(steps), "scores": scores.tolist()})
        return scores, steps

    def _write(self, row: dict[str, Any]) -> None:
        data = json.dumps(row, allow_nan=False).encode() + b"\n"
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
        self._file.close()


def _parsed(line: bytes) -> Any:
    """Return what a line holds; None if it is no JSON."""
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None
