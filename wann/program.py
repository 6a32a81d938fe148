"""What a command of wann asks of the process that it runs in, and commands to paste into a shell.

A command does not depend on the folder that it is started in, nor on the characters that a terminal knows.
"""

import codecs
import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
from contextlib import suppress
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent  # of the packages wann, envs and viz
#: for terminals without these characters; others become escape sequences
PLAIN = {"±": "+-", "×": "x", "…": "...", "→": "->", "°": " deg", "−": "-", "–": "-", "—": "-", "\N{THIN SPACE}": " "}


def prepare() -> None:
    """Make output work in any encoding, and have what lies in the working folder hide nothing of ours."""
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
    return "".join(PLAIN.get(c) or c.encode("ascii", "backslashreplace").decode() for c in text), error.end


def working_folder_last() -> None:
    """Let modules of the working folder be found after all others: its envs/ or viz/ may be the user's own.

    The folder in which wann itself lies stays first.
    """
    here = Path.cwd().resolve()
    if here == HOME or sys.flags.safe_path:
        return
    others = [path for path in sys.path if path != "" and Path(path).resolve() != here]
    home = [] if any(Path(path).resolve() == HOME for path in others) else [str(HOME)]
    sys.path[:] = [*others, *home, str(here)]


def check_ours(package: str) -> None:
    """Raise ImportError if another distribution or folder has taken the place of one of our packages.

    Ours lies beside the package wann, and its first file speaks of it; another distribution may have replaced that.
    """
    ours = HOME / package / "__init__.py"
    spec = importlib.util.find_spec(package)
    folders = list(spec.submodule_search_locations or []) if spec else []
    found_ours = any(Path(folder).resolve() == ours.parent for folder in folders)
    if found_ours and ours.exists() and b"wann" in ours.read_bytes():
        return
    found = (spec and spec.origin) or next(iter(folders), str(ours))
    raise ImportError(
        f"{found} stands in the way of wann's own {ours}: uninstall the distribution that it "
        "is of, or take its folder off PYTHONPATH; then install wann again if that is overwritten or missing",
        name="viz",  # so that `python -m viz.X` says it in a line
    )


def has_window() -> bool:
    """Return whether a window can be opened: pygame is installed, and there is a display."""
    variables = ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER")
    shown = sys.platform != "linux" or any(os.environ.get(name) for name in variables)
    return shown and importlib.util.find_spec("pygame") is not None


def quoted(*words: object) -> str:
    """Return words as a shell takes them for these very words, control characters and all."""
    texts = list(map(str, words))
    if os.name == "nt":
        return subprocess.list2cmdline(texts)
    return " ".join(shlex.quote(text) if text.isprintable() else _escaped(text) for text in texts)


def _escaped(text: str) -> str:
    """Return text as an ANSI-C string of the shell, of printable ASCII alone."""
    known = {ord("'"): "\\'", ord("\\"): "\\\\"}
    return "$'" + "".join(known.get(b) or (chr(b) if 32 <= b < 127 else f"\\x{b:02x}") for b in os.fsencode(text)) + "'"


def shell_command(name: str, *words: object) -> str:
    """Return a command of ours to paste into a shell, whatever folder it stands in.

    Args:
        name: of the command, as ``wann NAME`` takes it.
        words: what follows; a path that begins with a hyphen is no option.
    """
    texts = (f".{os.sep}{word}" if isinstance(word, Path) and str(word)[:1] == "-" else word for word in words)
    return f"{_us()} {quoted(name, *texts)}"


def _us() -> str:
    """Return how a shell finds our command: by its name, or by its path where another or none has the name."""
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
        return os.path.join(*(path.relative_to(Path.cwd()).parts if path.parent != Path.cwd() else (".", path.name)))
    except (ValueError, FileNotFoundError):  # elsewhere, or the working folder was removed
        return path
