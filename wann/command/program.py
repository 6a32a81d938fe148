"""How a command of wann runs as a program, and commands to paste into a shell.

It does not depend on the folder that it is started in, nor on the characters that a terminal knows.
"""

import codecs
import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from wann.errors import WannError, describe, one_line, tolerate_warnings
from wann.jit import check_compiler
from wann.output import discard_output, end_stdout, say, stdout
from wann.packages import working_folder_last

COLOUR = re.compile(r"\x1b\[[0-9;]*m")  # what makes a terminal show text in colour
#: for terminals without these characters; others become escape sequences
PLAIN = {
    "±": "+-",
    "×": "x",
    "…": "...",
    "→": "->",
    "°": " deg",
    "−": "-",
    "–": "-",
    "—": "-",
    "\N{THIN SPACE}": " ",
}


def run_command(main: Callable[[], None]) -> None:
    """Run a command's main.

    A user's mistake becomes one line on stderr and exit code 2, a warning one line.
    """
    prepare()
    warnings.formatwarning = _warning_lines()
    tolerate_warnings()
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
        # of Gymnasium's logger
        text = COLOUR.sub("", str(message)).removeprefix("WARN: ").removeprefix("ERROR: ")
        text = one_line(text)
        if text in told:
            return ""
        told.add(text)
        return f"warning: {text}\n"

    return line


def prepare() -> None:
    """Make output work in any encoding or none, and have what lies in the working folder hide
    nothing of ours.
    """
    # closed by who started us: files would take its place
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(descriptor, True)
    os.close(descriptor)
    codecs.register_error("plain", _plain)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed by who started us
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115 - as long as the process
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="plain")
    with suppress(FileNotFoundError):  # the working folder was removed
        working_folder_last()


def _plain(error: UnicodeError) -> tuple[str, int]:
    """Return what to write in place of characters that an encoding has not, and where to go on."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end]
    return (
        "".join(PLAIN.get(c) or c.encode("ascii", "backslashreplace").decode() for c in text),
        error.end,
    )


def has_window() -> bool:
    """Return whether a window can be opened: pygame is installed, and there is a display."""
    variables = ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER")
    quoted = sys.platform != "linux" or any(os.environ.get(name) for name in variables)
    return quoted and importlib.util.find_spec("pygame") is not None


def quoted(*words: object) -> str:
    """Return words as a shell takes them for these very words, control characters and all."""
    texts = list(map(str, words))
    if os.name == "nt":
        return subprocess.list2cmdline(texts)
    return " ".join(shlex.quote(text) if _can_be_shown(text) else _escaped(text) for text in texts)


def _can_be_shown(text: str) -> bool:
    """Return whether stdout shows text as it is."""
    try:
        text.encode(getattr(stdout(), "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return False
    return text.isprintable()


def _escaped(text: str) -> str:
    """Return text as an ANSI-C string of the shell, of printable ASCII alone."""
    known = {ord("'"): "\\'", ord("\\"): "\\\\"}
    return (
        "$'"
        + "".join(
            known.get(b) or (chr(b) if 32 <= b < 127 else f"\\x{b:02x}") for b in os.fsencode(text)
        )
        + "'"
    )


def shell_command(name: str, *words: object) -> str:
    """Return a command of ours to paste into a shell, whatever folder it stands in.

    Args:
        name: of the command, as ``wann NAME`` takes it.
        words: what follows; a path that begins with a hyphen is no option.
    """
    texts = (
        f".{os.sep}{word}" if isinstance(word, Path) and str(word)[:1] == "-" else word
        for word in words
    )
    return f"{_us()} {quoted(name, *texts)}"


def _us() -> str:
    """Return how a shell finds our command: by its name, or by its path where another or none has
    the name.
    """
    script = Path(sysconfig.get_path("scripts")) / ("wann.exe" if os.name == "nt" else "wann")
    if script.exists():
        found = shutil.which("wann")
        return "wann" if found and Path(found).samefile(script) else quoted(_shorter(script))
    python = shutil.which("python")
    ours = python is not None and Path(python).samefile(sys.executable)
    return f"{'python' if ours else quoted(sys.executable)} -m wann"


def _shorter(path: Path) -> Path | str:
    """Return a path from the working folder on, if the file lies in it or below."""
    try:
        return os.path.join(
            *(path.relative_to(Path.cwd()).parts if path.parent != Path.cwd() else (".", path.name))
        )
    except (ValueError, FileNotFoundError):  # elsewhere, or the working folder was removed
        return path
