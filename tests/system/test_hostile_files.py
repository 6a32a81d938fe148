"""Champions and configurations made to hurt: each is refused in one line that names it, quickly and
in little memory.

What could hang or fill the memory is read by a process of its own, ``support/readers.py``.
"""

import json
import os
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from support import readers
from support.readers import refused
from support.untrusted import CHAMPIONS

from wann.champion.champion import Champion, load
from wann.errors import WannError, one_line
from wann.files import LARGEST_JSON, MOST_VALUES
from wann.genome.genome import CONNECTION, NODE, make_genome, same_genome

pytest.importorskip(
    "resource",
    reason="memory is limited and measured by the module resource, which Windows has not",
)


def written(folder, name, data, expected):
    """Write a champion file and return the case."""
    (folder / name).write_bytes(data)
    return "champion", folder / name, expected


def edited(number=0, **values):
    """Return a champion file with other values."""
    return json.dumps(CHAMPIONS[number] | values).encode()


def text_of(unit, size):
    """Return a JSON list of a unit, again and again, of about this size."""
    return b"[" + b",".join([unit] * (size // (len(unit) + 1))) + b"]"


@pytest.mark.slow
def test_champions_that_would_fill_the_memory(tmp_path):
    size = LARGEST_JSON - 1000
    emoji = "\N{PILE OF POO}".encode()  # text with one takes four bytes a character
    refused(
        tmp_path,
        [
            written(tmp_path, "lists.json", text_of(b"[]", size), f"or {MOST_VALUES} values"),
            written(tmp_path, "objects.json", text_of(b'{"":0}', size), f"or {MOST_VALUES} values"),
            written(
                tmp_path,
                "few.json",
                text_of(b'{"":0}', 7 * MOST_VALUES // 2),
                "not a champion file",
            ),
            written(tmp_path, "texts.json", text_of(b'"ab"', size), f"or {MOST_VALUES} values"),
            written(
                tmp_path, "text.json", b'"' + b"a" * size + emoji + b'"', "not a champion file"
            ),
            written(tmp_path, "large.json", b" " * (LARGEST_JSON + 1), "larger than 32768 KiB"),
            written(tmp_path, "deep.json", b"[" * size, "values|deep"),
            written(tmp_path, "chain.json", b'{"a":' * 1000, "deep"),
            written(tmp_path, "words.out", b"12 " * (20 * 2**20), "table of 1 to 1500 rows"),
            written(tmp_path, "commas.out", b"," * (60 * 2**20), "1 rows need 2 columns"),
            written(tmp_path, "large.out", b"0" * (2**26 + 1), "larger than"),
        ],
    )


def test_champions_that_are_no_files(tmp_path):
    os.mkfifo(tmp_path / "pipe.json")
    os.mkfifo(tmp_path / "pipe.out")
    os.symlink("/dev/zero", tmp_path / "zero.json")
    os.symlink("loop.json", tmp_path / "loop.json")
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "run" / "champion.json").mkdir(parents=True)
    with open(tmp_path / "sparse.json", "wb") as file:
        file.truncate(2**40)
    refused(
        tmp_path,
        [
            ("champion", tmp_path / "pipe.json", "not a regular file"),
            ("champion", tmp_path / "pipe.out", "not a regular file"),
            ("champion", tmp_path / "zero.json", "not a regular file"),
            ("champion", Path("/dev/zero"), "not a regular file"),
            ("champion", Path("/dev/stdin"), "not a regular file"),
            ("champion", tmp_path / "loop.json", "no such file"),
            ("champion", tmp_path / "folder.json", r"no champion\.json"),
            ("champion", tmp_path / "run", r"champion\.json: Is a directory"),
            ("champion", tmp_path / "sparse.json", "larger than"),
            ("champion", tmp_path / "zero\0byte.json", "no such file"),
            ("champion", tmp_path / ("long" * 2000), "File name too long"),
        ],
    )


ROWS = CHAMPIONS[0]["nodes"]
CYCLE = [{"source": 8, "target": 9, "enabled": True}, {"source": 9, "target": 8, "enabled": True}]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (edited(nodes=[*ROWS, ROWS[-1]]), "unique"),
        (
            edited(nodes=[*ROWS, {**ROWS[-1], "id": 2**31}]),
            r"id is 2147483648: must be a whole number",
        ),
        (
            edited(
                nodes=[*ROWS[:6], {**ROWS[-1], "id": 8}, {**ROWS[-1], "id": 9}], connections=CYCLE
            ),
            "cycle",
        ),
        (edited(connections=[{**CYCLE[0], "weight": float("nan")}]), "NaN is not a finite number"),
        (edited(shared_weight=float("-inf")), "-Infinity is not a finite number"),
        (
            edited(scores={"mean": 1}).replace(b'"mean": 1', b'"mean": 1e999'),
            "1e999 is not a finite number",
        ),
        (edited(scores={"mean": "1"}), r"scores\.mean"),
        (
            edited(scores={"mean": 1}).replace(b'"mean": 1', b'"mean": 1, "mean": 2'),
            "same key twice",
        ),
        (edited(shared_weight=1).replace(b": 1,", b": " + b"1" * 5000 + b","), "not valid JSON"),
        (edited(version="1" * 10**6), "reads versions 1 and 2"),
        (edited(provenance={"config": {"weights": [1] * 257}}), "1 to 256 numbers"),
        (edited(provenance={"config": {"weights": ["x"]}}), "weights"),
        (edited(provenance={"a": json.loads("[" * 40 + "]" * 40)}), "deep"),
        (edited(task="../../x"), "must be a name"),
        (edited(task="a:b; touch imported"), "must be a name"),
        (edited(task="\x1b[31mred"), "must be a name"),
        (edited(task="x" * 10**6), "must be a name"),
        (edited(inputs=["x", "y", "\x1b]0;title\a"]), "names"),
        (edited(inputs=["x", "y", "\ud800"]), "names"),
        (edited(outputs=["x", "y" * 1001]), "names"),
        (edited().decode().encode("utf-16"), "not valid JSON"),
    ],
    ids=lambda value: value if isinstance(value, str) else "file",
)
def test_champions_that_lie(tmp_path, data, message):
    (tmp_path / "c.json").write_bytes(data)
    with pytest.raises(WannError, match=message) as error:
        load(tmp_path / "c.json")
    text = one_line(str(error.value))
    assert (
        text.startswith(f"{tmp_path / 'c.json'}: ") and text == str(error.value) and len(text) < 400
    )


