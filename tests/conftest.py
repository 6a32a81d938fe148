"""Shared by all tests: no window opens, and the optional data."""

import os
from pathlib import Path

import pytest
from command import SMALL, run

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")

PUBLISHED = Path(__file__).resolve().parents[2] / "shared" / "data" / "champions" / "swing.out"


@pytest.fixture
def published() -> Path:
    """Return the published swing-up champion, where it is at hand."""
    if not PUBLISHED.exists():
        pytest.skip("the published champion (shared/data/champions/swing.out) is not on this machine")
    return PUBLISHED


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """Return a small run that was never interrupted."""
    path = tmp_path_factory.mktemp("runs") / "finished"
    done = run(*SMALL, "--set", "generations=40", "--seed", 3, "--out", path, "--backend", "serial")
    assert done.returncode == 0, done.stderr
    assert "champion:" in done.stdout and f"python -m viz.watch {path}" in done.stdout
    return path
