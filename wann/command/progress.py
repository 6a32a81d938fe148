"""What a run shows while it runs: a live panel on a terminal, plain lines in a log."""

import math
import signal
import sys
import time
from pathlib import Path
from typing import Any, Self, TextIO

from numba.core import event
from rich.console import Console
from rich.live import Live
from rich.table import Table

from wann.config import Config
from wann.errors import printable

SECONDS_BETWEEN_LINES = 5.0
QUIET_SECONDS = 2.0  # before anything is shown of episodes


def score_text(score: float) -> str:
    """Return a score as people read it: returns of hundreds with one decimal, losses near 1 with
    three.
    """
    return f"{score:.1f}" if abs(score) >= 10 else f"{score:.3f}"


def starts_text(share: float, trials: int) -> str:
    """Return in how many of the starts a network succeeds, as "97 of 100 starts"."""
    return f"{round(share * trials)} of {trials} starts"


def rate(steps: float) -> str:
    """Return steps per second as people read them: compiled physics makes millions, Python
    thousands or fewer.
    """
    if steps < 1e3:
        return f"{steps:.0f}"
    return f"{steps / 1e6:.1f}M" if steps >= 1e6 else f"{steps / 1e3:.1f}k"


class Display(event.Listener):
    """Shows figures as they change; a context manager."""

    def __init__(self, file: TextIO):
        """Show on ``file``."""
        self.console = Console(
            file=file, markup=False, emoji=False, highlight=False, soft_wrap=True
        )
        self._live: Live | None = None
        self._shown = 0.0
        self._compiling = False

    def __enter__(self) -> Self:
        """Listen to the compiler."""
        event.register("numba:compile", self)
        return self

    def __exit__(self, *exception: object) -> None:
        """Leave the terminal as it was."""
        event.unregister("numba:compile", self)
        if self._live:
            self._live.stop()

    def say(self, text: str) -> None:
        """Print a line; nothing in it can steer the terminal."""
        self.console.print(printable(text))

    def announce(self, episodes: int) -> None:
        """Say how much work an environment in Python is going to be."""
        self.say(f"up to {episodes} episodes to play")

    def on_start(self, _: event.Event) -> None:
        """Say once that the compiler works, since it takes a while and only on a first run."""
        if not self._compiling:
            self._compiling = True
            self.say("compiling for this machine, once: later runs start at once …")

    def on_end(self, _: event.Event) -> None:
        """Nothing to say."""

    @property
    def due(self) -> bool:
        """Whether the figures on show are old enough to be replaced."""
        return time.monotonic() - self._shown >= (
            0.25 if self.console.is_terminal else SECONDS_BETWEEN_LINES
        )

    def figures(self, figures: dict[str, str], bold: str) -> None:
        """Show these figures by name: in place of the last ones on a terminal, else as a line."""
        self._shown = time.monotonic()
        figures = {name: printable(value) for name, value in figures.items()}
        if not self.console.is_terminal:
            self.say("  ".join(f"{name} {value}" for name, value in figures.items()))
            return
        if self._live is None:
            self._live = Live(console=self.console, refresh_per_second=4)
            self._live.start()
        table = Table(box=None, padding=(0, 2, 0, 0))
        for name in figures:
            table.add_column(name, justify="right", style="bold" if name == bold else "")
        table.add_row(*figures.values())
        self._live.update(table)


class Stoppable(Display):
    """Turns the first Ctrl-C or SIGTERM into a request to stop, too.

    Attributes:
        stopped: whether a stop was requested.
        unit: what is finished before it stops.
    """

    unit = "this generation"

    def __init__(self, file: TextIO):
        """Show on ``file``."""
        super().__init__(file)
        self.stopped = False
        self._handlers: dict[int, Any] = {}

    def __enter__(self) -> Self:
        """Listen to signals, too."""
        for number in (signal.SIGINT, signal.SIGTERM):
            self._handlers[number] = signal.signal(number, self._stop)
        return super().__enter__()

    def __exit__(self, *exception: object) -> None:
        """Leave the terminal and the signals as they were."""
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        super().__exit__(*exception)

    def _stop(self, number: int, frame: object) -> None:
        if self.stopped:
            raise KeyboardInterrupt
        self.stopped = True
        self.console.print(f"stopping after {self.unit}; Ctrl-C again stops at once")

    @property
    def due(self) -> bool:
        """Whether the figures on show are old enough to be replaced."""
        return self.stopped or super().due


