"""What commands print: no name and no path steers the terminal, whichever command it is given
to.
"""

import io
import json
from pathlib import Path

import pytest
from support.command import SMALL, call

from viz.curves import main as curves
from viz.explorer.__main__ import main as explorer
from viz.topology import main as topology
from wann.assess import __main__ as assess
from wann.command.program import run_command
from wann.command.progress import Display
from wann.errors import one_line
from wann.evolve.__main__ import main as evolve
from wann.explain import __main__ as explain
from wann.export import __main__ as export
from wann.output import say, say_json
from wann.pruning import control
from wann.pruning.comparison import compare
from wann.simplify import __main__ as simplify
from wann.tune import __main__ as tune

# its last is a byte that is no text, as names of files may have it
EVIL = "e\x1b[31m\x9b31m\r\x07\x7f\u202e\n\udcff"


def is_clean(text):
    return all(character.isprintable() or character == "\n" for character in text)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Return the directory of a run, and what it printed."""
    path = tmp_path_factory.mktemp("terminal") / EVIL
    done = call(*SMALL, "--set", "generations=2", "--out", path)
    assert done.returncode == 0, done.stderr
    return path, done.stdout + done.stderr


def test_a_run_in_a_folder_with_any_name(run):
    path, printed = run
    assert is_clean(printed) and r"e\x1b[31m\x9b31m\r\x07\x7f\u202e" in printed
    # of commands, quoted
    assert printed.count(r"/e\x1b[31m\xc2\x9b31m\x0d\x07\x7f\xe2\x80\xae\x0a\xff'") == 4
    resumed = call("--resume", path, "--set", "generations=3")
    assert (
        resumed.returncode == 0
        and is_clean(resumed.stdout + resumed.stderr)
        and r"e\x1b[31m" in resumed.stdout
    )
    again = call(*SMALL, "--out", path)
    assert again.returncode == 2 and is_clean(again.stderr) and again.stderr.count("\n") == 1
    told = call("--resume", path, "--set", "generations=4", "--json")
    assert json.loads(told.stdout)["run"] == str(path) and is_clean(told.stdout.rstrip("\n"))


COMMANDS = {
    "export": (export.main, ["--to", "c", "--force"]),
    "assess": (assess.main, ["--trials", "2"]),
    "explain": (explain.main, ["--trials", "2"]),
    "tune": (tune.main, ["--generations", "1", "--trials", "1", "--force"]),
    "simplify": (simplify.main, ["--trials", "2", "--force"]),
    "topology": (topology, []),
    "curves": (curves, []),
    "explorer": (explorer, ["--trials", "1"]),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_for_it(run, name, capsys):
    main, options = COMMANDS[name]
    main([str(run[0]), *options])
    printed = capsys.readouterr()
    assert printed.out and is_clean(printed.out + printed.err)


def test_pruning_into_a_folder_with_any_name(tmp_path, capsys):
    small = [
        "--methods",
        "random",
        "--compressions",
        "2",
        "--seeds",
        "0",
        "--hidden",
        "3",
        "--epochs",
        "1",
    ]
    compare.main(["support.rings_task:TASK", *small, "--out", str(tmp_path / EVIL)])
    printed = capsys.readouterr()
    assert r"e\x1b[31m" in printed.out and is_clean(printed.out + printed.err)
    compare.main(["support.rings_task:TASK", *small, "--out", str(tmp_path / EVIL), "--json"])
    told = capsys.readouterr().out
    assert json.loads(told)["folder"] == str(tmp_path / EVIL) and is_clean(told.rstrip("\n"))


@pytest.mark.parametrize(
    "main", [evolve, tune.main, compare.main, control.main, assess.main, export.main, topology]
)
@pytest.mark.parametrize("arguments", [[EVIL], ["swingup", EVIL, EVIL], [f"--{EVIL}"]])
def test_mistakes(main, arguments, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as stop:
        run_command(lambda: main(arguments))
    printed = capsys.readouterr()
    assert stop.value.code == 2 and printed.err and is_clean(printed.out + printed.err)


def test_what_is_said():
    file = io.StringIO()
    say("a\tb\n\x1b[31m°±…\u2028", file)
    assert file.getvalue() == "a\\tb\n\\x1b[31m°±…\\u2028\n"
    say(Path("a\nb\x1b"), file := io.StringIO())
    assert file.getvalue() == "a\\nb\\x1b\n"
    say_json({"a\x1b\x7f": "\x9b"}, file := io.StringIO())
    assert file.getvalue() == '{"a\\u001b\\u007f": "\\u009b"}\n' and json.loads(
        file.getvalue()
    ) == {"a\x1b\x7f": "\x9b"}
    assert one_line("a\nb\x1b") == "a\\nb\\x1b" and one_line("x" * 99, 9) == "xxxx…xxxx"


@pytest.mark.parametrize("terminal", [False, True])
def test_what_is_shown_while_a_command_works(terminal):
    file = io.StringIO()
    file.isatty = lambda: terminal
    with Display(file) as display:
        display.say("in \x1b]0;title\x07")
        display.figures({"finished": "a\x1b[5mb\x9b"}, bold="")
    assert r"in \x1b]0;title\x07" in file.getvalue() and r"a\x1b[5mb\x9b" in file.getvalue()
    assert (
        "\x1b]0" not in file.getvalue()
        and "\x1b[5m" not in file.getvalue()
        and "\x9b" not in file.getvalue()
    )
