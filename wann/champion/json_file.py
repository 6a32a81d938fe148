"""The content of a champion file: written, and read, where every value is checked before it is
used and nothing is executed.
"""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from wann.config import MOST_WEIGHTS, TASK_NAME
from wann.errors import WannError
from wann.genome.genome import CONNECTION, NODE, check_genome, make_genome, node_of_source, role_of
from wann.names import LONGEST_NAME, is_name
from wann.numeric.activations import ACTIVATION_IDS, ACTIVATIONS
from wann.tasks.scaling import LEAST_DEVIATION, Scale

FORMAT, VERSION = "wann-network", 1
RECURRENT_VERSION = 2  # of files with recurrent connections, which a reader must know of
LARGEST_NUMBER = 1e300  # sums and spans of a few of them are finite
MOST_CONNECTIONS = 350_000  # with a weight each: as much JSON as is read


def content_of(champion: Any) -> dict[str, Any]:
    """Return the content of the file of a champion (``Champion.to_json``)."""
    recurrent = champion.genome.recurrent
    connections: list[dict[str, Any]] = [
        {"source": node_of_source(source), "target": target, "enabled": enabled}
        for source, target, enabled in champion.genome.conns.tolist()
    ]
    for k in np.flatnonzero(recurrent):
        connections[k]["recurrent"] = True
    if champion.weights is not None:
        for connection, weight in zip(connections, champion.weights.tolist(), strict=True):
            connection["weight"] = weight
    known: dict[str, Any] = (
        {} if champion.shared_weight is None else {"shared_weight": champion.shared_weight}
    )
    if champion.observation_scale is not None:
        mean, deviation = champion.observation_scale
        known["observation_scale"] = {"mean": list(mean), "deviation": list(deviation)}
    return {
        "format": FORMAT,
        "version": RECURRENT_VERSION if recurrent.any() else VERSION,
        "task": champion.task,
        "inputs": list(champion.inputs),
        "outputs": list(champion.outputs),
        "nodes": [
            {
                "id": node,
                "role": role_of(champion.genome, node),
                "activation": ACTIVATIONS[code].name,
            }
            for node, code in champion.genome.nodes.tolist()
        ],
        "connections": connections,
        **known,
        "scores": dict(champion.scores),
        "provenance": dict(champion.provenance),
    }


def parse_champion(content: Any) -> dict[str, Any]:
    """Return the attributes of the champion that ``Champion.to_json`` described.

    Raises:
        WannError: the content breaks a rule of the format.
    """
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise WannError(f'not a champion file: it does not say "format": "{FORMAT}"')
    version = content.get("version")
    if isinstance(version, bool) or version not in (VERSION, RECURRENT_VERSION):
        raise WannError(
            f"champion file version {short(version)}: this wann reads versions {VERSION} and"
            f" {RECURRENT_VERSION}"
        )
    task = content.get("task")
    if task is not None and not (isinstance(task, str) and TASK_NAME.fullmatch(task)):
        raise WannError(
            f"task is {short(task)}: must be a name, gym:ID, envpool:ID, module:NAME or null"
        )
    inputs, outputs = _names(content, "inputs"), _names(content, "outputs")
    nodes, rows = _rows(content, "nodes"), _rows(content, "connections")
    node_table, conn_table = np.zeros(len(nodes), NODE), np.zeros(len(rows), CONNECTION)
    for i, node in enumerate(nodes):
        code = node.get("activation")
        if not isinstance(code, str) or code not in ACTIVATION_IDS:
            raise WannError(
                f"nodes[{i}].activation is {short(code)}: must be one of"
                f" {', '.join(ACTIVATION_IDS)}"
            )
        node_table[i] = _integer(node, "id", f"nodes[{i}]"), ACTIVATION_IDS[code]
    weights = np.zeros(len(rows))
    for i, row in enumerate(rows):
        place = f"connections[{i}]"
        if not isinstance(row.get("enabled"), bool):
            raise WannError(
                f"{place}.enabled is {short(row.get('enabled'))}: must be true or false"
            )
        recurrent = row.get("recurrent", False)
        if not isinstance(recurrent, bool) or (recurrent and version != RECURRENT_VERSION):
            raise WannError(
                f"{place}.recurrent is {short(recurrent)}: must be true or false, and true in files"
                f" of version {RECURRENT_VERSION} only"
            )
        source = _integer(row, "source", place)
        target = _integer(row, "target", place)
        conn_table[i] = ~source if recurrent else source, target, row["enabled"]
        weights[i] = number(row["weight"], f"{place}.weight") if "weight" in row else math.nan
    order = np.lexsort((conn_table["source"], conn_table["target"]))
    genome = make_genome(len(inputs), len(outputs), node_table, conn_table)
    try:
        check_genome(genome)
    except ValueError as error:
        raise WannError(str(error)) from None
    for i, node in enumerate(nodes):
        if node.get("role") != role_of(genome, int(node["id"])):
            raise WannError(
                f"nodes[{i}].role is {short(node.get('role'))}: node {node['id']} is the "
                f"{role_of(genome, int(node['id']))}"
            )
    if len(rows) and np.isnan(weights).any() and not np.isnan(weights).all():
        raise WannError("some connections have a weight and some have none: give all or none")
    shared = content.get("shared_weight")
    scores, provenance = _table(content, "scores"), _table(content, "provenance")
    if "mean" in scores:
        number(scores["mean"], "scores.mean")
    if "success" in scores:
        _check_success(scores["success"])
    sweep_of(provenance)
    return {
        "genome": genome,
        "task": task,
        "inputs": inputs,
        "outputs": outputs,
        "weights": None if np.isnan(weights).all() else weights[order],
        "shared_weight": None if shared is None else number(shared, "shared_weight"),
        "observation_scale": (
            _scale(content, len(inputs)) if content.get("observation_scale") is not None else None
        ),
        "scores": scores,
        "provenance": provenance,
    }


