"""The generated parts of the reference: made of the commands, the configuration, the tasks and the
champion file's schema when the documentation is built.

A page says where a part goes by a comment such as ``<!-- generated: commands -->``; PARTS has the
functions that write them, as Markdown.  They are tested in ``tests/docs/test_reference.py``.
"""

import argparse
import importlib
import inspect
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, get_args, get_type_hints

import gymnasium

import envs
from envs.environment import ControlEnv
from wann.__main__ import COMMANDS
from wann.champion.champion import SCHEMA
from wann.config import SHIPPED, Config, find_table, flat, make_config, shipped, to_table
from wann.export import FORMATS
from wann.tasks import find_task

PLACE = re.compile(r"<!-- generated: ([\w-]+) -->")
#: what is code in the help of a command: options, names of files, and what stands for a name
CODE = re.compile(
    r"(?<![\w/.-])(--?[a-z][\w-]*|[\w-]+/[\w./-]+|[\w.-]*\.(?:toml|csv|npz|json|out|gif|mp4|png|html)"
    r"|(?:gym|module|ray|HOST):[\w/:]+)(?![\w/-])"
)
MODULE = re.compile(r"python -m ([\w.]*\w)")
DEFAULT = re.compile(r"\s*\(default:? ([^()]*)\)|[;,]?\s*\bdefault: (.*)$")
TYPES = {int: "whole number", float: "number", bool: "`true` or `false`", str: "text"}
LISTED = {float: "numbers", str: "names"}
Table = list[tuple[str, ...]]


# ---------------------------------------------------------------------------------------- Markdown
def plain(text: str) -> str:
    """Return text as Markdown shows it unchanged."""
    return re.sub(r"([\\`*_<>\[\]|])", r"\\\1", text)


def marked(text: str) -> str:
    """Return the text of a help as Markdown: options and files are code."""
    text = MODULE.sub(lambda match: short(match[1]), text)
    parts = CODE.split(text)  # every second one is code
    return "".join(f"`{part}`" if k % 2 else plain(part) for k, part in enumerate(parts))


def short(module: str) -> str:
    """Return the command that ``python -m MODULE`` is, as ``wann evolve``."""
    names = {place.removesuffix(".__main__"): name for name, (place, _) in COMMANDS.items()}
    return f"wann {names[module]}"


def sentence(text: str) -> str:
    """Return a phrase as a sentence."""
    return f"{text[0].upper()}{text[1:]}." if text else ""


def table(head: tuple[str, ...], rows: Table) -> str:
    """Return a table."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def codes(values: Any) -> str:
    """Return a list of names."""
    return ", ".join(f"`{value}`" for value in values)


def fenced(kind: str, text: str) -> str:
    """Return a block: code, or a directive and its content."""
    return f"```{kind}\n{text}\n```" if text else f"```{kind}\n```"


def shifted(docstring: str | None, by: int) -> str:
    """Return a docstring, whose headings are so many levels deeper."""
    return re.sub(r"^(#+ )", "#" * by + r"\1", inspect.cleandoc(docstring or ""), flags=re.M)


# ---------------------------------------------------------------------------------------- commands
def parser_of(name: str) -> argparse.ArgumentParser:
    """Return the parser of a command, which calls itself ``wann NAME``."""
    parser: argparse.ArgumentParser = importlib.import_module(COMMANDS[name][0]).parser()
    parser.prog = f"wann {name}"
    parser.formatter_class = lambda prog: argparse.HelpFormatter(prog, width=88)
    parser.color = False
    return parser


def command_list() -> str:
    """Return the table of all commands."""
    rows = [
        (f"[`wann {name}`](#wann-{name.replace('.', '-')})", plain(meaning))
        for name, (_, meaning) in COMMANDS.items()
    ]
    return table(("Command", "What it does"), rows)


def commands() -> str:
    """Return a section for each command."""
    return "\n\n".join(command(name) for name in COMMANDS)


def command(name: str) -> str:
    """Return the section of a command."""
    parser, module = parser_of(name), COMMANDS[name][0].removesuffix(".__main__")
    usage = re.sub(r"^(usage: | {7})", "", parser.format_usage().rstrip(), flags=re.M)
    return "\n\n".join(
        (
            f"(wann-{name.replace('.', '-')})=\n## wann {name}",
            marked(parser.description or ""),
            fenced("text", usage),
            f"It is also `python -m {module}`.",
            fenced(f"{{program}} wann {name}", ""),
            *(option(action) for action in parser._actions if action.dest != "help"),
            marked(sentence((parser.epilog or "").rstrip("."))),
        )
    ).rstrip()


def option(action: argparse.Action) -> str:
    """Return an argument of a command: how it is given, what it means, and its default."""
    words = (action.help or "") % vars(action)
    said = DEFAULT.search(words)
    meaning = DEFAULT.sub("", words).strip(" ;")
    default = (said[1] or said[2]) if said else default_of(action)
    lines = [
        sentence(marked(meaning)),
        f"One of {codes(action.choices)}." if action.choices else "",
        "Required." if action.required and action.option_strings else "",
        f"Default: {marked(default)}." if default else "",
    ]
    value = value_of(action)
    names = ", ".join(f"{name}{value}" for name in action.option_strings)
    return fenced(f"{{option}} {names or value.strip()}", "\n".join(filter(None, lines)))


def value_of(action: argparse.Action) -> str:
    """Return what an option is followed by, with a space before it; nothing for a flag."""
    if action.nargs == 0:
        return ""
    name = action.metavar or ("NAME" if action.choices else action.dest.upper())
    return f" {name} …" if action.nargs in ("+", "*") else f" {name}"


def default_of(action: argparse.Action) -> str:
    """Return the default that the help does not say, if there is one."""
    return "" if action.default in (None, False, []) else str(action.default)


# ----------------------------------------------------------------------------------- configuration
def keys(cls: type = Config, prefix: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Yield each key with its type and its field; those of tables come last."""
    kinds = get_type_hints(cls)
    own = [field for field in fields(cls) if not is_dataclass(kinds[field.name])]
    yield from ((f"{prefix}{field.name}", kinds[field.name], field) for field in own)
    for field in fields(cls):
        if field not in own:
            yield from keys(kinds[field.name], f"{prefix}{field.name}.")


