"""What a run shows."""

import io
import time
from pathlib import Path

from wann.command.progress import EpisodeProgress, Progress, TuneProgress, clock, rate
from wann.config import Config


def test_names_are_shown_as_they_are():
    text = io.StringIO()
    Progress(Config(task="own:balloon:X[bold]"), Path("runs/[red]x"), text).start(0)
    assert "own:balloon:X[bold]: 1024 generations, seed 0, in runs/[red]x" in text.getvalue()


def test_rates_of_compiled_and_of_python_tasks():
    assert [rate(steps) for steps in (113.06e6, 999_949.0, 1234.0, 47.3)] == [
        "113.1M",
        "999.9k",
        "1.2k",
        "47",
    ]


def test_times():
    assert [clock(seconds) for seconds in (0.4, 59.7, 61, 3599.6, 7200)] == [
        "0:00",
        "1:00",
        "1:01",
        "60:00",
        "120:00",
    ]


def test_a_small_loss_of_a_tuning_is_no_zero(tmp_path):
    text = io.StringIO()
    progress = TuneProgress(text).of("samples", 0, tmp_path / "tuned.json")
    progress.begin(49, 0, None)
    progress.show(1.0, -0.0452, 100)
    assert "best -0.045 " in text.getvalue()


def test_episodes_are_shown_every_few_seconds_and_not_at_all_if_they_are_quick(monkeypatch):
    now, text = 100.0, io.StringIO()
    monkeypatch.setattr(time, "monotonic", lambda: now)
    with EpisodeProgress(text) as progress:
        for done in range(61):
            now = 100 + done / 4
            progress.show(done, 400, 100 * done)
            assert done == 0 or done > 19 or text.getvalue() == "up to 400 episodes to play\n"
    assert text.getvalue().splitlines()[1:] == [
        "done 5%  episodes 20/400  steps/s 400  left 1:35",
        "done 10%  episodes 40/400  steps/s 400  left 1:30",
        "done 15%  episodes 60/400  steps/s 400  left 1:25",
    ]


def test_on_a_terminal_the_figures_stand_in_one_place(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    now, text = 0.0, Terminal()
    monkeypatch.setattr(time, "monotonic", lambda: now)
    monkeypatch.setenv("TERM", "xterm")
    with EpisodeProgress(text) as progress:
        for done in range(0, 60, 10):
            progress.show(done, 100, done)
            now += 1.0
    shown = text.getvalue()
    assert shown.startswith("up to 100 episodes to play") and "10/100" not in shown
    assert "\x1b[?25l" in shown and shown.count("50/100") == 1 and "0:05" in shown
