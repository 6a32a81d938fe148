"""Names: of activations for people; of inputs and classes, which are the same, in which order."""

import re
from collections.abc import Sequence
from decimal import Context, Decimal
from functools import partial
from typing import Any

from wann.errors import WannError, one_line

LONGEST_NAME = 1000  # characters
#: a number as tables have it: ASCII digits and a decimal point; no 1_000, 0x10, inf or nan, which
#: Python takes, too
NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?").fullmatch
GENERIC = re.compile(r"(?:input|output) ([0-9]{1,9})").fullmatch
MOST_TOLD = 3  # names that a message lists
EXACT = Context(prec=1100)  # digits, which are more than a name has


def is_name(name: Any) -> bool:
    """Return whether it is text that terminals and figures can show.

    Others it could steer or break.
    """
    return isinstance(name, str) and len(name) <= LONGEST_NAME and name.isprintable()


def activation_title(name: str) -> str:
    """Return the name of an activation for people: the paper's "inverse" is -x, not 1/x."""
    return "inverse (-x)" if name == "inverse" else name


def canonical(name: str) -> str:
    """Return the one spelling of a class that is a number, ``1`` of 1.0, 1e0 and +1.

    Any other class as it is.

    A number with a leading zero is a code, as postal codes are, and stays as it is.
    """
    if not NUMBER(name) or re.match(r"[+-]?0[0-9]", name):
        return name
    value = Decimal(name).normalize(EXACT)
    return "0" if not value else format(value, "f")


def order_of(own: Sequence[str], wanted: Sequence[str], what: str) -> list[int]:
    """Return the place among one's own names of each that is wanted.

    Names match that are equal, or the same number. Where one of the two lists is ``input 1``,
    ``input 2`` … (or ``output 1`` …), nobody named them, and they match by position.

    Args:
        own: the names that are there.
        wanted: the names to match, as many.
        what: they name.

    Raises:
        WannError: they are others.
    """
    if list(own) == list(wanted):
        return list(range(len(own)))
    here, there = (list(map(canonical, names)) for names in (own, wanted))
    place = {name: k for k, name in enumerate(here)}
    if set(here) == set(there) and len(place) == len(here):
        return [place[name] for name in there]
    if _generic(own) or _generic(wanted):
        return list(range(len(own)))
    missing = [name for name, plain in zip(wanted, there, strict=True) if plain not in place]
    others = [name for name, plain in zip(own, here, strict=True) if plain not in there]
    raise WannError(
        f"the {what} of the samples are not those that the network was evolved on: {_some(missing)}"
        f" missing, {_some(others)} instead; they may be in any order, but must have the same names"
    )


def _generic(names: Sequence[str]) -> bool:
    """Return whether these are the names that inputs or outputs get that have none."""
    found = map(GENERIC, names)
    return all(match is not None and int(match[1]) == k for k, match in enumerate(found, 1))


def _some(names: Sequence[str]) -> str:
    quoted = ", ".join(map(repr, map(partial(one_line, longest=40), names[:MOST_TOLD])))
    return (quoted or "none") + (
        f" and {len(names) - MOST_TOLD} more" if len(names) > MOST_TOLD else ""
    )
