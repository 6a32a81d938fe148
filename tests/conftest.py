"""Shared by all tests: no window opens, and the optional data."""

import os
from pathlib import Path

import pytest

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")

PUBLISHED = Path(__file__).resolve().parents[2] / "shared" / "data" / "champions" / "swing.out"


@pytest.fixture
def published() -> Path:
    """Return the published swing-up champion, where it is at hand."""
    if not PUBLISHED.exists():
        pytest.skip("the published champion (shared/data/champions/swing.out) is not on this machine")
    return PUBLISHED
