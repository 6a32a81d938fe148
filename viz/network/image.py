"""Inputs that are the pixels of an image."""

import re
from collections.abc import Sequence

PIXEL = re.compile(r"pixel (\d{1,4}),(\d{1,4})")


def grid_of(names: Sequence[str]) -> dict[int, tuple[int, int]] | None:
    """Return row and column of each input node, if the inputs are the pixels of an image, else
    None.

    Their names are ``pixel ROW,COLUMN``, each place of a rectangle once; node ids count from 1.
    """
    found = [PIXEL.fullmatch(name) for name in names]
    places = [(int(match[1]), int(match[2])) for match in found if match]
    if len(places) < len(names) or len(set(places)) < len(places):
        return None
    rows, columns = (1 + max(place[axis] for place in places) for axis in (0, 1))
    return dict(enumerate(places, 1)) if rows * columns == len(places) else None
