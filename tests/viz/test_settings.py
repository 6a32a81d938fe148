"""A user's settings of matplotlib do not matter to the figures that commands write."""

import os
import subprocess
import sys
from functools import partial

import matplotlib
import pytest
from support.figure_samples import grow, make_run
from support.places import HOME

from viz import curves, topology
from viz.style import run_drawing

LOUD = {
    "text.usetex": True,
    "figure.facecolor": "black",
    "text.color": "white",
    "font.size": 30.0,
    "savefig.bbox": "tight",
    "savefig.transparent": True,
    "svg.fonttype": "none",
    "axes.grid": True,
    "figure.dpi": 33,
    "lines.linewidth": 9.0,
}


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_a_style_changes_no_byte_of_a_figure(tmp_path, suffix):
    run = make_run(tmp_path / "run")
    grow(12, 1).save(tmp_path / "c.json")
    commands = [(curves, run), (topology, tmp_path / "c.json")]
    for k, (module, subject) in enumerate(commands):
        for name, settings in (("plain", {}), ("loud", LOUD)):
            file = tmp_path / f"{name}{k}.{suffix}"
            with matplotlib.rc_context(settings):
                run_drawing(partial(module.main, [str(subject), "-o", str(file)]))
                assert matplotlib.rcParams["font.size"] == settings.get(
                    "font.size", matplotlib.rcParams["font.size"]
                )
        assert (tmp_path / f"plain{k}.{suffix}").read_bytes() == (
            tmp_path / f"loud{k}.{suffix}"
        ).read_bytes()


@pytest.mark.parametrize(
    ("settings", "backend", "shown"),
    [
        (
            "backend: module://nowhere",
            "module://not_installed.backend_inline",
            "'module://not_installed.backend_inline'",
        ),
        ("nonsense: 1\nfont.size: abc", "svg", "'svg'"),
        ("text.usetex: True", None, "None"),
        (
            "font.size: \udcff",
            None,
            "ImportError: matplotlib cannot read its settings, a file matplotlibrc",
        ),
    ],
    ids=["no such backend", "nonsense", "TeX", "not UTF-8"],
)
def test_a_backend_that_is_not_installed_and_broken_settings(tmp_path, settings, backend, shown):
    (tmp_path / "matplotlibrc").write_bytes(os.fsencode(settings))
    env = {**os.environ, "PYTHONPATH": str(HOME), "MPLBACKEND": backend or ""}
    if backend is None:
        del env["MPLBACKEND"]
    code = "import os, viz.curves; print(repr(os.environ.get('MPLBACKEND')))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=env, capture_output=True, text=True
    )
    assert shown in done.stdout + done.stderr
    assert done.returncode == ("ImportError" in shown)
