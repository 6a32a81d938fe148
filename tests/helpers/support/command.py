"""The command as a user runs it."""

import io
import os
import subprocess
import sys
import warnings
from contextlib import redirect_stderr, redirect_stdout
from types import SimpleNamespace
from unittest import mock

from wann.command.program import run_command
from wann.evolve.__main__ import main

SMALL = [
    "swingup_hard",
    "--set",
    "search.population=24",
    "--set",
    "trials=2",
    "--set",
    "confirm_trials=4",
]


def run(*args, cwd=None, env=None):
    """Run ``python -m wann.evolve`` to its end."""
    return subprocess.run(
        [sys.executable, "-m", "wann.evolve", *map(str, args)],
        capture_output=True,
        text=True,
        cwd=cwd,
        env=env,
    )


def call(*args, main=main):
    """Run the same command, or another one's main, in this process: for what needs no process of
    its own.
    """
    code, out, err = 0, io.StringIO(), io.StringIO()
    arguments = list(map(str, args))
    formatting = warnings.formatwarning
    with redirect_stdout(out), redirect_stderr(err), mock.patch.dict(os.environ):
        try:
            run_command(lambda: main(arguments))
        except SystemExit as end:
            code = end.code
        finally:
            warnings.formatwarning = formatting
    return SimpleNamespace(returncode=code, stdout=out.getvalue(), stderr=err.getvalue())


def started(code, *args):
    """Start Python code, with arguments, as a process that a test can stop."""
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, args)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def result(path):
    """Return what two equal runs have in common, byte for byte."""
    names = [
        "champion.json",
        "history.csv",
        "front.json",
        *sorted(f"champions/{p.name}" for p in (path / "champions").iterdir()),
    ]
    return {name: (path / name).read_bytes() for name in names}
