"""The best single weight of a network, found on trials that have no part in any score that is
reported.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from wann.tasks import Task
from wann.tasks.task import capabilities_of

#: ``score(weights, n)``: mean score of each of these weights, ``(W,)`` or ``(W, C)``, on the same n
#: fresh trials.
Score = Callable[[np.ndarray, int], np.ndarray]

LIMIT = 3.0  # weights from minus to plus this are tried
NEAR = np.arange(-3, 4)  # neighbours of a good weight, in quarters of a step of the sweep


class Effort(NamedTuple):
    """How thorough a search is.

    Attributes:
        step: of the sweep; the refined one is a quarter of it.
        trials: of the sweep.
        rounds: how many of the best go on, and to how many fresh trials.
        refined: how many of the best of these get neighbours.
        finalists: how many are tried last.
        final_trials: on how many fresh trials.
    """

    step: float
    trials: int
    rounds: tuple[tuple[int, int], ...]
    refined: int
    finalists: int
    final_trials: int

    @property
    def rollouts(self) -> int:
        """How many rollouts it takes, at most."""
        last, trials = self.rounds[-1]
        return (
            (2 * round(LIMIT / self.step) + 1) * self.trials
            + sum(n * trials for n, trials in self.rounds)
            + (last + self.refined * len(NEAR)) * trials
            + self.finalists * self.final_trials
        )


# 60,000 rollouts: a second of compiled physics
THOROUGH = Effort(0.01, 16, ((150, 64), (40, 256)), 5, 10, 1024)
#: 6,000, for environments in Python.  Many trials in the sweep, since often many weights do the
#: same, and these all pass a round in which they are lucky.
BRIEF = Effort(0.1, 32, ((20, 64),), 2, 4, 192)
# who asks for fewer trials of an environment in Python gets searches that are as much shorter
ALL_TRIALS = 100


def fewer(usual: int, asked: int) -> int:
    """Return what is left of so many trials, at least one, where ``asked`` of ALL_TRIALS were asked
    for.
    """
    return max(1, round(usual * min(1.0, asked / ALL_TRIALS)))


def effort_for(task: Task, asked: int) -> Effort:
    """Return how thorough the search is for a task of which so many trials are asked for."""
    if capabilities_of(task).cheap:
        return THOROUGH
    rounds = tuple((n, fewer(trials, asked)) for n, trials in BRIEF.rounds)
    return BRIEF._replace(
        trials=fewer(BRIEF.trials, asked),
        rounds=rounds,
        final_trials=fewer(BRIEF.final_trials, asked),
    )


class SharedWeights(NamedTuple):
    """What the search for the best shared weight found.

    Attributes:
        best: the best weight.
        sweep: ``(W,)`` the weights of the sweep, ascending.
        means: ``(W,)`` their scores in the first round: good for finding regions, too good at their
            best.
    """

    best: float
    sweep: np.ndarray
    means: np.ndarray


def best_shared_weight(score: Score, effort: Effort = THOROUGH) -> SharedWeights:
    """Return the best shared weight: a fine sweep, then ever fewer weights on ever more fresh
    trials.

    Scores jump between neighbouring weights, so nothing is interpolated, and a weight counts only
    for what it scores itself. The best of many noisy means is mostly lucky: each round has trials
    of its own, so that luck in one does not help in the next, and the last of THOROUGH leaves a
    standard error of 1/32 of the spread over trials.
    Of equals, as where nothing can be gained any more, the one farthest from any that was worse in
    the sweep is taken, then the smaller magnitude, then the positive one.
    """
    n = round(LIMIT / effort.step)
    sweep = np.arange(-n, n + 1) * effort.step
    means = score(sweep, effort.trials)
    margin = margins(means)

    def best(weights: np.ndarray, means: np.ndarray, n: int) -> np.ndarray:
        """Return the n weights of the highest means, best first."""
        nearest = np.rint((weights + LIMIT) / effort.step).astype(int)
        return weights[np.lexsort((-weights, np.abs(weights), -margin[nearest], -means))[:n]]

    left, left_means = sweep, means
    for survivors, trials in effort.rounds:
        left = best(left, left_means, survivors)
        left_means = score(left, trials)
    near = best(left, left_means, effort.refined)[:, None] + NEAR * (effort.step / 4)
    left = np.unique(np.concatenate((left, np.clip(near.ravel(), -LIMIT, LIMIT))))
    left = best(left, score(left, effort.rounds[-1][1]), effort.finalists)
    return SharedWeights(float(best(left, score(left, effort.final_trials), 1)[0]), sweep, means)


def margins(means: np.ndarray) -> np.ndarray:
    """Return how many places each of these means ``(W,)``, in the order of their weights, lies from
    the nearest lower one, or from the end.
    """
    margin = np.minimum(np.arange(len(means)), np.arange(len(means))[::-1]) + 1
    for i, mean in enumerate(means):
        lower = np.flatnonzero(means < mean)
        if len(lower):
            margin[i] = min(margin[i], np.abs(lower - i).min())
    return margin
