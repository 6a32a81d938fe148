"""Files that are never half written, and that are read with bounds: a file from a stranger costs
little.

Whatever wann reads it opens with ``open_file``: a regular file, of limited size.
"""

import io
import json
import math
import os
import stat
import sys
import zipfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from wann.errors import WannError, one_line
from wann.names import LONGEST_NAME

LARGEST_JSON = 32 * 2**20  # bytes
# of a JSON file, which takes 200 bytes of memory for each: 400,000 weighted connections
MOST_VALUES = 2_000_000
DEEPEST = 32  # levels of lists and objects in a JSON file
LARGEST_ARRAYS = 2**30  # bytes of an .npz file: a million genomes of usual size
AT_ONCE = 2**22  # bytes of an array that are unpacked together
# bytes that any file may unpack to, and beyond them by its packed size
MOST_UNPACKED, LARGEST_RATIO = 2**24, 200
LARGEST_DIRECTORY = 2**12  # bytes of the list of members in it
# by which a run, a folder of runs and a comparison are known
MARKS = ("config.toml", "champion.json", "seeds.json", "settings.json", "results.csv")
PARTS = ("champions", "figures", "cells", "networks")  # folders in them
LONGEST_REASON = 200  # characters of what libraries say of a damaged one


def write_file(path: Path, data: bytes | str, mode: int = 0o666) -> None:
    """Write a whole file under a temporary name, then rename it: a reader sees the old file or the
    new one.

    Its permissions are those of ``mode`` that the user's umask leaves.

    Raises:
        WannError: it would lie in a linked folder of a run or of a comparison, which may come from
            a stranger.
        OSError: it cannot be written.
    """
    path = Path(path)
    check_place(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.unlink(missing_ok=True)
        # a new file: nothing is written through a link that lies there
        with open(temporary, "xb", opener=partial(os.open, mode=mode)) as file:
            file.write(data.encode() if isinstance(data, str) else data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        error.filename = str(path)  # the one that the caller knows
        raise
    finally:
        with suppress(OSError):
            temporary.unlink()


def check_place(path: Path) -> None:
    """Raise WannError if a file would be written into a linked folder of a run or a comparison."""
    folder = path.parent
    if (
        folder.name in PARTS
        and folder.is_symlink()
        and any((folder.parent / name).exists() for name in MARKS)
    ):
        raise WannError(
            f"{folder}: is a link: a run is written to its own folder only; put a folder in its"
            " place"
        )


def write_json(path: Path, value: dict[str, Any]) -> None:
    """Write an object as JSON; floats keep every bit, and NaN is refused.

    Each of its keys has a line, and each row of a table, which is a list of objects: to be read and
    compared.
    """

    def text(item: Any) -> str:
        whole = dumps(item)
        if not (isinstance(item, list) and item and isinstance(item[0], dict)):
            return whole
        rows = whole[1:-1].split("}, {")  # one call for all is ten times as fast
        if len(rows) == len(item):
            return "[\n  " + "},\n  {".join(rows) + "\n ]"
        return "[\n  " + ",\n  ".join(map(dumps, item)) + "\n ]"  # it is in a text, too

    dumps = partial(json.dumps, allow_nan=False)
    write_file(
        path,
        "{\n "
        + ",\n ".join(f"{dumps(key)}: {text(item)}" for key, item in value.items())
        + "\n}\n",
    )


def open_file(path: Path, limit: int) -> BinaryIO:
    """Open a regular file of at most ``limit`` bytes for reading.

    A pipe or a device would never end.

    Raises:
        WannError: it is something else, or larger.
        OSError: it is not there, or cannot be read.
    """
    try:
        file = open(path, "rb", opener=_open_at_once)  # noqa: SIM115 - the caller closes it
    except ValueError as error:  # a zero byte in the name
        raise WannError(f"{path}: {error}") from None
    try:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise WannError(f"{path}: not a regular file")
        if status.st_size > limit:
            raise WannError(f"{path}: larger than {limit >> 10} KiB: not a file of wann")
    except WannError:
        file.close()
        raise
    return file


def _open_at_once(name: str, flags: int) -> int:
    """Open a file; of a pipe it does not wait for the writer."""
    return os.open(name, flags | getattr(os, "O_NONBLOCK", 0))


def read_file(path: Path, limit: int) -> bytes:
    """Return what a regular file of at most ``limit`` bytes holds; raises as ``open_file``."""
    with open_file(path, limit) as file:
        data = file.read(limit + 1)
    if len(data) > limit:  # it grew, or the system did not tell its size
        raise WannError(f"{path}: larger than {limit >> 10} KiB: not a file of wann")
    return data


def read_lines(file: BinaryIO, longest: int) -> Iterator[bytes]:
    """Yield the lines of a file, or raise ValueError at one of more than ``longest`` bytes."""
    while line := file.readline(longest + 1):
        if len(line) > longest:
            raise ValueError(f"a line of more than {longest} bytes")
        yield line


def read_json(path: Path) -> Any:
    """Return what a JSON file holds, or raise WannError naming the file."""
    data = read_file(path, LARGEST_JSON)
    try:
        return parse_json(data)
    except ValueError as error:
        raise WannError(f"{path}: not valid JSON ({error})") from None


def parse_json(data: bytes) -> Any:
    """Return what JSON text describes: what ``write_json`` takes, not too much of it, and each key
    once.

    Raises:
        ValueError: it is no such text.
    """
    # before they take memory
    if len(data) > LARGEST_JSON or sum(map(data.count, (b",", b"[", b"{"))) > MOST_VALUES:
        raise ValueError(f"more than {LARGEST_JSON >> 20} MiB or {MOST_VALUES} values")
    try:
        content = json.loads(
            data.decode("utf-8-sig"),
            object_pairs_hook=_object,
            parse_constant=_finite,
            parse_float=_finite,
        )
    except RecursionError:
        raise ValueError(f"nested more than {DEEPEST} deep") from None
    level: list[Any] = [[content]]
    for _ in range(DEEPEST + 1):
        level = [
            item
            for part in level
            for item in (part.values() if isinstance(part, dict) else part)
            if isinstance(item, dict | list)
        ]
    if level:
        raise ValueError(f"nested more than {DEEPEST} deep")
    return content


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) < len(pairs):
        raise ValueError("an object has the same key twice")
    return table


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text[:40]} is not a finite number")
    return value


