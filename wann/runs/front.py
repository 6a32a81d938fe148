"""The last generation of a run and its Pareto front: ``front.json``, for figures."""

from pathlib import Path
from typing import Any

import numpy as np

from wann.champion.champion import Champion
from wann.champion.figures import score_summary
from wann.champion.json_file import number, parse_champion
from wann.errors import WannError
from wann.files import read_json, write_json
from wann.search.generation import Generation
from wann.search.nsga2 import fronts
from wann.search.sweep import best_means, n_missing, sweep_means, weight_means

POPULATION = ("mean", "best_weight", "connections")


def write_front(file: Path, generation: Generation) -> None:
    """Write the front of a generation; task, names and weights are those of its champion.

    On the front are none but networks that were played in all trials.
    """
    scores, champion, population = generation.scores, generation.champion, generation.population
    per_weight, sizes = weight_means(scores), population.sizes
    mean, best_weight = sweep_means(per_weight), best_means(per_weight)
    points = np.column_stack((mean, -sizes))
    played = np.flatnonzero(n_missing(scores) == 0)
    best = played[fronts(points[played]) == 0]
    # one network a point, best first
    best = best[np.unique(points[best], axis=0, return_index=True)[1]][::-1]
    weights = [float(weight) for weight in champion.scores["per_weight"]]
    networks = [
        Champion(
            population[i], champion.task, champion.inputs, champion.outputs,
            scores=score_summary(scores[i], np.array(weights)), observation_scale=generation.scale,
        ).to_json()
        for i in best.tolist()
    ]  # fmt: skip
    table = dict(
        zip(POPULATION, (mean.tolist(), best_weight.tolist(), sizes.tolist()), strict=True)
    )
    write_json(file, {"population": table, "networks": networks})


def read_front(file: Path) -> dict[str, Any]:
    """Return the ``population``, a list of numbers for each of POPULATION, and the ``networks``, as
    champion files.

    Raises:
        WannError: the file is of another kind or breaks a rule; the message names it.
    """
    content = read_json(file)
    try:
        _check(content)
    except WannError as error:
        raise WannError(f"{file}: not the Pareto front of a run ({error})") from None
    return content


def _check(content: Any) -> None:
    columns = content.get("population") if isinstance(content, dict) else None
    if not isinstance(columns, dict) or not isinstance(content.get("networks"), list):
        raise WannError("it has no population or no networks")
    for name in POPULATION:
        values = columns.get(name)
        if not isinstance(values, list) or not values or len(values) != len(columns["mean"]):
            raise WannError(f"population.{name} must be a list with a number for each network")
        for value in values:
            number(value, f"population.{name}")
    if not all(isinstance(size, int) and 0 <= size < 2**31 for size in columns["connections"]):
        raise WannError("population.connections must be whole numbers from 0 on")
    for i, network in enumerate(content["networks"]):
        try:
            parse_champion(network)
        except WannError as error:
            raise WannError(f"networks[{i}]: {error}") from None
