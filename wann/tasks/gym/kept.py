"""What the environments of others may change of this process, and is put back after they have
played.
"""

import os
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import numpy as np


class Kept:
    """The working folder, the filters of warnings and the limit of recursion, as they are now."""

    def __init__(self) -> None:
        """Note them."""
        self.folder = None
        with suppress(OSError):  # the folder was removed
            self.folder = os.getcwd()
        self.filters, self.recursion = list(warnings.filters), sys.getrecursionlimit()

    def restore(self) -> None:
        """Put back what is another one now."""
        if sys.getrecursionlimit() != self.recursion:  # first: what follows may need it
            sys.setrecursionlimit(self.recursion)
        if self.folder is not None:
            with suppress(OSError):
                os.chdir(self.folder)
        if warnings.filters != self.filters:
            warnings.resetwarnings()
            warnings.filters = list(self.filters)


_lock = threading.Lock()
_within = 0  # threads may play at once; the first to begin notes what the last to end restores
_kept: Kept


@contextmanager
def kept() -> Iterator[Kept]:
    """Put back at the end what environments change of this process meanwhile."""
    global _within, _kept
    with _lock:
        if not _within:
            _kept = Kept()
        _within += 1
        before = _kept
    try:
        with np.errstate():
            yield before
    finally:
        with _lock:
            _within -= 1
            if not _within:
                before.restore()
