"""A guard: a process that ends others, with all that they have started, once this one has ended,
however it did.

They cannot do so themselves: what they are doing may be C code that returns to Python late or
never.
"""

import os
import subprocess
import sys
from contextlib import suppress

# Reads ids of processes, one a line, until it shall end them: at an empty line, or at the end of
# all lines, which the system brings about even where the writer is killed.  Imports nothing of
# ours, so that it starts
# at once.
SCRIPT = """
import os, signal, sys
pids = []
for line in sys.stdin:
    if not line.strip():
        break
    pids.append(int(line))
for pid in pids:
    for kill in (getattr(os, "killpg", os.kill), os.kill):
        try:
            kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))
        except OSError:
            pass
"""


class Guard:
    """Ends processes, with the groups that they lead, when it is told to or this process has
    ended.
    """

    def __init__(self) -> None:
        """Start the guard."""
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", SCRIPT],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C, and what kills the group of this process, spare it
        )

    def watch(self, pid: int) -> None:
        """End this process, too."""
        self._write(f"{pid}\n")

    def close(self) -> None:
        """End the processes now; once more does nothing."""
        if self._process.stdin and not self._process.stdin.closed:
            with suppress(OSError):
                self._write("\n")
            self._process.communicate()

    def forget(self) -> None:
        """Leave the guard to another process, of which this one is a fork."""
        assert self._process.stdin is not None
        self._process.stdin.close()

    def _write(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode())
        self._process.stdin.flush()


def lead_group() -> None:
    """Make this process the leader of a group, to which those belong that it starts, where the
    system has groups.
    """
    if hasattr(os, "setpgid"):
        os.setpgid(0, 0)
