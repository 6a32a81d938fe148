"""Give a network weights of its own: ``python -m wann.tune CHAMPION``."""

import argparse
import json
import sys
import zlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

import wann
from wann.champion import Champion, load, task_of
from wann.errors import WannError, describe, run_command
from wann.evaluation import Evaluator, finite
from wann.mlp import mlp_champion
from wann.network import decode_all
from wann.progress import TuneProgress
from wann.score_log import ScoreLog
from wann.search import rng_for
from wann.shared_weight import best_shared_weight
from wann.tasks import Task, find_task
from wann.weight_search import ROUNDS, one_blas_thread, search_weights, starts_from

GENERATIONS = 600  # of each search: 75 to 90 s for a swing-up champion on two cores


class StopRequested(Exception):
    """The user wants to stop; the log holds every score until now."""


class Scorer:
    """Scores weights of one network, each time on fresh trials, from the log as far as it goes.

    Attributes:
        live: ``(D,)`` the connections whose weights matter, as rows of ``genome.conns``: enabled, and on the way to
            an output.
        steps: environment steps since the tuning began.
        steps_now: those of them that were made now, not read from the log.
    """

    def __init__(
        self,
        champion: Champion,
        task: Task,
        seed: int,
        evaluate: Evaluator,
        log: ScoreLog,
        stopped: Callable[[], bool] = lambda: False,
    ):
        """Score the network of ``champion`` on ``task``; ``seed`` determines the trials, ``stopped()`` ends it."""
        self.task, self.seed, self.evaluate, self.log, self.stopped = task, seed, evaluate, log, stopped
        self.networks, self.n_conns = decode_all([champion.genome]), len(champion.genome.conns)
        self.live = np.unique(self.networks.gene)
        self.steps = self.steps_now = self._calls = 0

    def __call__(self, weights: np.ndarray, n_trials: int) -> np.ndarray:
        """Return the mean score, ``(W,)``, of ``(W,)`` shared or ``(W, D)`` live weights in trials that they share.

        Raises:
            StopRequested: the user wants to stop.
        """
        if self.stopped():
            raise StopRequested

        def evaluate() -> tuple[np.ndarray, int]:
            trials = self.task.trials(n_trials, rng_for(self.seed, self._calls, "tune"))
            scores, steps = self.scores(weights, trials)
            self.steps_now += steps
            return scores.mean(axis=1), steps

        means, steps = self.log.scores(weights, evaluate)
        self.steps += steps
        self._calls += 1
        return means

    def scores(self, weights: np.ndarray, trials: np.ndarray) -> tuple[np.ndarray, int]:
        """Return the ``(W, T)`` scores of ``(W,)`` shared or ``(W, D)`` live weights, and the steps they took."""
        if weights.ndim == 2:
            table = np.zeros((len(weights), self.n_conns))
            table[:, self.live] = weights
            weights = table
        scores, steps = self.evaluate.score(self.networks, weights, trials)
        return finite(scores[0]), steps


def tune(champion: Champion, score: Scorer, generations: int, trials: int, progress: TuneProgress) -> Champion:
    """Return the champion with the best shared weight and the best individual weights that were found.

    Connections that are disabled or reach no output keep the shared weight.  The scores are measured on ``trials``
    trials that had no part in the tuning; those of the untuned network are kept as ``untuned``.

    Source: Gaier & Ha 2019, table 1: tuned shared weight, tuned weights.
    """
    shared = best_shared_weight(score)
    progress.show_shared(shared.best)
    starts = np.repeat(np.array(starts_from(shared, ROUNDS[0].searches))[:, None], len(score.live), axis=1)
    best = starts[0]
    if len(best) > 1:  # the one weight of one connection is its shared weight
        if champion.weights is not None:  # go on from those
            starts[0] = champion.weights[score.live]
        best = search_weights(
            score, starts, generations, score.seed, lambda share, value: progress.show(share, value, score.steps_now)
        )
    weights = np.full(score.n_conns, shared.best)
    weights[score.live] = best

    fresh = score.task.trials(trials, rng_for(score.seed, 0, "tuned"))
    of_shared, of_tuned = (score.scores(values, fresh)[0][0] for values in (np.array([shared.best]), best[None]))
    return replace(
        champion,
        weights=weights,
        shared_weight=shared.best,
        scores={
            "trials": trials,
            "tuned": figures(of_tuned),
            "shared_weight": {"weight": shared.best, **figures(of_shared)},
            "untuned": champion.scores.get("untuned", champion.scores),
        },
        provenance={
            **champion.provenance,
            "tuned": {
                "wann": wann.__version__,
                "method": "CMA-ES",
                "seed": score.seed,
                "generations": generations,
                "rounds": [part._asdict() for part in ROUNDS],
                "weights": len(score.live),
                "steps": score.steps,
            },
        },
    )


def figures(scores: np.ndarray) -> dict[str, float]:
    """Return mean and standard deviation of the scores in several trials."""
    return {"mean": float(scores.mean()), "std": float(scores.std())}


