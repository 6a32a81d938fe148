"""Joining a Ray cluster or starting one, and what is told of it."""

import os
import re
import socket
import sys
from pathlib import Path
from typing import Any

import ray
from ray.exceptions import RayError

from wann import errors
from wann.errors import WannError
from wann.evaluation import available_cores

ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMBA", "VECLIB_MAXIMUM")}
CONNECT_SECONDS = 5.0  # for a given address to answer
OURS = ("wann", "envs")  # packages that go to the workers in any case
STANDARD_LIBRARY = Path(os.__file__).resolve().parent


def connect(address: str | None, workers: int | None) -> None:
    """Join the Ray cluster at an address, or start one on this machine.

    Raises:
        WannError: nothing answers at the address, or it is not a cluster that we can join.
    """
    options: Any = {
        "log_to_driver": False,
        "logging_level": "ERROR",
        "runtime_env": {"py_modules": own_modules(), "env_vars": ONE_THREAD},
    }
    if address is None:
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        options |= {"address": "local", "num_cpus": workers or available_cores(), "include_dashboard": False}
        say("starting a cluster on this machine")
    else:
        _require_answer(address)
        options["address"] = address
        say(f"joining the cluster at {address}")
    try:
        ray.init(**options)
    except (OSError, RuntimeError, ValueError, RayError, SystemExit) as error:
        where = f"the Ray cluster at {address}" if address else "a Ray cluster on this machine"
        reason = "it does not answer" if isinstance(error, SystemExit) else " ".join(str(error).split())[:400]
        hint = ""
        if isinstance(error, OSError | SystemExit) and address and "RAY_AUTH_MODE" not in os.environ:
            hint = "; where it asks for a token, set RAY_AUTH_MODE=token and RAY_AUTH_TOKEN or ~/.ray/auth_token"
        raise WannError(f"cannot use {where}: {reason}{hint}") from None
    # Ray tells of a lost worker in a long paragraph on stdout; we say it in a line.  A private switch: without it we
    # would only be less quiet
    ray._private.worker._worker_logs_enabled = False


def _require_answer(address: str) -> None:
    """Raise WannError unless something listens at the address: Ray itself would try for two minutes."""
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
    """Return the files and folders of the modules that workers need and may not have: wann, its tasks, the user's own.

    The user's own are those that were loaded from elsewhere than an installation of Python packages.
    """
    paths = []
    for name, module in list(sys.modules.items()):
        place = next(iter(getattr(module, "__path__", ())), None) or getattr(module, "__file__", None)
        if "." in name or name in ("__main__", "__mp_main__") or place is None:
            continue
        path = Path(place).resolve()
        installed = {"site-packages", "dist-packages"} & set(path.parts) or path.is_relative_to(STANDARD_LIBRARY)
        if name in OURS or (not installed and (path.suffix == ".py" or path.is_dir())):
            paths.append(str(path))
    return sorted(set(paths))


def say(text: str) -> None:
    """Tell the user what happens on the cluster."""
    errors.say(f"ray: {text}", sys.stderr)


def last_line(error: Exception) -> str:
    """Return the most telling line of what Ray says of an error, without its advice."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
    return re.split(r" Some common causes|\. The task may", lines[-1])[0][:300]
