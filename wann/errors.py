"""What a command tells its user, and how it says what went wrong."""

import argparse
import json
import re
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn, TextIO

from wann.output import discard_output, end_stdout, stdout
from wann.program import prepare

LONGEST_MESSAGE = 2000  # characters
COLOUR = re.compile(r"\x1b\[[0-9;]*m")  # what makes a terminal show text in colour


class WannError(Exception):
    """A mistake in what the user gave: the message says what was given, what is allowed, what to do."""


class WorkersLost(WannError):
    """Nobody is left to evaluate networks; the run can be resumed."""


class NothingPlayed(WannError):
    """Every episode of the first generation failed, so that there is nothing to evolve; the run can be resumed."""


def run_command(main: Callable[[], None]) -> None:
    """Run a command's main; a user's mistake becomes one line on stderr and exit code 2, a warning one line."""
    from wann.jit import check_compiler  # which needs this module itself

    prepare()
    warnings.formatwarning = _warning_lines()
    try:
        try:
            check_compiler()
            main()
        finally:
            end_stdout()
    except BrokenPipeError:  # the reader of our output, say `head`, has left
        discard_output()
        sys.exit(1)
    except (WannError, OSError) as error:
        discard_output()  # if it is what failed, it would fail again at the end
        say(f"error: {one_line(describe(error))}", sys.stderr)
        sys.exit(2)
    except MemoryError as error:
        say(f"error: not enough memory ({one_line(str(error))})", sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        say("stopped", sys.stderr)
        sys.exit(130)


def _warning_lines() -> Callable[..., str]:
    """Return what formats a warning as one line, and only once, whoever repeats it."""
    told: set[str] = set()

    def line(message: Warning | str, *_: object) -> str:
        text = one_line(COLOUR.sub("", str(message)).removeprefix("WARN: "))  # as those of Gymnasium start
        if text in told:
            return ""
        told.add(text)
        return f"warning: {text}\n"

    return line


def describe(error: Exception) -> str:
    """Return the one line for an error; for one of the system, the file and the reason."""
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror or error}"
    return str(error)


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
    """Reads the command line of a command; what is wrong with it is told as a terminal shall show it."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and exit with code 2."""
        super().error(one_line(message))


def one_line(text: str, longest: int = LONGEST_MESSAGE) -> str:
    """Return text as a terminal shall show it, its middle left out if it is long: a file cannot steer or fill it."""
    if len(text) > 2 * longest:
        text = text[:longest] + text[-longest:]
    text = printable(text)
    half = (longest - 1) // 2
    return text if len(text) <= longest else f"{text[:half]}…{text[-half:]}"


def printable(text: str) -> str:
    """Return text with an escape, as Python writes it, in place of each character that is not to be seen."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
