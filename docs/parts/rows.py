"""Rows of the files in ``docs/results/data``, and how their numbers are written in tables."""

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from wann.compare.statistics import median_interval

DATA = Path(__file__).resolve().parents[1] / "results" / "data"
Rows = list[dict[str, str]]


def read(name: str) -> Rows:
    """Return the rows of a file."""
    with (DATA / f"{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def column(rows: Rows, name: str) -> np.ndarray:
    """Return the values of a column, ``(n,)``."""
    return np.array([float(row[name]) for row in rows])


def text(value: str | float, places: int = 0) -> str:
    """Return a number with a proper minus sign; as it is written, or with so many places."""
    written = value if isinstance(value, str) else f"{value:.{places}f}"
    return written.replace("-", "−")


def interval(values: np.ndarray, places: int = 0) -> str:
    """Return the 95 % interval of the median."""
    low, high = median_interval(values, np.random.default_rng(0))
    return f"{text(low, places)} to {text(high, places)}"


def span(values: np.ndarray, places: int = 0) -> str:
    """Return the least and the largest value."""
    return f"{text(values.min(), places)} to {text(values.max(), places)}"


def groups(rows: Rows, name: str) -> dict[str, Rows]:
    """Return the rows by their value in a column, in order of appearance."""
    found: dict[str, Rows] = {}
    for row in rows:
        found.setdefault(row[name], []).append(row)
    return found


def bold(cells: Sequence[str]) -> tuple[str, ...]:
    """Return cells in bold; empty ones stay so."""
    return tuple(cell and f"**{cell}**" for cell in cells)
