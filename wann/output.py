"""What a command prints.

Stdout is its alone: what environments and libraries print, even from C, goes to stderr.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn, TextIO

from wann.errors import one_line, printable
from wann.examples import EXAMPLES

_STDOUT, _STDERR = 1, 2  # the file descriptors, which C and the processes that we start write to
_ours: TextIO | None = None


def stdout() -> TextIO:
    """Return what a command prints its result to."""
    return sys.stdout if _ours is None else _ours


@contextmanager
def own_stdout() -> Iterator[None]:
    """Keep stdout for who prints to ``stdout()``; what is printed otherwise goes to stderr.

    On a terminal, where it would tear the progress, what C code and other processes print is left
    out.
    """
    global _ours
    outer, python = _ours, sys.stdout
    sys.stdout = _other_stderr()
    try:
        if not _is_descriptor(python):  # a caller's own file, to which nobody else writes
            _ours = python
            yield
            return
        python.flush()
        with open(
            os.dup(_STDOUT), "w", buffering=1, encoding=python.encoding, errors=python.errors
        ) as _ours:
            _redirect(sys.stderr is None or sys.stderr.isatty())
            try:
                yield
            finally:
                # an environment may have written to it, and have closed it
                with suppress(Exception):
                    python.flush()
                os.dup2(_ours.fileno(), _STDOUT)
    finally:
        sys.stdout, _ours = python, outer


def end_stdout() -> None:
    """End stdout where the command has said all: environments and libraries may print when the
    process ends, too.
    """
    if _is_descriptor(sys.stdout):
        sys.stdout.flush()
        _redirect(sys.stderr is None)


def discard_output() -> None:
    """Write out what is waiting for stdout, or drop it where that fails: on a full disk, or where
    nobody reads.
    """
    try:
        sys.stdout.flush()
    except OSError:
        _redirect(to_nowhere=True)


def _other_stderr() -> TextIO:
    """Return another file that leads to stderr, which can be closed without it, where that is no
    caller's own.
    """
    if not _is_descriptor(sys.stderr, _STDERR):
        return sys.stderr
    encoding, errors = sys.stderr.encoding, sys.stderr.errors
    return open(_STDERR, "w", buffering=1, encoding=encoding, errors=errors, closefd=False)


def _is_descriptor(file: TextIO | None, descriptor: int = _STDOUT) -> bool:
    with suppress(AttributeError, OSError, ValueError):
        return file is not None and file.fileno() == descriptor
    return False


def _redirect(to_nowhere: bool) -> None:
    """Send what is written to the descriptor to stderr, or nowhere."""
    if not to_nowhere:
        os.dup2(_STDERR, _STDOUT)
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, _STDOUT)
    os.close(nowhere)


def say(text: str | Path, file: TextIO | None = None) -> None:
    """Print text, or a path on one line, as a terminal shall show it; by default on stdout.

    All that commands print, but JSON, is said so.
    """
    lines = text.split("\n") if isinstance(text, str) else [str(text)]
    print("\n".join(map(printable, lines)), file=file or stdout(), flush=file is not None)


def say_json(value: Any, file: TextIO | None = None) -> None:
    """Print a value as a line of JSON, in which no character can steer a terminal."""
    print(json.dumps(value).replace("\x7f", "\\u007f"), file=file or stdout())


class Parser(argparse.ArgumentParser):
    """Reads the command line of a command, ``python -m MODULE``.

    What is wrong with it is told as a terminal shall show it, and its help ends with EXAMPLES.
    """

    def format_help(self) -> str:
        """Return the help, with examples and the page of the documentation."""
        page, *examples = EXAMPLES[self.prog.removeprefix("python -m ")]
        lines = "\n".join(f"  {line}" for line in examples)
        return f"{super().format_help()}\nexamples:\n{lines}\n\nmore: docs/{page}\n"

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and exit with code 2."""
        super().error(one_line(message))
