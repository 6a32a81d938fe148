"""How good is a network at its task, and how little do its weights matter?  For ``wann.assess``."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from wann.assess.bootstrap import intervals
from wann.assess.conditions import NOISE, Draws, bases, profile_of
from wann.assess.result import Assessment, Condition, Figures, Perturbed, ScoreProfile
from wann.champion.champion import Champion
from wann.network.network import decode_all
from wann.streams import rng_for
from wann.tasks import Task
from wann.tasks.checks import check_played, trials_of
from wann.tune.shared_weight import best_shared_weight, effort_for
from wann.workers.evaluator import Evaluator, ProgressCallback


def assess_episodes(
    champion: Champion,
    task: Task,
    trials: int,
    seed: int,
    progress: ProgressCallback | None,
    backend: str | None = None,
) -> Assessment:
    """Return what ``wann.assess.assess`` finds of a network, on trials that all conditions
    share.
    """
    with Evaluator(task, backend) as evaluate:
        episodes = Episodes(champion, task, trials, seed, evaluate)
        evaluate.watch(episodes.most, progress)
        return episodes.assessment()


class Episodes:
    """The trials of an assessment, and the scores in them.

    Attributes:
        most: rollouts that it takes at most.
    """

    def __init__(self, champion: Champion, task: Task, trials: int, seed: int, evaluate: Evaluator):
        """Draw the trials and the random weights; ``evaluate`` scores networks on the task."""
        self.champion, self.task, self.seed, self.evaluate = champion, task, seed, evaluate
        self.networks, self.n_conns = decode_all([champion.genome]), len(champion.genome.conns)
        self.trials = trials_of(task, trials, self._rng("assess"))
        self.draws = Draws.of(trials, self.n_conns, seed)
        self.effort, self.shared_weights = effort_for(task, trials), profile_of(task)
        n_bases = 1 if champion.weights is None else 2
        n_weights = len(self.shared_weights) + len(champion.sweep) + 2
        self.most = self.effort.rollouts + (n_weights + n_bases * (len(NOISE) + 3)) * trials

    def assessment(self) -> Assessment:
        """Return all figures."""
        champion, draws = self.champion, self.draws
        best = self._best_shared_weight()
        changed = bases(best, champion.weights, self.n_conns)
        drawn: dict[Any, np.ndarray] = {"random_weights": draws.individual}
        for base, weights in changed.items():
            drawn |= {(base, level): noisy for level, noisy in draws.noisy(weights).items()}
            drawn[base, "signs"] = weights * draws.signs
        of_drawn = self._scores_of_each(drawn)

        conditions = {
            "random_weights": of_drawn["random_weights"],
            **self._scores_of_each({"random_shared": draws.shared}),
            "best_shared": self._scores(np.array([best]))[0],
        }
        if champion.weights is not None:
            conditions["tuned"] = self._scores(champion.weights[None])[0]
        perturbed = {}
        for base, weights in changed.items():
            noise = {f"{level:g}": of_drawn[base, f"{level:g}"] for level in NOISE}
            signs = {"random_signs": of_drawn[base, "signs"]}
            signs["opposite_signs"] = self._scores(-weights[None])[0]
            perturbed[base] = Perturbed(self._conditions(noise), **self._conditions(signs))
        of_sweep = self._scores(np.array(champion.sweep))
        per_weight = {
            str(weight): row for weight, row in zip(champion.sweep, of_sweep, strict=True)
        }
        found = self._conditions({**conditions, "sweep": of_sweep.mean(axis=0)})
        return Assessment(
            task=champion.task,
            connections=champion.genome.size,
            trials=len(self.trials),
            per_weight=self._conditions(per_weight),
            best_weight=float(best),
            tuned=found.pop("tuned", None),
            perturbed=perturbed,
            profile=score_profile(self.shared_weights, self._scores(self.shared_weights)),
            **found,
        )

    def _rng(self, purpose: str) -> np.random.Generator:
        return rng_for(self.seed, 0, purpose)

    def _scores(self, weights: np.ndarray, trials: np.ndarray | None = None) -> np.ndarray:
        """Return the ``(W, T)`` scores at ``(W,)`` shared or ``(W, C)`` individual weights."""
        trials = self.trials if trials is None else trials
        scores: np.ndarray = self.evaluate.score(self.networks, weights, trials)[0]
        return scores

    def _scores_of_each(self, weights: Mapping[Any, np.ndarray]) -> dict[Any, np.ndarray]:
        """Return by key the ``(T,)`` scores of trial t at weights[t]."""
        rows = np.stack(list(weights.values()), axis=1)  # (T, K) shared, or (T, K, C)
        scores = np.array(
            [self._scores(row, self.trials[t : t + 1])[:, 0] for t, row in enumerate(rows)]
        )
        return dict(zip(weights, scores.T, strict=True))

    def _best_shared_weight(self) -> float:
        """Return the best single weight, found on other trials."""
        others = self._rng("select")
        rounds: list[int] = []

        def mean(weights: np.ndarray, n: int) -> np.ndarray:
            fresh = trials_of(self.task, n, others)
            scores = self._scores(weights, fresh)
            if not rounds:
                first = "nothing can be assessed: at all of the first weights"
                check_played(self.task, lambda: self.networks, weights, fresh, scores[None], first)
            rounds.append(n)
            means: np.ndarray = scores.mean(axis=1)
            return means

        return best_shared_weight(mean, self.effort).best

    def _conditions(self, scores: Mapping[str, np.ndarray]) -> dict[str, Condition]:
        """Return the figures of the ``(T,)`` scores of each condition."""
        table = np.array(list(scores.values()))
        return {
            name: Condition(Figures(float(row.mean()), float(row.std()), (low, high)))
            for name, row, (low, high) in zip(
                scores, table, intervals(table, self._rng("bootstrap")).tolist(), strict=True
            )
        }


def score_profile(weights: np.ndarray, scores: np.ndarray) -> ScoreProfile:
    """Return how the ``(W, T)`` scores depend on the ``(W,)`` shared weights."""
    ends = scores.min(axis=1), scores.max(axis=1)
    return ScoreProfile(weights, scores.mean(axis=1), *ends, scores.std(axis=1))
