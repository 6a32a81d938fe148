"""Weight-agnostic neural network search: ``python -m wann.evolve [NAME|FILE.toml|FILE.csv|FILE.npz]``."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from wann.champion.champion import Champion
from wann.command.program import has_window, run_command, shell_command
from wann.command.progress import Progress, shown
from wann.config import find_table, make_config, override
from wann.errors import NothingPlayed, WannError, WorkersLost, describe
from wann.evolve.loop import evolve
from wann.jit import compile_beside
from wann.output import Parser, own_stdout, say, say_json, stdout
from wann.runs.directory import RunDirectory
from wann.tasks import capabilities_of, find_task, is_code
from wann.tasks.classification.samples import has_samples
from wann.tasks.data import add_data_option, data_of_args, data_options, is_sample_file
from wann.tasks.task import digest_of, require_scalable
from wann.workers.evaluator import BACKENDS, PATIENCE, Evaluator


def summary(champion: Champion, path: Path, can_watch: bool, options: Sequence[str | Path]) -> str:
    """Return what a run prints at its end.

    Args:
        champion: of the run.
        path: of the run.
        can_watch: whether its task can be watched in a window.
        options: of the commands that look at the run, the name of its task if that is code, and its
            data.
    """
    scores, genome = champion.scores, champion.genome
    whole = abs(scores["mean"]) >= 10  # losses need decimals
    per_weight = "  ".join(
        f"{weight}: {row['mean']:.{0 if whole else 2}f} ± {row['std']:.{0 if whole else 2}f}"
        for weight, row in scores["per_weight"].items()
    )
    classifies = "accuracy" in scores
    look = "accuracy" if classifies else "watch" if can_watch else "explorer"
    commands = "\n".join(
        f"  {shell_command(name, path, *options)}" for name in (look, "report", "assess", "explain")
    )
    return (
        f"\nchampion: {shown(scores['mean'])} on average over {len(scores['per_weight'])} shared "
        f"weights and {scores['trials']} fresh trials; {genome.size} connections, hidden nodes: "
        f"{len(genome.hidden)}\n  weight: {per_weight}\n"
        f"{accuracy_summary(scores['accuracy']['test']) if classifies else ''}\n{commands}"
    )


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
    """Return the task that the command line itself names, by the last ``--set`` or as the NAME; None if none."""
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
    if args.resume and (args.name is not None or args.out):
        raise WannError(
            "--resume continues a run as it is: give no configuration and no --out with it"
        )
    if args.name and is_sample_file(args.name):
        if task_given(args) not in (args.name, "samples"):
            raise WannError(
                f"--set task={task_given(args)} beside {args.name}: the task of a file is its"
                " samples"
            )
        if args.data:
            raise WannError(f"--data {args.data} beside {args.name}: give the file of samples once")
        args.name, args.data = "samples", args.name
    run = RunDirectory.open(args.resume) if args.resume else None
    table = {} if run else find_table("swingup" if args.name is None else args.name)
    for assignment in args.set:
        override(table, assignment)
    if args.seed is not None:
        table["seed"] = args.seed
    config = run.config() if run else make_config(table)
    # it is a file's, which may come from a stranger
    if is_code(config.task) and config.task != task_given(args):
        kind = "run" if run else "configuration"
        raise WannError(
            f"the {kind} is for a task that is code: if you trust it, add --set task={config.task}"
        )
    task = find_task(config.task, data_of_args(args))
    if run:
        run.check_data(digest_of(task))
        config = run.resumed_config({"task": config.task, **table})
    if config.scale_observations:
        require_scalable(task)
    shown_on = sys.stderr if args.json else stdout()
    if has_samples(task):
        say(task.summary, shown_on)
    compile_beside("from wann.search.search import compile_variation; compile_variation()")
    with (
        Evaluator(task, args.backend, args.workers, args.address, args.patience) as evaluate,
        run or RunDirectory.create(args.out, config, digest_of(task)) as run,
        Progress(config, run.path, shown_on) as progress,
    ):
        found, code = data_options(args), is_code(config.task)
        address = ["--address", args.address] if args.address else []
        cluster = ["--backend", "ray", *address] if args.backend == "ray" else []
        named = ["--set", f"task={config.task}"] if code else []
        resume = shell_command("evolve", "--resume", run.path, *named, *found, *cluster)
        if args.backend == "ray":
            say(
                f"should the cluster take this command down with it, go on with: {resume}",
                sys.stderr,
            )
        try:
            champion = evolve(config, task, evaluate, run, progress)
        except (OSError, WorkersLost, NothingPlayed) as error:  # a full disk, say
            place = (
                "starts again"
                if isinstance(error, NothingPlayed)
                else "goes on from the last checkpoint"
            )
            hint = f"when this is solved, {resume} {place}"
            raise WannError(f"{describe(error)}; {hint}") from None
    if champion is None:
        raise WannError(f"stopped before the first generation; {resume} starts again")
    if args.json:
        say_json(
            {"run": str(run.path), "stopped": progress.stopped, "champion": champion.to_json()}
        )
    else:
        can_watch = capabilities_of(task).drawable and has_window()
        task_option = ["--task", config.task] if code else []
        say(summary(champion, run.path, can_watch, [*task_option, *found]))
    if progress.stopped:
        say(f"stopped early; continue with: {resume}", sys.stderr)
        sys.exit(130)


def command() -> None:
    """Run the command as a program: mistakes become one line and exit code 2."""
    run_command(main)


if __name__ == "__main__":
    command()
