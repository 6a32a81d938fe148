"""How good is a network, and how little do its weights matter?  ``python -m wann.assess CHAMPION``."""

import argparse
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from wann.assess_classifier import assess_classifier
from wann.assess_classifier import table as assess_classifier_table
from wann.bootstrap import LEVEL, intervals
from wann.champion.champion import Champion, load, task_of
from wann.command.program import run_command
from wann.command.progress import EpisodeProgress
from wann.conditions import CLOSE, NOISE, WEIGHT_RANGE, Draws, bases, profile_of
from wann.errors import WannError
from wann.network.network import decode_all
from wann.output import Parser, own_stdout, say, say_json
from wann.shared_weight import best_shared_weight, effort_for
from wann.streams import rng_for
from wann.tasks import Task
from wann.tasks.classification.task import ClassificationTask
from wann.tasks.data import add_data_option
from wann.workers.evaluator import Evaluator, Told


def assess(
    champion: Champion, task_name: str | None = None, trials: int = 100, seed: int = 0, told: Told | None = None
) -> dict[str, Any]:
    """Score a network under the paper's weight conditions, and measure how little the score depends on the weights.

    The task is the one that the network was evolved for, or ``task_name``.  The conditions, on the same trials:

    * per_weight: each shared weight of the sweep it was evolved for (else the paper's); sweep: their mean;
    * random_weights: in each trial every connection has a weight of its own, uniform in [-2, 2];
    * random_shared: in each trial one weight for all connections, uniform in [-2, 2];
    * best_shared: the best single weight in [-3, 3], found on other trials (``wann.shared_weight``);
    * tuned: the individual weights of the champion, if it has any;
    * perturbed: the last two after ``noise`` (each weight times 1 + e, e normal with a standard deviation of 5 to
      50 %, drawn anew in each trial), ``random_signs`` (each weight's sign drawn in each trial) and
      ``opposite_signs`` (all weights times -1).

    ``profile`` is the score over shared weights from -3 to 3.

    Of an environment in Python the profile is coarser, and with fewer than 100 trials the search for the best shared
    weight has as many fewer: N trials are about 100 N episodes in all.  ``told`` is called while they are played.

    A classifier is assessed on test samples instead: see ``wann.assess_classifier``.

    Returns: ``task``, ``trials``, ``connections`` and all these; scores as ``mean`` and ``std`` over trials and
    ``interval`` of the mean, of 95 % (``wann.bootstrap``).

    Raises:
        WannError: fewer than two trials, a negative seed, or no task that fits.

    Source: Gaier & Ha 2019, table 1, for all but ``perturbed`` and ``profile``.
    """
    check_numbers(trials, seed)
    task = task_of(champion, task_name)
    if isinstance(task, ClassificationTask):
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
    starts = task.trials(trials, rng("assess"))
    draws = Draws.of(trials, n_conns, seed)
    others, effort, weights_of_profile = rng("select"), effort_for(task, trials), profile_of(task)
    n_bases = 1 if champion.weights is None else 2
    n_weights = len(weights_of_profile) + len(champion.sweep) + 2 + n_bases * (len(NOISE) + 3)
    evaluate.tell(effort.rollouts + n_weights * trials, told)
    best = best_shared_weight(lambda weights, n: score(weights, task.trials(n, others)).mean(axis=1), effort).best

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
        flips = {"random_signs": of_drawn[name, "signs"], "opposite_signs": score(-base[None], starts)[0]}
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


def figures(scores: Mapping[str, np.ndarray], rng: np.random.Generator) -> dict[str, dict[str, Any]]:
    """Return mean, std and interval of the mean of the ``(T,)`` scores of each condition."""
    table = np.array(list(scores.values()))
    return {
        name: {"mean": float(row.mean()), "std": float(row.std()), "interval": ends.tolist()}
        for name, row, ends in zip(scores, table, intervals(table, rng), strict=True)
    }


