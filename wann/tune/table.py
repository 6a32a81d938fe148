"""How good a network is at one shared weight and with weights of its own, as lines."""

from collections.abc import Mapping
from typing import Any

from wann.command.progress import starts_text
from wann.errors import WannError
from wann.tasks import Task
from wann.tasks.task import has_success


def unit_of(scores: Mapping[str, Any]) -> str:
    """Return what the numbers of the lines are, and on what they were measured."""
    if "test_samples" in scores:
        return f"{scores['test_samples']} test samples, accuracy and loss"
    return f"{scores['trials']} fresh trials, mean ± std"


def lines_of(scores: Mapping[str, Any], task: Task) -> list[str]:
    """Return a line for the shared weight and one for the individual weights, if there are any.

    Args:
        scores: of a tuned champion.
        task: that it was tuned for.

    Raises:
        WannError: the scores, of a file perhaps, are not those of a tuned champion.
    """
    try:
        unit_of(scores)
        shared = scores["shared_weight"]
        best = "best" if "tuned" in scores else "good"
        rows = {f"{best} shared weight, {shared['weight']:g}": shared}
        if "tuned" in scores:
            rows["weights of its own"] = scores["tuned"]
        return [f"  {name:30s} {_figures(row, scores, task)}" for name, row in rows.items()]
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise WannError(f"the scores of the tuned network are malformed: {error!r}") from None


def _figures(row: Mapping[str, float], scores: Mapping[str, Any], task: Task) -> str:
    if "accuracy" in row:
        return f"{100 * row['accuracy']:6.1f} %  {row['loss']:.3f}"
    figures = f"{row['mean']:8.1f} ± {row['std']:.1f}"
    if not has_success(task) or "success" not in row:
        return figures
    return f"{figures:16s}  {task.success} in {starts_text(row['success'], scores['trials'])}"
