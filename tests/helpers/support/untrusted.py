"""Files that a stranger might send, and what must hold of each: for the tests and for
``tests/benchmarks/fuzz.py``.

Each case of a kind either loads, and is then valid, usable, and the same after it was saved and
loaded, or is refused by a WannError that names the file. Anything else is an error of wann. Nothing
that a file names is ever imported.
"""

import json
import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st

import wann
from support import untrusted_samples, untrusted_stores
from support.damage import VALUES, as_json, changed, damaged, lying, packed
from support.genomes import grow, slow_outputs
from support.kinds import Kind
from wann.champion.champion import Champion
from wann.champion.figures import score_summary
from wann.champion.task import task_of
from wann.config import Config, SearchConfig, find_table, make_config, override, to_table, to_toml
from wann.errors import WannError, one_line
from wann.evolve.__main__ import main as evolve
from wann.files import arrays_to_bytes
from wann.genome.genome import check_genome, same_genome
from wann.runs.checkpoint import LAST, restore_checkpoint, save_checkpoint
from wann.runs.directory import RunDirectory
from wann.runs.front import write_front
from wann.runs.history import HISTORY
from wann.search.generation import Generation
from wann.search.search import WannSearch
from wann.tasks.scaling import Scaler

INPUTS, OUTPUTS = ("x", "x_dot", "theta"), ("force", "torque")
WEIGHTS = np.array([-1.0, 1.0])


# ------------------------------------------------------------------------------------ what is valid
def champion(seed: int, **more: Any) -> Champion:
    """Return a small champion."""
    genome = grow(len(INPUTS), len(OUTPUTS), 12, seed)
    return Champion(genome, "swingup", INPUTS, OUTPUTS, **more)


def searched(generations: int = 3) -> tuple[WannSearch, Generation]:
    """Return a search of 8 networks after some generations, and the last of these."""
    search = new_search()
    for _ in range(generations):
        last = told(search)
    return search, last


def told(search: WannSearch) -> Generation:
    """Have a search make a generation, with random scores, and return it."""
    number, genomes = search.generation, search.ask()
    scores = np.random.default_rng(number).normal(size=(8, 2, 2))
    search.tell(scores)
    best = Champion(
        genomes[0], "swingup", INPUTS, OUTPUTS, scores=score_summary(scores[0], WEIGHTS)
    )
    return Generation(number, genomes, search.order, WEIGHTS, scores, best, None, 40 * (number + 1))


def new_scaler() -> Scaler:
    """Return what has observed nothing."""
    return Scaler(False, len(INPUTS))


def new_search() -> WannSearch:
    """Return the search that has not begun."""
    return WannSearch(SearchConfig(population=8, tournament=2), len(INPUTS), len(OUTPUTS))


def arrays() -> dict[str, np.ndarray]:
    """Return the arrays of a valid checkpoint."""
    search, last = searched()
    with tempfile.TemporaryDirectory() as folder:
        save_checkpoint(Path(folder), search, new_scaler(), last.champion, 40)
        with np.load(Path(folder) / LAST) as file:
            return dict(file)


def front() -> dict[str, Any]:
    """Return the content of a valid front."""
    _, last = searched()
    with tempfile.TemporaryDirectory() as folder:
        write_front(Path(folder) / "front.json", last)
        return json.loads((Path(folder) / "front.json").read_text())


CHAMPIONS = [
    champion(0, scores={"mean": 0.5}, provenance={"config": {"weights": [-1.0, 1.0]}}).to_json(),
    champion(1, shared_weight=0.7).to_json(),
    champion(2, weights=np.linspace(-1, 1, len(champion(2).genome.conns))).to_json(),
]
CHECKPOINT, FRONT = arrays(), front()
OUT = b"0,0,0,0,0.3,1\n0,0,0,-1.5,0,1\n0,0,0,nan,0,1\n0,0,0,0,1,5\n0,0,0,0,0,5\n"
LOG = (
    "\n".join(
        [",".join(HISTORY), *(",".join([str(g), *["1.5"] * (len(HISTORY) - 1)]) for g in range(4))]
    )
    + "\n"
)
CONFIG = to_table(Config(search=SearchConfig(population=8)))


# --------------------------------------------------------------------------------- what must hold
def check_champion(folder: Path, data: bytes, suffix: str = ".json") -> None:
    """Load a champion, use it, and save and load it again."""
    file, copied = folder / f"champion{suffix}", folder / "copy.json"
    file.write_bytes(data)
    one = wann.load(file)
    check_genome(one.genome)
    observation = np.linspace(-1, 1, one.genome.n_inputs)
    for weight in (None, -1.5):
        value = weight or (one.shared_weight or 1.0 if one.weights is None else one.weights)
        with np.errstate(all="ignore"):
            expected = slow_outputs(one.genome, value, observation)
        np.testing.assert_array_equal(one.policy(weight)(observation), expected)
    assert one.sweep and len(one.graph()) == len(one.genome.nodes)
    try:
        task_of(one)
    except WannError as error:
        assert one_line(str(error)) == str(error)
    one.save(copied)
    two = wann.load(copied)
    assert same_genome(one.genome, two.genome) and one.to_json() == two.to_json()


