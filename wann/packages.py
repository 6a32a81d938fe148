"""Our packages are found, not others of their names: ``envs`` and ``viz`` may be a user's own,
too.
"""

import importlib.util
import os
import sys
from pathlib import Path

HOME = Path(os.path.realpath(__file__)).parent.parent  # of the packages wann, envs and viz


def working_folder_last() -> None:
    """Let modules of the working folder be found after all others: its envs/ or viz/ may be the
    user's own.

    The folder in which wann itself lies stays first.
    """
    here = _real(os.getcwd())
    if here == HOME or sys.flags.safe_path:
        return
    others = [path for path in sys.path if path != "" and _real(path) != here]
    home = [] if any(_real(path) == HOME for path in others) else [str(HOME)]
    sys.path[:] = [*others, *home, str(here)]


def check_ours(package: str) -> None:
    """Raise ImportError if another distribution or folder has taken the place of one of our
    packages.

    Ours speaks of wann in its first file, and lies beside it, but on a worker that has each package
    in its own place.
    """
    ours = HOME / package / "__init__.py"
    spec = importlib.util.find_spec(package)
    folders = list(spec.submodule_search_locations or []) if spec else []
    places = [
        _real(folder) for folder in folders if not ours.exists() or _real(folder) == ours.parent
    ]
    files = [place / "__init__.py" for place in places if (place / "__init__.py").exists()]
    if any(b"wann" in file.read_bytes() for file in files):
        return
    found = (spec and spec.origin) or next(iter(folders), str(ours))
    raise ImportError(
        f"{found} stands in the way of wann's own {ours}: uninstall the distribution that it is of,"
        " or take its folder off PYTHONPATH; then install wann again if that is overwritten or"
        " missing",
        name="viz",  # so that `python -m viz.X` says it in a line
    )


def _real(path: str) -> Path:
    """Return where a path really leads.

    Unlike ``resolve`` it raises nothing where links lead in a circle.
    """
    return Path(os.path.realpath(path))
