"""Ray nodes on this machine, started and killed as on a cluster of several."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

#: While it exists, ``slow_task`` is slow.
SLOW_FILE = Path(tempfile.gettempdir()) / f"wann-slow-{os.getpid()}"
#: The environment of all processes of such a cluster.
ENV = {**os.environ, "RAY_AUTH_MODE": "disabled", "SLOW": str(SLOW_FILE)}
RAY = str(Path(sys.executable).with_name("ray"))


def free_port() -> int:
    """Return a port that nobody uses now."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Node:
    """One node on loopback; a context manager that kills it at the end.

    Attributes:
        address: HOST:PORT of its cluster.
    """

    def __init__(
        self, cluster: str | None = None, cores: int = 1, env: dict[str, str] | None = None
    ):
        """Start the head of a new cluster, or another node of ``cluster``."""
        own = ["--head", "--include-dashboard=false", f"--port={free_port()}"]
        joins = [f"--address={cluster}"]
        self.address = cluster or f"127.0.0.1:{own[-1].removeprefix('--port=')}"
        command = [
            RAY,
            "start",
            *(joins if cluster else own),
            "--node-ip-address=127.0.0.1",
            f"--num-cpus={cores}",
            "--object-store-memory=100000000",
            "--disable-usage-stats",
            "--block",
        ]
        self.process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
            env={**ENV, **(env or {})},
        )  # fmt: skip
        if not cluster:
            host, port = self.address.split(":")
            deadline = time.monotonic() + 240
            while True:
                try:
                    socket.create_connection((host, int(port)), 1).close()
                    return
                except OSError:
                    assert time.monotonic() < deadline and self.process.poll() is None, (
                        "the node does not start"
                    )
                    time.sleep(0.1)

    def kill(self) -> None:
        """Kill -9 all processes of the node, workers included, as when the machine loses power."""
        for pid in [*descendants(self.process.pid), self.process.pid]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()

    def __enter__(self) -> "Node":
        return self

    def __exit__(self, *exception: object) -> None:
        self.kill()


def on(node: Node, *more: str) -> list[str]:
    """Return the options of a run on the cluster of a node."""
    return ["--backend", "ray", "--address", node.address, *more]


def descendants(pid: int) -> list[int]:
    """Return the processes below one, the deepest last."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            children.setdefault(int(fields[1]), []).append(int(folder.name))
    found = list(children.get(pid, []))
    for child in found:
        found += children.get(child, [])
    return found


def workers_below(pid: int) -> list[int]:
    """Return the processes below one that score networks."""
    named = []
    for process in descendants(pid):
        try:
            title = (Path("/proc") / str(process) / "cmdline").read_bytes()
        except OSError:
            continue
        if title.startswith(b"ray::Scorer"):
            named.append(process)
    return named


def listening(pids: list[int]) -> set[str]:
    """Return the IP addresses on which processes listen, as /proc/net has them: hexadecimal."""
    sockets = set()
    for pid in pids:
        for file in Path(f"/proc/{pid}/fd").glob("*"):
            with suppress(OSError):
                sockets.add(os.readlink(file).removeprefix("socket:[").removesuffix("]"))
    rows = [
        line.split()
        for kind in ("tcp", "tcp6")
        for line in Path(f"/proc/net/{kind}").read_text().splitlines()
    ]
    return {row[1].rpartition(":")[0] for row in rows if row[3] == "0A" and row[9] in sockets}
