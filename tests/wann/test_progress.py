"""What a run shows."""

import io
from pathlib import Path

from wann.config import Config
from wann.progress import Progress, rate


def test_names_are_shown_as_they_are():
    text = io.StringIO()
    Progress(Config(task="own:balloon:X[bold]"), Path("runs/[red]x"), text).start(0)
    assert "own:balloon:X[bold]: 1024 generations, seed 0, in runs/[red]x" in text.getvalue()


def test_rates_of_compiled_and_of_python_tasks():
    assert [rate(steps) for steps in (113.06e6, 999_949.0, 1234.0)] == ["113.1M", "999.9k", "1.2k"]
