"""Compilation: the options every kernel shares, and a disk cache that notices edits and damage.

Numba's own disk cache checks only the file of the cached function.  A kernel here is
compiled from several files (activations, number type, the physics of a task), so its
cache folder is named after the text of all of them: an edit anywhere is a new folder,
and a copy of the same text elsewhere, such as a cluster makes for each of its sessions,
finds what was compiled before.

The cache costs or saves time, nothing else: what cannot be read is compiled again, and
what cannot be written is not kept.
"""

import hashlib
import inspect
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn

import numba
from numba.core.caching import NullCache
from numba.core.compiler import CompileResult
from numba.core.serialize import dumps

from wann.cache_root import cache_root, is_own, private_folder, warn_not_kept
from wann.errors import WannError, describe
from wann.files import open_file, write_file
from wann.frozen import frozen_in

ENGINE = Path(__file__).parent
ROOMS = ("numeric", "genome", "network", "tasks/control")  # what kernels are made of
KERNEL_FILES = (
    Path(__file__),
    *sorted(file for room in ROOMS for file in (ENGINE / room).glob("*.py")),
)
SUFFIX = ".nbc"
LARGEST_KERNEL = 2**26  # bytes
OPTIONS = (
    "OPT",
    "BOUNDSCHECK",
    "DEBUGINFO_DEFAULT",
    "LOOP_VECTORIZE",
    "SLP_VECTORIZE",
)  # of Numba, that code depends on

#: A function with these options can be instantiated for floats and for Lanes.
#: error_model: Python's would add a ZeroDivisionError branch to the float version only.
dual = numba.njit(forceinline=True, error_model="numpy", nogil=True)


# --------------------------------------------------------------------------------------- the cache
@lru_cache
def digest_of_text(files: tuple[Path, ...]) -> str:
    """Return what stands for the text of ``files`` when it is first asked for.

    Nothing if one cannot be read.
    """
    digest = hashlib.sha256(numba.__version__.encode())
    try:
        for file in files:
            digest.update(file.read_bytes())
    except OSError:
        return ""
    return digest.hexdigest()[:16]


def cache_folder(files: tuple[Path, ...]) -> Path | None:
    """Return the cache folder of kernels compiled from the text of ``files``.

    None if they are not kept.
    """
    root, text = cache_root(), digest_of_text(files)
    return _own_folder(root / text) if root and text else None


@lru_cache
def _own_folder(folder: Path) -> Path | None:
    try:
        return private_folder(folder)
    except (OSError, WannError) as error:
        warn_not_kept(describe(error))
        return None


