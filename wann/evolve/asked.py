"""What a command line asks for: a configuration, its task, and who evaluates."""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, TextIO

from wann.command.program import shell_command
from wann.command.progress import Progress
from wann.config import Config, find_table, make_config, override, play_at_hand, to_table
from wann.errors import NothingPlayed, WannError, WorkersLost, describe
from wann.evolve.evolution import Evolution
from wann.output import say
from wann.tasks import Task, capabilities_of, find_task, is_code
from wann.tasks.classification.samples import has_samples
from wann.tasks.data import data_of_args, data_options, is_sample_file

#: keys of the configuration that have options of their own
SHORTCUTS = {"generations": "generations", "population": "search.population", "trials": "trials"}


@dataclass(frozen=True)
class Asked:
    """What is asked for.

    Attributes:
        config: of the run, or of the one to go on with as it was.
        changes: keys of the configuration that the command line gives, as a nested table.
        task: what the networks are scored on.
        workers: who evaluates, as ``Evolution`` takes it.
    """

    config: Config
    changes: dict[str, Any]
    task: Task
    workers: dict[str, Any]


def asked_of(args: argparse.Namespace, begun: Config | None, shown_on: TextIO) -> Asked:
    """Return what the command line asks for.

    Args:
        args: of the command line.
        begun: configuration of the run that it goes on with; None for a new one.
        shown_on: where is said what the samples of the task are.
    """
    name = "swingup" if args.name is None else args.name
    table = {} if begun else find_table(name)
    for assignment in assignments_of(args):
        override(table, assignment)
    play_at_hand(name, table)
    if args.seed is not None:
        table["seed"] = args.seed
    config = begun or make_config(table)
    # it is a file's, which may come from a stranger
    if is_code(config.task) and config.task != task_given(args):
        raise WannError(
            f"the {'run' if begun else 'configuration'} is for a task that is code: if you trust"
            f" it, add --set task={config.task}"
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
    if begun:
        make_config({**to_table(config), **table})  # or an unknown key would be taken for another
    return Asked(config, table, task, workers)


def assignments_of(args: argparse.Namespace) -> list[str]:
    """Return what the command line assigns to keys of the configuration, as ``--set`` takes it.

    Raises:
        WannError: a key is given by its own option, too.
    """
    assigned = {assignment.partition("=")[0].strip() for assignment in args.set}
    result = list(args.set)
    for name, key in SHORTCUTS.items():
        value = getattr(args, name)
        if value is None:
            continue
        if key in assigned:
            raise WannError(f"--{name} {value} beside --set {key}: give it once")
        result.append(f"{key}={value}")
    return result


def carry_out(evolution: Evolution, resume: str, shown_on: TextIO) -> bool:
    """Evolve to the end, or until Ctrl-C, and show it; return whether it was stopped.

    Args:
        evolution: whose workers are let go by the caller.
        resume: the command that goes on.
        shown_on: where it is shown.

    Raises:
        WannError: something outside failed; it says how to go on.
    """
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
    return progress.stopped


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


def options_of(args: argparse.Namespace, config: Config) -> list[str | Path]:
    """Return the options of commands that look at the run: the name of its task if that is code,
    and its data.
    """
    task: list[str | Path] = ["--task", config.task] if is_code(config.task) else []
    return [*task, *data_options(args)]


def resume_command(args: argparse.Namespace, config: Config, path: Path | None) -> str:
    """Return the command that goes on with a run, or with a folder of them."""
    task = ["--set", f"task={config.task}"] if is_code(config.task) else []
    address = ["--address", args.address] if args.address else []
    gpus = ["--gpus"] if args.gpus else []
    cluster = (
        ["--backend", args.backend, *address, *gpus] if args.backend in ("ray", "cuda") else []
    )
    given: Any = path
    return shell_command("evolve", "--resume", given, *task, *data_options(args), *cluster)


def warn_of_cluster(args: argparse.Namespace, resume: str) -> None:
    """Say how to go on where a cluster may take the command down with it."""
    if args.backend == "ray":
        say(f"should the cluster take this command down with it, go on with: {resume}", sys.stderr)


def stop_early(resume: str) -> NoReturn:
    """Say how to go on, and exit as after Ctrl-C."""
    say(f"stopped early; continue with: {resume}", sys.stderr)
    sys.exit(130)
