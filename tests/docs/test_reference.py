"""The reference is complete: no command, option, key, task, file or public name is missing."""

import importlib
import importlib.util
import inspect
import json
import pkgutil
import re
import sys
from types import SimpleNamespace

import pytest
from support.blocks import Block, commands_of
from support.places import ROOT
from support.trial import read_command

import envs
import viz
import wann
from wann.__main__ import COMMANDS
from wann.champion.champion import SCHEMA
from wann.config import flat, shipped, to_table
from wann.examples import EXAMPLES
from wann.runs.directory import OWN
from wann.runs.front import POPULATION
from wann.runs.history import ACCURACY, HISTORY, TIMING

sys.path.append(str(ROOT / "docs"))  # as docs/conf.py does
generated = importlib.import_module("parts.generated")
options = importlib.import_module("parts.options")

REFERENCE = ROOT / "docs" / "reference"
PUBLIC = (
    "wann", "wann.assess", "wann.compare", "wann.explain", "wann.export", "wann.physics",
    "wann.search", "wann.simplify", "wann.sklearn", "wann.tasks", "wann.tune", "viz.watch",
)  # fmt: skip
OF_TORCH = "wann.pruning.torch"
HAS_TORCH = importlib.util.find_spec("torch") is not None


def page(name):
    """Return a page as Sphinx gets it."""
    return generated.filled((REFERENCE / f"{name}.md").read_text())


def section(text, heading):
    """Return a section of a page."""
    return text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def test_the_parts_are_where_the_pages_say():
    named = [
        name
        for file in REFERENCE.glob("*.md")
        for name in generated.PLACE.findall(file.read_text())
    ]
    assert sorted(named) == sorted(generated.PARTS)
    assert generated.filled("a <!-- other --> b") == "a <!-- other --> b"


def test_pages_with_parts_are_read_at_each_build(tmp_path):
    texts = {"a": "text", "b": "<!-- generated: tasks -->", "c": "<!-- table: digits -->\n"}
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    env = SimpleNamespace(found_docs=[*texts], doc2path=lambda name: tmp_path / name)
    assert generated.made_anew(None, env, set(), set(), set()) == ["b", "c"]


# ---------------------------------------------------------------------------------------- commands
@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_of_every_command_is_there(name):
    text = section(page("commands"), f"wann {name}")
    assert f"wann {name} [-h]" in text and "python -m" in text
    actions = importlib.import_module(COMMANDS[name][0]).parser()._actions[1:]
    blocks = re.findall(r"```\{option\} (.*)\n(.+)", text)
    assert len(blocks) == len(actions) > 0
    for action, (shown, meaning) in zip(actions, blocks, strict=True):
        assert all(f"{word}" in shown.replace(",", "").split() for word in action.option_strings)
        assert re.match(r"[\w`\\(]", meaning), shown
    assert "default:" not in text and "(default" not in text  # each has a line of its own


def test_the_list_of_commands_leads_to_each():
    text = page("commands")
    links = re.findall(r"^\| \[`wann (\S+)`\]\(#(\S+)\) \| \S", text, re.MULTILINE)
    assert [name for name, _ in links] == list(COMMANDS)
    assert all(f"({anchor})=" in text for _, anchor in links)
    assert "`--resume`" in text.partition("\n## ")[0]  # or it were shown as a dash


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_a_command_ends_with_examples_and_a_page(name):
    module = COMMANDS[name][0]
    file, *examples = EXAMPLES[module.removesuffix(".__main__")]
    shown = importlib.import_module(module).parser().format_help()
    assert shown.endswith("\n".join(f"  {line}" for line in examples) + f"\n\nmore: docs/{file}\n")
    assert 2 <= len(examples) <= 4 and (ROOT / "docs" / file).exists()
    assert max(map(len, examples)) <= 86
    for command in commands_of(Block("help", 1, "sh", "\n".join(examples), (), "")):
        assert command.ours[0] == name and read_command(command) is None, command.text
    assert fenced(examples) in section(page("commands"), f"wann {name}")


def fenced(lines):
    return "\n".join(("```sh", *lines, "```"))


def test_the_help_of_an_option_becomes_sentences():
    parser = importlib.import_module("argparse").ArgumentParser()
    add = parser.add_argument
    parts = {
        add("--a", type=int, metavar="N", default=3, help="how many_of (default: 3); or fewer"): (
            "--a N", "How many\\_of; or fewer.\nDefault: 3."
        ),
        add("--b", "-b", nargs="+", help="default: 0 1"): ("--b B …, -b B …", "Default: 0 1."),
        add("--c", choices=("x", "y"), required=True, help="as python -m wann.evolve FILE.csv"): (
            "--c NAME", "As wann evolve `FILE.csv`.\nOne of `x`, `y`.\nRequired."
        ),
        add("--d", default="x", help="a word, 50 %%"): ("--d D", "A word, 50 %.\nDefault: x."),
        add("e", metavar="E", help="a file; default: new"): ("E", "A file.\nDefault: new."),
    }  # fmt: skip
    for action, (shown, text) in parts.items():
        assert options.option(action) == f"```{{option}} {shown}\n{text}\n```"


