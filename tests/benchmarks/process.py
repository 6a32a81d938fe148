"""Benchmarks of the command as a whole: start-up, memory, and the runs of docs/performance.md."""

import csv
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from wann.champion.champion import load


def start_up() -> list[dict]:
    """Return the seconds from the command to its first generation, without and with compiled
    kernels on disk.
    """
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name in ("first run, which compiles", "second run", "third run"):
            env = {**os.environ, "NUMBA_CACHE_DIR": f"{folder}/kernels", "PYTHONUNBUFFERED": "1"}
            command = [
                sys.executable,
                "-m",
                "wann.evolve",
                "--out",
                f"{folder}/{name}",
                "--set",
                "generations=2",
            ]
            begun = time.perf_counter()
            with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True) as process:
                seconds = [
                    time.perf_counter() - begun
                    for line in process.stdout or ()
                    if line.startswith("generation ")
                ]
            rows.append(
                {"start": name, "s to generation 1": seconds[0], "s to generation 2": seconds[1]}
            )
    return rows


def peak_memory(pid: int) -> int:
    """Return the most bytes that a running process has held so far.

    0 where the system does not say.

    The usage that the system reports at its end would not do: it counts what its parent held.
    """
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return sum(1024 * int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


def run(name: str, seed: int, folder: str) -> dict:
    """Run a configuration and return its wall time, steps, peak memory and champion."""
    path = Path(folder) / f"{name}-{seed}"
    command = [sys.executable, "-m", "wann.evolve", name, "--seed", str(seed), "--out", str(path)]
    begun, peak = time.perf_counter(), 0
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            peak = max(peak, peak_memory(process.pid))
            time.sleep(0.1)
    seconds = time.perf_counter() - begun
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} failed")
    with open(path / "history.csv") as file:
        steps = int(list(csv.DictReader(file))[-1]["steps"])
    champion = load(path)
    return {
        "configuration": name,
        "seed": seed,
        "s": seconds,
        "G steps": steps / 1e9,
        "champion, mean of six weights": champion.scores["mean"],
        "connections": champion.genome.size,
        "peak memory, MB": peak / 1e6 if peak else "unknown",
    }


def runs() -> list[dict]:
    """Run the main job once, and the paper's configuration with three seeds."""
    with tempfile.TemporaryDirectory() as folder:
        return [
            run("swingup", 0, folder),
            *(run("swingup_paper", seed, folder) for seed in range(3)),
        ]
