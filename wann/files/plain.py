"""Files that are never half written, and that are read with bounds."""

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import BinaryIO

from wann.errors import WannError

# by which a run, a folder of runs and a comparison are known
MARKS = ("config.toml", "champion.json", "seeds.json", "settings.json", "results.csv")
PARTS = ("champions", "figures", "cells", "networks")  # folders in them


def write_file(path: Path, data: bytes | str, mode: int = 0o666) -> None:
    """Write a whole file under a temporary name, then rename it: a reader sees the old file or the
    new one.

    Its permissions are those of ``mode`` that the user's umask leaves.

    Raises:
        WannError: it would lie in a linked folder of a run or of a comparison, which may come from
            a stranger.
        OSError: it cannot be written.
    """
    path = Path(path)
    check_place(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.unlink(missing_ok=True)
        # a new file: nothing is written through a link that lies there
        with open(temporary, "xb", opener=partial(os.open, mode=mode)) as file:
            file.write(data.encode() if isinstance(data, str) else data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        error.filename = str(path)  # the one that the caller knows
        raise
    finally:
        with suppress(OSError):
            temporary.unlink()


def check_place(path: Path) -> None:
    """Raise WannError if a file would be written into a linked folder of a run or a comparison."""
    folder = path.parent
    if (
        folder.name in PARTS
        and folder.is_symlink()
        and any((folder.parent / name).exists() for name in MARKS)
    ):
        raise WannError(
            f"{folder}: is a link: a run is written to its own folder only; put a folder in its"
            " place"
        )


def open_file(path: Path, limit: int) -> BinaryIO:
    """Open a regular file of at most ``limit`` bytes for reading.

    A pipe or a device would never end.

    Raises:
        WannError: it is something else, or larger.
        OSError: it is not there, or cannot be read.
    """
    try:
        file = open(path, "rb", opener=_open_at_once)  # noqa: SIM115 - the caller closes it
    except ValueError as error:  # a zero byte in the name
        raise WannError(f"{path}: {error}") from None
    try:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise WannError(f"{path}: not a regular file")
        if status.st_size > limit:
            raise WannError(f"{path}: larger than {limit >> 10} KiB: not a file of wann")
    except WannError:
        file.close()
        raise
    return file


def _open_at_once(name: str, flags: int) -> int:
    """Open a file; of a pipe it does not wait for the writer."""
    return os.open(name, flags | getattr(os, "O_NONBLOCK", 0))


def read_file(path: Path, limit: int) -> bytes:
    """Return what a regular file of at most ``limit`` bytes holds; raises as ``open_file``."""
    with open_file(path, limit) as file:
        data = file.read(limit + 1)
    if len(data) > limit:  # it grew, or the system did not tell its size
        raise WannError(f"{path}: larger than {limit >> 10} KiB: not a file of wann")
    return data


def read_lines(file: BinaryIO, longest: int) -> Iterator[bytes]:
    """Yield the lines of a file, or raise ValueError at one of more than ``longest`` bytes."""
    while line := file.readline(longest + 1):
        if len(line) > longest:
            raise ValueError(f"a line of more than {longest} bytes")
        yield line
