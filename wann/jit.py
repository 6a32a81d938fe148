"""Compilation: the options every kernel shares, and a disk cache that notices edits.

Numba's own disk cache checks only the file of the cached function.  A kernel here is
compiled from several files (activations, number type, the physics of a task), so its
cache folder is named after the text of all of them: an edit anywhere is a new folder,
and a copy of the same text elsewhere, such as a cluster makes for each of its sessions,
finds what was compiled before.
"""

import hashlib
import inspect
import os
import stat
import subprocess
import sys
import tempfile
import types
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

import numba
from numba.core.caching import CompileResultCacheImpl, FunctionCache

ENGINE = Path(__file__).parent
KERNELS = "jit lanes lane_functions lane_memory mathfun activations genome mutation population network nsga2 rollout"
KERNEL_FILES = tuple(ENGINE / f"{name}.py" for name in KERNELS.split())

#: A function with these options can be instantiated for floats and for Lanes.
#: error_model: Python's would add a ZeroDivisionError branch to the float version only.
dual = numba.njit(forceinline=True, error_model="numpy", nogil=True)


def cache_root() -> Path:
    """Return the folder that holds all compiled kernels of this user.

    ``NUMBA_CACHE_DIR`` names another; a temporary folder stands in where it cannot be written.
    """
    if os.environ.get("NUMBA_CACHE_DIR"):
        return Path(os.environ["NUMBA_CACHE_DIR"])
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home()))
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    root = base / "wann"
    try:
        root.mkdir(parents=True, exist_ok=True)
        usable = os.access(root, os.W_OK)
    except OSError:
        usable = False
    return root if usable else _own_temporary()


@lru_cache
def _own_temporary() -> Path:
    """Return a temporary folder that is this user's alone: kernels are code, nobody else may put any there."""
    if not hasattr(os, "getuid"):
        return Path(tempfile.gettempdir()) / "wann"  # on Windows the user has a temporary folder to himself
    root = Path(tempfile.gettempdir()) / f"wann-{os.getuid()}"
    with suppress(OSError):
        root.mkdir(mode=0o700)
    status = root.lstat() if root.exists() else None
    if status and stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid() and not status.st_mode & 0o022:
        return root
    return Path(tempfile.mkdtemp(prefix="wann-"))


@lru_cache
def cache_folder(files: tuple[Path, ...]) -> Path:
    """Return the cache folder of kernels compiled from the present text of ``files``."""
    digest = hashlib.sha256(numba.__version__.encode())
    for file in files:
        digest.update(file.read_bytes())
    return cache_root() / digest.hexdigest()[:16]


def compile_beside(statement: str) -> None:
    """Run a statement that compiles something in a second process, if nothing has been compiled yet.

    A first run compiles for a while on one core; another core can meanwhile fill the disk cache
    with what is needed next.  Nothing waits for it: what is not there in time is compiled again.
    """
    if not any(cache_folder(KERNEL_FILES).rglob("*.nbi")):
        with suppress(OSError):
            quiet: Any = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
            subprocess.Popen([sys.executable, "-c", statement], **quiet)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Let one process at a time into the block, of those on one machine; on some systems there are no such locks."""
    with open(path, "a") as file:
        with suppress(ImportError, OSError):
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        yield  # closing the file lets go


class Locator:
    """Where Numba's cache keeps one function: in a folder whose name stands for the text of everything compiled."""

    def __init__(self, folder: Path):
        """Keep functions in this folder."""
        self.folder = folder

    def from_function(self, function: Callable, file: str) -> "Locator":
        """Return the locator of a function, which Numba asks a class for."""
        self.line, self._py_file = function.__code__.co_firstlineno, file
        self.folder.mkdir(parents=True, exist_ok=True)
        return self

    def ensure_cache_path(self) -> None:
        """Make the folder again if somebody removed it."""
        self.folder.mkdir(parents=True, exist_ok=True)

    def get_cache_path(self) -> str:
        """Return the folder."""
        return str(self.folder)

    def get_source_stamp(self) -> str:
        """Return what must be equal for a kernel to be still good; Numba's own is the time of the function's file."""
        return self.folder.name

    def get_disambiguator(self) -> str:
        """Return what tells functions of one name apart."""
        return str(self.line)


class TextCache(FunctionCache):
    """Numba's disk cache of one function, found by text, and written by one process at a time.

    Numba itself writes the index and the code of a function as two files: two processes that compile the same
    function for different types or processors at once could end with the code of one under the name of the other.
    """

    def __init__(self, function: Callable, folder: Path):
        """Cache the function in the folder."""
        self._impl_class: Any = type("Impl", (CompileResultCacheImpl,), {"_locator_classes": [Locator(folder)]})
        super().__init__(function)

    def save_overload(self, sig: Any, data: Any) -> None:
        """Save what was compiled for a signature."""
        with locked(Path(self.cache_path) / "writing.lock"):
            super().save_overload(sig, data)


def compiled(function: Callable, extra_files: Iterable[Path] = ()) -> Callable:
    """Compile ``function`` on first call, with a disk cache tied to the engine and ``extra_files``."""
    dispatcher: Any = numba.njit(error_model="numpy", nogil=True)(function)
    if not isinstance(dispatcher, types.FunctionType):  # which it is where Numba is switched off
        dispatcher._cache = TextCache(function, cache_folder((*KERNEL_FILES, *extra_files)))
    return dispatcher


@lru_cache
def compiled_for(function: Callable, cls: type) -> Callable:
    """Return ``function`` compiled for arguments of the user-defined class ``cls``.

    A class of ``__main__`` has no stable identity across processes, so it is never cached on disk.
    """
    if cls.__module__ == "__main__":
        return numba.njit(error_model="numpy", nogil=True)(function)
    file = Path(inspect.getfile(cls))
    in_package = (file.parent / "__init__.py").exists()
    return compiled(function, sorted(file.parent.glob("*.py")) if in_package else [file])