def _scale(content: dict[str, Any], n_inputs: int) -> Scale:
    table, lists = _table(content, "observation_scale"), []
    for key in ("mean", "deviation"):
        place, values = f"observation_scale.{key}", table.get(key)
        if not isinstance(values, list) or len(values) != n_inputs:
            raise WannError(
                f"{place} is {short(values)}: must be a list of a number for each input"
            )
        lists.append(tuple(number(value, place) for value in values))
        if key == "deviation" and not min(lists[-1]) >= LEAST_DEVIATION:
            raise WannError(f"{place} has {min(lists[-1])}: must be at least {LEAST_DEVIATION:g}")
    return lists[0], lists[1]


def _names(content: dict[str, Any], key: str) -> tuple[str, ...]:
    names = content.get(key)
    if not isinstance(names, list) or not names or not all(map(is_name, names)):
        raise WannError(
            f"{key} is {short(names)}: must be a list of names, of at most {LONGEST_NAME}"
            " characters"
        )
    return tuple(names)


def _rows(content: dict[str, Any], key: str) -> list[dict[str, Any]]:
    rows = content.get(key)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise WannError(f"{key} is {short(rows)}: must be a list of objects")
    return rows


def _table(content: Mapping[str, Any], key: str) -> dict[str, Any]:
    table = content.get(key, {})
    if not isinstance(table, dict):
        raise WannError(f"{key} is {short(table)}: must be an object")
    return table


def sweep_of(provenance: Mapping[str, Any]) -> tuple[float, ...] | None:
    """Return the shared weights of the search that made a champion.

    None where its provenance does not say.
    """
    config = provenance.get("config")
    if not isinstance(config, dict) or "weights" not in config:
        return None
    place, weights = "provenance.config.weights", config["weights"]
    if not isinstance(weights, list) or not 0 < len(weights) <= MOST_WEIGHTS:
        raise WannError(
            f"{place} is {short(weights)}: must be a list of 1 to {MOST_WEIGHTS} numbers"
        )
    return tuple(number(weight, place) for weight in weights)


def check_scores(scores: Mapping[str, Any], weights: Sequence[float], accuracy: bool) -> None:
    """Raise WannError if these are not the scores that a run with these shared weights writes with
    a champion.

    Args:
        scores: of the champion.
        weights: the shared weights.
        accuracy: whether the task has it.
    """
    number(scores.get("mean"), "scores.mean")
    number(scores.get("trials"), "scores.trials")
    for row in _per_weight(scores, weights, "scores").values():
        for key in ("mean", "std"):
            number(row.get(key) if isinstance(row, dict) else None, f"scores.per_weight.{key}")
    if "success" in scores:  # files of earlier versions have none
        _per_weight(scores["success"], weights, "scores.success")
    for part in ("validation", "test") if accuracy else ():
        place, shares = f"scores.accuracy.{part}", _table(_table(scores, "accuracy"), part)
        for key in ("samples", "vote", "mean_probability"):
            number(shares.get(key), f"{place}.{key}")
        for value in _per_weight(shares, weights, place).values():
            number(value, f"{place}.per_weight")


def _check_success(success: Any) -> None:
    """Raise WannError if this is not in which share of episodes a champion succeeds, and what it
    does then.
    """
    if not isinstance(success, dict) or not is_name(success.get("meaning")):
        raise WannError(
            f"scores.success is {short(success)}: must be an object with a printable meaning"
        )
    per_weight = _table(success, "per_weight")
    for share in (success.get("share"), *per_weight.values()):
        if not 0 <= number(share, "scores.success.share") <= 1:
            raise WannError(f"scores.success has {short(share)}: must be from 0 to 1")


def _per_weight(table: Mapping[str, Any], weights: Sequence[float], place: str) -> dict[str, Any]:
    rows = table.get("per_weight")
    if not isinstance(rows, dict) or list(rows) != [str(float(weight)) for weight in weights]:
        raise WannError(f"{place}.per_weight is {short(rows)}: must have the weights of the search")
    return rows


def _integer(row: dict[str, Any], key: str, place: str) -> int:
    value = row.get(key)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**31:
        raise WannError(
            f"{place}.{key} is {short(value)}: must be a whole number from 0 to {2**31 - 1}"
        )
    return value


def number(value: Any, place: str) -> float:
    """Return the value as a float, or raise WannError naming the place."""
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not abs(value) < LARGEST_NUMBER
    ):
        raise WannError(f"{place} is {short(value)}: must be a finite number")
    return float(value)


def short(value: Any) -> str:
    """Return the value as JSON, cut off for a message."""
    text = json.dumps(value)
    return text if len(text) <= 40 else text[:40] + "…"
