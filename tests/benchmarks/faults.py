"""The promise of the same champion, at length: every backend, and faults of every kind, on the main
job.

    python tests/benchmarks/faults.py [NAME ...] [--config swingup] [--generations 192] [--kills 20]
    [--seed 0]

Each row is a run of ``python -m wann.evolve``; its files must be those of a run by one thread, byte
for byte.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "helpers"))
from support.command import result
from support.ray_nodes import ENV, Node, on, workers_below

#: A processor without wide vectors: lanes differ, results do not.
OTHER_CPU = {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""}


class Run:
    """One run, started and maybe resumed."""

    def __init__(self, path: Path, options: list[str]):
        self.path, self.options = path, options

    def start(self, *more: str) -> subprocess.Popen:
        """Start it, or resume it where there is something."""
        exists = (self.path / "config.toml").exists()
        given = ["--resume", str(self.path)] if exists else [*self.options, "--out", str(self.path)]
        with open(self.path.with_suffix(".log"), "a") as log:
            command = [sys.executable, "-m", "wann.evolve", *given, *more]
            return subprocess.Popen(command, env=ENV, stdout=log, stderr=log)

    def said(self, text: str, process: subprocess.Popen) -> None:
        """Wait until the run has said this."""
        while text not in self.path.with_suffix(".log").read_text():
            assert process.poll() is None, f"{self.path} ended before it said {text!r}"
            time.sleep(0.02)


def plain(*options: str) -> Callable[[Run, argparse.Namespace], str]:
    """Return a row without faults."""

    def row(run: Run, args: argparse.Namespace) -> str:
        run.start(*options).wait()
        return ""

    return row


def two_nodes(run: Run, args: argparse.Namespace) -> str:
    """Run on two nodes of one core, the second with another processor."""
    with Node() as head, Node(head.address, env=OTHER_CPU):
        time.sleep(8)
        process = run.start(*on(head), "--workers", "2")
        run.said("ray: 2 workers", process)
        process.wait()
    return ""


def actor(run: Run, args: argparse.Namespace) -> str:
    """Kill a worker three times."""
    moments = random.Random(args.seed)
    with Node(cores=2) as head:
        process = run.start(*on(head))
        run.said("ray: 2 workers", process)
        for _ in range(3):
            time.sleep(moments.uniform(1, 4))
            os.kill(moments.choice(workers_below(head.process.pid)), signal.SIGKILL)
        process.wait()
    return "3 workers killed"


def node(run: Run, args: argparse.Namespace) -> str:
    """Kill a whole node in the middle of a generation; another joins late."""
    with Node() as head:
        with Node(head.address):
            time.sleep(8)
            process = run.start(*on(head))
            run.said("ray: 2 workers", process)
            time.sleep(random.Random(args.seed).uniform(2, 6))
        run.said("1 worker, 1 lost", process)
        with Node(head.address):
            process.wait()
    lines = run.path.with_suffix(".log").read_text().splitlines()
    return "; ".join(
        line.removeprefix("ray: ")
        for line in lines
        if line.startswith("ray: ") and "worker" in line
    )


def driver(run: Run, args: argparse.Namespace) -> str:
    """Kill the command at random moments, and resume it after each."""
    moments, kills = random.Random(args.seed), 0
    while True:
        process = run.start("--backend", "ray")
        try:
            process.wait(moments.uniform(0, 16) if kills < args.kills else None)
            break
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            kills += 1
    return f"{kills} kills"


def compiling(run: Run, args: argparse.Namespace) -> str:
    """Count how often a node with three workers and nothing compiled compiles the rollouts."""
    with (
        tempfile.TemporaryDirectory() as cache,
        Node(cores=3, env={"NUMBA_CACHE_DIR": cache, "NUMBA_DEBUG_CACHE": "1"}) as head,
    ):
        run.start(*on(head)).wait()
        logs = Path(tempfile.gettempdir()) / "ray" / "session_latest" / "logs"
        lines = [line for log in logs.glob("worker-*.out") for line in log.read_text().splitlines()]
    saved = [line for line in lines if "data saved" in line and "rollouts_lanes" in line]
    loaded = [line for line in lines if "data loaded" in line and "rollouts_lanes" in line]
    return f"rollouts compiled {len(saved)} time, loaded {len(loaded)} times"


ROWS: dict[str, Callable[[Run, argparse.Namespace], str]] = {
    "threads, 1": plain("--backend", "threads", "--workers", "1"),
    "threads, 2": plain("--backend", "threads", "--workers", "2"),
    "ray, 1": plain("--backend", "ray", "--workers", "1"),
    "ray, 2": plain("--backend", "ray", "--workers", "2"),
    "ray, 3": plain("--backend", "ray", "--workers", "3"),
    "two nodes": two_nodes,
    "workers killed": actor,
    "node killed": node,
    "driver killed": driver,
    "nothing compiled": compiling,
}


def main() -> None:
    """Print a row for each run; exit with 1 if one differs."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"of: {'; '.join(ROWS)} (default: all)"
    )
    parser.add_argument("--config", default="swingup")
    parser.add_argument("--generations", type=int, default=192)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0, help="of the moments of the faults")
    args = parser.parse_args()
    if unknown := set(args.names) - set(ROWS):
        parser.error(f"unknown: {', '.join(sorted(unknown))}; give some of: {'; '.join(ROWS)}")
    options = [args.config, "--set", f"generations={args.generations}"]
    different = 0
    with tempfile.TemporaryDirectory() as folder:
        reference = Run(Path(folder) / "serial", options)
        begun = time.monotonic()
        assert reference.start("--backend", "serial").wait() == 0
        expected = result(reference.path)
        print(
            "| run | result | seconds | what happened |\n|---|---|---|---|\n| serial |"
            f" {args.config}, {args.generations} generations | {time.monotonic() - begun:.0f} | |",
            flush=True,
        )
        for name in args.names or ROWS:
            run, begun = (
                Run(Path(folder) / name.replace(", ", "-").replace(" ", "-"), options),
                time.monotonic(),
            )
            what = ROWS[name](run, args)
            same = result(run.path) == expected
            different += not same
            verdict = "the same bytes" if same else "DIFFERS"
            print(f"| {name} | {verdict} | {time.monotonic() - begun:.0f} | {what} |", flush=True)
    sys.exit(different > 0)


if __name__ == "__main__":
    main()
