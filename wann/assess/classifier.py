"""How good is a classifier on its test samples, and how little do its weights matter?  For ``wann.assess``."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from wann.assess.bootstrap import LEVEL, crossed_intervals
from wann.assess.conditions import CLOSE, PROFILE, WEIGHT_RANGE, Draws, bases
from wann.champion.champion import Champion
from wann.network.network import Network
from wann.streams import rng_for
from wann.tasks.classification.ensemble import Judged, judge, probabilities, vote
from wann.tasks.classification.samples import Samples, SampleTask
from wann.tune.shared_weight import best_shared_weight
from wann.workers.cores import available_cores

AT_ONCE = 32  # weights of which the outputs are in memory
MOST_CLASSES = 20  # that a table has room for
NAME_WIDTH = 37  # characters of the name of a condition
MEASURES = ("accuracy", "loss")
Table = dict[str, np.ndarray]  # measures of one condition, each (draws, samples)


def assess_classifier(
    champion: Champion, task: SampleTask, name: str, draws: int, seed: int
) -> dict[str, Any]:
    """Return what ``wann.assess.control.assess`` measures of a classifier on the test samples of its task.

    * per_weight: each shared weight of the sweep it was evolved for (else the paper's); sweep:
      their mean;
    * ensemble: the network at all these weights at once, by ``vote`` and by ``mean_probability``;
    * random_weights, random_shared: of as many ``draws``;
    * best_shared: the single weight in [-3, 3] with the least loss on the validation samples;
    * tuned, perturbed: as for other networks, each change drawn ``draws`` times;
    * profile: over shared weights from -3 to 3, ``per_class``, too;
    * per_class: the accuracy of each class at the weights of the sweep;
    * confusion: how many samples of each class (row) the ensemble takes for each (column), by mean
      probability.

    Returns: all these, ``task``, ``samples``, ``draws``, ``connections`` and ``classes``. Of each
    condition ``accuracy``, from 0 to 1, and ``loss``, the cross-entropy in nats, as ``mean``, 95 %
    ``interval`` of it over samples and draws (``wann.assess.bootstrap``), and ``std`` over draws
    where there are any.

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
    figures = nested(summaries(tables, rng_for(seed, 0, "bootstrap")))
    figures["best_shared"] = {"weight": best, **figures["best_shared"]}
    return {
        "task": name,
        "samples": len(test.labels),
        "draws": draws,
        "connections": champion.genome.size,
        "classes": list(task.outputs),
        **figures,
        "per_class": per_class(
            task, np.concatenate([table["accuracy"] for table in per_weight.values()])
        ),
        "profile": profile(task, judge_all(net, PROFILE, test)),
        "confusion": confusion(chosen, test.labels, len(task.outputs)).tolist(),
    }


def judge_all(net: Network, weights: np.ndarray, samples: Samples) -> Judged:
    """Return what ``judge`` does of any number of weights, on all cores."""
    parts = [weights[first : first + AT_ONCE] for first in range(0, len(weights), AT_ONCE)]
    with ThreadPoolExecutor(available_cores()) as pool:
        judged = list(pool.map(lambda part: judge(net, part, samples), parts))
    return Judged(*map(np.concatenate, zip(*judged, strict=True)))


def best_on(net: Network, samples: Samples) -> float:
    """Return the shared weight with the least cross-entropy; every sample counts in each round of the search."""
    return best_shared_weight(
        lambda weights, _: -judge_all(net, weights, samples).loss.mean(axis=1)
    ).best


def measure(net: Network, weights: np.ndarray, samples: Samples) -> Table:
    """Return accuracy and loss of ``(D,)`` shared or ``(D, C)`` individual weights on each sample."""
    chosen, loss = judge_all(net, weights, samples)
    return {"accuracy": chosen == samples.labels, "loss": loss}


def measure_ensemble(
    net: Network, weights: np.ndarray, samples: Samples
) -> tuple[dict[str, Table], np.ndarray]:
    """Return the measures of a network at all weights at once, and its ``(S,)`` choices by mean probability."""
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


def summaries(
    tables: Mapping[tuple[str, ...], Table], rng: np.random.Generator
) -> dict[tuple[str, ...], Any]:
    """Return mean, std over draws and interval of each measure of each condition."""
    keys = [(condition, measure) for condition, table in tables.items() for measure in table]
    values = [tables[condition][measure] for condition, measure in keys]
    result: dict[tuple[str, ...], Any] = {condition: {} for condition in tables}
    for (condition, measure), table, ends in zip(
        keys, values, crossed_intervals(values, rng), strict=True
    ):
        spread = {"std": float(table.mean(axis=1).std())} if len(table) > 1 else {}
        result[condition][measure] = {
            "mean": float(table.mean()),
            **spread,
            "interval": ends.tolist(),
        }
    return result


def nested(flat: Mapping[tuple[str, ...], Any]) -> dict[str, Any]:
    """Return a table of tables from one whose keys are paths."""
    result: dict[str, Any] = {}
    for path, value in flat.items():
        place = result
        for key in path[:-1]:
            place = place.setdefault(key, {})
        place[path[-1]] = value
    return result


def profile(task: SampleTask, judged: Judged) -> dict[str, Any]:
    """Return how accuracy and loss on the test samples depend on the shared weight.

    Returns: ``weights``, ``accuracy`` and ``loss`` of each, ``per_class``: the accuracy at each by
    class; over all weights ``mean_accuracy``, ``best_weight``, ``worst_weight`` and ``near_best``,
    the share of weights whose accuracy falls short of the best one's by at most 10 % of it.
    """
    right = judged.chosen == task.test.labels
    accuracy = right.mean(axis=1)
    best, worst = accuracy.argmax(), accuracy.argmin()
    return {
        "weights": PROFILE.tolist(),
        "accuracy": accuracy.tolist(),
        "loss": judged.loss.mean(axis=1).tolist(),
        "per_class": per_class(task, right),
        "mean_accuracy": float(accuracy.mean()),
        "best_weight": {"weight": float(PROFILE[best]), "accuracy": float(accuracy[best])},
        "worst_weight": {"weight": float(PROFILE[worst]), "accuracy": float(accuracy[worst])},
        "near_best": float(np.mean(accuracy >= (1 - CLOSE) * accuracy[best])),
    }


def per_class(task: SampleTask, right: np.ndarray) -> dict[str, list[float]]:
    """Return the accuracy at each of W weights by class, where ``(W, S)`` says which test samples are right."""
    labels = task.test.labels
    return {
        name: right[:, labels == label].mean(axis=1).tolist()
        for label, name in enumerate(task.outputs)
        if (labels == label).any()
    }


def confusion(chosen: np.ndarray, labels: np.ndarray, n: int) -> np.ndarray:
    """Return how many samples of each of n classes (row) are taken for each (column)."""
    return np.bincount(labels * n + chosen, minlength=n * n).reshape(n, n)


# ------------------------------------------------------------------------------------------ as text
def table(result: dict[str, Any]) -> str:
    """Return the result of assess_classifier as a table for people."""
    per_weight, shape, uniform = (
        result["per_weight"],
        result["profile"],
        f"U(-{WEIGHT_RANGE:g}, {WEIGHT_RANGE:g})",
    )
    best, n = f"best shared weight, {result['best_shared']['weight']:g}", len(per_weight)
    lines = [
        (
            f"{result['task']}: {result['connections']} connections, {result['samples']} test"
            f" samples, {result['draws']} draws of what is random"
        ),
        f"  {'':{NAME_WIDTH}s} {'accuracy':>8s} ± std    {100 * LEVEL:.0f} % interval       loss",
        *(_row(f"shared weight {weight}", row) for weight, row in per_weight.items()),
        _row(f"mean of these {n} weights", result["sweep"]),
        _row(f"ensemble of these {n}, vote", result["ensemble"]["vote"]),
        _row(f"ensemble of these {n}, mean probability", result["ensemble"]["mean_probability"]),
        _row(f"random weights, {uniform} each", result["random_weights"]),
        _row(f"random shared weight, {uniform}", result["random_shared"]),
        _row(best, result["best_shared"]),
        *([_row("tuned weights", result["tuned"])] if "tuned" in result else []),
        (
            f"{len(shape['weights'])} shared weights from {shape['weights'][0]:g} to"
            f" {shape['weights'][-1]:g}"
        ),
        _line("mean of all", shape["mean_accuracy"]),
        *(
            _line(
                f"{name}, at {shape[f'{name}_weight']['weight']:g}",
                shape[f"{name}_weight"]["accuracy"],
            )
            for name in ("best", "worst")
        ),
        (
            f"  within {100 * CLOSE:g} % of the best are {100 * shape['near_best']:.0f} % of the"
            " weights"
        ),
    ]
    for base, rows in result["perturbed"].items():
        lines += [
            f"{best if base == 'best_shared' else 'tuned weights'}, but in each connection with",
            *(_row(f"{100 * float(level):g} % noise", row) for level, row in rows["noise"].items()),
            _row("a random sign", rows["random_signs"]),
            _row("the opposite sign", rows["opposite_signs"]),
        ]
    if len(result["classes"]) <= MOST_CLASSES:
        lines += _classes(result)
    return "\n".join(lines)


def _classes(result: dict[str, Any]) -> list[str]:
    """Return how each class does at the weights of the sweep, and what it is taken for."""
    names = [name[:12] for name in result["classes"]]
    wide, cell = max(map(len, names)), max(5, *(len(name) + 1 for name in names))
    weights = "".join(f"{weight:>7s}" for weight in result["per_weight"])
    lines = ["accuracy of each class [%], by shared weight", f"  {'':{wide}s} {weights}"]
    for name, row in result["per_class"].items():
        lines.append(f"  {name[:12]:{wide}s} " + "".join(f"{100 * share:7.1f}" for share in row))
    lines += [
        "samples of each class (row) and what the ensemble takes them for, by mean probability",
        f"  {'':{wide}s} " + "".join(f"{name:>{cell}s}" for name in names),
    ]
    for name, row in zip(names, result["confusion"], strict=True):
        lines.append(f"  {name:{wide}s} " + "".join(f"{count or '.':>{cell}}" for count in row))
    return lines


def _line(name: str, share: float) -> str:
    return f"  {name:{NAME_WIDTH}s} {100 * share:6.1f} %"


def _row(name: str, row: dict[str, Any]) -> str:
    low, high = (100 * end for end in row["accuracy"]["interval"])
    spread = f"± {100 * row['accuracy']['std']:<5.1f}" if "std" in row["accuracy"] else " " * 7
    loss = f"{row['loss']['mean']:11.3f}" if "loss" in row else ""
    return (
        f"{_line(name, row['accuracy']['mean'])} {spread} {low:6.1f} … {high:<5.1f}{loss}".rstrip()
    )
