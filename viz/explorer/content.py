"""What the explorer's page shows: networks, tasks and a run, as its scripts read it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from viz.explorer.given import Given
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
from wann.tasks.classification.samples import has_samples
from wann.tasks.task import capabilities_of, has_success
from wann.workers.evaluator import ProgressCallback

COEFFICIENTS = ("SIN_PI", "COS_PI", "SIN", "COS", "COS_WIDE", "EXP2", "PI_A", "PI_B", "PI_C")
# of the networks given; in Python; of other networks of a run
TRIALS, FEW_TRIALS, FEWER = 100, 3, 20
MOST_OTHERS = 24  # of the front, and champions
ROOM = 700_000  # bytes for all of them
MOST_GENERATIONS, MOST_POINTS = 300, 1000  # of a run's history and population


def content(
    given: Sequence[Given],
    name: str,
    trials: int | None = None,
    progress: ProgressCallback | None = None,
) -> dict[str, Any]:
    """Return all that the page shows, as its scripts read it.

    Args:
        given: the networks to choose from, all with the same inputs and outputs. If one and only
            one is the champion of a run, the page has that run's history and other networks, too.
        name: of the task.
        trials: of the score at each weight.
        progress: called while these are played for the networks given.

    Raises:
        WannError: a network is too large to be drawn, a file of a run is damaged, or an environment
            fails.
    """
    champion, task = given[0].champion, given[0].task
    trials = trials or (TRIALS if capabilities_of(task).cheap else FEW_TRIALS)
    parts = [None] * len(given) if progress is None else parts_of(progress, len(given))
    data: dict[str, Any] = {
        "task": one_line(name),
        "inputs": [in_text(text) for text in champion.inputs],
        "outputs": [in_text(text) for text in champion.outputs],
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
        "view": task_view(given, name),
        "networks": [
            entry("champion", one, trials, part) for one, part in zip(given, parts, strict=True)
        ],
    }
    runs = [(index, one.run) for index, one in enumerate(given) if one.run is not None]
    if len(runs) == 1:
        [(index, run)] = runs
        others, data["run"] = run_of(given[index], index, run, min(trials, FEWER))
        data["networks"] += others
    return data


def parts_of(progress: ProgressCallback, n: int) -> list[ProgressCallback]:
    """Return callbacks for n parts of a work, one after another, as large as each other."""
    made = [0] * n

    def part(k: int) -> ProgressCallback:
        def show(done: int, total: int, steps: int) -> None:
            made[k] = steps
            progress(k * total + done, n * total, sum(made))

        return show

    return [part(k) for k in range(n)]


def entry(
    group: str,
    given: Given,
    trials: int,
    progress: ProgressCallback | None = None,
) -> dict[str, Any]:
    """Return a network of the page: its table, scores and origin; ``group`` is champion, front or
    earlier.

    ``tuned`` says whether it is shown with its individual weights first: its file is that of a
    tuned network.
    """
    champion, first = given.champion, group == "champion"
    # where rollouts take milliseconds, only those given: they take seconds
    scored = first or capabilities_of(given.task).cheap
    return {
        "group": group,
        "name": given.name,
        "generation": champion.provenance.get("generation") if group == "earlier" else None,
        "seed": None if given.run is None else given.run.config().seed,
        "score": champion.scores.get("mean"),
        "success": champion.scores.get("success", {}).get("share"),
        "sweep": list(champion.sweep),
        "shared_weight": champion.shared_weight,
        "tuned": first and given.run is None and champion.weights is not None,
        **network_table(champion),
        "profile": score_profile(champion, given.task, trials, first, progress) if scored else None,
    }


def run_of(
    given: Given, index: int, run: RunDirectory, trials: int
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return other networks of a run, those of its front and its earlier champions, and its history
    with the ``champion``'s index in the page.
    """
    champion, networks = given.champion, []
    most = min(MOST_OTHERS, ROOM // (2 * len(as_json(network_table(champion)))))
    front = run.front()
    for group, others in (
        ("front", front_networks(front)),
        ("earlier", earlier_champions(run, most)),
    ):
        for other in thinned([other for other in others if fits(other, champion)], most):
            networks.append(entry(group, Given(other, given.task), trials))
    return networks, {"champion": index, **history_of(run, front["population"])}


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
        "history": {key: short(history[key][rows]) for key in ("generation", "best", "champion")},
        "population": thinned(list(points), MOST_POINTS),
    }
