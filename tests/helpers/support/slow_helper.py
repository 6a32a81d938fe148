"""Imported by slow_task from beside it, as users' tasks do."""

import os
import time


def take_your_time(networks):
    """Sleep 25 ms for each network of a generation, as long as the file named by SLOW exists."""
    if networks > 2 and os.path.exists(os.environ.get("SLOW", "")):
        time.sleep(0.025 * networks)
