"""How a champion shows itself in a notebook; ``viz`` draws, and is imported when it is asked to."""

import importlib
from base64 import b64encode
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from wann.errors import WannError
from wann.packages import check_ours


def of_viz(module: str) -> Any:
    """Return a module of ``viz``, which lies above this package and may be missing.

    Raises:
        WannError: it cannot be imported.
    """
    try:
        check_ours("viz")
        return importlib.import_module(f"viz.{module}")
    except ImportError as error:
        raise WannError(f"drawing needs the package viz, which comes with wann: {error}") from None


class Drawing:
    """A figure that shows itself in a notebook.

    Attributes:
        axes: of matplotlib, to draw more into.
    """

    def __init__(self, axes: Any):
        """Show the figure of these axes."""
        self.axes = axes

    @property
    def figure(self) -> Any:
        """The figure of matplotlib."""
        return of_viz("style").figure_of(self.axes)

    def save(self, path: str | Path) -> None:
        """Write the figure to a ``.png``, ``.svg`` or ``.pdf`` file."""
        of_viz("style").save(self.figure, Path(path))

    def _repr_svg_(self) -> str:
        """Return it as SVG."""
        svg: bytes = of_viz("style").figure_bytes(self.figure, ".svg")
        return svg.decode()


def plot(champion: Any, ax: Any = None) -> Drawing:
    """Return the drawing of a network; see ``Champion.plot``."""
    return Drawing(of_viz("topology").draw(champion, ax))


def page(champion: Any) -> str:
    """Return a champion as HTML: its facts and its drawing."""
    scores = champion.scores
    facts = {
        "task": champion.task,
        "connections": champion.genome.size,
        "hidden nodes": len(champion.genome.hidden),
        "shared weight": champion.shared_weight,
        "mean score": scores.get("mean"),
    }
    if "success" in scores:
        facts[scores["success"]["meaning"]] = f"{100 * scores['success']['share']:.0f} % of starts"
    rows = "".join(
        f"<tr><th style='text-align:left'>{escape(name)}</th><td>{escape(_text(value))}</td></tr>"
        for name, value in facts.items()
        if value is not None
    )
    data = b64encode(plot(champion)._repr_svg_().encode()).decode()
    picture = (
        f'<img src="data:image/svg+xml;base64,{data}" style="max-width:100%" alt="the network">'
    )
    return f"<table>{rows}</table>{picture}"


def film(frames: Sequence[np.ndarray]) -> str:
    """Return pictures as an image that moves."""
    pictures = [of_viz("film").picture_of(frame) for frame in frames]
    some = pictures[:: max(1, len(pictures) // 4)]
    data = b64encode(of_viz("film").gif(iter(pictures), some)).decode()
    return f'<img src="data:image/gif;base64,{data}" alt="the episode as a film">'


def _text(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
