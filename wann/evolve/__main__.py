"""Weight-agnostic neural network search:
``python -m wann.evolve [NAME|FILE.toml|FILE.csv|FILE.npz]``.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from wann.champion.champion import Champion
from wann.command.program import has_window, run_command, shell_command
from wann.command.progress import Progress, score_text, starts_text
from wann.config import Config, find_table, make_config, override, to_table
from wann.errors import NothingPlayed, WannError, WorkersLost, describe
from wann.evolve.evolution import Evolution
from wann.jit import compile_beside
from wann.output import Parser, own_stdout, say, say_json, stdout
from wann.runs.directory import RunDirectory
from wann.tasks import capabilities_of, find_task, is_code
from wann.tasks.classification.samples import has_samples
from wann.tasks.data import add_data_option, data_of_args, data_options, is_sample_file
from wann.workers.evaluator import BACKENDS, PATIENCE


def summary(champion: Champion, evolution: Evolution, options: Sequence[str | Path]) -> str:
    """Return what a run prints at its end.

    Args:
        champion: of the run.
        evolution: the run.
        options: of the commands that look at it: see ``options_of``.
    """
    scores, genome, path = champion.scores, champion.genome, evolution.path
    weight = champion.shared_weight
    # a champion of an earlier version knows none
    good = "" if weight is None else f"  a good shared weight: {weight:g}\n"
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
        f"{good}{success_summary(scores) if 'success' in scores else ''}"
        f"{accuracy_summary(scores['accuracy']['test']) if classifies else ''}"
        f"{time_summary(evolution)}\n{commands}"
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


def parser() -> argparse.ArgumentParser:
    """Return the command line of ``python -m wann.evolve``."""
    p = Parser(prog="python -m wann.evolve", description="Evolve a weight-agnostic neural network.")
    p.add_argument(
        "name",
        nargs="?",
        help=(
            "shipped configuration, FILE.toml, FILE.csv or FILE.npz with samples, environment"
            " gym:ID, or task module:NAME (default: swingup)"
        ),
    )
    p.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="override, as search.population=64",
    )
    p.add_argument("--seed", type=int, metavar="N", help="seed of every random choice")
    p.add_argument(
        "--out", type=Path, metavar="DIR", help="new run directory (default: runs/TASK-sSEED-TIME)"
    )
    p.add_argument(
        "--start",
        type=Path,
        metavar="CHAMPION",
        help="run directory or champion file whose mutants are the first generation",
    )
    p.add_argument(
        "--resume", type=Path, metavar="RUN", help="continue this run where it was stopped"
    )
    who = "who evaluates (default: threads; processes for Gymnasium environments)"
    p.add_argument("--backend", choices=BACKENDS, help=who)
    p.add_argument(
        "--workers",
        type=int,
        metavar="N",
        help="threads, processes or Ray workers (default: all cores)",
    )
    p.add_argument(
        "--address",
        metavar="A",
        help=(
            "Ray cluster to join: auto, HOST:PORT or ray://HOST:PORT (default: RAY_ADDRESS, else"
            " one of its own)"
        ),
    )
    p.add_argument(
        "--gpus", action="store_true", help="ray: each worker is a GPU, with a core beside it"
    )
    p.add_argument(
        "--patience",
        type=float,
        default=PATIENCE,
        metavar="SECONDS",
        help=f"how long to wait when no Ray worker is left (default: {PATIENCE:.0f})",
    )
    add_data_option(p)
    p.add_argument(
        "--json", action="store_true", help="print the result as JSON, the progress on stderr"
    )
    return p


def task_given(args: argparse.Namespace) -> Any:
    """Return the task that the command line itself names, by the last ``--set`` or as the NAME.

    None if none.
    """
    given: dict[str, Any] = {}
    if args.name and not args.name.endswith(".toml"):  # else it is the name of a file
        given["task"] = args.name
    for assignment in args.set:
        override(given, assignment)
    return given.get("task")


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command."""
    _run(parser().parse_args(argv))


