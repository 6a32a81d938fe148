"""The explorers that pages show: written when the documentation is built.

Of each champion file ``docs/_static/champions/NAME.json`` there is a page
``_static/explorers/NAME.html``, as ``wann explorer`` writes it.
"""

from pathlib import Path
from typing import Any

from viz.explorer.content import content
from viz.explorer.given import read_given
from viz.explorer.html import page
from wann.files import write_file

TRIALS = 100  # of the score at each weight
CHAMPIONS = Path(__file__).resolve().parents[1] / "_static" / "champions"


def pages() -> dict[str, Path]:
    """Return the champion file of each page, by where the page is in what is built."""
    return {f"_static/explorers/{file.stem}.html": file for file in CHAMPIONS.glob("*.json")}


def write(app: Any, error: Exception | None) -> None:
    """Write the explorers beside the pages that Sphinx has written."""
    if error is not None or app.builder.format != "html":
        return
    for place, file in pages().items():
        path = Path(app.outdir, place)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_file(path, page(content(*read_given([file]), TRIALS)))


def setup(app: Any) -> dict[str, Any]:
    """Have Sphinx call what is above."""
    app.connect("build-finished", write)
    return {"parallel_read_safe": True}
