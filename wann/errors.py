"""What goes wrong for a user, and text as a terminal may show it."""

import warnings

LONGEST_MESSAGE = 2000  # characters


class WannError(Exception):
    """A mistake in what the user gave: the message says what was given, what is allowed, what to
    do.
    """


class WorkersLost(WannError):
    """Nobody is left to evaluate networks; the run can be resumed."""


class NothingPlayed(WannError):
    """Every episode of the first generation failed, so that there is nothing to evolve.

    The run can be resumed.
    """


class StopRequested(Exception):
    """The user wants to stop; the log of the computation holds every score until now."""


def describe(error: Exception) -> str:
    """Return the one line for an error; for one of the system, the file and the reason."""
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror or error}"
    return str(error)


def tolerate_warnings() -> None:
    """Have warnings told, where a variable of the user, say, asks for exceptions: they would stop
    what works.
    """
    errors = [wanted for wanted in warnings.filters if wanted[0] == "error"]
    warnings.filters[:] = [wanted for wanted in warnings.filters if wanted not in errors]  # type: ignore[index]


def warn(text: str, stacklevel: int = 2) -> None:
    """Warn, even where an environment has asked for exceptions in place of warnings: it is no error
    of the program.

    Args:
        text: the message.
        stacklevel: as ``warnings.warn`` takes it, from the caller on.
    """
    try:
        warnings.warn(text, stacklevel=stacklevel + 1)
    except Warning:
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.warn(text, stacklevel=stacklevel + 1)


def one_line(text: str, longest: int = LONGEST_MESSAGE) -> str:
    """Return text as a terminal shall show it, its middle left out if it is long: a file cannot
    steer or fill it.
    """
    if len(text) > 2 * longest:
        text = text[:longest] + text[-longest:]
    text = printable(text)
    half = (longest - 1) // 2
    return text if len(text) <= longest else f"{text[:half]}…{text[-half:]}"


def printable(text: str) -> str:
    """Return text with an escape, as Python writes it, in place of each character that is not to be
    seen.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
