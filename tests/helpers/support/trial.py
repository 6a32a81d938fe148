"""How a block of a page is read, and how it is run: see ``support.blocks``."""

import importlib.util
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
import traceback
from configparser import ConfigParser
from contextlib import redirect_stdout
from pathlib import Path
from unittest import mock

from support.blocks import Block, Command, commands_of
from support.command import call
from support.places import ROOT
from wann.__main__ import COMMANDS
from wann.__main__ import main as wann_main
from wann.config import find_table, make_config, override, shipped

FILE = re.compile(r"`([\w.-]+\.(?:py|toml|c|csv))`")
#: what a block may be; the others are for Sphinx
KINDS = (
    "sh",
    "bash",
    "python",
    "{code-cell}",
    "toml",
    "text",
    "c",
    "json",
    "bibtex",
    "csv",
    "html",
)
#: options that make a command quick, unless its block has a comment or it gives them itself
TINY = ("generations=2", "search.population=16", "trials=1", "confirm_trials=1", "report_trials=2")
QUICK = {
    "evolve": [word for key in TINY for word in ("--set", key)],
    "tune": ["--quick"],
    **{name: ["--trials", "3"] for name in ("assess", "explain", "viz.assess", "weight_sweep")},
    **{name: ["--trials", "3"] for name in ("simplify", "topology")},
    "explorer": ["--trials", "1"],
    "watch": ["--steps", "20"],
    "pruning": ["--epochs", "1", "--seeds", "0"],
    "pruning.control": ["--generations", "2", "--trials", "3", "--left", "20"],
}  # fmt: skip
#: shipped configurations of environments in Python
GYM = {name for name in shipped() if find_table(name)["task"].startswith("gym:")}
#: words of commands that are only read, since not every machine can run them
ELSEWHERE = {"cuda", "ray", "--gpus", "mnist", "mnist_paper", "mnist28", "mnist16"}
#: programs that a test neither runs nor reads
OUTSIDE = {
    "cd", "source", "git", "ray", "pytest", "sudo", "apt", "apt-get", "export", "deactivate",
    "docker", "open", "xdg-open", "ruff", "mypy", ".ci/run", "sphinx-build", "kill", "ssh", "scp",
}  # fmt: skip


class Failed(Exception):
    """A block does not work; the message says where and why."""


def fail(block: Block, line: int, what: str, why: object) -> Failed:
    """Return an exception that names the page and the line."""
    return Failed(f"{block.page}:{line}: {what}\n{why}")


# ---------------------------------------------------------------------------------------- reading
def read(block: Block) -> None:
    """Check what can be checked of a block without running it.

    Python compiles, configurations have no unknown key, commands have no unknown option or
    configuration, and what is to be installed is there.

    Raises:
        Failed: it cannot be read.
    """
    if block.kind not in KINDS:
        raise fail(block, block.line, f"a block of {block.kind!r}", f"must be of {KINDS}")
    if block.said("skip") is not None:
        return
    try:
        if block.kind in ("python", "{code-cell}"):
            compiled(block)
        elif block.kind == "toml":
            make_config(tomllib.loads(block.text))
    except Exception as error:
        raise fail(block, block.line, block.kind, error) from error
    for command in commands_of(block) if block.kind in ("sh", "bash") else ():
        wrong = read_command(command)
        if wrong:
            raise fail(block, command.line, command.text, wrong)


def compiled(block: Block):
    """Return the code of a Python block, whose lines are those of its page; magic is left out."""
    lines = (line for line in block.text.split("\n") if not re.match(r"[%!:]|-{3}", line))
    return compile("\n" * (block.line - 1) + "\n".join(lines), block.page, "exec")


def read_command(command: Command) -> str | None:
    """Return what is wrong with a command, without running it."""
    program, ours = Path(command.words[0]).name, command.ours
    if ours:  # up to what the shell takes for its own
        name, given = ours
        end = next((k for k, word in enumerate(given) if word[0] in "|<>&"), None)
        return read_ours(name, given[:end])
    if program in ("pip", "pip3") or command.words[1:3] == ["-m", "pip"]:
        return read_installation(command)
    if program in ("python", "python3"):
        script = next((word for word in command.words[1:] if word.endswith(".py")), None)
        if script and "/" in script and not (ROOT / script).exists():
            return f"there is no {script}"
        return None
    known = (
        command.words[0].startswith("./")
        or command.words[0] in OUTSIDE
        or program in OUTSIDE
        or shutil.which(program)
    )
    return None if known else "a program that no test knows: see support/trial.py"


def read_ours(name: str, given: list[str]) -> str | None:
    """Return what is wrong with one of our commands."""
    if not name:
        return (
            None if set(given) <= {"--help", "-h", "--version"} else f"unknown command {given[0]}"
        )
    parser = importlib.import_module(COMMANDS[name][0]).parser()
    tried = call(main=lambda _: check(name, parser.parse_args(given)))
    return tried.stderr.strip().split("\n")[-1] if tried.returncode else None


