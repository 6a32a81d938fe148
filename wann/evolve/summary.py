"""What a run prints at its end."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from wann.champion.champion import Champion
from wann.command.program import has_window, shell_command
from wann.command.progress import score_text, starts_text
from wann.evolve.ending import Ending
from wann.evolve.evolution import Evolution
from wann.tasks import Task, capabilities_of
from wann.tune.table import lines_of, unit_of


def summary(
    champion: Champion, evolution: Evolution, end: Ending, options: Sequence[str | Path]
) -> str:
    """Return what a run prints at its end.

    Args:
        champion: of the run.
        evolution: the run.
        end: what was done for the champion after the run.
        options: of the commands that look at it: see ``options_of``.
    """
    scores, genome, path = champion.scores, champion.genome, evolution.path
    assert path is not None
    whole = abs(scores["mean"]) >= 10  # losses need decimals
    per_weight = "  ".join(
        f"{weight}: {row['mean']:.{0 if whole else 2}f} ± {row['std']:.{0 if whole else 2}f}"
        for weight, row in scores["per_weight"].items()
    )
    classifies = "accuracy" in scores
    can_watch = capabilities_of(evolution.task).drawable and has_window()
    look = "accuracy" if classifies else "watch" if can_watch else "explorer"
    commands = "\n".join(
        f"  {shell_command(name, path, *options)}" for name in (look, "report", "assess", "explain")
    )
    return (
        f"\nchampion: {score_text(scores['mean'])} on average over {len(scores['per_weight'])} "
        f"shared weights and {scores['trials']} fresh trials; {genome.size} connections, hidden "
        f"nodes: {len(genome.hidden)}\n  weight: {per_weight}\n"
        f"{success_summary(scores) if 'success' in scores else ''}"
        f"{accuracy_summary(scores['accuracy']['test']) if classifies else ''}"
        f"{ending_summary(champion, evolution.task, end)}{time_summary(evolution)}\n{commands}"
    )


def time_summary(evolution: Evolution) -> str:
    """Return what is told of where the time went."""
    if not evolution.seconds:
        return ""
    share = round(100 * evolution.scoring_seconds / evolution.seconds)
    return (
        f"  time: {evolution.seconds:.1f} s, {share} % for scoring networks, {100 - share} % for"
        " variation, ranking and recording\n"
    )


def ending_summary(champion: Champion, task: Task, end: Ending) -> str:
    """Return what is told of one shared weight, and of weights of its own."""
    if end.scores:
        head = f"  {'tuned, on' if end.tuned else 'on'} {unit_of(end.scores)}:"
        return "\n".join((head, *(f"  {line}" for line in lines_of(end.scores, task)))) + "\n"
    weight = champion.shared_weight
    # a champion of an earlier version knows none
    return "" if weight is None else f"  a good shared weight: {weight:g}\n"


def success_summary(scores: Mapping[str, Any]) -> str:
    """Return what is told of how often a champion succeeds."""
    success, trials = scores["success"], scores["trials"]
    per_weight = "  ".join(
        f"{weight}: {round(share * trials)}" for weight, share in success["per_weight"].items()
    )
    total = starts_text(success["share"], trials * len(success["per_weight"]))
    return f"  {success['meaning']} in {total}; of {trials} at each weight: {per_weight}\n"


def accuracy_summary(test: Mapping[str, Any]) -> str:
    """Return what is told of a classifier's accuracy on the test samples."""
    per_weight = "  ".join(
        f"{weight}: {100 * share:.1f} %" for weight, share in test["per_weight"].items()
    )
    return (
        f"right of {test['samples']} test samples: {100 * test['mean_probability']:.1f} % by the"
        f" mean probability at all weights, {100 * test['vote']:.1f} % by their vote\n  weight:"
        f" {per_weight}\n"
    )