@own_stdout()
def _run(args: argparse.Namespace) -> None:
    if args.resume and (args.name is not None or args.out or args.start):
        raise WannError(
            "--resume continues a run as it is: give no configuration, no --out and no --start"
            " with it"
        )
    take_sample_file(args)
    compile_beside("from wann.search.search import compile_variation; compile_variation()")
    shown_on = sys.stderr if args.json else stdout()
    with evolution_of(args, shown_on) as evolution:
        resume = resume_command(args, evolution)
        if args.backend == "ray":
            say(
                f"should the cluster take this command down with it, go on with: {resume}",
                sys.stderr,
            )
        with Progress(evolution.config, evolution.path, shown_on) as progress:
            progress.start(evolution.generation)
            try:
                if not progress.stopped:
                    evolution.run(lambda _: progress.show(evolution.row))
            except (OSError, WorkersLost, NothingPlayed) as error:  # a full disk, say
                first = isinstance(error, NothingPlayed)
                place = "starts again" if first else "goes on from the last checkpoint"
                hint = f"when this is solved, {resume} {place}"
                raise WannError(f"{describe(error)}; {hint}") from None
    champion = evolution.champion
    if champion is None:
        raise WannError(f"stopped before the first generation; {resume} starts again")
    if args.json:
        path, stopped = str(evolution.path), progress.stopped
        say_json({"run": path, "stopped": stopped, "champion": champion.to_json()})
    else:
        say(summary(champion, evolution, options_of(args, evolution.config)))
    if progress.stopped:
        say(f"stopped early; continue with: {resume}", sys.stderr)
        sys.exit(130)


def take_sample_file(args: argparse.Namespace) -> None:
    """Take a file of samples that is the NAME as ``--data`` of the task samples."""
    if not args.name or not is_sample_file(args.name):
        return
    if task_given(args) not in (args.name, "samples"):
        raise WannError(
            f"--set task={task_given(args)} beside {args.name}: the task of a file is its samples"
        )
    if args.data:
        raise WannError(f"--data {args.data} beside {args.name}: give the file of samples once")
    args.name, args.data = "samples", args.name


def evolution_of(args: argparse.Namespace, shown_on: TextIO) -> Evolution:
    """Return the evolution that the command line asks for: a new one, or one to go on with."""
    run = RunDirectory.open(args.resume) if args.resume else None
    table = {} if run else find_table("swingup" if args.name is None else args.name)
    for assignment in args.set:
        override(table, assignment)
    if args.seed is not None:
        table["seed"] = args.seed
    config = run.config() if run else make_config(table)
    # it is a file's, which may come from a stranger
    if is_code(config.task) and config.task != task_given(args):
        raise WannError(
            f"the {'run' if run else 'configuration'} is for a task that is code: if you trust it, "
            f"add --set task={config.task}"
        )
    task = find_task(config.task, data_of_args(args))
    if has_samples(task):
        say(task.summary, shown_on)
    workers: dict[str, Any] = {
        "backend": args.backend or ("threads" if capabilities_of(task).compiled else "processes"),
        "workers": args.workers,
        "address": args.address,
        "patience": args.patience,
        "gpus": args.gpus,
    }
    if run:
        make_config({**to_table(config), **table})  # or an unknown key would be taken for another
        return Evolution.resume(run.path, **{**table, **workers, "task": task})
    return Evolution(config, task=task, out=args.out or True, start=args.start, **workers)


def options_of(args: argparse.Namespace, config: Config) -> list[str | Path]:
    """Return the options of commands that look at the run: the name of its task if that is code,
    and its data.
    """
    task: list[str | Path] = ["--task", config.task] if is_code(config.task) else []
    return [*task, *data_options(args)]


def resume_command(args: argparse.Namespace, evolution: Evolution) -> str:
    """Return the command that goes on with the run."""
    name = evolution.config.task
    task = ["--set", f"task={name}"] if is_code(name) else []
    address = ["--address", args.address] if args.address else []
    gpus = ["--gpus"] if args.gpus else []
    cluster = (
        ["--backend", args.backend, *address, *gpus] if args.backend in ("ray", "cuda") else []
    )
    path: Any = evolution.path
    return shell_command("evolve", "--resume", path, *task, *data_options(args), *cluster)


def command() -> None:
    """Run the command as a program: mistakes become one line and exit code 2."""
    run_command(main)


if __name__ == "__main__":
    command()