def arrays_to_bytes(arrays: dict[str, Any]) -> bytes:
    """Return an uncompressed ``.npz`` file of these arrays.

    A checksum of each is part of the format.
    """
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def read_arrays(path: Path, kinds: Mapping[str, tuple[Any, int]]) -> dict[str, np.ndarray]:
    """Return the arrays of an uncompressed ``.npz`` file, read-only.

    Nothing is unpacked or unpickled, and all arrays together are no larger than the file, whatever
    it says of them.

    Args:
        path: the file.
        kinds: dtype and number of dimensions of each array that it must hold, by name.

    Raises:
        WannError: it is no such file, or is damaged.
        OSError: it cannot be opened.
    """
    try:
        arrays = _read_members(path, (set(kinds),), unpack=False)
    except ValueError as error:
        raise WannError(f"{path}: damaged ({error})") from None
    for name, (dtype, ndim) in kinds.items():
        if arrays[name].dtype != dtype or arrays[name].ndim != ndim:
            raise WannError(f"{path}: damaged ({name} is an array of another kind)")
    return arrays


def read_any_arrays(path: Path, choices: Collection[set[str]]) -> dict[str, np.ndarray]:
    """Return the arrays, of any kind but objects, of an ``.npz`` file that may be compressed.

    Read-only.

    Nothing is unpickled, and all arrays together are no larger than LARGEST_ARRAYS.

    Args:
        path: the file.
        choices: sets of names, of which the file must hold one.

    Raises:
        WannError: it is no such file, or is damaged.
        OSError: it cannot be opened.
    """
    try:
        return _read_members(path, choices, unpack=True)
    except ValueError as error:
        raise WannError(f"{path}: not an .npz file of such arrays ({error})") from None