def summary(champion: Champion, path: Path) -> str:
    """Return what the command prints at its end."""
    scores, shared = champion.scores, champion.scores["shared_weight"]
    rows = ((f"best shared weight, {shared['weight']:g}", shared), ("weights of its own", scores["tuned"]))
    task = f" --task {champion.task}" if ":" in str(champion.task) else ""
    return (
        f"\n{champion.task}: {champion.genome.size} connections, {scores['trials']} fresh trials, mean ± std\n"
        + "\n".join(f"  {name:30s} {row['mean']:8.1f} ± {row['std']:.1f}" for name, row in rows)
        + f"\n\n  python -m viz.watch {path}{task}"
    )


def parser() -> argparse.ArgumentParser:
    """Return the command line of ``python -m wann.tune``."""
    p = argparse.ArgumentParser(
        prog="python -m wann.tune",
        description="Find the best shared weight of a network, and by CMA-ES the best weight of each connection.",
        epilog="The same command goes on with a tuning that was stopped.",
    )
    p.add_argument("champion", nargs="?", type=Path, metavar="CHAMPION",
                   help="run directory, champion file or published .out file")  # fmt: skip
    p.add_argument("--mlp", type=int, nargs="+", metavar="N",
                   help="instead: a fully connected network with hidden layers of this many nodes")  # fmt: skip
    p.add_argument("--task", metavar="NAME", help="task to tune it for (default: the one it was evolved for)")
    p.add_argument("-o", "--output", type=Path, metavar="FILE",
                   help="file to write (default: RUN/tuned.json, or CHAMPION.tuned.json beside a file)")  # fmt: skip
    p.add_argument("--force", action="store_true", help="overwrite the file if it exists")
    p.add_argument("--seed", type=int, default=0, metavar="N", help="seed of every random choice (default: 0)")
    searches = sum(part.searches for part in ROUNDS)
    p.add_argument("--generations", type=int, default=GENERATIONS, metavar="N",
                   help=f"of each of the {searches} searches (default: {GENERATIONS})")  # fmt: skip
    p.add_argument("--trials", type=int, default=100, metavar="N",
                   help="fresh trials of the scores in the file (default: 100)")  # fmt: skip
    p.add_argument("--workers", type=int, metavar="N", help="how many threads (default: all cores)")
    p.add_argument("--json", action="store_true", help="print the result as JSON, the progress on stderr")
    return p


def network_of(args: argparse.Namespace) -> tuple[Champion, Task, Path]:
    """Return what to tune, for what, and the file to write."""
    if (args.champion is None) == (args.mlp is None):
        raise WannError("give a CHAMPION to tune, or --mlp N for a fully connected network with N hidden nodes")
    if args.mlp:
        if not args.task or not args.output:
            raise WannError("--mlp needs the task and the file to write: --task NAME -o FILE")
        task = find_task(args.task)
        champion, source, path = mlp_champion(task, args.task, args.mlp), None, args.output
    else:
        champion = load(args.champion)
        task = task_of(champion, args.task)
        champion = replace(champion, task=args.task or champion.task, inputs=task.inputs, outputs=task.outputs)
        is_run = args.champion.is_dir()
        source = args.champion / "champion.json" if is_run else args.champion
        path = args.output or (args.champion / "tuned.json" if is_run else source.with_suffix(".tuned.json"))
    if not len(champion.network.gene):
        raise WannError("no enabled connection of this network reaches an output: there is no weight to tune")
    if source and path.resolve() == source.resolve():
        raise WannError(f"{path}: is the untuned network, which is kept: give another file with -o")
    if path.exists() and not args.force:
        raise WannError(f"{path}: exists already: give another file with -o, or --force to overwrite it")
    return champion, task, path


def log_settings(champion: Champion, args: argparse.Namespace) -> dict[str, Any]:
    """Return what must be equal for a log to be continued."""
    return {
        "format": "wann-tune-log",
        "wann": wann.__version__,
        "champion": zlib.crc32(json.dumps(champion.to_json()).encode()),
        "seed": args.seed,
        "generations": args.generations,
    }


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command."""
    args = parser().parse_args(argv)
    for name, least in (("seed", 0), ("generations", 1), ("trials", 1)):
        if getattr(args, name) < least:
            raise WannError(f"--{name} {getattr(args, name)}: must be at least {least}")
    champion, task, path = network_of(args)
    with (
        one_blas_thread(),
        Evaluator(task, "threads", args.workers) as evaluate,
        ScoreLog(path.with_name(f"{path.name}.log"), log_settings(champion, args)) as log,
        TuneProgress(sys.stderr if args.json else sys.stdout) as progress,
    ):
        score = Scorer(champion, task, args.seed, evaluate, log, lambda: progress.stopped)
        progress.start(str(champion.task), len(score.live), args.seed, path, log.left)
        try:
            tuned = tune(champion, score, args.generations, args.trials, progress)
            tuned.save(path)
            log.remove()
        except OSError as error:  # a full disk, say
            raise WannError(f"{describe(error)}; when this is solved, the same command goes on") from None
        except StopRequested:
            stopped = f"stopped early; the same command goes on where it was: {log.path} holds the scores so far"
            print(stopped, file=sys.stderr)
            sys.exit(130)
    print(json.dumps({"file": str(path), "champion": tuned.to_json()}) if args.json else summary(tuned, path))


def command() -> None:
    """Run the command as a program: mistakes become one line and exit code 2."""
    run_command(main)


if __name__ == "__main__":
    command()