def check_config(folder: Path, data: bytes) -> None:
    """Load a configuration, write it and load it again; code that it names is not run."""
    file = folder / "config.toml"
    file.write_bytes(data)
    config = make_config(find_table(str(file)))
    same_config(config)
    if ":" in config.task:
        try:
            evolve([str(file), "--out", str(folder / "run")])
        except WannError as error:
            assert "is for a task that is code" in str(error)
        else:
            raise AssertionError("code was run")


def same_config(config: Config) -> None:
    """Check that a configuration is the same after it was written."""
    assert make_config(tomllib.loads(to_toml(config))) == config == make_config(to_table(config))


def check_table(_: Path, table: Mapping[str, Any]) -> None:
    """Make a configuration of a table."""
    same_config(make_config(dict(table)))


def check_assignments(_: Path, assignments: list[str]) -> None:
    """Make a configuration of the command line's."""
    table: dict[str, Any] = {}
    for assignment in assignments:
        override(table, assignment)
    same_config(make_config(table))


def check_checkpoint(folder: Path, data: bytes) -> None:
    """Restore a search, go on with it, and save and restore it again."""
    for file in folder.glob("population*"):
        file.unlink()
    (folder / LAST).write_bytes(data)
    search = new_search()
    best, steps = restore_checkpoint(folder, search, new_scaler())
    assert best is not None and steps >= 0
    for genome in search.population:
        check_genome(genome)
    save_checkpoint(folder, search, new_scaler(), best, steps)
    again = new_search()
    assert restore_checkpoint(folder, again, new_scaler())[1] == steps
    for one in (search, again):
        for generation in range(2):
            one.ask()
            one.tell(np.random.default_rng(generation).normal(size=(8, 2, 2)))
    assert all(same_genome(a, b) for a, b in zip(search.population, again.population, strict=True))


def check_front(folder: Path, data: bytes) -> None:
    """Read a front."""
    (folder / "front.json").write_bytes(data)
    columns = RunDirectory(folder).front()["population"]
    for values in columns["mean"], columns["best_weight"], columns["connections"]:
        assert np.isfinite(np.array(values, float)).all() and len(values) == len(columns["mean"])


def check_history(folder: Path, data: bytes) -> None:
    """Read a log."""
    (folder / "history.csv").write_bytes(data)
    columns = RunDirectory(folder).history()
    assert set(columns) - {"accuracy"} == set(HISTORY) and all(
        np.isfinite(values).all() for values in columns.values()
    )


KEYS = [
    *CONFIG,
    *(f"search.{key}" for key in CONFIG["search"]),
    "search.mutation.add_node",
    "a.b",
    "",
]
TOML = to_toml(make_config(CONFIG)).encode()
KINDS = {
    "configuration, bytes": Kind(st.binary(max_size=60), check_config),
    "configuration, damaged text": Kind(damaged(TOML), check_config),
    "configuration, changed values": Kind(changed(CONFIG), check_table),
    "configuration, assignments": Kind(
        st.lists(
            st.builds("{}={}".format, st.sampled_from(KEYS), VALUES | st.text(max_size=12)),
            max_size=3,
        )
        | st.lists(st.text(max_size=20), max_size=2),
        check_assignments,
    ),
    "champion, bytes": Kind(
        st.binary(max_size=60) | st.text(max_size=30).map(as_json), check_champion
    ),
    "champion, damaged text": Kind(
        st.sampled_from(CHAMPIONS).map(as_json).flatmap(damaged), check_champion
    ),
    "champion, changed values": Kind(changed(*CHAMPIONS).map(as_json), check_champion),
    ".out, damaged": Kind(damaged(OUT), lambda folder, data: check_champion(folder, data, ".out")),
    "checkpoint, damaged": Kind(damaged(arrays_to_bytes(CHECKPOINT)), check_checkpoint),
    "checkpoint, damaged arrays": Kind(packed(CHECKPOINT), check_checkpoint),
    "checkpoint, lying arrays": Kind(lying(CHECKPOINT, changed(*CHAMPIONS)), check_checkpoint),
    "front, changed values": Kind(changed(FRONT).map(as_json), check_front),
    "log, damaged": Kind(damaged(LOG.encode()), check_history),
    **untrusted_samples.KINDS,
    **untrusted_stores.KINDS,
}
