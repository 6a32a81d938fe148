"""What goes wrong for a user, and how a command says so."""

import re
import sys
import warnings
from collections.abc import Callable

from wann.output import end_stdout

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
    warnings.formatwarning = _warning_lines()
    try:
        try:
            main()
        finally:
            end_stdout()
    except BrokenPipeError:  # the reader of our output, say `head`, has left
        sys.stderr.close()
        sys.exit(1)
    except (WannError, OSError) as error:
        print(f"error: {one_line(describe(error))}", file=sys.stderr)
        sys.exit(2)
    except MemoryError as error:
        print(f"error: not enough memory ({one_line(str(error))})", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
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


def one_line(text: str, longest: int = LONGEST_MESSAGE) -> str:
    """Return text as a terminal shall show it, its middle left out if it is long: a file cannot steer or fill it."""
    if len(text) > 2 * longest:
        text = text[:longest] + text[-longest:]
    text = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    half = longest // 2
    return text if len(text) <= longest else f"{text[:half]}…{text[-half:]}"