class TextCache(NullCache):
    """The disk cache of one function, as Numba asks for it: a file for each combination of types
    and processor.

    A file begins with a checksum, as damaged machine code would run, and says itself what it was
    compiled for: it is whole and right or is not used, whoever else reads and writes at the same
    time.
    """

    def __init__(self, function: Callable, files: tuple[Path, ...], frozen: tuple[str, ...] = ()):
        """Cache a function of a module, which is compiled from the present text of these files, and
        these values.
        """
        self.function, self.files, self.frozen = function, files, frozen
        digest_of_text(files)  # now, as this is the text that is compiled

    def file(self, key: tuple) -> Path | None:
        """Return the file of what was compiled for a key, if it is kept."""
        folder = cache_folder(self.files)
        name = f"{self.function.__module__}.{self.function.__name__}"
        name += f"-{hashlib.sha256(repr(key).encode()).hexdigest()[:16]}{SUFFIX}"
        return folder / name if folder else None

    def key(self, sig: Any, codegen: Any) -> tuple:
        """Return what must be equal for compiled code to be that of a signature and a processor."""
        code = self.function.__code__
        version = sys.implementation.cache_tag
        made_by = (
            version,
            codegen.magic_tuple(),
            tuple(getattr(numba.config, name) for name in OPTIONS),
        )
        return (
            self.function.__qualname__,
            code.co_firstlineno,
            code.co_code,
            self.frozen,
            sig,
            made_by,
        )

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Return what was compiled for a signature; None if there is nothing that can be used."""
        target_context.refresh()
        key = self.key(sig, target_context.codegen())
        file = self.file(key)
        try:
            known, parts = pickle.loads(read_checked(file)) if file else (None, ())
            return CompileResult._rebuild(target_context, *parts) if known == key else None
        except Exception:
            # not there, damaged, or made of classes that are no longer there: anything may come
            return None

    def save_overload(self, sig: Any, result: Any) -> None:
        """Save what was compiled for a signature, if it can be used in another process."""
        key = self.key(sig, result.codegen)
        file = self.file(key)
        if (
            not file
            or result.library.has_dynamic_globals
            or not all(part.can_cache for part in result.lifted)
        ):
            return
        try:
            private_folder(file.parent)  # somebody may have removed it
            write_checked(file, dumps((key, result._reduce())))
        except Exception as error:  # a full disk, or something that cannot be pickled
            reason = (
                error.strerror if isinstance(error, OSError) else f"{type(error).__name__}: {error}"
            )
            warn_not_kept(f"{file.parent.parent}: {reason}")


def read_checked(file: Path) -> bytes:
    """Return what ``write_checked`` wrote, or raise ValueError, WannError or OSError if it is
    something else.
    """
    with open_file(file, LARGEST_KERNEL) as opened:
        if not is_own(os.fstat(opened.fileno())):
            raise ValueError("others may have written it")
        data = opened.read()
    size = hashlib.sha256().digest_size
    if hashlib.sha256(data[size:]).digest() != data[:size]:
        raise ValueError("damaged")
    return data[size:]


def write_checked(file: Path, data: bytes) -> None:
    """Write data with a checksum to a file that only this user can read and write."""
    write_file(file, hashlib.sha256(data).digest() + data, mode=0o600)


def is_nothing_kept() -> bool:
    """Return whether the cache still waits for its first kernel."""
    folder = cache_folder(KERNEL_FILES)
    return folder is not None and not any(folder.glob(f"*{SUFFIX}"))


def compile_beside(statement: str) -> None:
    """Run a statement that compiles something in a second process, if nothing has been compiled
    yet.

    A first run compiles for a while on one core; another core can meanwhile fill the disk cache
    with what is needed next.  Nothing waits for it: what is not there in time is compiled again.
    """
    if is_nothing_kept():
        # not those of the present folder, which -c adds
        same_modules = f"import sys; sys.path[:] = {sys.path!r}"
        with suppress(OSError):
            quiet: Any = {
                "stdin": subprocess.DEVNULL,
                "stdout": subprocess.DEVNULL,
                "stderr": subprocess.DEVNULL,
            }
            subprocess.Popen([sys.executable, "-c", f"{same_modules}; {statement}"], **quiet)


@contextmanager
def locked(folder: Path | None) -> Iterator[None]:
    """Let one process at a time into the block, of those on one machine that name this folder.

    On some systems there are no such locks, and nothing to lock where no folder is: then nobody
    waits.
    """
    with ExitStack() as stack:
        with suppress(ImportError, OSError):
            import fcntl

            if folder:
                file = stack.enter_context(open(folder / "compiling.lock", "a"))
                fcntl.flock(file, fcntl.LOCK_EX)
        yield  # closing the file lets go


# --------------------------------------------------------------------------------- what is compiled
def check_compiler() -> None:
    """Raise WannError where Numba is switched off."""
    if is_switched_off():
        _switched_off()


def is_switched_off() -> bool:
    """Return whether Numba leaves functions as they are."""
    return bool(numba.config.DISABLE_JIT)  # type: ignore[attr-defined]


def _switched_off(*_: Any, **__: Any) -> NoReturn:
    raise WannError(
        "NUMBA_DISABLE_JIT is set: wann needs compilation; unset it (or disable_jit in"
        " .numba_config.yaml)"
    )


def compiled(
    function: Callable, extra_files: Iterable[Path] = (), frozen: tuple[str, ...] = ()
) -> Callable:
    """Compile ``function`` on first call.

    What is kept of it is tied to the text of the engine, of its own file and ``extra_files``, and
    to the values that it takes over, ``frozen``.
    """
    own = Path(function.__code__.co_filename)
    others = {own, *extra_files}.difference(KERNEL_FILES)
    return _compiled(function, TextCache(function, (*KERNEL_FILES, *sorted(others)), frozen))


def _compiled(function: Callable, cache: NullCache) -> Callable:
    if is_switched_off():
        return _switched_off
    dispatcher: Any = numba.njit(error_model="numpy", nogil=True)(function)
    dispatcher._cache = cache
    return dispatcher


@lru_cache
def compiled_for(function: Callable, cls: type) -> Callable:
    """Return ``function`` compiled for arguments of the user-defined class ``cls``.

    A class of ``__main__`` has no stable identity across processes, so it is never cached on disk.
    """
    if cls.__module__ == "__main__":
        return _compiled(function, NullCache())
    file = Path(inspect.getfile(cls))
    in_package = (file.parent / "__init__.py").exists()
    files = sorted(filter(Path.is_file, file.parent.glob("*.py"))) if in_package else [file]
    return compiled(function, files, frozen_in(cls))
