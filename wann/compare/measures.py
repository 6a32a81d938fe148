"""What of a run is compared."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from wann.champion.champion import Champion
from wann.champion.json_file import number
from wann.runs.directory import RunDirectory


class Measure(NamedTuple):
    """A figure of a run.

    Attributes:
        title: as people read it.
        scale: by which it is shown.
        is_count: whether it is a whole number of things.
    """

    title: str
    scale: float = 1.0
    is_count: bool = False

    def text(self, value: float) -> str:
        """Return a value as people read it; medians of counts may have a half."""
        value *= self.scale
        size = abs(value)
        if self.is_count:
            return f"{value:.{0 if value == round(value) else 1}f}"
        if size >= 1e6:
            return f"{value:.1e}"
        return f"{value:.{0 if size >= 10_000 else 1 if size >= 10 else 3}f}"


#: by their names in JSON and CSV
MEASURES = {
    "score": Measure("score, mean over the sweep"),
    "best_weight": Measure("score at the sweep's best weight"),
    "success": Measure("succeeds in starts [%]", 100),
    "accuracy": Measure("accuracy, mean probability [%]", 100),
    "connections": Measure("connections", is_count=True),
    "steps": Measure("steps or samples [millions]", 1e-6),
    "seconds": Measure("seconds (wall time)"),
}


def champion_figures(champion: Champion) -> dict[str, float]:
    """Return the figures that a champion's file has: those of MEASURES that are known.

    Raises:
        WannError: one is not a finite number.
    """
    places = {
        "score": ("mean",),
        "best_weight": ("best_weight", "mean"),
        "success": ("success", "share"),
        "accuracy": ("accuracy", "test", "mean_probability"),
    }
    found = {}
    for name, place in places.items():
        value: Any = champion.scores
        for key in place:
            value = value.get(key) if isinstance(value, Mapping) else None
        if value is not None:
            found[name] = number(value, f"scores.{'.'.join(place)}")
    return {**found, "connections": float(champion.genome.size)}


def run_figures(run: RunDirectory) -> dict[str, float]:
    """Return the figures of a run: those of MEASURES that are known.

    Raises:
        WannError: it has no champion yet, or a file is damaged.
    """
    figures, history = champion_figures(run.champion()), run.history()
    made = len(history["steps"])
    if made:
        figures["steps"] = float(history["steps"][-1])
    seconds = run.seconds()
    if seconds is not None and len(seconds) >= made > 0:
        figures["seconds"] = float(seconds[:made].sum())
    return figures
