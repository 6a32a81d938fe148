"""Folders that wann writes to and that may come from a stranger: no link leads elsewhere, and one
process writes.
"""

import os
import re
import stat
import time
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

from wann.errors import WannError
from wann.files import check_place

LOCK = ".lock"
LEFTOVER = re.compile(r"\.(.+)\.\d+\.tmp", re.ASCII)  # of ``write_file``, where it was killed


def own_folder(path: Path) -> Path:
    """Return the folder after making it, if need be; a link to another place is refused.

    In a run from a stranger it would lead writing and tidying up elsewhere.
    """
    if path.is_symlink():
        raise WannError(
            f"{path}: is a link: a run is written to its own folder only; put a folder in its place"
        )
    path.mkdir(exist_ok=True)
    return path


def new_folder(task: str, label: str) -> Path:
    """Make ``runs/TASK-LABEL-TIME``, which no other process has even if it starts in the same
    second.
    """
    task = re.sub(r"[^\w.-]", "-", task)
    name = f"{task}-{label}-{time.strftime('%Y%m%dT%H%M%S')}"
    Path("runs").mkdir(exist_ok=True)
    for repetition in count(1):
        path = Path("runs") / (name if repetition == 1 else f"{name}-{repetition}")
        with suppress(FileExistsError):
            path.mkdir()
            break
    return path


def latest_run() -> Path:
    """Return the run below ``runs/`` whose champion is the newest.

    Raises:
        WannError: there is none.
    """
    files = [file for depth in ("*", "*/*") for file in Path("runs").glob(f"{depth}/champion.json")]
    if not files:
        raise WannError(
            "there is no run in runs/: give a run directory or a champion file, or evolve a network"
            " with python -m wann.evolve"
        )
    return max(files, key=lambda file: (file.stat().st_mtime, str(file))).parent


def open_own(path: Path) -> Any:
    """Open a file of ours for reading and appending, unbuffered; it is made if need be.

    Raises:
        WannError: it is a link or no regular file: what is written would go elsewhere.
        OSError: it cannot be opened.
    """
    check_place(path)
    if path.is_symlink():
        raise WannError(f"{path}: is a link, which is not written through: remove it")
    file = open(path, "a+b", buffering=0, opener=_open_itself)  # noqa: SIM115 - the caller closes it
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise WannError(f"{path}: not a regular file: remove it")
    return file


def _open_itself(name: str, flags: int) -> int:
    """Open a file, not what a link leads to; of a pipe it does not wait for the other end."""
    return os.open(name, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0), 0o666)


def lock(file: Any, subject: Path) -> None:
    """Lock an open file until it is closed, however the process ends.

    Where the system has no locks nothing is done.

    Raises:
        WannError: another process has it, and so writes to the subject.
    """
    try:
        import fcntl
    except ImportError:  # Windows
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):  # the latter is how NFS says it
        raise WannError(
            f"{subject}: another process is writing to it; wait for it or stop it"
        ) from None
    except OSError:  # a file system without locks
        return


def locked(folder: Path) -> Any:
    """Return the lock of a folder, which is a file to be closed.

    Raises as ``open_own`` and ``lock``.
    """
    file = open_own(folder / LOCK)
    try:
        lock(file, folder)
    except WannError:
        file.close()
        raise
    return file


def leftovers(folder: Path, ours: Callable[[str], object]) -> list[Path]:
    """Return what killed processes left in a folder of writing files whose name is ours."""
    matches = ((path, LEFTOVER.fullmatch(path.name)) for path in folder.iterdir())
    return [
        path
        for path, match in matches
        if match and ours(match[1]) and stat.S_ISREG(path.lstat().st_mode)
    ]


def contents(folder: Path, ours: Callable[[str], object]) -> set[str]:
    """Return the names of what is in a folder, its lock and ``leftovers`` left out."""
    return (
        {path.name for path in folder.iterdir()}
        - {path.name for path in leftovers(folder, ours)}
        - {LOCK}
    )
