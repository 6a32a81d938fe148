"""How a run came to its champion, and how to make it again, for the page of a report."""

import hashlib
import json
import platform
import shlex
from typing import Any

import numpy as np

import wann
from viz.report.html import details, paragraph, text, text_table
from wann.assess import Assessment
from wann.champion.champion import Champion
from wann.command.progress import score_text
from wann.config import Config, flat, to_table, to_toml
from wann.errors import WannError
from wann.files import read_json
from wann.runs.directory import RunDirectory
from wann.tasks import is_code

#: of about.json, by what the page calls it
RECORDED = {
    "started": "started",
    "wann": "wann",
    "python": "Python",
    "numpy": "NumPy",
    "platform": "platform",
    "data": "digest of the data",
}


def how_it_came(run: RunDirectory, champion: Champion) -> list[str]:
    """Return how the run came to its champion, in sentences."""
    history, config, made = run.history(), run.config(), champion.provenance.get("generation")
    n = len(history["generation"])
    if not n:
        return []
    earlier = len(run.champions())
    found = "It was found"
    if isinstance(made, int):
        found += f" in generation {made + 1} of {n}"
    found += f", with {config.search.population} networks in each"
    if earlier > 1:
        found += f", as the last of {earlier} champions"
    lines = [f"{found}."]
    scores, sizes = (history[name] for name in ("champion", "champion_connections"))
    if n > 1:
        line = f"The champion of the first generation scored {score_text(scores[0])} with"
        line += f" {sizes[0]:.0f} connections, the last one {score_text(scores[-1])} with"
        lines.append(f"{line} {sizes[-1]:.0f}.")
    if (seconds := run.seconds()) is not None and len(seconds):
        lines.append(f"All of it took {_duration(float(seconds.sum()))}.")
    return lines


def _duration(seconds: float) -> str:
    """Return a time as people read it."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def how_to_repeat(run: RunDirectory, result: Assessment) -> str:
    """Return what made the run, and what makes it again."""
    config, about = run.config(), about_of(run)
    rows = {
        **started(about),
        "run": run.path.resolve().name,
        "seed": str(config.seed),
        "differs from the defaults": differences(config),
        **{RECORDED[key]: str(about[key]) for key in RECORDED if about.get(key)},
        "SHA-256 of champion.json": digest_of(run),
        "this report": f"wann {wann.__version__}, Python {platform.python_version()}, NumPy"
        f" {np.__version__}",
    }
    code = f" --set task={shlex.quote(config.task)}" if is_code(config.task) else ""
    start = " --start start.json" if config.start else ""
    again = f"python -m wann.evolve config.toml{code}{start} --out again"
    judged = f"python -m wann.assess again --trials {result.trials}"
    judged += code.replace("--set task=", "--task ")
    data = "  # with the same data: --data PATH" if about.get("data") else ""
    return (
        paragraph(["With config.toml of the run directory this makes the same champion again:"])
        + f"<pre>{text(again + data)}\n{text(judged)}</pre>"
        + text_table({name: value for name, value in rows.items() if value})
        + details("The whole configuration", f"<pre>{text(to_toml(config))}</pre>")
    )


def started(about: dict[str, Any]) -> dict[str, str]:
    """Return the command line of the run, if it is known."""
    command = about.get("command")
    if isinstance(command, list) and command and all(isinstance(part, str) for part in command):
        return {"started as": f"python -m wann.evolve {shlex.join(command[1:])}"}
    return {}


def differences(config: Config) -> str:
    """Return the settings that are not the defaults, as ``--set`` takes them."""
    own, usual = (flat(to_table(part)) for part in (config, Config()))
    return ", ".join(f"{key}={json.dumps(own[key])}" for key in own if own[key] != usual[key])


def digest_of(run: RunDirectory) -> str:
    """Return the digest of the champion's file."""
    return hashlib.sha256((run.path / "champion.json").read_bytes()).hexdigest()


def about_of(run: RunDirectory) -> dict[str, Any]:
    """Return what about.json says; a run can be reported without."""
    try:
        content = read_json(run.path / "about.json")
    except (OSError, WannError):
        return {}
    return content if isinstance(content, dict) else {}
