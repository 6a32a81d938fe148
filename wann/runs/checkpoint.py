"""Checkpoints of a search: ``population.npz``, and the one before, ``population.previous.npz``."""

import json
import os
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from wann.champion.champion import Champion
from wann.champion.json_file import LARGEST_NUMBER, parse_champion
from wann.config import MOST_GENERATIONS, SearchConfig
from wann.errors import WannError
from wann.files import arrays_to_bytes, parse_json, read_arrays, write_file
from wann.genome.genome import CONNECTION, NODE, Genome, check_genome
from wann.genome.population import Population
from wann.search.search import NO_CASES, WannSearch
from wann.search.state import SearchState
from wann.tasks.scaling import Scaler

LAST, PREVIOUS, DAMAGED = "population.npz", "population.previous.npz", "population.damaged.npz"
FILES = (LAST, PREVIOUS, DAMAGED)
INSTEAD = "put back a whole one, or start a new run with this one's config.toml and another --out"
MOST_STEPS = 2**62
#: dtype and number of dimensions of what a checkpoint holds
KINDS = {
    "nodes": (NODE, 1),
    "conns": (CONNECTION, 1),
    "node_start": (np.int64, 1),
    "conn_start": (np.int64, 1),
    "order": (np.int64, 1),
    "splits": (np.int64, 2),
    "generation": (np.int64, 0),
    "steps": (np.int64, 0),
    "champion": (np.uint8, 1),
    "observed": (np.float64, 2),
}


def kinds_of(config: SearchConfig) -> dict[str, tuple[Any, int]]:
    """Return what a checkpoint of such a search holds: lexicase needs the scores of parents."""
    return {**KINDS, "cases": (np.float64, 2)} if config.parents == "lexicase" else KINDS


def save_checkpoint(
    folder: Path, search: WannSearch, scaler: Scaler, champion: Champion, steps: int
) -> None:
    """Write the search after tell, what was observed, the champion and the environment steps so
    far.

    The last checkpoint is kept.
    """
    state = search.state()
    tables = state.population.tables
    arrays = {
        "nodes": tables.nodes,
        "conns": tables.conns,
        "node_start": tables.node_start,
        "conn_start": tables.conn_start,
        "order": state.order,
        "splits": state.splits,
        "generation": np.array(state.generation),
        "steps": np.array(steps),
        "champion": np.frombuffer(json.dumps(champion.to_json()).encode(), np.uint8),
        "observed": scaler.observed,
        "cases": state.cases,
    }
    data = arrays_to_bytes({name: arrays[name] for name in kinds_of(search.config)})
    if (folder / LAST).exists():
        os.replace(folder / LAST, folder / PREVIOUS)
    write_file(folder / LAST, data)


def restore_checkpoint(
    folder: Path, search: WannSearch, scaler: Scaler
) -> tuple[Champion | None, int]:
    """Put a new search and scaler where the last checkpoint was, and return its champion and steps.

    (None, 0) without one.

    A run that goes on from the checkpoint before it ends in the same result, so this is done where
    the last is damaged; the damaged file is set aside.

    Raises:
        WannError: no checkpoint is whole; the files are left alone.
    """
    last, previous = folder / LAST, folder / PREVIOUS
    if not last.exists():  # a kill between the two renames of save_checkpoint, or a new run
        return _restored(previous, search, scaler) if previous.exists() else (None, 0)
    try:
        return _restored(last, search, scaler)
    except WannError as error:
        damage = str(error)
    try:
        if not previous.exists():
            raise WannError("there is none")
        result = _restored(previous, search, scaler)
    except WannError:
        raise WannError(f"{damage}: cannot resume; {INSTEAD}") from None
    warnings.warn(
        f"{damage}; going on from the checkpoint before it, generation {search.generation}",
        stacklevel=2,
    )
    os.replace(last, folder / DAMAGED)
    os.replace(previous, last)
    return result


def generations_made(folder: Path, config: SearchConfig) -> int:
    """Return the generation from which ``restore_checkpoint`` goes on, as far as it can be told
    without a search.
    """
    for file in (folder / LAST, folder / PREVIOUS):
        if file.exists():
            with suppress(WannError):
                return int(read_arrays(file, kinds_of(config))["generation"])
    return 0


def _restored(file: Path, search: WannSearch, scaler: Scaler) -> tuple[Champion, int]:
    data, n = read_arrays(file, kinds_of(search.config)), search.config.population
    try:
        if len(data["node_start"]) != n + 1 or len(data["conn_start"]) != n + 1:
            raise ValueError(f"it is not a population of {n} networks")
        if (data["conns"]["enabled"].view(np.uint8) > 1).any():
            raise ValueError("it has a truth value that is neither true nor false")
        parts = _parts(data["nodes"], data["node_start"]), _parts(data["conns"], data["conn_start"])
        genomes = [
            Genome(search.n_inputs, search.n_outputs, *own) for own in zip(*parts, strict=True)
        ]
        for genome in genomes:
            check_genome(genome)
        generation, steps = int(data["generation"]), int(data["steps"])
        if not 1 <= generation <= MOST_GENERATIONS or not 0 <= steps < MOST_STEPS:
            raise ValueError("it has made a senseless number of generations or steps")
        champion = Champion(**parse_champion(parse_json(data["champion"].tobytes())))
        if (champion.genome.n_inputs, champion.genome.n_outputs) != (
            search.n_inputs,
            search.n_outputs,
        ):
            raise ValueError("its champion has other inputs or outputs")
        observed = data["observed"]
        if observed.shape != scaler.observed.shape:
            raise ValueError("its statistics are of other observations")
        if not (np.abs(observed) < LARGEST_NUMBER).all() or (observed[[0, 2]] < 0).any():
            raise ValueError("its statistics of observations make no sense")
        population = Population.of(genomes)
        cases = data.get("cases", NO_CASES)
        search.restore(SearchState(generation, population, data["order"], data["splits"], cases))
    except (WannError, ValueError) as error:
        raise WannError(f"{file}: damaged: {error}") from None
    scaler.observed = observed
    return champion, steps


def _parts(table: np.ndarray, start: np.ndarray) -> list[np.ndarray]:
    """Return the rows ``start[i]`` to ``start[i + 1] - 1`` of the table for each i."""
    if start[0] != 0 or start[-1] != len(table) or (np.diff(start) < 0).any():
        raise ValueError("its parts do not fit together")
    return np.split(table, start[1:-1])
