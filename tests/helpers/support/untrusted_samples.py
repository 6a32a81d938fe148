"""Samples that a stranger might send: tables and arrays, damaged, changed, and packed to be larger
than they look.
"""

import csv
import gzip
import io
import warnings
import zipfile
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st

from envs.mnist import header, read_idx
from envs.samples import read
from support.damage import CODE, NUMBERS, TEXTS, changed, damaged, lying, packed
from support.genomes import grow
from support.kinds import Kind
from wann.network.network import decode_all
from wann.streams import rng_for

WEIGHTS = np.array([-1.0, 1.0])
LABELS = "t10k-labels-idx1-ubyte"
IDX = header((10000,)) + bytes(range(10)) * 1000
HEAD = ["width", "a, b", "class"]
ROWS = [[i / 7, -1.5 * i, "yn"[i % 2]] for i in range(20)]
SAMPLES = {"X": np.linspace(-1, 1, 60).reshape(20, 3), "y": np.array(["a", "b"] * 10)}
PARTS = {**SAMPLES, "X_test": SAMPLES["X"][:5] + 1, "y_test": SAMPLES["y"][:5]}
SUFFIXES = (
    ".csv",
    ".csv",
    ".CSV",
    ".tsv",
    ".txt",
    ".data",
    ".csv.gz",
    ".tsv.gz",
    ".gz",
    ".npz",
    "",
)
MIB = 2**20