@pytest.mark.parametrize("row", ["0,0,1,1#", "0,0,1,nan", "0,0,1j,1", "0,0,\0,1"])
def test_out_files_that_lie(tmp_path, row):
    (tmp_path / "c.out").write_text(f"{row}\n0,0,1,1\n0,0,0,1")
    with pytest.raises(WannError, match=r"c\.out: .*(numbers|ids)"):
        load(tmp_path / "c.out")


@pytest.mark.slow
def test_a_large_dense_network_loads_and_is_the_same_when_saved(tmp_path):
    """LeNet-300-100 with a weight on each of its 266,200 connections."""
    ids = [1 + np.arange(784), 795 + np.arange(300), 1095 + np.arange(100), 785 + np.arange(10)]
    nodes = np.ones(1195, NODE)
    nodes["id"] = np.arange(1195)
    conns = np.ones(266_200, CONNECTION)
    pairs = [np.array(np.meshgrid(a, b)).reshape(2, -1) for a, b in pairwise(ids)]
    conns["source"], conns["target"] = np.concatenate(pairs, axis=1)
    names = tuple(f"pixel {i}" for i in range(784)), tuple(map(str, range(10)))
    weights = np.random.default_rng(0).normal(size=266_200)
    one = Champion(make_genome(784, 10, nodes, conns), "digits", *names, weights)
    one.save(tmp_path / "lenet.json")
    two = load(tmp_path / "lenet.json")
    assert same_genome(one.genome, two.genome) and np.array_equal(one.weights, two.weights)
    (found,) = readers.read(tmp_path, [("champion", tmp_path / "lenet.json")])
    assert (
        found["outcome"] == "loaded" and found["s"] < readers.SECONDS and found["MiB"] < readers.MIB
    ), found


@pytest.mark.slow
def test_configurations(tmp_path):
    os.mkfifo(tmp_path / "pipe.toml")
    os.symlink("/dev/zero", tmp_path / "zero.toml")
    (tmp_path / "folder.toml").mkdir()
    cases = [
        ("configuration", tmp_path / "pipe.toml", "not a regular file"),
        ("configuration", tmp_path / "zero.toml", "not a regular file"),
        ("configuration", tmp_path / "folder.toml", "Is a directory"),
        ("configuration", tmp_path / "zero\0byte.toml", "null byte"),
    ]
    dots = ".".join("a" * 4000)
    texts = {
        "large": ("#" * (2**14 + 1), "larger than 16 KiB"),
        "header": (f"[{dots}]\n" + "".join(f"{i:x}=1\n" for i in range(1200)), "unknown key a"),
        "dots": (f"seed.{dots} = 1", "seed = a huge dict"),
        "deep": ("a = " + "[" * 10000, "not valid TOML"),
        "digits": ("seed = " + "1" * 5000, "not valid TOML"),
        "hexadecimal": ("seed = 0x" + "f" * 5000, "seed = a huge int"),
        "number": ("seed = 1" + "0" * 400, "must be at most"),
        "share": ("search.cull = 1" + "0" * 400, "must be at most"),
        "key": ('"\\u001b[31m" = 1', r"unknown key \\x1b\[31m"),
        "value": (f"task = '{'x' * 10000}'", "must be the name of a task"),
        "path": ("task = '../../x'", "must be the name of a task"),
        "shell": ("task = 'a:b; touch imported'", "must be the name of a task"),
        "trials": ("trials = 1000000000000", "must be at most 1000000"),
        "rollouts": (
            "trials = 1000000\nsearch.population = 1000000",
            "must be at most 1000000000 rollouts",
        ),
        "weights": (f"weights = {list(range(257))}", "must have at most 256"),
        "date": ("seed = 2020-02-30", "not valid TOML"),
        "duplicate": ("seed = 1\nseed = 2", "not valid TOML"),
    }
    for name, (text, message) in texts.items():
        (tmp_path / f"{name}.toml").write_text(text)
        cases.append(("configuration", tmp_path / f"{name}.toml", message))
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "config.toml").write_text("search.population = 1")
    refused(
        tmp_path,
        [
            *cases,
            ("run", tmp_path / "run", r"config\.toml: search\.population = 1: must be at least 2"),
        ],
    )
