"""Reading samples from a table in a text file: numbers and a class in each row.

Values are separated by commas, semicolons or tabs, or else by spaces, whatever the file's ending;
``.gz`` is unpacked as it is read. A first row such as ``sep=;``, as Excel has it, says the
separator. Numbers are those of ``wann.names.NUMBER``.

A first row without numbers names the columns. Numbers may name them, too, as pandas writes 0, 1, 2
...: a first row of consecutive whole numbers, in any order and from any on, does so if its class is
that of no other row, or is one of these numbers while some column has a decimal point in all other
rows and none in the first. If its class is one of them and neither holds, it may be either, and is
refused.
"""

import csv
import gzip
import math
import os
import re
import zlib
from array import array
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

import numpy as np

from envs.content import MISSING, MOST_CONNECTIONS, MOST_SAMPLES, MOST_VALUES, Classes, Content
from wann.errors import WannError, one_line
from wann.files import LONGEST_REASON, check_unpacked, open_file, read_lines
from wann.names import NUMBER, canonical, is_name

LARGEST_TABLE = 2**28  # bytes, unpacked
LONGEST_ROW = 2**20  # bytes
SEPARATORS = ";\t,"
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
#: what may be meant as a number, if not as one of ours: no name of a column
LIKE_NUMBER = re.compile(
    r"[+-]?(?=[.,'_\s]*\d)[\d.,'_\s]+(?:e[+-]?\d+)?%?|[+-]?0x[\da-f]+|[+-]?inf(?:inity)?|nan", re.I
).fullmatch
# the first row, where Excel is told the separator
SAID = re.compile(r'("?)sep=(\\t|[,;\t|])\1', re.I).fullmatch
WHOLE = re.compile(r"([0-9]{1,9})(?:\.0*)?").fullmatch
PLACE = re.compile("-?[0-9]{1,9}").fullmatch  # of a column


def lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the number and the text of each line that is not empty.

    Raises:
        WannError: the file is no text, or too large.
    """
    with open_file(path, LARGEST_TABLE) as file:
        packed, size, number = os.fstat(file.fileno()).st_size, 0, 1
        source = (
            cast(BinaryIO, gzip.GzipFile(fileobj=file))
            if path.name.lower().endswith(".gz")
            else file
        )
        try:
            for number, line in enumerate(read_lines(source, LONGEST_ROW), 1):
                size += len(line)
                if size > LARGEST_TABLE or number > MOST_SAMPLES:
                    raise ValueError(f"more than {MOST_SAMPLES} lines or {LARGEST_TABLE >> 20} MiB")
                check_unpacked(size, packed)
                if number == 1 and (line.startswith(UTF_16) or b"\0" in line):
                    raise ValueError("it is in UTF-16, or no text at all: save it as UTF-8")
                text = line.decode("utf-8-sig" if number == 1 else "utf-8").strip("\r\n ")
                if text.strip():
                    yield number, text
        except (ValueError, EOFError, OSError, zlib.error) as error:
            reason = one_line(str(error), LONGEST_REASON)
            raise WannError(
                f"{path}: near row {number}: not a CSV file in UTF-8 ({reason})"
            ) from None


def rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield the line number and the cells of each row that is not empty.

    A row is a line: a line break within quotes is refused, and so no row is longer than
    LONGEST_ROW.

    Raises:
        WannError: it is no such table.
    """
    separator = ""
    for number, text in lines(path):
        if not separator and (said := SAID(text)):
            separator = said[2].replace("\\t", "\t")
            continue
        if not separator:
            unquoted = re.sub('"[^"]*"', "", text)
            separator = max(SEPARATORS, key=unquoted.count)
            separator = separator if separator in unquoted else " "
        if '"' in text or "\r" in text or separator == " ":
            plain = text if separator != " " else text.replace("\t", " ")
            try:
                cells = next(
                    csv.reader([plain], delimiter=separator, skipinitialspace=True, strict=True)
                )
            except csv.Error as error:
                raise WannError(
                    f"{path}: near row {number}: not a CSV file in UTF-8 ({error})"
                ) from None
        else:
            cells = text.split(separator)
        yield number, [cell.strip() for cell in cells]


def column_of(path: Path, target: str | None, first: list[str]) -> int:
    """Return the place of the class in a row.

    Args:
        path: of the table.
        target: its name, or its number from 1, or from -1 of the last on; None is the last.
        first: cells of the first row.

    Raises:
        WannError: there is no such column.
    """
    if target is None:
        return len(first) - 1
    if PLACE(target):
        place = int(target) - (int(target) > 0)
        if int(target) and -len(first) <= place < len(first):
            return place % len(first)
    elif first.count(target) == 1:
        return first.index(target)
    shown = ", ".join(one_line(cell, 40) for cell in first[:8]) + (", …" if len(first) > 8 else "")
    raise WannError(
        f"{path}: has no column {target[:40]!r} that could be the class: give --target with a name"
        f" in the first row ({shown}), a number from 1 to {len(first)}, or -1 for the last"
    )


def count(cells: list[str]) -> bool:
    """Return whether cells are consecutive whole numbers, in any order."""
    numbers = sorted(int(found[1]) for found in map(WHOLE, cells) if found)
    return numbers == list(range(numbers[0], numbers[0] + len(cells))) if numbers else False


