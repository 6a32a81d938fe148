"""Files that are never half written, and JSON that is read with bounds."""

import json
import os
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

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
