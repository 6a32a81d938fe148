"""What a run was made with, and what of that is another now."""

import platform
import sys
import time
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

import wann
from wann.config import Config, quoted
from wann.tasks.origin import made_of

SHA256 = 64  # digits


def about_run(config: Config, data: str | None) -> dict[str, Any]:
    """Return the content of ``about.json``: versions, machine, task, digest of data, command."""
    return {
        "wann": wann.__version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "platform": platform.platform(),
        "task": made_of(config.task),
        "data": data,
        "command": sys.argv,
        "started": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
    }


def changes(about: Mapping[str, Any], config: Config) -> Iterator[str]:
    """Yield what is another now than a run began with: wann, and what its task is made of."""
    task = about.get("task")
    before = {"wann": about.get("wann"), **(task if isinstance(task, dict) else {})}
    for name, now in {"wann": wann.__version__, **made_of(config.task)}.items():
        then = before.get(name)
        if not isinstance(then, str) or then == now:
            continue
        if len(now) == SHA256:
            yield f"the file of {name} has changed since it began"
        else:
            yield f"it began with {name} {quoted(then)}, now this is {quoted(now)}"
