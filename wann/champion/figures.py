"""The figures of a network that its file has: scores, successes and accuracy."""

from typing import Any

import numpy as np

from wann.genome.genome import Genome
from wann.network.network import decode
from wann.tasks import Task
from wann.tasks.task import has_accuracy, has_success


def score_summary(scores: np.ndarray, weights: np.ndarray) -> dict[str, Any]:
    """Return the figures of one network's scores, as champion files give them.

    Args:
        scores: ``(W, T)`` score at each shared weight in each trial.
        weights: ``(W,)`` the shared weights.
    """
    per_weight = {
        str(float(weight)): {"mean": float(row.mean()), "std": float(row.std())}
        for weight, row in zip(weights, scores, strict=True)
    }
    best = max(per_weight, key=lambda weight: per_weight[weight]["mean"])
    return {
        "trials": scores.shape[1],
        "mean": float(scores.mean()),
        "per_weight": per_weight,
        "best_weight": {"weight": float(best), **per_weight[best]},
    }


def success_summary(successes: np.ndarray, weights: np.ndarray, meaning: str) -> dict[str, Any]:
    """Return in which share of its episodes one network succeeds, as champion files give it.

    Args:
        successes: ``(W, T)`` booleans, at each shared weight in each trial.
        weights: ``(W,)`` the shared weights.
        meaning: what a network does then: ``SuccessTask.success``.
    """
    shares = successes.mean(axis=1).tolist()
    per_weight = {str(float(weight)): share for weight, share in zip(weights, shares, strict=True)}
    return {"meaning": meaning, "share": float(successes.mean()), "per_weight": per_weight}


def figures_of(
    genome: Genome,
    task: Task,
    weights: np.ndarray,
    scores: np.ndarray,
    successes: np.ndarray | None = None,
) -> dict[str, Any]:
    """Return the figures of a network that champion files give: those of its ``(W, T)`` scores, of
    its successes there, and its accuracy, where the task knows any.
    """
    figures = score_summary(scores, weights)
    if successes is not None and has_success(task):
        figures["success"] = success_summary(successes, weights, task.success)
    if has_accuracy(task):
        figures["accuracy"] = task.accuracy(decode(genome), weights)
    return figures
