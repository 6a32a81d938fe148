"""The command as a user runs it."""

import subprocess
import sys

SMALL = ["swingup_hard", "--set", "search.population=24", "--set", "trials=2", "--set", "confirm_trials=4"]


def run(*args, cwd=None, env=None):
    """Run ``python -m wann.evolve`` to its end."""
    return subprocess.run(
        [sys.executable, "-m", "wann.evolve", *map(str, args)], capture_output=True, text=True, cwd=cwd, env=env
    )


def result(path):
    """Return what two equal runs have in common, byte for byte."""
    names = [
        "champion.json",
        "history.csv",
        "front.json",
        *sorted(f"champions/{p.name}" for p in (path / "champions").iterdir()),
    ]
    return {name: (path / name).read_bytes() for name in names}
