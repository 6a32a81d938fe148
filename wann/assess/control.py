"""How good is a network, and how little do its weights matter?."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from wann.assess.bootstrap import intervals
from wann.assess.classifier import assess_classifier
from wann.assess.conditions import CLOSE, NOISE, Draws, bases, profile_of
from wann.champion.champion import Champion, task_of
from wann.command.options import check_numbers
from wann.network.network import decode_all
from wann.streams import rng_for
from wann.tasks import Data, Task
from wann.tasks.checks import check_played, trials_of
from wann.tasks.classification.samples import has_samples
from wann.tune.shared_weight import best_shared_weight, effort_for
from wann.workers.evaluator import Evaluator, Told


def assess(
    champion: Champion,
    task_name: str | None = None,
    trials: int = 100,
    seed: int = 0,
    told: Told | None = None,
    data: Data | None = None,
) -> dict[str, Any]:
    """Score a network under the paper's weight conditions, and measure how little the score depends on the weights.

    The task is the one that the network was evolved for, or ``task_name``. The conditions, on the
    same trials:

    * per_weight: each shared weight of the sweep it was evolved for (else the paper's); sweep:
      their mean;
    * random_weights: in each trial every connection has a weight of its own, uniform in [-2, 2];
    * random_shared: in each trial one weight for all connections, uniform in [-2, 2];
    * best_shared: the best single weight in [-3, 3], found on other trials
      (``wann.tune.shared_weight``);
    * tuned: the individual weights of the champion, if it has any;
    * perturbed: the last two after ``noise`` (each weight times 1 + e, e normal with a standard
      deviation of 5 to 50 %, drawn anew in each trial), ``random_signs`` (each weight's sign drawn
      in each trial) and ``opposite_signs`` (all weights times -1).

    ``profile`` is the score over shared weights from -3 to 3.

    Of an environment in Python the profile is coarser, and with fewer than 100 trials the search
    for the best shared weight has as many fewer: N trials are about 100 N episodes in all. ``told``
    is called while they are played. ``data`` is that of the task: see
    ``wann.champion.champion.task_of``.

    A classifier is assessed on test samples instead: see ``wann.assess.classifier``.

    Returns: ``task``, ``trials``, ``connections`` and all these; scores as ``mean`` and ``std``
    over trials and ``interval`` of the mean, of 95 % (``wann.assess.bootstrap``).

    Raises:
        WannError: fewer than two trials, a negative seed, no task that fits, or one in which every
            episode fails.

    Source: Gaier & Ha 2019, table 1, for all but ``perturbed`` and ``profile``.
    """
    check_numbers(trials, seed)
    task = task_of(champion, task_name, data)
    if has_samples(task):
        return assess_classifier(champion, task, task_name or str(champion.task), trials, seed)
    with Evaluator(task) as evaluate:
        result = _conditions(champion, task, evaluate, trials, seed, told)
    return {"task": task_name or champion.task, **result}


def _conditions(
    champion: Champion, task: Task, evaluate: Evaluator, trials: int, seed: int, told: Told | None
) -> dict[str, Any]:
    """Return what ``assess`` does, but for the name of the task."""

    def rng(purpose: str) -> np.random.Generator:
        return rng_for(seed, 0, purpose)

    def score(weights: np.ndarray, starts: np.ndarray) -> np.ndarray:
        return evaluate.score(networks, weights, starts)[0]  # (W, T)

    def each(weights: Mapping[Any, np.ndarray]) -> dict[Any, np.ndarray]:
        """Return by key the ``(T,)`` scores of trial t at weights[t]."""
        rows = np.stack(list(weights.values()), axis=1)  # (T, K) shared, or (T, K, C)
        scores = np.array([score(row, starts[t : t + 1])[:, 0] for t, row in enumerate(rows)])
        return dict(zip(weights, scores.T, strict=True))

    networks, n_conns = decode_all([champion.genome]), len(champion.genome.conns)
    starts = trials_of(task, trials, rng("assess"))
    draws = Draws.of(trials, n_conns, seed)
    others, effort, weights_of_profile = rng("select"), effort_for(task, trials), profile_of(task)
    n_bases = 1 if champion.weights is None else 2
    n_weights = len(weights_of_profile) + len(champion.sweep) + 2 + n_bases * (len(NOISE) + 3)
    evaluate.tell(effort.rollouts + n_weights * trials, told)
    played = False

    def mean(weights: np.ndarray, n: int) -> np.ndarray:
        nonlocal played
        fresh = trials_of(task, n, others)
        scores = score(weights, fresh)
        if not played:
            first = "nothing can be assessed: at all of the first weights"
            check_played(task, lambda: networks, weights, fresh, scores[None], first)
        played = True
        return scores.mean(axis=1)

    best = best_shared_weight(mean, effort).best

    changed = bases(best, champion.weights, n_conns)
    drawn: dict[Any, np.ndarray] = {"random_weights": draws.individual}
    for name, base in changed.items():
        drawn |= {(name, level): weights for level, weights in draws.noisy(base).items()}
        drawn[name, "signs"] = base * draws.signs
    of_drawn = each(drawn)

    conditions = {
        "random_weights": of_drawn["random_weights"],
        **each({"random_shared": draws.shared}),
        "best_shared": score(np.array([best]), starts)[0],
    }
    if champion.weights is not None:
        conditions["tuned"] = score(champion.weights[None], starts)[0]

    def figures_of_changes(name: str, base: np.ndarray) -> dict[str, Any]:
        noise = {f"{level:g}": of_drawn[name, f"{level:g}"] for level in NOISE}
        flips = {
            "random_signs": of_drawn[name, "signs"],
            "opposite_signs": score(-base[None], starts)[0],
        }
        return {"noise": figures(noise, rng("bootstrap")), **figures(flips, rng("bootstrap"))}

    of_sweep = score(np.array(champion.sweep), starts)
    per_weight = {str(weight): row for weight, row in zip(champion.sweep, of_sweep, strict=True)}
    result = figures({**conditions, "sweep": of_sweep.mean(axis=0)}, rng("bootstrap"))
    result["best_shared"] = {"weight": float(best), **result["best_shared"]}
    return {
        "trials": trials,
        "connections": champion.genome.size,
        "per_weight": figures(per_weight, rng("bootstrap")),
        **result,
        "perturbed": {name: figures_of_changes(name, base) for name, base in changed.items()},
        "profile": profile(weights_of_profile, score(weights_of_profile, starts)),
    }


def figures(
    scores: Mapping[str, np.ndarray], rng: np.random.Generator
) -> dict[str, dict[str, Any]]:
    """Return mean, std and interval of the mean of the ``(T,)`` scores of each condition."""
    table = np.array(list(scores.values()))
    return {
        name: {"mean": float(row.mean()), "std": float(row.std()), "interval": ends.tolist()}
        for name, row, ends in zip(scores, table, intervals(table, rng), strict=True)
    }


def profile(weights: np.ndarray, scores: np.ndarray) -> dict[str, Any]:
    """Return how the ``(W, T)`` scores depend on the ``(W,)`` shared weights.

    Returns: ``weights``, and of each the ``mean``, ``std``, ``worst`` and ``best`` of its trials;
    over all weights ``mean_score``, ``best_weight``, ``worst_weight`` (by their means) and
    ``near_best``, the share of weights whose mean falls short of the best one's by at most 10 % of
    it.
    """
    mean = scores.mean(axis=1)
    best, worst = mean.argmax(), mean.argmin()
    return {
        "weights": weights.tolist(),
        "mean": mean.tolist(),
        "std": scores.std(axis=1).tolist(),
        "worst": scores.min(axis=1).tolist(),
        "best": scores.max(axis=1).tolist(),
        "mean_score": float(mean.mean()),
        "best_weight": {"weight": float(weights[best]), "mean": float(mean[best])},
        "worst_weight": {"weight": float(weights[worst]), "mean": float(mean[worst])},
        "near_best": float(np.mean(mean >= mean[best] - CLOSE * abs(mean[best]))),
    }
