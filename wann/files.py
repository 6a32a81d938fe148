"""Files that are never half written, and that are read with bounds: a file from a stranger costs little."""

import io
import json
import os
import struct
import zipfile
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from wann.errors import WannError

LARGEST_JSON = 64 * 2**20  # bytes


def write_file(path: Path, data: bytes | str) -> None:
    """Write a whole file under a temporary name, then rename it: a reader sees the old file or the new one."""
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with open(temporary, "wb") as file:
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


def write_json(path: Path, value: dict[str, Any]) -> None:
    """Write an object as JSON; floats keep every bit, and NaN is refused.

    Each of its keys has a line, and each row of a table, which is a list of objects: to be read and compared.
    """

    def text(item: Any) -> str:
        if isinstance(item, list) and item and isinstance(item[0], dict):
            return "[\n  " + ",\n  ".join(map(dumps, item)) + "\n ]"
        return dumps(item)

    dumps = partial(json.dumps, allow_nan=False)
    write_file(path, "{\n " + ",\n ".join(f"{dumps(key)}: {text(item)}" for key, item in value.items()) + "\n}\n")


def read_json(path: Path) -> Any:
    """Return what a JSON file holds, or raise WannError naming the file."""
    path = Path(path)
    if path.stat().st_size > LARGEST_JSON:
        raise WannError(f"{path}: larger than {LARGEST_JSON >> 20} MiB: not a file of wann")
    try:
        return json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise WannError(f"{path}: not valid JSON ({error})") from None


def arrays_to_bytes(arrays: dict[str, Any]) -> bytes:
    """Return an uncompressed ``.npz`` file of these arrays; a checksum of each is part of the format."""
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """Return the arrays of an uncompressed ``.npz`` file, read-only.

    Nothing is unpacked or unpickled, and no array can be larger than the file, whatever it says of itself.

    Raises:
        WannError: it is no such file, or is damaged.
    """
    data = path.read_bytes()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            if any(member.compress_type != zipfile.ZIP_STORED for member in members):
                raise ValueError("it is compressed")
            # reading a member whole compares its checksum
            return {member.filename.removesuffix(".npy"): _array(archive.read(member)) for member in members}
    except (ValueError, zipfile.BadZipFile, EOFError, struct.error, RuntimeError, OverflowError) as error:
        raise WannError(f"{path}: damaged ({error})") from None


def _array(data: bytes) -> np.ndarray:
    """Return the array that a ``.npy`` file holds."""
    file = io.BytesIO(data)
    if np.lib.format.read_magic(file) != (1, 0):
        raise ValueError("an array of another version")
    shape, _, dtype = np.lib.format.read_array_header_1_0(file)
    if dtype.hasobject:
        raise ValueError("an array of objects")
    return np.frombuffer(data, dtype, offset=file.tell()).reshape(shape)
