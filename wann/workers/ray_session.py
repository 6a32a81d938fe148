"""Joining a Ray cluster or starting one, and what is told of it."""

import os
import re
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

import ray
from ray._private import ray_constants

from wann import output
from wann.errors import WannError
from wann.threads import available_cores

ONE_THREAD = {
    f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMBA", "VECLIB_MAXIMUM")
}
CONNECT_SECONDS = 5.0  # for a given address to answer
OURS = ("wann", "envs")  # packages that go to the workers in any case
STANDARD_LIBRARY = Path(os.__file__).resolve().parent


def connect(address: str | None, workers: int | None) -> str:
    """Join the Ray cluster at an address, or start one on this machine that only this machine
    reaches.

    Returns: HOST:PORT of its head node, or of the server that lets clients in.

    Raises:
        WannError: nothing answers at the address, it is not a cluster that we can join, or none can
            be started.
    """
    if ray.is_initialized():
        raise WannError("this process is in a Ray cluster already: leave it with ray.shutdown()")
    options: Any = {
        "log_to_driver": False,
        "logging_level": "ERROR",
        "runtime_env": {"py_modules": own_modules(), "env_vars": ONE_THREAD},
    }
    if address is None:
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        options |= {
            "address": "local",
            "num_cpus": workers or available_cores(),
            "include_dashboard": False,
        }
        say("starting a cluster on this machine")
    else:
        _require_answer(address)
        options["address"] = address
        say(f"joining the cluster at {address}")
    with usable(address), nullcontext() if address else _on_loopback():
        ray.init(**options)
        is_client = (address or "").startswith("ray://")
        head = (
            str(address).removeprefix("ray://")
            if is_client
            else ray.get_runtime_context().gcs_address
        )
    # Ray tells of a lost worker in a long paragraph on stdout; we say it in a line.  A private
    # switch: without it we would only be less quiet
    ray._private.worker._worker_logs_enabled = False
    return head


@contextmanager
def usable(address: str | None) -> Iterator[None]:
    """Raise WannError, and leave the cluster, where Ray fails at first use: it may raise anything,
    even SystemExit.
    """
    try:
        yield
    except (Exception, SystemExit) as error:
        with suppress(Exception):
            ray.shutdown()  # what has started
        where = f"the Ray cluster at {address}" if address else "a Ray cluster on this machine"
        text = " ".join(str(error).split())[:400]
        reason = f"{type(error).__name__}: {text}" if text else type(error).__name__
        hint = ""
        if isinstance(error, SystemExit):
            reason = "it does not answer"
        if (
            isinstance(error, OSError | SystemExit)
            and address
            and "RAY_AUTH_MODE" not in os.environ
        ):
            hint = (
                "; where it asks for a token, set RAY_AUTH_MODE=token and RAY_AUTH_TOKEN or"
                " ~/.ray/auth_token"
            )
        raise WannError(f"cannot use {where}: {reason}{hint}") from None


@contextmanager
def _on_loopback() -> Iterator[None]:
    """Have a cluster that starts meanwhile listen to this machine only: who reaches a cluster runs
    code on it.

    Ray replaces a loopback address that it is given by one that others reach. What it asks is
    whether clusters may have several machines, which is so on Linux by default, and not on other
    systems.
    """
    before = ray_constants.ENABLE_RAY_CLUSTER
    ray_constants.ENABLE_RAY_CLUSTER = False
    try:
        yield
    finally:
        ray_constants.ENABLE_RAY_CLUSTER = before


def _require_answer(address: str) -> None:
    """Raise WannError unless something listens at the address: Ray itself would try for two
    minutes.
    """
    if address == "auto":
        return
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 2**16:
        raise WannError(f"Ray address {address}: must be auto, HOST:PORT or ray://HOST:PORT")
    if reason := unreachable(f"{host}:{port}"):
        raise WannError(f"Ray address {address}: no cluster answers there ({reason})")


def unreachable(address: str) -> str:
    """Return why nothing listens at HOST:PORT, or nothing if something does."""
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), CONNECT_SECONDS).close()
        return ""
    except OSError as error:
        return str(error.strerror or error)


def own_modules() -> list[str]:
    """Return the files and folders of the modules that workers need and may not have: wann, its
    tasks, the user's own.

    The user's own are those that were loaded from elsewhere than an installation of Python
    packages.
    """
    paths = []
    for name, module in list(sys.modules.items()):
        # not by its attributes: some modules, of PyTorch, have any
        said = getattr(module, "__dict__", {})
        place = next(iter(said.get("__path__") or ()), None) or said.get("__file__")
        if "." in name or name in ("__main__", "__mp_main__") or place is None:
            continue
        path = Path(place).resolve()
        installed = {"site-packages", "dist-packages"} & set(path.parts) or path.is_relative_to(
            STANDARD_LIBRARY
        )
        if name in OURS or (not installed and (path.suffix == ".py" or path.is_dir())):
            paths.append(str(path))
    return sorted(set(paths))


def say(text: str) -> None:
    """Tell the user what happens on the cluster."""
    output.say(f"ray: {text}", sys.stderr)


def last_line(error: Exception) -> str:
    """Return the most telling line of what Ray says of an error, without its advice."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()] or [
        type(error).__name__
    ]
    return re.split(r" Some common causes|\. The task may", lines[-1])[0][:300]