# ---------------------------------------------------------------------------------- what must hold
def check_samples(folder: Path, case: tuple[str, bytes]) -> None:
    """Load samples and score a network on them."""
    suffix, data = case
    file = folder / f"own{suffix}"
    file.write_bytes(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # inputs are large
            task = read(file, None)
    finally:
        file.unlink()
    assert (
        all(name.isprintable() for name in (*task.inputs, *task.outputs)) and len(task.digest) == 64
    )
    for part in (task.train, task.validation, task.test):
        assert part.inputs.dtype == np.float32 and np.isfinite(part.inputs).all()
        assert part.inputs.shape == (len(part.labels), len(task.inputs))
        assert len(part.labels) and part.labels.min() >= 0 and part.labels.max() < len(task.outputs)
    genome, trials = (
        grow(len(task.inputs), len(task.outputs), 3, 0),
        task.trials(1, rng_for(0, 0, "trials")),
    )
    assert task.score(decode_all([genome]), WEIGHTS, trials)[0].shape == (1, 2, 1)


def check_idx(folder: Path, case: tuple[str, bytes]) -> None:
    """Read a file of MNIST, of which no more than its size is unpacked.

    The other of the two is not there.
    """
    suffix, data = case
    for name in (LABELS, f"{LABELS}.gz"):
        (folder / name).unlink(missing_ok=True)
    (folder / f"{LABELS}{suffix}").write_bytes(data)
    assert len(read_idx(folder, LABELS)) <= 10017


# -------------------------------------------------------------------------------------- the cases
def compressed(arrays: dict[str, np.ndarray]) -> bytes:
    """Return a compressed file of these arrays."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def as_text(rows: list[Any], separator: str, end: str, quoting: int) -> str:
    """Return rows, whatever they are, as a table.

    With QUOTE_NONE it may be one that cannot be read.
    """
    rows = [row if isinstance(row, list) else [row] for row in rows]
    if quoting == csv.QUOTE_NONE:
        return end.join(separator.join(map(str, row)) for row in rows)
    text = io.StringIO()
    csv.writer(text, delimiter=separator, lineterminator=end, quoting=quoting).writerows(rows)
    return text.getvalue()


def as_bytes(text: str, encoding: str) -> bytes:
    """Return text in an encoding, as far as that has its characters."""
    return text.encode(encoding, "replace")


@st.composite
def tables(draw: Any) -> tuple[str, bytes]:
    """Return a table in which values, rows and columns are changed, written in some way, under some
    suffix.
    """
    rows = draw(changed([HEAD, *ROWS], ROWS))
    if draw(st.booleans()):  # a column is of another kind
        column, values = (
            draw(st.integers(0, 2)),
            st.sampled_from((*map(str, (*NUMBERS, None, True)), *TEXTS)),
        )
        value = draw(values)
        for row in (row for row in rows if isinstance(row, list) and len(row) > column):
            row[column] = value if draw(st.integers(0, 3)) else draw(values)
    rows = rows * draw(st.sampled_from((1, 1, 1, 2, 50)))
    separator = draw(st.sampled_from((",", ",", ";", "\t", " ", "|")))
    end = draw(st.sampled_from(("\n", "\n", "\r\n", "\r", "\n\n", "\0")))
    text = as_text(
        rows,
        separator,
        end,
        draw(st.sampled_from((csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONE))),
    )
    data = as_bytes(
        text, draw(st.sampled_from(("utf-8", "utf-8", "utf-8-sig", "utf-16", "latin-1")))
    )
    suffix = draw(st.sampled_from(SUFFIXES))
    return suffix, (
        gzip.compress(data, 1) if suffix.endswith("gz") != (draw(st.integers(0, 9)) == 0) else data
    )


def of_objects(name: str) -> bytes:
    """Return arrays of which one holds objects, the first of which imports something as it is
    unpickled.
    """
    buffer = io.BytesIO()
    module, attribute = CODE.split(":")
    with zipfile.ZipFile(buffer, "w") as archive:
        for other, array in SAMPLES.items():
            member = io.BytesIO()
            if other == name:
                np.lib.format.write_array_header_1_0(
                    member, {"descr": "|O", "fortran_order": False, "shape": array.shape}
                )
                member.write(f"c{module}\n{attribute}\n.".encode())
            else:
                np.save(member, array)
            archive.writestr(f"{other}.npy", member.getvalue())
    return buffer.getvalue()


@lru_cache
def gzip_bomb(piece: bytes, size: int) -> bytes:
    """Return compressed text of so many MiB: a piece again and again."""
    return gzip.compress((piece * (MIB // len(piece) + 1))[:MIB]) * size


@lru_cache
def npz_bomb(dtype: str, size: int, lie: int) -> bytes:
    """Return compressed zeros of so many MiB, with two columns.

    The header tells of ``lie`` times as many rows.
    """
    buffer, kind = io.BytesIO(), np.dtype(dtype)
    rows = size * MIB // kind.itemsize // 2
    shapes = {"X": (rows * lie, 2), "y": (rows * lie,)}
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, shape in shapes.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                head = {"descr": dtype, "fortran_order": False, "shape": shape}
                np.lib.format.write_array_header_1_0(member, head)
                for _ in range(size if name == "X" else size // 2):
                    member.write(bytes(MIB))
    return buffer.getvalue()


def bombs() -> st.SearchStrategy:
    """Return small files that unpack into much, most of it damaged a little."""
    pieces = b"\0", b"\n", b"1,2,a\n1,2,b\n", b"1,", b'"', b"a", b"1,2,a\r", b"0.5 0.5 a\n"
    sizes = st.sampled_from((2, 300, 1500))
    gzips = st.tuples(
        st.sampled_from((".csv.gz", ".tsv.gz", ".gz", ".csv")),
        st.builds(gzip_bomb, st.sampled_from(pieces), sizes),
    )
    npzs = st.tuples(
        st.just(".npz"),
        st.builds(
            npz_bomb, st.sampled_from(("|u1", "<f8", "<U1")), sizes, st.sampled_from((1, 1, 1000))
        ),
    )
    return gzips | npzs | npzs.flatmap(lambda case: st.tuples(st.just(case[0]), damaged(case[1])))


def under(*suffixes: str) -> Any:
    """Return what puts one of these suffixes before data."""
    return lambda data: st.tuples(st.sampled_from(suffixes), data)


TABLE = as_text([HEAD, *ROWS], ",", "\n", csv.QUOTE_MINIMAL).encode()
csvs, npzs = under(".csv", ".csv", ".tsv", ".txt", ".data"), under(".npz")
KINDS = {
    "samples, damaged table": Kind(csvs(st.binary(max_size=60) | damaged(TABLE)), check_samples),
    "samples, changed table": Kind(tables(), check_samples),
    "samples, damaged gzip": Kind(
        under(".csv.gz", ".tsv.gz",
        ".gz")(damaged(gzip.compress(TABLE)) | damaged(TABLE).map(gzip.compress)),
        check_samples,
    ),
    "samples, damaged arrays": Kind(npzs(damaged(compressed(SAMPLES)) | packed(SAMPLES)),
    check_samples),
    "samples, lying arrays": Kind(
        npzs(lying(SAMPLES, st.nothing()) | lying(PARTS, st.nothing()) | lying(PARTS, st.nothing(),
        compressed)
             | st.sampled_from("Xy").map(of_objects)),
        check_samples,
    ),
    "samples, bombs": Kind(bombs(), check_samples, slow=True),
    "IDX, damaged": Kind(under("")(damaged(IDX)), check_idx),
    "IDX, damaged gzip": Kind(under(".gz")(damaged(gzip.compress(IDX))), check_idx),
}  # fmt: skip