def check(name: str, args) -> None:
    """Raise WannError where a configuration or a key that evolve is given is unknown."""
    if name == "evolve" and not args.resume:
        own = args.name and (":" in args.name or "." in args.name)
        table = {} if own else find_table(args.name or "swingup")
        for assignment in args.set:
            override(table, assignment)
        make_config(table)


def read_installation(command: Command) -> str | None:
    """Return which extra that pip shall install is not there."""
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg")
    asked = re.findall(r"(?:^|\s|/)(?:wann|\.)\[([\w,-]+)\]", " ".join(command.words))
    missing = {name for names in asked for name in names.split(",")} - {
        *setup["options.extras_require"]
    }
    return f"setup.cfg has no extra {', '.join(missing)}" if missing else None


# ---------------------------------------------------------------------------------------- running
class Page:
    """Runs the blocks of a page, in their order, in one folder."""

    def __init__(self, folder: Path):
        """Use ``folder``, which is the working folder."""
        self.folder, self.names = folder, {"__name__": "__main__"}

    def run(self, block: Block) -> int:
        """Run a block; return how many commands or programs it was.

        Raises:
            Failed: something does not end well.
        """
        named = FILE.findall(block.before)
        if block.kind in ("python", "toml", "c", "csv") and named:
            (self.folder / named[-1]).write_text(block.text + "\n")
        if block.said("skip") is not None or block.said("parse only") is not None:
            return 0
        needed = block.said("needs")
        if needed and importlib.util.find_spec(needed) is None:
            return 0
        if block.kind in ("python", "{code-cell}"):
            self.run_python(block)
            return 1
        commands = list(commands_of(block)) if block.kind in ("sh", "bash") else []
        if any(ELSEWHERE & {*command.words} for command in commands):
            commands = [command for command in commands if command.ours]  # others need its files
        return sum(self.run_command(block, command) for command in commands)

    def run_python(self, block: Block) -> None:
        """Run a Python block with the names of those before it."""
        code = compiled(block)
        try:
            with redirect_stdout(io.StringIO()):
                exec(code, self.names)
        except Exception as error:
            told = traceback.extract_tb(error.__traceback__)
            line = next(frame.lineno for frame in reversed(told) if frame.filename == block.page)
            why = "".join(traceback.format_exception_only(error))
            raise fail(block, line, "python", why) from error

    def run_command(self, block: Block, command: Command) -> int:
        """Run a command, if a test may; return whether it did."""
        program, ours = Path(command.words[0]).name, command.ours
        if ELSEWHERE & {*command.words} or program in ("pip", "pip3", *OUTSIDE):
            return 0
        if ours and not command.needs_shell:
            name, given = ours
            main = importlib.import_module(COMMANDS[name][0]).main if name else wann_main
            with mock.patch.dict(os.environ, command.env):
                done = call(*given, *quick(block, name, given), main=main)
            wrong = done.stderr if done.returncode else None
        elif program in ("python", "python3") and (
            "venv" in command.words or "pip" in command.words
        ):
            return 0
        elif ours or command.words[0].startswith("./") or shutil.which(program):
            wrong = self.run_in_shell(command, quick(block, *ours) if ours else [])
        else:
            return 0  # a compiler that is not here
        if wrong:
            raise fail(block, command.line, command.text, wrong)
        return 1

    def run_in_shell(self, command: Command, more: list[str]) -> str | None:
        """Run a line in a shell that finds this Python and this wann; return what went wrong."""
        text = command.text
        if more:  # before what the shell takes for its own
            end = re.search(r"[|<>]|$", text).start()
            text = f"{text[:end]} {shlex.join(more)} {text[end:]}"
        tools = self.folder / ".tools"
        tools.mkdir(exist_ok=True)
        for name, what in (("python", ""), ("wann", "-m wann")):
            (tools / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {what} "$@"\n')
            (tools / name).chmod(0o755)
        env = {**os.environ, "PATH": f"{tools}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            ["bash", "-o", "pipefail", "-c", text],
            capture_output=True,
            text=True,
            cwd=self.folder,
            env=env,
        )
        return done.stderr or f"exit code {done.returncode}" if done.returncode else None


def quick(block: Block, name: str, given: list[str]) -> list[str]:
    """Return the options that a test adds to a command so that it takes a moment."""
    if "--help" in given or "-h" in given or "--resume" in given:
        return []
    asked = block.said("quick")
    if name == "evolve":
        gym = bool(GYM & {*given}) or any(word.startswith("gym:") for word in given)
        few = ["--set", "weights=[-1.0, 1.0]"] * gym
        serial = ["--backend", "serial"] * (gym and "--backend" not in given)
        return (shlex.split(asked) if asked else QUICK[name] + few) + serial
    more = QUICK.get(name, [])
    if name == "watch" and not {"--gif", "--mp4"} & {*given}:
        more = []
    if name == "topology" and "--importance" not in given:
        more = []
    return [] if more and more[0] in given else more
