"""How good is a classifier on its test samples?  For ``wann.assess``."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from wann.assess.bootstrap import crossed_intervals
from wann.assess.conditions import PROFILE, Draws, bases
from wann.assess.result import (
    AccuracyProfile,
    ClassifierAssessment,
    Condition,
    Figures,
    Perturbed,
)
from wann.champion.champion import Champion
from wann.network.network import Network
from wann.streams import rng_for
from wann.tasks.classification.ensemble import Judged, judge, probabilities, vote
from wann.tasks.classification.samples import Samples, SampleTask
from wann.threads import available_cores
from wann.tune.shared_weight import best_shared_weight

AT_ONCE = 32  # weights of which the outputs are in memory
MEASURES = ("accuracy", "loss")
Table = dict[str, np.ndarray]  # measures of one condition, each (draws, samples)


def assess_classifier(
    champion: Champion, task: SampleTask, draws: int, seed: int
) -> ClassifierAssessment:
    """Return what ``wann.assess.assess`` finds of a classifier on the test samples of its task.

    What is random is drawn ``draws`` times.  The best shared weight has the least loss on the
    validation samples.

    Source: Gaier & Ha 2019, section 4.2.
    """
    net, test, n_conns = champion.network, task.test, len(champion.genome.conns)
    sweep, random = np.array(champion.sweep), Draws.of(draws, n_conns, seed)
    best = best_on(net, task.validation)

    per_weight = {str(weight): measure(net, np.array([weight]), test) for weight in sweep.tolist()}
    ensemble, chosen = measure_ensemble(net, sweep, test)
    conditions = {
        "sweep": {
            key: np.mean([table[key] for table in per_weight.values()], axis=0) for key in MEASURES
        },
        "random_weights": measure(net, random.individual, test),
        "random_shared": measure(net, random.shared, test),
        "best_shared": measure(net, np.array([best]), test),
    }
    if champion.weights is not None:
        conditions["tuned"] = measure(net, champion.weights[None], test)
    changed: dict[tuple[str, ...], Table] = {}
    for base, weights in bases(best, champion.weights, n_conns).items():
        for level, noisy in random.noisy(weights).items():
            changed[base, "noise", level] = measure(net, noisy, test)
        changed[base, "random_signs"] = measure(net, weights * random.signs, test)
        changed[base, "opposite_signs"] = measure(net, -weights[None], test)

    tables: dict[tuple[str, ...], Table] = {
        **{("per_weight", weight): table for weight, table in per_weight.items()},
        **{(condition,): table for condition, table in conditions.items()},
        **{("ensemble", way): table for way, table in ensemble.items()},
        **{("perturbed", *change): table for change, table in changed.items()},
    }
    # all together, since their intervals share the draws of the bootstrap
    found = nested(conditions_of(tables, rng_for(seed, 0, "bootstrap")))
    right = np.concatenate([table["accuracy"] for table in per_weight.values()])
    return ClassifierAssessment(
        task=champion.task,
        connections=champion.genome.size,
        trials=draws,
        per_weight=found["per_weight"],
        sweep=found["sweep"],
        random_weights=found["random_weights"],
        random_shared=found["random_shared"],
        best_weight=best,
        best_shared=found["best_shared"],
        tuned=found.get("tuned"),
        perturbed={base: Perturbed(**rows) for base, rows in found["perturbed"].items()},
        profile=accuracy_profile(task, judge_all(net, PROFILE, test)),
        samples=len(test.labels),
        classes=tuple(task.outputs),
        ensemble=found["ensemble"],
        per_class=per_class(task, right),
        confusion=confusion(chosen, test.labels, len(task.outputs)),
    )


def judge_all(net: Network, weights: np.ndarray, samples: Samples) -> Judged:
    """Return what ``judge`` does of any number of weights, on all cores."""
    parts = [weights[first : first + AT_ONCE] for first in range(0, len(weights), AT_ONCE)]
    with ThreadPoolExecutor(available_cores()) as pool:
        judged = list(pool.map(lambda part: judge(net, part, samples), parts))
    return Judged(*map(np.concatenate, zip(*judged, strict=True)))


def best_on(net: Network, samples: Samples) -> float:
    """Return the shared weight with the least cross-entropy.

    Every sample counts in each round of the search.
    """
    return best_shared_weight(
        lambda weights, _: -judge_all(net, weights, samples).loss.mean(axis=1)
    ).best


def measure(net: Network, weights: np.ndarray, samples: Samples) -> Table:
    """Return accuracy and loss of ``(D,)`` shared or ``(D, C)`` individual weights on each
    sample.
    """
    chosen, loss = judge_all(net, weights, samples)
    return {"accuracy": chosen == samples.labels, "loss": loss}


def measure_ensemble(
    net: Network, weights: np.ndarray, samples: Samples
) -> tuple[dict[str, Table], np.ndarray]:
    """Return the measures of a network at all weights at once, and its ``(S,)`` choices by mean
    probability.
    """
    probs = probabilities(net, weights, samples.inputs)
    mean = probs.mean(axis=0)
    chosen = mean.argmax(axis=1)
    # its log is finite
    right = np.maximum(mean[np.arange(len(mean)), samples.labels], np.finfo(float).tiny)
    ways = {
        "vote": {"accuracy": (vote(probs) == samples.labels)[None]},
        "mean_probability": {
            "accuracy": (chosen == samples.labels)[None],
            "loss": -np.log(right)[None],
        },
    }
    return ways, chosen


def conditions_of(
    tables: Mapping[tuple[str, ...], Table], rng: np.random.Generator
) -> dict[tuple[str, ...], Condition]:
    """Return the figures of each condition."""
    keys = [(condition, measure) for condition, table in tables.items() for measure in table]
    values = [tables[condition][measure] for condition, measure in keys]
    found: dict[tuple[str, ...], dict[str, Figures]] = {condition: {} for condition in tables}
    for (condition, measure), table, (low, high) in zip(
        keys, values, crossed_intervals(values, rng), strict=True
    ):
        std = float(table.mean(axis=1).std()) if len(table) > 1 else None
        figures = Figures(float(table.mean()), std, (float(low), float(high)))
        found[condition][measure] = figures
    return {
        condition: Condition(own["accuracy"], own.get("loss"), classifies=True)
        for condition, own in found.items()
    }


def nested(flat: Mapping[tuple[str, ...], Any]) -> dict[str, Any]:
    """Return a table of tables from one whose keys are paths."""
    result: dict[str, Any] = {}
    for path, value in flat.items():
        place = result
        for key in path[:-1]:
            place = place.setdefault(key, {})
        place[path[-1]] = value
    return result


def accuracy_profile(task: SampleTask, judged: Judged) -> AccuracyProfile:
    """Return how accuracy and loss on the test samples depend on the shared weight."""
    right = judged.chosen == task.test.labels
    of_class = per_class(task, right)
    shares = np.array(list(of_class.values()))
    ends = shares.min(axis=0), shares.max(axis=0)
    mean, loss = right.mean(axis=1), judged.loss.mean(axis=1)
    return AccuracyProfile(PROFILE, mean, *ends, loss, of_class)


def per_class(task: SampleTask, right: np.ndarray) -> dict[str, list[float]]:
    """Return the accuracy at each of W weights by class, where ``(W, S)`` says which test samples
    are right.
    """
    labels = task.test.labels
    return {
        name: right[:, labels == label].mean(axis=1).tolist()
        for label, name in enumerate(task.outputs)
        if (labels == label).any()
    }


def confusion(chosen: np.ndarray, labels: np.ndarray, n: int) -> np.ndarray:
    """Return how many samples of each of n classes (row) are taken for each (column)."""
    return np.bincount(labels * n + chosen, minlength=n * n).reshape(n, n)
