"""Write a page that explores a network in a browser: ``python -m viz.explorer RUN|CHAMPION``.

One HTML file that needs nothing else, no network connection either: the network drawn, with the
values that flow through it; a slider for the weight that all connections share; the agent acting,
or an image to draw and classify; and of a run its Pareto front and the champions on the way to the
last one. The browser computes networks and physics with the bits of ``wann``; other environments
are recorded. The sources of the page are in ``viz/explorer/page``.
"""

import base64
import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from viz.explorer.network import network_table, score_profile, short
from viz.explorer.task import task_view
from viz.network.drawing import MOST_DRAWN
from viz.style import ACTIVATION_COLOURS, GREEK, LOSS, default_file, plain, run_drawing
from wann.champion.champion import Champion, load, task_of
from wann.champion.json_file import parse_champion
from wann.command.options import check_count
from wann.command.progress import EpisodeProgress
from wann.errors import WannError
from wann.export.expression import written
from wann.files import write_file
from wann.genome.genome import same_genome
from wann.numeric import mathfun
from wann.numeric.activations import ACTIVATIONS
from wann.output import Parser, say
from wann.runs.directory import RunDirectory
from wann.tasks import Task
from wann.tasks.classification.samples import has_samples
from wann.tasks.data import add_data_option, data_of_args
from wann.tasks.task import capabilities_of
from wann.workers.evaluator import ProgressCallback

#: how scripts call the elementary functions of ``wann.export.expression``
IN_SCRIPTS = {
    "exp2": "exp2({})",
    "sin_pi": "sinPi({})",
    "cos_pi": "cosPi({})",
    "tanh": "tanh({})",
    "abs": "Math.abs({})",
    "where": "({} ? {} : {})",
}
PAGE = Path(__file__).parent / "page"
#: in the order in which a browser reads them
SCRIPTS = (
    "dom",
    "mathfun",
    "network",
    "physics",
    "app",
    "graph",
    "details",
    "chart",
    "profile",
    "scene",
    "episodes",
    "scan",
    "digits",
    "run",
    "main",
)
COEFFICIENTS = ("SIN_PI", "COS_PI", "SIN", "COS", "COS_WIDE", "EXP2", "PI_A", "PI_B", "PI_C")
# of the first network; in Python; of other networks of a run
TRIALS, FEW_TRIALS, FEWER = 100, 3, 20
MOST_OTHERS = 24  # of the front, and champions
ROOM = 700_000  # bytes for all of them
MOST_GENERATIONS, MOST_POINTS = 300, 1000  # of a run's history and population


