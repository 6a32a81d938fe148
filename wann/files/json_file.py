"""JSON that is written to be compared line by line, and read neither large nor deep."""

import json
import math
from functools import partial
from pathlib import Path
from typing import Any

from wann.errors import WannError
from wann.files.plain import read_file, write_file

LARGEST_JSON = 32 * 2**20  # bytes
# of a JSON file, which takes 200 bytes of memory for each: 400,000 weighted connections
MOST_VALUES = 2_000_000
DEEPEST = 32  # levels of lists and objects in a JSON file


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
