"""Each command explains itself."""

import importlib
import re
import warnings

import pytest
from support.places import HOME

from wann.__main__ import COMMANDS as SHORT
from wann.__main__ import usage
from wann.command.program import run_command

COMMANDS = sorted(
    ".".join(file.relative_to(HOME).with_suffix("").parts).removesuffix(".__main__")
    for package in ("wann", "envs", "viz")
    for file in (HOME / package).rglob("*.py")
    if file.parent.name != "wann"
    and re.search(r'^if __name__ == "__main__":$', file.read_text(), re.MULTILINE)
)


def module_of(name):
    """Return the module that ``python -m NAME`` runs."""
    module = importlib.import_module(name)
    return importlib.import_module(f"{name}.__main__") if hasattr(module, "__path__") else module


@pytest.mark.parametrize("name", COMMANDS)
def test_help(name, capsys):
    with pytest.raises(SystemExit) as end:
        module_of(name).main(["--help"])
    shown = capsys.readouterr().out
    assert end.value.code == 0 and shown.startswith("usage: python -m ") and "--help" in shown


def test_the_command_wann_has_all_of_them():
    assert sorted(module.removesuffix(".__main__") for module, _ in SHORT.values()) == COMMANDS
    assert all(name in usage() and meaning in usage() for name, (_, meaning) in SHORT.items())


def test_these_are_all_commands():
    assert {
        "wann.evolve",
        "wann.assess",
        "wann.tune",
        "wann.simplify",
        "wann.export",
        "wann.explain",
        "wann.pruning.control",
        "wann.pruning",
        "envs.carracing.features",
        "viz.topology",
        "viz.watch",
        "viz.report",
    } <= set(COMMANDS)


def test_a_warning_is_one_line_without_colour_and_told_once(monkeypatch):
    # the command replaces it
    monkeypatch.setattr(warnings, "formatwarning", warnings.formatwarning)
    lines = []

    def main():
        for text in (
            "\x1b[33mWARN: old\nversion\x1b[0m",
            "\x1b[31mERROR: other\x1b[0m",
            "old\nversion",
        ):
            lines.append(warnings.formatwarning(text, UserWarning, "file.py", 1))

    run_command(main)
    assert lines == ["warning: old\\nversion\n", "warning: other\n", ""]
