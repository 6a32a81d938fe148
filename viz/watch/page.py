"""What is there to watch where no window can be opened: the explorer's page."""

import os
import sys
import webbrowser
from collections.abc import Sequence
from pathlib import Path

from viz.explorer.__main__ import default_page, write_page
from viz.explorer.given import read_given
from wann.output import say

NO_WINDOW = 'no window without pygame and a display (pip install "wann[window]")'


def explore(paths: Sequence[Path], task: str | None, reason: str) -> None:
    """Write the explorer's page of champions, say where, and open it if there is a display.

    Args:
        paths: of the champions.
        task: name of the task, if it was given.
        reason: why no window is opened.

    Raises:
        WannError: a page cannot be written.
    """
    say(f"{reason}: a page for the browser instead; for a film add --gif FILE")
    page = default_page(paths)
    write_page(*read_given(paths, task_name=task), page)
    if has_browser():
        webbrowser.open(page.absolute().as_uri())


def has_browser() -> bool:
    """Return whether a browser could be seen; one in the terminal could not show the page."""
    quoted = any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
    return sys.platform != "linux" or quoted
