"""What may be asked for, as Markdown: the commands with their options, and the keys of the
configuration.
"""

import argparse
import importlib
import inspect
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, get_args, get_type_hints

from wann.__main__ import COMMANDS
from wann.config import SHIPPED, Config, find_table, flat, make_config, shipped, to_table
from wann.examples import EXAMPLES

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
        (f"[`wann {name}`](#wann-{name.replace('.', '-')})", marked(meaning))
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
            examples(module),
            fenced(f"{{program}} wann {name}", ""),
            *(option(action) for action in parser._actions if action.dest != "help"),
            marked(sentence((parser.epilog or "").rstrip("."))),
        )
    ).rstrip()


def examples(module: str) -> str:
    """Return the examples of a command, and a link to the page that says more."""
    page, *lines = EXAMPLES[module]
    return f"{fenced('sh', chr(10).join(lines))}\n\nMore: [](../{page})."


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
