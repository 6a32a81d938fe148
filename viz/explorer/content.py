"""What the explorer's page shows: networks, tasks and a run, as its scripts read it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from viz.explorer.html import as_json
from viz.explorer.network import network_table, score_profile, short
from viz.explorer.task import task_view
from viz.names import in_text, one_line
from viz.network.drawing import MOST_DRAWN
from viz.style import ACTIVATION_COLOURS, LOSS
from wann.champion.champion import Champion, load
from wann.champion.json_file import parse_champion
from wann.numeric import mathfun
from wann.numeric.activations import ACTIVATIONS
from wann.runs.directory import RunDirectory
from wann.tasks import Task
from wann.tasks.classification.samples import has_samples
from wann.tasks.task import capabilities_of, has_success
from wann.workers.evaluator import ProgressCallback

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
        "task": one_line(name),
        "inputs": [in_text(text) for text in champion.inputs],
        "outputs": [in_text(text) for text in champion.outputs],
        "sweep": list(champion.sweep),
        "shared_weight": champion.shared_weight,
        "measure": LOSS if has_samples(task) else "score",
        "success": in_text(task.success) if has_success(task) else None,
        "activations": {
            code: {
                "name": a.name,
                "formula": a.formula,
                "colour": ACTIVATION_COLOURS[a.name],
                "reach": a.reach,
            }
            for code, a in ACTIVATIONS.items()
        },
        "mathfun": {key: getattr(mathfun, key) for key in COEFFICIENTS},
        "view": task_view(champion, task, name),
        "networks": [first],
    }
    if run is not None:
        most = min(MOST_OTHERS, ROOM // (2 * len(as_json(first))))
        front = run.front()
        for group, others in (
            ("front", front_networks(front)),
            ("earlier", earlier_champions(run, most)),
        ):
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
    earlier.
    """
    # of environments in Python, only the first one's: they take seconds
    scored = first or capabilities_of(task).compiled
    return {
        "group": group,
        "generation": champion.provenance.get("generation") if group == "earlier" else None,
        "score": champion.scores.get("mean"),
        "success": champion.scores.get("success", {}).get("share"),
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


def earlier_champions(run: RunDirectory, most: int) -> list[Champion]:
    """Return champions on the way to the last one."""
    picked = thinned(list(run.champions().items()), most)
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
