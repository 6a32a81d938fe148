"""Where configurations come from: shipped ones, files, names, ``key=value``, and Python."""

import importlib.util
import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np

import wann
from wann.config.check import make_config, nearest, quoted, to_table
from wann.config.settings import Config
from wann.errors import WannError, warn
from wann.files import read_file

LARGEST_TOML = 2**14  # bytes: for many times as much dotted keys take minutes
POOLED = "envpool:"  # how the names of EnvPool's tasks begin
SHIPPED = Path(wann.__file__).parent.parent / "configs"


def configure(base: "str | Path | Config" = "swingup", **keys: Any) -> Config:
    """Return a configuration with some of its keys changed.

    >>> configure("swingup", seed=3, generations=50, search={"population": 64}).search.population
    64

    Args:
        base: name of a shipped configuration, ``FILE.toml``, ``gym:ID``, ``envpool:ID`` or
            ``module:NAME`` for the defaults with this task, or a configuration.
        keys: of ``Config``; tables, such as ``search``, as dictionaries of what differs.

    Raises:
        WannError: unknown name or key, wrong type or a value out of bounds.
    """
    if isinstance(base, Config):
        table = to_table(base)
    elif isinstance(base, str | Path):
        table = find_table(str(base))
    else:
        raise WannError(
            f"configuration {quoted(base)}: must be the name of one, a file or a wann.Config"
        )
    _update(table, keys)
    play_at_hand(str(base), table)
    return make_config(table)


def _update(table: dict[str, Any], keys: Mapping[str, Any]) -> None:
    """Change some keys of a nested table; values of NumPy become Python's own."""
    for name, value in keys.items():
        if is_dataclass(value) and not isinstance(value, type):
            value = asdict(value)
        if isinstance(value, np.ndarray | np.generic):
            value = value.tolist()
        if isinstance(value, Mapping) and isinstance(table.setdefault(name, {}), dict):
            _update(table[name], value)
        else:
            table[name] = value


def to_toml(config: Config) -> str:
    """Return the whole configuration as TOML, each key with its meaning."""

    def lines(part: Any, path: str) -> Iterable[str]:
        nested = [f for f in fields(part) if is_dataclass(getattr(part, f.name))]
        for f in fields(part):
            if f not in nested:  # a JSON number, string or list is TOML too
                value = json.dumps(getattr(part, f.name), ensure_ascii=False)
                yield f"{f.name} = {value}  # {f.metadata['meaning']}"
        for f in nested:
            yield f"\n[{path}{f.name}]"
            yield from lines(getattr(part, f.name), f"{path}{f.name}.")

    return "\n".join(lines(config, "")) + "\n"


def read_toml(path: Path) -> dict[str, Any]:
    """Return the table of a TOML file that describes a configuration, or raise WannError naming the
    file.
    """
    try:
        table = tomllib.loads(read_file(path, LARGEST_TOML).decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise WannError(f"{path}: not valid TOML ({error})") from None
    try:
        make_config(table)
    except WannError as error:
        raise WannError(f"{path}: {error}") from None
    return table


def shipped() -> list[str]:
    """Return the names of the shipped configurations."""
    return sorted(path.stem for path in SHIPPED.glob("*.toml"))


def find_table(name: str) -> dict[str, Any]:
    """Return the table of a shipped configuration, a TOML file, or the defaults for a name with a
    colon: ``module:NAME``, ``gym:ID`` and ``envpool:ID``.
    """
    if name.endswith(".toml"):
        return read_toml(Path(name))
    if ":" in name:
        return {"task": name}
    names = shipped()
    if name not in names:
        close = f"did you mean {nearest(name, names)}? " if names else ""
        raise WannError(
            f"unknown configuration {name!r}: {close}Give one of {', '.join(names)}, a file"
            " ending in .toml, a file of samples such as .csv or .npz, gym:ID of Gymnasium, or a"
            " task of your own as module:NAME"
        )
    return read_toml(SHIPPED / f"{name}.toml")


def play_at_hand(name: str, table: dict[str, Any]) -> None:
    """Put Gymnasium's own environment in place of EnvPool's into the table of a shipped
    configuration where EnvPool is not installed: another task, which the run then names.
    """
    task = str(table.get("task"))
    at_hand = name not in shipped() or importlib.util.find_spec("envpool") is not None
    if at_hand or not task.startswith(POOLED):
        return
    other = f"gym:{task.removeprefix(POOLED)}"
    warn(
        f"{name}: EnvPool is not installed, so the task is {other} in place of {task}: slower, and"
        ' with other episodes, so that the champion is another one; pip install "wann[envpool]"',
        stacklevel=3,
    )
    table["task"] = other


def override(table: dict[str, Any], assignment: str) -> None:
    """Apply one ``a.b=value`` to a table; the value is TOML, or else plain text."""
    key, equals, text = assignment.partition("=")
    *path, name = key.strip().split(".")
    if not equals or not all((*path, name)):
        raise WannError(f"--set {assignment}: must be KEY=VALUE, as in search.population=64")
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):
        value = text.strip()
    for part in path:
        table = table.setdefault(part, {})
        if not isinstance(table, dict):
            raise WannError(f"--set {assignment}: {part} is no table")
    table[name] = value
