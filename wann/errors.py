"""What goes wrong for a user, and how a command says so."""

import sys
import warnings
from collections.abc import Callable

LONGEST_MESSAGE = 2000  # characters


class WannError(Exception):
    """A mistake in what the user gave: the message says what was given, what is allowed, what to do."""


class WorkersLost(WannError):
    """Nobody is left to evaluate networks; the run can be resumed."""


def run_command(main: Callable[[], None]) -> None:
    """Run a command's main; a user's mistake becomes one line on stderr and exit code 2, a warning one line."""
    from wann.jit import check_compiler  # which needs this module itself

    warnings.formatwarning = lambda message, *_: f"warning: {one_line(str(message))}\n"
    try:
        check_compiler()
        main()
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