def configurations() -> dict[str, dict[str, Any]]:
    """Return the values of all keys in each shipped configuration."""
    return {name: flat(to_table(make_config(find_table(name)))) for name in shipped()}


def configuration_keys() -> str:
    """Return all keys, with a heading for each table."""
    values, parts, last = configurations(), [], None
    for key, kind, field in keys():
        path = key.rpartition(".")[0]
        if path != last:
            parts.append(f"### \\[{path}\\]" if path else "### At the top")
            last = path
        parts.append(configuration_key(key, kind, field.metadata, values))
    return "\n\n".join(parts)


def configuration_key(
    key: str, kind: Any, limits: Mapping[str, Any], values: Mapping[str, Mapping[str, Any]]
) -> str:
    """Return a key: its type and bounds, its default, its meaning, and who has another value."""
    default = flat(to_table(Config()))[key]
    others: dict[str, list[str]] = {}
    for name, config in values.items():
        if config[key] != default:
            others.setdefault(as_toml(config[key]), []).append(name)
    rows = [(value, codes(names)) for value, names in others.items()]
    parts = [
        f":type: {type_of(kind, limits)}",
        f":default: {as_toml(default)}",
        "",
        sentence(marked(limits["meaning"])),
    ]
    if rows:
        parts += ["", table(("Other value", "in"), rows)]
    return fenced(f"{{confval}} {key}", "\n".join(parts))


def type_of(kind: Any, limits: Mapping[str, Any]) -> str:
    """Return the type of a key with what is allowed, in words."""
    if limits["choices"]:
        return " or ".join(f"`{choice}`" for choice in limits["choices"])
    low, high, elements = limits["low"], limits["high"], get_args(kind)
    bounds = "" if low is None else f" from {low:,} to {high:,}".replace(".0", "")
    return (f"list of {LISTED[elements[0]]}" if elements else TYPES[kind]) + bounds


def as_toml(value: Any) -> str:
    """Return a value as a configuration has it."""
    return f"`{json.dumps(value)}`"


def configuration_files() -> str:
    """Return the shipped configurations as they are."""
    parts = []
    for name in shipped():
        parts += [f"### {name}", fenced("toml", (SHIPPED / f"{name}.toml").read_text().rstrip())]
    return "\n\n".join(parts)


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
    return (
        f"{found.max_steps} steps; an episode that succeeds *{goal.phrase}* (the last {goal.steps}"
        f" steps); in Gymnasium `{made}`"
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
        if values["task"].startswith("gym:"):
            about = (SHIPPED / f"{name}.toml").read_text().splitlines()[0].strip("# :")
            rows.append((f"`{name}`", f"`{values['task']}`", plain(about)))
    return table(("Configuration", "Task", "What it is"), rows)


def control_env() -> str:
    """Return what the Gymnasium environment of compiled physics is like."""
    return shifted(ControlEnv.__doc__, 1)


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
    "export-formats": export_formats,
}


def filled(page: str) -> str:
    """Return the text of a page with its generated parts."""
    return PLACE.sub(lambda match: PARTS[match[1]](), page)


def fill(app: Any, page: str, source: list[str]) -> None:
    """Put the generated parts into a page that Sphinx has read."""
    source[0] = filled(source[0])


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
    app.connect("source-read", fill)
    app.connect("autodoc-process-docstring", tidy, priority=400)  # before napoleon
    app.connect("autodoc-skip-member", is_field)
    return {"parallel_read_safe": True}
