"""Names as figures show them: of inputs and outputs, x_dot as a dotted x, cos_theta as cos of θ;
and of champions that are shown together.
"""

import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from wann.errors import WannError

GREEK = ("alpha", "beta", "gamma", "delta", "theta", "phi", "psi", "omega")
LONGEST_NAME = 28  # characters


class Symbol(NamedTuple):
    """A name that is mathematics.

    Attributes:
        function: ``cos``, ``sin``, or nothing.
        letter: one letter, or one of GREEK.
        dotted: whether it is a derivative by time.
    """

    function: str
    letter: str
    dotted: bool

    @property
    def mathtext(self) -> str:
        """It as matplotlib's mathematics."""
        letter = rf"\{self.letter}" if self.letter in GREEK else self.letter
        if self.dotted:
            return rf"$\dot{{{letter}}}$"
        return rf"$\{self.function}\,{letter}$" if self.function else f"${letter}$"

    @property
    def text(self) -> str:
        """It as plain text."""
        greek = self.letter in GREEK
        letter = unicodedata.lookup(f"GREEK SMALL LETTER {self.letter}") if greek else self.letter
        if self.dotted:
            return unicodedata.normalize("NFC", letter + "\N{COMBINING DOT ABOVE}")
        return f"{self.function} {letter}" if self.function else letter


def symbol_of(name: str) -> Symbol | None:
    """Return the symbol of a name, or None: ``x``, ``theta_dot`` and ``cos_theta`` have one."""
    parts = name.split("_")
    function = parts[0] if parts[0] in ("cos", "sin") and len(parts) == 2 else ""
    letter, rest = (parts[1], []) if function else (parts[0], parts[1:])
    if letter not in GREEK and not (len(letter) == 1 and letter.isascii() and letter.isalpha()):
        return None
    return Symbol(function, letter, rest == ["dot"]) if rest in ([], ["dot"]) else None


def in_figure(name: str) -> str:
    """Return a name as a figure of matplotlib shows it."""
    symbol = symbol_of(name)
    return plain(" ".join(name.split("_"))) if symbol is None else symbol.mathtext


def in_text(name: str) -> str:
    """Return a name as films and pages show it."""
    symbol = symbol_of(name)
    return one_line(" ".join(name.split("_"))) if symbol is None else symbol.text


def one_line(text: str, longest: int = LONGEST_NAME) -> str:
    """Return text from a file on one line, printable, not too long."""
    text = "".join(c for c in " ".join(text.split()) if c.isprintable())
    return text if len(text) <= longest else text[: longest - 1] + "…"


def plain(text: str, longest: int = LONGEST_NAME) -> str:
    """Return text from a file as matplotlib shall show it: ``one_line``, and not as mathematics."""
    return one_line(text, longest).replace("$", r"\$")


def distinct(paths: Sequence[Path]) -> list[str]:
    """Return names for champions: of each as many last parts of its path as tell it apart from the
    others.
    """
    parts = [path.absolute().with_suffix("").parts for path in paths]

    def name(own: tuple[str, ...]) -> str:
        for depth in range(1, len(own)):
            if all(other == own or other[-depth:] != own[-depth:] for other in parts):
                return "/".join(own[-depth:])
        return "/".join(own)

    return [name(own) for own in parts]


def check_one_task(paths: Sequence[Path], tasks: Sequence[str | None]) -> None:
    """Raise WannError if champions that are shown together are for different tasks."""
    for path, task in zip(paths, tasks, strict=True):
        if task != tasks[0]:
            raise WannError(
                f"{paths[0]} is for {tasks[0]} and {path} for {task}: give champions for one task,"
                " or say with --task NAME what all of them play"
            )
