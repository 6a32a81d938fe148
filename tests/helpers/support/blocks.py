"""The code blocks of a page of Markdown, and how each is run or at least read.

A comment before a block says what else there is to know of it:

    <!-- quick: OPTIONS -->       appended to its evolve commands, which would take long
    <!-- parse only: REASON -->   needs a GPU, MNIST, a cluster or hours: its commands are only read
    <!-- needs: MODULE -->        it is run where this is installed, and elsewhere only read
    <!-- skip: REASON -->         it is no command
"""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from support.places import README, ROOT
from wann.__main__ import COMMANDS

COMMENT = re.compile(r"\s*<!--\s*(.*?)\s*-->\s*$")
FENCE = re.compile(r"^( *)(`{3,})\s*(\S*).*$")
BY_MODULE = {module.removesuffix(".__main__"): name for name, (module, _) in COMMANDS.items()}
SHELL = re.compile(r"[|<>$`(){}*?]|(?<!&)&(?!&)")  # what only a shell understands


class Block(NamedTuple):
    """A block: its page, the line of its first line, its kind, its text, the comments before it,
    and the line of prose before these.
    """

    page: str
    line: int
    kind: str
    text: str
    comments: tuple[str, ...]
    before: str

    def said(self, name: str) -> str | None:
        """Return what a comment of this name says."""
        for comment in self.comments:
            if comment.split(":")[0].strip() == name:
                return comment.partition(":")[2].strip()
        return None


def blocks_of(page: str, lines: list[str], first: int = 1) -> Iterator[Block]:
    """Yield the blocks of a page, also those within directives."""
    k = 0
    while k < len(lines):
        opened = FENCE.match(lines[k])
        if not opened:
            k += 1
            continue
        indent, ticks, kind = opened.groups()
        close = re.compile(rf"^ *{ticks}`*\s*$")
        end = next((n for n in range(k + 1, len(lines)) if close.match(lines[n])), len(lines))
        inner = [line.removeprefix(indent) for line in lines[k + 1 : end]]
        if kind.startswith("{") and kind != "{code-cell}":
            yield from blocks_of(page, inner, first + k + 1)
        else:
            comments, before = told_before(lines[:k])
            yield Block(page, first + k + 1, kind, "\n".join(inner), comments, before)
        k = end + 1


def told_before(lines: list[str]) -> tuple[tuple[str, ...], str]:
    """Return the comments that the lines before a block end in, and the line of prose before."""
    comments = []
    for line in reversed(lines):
        comment = COMMENT.match(line)
        if comment:
            comments.append(comment[1])
        elif line.strip():
            return tuple(comments), line
    return tuple(comments), ""


def pages() -> list[Path]:
    """Return the pages of the documentation, and the README."""
    docs = ROOT / "docs"
    return [README, *(file for file in sorted(docs.rglob("*.md")) if "_build" not in file.parts)]


def blocks_in(file: Path) -> list[Block]:
    """Return the blocks of a page, which is called by its path in the repository."""
    return list(blocks_of(str(file.relative_to(ROOT)), file.read_text().split("\n")))


# ----------------------------------------------------------------------------------- shell commands
class Command(NamedTuple):
    """A command of a shell block: its line, its words, the variables that are set for it, and all
    of its line, of which it is the only command if it needs a shell.
    """

    line: int
    words: list[str]
    env: dict[str, str]
    text: str

    @property
    def needs_shell(self) -> bool:
        """Whether there is a pipe, a pattern or the like in it."""
        return bool(SHELL.search(self.text))

    @property
    def ours(self) -> tuple[str, list[str]] | None:
        """Which of COMMANDS it is, with its options; "" for ``wann`` alone, None for others."""
        words = [Path(self.words[0]).name, *self.words[1:]]
        if words[0] in ("python", "python3") and words[1:2] == ["-m"]:
            words = words[2:]
        if words[0] in BY_MODULE:
            return BY_MODULE[words[0]], words[1:]
        if words[0] != "wann":
            return None
        if words[1:2] and words[1] in COMMANDS:
            return words[1], words[2:]
        return BY_MODULE.get(" ".join(words[1:2]), ""), words[1:]


def commands_of(block: Block) -> Iterator[Command]:
    """Yield the commands of a shell block; lines that end in a backslash go on."""
    whole, start = "", 0
    for k, line in enumerate(block.text.split("\n")):
        start = start if whole else block.line + k
        if line.endswith("\\"):
            whole += line[:-1] + " "
            continue
        text, whole = re.sub(r"(^|\s)#\s.*", "", whole + line).strip(), ""
        lexer = shlex.shlex(text, posix=True, punctuation_chars=";&")
        lexer.whitespace_split = True
        words: list[str] = []
        for word in [*lexer, ";"]:
            if word not in (";", "&&"):
                words.append(word)
            elif words and not (SHELL.search(text) and word == "&&"):
                env = {}
                while re.match(r"\w+=", words[0]):
                    name, _, env[name] = words.pop(0).partition("=")
                yield Command(start, words, env, text)
                words = []
