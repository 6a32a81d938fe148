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
    """

    title: str
    scale: float = 1.0

    def text(self, value: float) -> str:
        """Return a value as people read it."""
        value *= self.scale
        size = abs(value)
        return f"{value:.{0 if size >= 10_000 else 1 if size >= 10 else 3}f}"


#: by their names in JSON and CSV
MEASURES = {
    "score": Measure("score, mean over the weights of the sweep"),
    "best_weight": Measure("score at the best weight of the sweep"),
    "success": Measure("starts in which it succeeds [%]", 100),
    "accuracy": Measure("accuracy by the mean probability [%]", 100),
    "connections": Measure("connections"),
    "steps": Measure("environment steps, or samples scored [millions]", 1e-6),
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