class Progress(Stoppable):
    """Shows the generations of an evolution."""

    def __init__(self, config: Config, path: Path | None, file: TextIO):
        """Show the run of ``config`` in the directory ``path`` on ``file``."""
        super().__init__(file)
        self.config, self.path = config, path
        self._first: tuple[dict[str, float], float] | None = None

    def start(self, generation: int) -> None:
        """Say where the run starts."""
        verb = f"resumed at generation {generation}" if generation else f"seed {self.config.seed}"
        self.say(
            f"{self.config.task}: {self.config.generations} generations, {verb}, in {self.path}"
        )

    def show(self, row: dict[str, float]) -> bool:
        """Show the generation that this row of history.csv describes; return whether to stop."""
        now, remaining = time.monotonic(), self.config.generations - row["generation"] - 1
        if self._first is None:  # speed counts from here: the first generation may have compiled
            self._first = row, now
        elif remaining and not self.due:
            return self.stopped
        first, begun = self._first
        seconds, done = now - begun, row["generation"] - first["generation"]
        left = seconds / done * remaining if done else 0.0
        figures = {
            "generation": f"{row['generation'] + 1:.0f}/{self.config.generations}",
            "best": score_text(row["best"]),
            "median": score_text(row["median"]),
            "mean": score_text(row["mean"]),
            "champion": score_text(row["champion"]),
            **({"accuracy": f"{100 * row['accuracy']:.1f} %"} if "accuracy" in row else {}),
            "connections": f"{row['champion_connections']:.0f}",
            "steps/s": rate((row["steps"] - first["steps"]) / seconds) if done else "-",
            "left": clock(left) if done else "-",
        }
        self.figures(figures, bold="champion")
        return self.stopped


def clock(seconds: float) -> str:
    """Return a time as minutes:seconds."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"


class TuneProgress(Stoppable):
    """Shows how far a tuning has come."""

    def of(self, task: str, seed: int, path: Path) -> Self:
        """Show the tuning for a task, with a seed, into a file, and return itself."""
        self._task, self._seed, self._path = task, seed, path
        return self

    def begin(self, weights: int, known: int, episodes: int | None) -> None:
        """Say where the tuning starts, how many evaluations are known, and the episodes if these
        are slow.
        """
        verb = f"resumed after {known} evaluations" if known else f"seed {self._seed}"
        self.say(f"{self._task}: {weights} weights to tune, {verb}, into {self._path}")
        if episodes is not None:
            self.announce(episodes)
        self._begun: tuple[float, int, float] | None = None

    def show_shared(self, weight: float) -> None:
        """Say which shared weight is best."""
        self.say(f"best shared weight: {weight:g}")

    def show(self, share: float, best: float, steps: int) -> None:
        """Show which share of the work is done, the best score so far, and the environment steps
        made now.
        """
        now = time.monotonic()
        if steps == 0 and share < 1:  # all is from the log
            return
        if self._begun is None:
            self._begun = share, steps, now
        elif share < 1 and not self.due:
            return
        share_then, steps_then, begun = self._begun
        seconds, done = now - begun, share - share_then
        self.figures(
            {
                "done": f"{share:.0%}",
                "best": score_text(best) if math.isfinite(best) else "-",
                "steps/s": rate((steps - steps_then) / seconds) if done else "-",
                "left": clock(seconds / done * (1 - share)) if done else "-",
            },
            bold="best",
        )


class SimplifyProgress(Stoppable):
    """Shows how far a simplification has come."""

    unit = "this evaluation"

    def begin(self, task: str, connections: int, seed: int, known: int, path: Path) -> None:
        """Say where the simplification starts, how many evaluations are known, and the file."""
        verb = f"resumed after {known} evaluations" if known else f"seed {seed}"
        self.say(f"{task}: {connections} connections to try without, {verb}, into {path}")
        self._begun = self._shown = time.monotonic()

    def show(self, connections: int, score: float, rollouts: int, steps: int) -> bool:
        """Show the connections and the score of the network that was reached, and the rollouts and
        steps made now; return whether to stop.
        """
        if rollouts and self.due:  # else all is from the log
            self.figures(
                {
                    "connections": f"{connections}" if connections else "-",
                    "score": score_text(score) if math.isfinite(score) else "-",
                    "rollouts": f"{rollouts}",
                    "steps/s": rate(steps / max(time.monotonic() - self._begun, 1e-6)),
                },
                bold="connections",
            )
        return self.stopped


class EpisodeProgress(Display):
    """Shows how many of the episodes that a command plays are done, unless that takes a moment
    only.
    """

    def __init__(self, file: TextIO | None = None):
        """Show on ``file``; by default stderr, since results are printed on stdout."""
        super().__init__(file or sys.stderr)
        self._first: tuple[int, int, float] | None = None

    def show(self, done: int, total: int, steps: int) -> None:
        """Show how many episodes are done, of how many at most, and the environment steps made."""
        now = time.monotonic()
        if self._first is None:
            self._first, self._shown = (done, steps, now), now
            if not done:
                self.announce(total)
            return
        done_then, steps_then, begun = self._first
        seconds, played = now - begun, done - done_then
        if seconds < QUIET_SECONDS or not self.due:
            return
        self.figures(
            {
                "done": f"{done / total:.0%}",
                "episodes": f"{done}/{total}",
                "steps/s": rate((steps - steps_then) / seconds),
                "left": clock(seconds / played * (total - done)),
            },
            bold="done",
        )