def is_title(cells: list[str], label: str) -> bool | None:
    """Return whether a first row names the columns; None if it may, as its numbers count them.

    Args:
        cells: of the inputs.
        label: cell of the class.
    """
    if not cells[0] and cells[1:] == [str(i) for i in range(len(cells) - 1)]:
        return True  # pandas leaves the name of its index empty
    if count([*cells, label]) or (
        not LIKE_NUMBER(label) and count(cells) and (len(cells) > 1 or cells[0] in ("0", "1"))
    ):
        return None
    return not any(map(LIKE_NUMBER, cells)) and any(cell not in MISSING for cell in cells)


class Table(NamedTuple):
    """The rows of a table.

    Attributes:
        inputs: ``(S, n)`` float32.
        codes: ``(S,)`` of their classes.
        classes: that they are codes of.
        pointed: the inputs that have a decimal point in all rows but the first, where they have
            none.
    """

    inputs: np.ndarray
    codes: np.ndarray
    classes: Classes
    pointed: list[int]


def collect(
    path: Path, found: Iterable[tuple[int, list[str]]], names: list[str], k: int, hint: str
) -> Table:
    """Return what the rows hold.

    Args:
        path: of the table.
        found: line number and cells of each row.
        names: of the inputs.
        k: place of the class in a row.
        hint: what else to say if the first of them is bad.

    Raises:
        WannError: a row has other values than it may.
    """
    values, codes, classes, pointed = array("f"), array("q"), Classes(), list(range(len(names)))
    for number, (*row,) in found:
        if len(row) != len(names) + 1:
            raise WannError(
                f"{path}: row {number} has {len(row)} values: must have {len(names) + 1}, as the"
                " first"
            )
        label = row.pop(k)
        known = row if all(map(NUMBER, row)) else [cell if NUMBER(cell) else "nan" for cell in row]
        numbers = array("f", map(float, known))
        if not math.isfinite(sum(numbers)):
            bad = next(i for i, value in enumerate(numbers) if not math.isfinite(value))
            raise WannError(
                f"{path}: row {number} has {row[bad][:40]!r} for {names[bad][:40]!r}: must be a"
                f" finite number with a decimal point; remove or replace such rows{hint}"
            )
        try:
            code = classes.code(label)
        except ValueError as error:
            raise WannError(
                f"{path}: row {number} {error}; the class is in column {k + 1}, or where --target"
                " COLUMN says"
            ) from None
        pointed = [i for i in pointed if ("." in row[i]) == bool(codes)]
        values.extend(numbers)
        codes.append(code)
        hint = ""
        if len(values) > MOST_VALUES:
            raise WannError(
                f"{path}: more than {MOST_VALUES} values of inputs: that is the most that is read"
            )
    return Table(np.asarray(values).reshape(-1, len(names)), np.asarray(codes), classes, pointed)


def read_table(path: Path, target: str | None = None, titled: bool | None = None) -> Content:
    """Return the samples of a table.

    Args:
        path: the file.
        target: the column of the class, as ``column_of`` takes it.
        titled: whether the first row names the columns, if that is known.

    Raises:
        WannError: it is no such table.
    """
    found = rows(path)
    begin = next(found, (0, []))
    first = begin[1]
    if len(first) < 2:
        problem = f"row {begin[0]} has one value" if first else "holds no samples"
        raise WannError(
            f"{path}: {problem}: must have inputs and a class in each row, separated by commas, "
            "semicolons, tabs or spaces"
        )
    if len(first) - 1 > MOST_CONNECTIONS // 2:
        raise WannError(
            f"{path}: {len(first) - 1} inputs: inputs x classes must be at most {MOST_CONNECTIONS}"
        )
    k = column_of(path, target, first)
    cells = first[:k] + first[k + 1 :]
    titled = is_title(cells, first[k]) if titled is None else titled
    names = cells if titled else [f"input {i + 1}" for i in range(len(cells))]
    hint = f", or give --target COLUMN if the class is not in column {k + 1}"
    hint = (
        hint if titled else f"; if row {begin[0]} names the columns, give names that are no numbers"
    )
    table = collect(path, found if titled else chain([begin], found), names, k, hint)
    counts = np.bincount(table.codes)
    alone = not titled and counts[table.codes[0]] == 1
    if titled is None and (alone or (NUMBER(first[k]) and table.pointed)):
        return read_table(path, target, True)
    if titled is None and NUMBER(first[k]):
        raise WannError(
            f"{path}: row {begin[0]}, {one_line(','.join(first), 40)}, may be names of columns, as"
            " pandas numbers them, or a sample: give names that are no numbers, or remove it, or"
            " move it down if it is a sample"
        )
    if alone and len(counts) > 1 and np.delete(counts, table.codes[0]).min() > 1:
        raise WannError(
            f"{path}: row {begin[0]} has {first[k][:40]!r} for the class, as no other: remove"
            f" it{hint}"
        )
    if target is not None and not PLACE(target) and not titled:
        raise WannError(
            f"{path}: --target {one_line(target, 40)}: its columns have no names: give the number"
            " of one, from 1 on, or -1 for the last"
        )
    try:
        classes, place = table.classes.in_order()
    except ValueError as error:
        raise WannError(f"{path}: {error}") from None
    if (
        titled
        and not any(map(LIKE_NUMBER, cells))
        and canonical(first[k]) in map(canonical, classes)
    ):
        raise WannError(
            f"{path}: row {begin[0]}, {one_line(','.join(first), 40)}, has no numbers, but the"
            f" class of other rows, {first[k][:40]!r}: if it is a sample, give numbers; if it names"
            f" the columns, give column {k + 1} another name"
        )
    named = titled and first.count(first[k]) == 1 and not PLACE(first[k]) and is_name(first[k])
    return Content(
        names,
        table.inputs,
        place[table.codes],
        classes,
        first[k] if named and first[k] else str(k + 1),
    )
