"""Draw the score of a network against its one shared weight:
``python -m viz.weight_sweep CHAMPION``.

All weights are tried on the same fresh trials, of classifiers batches of training samples (see
``viz.accuracy`` for the others).  Dots mark the weights that the search tries each network with.
Individual weights, if the file has any, play no part.
"""

from argparse import ArgumentParser
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes

from viz.names import plain
from viz.style import (
    ACCENT,
    FAINT,
    INK,
    LOSS,
    SECOND,
    default_file,
    draw_success,
    figure_parser,
    head,
    new_axes,
    run_drawing,
    tidy,
    write_all,
)
from wann.assess import Assessment, ScoreProfile
from wann.assess.conditions import profile_of
from wann.champion.champion import Champion, load
from wann.champion.task import task_of
from wann.command.options import check_count, check_seed
from wann.command.progress import EpisodeProgress
from wann.network.network import decode_all
from wann.tasks import Task
from wann.tasks.checks import check_played, trials_of
from wann.tasks.classification.samples import has_samples
from wann.tasks.data import add_data_option, data_of_args
from wann.tasks.task import has_success
from wann.workers.evaluator import Evaluator, ProgressCallback


class Sweep(NamedTuple):
    """Scores of one network over shared weights.

    Attributes:
        weights: ``(W,)``, ascending.
        mean: ``(W,)`` over trials.
        std: ``(W,)`` over trials.
        trials: how many.
        searched: the weights of the sweep, which are among ``weights``.
        measure: what a score is.
        success: ``(W,)`` share of the trials that succeed; None where the task does not say.
        meaning: what a network does that succeeds.
    """

    weights: np.ndarray
    mean: np.ndarray
    std: np.ndarray
    trials: int
    searched: np.ndarray
    measure: str = "score"
    success: np.ndarray | None = None
    meaning: str = ""

    @classmethod
    def of(cls, result: Assessment) -> "Sweep":
        """Return the scores that ``wann.assess.assess`` found; not of a classifier."""
        profile, searched = result.profile, result.per_weight
        assert isinstance(profile, ScoreProfile)
        shares = np.zeros(len(profile.mean)) if profile.success is None else profile.success
        table = np.transpose((profile.mean, profile.std, shares))
        rows = dict(zip(profile.weights.tolist(), table.tolist(), strict=True))
        for weight, own in searched.items():
            rows[float(weight)] = [own.mean, own.score.std or 0.0, own.success or 0.0]
        mean, std, shares = np.array([rows[weight] for weight in sorted(rows)]).T
        marked = np.array([float(weight) for weight in searched])
        success = None if profile.success is None else shares
        return cls(
            np.array(sorted(rows)),
            mean,
            std,
            result.trials,
            marked,
            success=success,
            meaning=result.success or "",
        )


def sweep(
    champion: Champion,
    task: Task,
    trials: int = 100,
    seed: int = 0,
    progress: ProgressCallback | None = None,
) -> Sweep:
    """Return the scores of a network over a grid of shared weights in ``trials`` fresh trials.

    ``progress`` is called while episodes are played.
    """
    check_count("trials =", trials, 1)
    check_seed("seed =", seed)
    searched = np.array(champion.sweep)
    weights = np.union1d(profile_of(task), searched)
    with Evaluator(task) as evaluate:
        evaluate.watch(len(weights) * trials, progress)
        networks, starts = (
            decode_all([champion.genome]),
            trials_of(task, trials, np.random.default_rng(seed)),
        )
        scores = evaluate.score(networks, weights, starts)
        successes = evaluate.successes(networks, weights, starts, scores)
    check_played(
        task, lambda: networks, weights, starts, scores, "nothing can be drawn: at all weights"
    )
    scores = scores[0]
    measure = LOSS if has_samples(task) else "score"
    success = None if successes is None else successes[0].mean(axis=1)
    meaning = task.success if has_success(task) else ""
    figures = scores.mean(axis=1), scores.std(axis=1), trials
    return Sweep(weights, *figures, searched, measure, success, meaning)


def draw(data: Sweep, ax: Axes | None = None, title: str = "") -> Axes:
    """Draw the mean score at each weight, and one standard deviation around it; below it in which
    share of the trials the network succeeds, if the task says so.
    """
    height = 4.2 if data.success is None else 5.0
    ax = new_axes(7.0, height) if ax is None else tidy(ax)
    mean, std = data.mean, data.std
    ax.fill_between(
        data.weights, mean - std, mean + std, color=ACCENT, alpha=0.18, linewidth=0, label="± 1 std"
    )
    trials = "batches of training samples" if data.measure == LOSS else "fresh trials"
    ax.plot(
        data.weights, mean, color=ACCENT, linewidth=1.6, label=f"mean of {data.trials} {trials}"
    )
    marked = np.isin(data.weights, data.searched)
    ax.plot(
        data.weights[marked],
        mean[marked],
        "o",
        color=SECOND,
        markersize=7,
        markeredgecolor="white",
        label="weights of the sweep",
    )
    ax.axvline(0, color=FAINT, linewidth=1, zorder=0.5)
    ax.margins(x=0.01)
    ax.set_ylabel(data.measure, color=INK)
    head(ax, title)
    lowest = ax
    if data.success is not None:
        lowest = draw_success(ax, data.weights, data.success, data.meaning)
    lowest.set_xlabel("shared weight", color=INK)
    return ax


def parser() -> ArgumentParser:
    """Return the command line of ``python -m viz.weight_sweep``."""
    p = figure_parser(
        "viz.weight_sweep", "Draw the score of a network against its one shared weight.", "champion"
    )
    p.add_argument(
        "--task", metavar="NAME", help="task to score it on; default: the one it was evolved for"
    )
    add_data_option(p)
    p.add_argument(
        "--trials", type=int, default=100, metavar="N", help="fresh trials (default: 100)"
    )
    p.add_argument(
        "--seed", type=int, default=0, metavar="N", help="seed of the trials (default: 0)"
    )
    return p


def main(argv: Sequence[str] | None = None) -> None:
    """Draw the weight sweep of the champion that the command line names."""
    arguments = parser().parse_args(argv)
    champion = load(arguments.champion)
    task = task_of(champion, arguments.task, data_of_args(arguments))
    with EpisodeProgress() as progress:
        data = sweep(champion, task, arguments.trials, arguments.seed, progress.show)
    ax = draw(data, title=plain(arguments.task or champion.task or ""))
    write_all(
        ax, arguments.output or [default_file(arguments.champion, "weight_sweep")], arguments.width
    )


def command() -> None:
    """Run the command as a program: mistakes become one line and exit code 2."""
    run_drawing(main)


if __name__ == "__main__":
    command()
