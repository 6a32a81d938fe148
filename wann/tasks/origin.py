"""What else a task is made of: packages of environments, or a file of one's own, which may be
others when a run goes on.
"""

import hashlib
import sys
from contextlib import suppress
from pathlib import Path

from wann.tasks.registry import is_code


def made_of(name: str) -> dict[str, str]:
    """Return what the task of this name, which was found, plays by beside wann: the versions of
    packages, or the SHA-256 of the module of a task of one's own. Nothing is imported to see that.
    """
    if name.startswith("envpool:"):
        return versions("envpool")
    if name.startswith("gym:"):
        return versions("gymnasium", _package(name.removeprefix("gym:").partition(",")[0]))
    if is_code(name):
        module = name.partition(":")[0]
        file = getattr(sys.modules.get(module), "__file__", None)
        with suppress(OSError):
            return {module: hashlib.sha256(Path(file or "").read_bytes()).hexdigest()}
    return {}


def versions(*modules: str) -> dict[str, str]:
    """Return the versions of modules, by name, as far as they say any."""
    said = {name: getattr(sys.modules.get(name), "__version__", None) for name in modules}
    return {name: version for name, version in said.items() if isinstance(version, str)}


def _package(env_id: str) -> str:
    """Return the package that an environment of Gymnasium is of; nothing if it does not say so."""
    import gymnasium

    spec = gymnasium.registry.get(env_id.rpartition(":")[2])
    entry = getattr(spec, "entry_point", None)
    return entry.partition(":")[0].partition(".")[0] if isinstance(entry, str) else ""
