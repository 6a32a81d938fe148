"""Arrays in ``.npz`` files: nothing is unpickled, and none unpacks to much more than it says."""

import io
import math
import os
import sys
import zipfile
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from wann.errors import WannError, one_line
from wann.files.plain import open_file
from wann.names import LONGEST_NAME

LARGEST_ARRAYS = 2**30  # bytes of an .npz file: a million genomes of usual size
AT_ONCE = 2**22  # bytes of an array that are unpacked together
# bytes that any file may unpack to, and beyond them by its packed size
MOST_UNPACKED, LARGEST_RATIO = 2**24, 200
LARGEST_DIRECTORY = 2**12  # bytes of the list of members in it
LONGEST_REASON = 200  # characters of what libraries say of a damaged one


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