def content(
    champion: Champion,
    task: Task,
    name: str,
    run: RunDirectory | None = None,
    trials: int | None = None,
    progress: ProgressCallback | None = None,
) -> dict[str, Any]:
    """Return all that the page shows, as its scripts read it.

    Args:
        champion: the network shown first.
        task: that it plays.
        name: of the task.
        run: that it is the champion of, if any.
        trials: of the score at each weight.
        progress: called while these are played for the first network.

    Raises:
        WannError: a network is too large to be drawn, a file of the run is damaged, or an
            environment fails.
    """
    trials = trials or (TRIALS if capabilities_of(task).compiled else FEW_TRIALS)
    first = entry("champion", champion, task, champion.sweep, trials, first=True, progress=progress)
    data: dict[str, Any] = {
        "task": plain_text(name),
        "inputs": [shown(text) for text in champion.inputs],
        "outputs": [shown(text) for text in champion.outputs],
        "sweep": list(champion.sweep),
        "shared_weight": champion.shared_weight,
        "measure": LOSS if has_samples(task) else "score",
        "activations": {
            code: {"name": a.name, "formula": a.formula, "colour": ACTIVATION_COLOURS[a.name]}
            for code, a in ACTIVATIONS.items()
        },
        "mathfun": {key: getattr(mathfun, key) for key in COEFFICIENTS},
        "view": task_view(champion, task, name),
        "networks": [first],
    }
    if run is not None:
        most = min(MOST_OTHERS, ROOM // (2 * len(as_json(first))))
        front = run.front()
        for group, others in (("front", front_networks(front)), ("road", road_networks(run, most))):
            for other in thinned([other for other in others if fits(other, champion)], most):
                data["networks"].append(
                    entry(group, other, task, champion.sweep, min(trials, FEWER))
                )
        data["run"] = history_of(run, front["population"])
    return data


def entry(
    group: str,
    champion: Champion,
    task: Task,
    sweep: Sequence[float],
    trials: int,
    first: bool = False,
    progress: ProgressCallback | None = None,
) -> dict[str, Any]:
    """Return a network of the page: its table, scores and origin; ``group`` is champion, front or
    road.
    """
    # of environments in Python, only the first one's: they take seconds
    scored = first or capabilities_of(task).compiled
    return {
        "group": group,
        "generation": champion.provenance.get("generation") if group == "road" else None,
        "score": champion.scores.get("mean"),
        **network_table(champion),
        "profile": score_profile(champion, task, sweep, trials, first, progress)
        if scored
        else None,
    }


def fits(other: Champion, champion: Champion) -> bool:
    """Return whether another network of a run can be shown beside its champion."""
    small = other.genome.size + other.genome.n_outputs <= MOST_DRAWN
    return small and (other.inputs, other.outputs) == (champion.inputs, champion.outputs)


def front_networks(front: Mapping[str, Any]) -> list[Champion]:
    """Return the networks of the last Pareto front, as ``RunDirectory.front`` gives it."""
    return [Champion(**parse_champion(network)) for network in front["networks"]]


def road_networks(run: RunDirectory, most: int) -> list[Champion]:
    """Return champions on the way to the last one."""
    picked = thinned(list(run.road().items()), most)
    return [
        replace(load(file), provenance={"generation": generation}) for generation, file in picked
    ]


def thinned(items: list, most: int) -> list:
    """Return at most so many of the items, evenly spread, with the first and the last one."""
    if len(items) <= most:
        return items
    return [items[k] for k in np.linspace(0, len(items) - 1, most).round().astype(int).tolist()]


def history_of(run: RunDirectory, population: Mapping[str, Any]) -> dict[str, Any]:
    """Return the history of a run by generation, and the scores and sizes of its last
    population.
    """
    history = run.history()
    rows = thinned(list(range(len(history["generation"]))), MOST_GENERATIONS)
    points = dict.fromkeys(
        zip(population["connections"], short(np.array(population["mean"], float)), strict=True)
    )
    return {
        "seed": run.config().seed,
        "history": {key: short(history[key][rows]) for key in ("generation", "best", "champion")},
        "population": thinned(list(points), MOST_POINTS),
    }


def shown(name: str) -> str:
    """Return the name of an input or output as the page shows it: x_dot as a dotted x, cos_theta as
    cos θ.
    """
    parts = name.split("_")
    symbol = parts[1] if parts[0] in ("cos", "sin") and len(parts) == 2 else parts[0]
    if symbol in GREEK or (len(symbol) == 1 and symbol.isalpha()):
        letter = unicodedata.lookup(f"GREEK SMALL LETTER {symbol}") if symbol in GREEK else symbol
        if parts == [symbol]:
            return letter
        if parts == [symbol, "dot"]:
            return unicodedata.normalize("NFC", letter + "\N{COMBINING DOT ABOVE}")
        if parts in (["cos", symbol], ["sin", symbol]):
            return f"{parts[0]} {letter}"
    return plain_text(" ".join(parts))


def plain_text(text: str) -> str:
    """Return text from a file as the page shows it: on one line, printable, not too long."""
    return plain(text).replace(r"\$", "$")


# --------------------------------------------------------------------------------------------- page
def page(data: dict[str, Any]) -> str:
    """Return the page: one HTML file, which may load nothing and run its own scripts only."""
    style = read(["explorer.css"])
    script = f"{read(f'{name}.js' for name in SCRIPTS)}\n{activations_script()}"
    policy = (
        f"default-src 'none'; img-src data:; script-src {digest(script)}; style-src"
        f" {digest(style)}; base-uri 'none'; form-action 'none'"
    )
    parts = {"policy": policy, "style": style, "script": script, "data": as_json(data)}
    template = (PAGE / "explorer.html").read_text(encoding="utf-8")
    return re.sub(r"\{\{(\w+)\}\}", lambda match: parts[match[1]], template)


def activations_script() -> str:
    """Return the function ``activate(code, x)`` of the page, which uses those of ``mathfun.js``."""
    cases = "".join(
        f"    case {code}: return {written(activation.expression, IN_SCRIPTS)};\n"
        for code, activation in ACTIVATIONS.items()
    )
    about = "/** Activation number `code` of x; an unknown code is linear. */"
    switch = f"  switch (code) {{\n{cases}    default: return x;\n  }}"
    return f"{about}\nfunction activate(code, x) {{\n{switch}\n}}\n"


def read(names: Iterable[str]) -> str:
    """Return sources of the page, one after another."""
    return "\n".join((PAGE / name).read_text(encoding="utf-8") for name in names)


def digest(text: str) -> str:
    """Return what a content security policy calls this text."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def as_json(data: dict[str, Any]) -> str:
    """Return JSON that ends no element of HTML, whatever strings are in it."""
    text = json.dumps(data, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


# ------------------------------------------------------------------------------------------ command
def html_file(text: str) -> Path:
    """Return the path of the page, as a command line names it, or raise WannError if it is not
    called so.
    """
    path = Path(text)
    if path.suffix not in (".html", ".htm"):
        raise WannError(f"{text}: the page is an HTML file: give a file name that ends in .html")
    return path


def with_tuned(champion: Champion, run: RunDirectory) -> Champion:
    """Return the champion of a run with the individual weights that ``wann.tune`` found for it, if
    it did.
    """
    file = run.path / "tuned.json"
    tuned = load(file) if file.is_file() else champion
    if not same_genome(tuned.genome, champion.genome):
        return champion
    return replace(champion, weights=tuned.weights, shared_weight=tuned.shared_weight)


def main(argv: Sequence[str] | None = None) -> None:
    """Write the page of the run or champion that the command line names."""
    parser = Parser(
        prog="python -m viz.explorer", description="Write a page that explores a network."
    )
    parser.add_argument(
        "champion", type=Path, help="a run directory, a champion file, or a published .out file"
    )
    default = "page to write (default: into RUN/figures, or beside the champion file)"
    parser.add_argument("-o", "--output", type=html_file, metavar="FILE", help=default)
    parser.add_argument(
        "--task", metavar="NAME", help="task that it plays (default: the one it was evolved for)"
    )
    trials = (
        f"trials of the score at each weight (default: {TRIALS}, of an environment in Python"
        f" {FEW_TRIALS})"
    )
    parser.add_argument("--trials", type=int, metavar="N", help=trials)
    stored = "CHAMPION is the .out file of a tuned network: its values are individual weights"
    parser.add_argument("--stored-weights", action="store_true", help=stored)
    add_data_option(parser)
    arguments = parser.parse_args(argv)
    if arguments.trials is not None:
        check_count("--trials", arguments.trials, 1)
    run = (
        RunDirectory.open(arguments.champion)
        if (arguments.champion / "config.toml").is_file()
        else None
    )
    champion = load(arguments.champion, arguments.stored_weights)
    task = task_of(champion, arguments.task, data_of_args(arguments))
    if champion.task is None:  # a published file knows no names
        champion = replace(champion, inputs=tuple(task.inputs), outputs=tuple(task.outputs))
    champion = champion if run is None else with_tuned(champion, run)
    path = arguments.output or default_file(arguments.champion, "explorer").with_suffix(".html")
    with EpisodeProgress() as progress:
        data = content(
            champion,
            task,
            arguments.task or str(champion.task),
            run,
            arguments.trials,
            progress.show,
        )
    text = page(data)
    if path.parent.name == "figures":
        path.parent.mkdir(exist_ok=True)
    write_file(path, text)
    say(path)


def command() -> None:
    """Run the command as a program: mistakes become one line and exit code 2."""
    run_drawing(main)


if __name__ == "__main__":
    command()
