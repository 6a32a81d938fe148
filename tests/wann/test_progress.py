"""What a run shows."""

import io
from pathlib import Path

from wann.config import Config
from wann.progress import Progress


def test_names_are_shown_as_they_are():
    text = io.StringIO()
    Progress(Config(task="own:balloon:X[bold]"), Path("runs/[red]x"), text).start(0)
    assert "own:balloon:X[bold]: 1024 generations, seed 0, in runs/[red]x" in text.getvalue()