def profile(weights: np.ndarray, scores: np.ndarray) -> dict[str, Any]:
    """Return how the ``(W, T)`` scores depend on the ``(W,)`` shared weights.

    Returns: ``weights``, and of each the ``mean``, ``std``, ``worst`` and ``best`` of its trials; over all weights
    ``mean_score``, ``best_weight``, ``worst_weight`` (by their means) and ``near_best``, the share of weights whose
    mean falls short of the best one's by at most 10 % of it.
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


def table(result: dict[str, Any]) -> str:
    """Return the result of assess as a table for people."""
    if "confusion" in result:
        return assess_classifier_table(result)
    per_weight, shape = result["per_weight"], result["profile"]
    uniform = f"U(-{WEIGHT_RANGE:g}, {WEIGHT_RANGE:g})"
    best = f"best shared weight, {result['best_shared']['weight']:g}"
    lines = [
        f"{result['task']}: {result['connections']} connections, {result['trials']} trials",
        f"  {'':34s} {'mean':>9s} ± std      {100 * LEVEL:.0f} % interval of the mean",
        *(_row(f"shared weight {weight}", row) for weight, row in per_weight.items()),
        _row(f"mean of these {len(per_weight)} weights", result["sweep"]),
        _row(f"random weights, {uniform} each", result["random_weights"]),
        _row(f"random shared weight, {uniform}", result["random_shared"]),
        _row(best, result["best_shared"]),
        *([_row("tuned weights", result["tuned"])] if "tuned" in result else []),
        f"{len(shape['weights'])} shared weights from {shape['weights'][0]:g} to {shape['weights'][-1]:g}",
        _line("mean of all", shape["mean_score"]),
    ]
    for name in ("best", "worst"):
        point = shape[f"{name}_weight"]
        lines.append(_line(f"{name}, at {point['weight']:g}", point["mean"]))
    lines.append(f"  within {100 * CLOSE:g} % of the best are {100 * shape['near_best']:.0f} % of the weights")
    for base, rows in result["perturbed"].items():
        lines += [
            f"{best if base == 'best_shared' else 'tuned weights'}, but in each connection with",
            *(_row(f"{100 * float(level):g} % noise", row) for level, row in rows["noise"].items()),
            _row("a random sign", rows["random_signs"]),
            _row("the opposite sign", rows["opposite_signs"]),
        ]
    return "\n".join(lines)


def _line(name: str, mean: float) -> str:
    return f"  {name:34s} {mean:9.1f}"


def _row(name: str, row: dict[str, Any]) -> str:
    low, high = row["interval"]
    return f"{_line(name, row['mean'])} ± {row['std']:<7.1f} {low:9.1f} … {high:.1f}"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what the commands that judge a champion on fresh trials have in common."""
    add = parser.add_argument
    add("--task", metavar="NAME", help="task to score it on (default: the one it was evolved for)")
    trials = "trials of each condition; of classifiers, draws of what is random (default: 100)"
    add("--trials", type=int, default=100, metavar="N", help=trials)
    add("--seed", type=int, default=0, metavar="N", help="seed of all that is random (default: 0)")
    stored = "CHAMPION is the .out file of a tuned network: its values are individual weights"
    add("--stored-weights", action="store_true", help=stored)
    add_data_option(parser)


def check_numbers(trials: int, seed: int) -> None:
    """Raise WannError if nothing can be said of the error of a mean over so few trials, or for a wrong seed."""
    for name, value, least in (("trials", trials, 2), ("seed", seed, 0)):
        if value < least:
            raise WannError(f"{name} = {value}: must be at least {least}")


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command."""
    parser = Parser(prog="python -m wann.assess", description="Score a network at many weights.")
    parser.add_argument("champion", metavar="CHAMPION", help="run directory, champion file or published .out file")
    add_options(parser)
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    _run(parser.parse_args(argv))


@own_stdout()
def _run(args: argparse.Namespace) -> None:
    champion = load(args.champion, args.stored_weights)
    with EpisodeProgress() as progress:
        result = assess(champion, args.task, args.trials, args.seed, progress.show)
    if args.json:
        say_json(result)
    else:
        say(table(result))


def command() -> None:
    """Run the command as a program: mistakes become one line and exit code 2."""
    run_command(main)


if __name__ == "__main__":
    command()