def _read_members(path: Path, choices: Collection[set[str]], unpack: bool) -> dict[str, np.ndarray]:
    """Return the arrays of an ``.npz`` file that has the names of one of the choices, or raise
    ValueError.
    """
    with open_file(path, LARGEST_ARRAYS) as file:
        try:
            size = _check_directory(file)
            with zipfile.ZipFile(file) as archive:
                members = {
                    member.filename.removesuffix(".npy"): member for member in archive.infolist()
                }
                if len(members) < len(archive.infolist()) or set(members) not in choices:
                    raise ValueError(
                        f"its arrays must be {' or '.join(', '.join(sorted(c)) for c in choices)}"
                    )
                kinds = {member.compress_type for member in members.values()}
                if not kinds <= {
                    zipfile.ZIP_STORED,
                    zipfile.ZIP_DEFLATED if unpack else zipfile.ZIP_STORED,
                }:
                    raise ValueError("it is compressed")
                if sum(member.compress_size for member in members.values()) > size:
                    raise ValueError("its arrays overlap")
                if sum(member.file_size for member in members.values()) > (
                    LARGEST_ARRAYS if unpack else size
                ):
                    raise ValueError("its arrays are too large")
                check_unpacked(sum(member.file_size for member in members.values()), size)
                return {name: _array(archive, member) for name, member in members.items()}
        except Exception as error:  # zipfile and NumPy have a dozen of them for damaged files
            raise ValueError(one_line(str(error), LONGEST_REASON)) from None


def check_unpacked(unpacked: int, packed: int) -> None:
    """Raise ValueError for a file that unpacks to more than data does: it would cost far more than
    it seems to.
    """
    if unpacked > max(MOST_UNPACKED, LARGEST_RATIO * packed):
        raise ValueError(
            f"it unpacks to more than {MOST_UNPACKED >> 20} MiB and {LARGEST_RATIO} times its size:"
            " if that is meant, give it unpacked"
        )


def _check_directory(file: BinaryIO) -> int:
    """Return the size of a zip file whose end says that its list of members is short: zipfile reads
    it as a whole.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - 42))
    tail = file.read()
    locator, end = tail[:-22], tail[-22:]  # the first would point to a list of any size
    if (
        end[:4] != b"PK\5\6"
        or locator[:4] == b"PK\6\7"
        or int.from_bytes(end[12:16], "little") > LARGEST_DIRECTORY
    ):
        raise ValueError("not a zip file of a few arrays")
    return size


def _array(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> np.ndarray:
    """Return the array that a ``.npy`` file holds, read-only; it is unpacked into its place."""
    with archive.open(member) as file:
        if np.lib.format.read_magic(file) != (1, 0):
            raise ValueError("an array of another version")
        shape, by_column, dtype = np.lib.format.read_array_header_1_0(file)
        if dtype.hasobject:
            raise ValueError(
                "an array of objects, which are never unpickled; text must be saved as text,"
                " astype(str)"
            )
        if dtype.kind in "US" and dtype.itemsize > 4 * LONGEST_NAME:
            raise ValueError(
                f"text of {dtype.itemsize} bytes each: must be of at most {LONGEST_NAME} characters"
            )
        size = math.prod(shape) * dtype.itemsize
        if (
            min(shape, default=1) < 0
            or not dtype.itemsize
            or size != member.file_size - file.tell()
        ):
            raise ValueError("an array of another size than it says")
        data = np.empty(size, np.uint8)
        for first in range(0, size, AT_ONCE):
            part = data[first : first + AT_ONCE]
            part[:] = np.frombuffer(file.read(len(part)), np.uint8)
        if file.read(1):  # at its end its checksum is compared
            raise ValueError("an array of another size than it says")
    character = np.dtype(np.uint32).newbyteorder(dtype.byteorder)
    # NumPy takes any number for a character, and Python dies of it
    if dtype.kind == "U" and data.view(character).max(initial=0) > sys.maxunicode:
        raise ValueError("text with a character that there is not")
    array = data.view(dtype).reshape(shape, order="F" if by_column else "C")
    array.flags.writeable = False
    return array
