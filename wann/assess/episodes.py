"""How good is a network at its task, and how little do its weights matter?  For ``wann.assess``."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from wann.assess.bootstrap import intervals
from wann.assess.conditions import NOISE, Draws, bases, profile_of
from wann.assess.result import Assessment, Condition, Figures, Perturbed, ScoreProfile
from wann.champion.champion import Champion
from wann.network.network import decode_all
from wann.streams import rng_for
from wann.tasks import Task
from wann.tasks.checks import check_played, trials_of
from wann.tasks.task import has_success
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


class Played(NamedTuple):
    """Episodes of one network.

    Attributes:
        scores: ``(W, T)``, or ``(T,)`` at one weight.
        successes: 1 for those that succeed and 0 for others, of the same shape; None where the task
            does not say.
    """

    scores: np.ndarray
    successes: np.ndarray | None

    def at(self, weight: int) -> "Played":
        """Return those at one of the weights."""
        of_it = None if self.successes is None else self.successes[weight]
        return Played(self.scores[weight], of_it)

    def mean(self) -> "Played":
        """Return the means over all weights."""
        means = None if self.successes is None else self.successes.mean(axis=0)
        return Played(self.scores.mean(axis=0), means)


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
        of_drawn = self._played_at_each(drawn)

        conditions = {
            "random_weights": of_drawn["random_weights"],
            **self._played_at_each({"random_shared": draws.shared}),
            "best_shared": self._played(np.array([best])).at(0),
        }
        if champion.weights is not None:
            conditions["tuned"] = self._played(champion.weights[None]).at(0)
        perturbed = {}
        for base, weights in changed.items():
            noise = {f"{level:g}": of_drawn[base, f"{level:g}"] for level in NOISE}
            signs = {"random_signs": of_drawn[base, "signs"]}
            signs["opposite_signs"] = self._played(-weights[None]).at(0)
            perturbed[base] = Perturbed(self._conditions(noise), **self._conditions(signs))
        of_sweep = self._played(np.array(champion.sweep))
        per_weight = {str(weight): of_sweep.at(k) for k, weight in enumerate(champion.sweep)}
        found = self._conditions({**conditions, "sweep": of_sweep.mean()})
        return Assessment(
            task=champion.task,
            connections=champion.genome.size,
            trials=len(self.trials),
            per_weight=self._conditions(per_weight),
            best_weight=float(best),
            tuned=found.pop("tuned", None),
            perturbed=perturbed,
            profile=score_profile(self.shared_weights, self._played(self.shared_weights)),
            success=self.task.success if has_success(self.task) else None,
            **found,
        )

    def _rng(self, purpose: str) -> np.random.Generator:
        return rng_for(self.seed, 0, purpose)

    def _scores(self, weights: np.ndarray, trials: np.ndarray | None = None) -> np.ndarray:
        """Return the ``(W, T)`` scores at ``(W,)`` shared or ``(W, C)`` individual weights."""
        trials = self.trials if trials is None else trials
        scores: np.ndarray = self.evaluate.score(self.networks, weights, trials)[0]
        return scores

    def _played(self, weights: np.ndarray, trials: np.ndarray | None = None) -> Played:
        """Return the ``(W, T)`` episodes at ``(W,)`` shared or ``(W, C)`` individual weights."""
        trials = self.trials if trials is None else trials
        scores = self._scores(weights, trials)
        found = self.evaluate.successes(self.networks, weights, trials, scores[None])
        return Played(scores, None if found is None else found[0].astype(float))

    def _played_at_each(self, weights: Mapping[Any, np.ndarray]) -> dict[Any, Played]:
        """Return by key the ``(T,)`` episodes of trial t at weights[t]."""
        rows = np.stack(list(weights.values()), axis=1)  # (T, K) shared, or (T, K, C)
        played = [self._played(row, self.trials[t : t + 1]) for t, row in enumerate(rows)]
        scores = np.hstack([part.scores for part in played])
        parts = [part.successes for part in played if part.successes is not None]
        all_of = Played(scores, np.hstack(parts) if parts else None)
        return {key: all_of.at(k) for k, key in enumerate(weights)}

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

    def _conditions(self, played: Mapping[str, Played]) -> dict[str, Condition]:
        """Return the figures of the ``(T,)`` episodes of each condition."""
        table = np.array([part.scores for part in played.values()])
        ends = intervals(table, self._rng("bootstrap")).tolist()
        return {
            name: Condition(
                Figures(float(part.scores.mean()), float(part.scores.std()), (low, high)),
                success=None if part.successes is None else float(part.successes.mean()),
            )
            for (name, part), (low, high) in zip(played.items(), ends, strict=True)
        }


def score_profile(weights: np.ndarray, played: Played) -> ScoreProfile:
    """Return how the ``(W, T)`` episodes depend on the ``(W,)`` shared weights."""
    scores, successes = played
    shares = None if successes is None else successes.mean(axis=1)
    ends = scores.min(axis=1), scores.max(axis=1)
    return ScoreProfile(weights, scores.mean(axis=1), *ends, scores.std(axis=1), shares)
