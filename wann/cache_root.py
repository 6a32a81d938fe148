"""The folder of what is compiled: one that only this user can write, as whoever writes there can
run code.

Numba keeps compiled code as pickles, and machine code is code anyway. So a folder is used only if
nobody else (but root) can put a file into it, or another folder in its place; what is made here is
made for this user alone.
"""

import errno
import os
import stat
import sys
import tempfile
import warnings
from functools import lru_cache
from pathlib import Path

from wann.errors import WannError, describe, one_line

HAS_OWNERS = hasattr(os, "geteuid")  # on Windows the user's own folders are closed to others


def cache_root() -> Path | None:
    """Return the folder that holds all compiled kernels of this user, after making it if need be.

    ``NUMBA_CACHE_DIR`` names it. Otherwise it is in the user's folder of caches. Where others could
    put code there, or nothing can be written, the user's own temporary folder stands in, and a
    warning says so.

    Returns:
        An absolute path; None where there is no such folder: then nothing that is compiled is kept.
    """
    return _private_or_temporary(os.environ.get("NUMBA_CACHE_DIR") or _user_cache())


def _user_cache() -> str:
    """Return the folder of wann in the user's folder of caches, or nothing for a user who has no
    home.
    """
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or os.path.expanduser("~")
    else:
        base = os.environ.get("XDG_CACHE_HOME", "")
        # as its specification says
        base = base if os.path.isabs(base) else os.path.expanduser("~/.cache")
    return os.path.join(base, "wann") if os.path.isabs(base) else ""


@lru_cache
def _private_or_temporary(path: str) -> Path | None:
    try:
        if path:
            return private_folder(Path(path))
        reason = "there is no home folder"
    except (OSError, WannError) as error:
        reason = describe(error)
    try:
        own = f"wann-{os.geteuid()}" if HAS_OWNERS else "wann"
        root = private_folder(Path(tempfile.gettempdir()) / own)
    except (OSError, WannError):
        warn_not_kept(reason)
        return None
    _warn(f"{reason}: what is compiled is kept in {root} instead")
    return root


def warn_not_kept(reason: str) -> None:
    """Say why compiled code is not kept, and what that means."""
    _warn(f"{reason}: what is compiled is not kept, and each start compiles it again")


@lru_cache  # to say it once
def _warn(text: str) -> None:
    advice = "; with NUMBA_CACHE_DIR you can name another folder, which you alone may write to"
    warnings.warn(one_line(text) + advice, stacklevel=2)


def private_folder(path: Path) -> Path:
    """Return where a folder really is, after making it and those above it, as far as they are
    missing.

    Raises:
        WannError: others could put something into it, or another folder in its place.
        OSError: it cannot be made, written to or looked at.
    """
    if HAS_OWNERS:
        _make_and_check(path.absolute())
        path = Path(os.path.realpath(path))  # whoever owns links on the way could change them
        _make_and_check(path)
    else:
        path.mkdir(parents=True, exist_ok=True)
    if not os.access(path, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    return path


def _make_and_check(path: Path) -> None:
    """Make a folder and those above it, each after all above it were found to be safe.

    Raises as above.
    """
    for folder in (*reversed(path.parents), path):
        try:
            status = folder.lstat()
        except FileNotFoundError:
            folder.mkdir(mode=0o700, exist_ok=True)  # another process may have been faster
            status = folder.lstat()
        is_link = stat.S_ISLNK(status.st_mode)
        if not is_link and not stat.S_ISDIR(status.st_mode):
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder))
        # root can do anything; where root has another number, as in some containers, it still owns
        # the topmost folder
        trusted = (
            {os.geteuid()}
            if folder == path and not is_link
            else {os.geteuid(), 0, os.stat("/").st_uid}
        )
        if status.st_uid not in trusted:
            raise WannError(f"{folder}: belongs to another user")
        # others cannot replace what is ours in it
        sticky = status.st_mode & stat.S_ISVTX and folder != path
        if not is_link and not sticky and others_may_write(status):
            raise WannError(f"{folder}: other users may write to it")


def is_own(status: os.stat_result) -> bool:
    """Return whether a file is this user's, and nobody else may write it."""
    return not HAS_OWNERS or (status.st_uid == os.geteuid() and not others_may_write(status))


def others_may_write(status: os.stat_result) -> bool:
    """Return whether others may write.

    On many systems each user has a group to himself, which is not others.
    """
    mode = status.st_mode
    return bool(
        mode & stat.S_IWOTH or (mode & stat.S_IWGRP and not _is_private_group(status.st_gid))
    )


def _is_private_group(gid: int) -> bool:
    import grp  # these two are only where files have owners
    import pwd

    try:
        user, group = pwd.getpwuid(os.geteuid()), grp.getgrgid(gid)
    except KeyError:
        return False
    return (
        user.pw_gid == gid and group.gr_name == user.pw_name and set(group.gr_mem) <= {user.pw_name}
    )
