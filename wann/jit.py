"""Compilation: the options every kernel shares, and a disk cache that notices edits.

Numba's own disk cache checks only the file of the cached function.  A kernel here is
compiled from several files (activations, number type, the physics of a task), so its
cache folder is named after the text of all of them: an edit anywhere is a new folder.
"""

import hashlib
import inspect
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

import numba
from numba.core import config as numba_config

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
    return root if usable else Path(tempfile.gettempdir()) / f"wann-{os.getuid() if hasattr(os, 'getuid') else 0}"


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


def compiled(function: Callable, extra_files: Iterable[Path] = ()) -> Callable:
    """Compile ``function`` on first call, with a disk cache tied to the engine and ``extra_files``."""
    config: Any = numba_config  # its attributes are made at run time
    before = config.CACHE_DIR
    config.CACHE_DIR = str(cache_folder((*KERNEL_FILES, *extra_files)))
    try:
        return numba.njit(cache=True, error_model="numpy", nogil=True)(function)
    finally:
        config.CACHE_DIR = before


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
