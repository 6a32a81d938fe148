"""What a kind of case is, and what must hold of all: each loads or is refused as it shall be, and
nothing is run.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from hypothesis import strategies as st

from support.damage import CODE
from wann.errors import WannError, one_line


class Kind(NamedTuple):
    """A kind of case: how to make one, what to do with it in a folder, and whether each takes long.

    What is done raises WannError where the case is refused. A case is bytes, or a suffix and bytes,
    of a file, or what no file holds.
    """

    cases: st.SearchStrategy
    check: Callable[[Path, Any], None]
    slow: bool = False


def lay_canary(folder: Path) -> None:
    """Put a module that leaves a trace when it is imported where Python finds it."""
    (folder / f"{CODE.split(':')[0]}.py").write_text(
        f"open({str(folder / 'imported')!r}, 'w')\nTASK = None\n"
    )
    sys.path.insert(0, str(folder))


def loads(kind: Kind, folder: Path, case: Any) -> bool:
    """Return whether a case loads rather than being refused as it shall be."""
    try:
        kind.check(folder, case)
    except WannError as error:
        of_user = isinstance(case, list)  # a command line: it may say what it likes
        message = one_line(str(error)) if of_user else str(error)
        assert message.isprintable() and (of_user or len(message) < 1000)
        assert str(folder) in message or not isinstance(case, bytes | tuple), (
            f"the file is not named: {message}"
        )
        return False
    finally:
        if (folder / "imported").exists():
            (folder / "imported").unlink()  # for the cases that follow
            sys.modules.pop(CODE.split(":")[0], None)
            raise AssertionError("a file had code imported")
    return True