# ----------------------------------------------------------------------------------- configuration
def test_every_key_is_there_with_its_default_and_who_differs():
    text = page("configuration")
    shown = re.findall(r"```\{confval\} (\S+)\n:type: (.+)\n:default: `(.*)`\n\n(\w.*\.)\n", text)
    default = flat(to_table(wann.Config()))
    assert {key: json.loads(value) for key, _, value, _ in shown} == default
    kinds = {key: kind for key, kind, _, _ in shown}
    assert kinds["search.population"] == "whole number from 2 to 1,000,000"
    assert kinds["sweep"] == "`fixed` or `fresh`" and kinds["racing"] == "`true` or `false`"
    assert kinds["search.activations"] == "list of names"
    assert kinds["search.cull"] == "number from 0 to 0.99"
    population = text.partition("{confval} search.population\n")[2].partition("```")[0]
    assert (
        "| `960` | `mnist_best`, `mnist_paper`, `mountaincar`, `pendulum`, `swingup`, "
        in population
    )
    assert "`swingup_paper`" not in population  # has the default


def test_every_shipped_configuration_is_there():
    text = page("configuration")
    for name in shipped():
        assert f"\n### {name}\n" in text and (ROOT / "configs" / f"{name}.toml").exists()


# ------------------------------------------------------------------------------------------- files
def test_every_file_column_and_key_is_there():
    text = page("files")
    words = set(re.findall(r"`([^`]+)`", text))
    assert words >= OWN | {*HISTORY, ACCURACY, *TIMING, "tuned.json", "simplified.json"}
    assert words >= {f"population.{name}" for name in POPULATION}
    schema = json.loads(SCHEMA.read_text())["properties"]
    assert words >= set(schema) | {f"nodes[].{key}" for key in schema["nodes"]["items"]["required"]}
    assert '| `format` | `"wann-network"` |' in text and "`shared_weight` (optional)" in text


# ------------------------------------------------------------------------------------------- tasks
def test_every_task_is_there_with_its_physics_and_configurations():
    text = page("tasks")
    for name in envs.TASKS:
        assert re.search(rf"^\| `{name}` \| \S", text, re.MULTILINE), name
    swingup = section(text, "swingup, swingup_hard")
    for part in (
        "### Observation Space", "### Success", "| `gravity` | m/s^2 | 9.82 | 9.82 |",
        "`swingup_tournament`", "*stays up* (the last 50 steps)", "`wann/CartPoleSwingUpHard-v0`",
    ):  # fmt: skip
        assert part in swingup
    assert "*reaches the line* and ends; in Gymnasium `wann/Acrobot-v0`" in section(text, "acrobot")
    gym = section(text, "Gymnasium environments")
    assert "| `lunarlander` | `envpool:LunarLander-v3` | " in gym and "`pendulum`" not in gym


# ------------------------------------------------------------------------------------------ Python
def public_names():
    """Return what a user may build on: what modules export, and what draws."""
    for module in (*PUBLIC, *[OF_TORCH] * HAS_TORCH):
        found = importlib.import_module(module)
        for name in getattr(found, "__all__", ["WANNClassifier"]):
            yield module, name
    for file in pkgutil.iter_modules(viz.__path__):
        module = f"viz.{file.name}"
        if inspect.isfunction(getattr(importlib.import_module(module), "draw", None)):
            yield module, "draw"
    yield from (("wann.pruning.prune", name) for name in ("prune", "Pruner", "Problem", "METHODS"))


def test_every_public_name_is_there():
    text = page("api")
    shown = re.findall(r"^\.\. auto\w+:: (\S+)$|^`(wann\.\w+[\w.]*)`", text, re.MULTILINE)
    names = [part or other for part, other in shown]
    assert any(name.startswith(OF_TORCH) for name in names)
    names = [name for name in names if HAS_TORCH or not name.startswith(OF_TORCH)]
    things = [find(*name.rpartition(".")[::2]) for name in names]
    missing = [
        f"{module}.{name}"
        for module, name in public_names()
        if not any(find(module, name) is thing for thing in things)
    ]
    assert not missing


def find(module, name):
    """Return what a module has by this name; it is an error if it has not."""
    return getattr(importlib.import_module(module), name)


def test_docstrings_become_what_docutils_knows():
    lines = ["Do it:", "", "    code", "", "Returns: this", "and that.", "", "Args:", "    a: b"]
    generated.tidy(None, "", "", None, None, lines)
    assert lines == [
        "Do it::",
        "",
        "    code",
        "",
        ":returns: this and that.",
        "",
        "Args:",
        "    a: b",
    ]
