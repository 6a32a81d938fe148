"""The generated parts of the reference: made of the commands, the configuration, the tasks and the
champion file's schema when the documentation is built.

A page says where a part goes by a comment such as ``<!-- generated: commands -->``; PARTS has the
functions that write them, as Markdown. ``tests/docs/test_reference.py`` tests them.
"""

import importlib
import inspect
import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import gymnasium
from parts.options import (
    as_toml,
    codes,
    command_list,
    commands,
    configuration_files,
    configuration_keys,
    configurations,
    marked,
    plain,
    shifted,
    table,
)
from tables import with_tables

import envs
from envs.carracing.environment import RacingEnv
from envs.environment import ControlEnv
from wann.champion.champion import SCHEMA
from wann.config import SHIPPED
from wann.export import FORMATS
from wann.tasks import find_task

PLACE = re.compile(r"<!-- generated: ([\w-]+) -->")


# ------------------------------------------------------------------------------------------- files
def champion_schema() -> str:
    """Return the keys of a champion file as a table."""
    schema = json.loads(SCHEMA.read_text())
    rows = list(schema_rows(schema))
    return f"{plain(schema['description'])}\n\n" + table(("Key", "Value", "Meaning"), rows)


def schema_rows(schema: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, ...]]:
    """Yield a row for each key of an object, and for those of the objects in it."""
    needed = schema.get("required", ())
    for name, part in schema.get("properties", {}).items():
        path = f"{prefix}{name}"
        optional = "" if name in needed else " (optional)"
        yield f"`{path}`{optional}", value_text(part), plain(part.get("description", ""))
        inner, end = (part["items"], "[].") if "items" in part else (part, ".")
        yield from schema_rows(inner, f"{path}{end}")


def value_text(part: Mapping[str, Any]) -> str:
    """Return what the value of a key is."""
    if "const" in part:
        return as_toml(part["const"])
    if "enum" in part:
        return "one of " + codes(part["enum"])
    kinds = part["type"] if isinstance(part["type"], list) else [part["type"]]
    text = " or ".join(kinds)
    if "items" in part:
        text += f" of {part['items']['type']}s"
    low, high = part.get("minimum"), part.get("maximum")
    return text + ("" if low is None else f" from {low}") + ("" if high is None else f" to {high}")


def export_formats() -> str:
    """Return the formats that a network can be written in."""
    rows = [
        (f"`{name}`", f"`{form.suffix}`", marked(form.meaning)) for name, form in FORMATS.items()
    ]
    return table(("Format", "Ending", "What it is"), rows)


# ------------------------------------------------------------------------------------------- tasks
def tasks() -> str:
    """Return a section for each physics and each data set that wann ships."""
    groups: dict[Any, list[str]] = {}
    for name, place in envs.TASKS.items():
        module, _, attribute = place.partition(":")
        found = getattr(importlib.import_module(module), attribute)
        physics = getattr(found, "physics", None)
        subject = importlib.import_module(module) if physics is None else type(physics)
        groups.setdefault(subject, []).append(name)
    return "\n\n".join(task(subject, names) for subject, names in reversed(groups.items()))


def task(subject: Any, names: list[str]) -> str:
    """Return the section of the tasks that share a physics, or the module of a data set."""
    rows = [(f"`{name}`", variant(name), codes(configured(name)) or "none") for name in names]
    parts = [
        f"## {', '.join(names)}",
        table(("Task", "What it is", "Configurations"), rows),
        shifted(subject.__doc__, 1),
    ]
    if inspect.isclass(subject):
        parts.append(f"### Parameters\n\n{parameters(subject, names)}")
    return "\n\n".join(parts)


def variant(name: str) -> str:
    """Return what distinguishes a task."""
    module, _, attribute = envs.TASKS[name].partition(":")
    found = getattr(importlib.import_module(module), attribute)
    if not hasattr(found, "physics"):
        return plain(inspect.cleandoc(found.__doc__).splitlines()[0][len("Return ") :].rstrip("."))
    goal, made = found.goal, environment(name)
    ends = getattr(found.physics, "ends_well", False)
    when = "and ends" if ends else f"(the last {goal.steps} steps)"
    return (
        f"{found.max_steps} steps; an episode that succeeds *{goal.phrase}* {when};"
        f" in Gymnasium `{made}`"
    )


