"""What a run shows while it runs: a live panel on a terminal, plain lines in a log."""

import signal
import time
from pathlib import Path
from typing import Any, TextIO

from numba.core import event
from rich.console import Console
from rich.live import Live
from rich.table import Table

from wann.config import Config

SECONDS_BETWEEN_LINES = 5.0


def shown(score: float) -> str:
    """Return a score as people read it: returns of hundreds with one decimal, losses near 1 with three."""
    return f"{score:.1f}" if abs(score) >= 10 else f"{score:.3f}"


class Progress(event.Listener):
    """Shows generations, and turns the first Ctrl-C or SIGTERM into a request to stop; a context manager.

    Attributes:
        stopped: whether a stop was requested.
    """

    def __init__(self, config: Config, path: Path, file: TextIO):
        """Show the run of ``config`` in the directory ``path`` on ``file``."""
        self.config, self.path, self.stopped = config, path, False
        self.console = Console(file=file, markup=False, emoji=False, highlight=False, soft_wrap=True)
        self._live: Live | None = None
        self._first: tuple[dict[str, float], float] | None = None
        self._shown = 0.0
        self._handlers: dict[int, Any] = {}
        self._compiling = False

    def __enter__(self) -> "Progress":
        """Listen to signals and to the compiler."""
        for number in (signal.SIGINT, signal.SIGTERM):
            self._handlers[number] = signal.signal(number, self._stop)
        event.register("numba:compile", self)
        return self

    def __exit__(self, *exception: object) -> None:
        """Leave the terminal and the signals as they were."""
        event.unregister("numba:compile", self)
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        if self._live:
            self._live.stop()

    def _stop(self, number: int, frame: object) -> None:
        if self.stopped:
            raise KeyboardInterrupt
        self.stopped = True
        self.console.print("stopping after this generation; Ctrl-C again stops at once")

    def on_start(self, _: event.Event) -> None:
        """Say once that the compiler works, since it takes a while and only on a first run."""
        if not self._compiling:
            self._compiling = True
            self.console.print("compiling for this machine, once: later runs start at once …")

    def on_end(self, _: event.Event) -> None:
        """Nothing to say."""

    def start(self, generation: int) -> None:
        """Say where the run starts."""
        verb = f"resumed at generation {generation}" if generation else f"seed {self.config.seed}"
        self.console.print(f"{self.config.task}: {self.config.generations} generations, {verb}, in {self.path}")

    def show(self, row: dict[str, float]) -> None:
        """Show the generation that this row of history.csv describes."""
        now, remaining = time.monotonic(), self.config.generations - row["generation"] - 1
        if self._first is None:  # speed counts from here: the first generation may have compiled
            self._first = row, now
            if self.console.is_terminal:
                self._live = Live(console=self.console, refresh_per_second=4)
                self._live.start()
        elif remaining and not self.stopped and now - self._shown < (0.25 if self._live else SECONDS_BETWEEN_LINES):
            return
        self._shown = now
        first, begun = self._first
        seconds, done = now - begun, row["generation"] - first["generation"]
        left = seconds / done * remaining if done else 0.0
        figures = {
            "generation": f"{row['generation'] + 1:.0f}/{self.config.generations}",
            "best": shown(row["best"]),
            "median": shown(row["median"]),
            "mean": shown(row["mean"]),
            "champion": shown(row["champion"]),
            "connections": f"{row['champion_connections']:.0f}",
            "steps/s": f"{(row['steps'] - first['steps']) / seconds / 1e6:.1f}M" if done else "-",
            "left": f"{left // 60:.0f}:{left % 60:02.0f}" if done else "-",
        }
        if self._live:
            table = Table(box=None, padding=(0, 2, 0, 0))
            for name in figures:
                table.add_column(name, justify="right", style="bold" if name == "champion" else "")
            table.add_row(*figures.values())
            self._live.update(table)
        else:
            self.console.print("  ".join(f"{name} {value}" for name, value in figures.items()))
