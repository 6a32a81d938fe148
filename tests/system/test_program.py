"""What a command asks of its process: any encoding, any folder, any path.

And the command ``wann``.
"""

import io
import os
import shlex
import subprocess
import sys
import warnings
from pathlib import Path

import numba
import pytest
from support.places import HOME

import wann
from wann.__main__ import main
from wann.command.program import quoted, run_command, shell_command
from wann.errors import WannError, warn
from wann.packages import check_ours, working_folder_last

HARMLESS = [
    "runs/a",
    "my runs/first try",
    "x;touch INJ",
    "it's",
    '$HOME `id` "q" \\n',
    "e\033[31mX",
    "tab\tand\nline",
]


@pytest.fixture
def python(tmp_path):
    """Return a function that runs this Python in a folder of its own, where wann is not."""

    def run(*args, cwd=tmp_path, **env):
        env = {**os.environ, "PYTHONPATH": str(HOME), **env}
        return subprocess.run([sys.executable, *args], capture_output=True, cwd=cwd, env=env)

    return run


# ------------------------------------------------------------------------------------ the command
def test_it_runs_a_module_by_its_short_or_its_whole_name(capsys, monkeypatch):
    for name in ("explain", "wann.explain", "viz.assess", "watch"):
        monkeypatch.setattr(sys, "argv", ["wann"])
        with pytest.raises(SystemExit) as end:
            main([name, "--help"])
        assert end.value.code == 0 and f".{name.split('.')[-1]} [-h]" in capsys.readouterr().out
        assert sys.argv == [f"wann {name}", "--help"]


def test_it_says_its_version_and_those_that_results_depend_on(capsys):
    main(["--version"])
    shown = capsys.readouterr().out
    assert shown.startswith(f"wann {wann.__version__} (Python {sys.version.split()[0]}, numpy ")
    assert f"numba {numba.__version__}" in shown


def test_it_lists_the_commands_and_knows_no_others(capsys):
    main([])
    assert capsys.readouterr().out.startswith("usage: wann COMMAND")
    with pytest.raises(WannError, match="unknown command 'wathc': did you mean watch"):
        main(["wathc", "run"])


# -------------------------------------------------------------------------------- commands to paste
@pytest.mark.skipif(os.name == "nt", reason="another shell")
@pytest.mark.parametrize("text", [*HARMLESS, os.fsdecode(b"not\xffUTF-8\xfe"), "ü θ", ""], ids=repr)
def test_a_shell_takes_quoted_words_for_these_words(text):
    line = quoted("-x", text)
    assert (line.isprintable() and line.isascii()) or text.isprintable()
    script = (
        f"{shlex.quote(sys.executable)} -c 'import os, sys; os.write(1, os.fsencode(sys.argv[2]))'"
        f" {line}"
    )
    assert subprocess.run(
        ["bash", "-c", script], capture_output=True, check=True
    ).stdout == os.fsencode(text)


@pytest.mark.skipif(os.name == "nt", reason="another shell")
@pytest.mark.parametrize("text", ["日本", "a±b→"])
def test_quoted_words_can_be_pasted_from_a_terminal_without_their_characters(monkeypatch, text):
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    line = quoted(text)
    assert line.isascii()
    assert subprocess.run(
        ["bash", "-c", f"printf %s {line}"], capture_output=True
    ).stdout == os.fsencode(text)


def test_a_path_that_begins_with_a_hyphen_is_no_option():
    assert shell_command("assess", Path("-x"), "--task", "-y").endswith(" assess ./-x --task -y")


@pytest.mark.skipif(os.name == "nt", reason="another shell")
def test_a_printed_command_works_when_pasted_in_any_folder(python, tmp_path, monkeypatch):
    (tmp_path / "bin").mkdir()
    for name, path in (("", "/usr/bin:/bin"), ("wann", f"{tmp_path / 'bin'}:/usr/bin:/bin")):
        monkeypatch.setattr("sysconfig.get_path", lambda kind: str(tmp_path / "bin"))
        monkeypatch.setenv("PATH", path)
        line = shell_command("assess", Path("no such run"))
        assert name == "" or line == "wann assess 'no such run'"
        done = subprocess.run(
            ["bash", "-c", line],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(HOME)},
        )
        assert (done.returncode, done.stderr.count("\n")) == (
            2,
            1,
        ) and "no such run: no such file" in done.stderr
        script = tmp_path / "bin" / "wann"
        script.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m wann "$@"\n')
        script.chmod(0o755)
    monkeypatch.setenv("PATH", "/usr/bin:/bin")  # as where the environment is not activated
    assert shell_command("assess", "x") == f"{quoted(script)} assess x"


