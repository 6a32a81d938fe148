"""Checkpoints that are torn, flipped or made by a stranger: the one before is taken, or a clear
error comes quickly.
"""

import io
import random
import time
import zipfile

import numpy as np
import pytest

from wann.champion.champion import Champion
from wann.config import SearchConfig
from wann.errors import WannError
from wann.genome.genome import same_genome
from wann.genome.mutation import splits_of
from wann.runs.checkpoint import DAMAGED, LAST, PREVIOUS, restore_checkpoint, save_checkpoint
from wann.search.search import WannSearch
from wann.tasks.scaling import Scaler


def new_search():
    """Return a search and a scaler that have not begun."""
    return WannSearch(SearchConfig(population=12, tournament=2), 3, 2), Scaler(True, 3)


def same(one, other):
    """Return whether two searches with their scalers would go on alike."""
    (a, scaler_a), (b, scaler_b) = one, other
    return (
        a.generation == b.generation
        and np.array_equal(a.order, b.order)
        and all(same_genome(x, y) for x, y in zip(a.population, b.population, strict=True))
        and np.array_equal(splits_of(a.innovations), splits_of(b.innovations))
        and np.array_equal(scaler_a.observed, scaler_b.observed)
    )


@pytest.fixture
def saved(tmp_path):
    """Return a folder with checkpoints of generations 4 and 5, and the searches at these
    moments.
    """
    (search, scaler), moments = new_search(), []
    for generation in range(5):
        genomes = search.ask()
        search.tell(np.random.default_rng(generation).normal(size=(12, 2, 2)))
        scaler.observe(np.random.default_rng(generation).normal(size=(9, 3)))
        save_checkpoint(
            tmp_path,
            search,
            scaler,
            Champion(genomes[0], "swingup", ("a", "b", "c"), ("d", "e")),
            10 * generation,
        )
        moments.append(new_search())
        restore_checkpoint(tmp_path, *moments[-1])
        assert same(moments[-1], (search, scaler))
    return tmp_path, moments[-2], moments[-1]


def test_a_restored_search_goes_on_as_the_saved_one(saved):
    folder, _, last = saved
    search = new_search()
    champion, steps = restore_checkpoint(folder, *search)
    assert steps == 40 and champion.task == "swingup" and same(search, last)
    children = [s.ask() for s, _ in (search, last)]
    assert all(same_genome(a, b) for a, b in zip(*children, strict=True))
    assert restore_checkpoint(folder / "nowhere", *new_search()) == (None, 0)


@pytest.mark.filterwarnings("error")
def test_any_flipped_bit_is_noticed_or_changes_nothing(saved):
    folder, previous, last = saved
    good, draw, noticed = (folder / LAST).read_bytes(), random.Random(0), 0
    before = (folder / PREVIOUS).read_bytes()
    for _ in range(300):
        bad, search = bytearray(good), new_search()
        bad[draw.randrange(len(good))] ^= 1 << draw.randrange(8)
        (folder / LAST).write_bytes(bad)
        (folder / PREVIOUS).write_bytes(before)
        try:
            restore_checkpoint(folder, *search)
        except UserWarning as warning:  # pytest makes errors of warnings here
            noticed += 1
            assert f"{LAST}: damaged" in str(
                warning
            ) and "the checkpoint before it, generation 4" in str(warning)
            assert same(search, previous)
        else:
            assert same(search, last)
    assert noticed > 200


def test_torn_files_fall_back_to_the_checkpoint_before_and_are_set_aside(saved):
    folder, previous, _ = saved
    good = (folder / LAST).read_bytes()
    for bad in (b"", good[: len(good) // 2], good[:-1], b"\0" * len(good)):
        before = (folder / PREVIOUS).read_bytes()
        (folder / LAST).write_bytes(bad)
        search = new_search()
        with pytest.warns(
            UserWarning, match="going on from the checkpoint before it, generation 4"
        ):
            restore_checkpoint(folder, *search)
        assert same(search, previous)
        assert (folder / LAST).read_bytes() == before and (folder / DAMAGED).read_bytes() == bad
        (folder / PREVIOUS).write_bytes(before)


def test_a_kill_between_the_two_renames_loses_nothing(saved):
    folder, previous, _ = saved
    (folder / LAST).unlink()
    search = new_search()
    restore_checkpoint(folder, *search)
    assert same(search, previous)


def test_without_a_whole_checkpoint_the_error_names_the_last_and_files_stay(saved):
    folder = saved[0]
    for name in (LAST, PREVIOUS):
        (folder / name).write_bytes(b"nothing")
    with pytest.raises(
        WannError,
        match=rf"{LAST}: damaged.*cannot resume; put back a whole one, or start a new run",
    ):
        restore_checkpoint(folder, *new_search())
    assert sorted(path.name for path in folder.iterdir()) == sorted((LAST, PREVIOUS))


def packed(compress=zipfile.ZIP_STORED, **members):
    """Return a zip file of ``.npy`` members, given as bytes or arrays."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compress) as archive:
        for name, data in members.items():
            if not isinstance(data, bytes):
                member = io.BytesIO()
                np.save(member, data)
                data = member.getvalue()
            archive.writestr(f"{name}.npy", data)
    return buffer.getvalue()


def header(text):
    """Return a ``.npy`` file with this header and no data."""
    data = text.encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + len(data).to_bytes(2, "little") + data


HOSTILE = {
    "a bomb": lambda: packed(zipfile.ZIP_DEFLATED, nodes=np.zeros(10**7)),
    "a size it has not": lambda: packed(
        nodes=header("{'descr': '<f8', 'fortran_order': False, 'shape': (10**12,), }")
    ),
    "many sizes": lambda: packed(
        nodes=header("{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,), }")
    ),
    "code": lambda: packed(
        nodes=header("{'descr': __import__('os').system('touch hacked'), 'shape': (1,), }")
    ),
    "objects": lambda: packed(nodes=np.array([{"a": 1}], object)),
    "deep nesting": lambda: packed(nodes=header("{'descr': " + "[" * 5000 + "]" * 5000 + "}")),
    "no tables": lambda: packed(nodes=np.zeros(3)),
    "tables of another kind": lambda: packed(nodes=np.zeros(3), conns=np.zeros(3)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_files_of_strangers_are_refused_quickly(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    (tmp_path / LAST).write_bytes(HOSTILE[name]())
    begun = time.perf_counter()
    with pytest.raises(WannError, match=f"{LAST}: damaged"):
        restore_checkpoint(tmp_path, *new_search())
    assert time.perf_counter() - begun < 2 and not (tmp_path / "hacked").exists()


def test_node_tables_that_break_a_rule_are_refused(saved):
    folder = saved[0]
    (folder / PREVIOUS).unlink()
    with np.load(folder / LAST) as file:
        good = dict(file)
    for name, change in {
        "nodes": lambda a: np.flip(a),
        "conns": lambda a: a[:-1],
        "order": lambda a: np.zeros_like(a),
        "node_start": lambda a: a * 10**9,
        "generation": lambda a: -a,
        "champion": lambda a: a[1:],
        "splits": lambda a: np.array([["x"]]),
    }.items():
        np.savez(folder / LAST, **(good | {name: change(good[name])}))
        with pytest.raises(WannError, match=f"{LAST}: damaged"):
            restore_checkpoint(folder, *new_search())
