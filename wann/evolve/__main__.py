"""Weight-agnostic neural network search:
``python -m wann.evolve [NAME|FILE.toml|FILE.csv|FILE.npz]``.
"""

import argparse
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from wann.command.program import run_command
from wann.command.progress import TuneProgress
from wann.errors import StopRequested, WannError
from wann.evolve.asked import (
    SHORTCUTS,
    asked_of,
    carry_out,
    options_of,
    resume_command,
    stop_early,
    take_sample_file,
    warn_of_cluster,
)
from wann.evolve.ending import Ending, ending
from wann.evolve.evolution import Evolution
from wann.evolve.seeds import evolve_seeds, seeds_of
from wann.evolve.summary import summary
from wann.jit import compile_beside
from wann.output import Parser, own_stdout, say, say_json, stdout
from wann.runs.directory import RunDirectory
from wann.runs.seeds import SeedsFolder
from wann.tasks.data import add_data_option
from wann.workers.evaluator import BACKENDS, PATIENCE


def parser() -> argparse.ArgumentParser:
    """Return the command line of ``python -m wann.evolve``."""
    p = Parser(prog="python -m wann.evolve", description="Evolve a weight-agnostic neural network.")
    p.add_argument(
        "name",
        metavar="NAME",
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
    for name, key in SHORTCUTS.items():
        p.add_argument(f"--{name}", type=int, metavar="N", help=f"short for --set {key}=N")
    p.add_argument("--seed", type=int, metavar="N", help="seed of every random choice")
    p.add_argument(
        "--seeds",
        type=seeds_of,
        metavar="A-B",
        help=(
            "a run for each of these seeds, as 0-9 or 0,2,5, one after another into a folder; with"
            " --out a folder that has some the missing ones are evolved"
        ),
    )
    p.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help=(
            "new run directory, or folder of --seeds (default: runs/TASK-sSEED-TIME or"
            " runs/TASK-seeds-TIME)"
        ),
    )
    p.add_argument(
        "--start",
        type=Path,
        metavar="CHAMPION",
        help="run directory or champion file whose mutants are the first generation",
    )
    p.add_argument(
        "--resume", type=Path, metavar="RUN", help="continue this run, or folder of --seeds"
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


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command."""
    _run(parser().parse_args(argv))


@own_stdout()
def _run(args: argparse.Namespace) -> None:
    if args.resume and (args.name is not None or args.out or args.start or args.seeds):
        raise WannError(
            "--resume continues a run as it is: give no configuration, no --out, no --start and no"
            " --seeds with it"
        )
    take_sample_file(args)
    compile_beside(
        "from wann.search.search import compile_variation; compile_variation(); from"
        f" wann.evolve.ending import compile_tuning; compile_tuning({args.name or 'swingup'!r})"
    )
    shown_on = sys.stderr if args.json else stdout()
    if args.seeds or (args.resume and SeedsFolder.is_one(args.resume)):
        evolve_seeds(args, shown_on)
        return
    with evolution_of(args, shown_on) as evolution:
        resume = resume_command(args, evolution.config, evolution.path)
        warn_of_cluster(args, resume)
        stopped = carry_out(evolution, resume, shown_on)
    champion, end = evolution.champion, Ending({})
    if champion is None:
        raise WannError(f"stopped before the first generation; {resume} starts again")
    if not stopped:
        with TuneProgress(shown_on) as progress, suppress(StopRequested):
            end = ending(evolution, args.workers, progress)
        stopped = progress.stopped
    if args.json:
        path, tuned = str(evolution.path), end.tuned and end.tuned.to_json()
        found = {"champion": champion.to_json(), "tuned": tuned}
        say_json({"run": path, "stopped": stopped, **found})
    else:
        say(summary(champion, evolution, end, options_of(args, evolution.config)))
    if stopped:
        stop_early(resume)


def evolution_of(args: argparse.Namespace, shown_on: TextIO) -> Evolution:
    """Return the evolution that the command line asks for: a new one, or one to go on with."""
    run = RunDirectory.open(args.resume) if args.resume else None
    asked = asked_of(args, run.config() if run else None, shown_on)
    if run:
        return Evolution.resume(run.path, **{**asked.changes, **asked.workers, "task": asked.task})
    out = args.out or True
    return Evolution(asked.config, task=asked.task, out=out, start=args.start, **asked.workers)


def command() -> None:
    """Run the command as a program: mistakes become one line and exit code 2."""
    run_command(main)


if __name__ == "__main__":
    command()
