"""Everything that reads a file of a stranger, in a process whose memory is limited.

The process takes JSON from stdin, a list of [reader, path], and prints for each what came of it and
what it cost.
"""

import json
import re
import subprocess
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from envs.samples import load as load_samples
from wann.champion.champion import load
from wann.config import SearchConfig, find_table
from wann.errors import WannError, describe, one_line
from wann.genome.genome import layers, minimal_genome
from wann.pruning.comparison.results import read_row, read_table
from wann.runs.checkpoint import restore_checkpoint
from wann.runs.directory import RunDirectory
from wann.runs.score_log import read_rows
from wann.runs.seeds import SeedsFolder
from wann.search.search import WannSearch
from wann.tasks.scaling import Scaler

ENOUGH = 6 * 2**30  # bytes of addresses, most of which libraries reserve and never use
READERS = {
    "champion": load,
    "configuration": lambda path: find_table(str(path)),
    "history": lambda path: RunDirectory(path).history(),
    "timing": lambda path: RunDirectory(path).seconds(),
    "seeds": SeedsFolder.open,
    "front": lambda path: RunDirectory(path).front(),
    "run": lambda path: RunDirectory.open(path).config(),
    "samples": load_samples,
    "scores": lambda path: [None for _ in read_rows(path, {"format": "wann-tune-log", "seed": 0})],
    "cell": read_row,
    "table": read_table,
    "checkpoint": lambda path: restore_checkpoint(
        path, WannSearch(SearchConfig(population=8, tournament=2), 3, 2), Scaler(False, 3)
    ),
}


SECONDS, MIB = 8.0, 400  # that a file may cost; more than it takes on a busy machine


def refused(folder: Path, cases: list[tuple[str, Path, str]]) -> None:
    """Check that each (reader, path, message) is refused quickly, in little memory, in one line
    that names the path.
    """
    for (_, path, expected), found in zip(
        cases, read(folder, [case[:2] for case in cases]), strict=True
    ):
        message = one_line(found["outcome"])
        place = one_line(str(path))[:1000]
        assert place in message and re.search(expected, message.replace(place, "")), found
        assert (
            len(message) < 600 + len(str(path)) and found["s"] < SECONDS and found["MiB"] < MIB
        ), found


def read(folder: Path, cases: list[tuple[str, Path]]) -> list[dict[str, Any]]:
    """Return ``outcome``, ``s`` and ``MiB``, the peak so far, of each (reader, path), read in
    another process.
    """
    lines = json.dumps([[reader, str(path)] for reader, path in cases])
    command = [sys.executable, __file__]
    done = subprocess.run(
        command, input=lines, capture_output=True, text=True, cwd=folder, timeout=240
    )
    assert not done.returncode, done.stderr[-2000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


def peak_memory() -> int:
    """Return the most bytes that this process has held so far; 0 where the system does not say.

    Its usage as ``resource`` gives it would not do: it counts what the parent held.
    """
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return sum(1024 * int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


def main() -> None:
    """Read all files; no error but WannError and OSError is caught."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (ENOUGH, ENOUGH))
    warnings.simplefilter("error")
    # compiled, or loaded, before anything is measured
    layers(minimal_genome(2, 1, 0.5, np.random.default_rng(0)))
    before = peak_memory()
    for reader, path in json.load(sys.stdin):
        begun = time.perf_counter()
        try:
            READERS[reader](Path(path))
            outcome = "loaded"
        except (WannError, OSError) as error:
            outcome = describe(error)
        seconds = time.perf_counter() - begun
        used = peak_memory() - before
        print(json.dumps({"outcome": outcome, "s": seconds, "MiB": used / 2**20}), flush=True)


if __name__ == "__main__":
    main()
