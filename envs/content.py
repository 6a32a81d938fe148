"""What a file of samples holds, as it is read; and how much it may hold."""

from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from wann.names import LONGEST_NAME, NUMBER, canonical

MOST_CONNECTIONS = 50_000  # between inputs and classes: each network of a population lists them
MOST_SAMPLES = 10_000_000
MOST_VALUES = 250_000_000  # samples x inputs: a gigabyte in float32
MOST_SPELLINGS = 50_000  # of classes
#: of what is missing, as pandas, R, SAS, SQL, Excel, C and the files of UCI spell it; Na is sodium
MISSING = {
    "", "?", ".", "nan", "NaN", "Nan", "NAN", "-nan", "-NaN", "NaT", "na", "NA", "n/a", "N/A",
    "n.a.", "N.A.", "<NA>",
    "null", "Null", "NULL", "none", "None", "NONE", "(null)", "\\N",
    "#NA", "#N/A", "#N/A N/A", "#DIV/0!", "#VALUE!", "#REF!", "#NUM!", "#NAME?", "#NULL!",
    "1.#QNAN", "-1.#QNAN", "1.#IND", "-1.#IND",
}  # fmt: skip


class Content(NamedTuple):
    """What a file holds.

    Attributes:
        names: of the inputs.
        inputs: ``(S, n)`` numbers, which are finite in float32.
        labels: ``(S,)`` number of each sample's class.
        classes: name of each class, in order.
        target: column of the class, as ``--target`` takes it; None of arrays.
        test_inputs: ``(S', n)`` numbers, likewise, to test on; None if the file does not say which.
        test_labels: ``(S',)``.
    """

    names: list[str]
    inputs: np.ndarray
    labels: np.ndarray
    classes: list[str]
    target: str | None = None
    test_inputs: np.ndarray | None = None
    test_labels: np.ndarray | None = None


class Classes:
    """Numbers classes as they come.

    Classes that are the same number are one, however it is spelled (``wann.names.canonical``).
    """

    def __init__(self) -> None:
        """Begin without any."""
        self._codes: dict[str, int] = {}  # of each spelling
        self._same: dict[str, int] = {}  # code of each canonical spelling
        self._names: list[str] = []  # of each code

    def code(self, spelling: str) -> int:
        """Return the number of a class.

        Raises:
            ValueError: it is none, or there are too many.
        """
        code = self._codes.get(spelling)
        return self._new(spelling) if code is None else code

    def _new(self, spelling: str) -> int:
        name = spelling.strip()
        if name in MISSING:
            raise ValueError(
                f"has no class ({name!r}): remove such samples, or give the class another name"
            )
        if len(name) > LONGEST_NAME:
            raise ValueError(
                f"has a class of {len(name)} characters: must be of at most {LONGEST_NAME}"
                " characters"
            )
        if len(self._codes) == MOST_SPELLINGS:
            raise ValueError(
                f"has another class than {MOST_SPELLINGS} before it: there must be fewer"
            )
        plain = canonical(name)
        code = self._same.setdefault(plain, len(self._names))
        if code == len(self._names):
            self._names.append(name)
        elif self._names[code] != name:
            self._names[code] = plain
        self._codes[spelling] = code
        return code

    def in_order(self) -> tuple[list[str], np.ndarray]:
        """Return the names of the classes in order, that of numbers if all are, and the place of
        each code there.

        A class has the name that all its samples have, or the canonical one.

        Raises:
            ValueError: two are the same number, of which one has a leading zero.
        """
        numbers = sorted(filter(NUMBER, self._names), key=Decimal)
        for one, other in pairwise(numbers):
            if Decimal(one) == Decimal(other):
                raise ValueError(
                    f"the classes {one!r} and {other!r} are the same number: spell them alike"
                )
        names = numbers if len(numbers) == len(self._names) else sorted(self._names)
        place = {name: k for k, name in enumerate(names)}
        return names, np.array([place[name] for name in self._names], np.int64)