# -------------------------------------------------------------------------------------- the folder
def test_modules_of_the_working_folder_come_last(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for first in ("", str(tmp_path), "."):
        monkeypatch.setattr(sys, "path", [first, "/a", str(HOME), "/b"])
        working_folder_last()
        assert sys.path == ["/a", str(HOME), "/b", str(tmp_path)]
    monkeypatch.setattr(sys, "path", ["", "/a"])  # wann was found by a hook
    working_folder_last()
    assert sys.path == ["/a", str(HOME), str(tmp_path)]
    monkeypatch.chdir(HOME)
    monkeypatch.setattr(sys, "path", ["", "/a"])
    working_folder_last()
    assert sys.path == ["", "/a"]


@pytest.fixture
def clash(tmp_path):
    """Return a project with folders of our names, and a task of its own."""
    for name in ("envs", "viz", "configs"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise RuntimeError('of the project')")
    (tmp_path / "mine.py").write_text("from envs.cartpole import CARTPOLE as TASK\n")
    return tmp_path


TINY = [
    "--set",
    "generations=1",
    "--set",
    "search.population=8",
    "--set",
    "report_trials=4",
    "--backend",
    "serial",
]


@pytest.mark.slow
def test_folders_of_our_names_hide_nothing(clash, python):
    done = python("-m", "wann.evolve", "mine:TASK", *TINY, "--out", "run")
    assert done.returncode == 0, done.stderr
    for module in (
        ["wann", "topology"],
        ["wann", "watch", "--gif", "a.gif", "--task", "mine:TASK"],
    ):
        done = python("-m", *module, "run")
        assert done.returncode == 0, done.stderr
    assert (clash / "a.gif").exists() and (clash / "run" / "figures" / "topology.png").exists()


def test_another_package_of_our_name_is_named_in_a_line(clash, python):
    beside = {"PYTHONPATH": os.pathsep.join((str(clash), str(HOME)))}
    other = clash.parent / "other"
    other.mkdir(exist_ok=True)
    done = python("-m", "wann.evolve", "cartpole", cwd=other, **beside)
    assert done.returncode == 2 and done.stderr.count(b"\n") == 1
    assert (
        f"{clash}/envs/__init__.py stands in the way of wann's own {HOME}/envs/__init__.py".encode()
        in done.stderr
    )
    done = python("-m", "wann", "topology", "run", cwd=other, **beside)
    assert done.returncode == 2 and done.stderr.count(b"\n") == 1
    assert f"{clash}/viz/__init__.py stands in the way".encode() in done.stderr
    (clash / "viz").rename(clash / "elsewhere")
    done = python("-m", "viz.topology", "run", cwd=other, **beside)
    assert (
        done.returncode == 1
        and done.stderr.count(b"\n") == 1
        and b"envs/__init__.py stands" in done.stderr
    )


def test_our_packages_are_ours_unless_overwritten(monkeypatch, tmp_path):
    check_ours("envs")
    check_ours("viz")
    (tmp_path / "envs").mkdir()
    (tmp_path / "envs" / "__init__.py").write_text(
        "# of another distribution, installed over ours\n"
    )
    monkeypatch.setattr("wann.packages.HOME", tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "envs", raising=False)
    with pytest.raises(ImportError, match="stands in the way"):
        check_ours("envs")
    monkeypatch.setattr("wann.packages.HOME", tmp_path / "elsewhere")  # as on a worker of a cluster
    with pytest.raises(ImportError, match="stands in the way"):
        check_ours("envs")
    (tmp_path / "envs" / "__init__.py").write_text('"""The tasks that come with wann."""\n')
    check_ours("envs")


# ------------------------------------------------------------------------------------ the warnings
def test_warnings_are_told_where_exceptions_are_asked_for(monkeypatch):
    monkeypatch.setattr(warnings, "formatwarning", warnings.formatwarning)

    def main():
        warnings.warn("of a library", stacklevel=1)
        warnings.simplefilter("error")  # as an environment may do
        warn("ours")

    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("error")
        run_command(main)
        assert [str(each.message) for each in told] == ["of a library", "ours"]
        with pytest.raises(UserWarning):  # who asks for them gets them
            warnings.warn("of the environment", stacklevel=1)


# -------------------------------------------------------------------------------------- the output
TEXT = "±1 × 2 … θ → \u2009é"


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [
        ("utf-8", TEXT),
        ("cp1252", "±1 × 2 … \\u03b8 ->  é"),
        ("latin-1", "±1 × 2 ... \\u03b8 ->  é"),
        ("ascii", "+-1 x 2 ... \\u03b8 ->  \\xe9"),
        ("utf-16", TEXT),
    ],
)
def test_any_encoding_will_do(encoding, shown, monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    for name in ("stdout", "stderr"):
        monkeypatch.setattr(sys, name, io.TextIOWrapper(io.BytesIO(), encoding=encoding))

    def fail():
        print(TEXT)
        raise WannError(f"{TEXT} \udcff")

    with pytest.raises(SystemExit) as end:
        run_command(fail)
    sys.stdout.flush()
    sys.stderr.flush()
    out, err = (
        sys.stdout.buffer.getvalue().decode(encoding),
        sys.stderr.buffer.getvalue().decode(encoding),
    )
    assert end.value.code == 2 and out == f"{shown}\n"
    assert err.startswith("error: ") and err.endswith("\\udcff\n") and "1" in err


def test_no_output_and_no_folder_will_do(python, tmp_path):
    """Closed output, a full disk behind it, and a folder that was removed."""
    wanted = (
        "import os, sys; from wann.command.program import run_command; run_command(lambda:"
        " print('x' * 10))"
    )
    line = f"{shlex.quote(sys.executable)} -c {shlex.quote(wanted)}"
    env = {**os.environ, "PYTHONPATH": str(HOME)}
    gone = tmp_path / "gone"
    gone.mkdir()
    for end, code, told in (
        (">&-", 0, 0),
        (">&- 2>&-", 0, 0),
        ("> /dev/full", 2, 1),
        ("| true", 0, 0),
    ):
        before = "" if end != "> /dev/full" or Path("/dev/full").exists() else "exit 2; "
        done = subprocess.run(["bash", "-c", f"{before}{line} {end}"], capture_output=True, env=env)
        assert (done.returncode, done.stderr.count(b"\n")) == (code, told), (end, done.stderr)
    done = subprocess.run(
        ["bash", "-c", f"cd {gone} && rmdir {gone} && {line}"], capture_output=True, env=env
    )
    assert (done.returncode, done.stdout) == (0, b"x" * 10 + b"\n"), done.stderr


def test_environments_may_close_stdout_or_leave_text_in_it(python):
    code = (
        "import sys; from wann.output import own_stdout, say\n"
        "with own_stdout():\n"
        "    sys.__stdout__.write('not flushed\\n')\n"
        "    print('printed')\n"
        "    sys.stdout.close()\n"
        "    say('result')\n"
        "    print('told', file=sys.stderr)"
    )
    done = python("-c", code, PYTHONUNBUFFERED="")
    assert (done.returncode, done.stdout) == (0, b"result\n"), done.stderr
    assert sorted(done.stderr.splitlines()) == [b"not flushed", b"printed", b"told"]


@pytest.mark.skipif(os.name == "nt", reason="another shell")
@pytest.mark.parametrize("closed", ["0<&- 2>&-", "0<&- 1>&- 2>&-", "2>&-"])
def test_files_do_not_take_the_place_of_closed_descriptors(tmp_path, closed):
    code = (
        "import os, sys; from wann.command.program import run_command\nrun_command(lambda:"
        f" print(open({str(tmp_path / 'file')!r}, 'w').fileno() > 2, file=sys.__stdout__ or"
        " None))\nos.write(2, b'lost'); os.system('echo lost >&2')\nos.rename(*sys.argv[1:])"
    )
    line = shlex.join([sys.executable, "-c", code, str(tmp_path / "file"), str(tmp_path / "end")])
    env = {**os.environ, "PYTHONPATH": str(HOME)}
    done = subprocess.run(["bash", "-c", f"{line} {closed}"], capture_output=True, env=env)
    assert done.returncode == 0 and done.stdout == (b"" if "1>" in closed else b"True\n")
    assert (tmp_path / "end").read_bytes() == b""