def environment(name: str) -> str:
    """Return the id of the Gymnasium environment of a task."""
    return next(id for id, spec in gymnasium.registry.items() if spec.kwargs.get("task") == name)


def configured(name: str) -> list[str]:
    """Return the shipped configurations of a task."""
    return [config for config, values in configurations().items() if values["task"] == name]


def parameters(physics: Any, names: list[str]) -> str:
    """Return the parameters of a physics, with its units and their value in each task."""
    units = dict(re.findall(r"^    (\w+): float = .*?  # (.*)$", inspect.getsource(physics), re.M))
    made = [find_task(name).physics for name in names]
    rows = [
        (f"`{field}`", units.get(field, ""), *(f"{getattr(own, field):.6g}" for own in made))
        for field in physics._fields
    ]
    return table(("Parameter", "Unit", *names), rows)


def environments() -> str:
    """Return the shipped configurations of Gymnasium's environments."""
    rows = []
    for name, values in configurations().items():
        if values["task"].startswith(("gym:", "envpool:")):
            about = (SHIPPED / f"{name}.toml").read_text().splitlines()[0].strip("# :")
            rows.append((f"`{name}`", f"`{values['task']}`", plain(about)))
    return table(("Configuration", "Task", "What it is"), rows)


def control_env() -> str:
    """Return what the Gymnasium environment of compiled physics is like."""
    return shifted(ControlEnv.__doc__, 1)


def racing_env() -> str:
    """Return what the Gymnasium environment of car racing is like."""
    return shifted(RacingEnv.__doc__, 1)


# -------------------------------------------------------------------------------------- for Sphinx
PARTS: dict[str, Callable[[], str]] = {
    "command-list": command_list,
    "commands": commands,
    "configuration-keys": configuration_keys,
    "configuration-files": configuration_files,
    "champion-schema": champion_schema,
    "tasks": tasks,
    "environments": environments,
    "control-env": control_env,
    "racing-env": racing_env,
    "export-formats": export_formats,
}


def filled(page: str) -> str:
    """Return the text of a page with its generated parts."""
    return PLACE.sub(lambda match: PARTS[match[1]](), page)


def fill(app: Any, page: str, source: list[str]) -> None:
    """Put the generated parts, and the tables of results, into a page that Sphinx has read."""
    source[0] = with_tables(filled(source[0]))


def made_anew(app: Any, env: Any, *changed: Any) -> list[str]:
    """Return the pages with parts that are made of other files, to be read at each build."""
    texts = {name: Path(env.doc2path(name)).read_text() for name in env.found_docs}
    return [name for name, text in texts.items() if PLACE.search(text) or "<!-- table: " in text]


def tidy(app: Any, what: str, name: str, thing: Any, options: Any, lines: list[str]) -> None:
    """Make of a docstring what napoleon and docutils know: a field of ``Returns: this``, and code
    of what is indented after a colon.
    """
    text = "\n".join(lines)
    text = re.sub(
        r"^Returns: (.+(?:\n.+)*)",
        lambda match: f":returns: {' '.join(match[1].split())}",
        text,
        flags=re.M,
    )
    text = re.sub(r"(?<=[^:]):(?=\n\n {4,}\S)", "::", text)
    lines[:] = text.split("\n")


def is_field(app: Any, what: str, name: str, thing: Any, skip: bool, options: Any) -> bool | None:
    """Skip the fields of a NamedTuple, which its docstring has."""
    return True if (inspect.getdoc(thing) or "").startswith("Alias for field number") else None


def setup(app: Any) -> dict[str, Any]:
    """Have Sphinx call what is above."""
    app.setup_extension("sphinx.ext.autodoc")
    app.connect("env-get-outdated", made_anew)
    app.connect("source-read", fill)
    app.connect("autodoc-process-docstring", tidy, priority=400)  # before napoleon
    app.connect("autodoc-skip-member", is_field)
    return {"parallel_read_safe": True}
