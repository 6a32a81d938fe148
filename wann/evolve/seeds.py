"""A run for each of several seeds, one after another: ``python -m wann.evolve --seeds 0-9``."""

import argparse
import re
from collections.abc import Iterator, Sequence
from typing import Any, TextIO

import numpy as np

from wann.champion.champion import Champion
from wann.command.program import shell_command
from wann.compare.measures import MEASURES, champion_figures
from wann.config import LARGEST_SEED, flat, override, to_table
from wann.errors import WannError
from wann.evolve.asked import (
    Asked,
    asked_of,
    carry_out,
    resume_command,
    stop_early,
    warn_of_cluster,
)
from wann.evolve.evolution import Evolution
from wann.evolve.start import starting_from
from wann.output import say, say_json
from wann.runs.seeds import MOST_SEEDS, SeedsFolder
from wann.tasks.task import digest_of

RANGE = re.compile(r"([0-9]{1,19})(?:-([0-9]{1,19}))?")
#: measures in the table, and what heads them
COLUMNS = {"score": "score", "success": "success %", "accuracy": "accuracy %"}


def seeds_of(text: str) -> list[int]:
    """Return the seeds of ``0-9``, ``0,2,5`` or ``0-4,7``, in this order.

    Raises:
        WannError: it is neither, a range is backward, a seed is there twice, or there are more than
            10,000.
    """
    seeds: list[int] = []
    for part in text.split(","):
        match = RANGE.fullmatch(part.strip())
        if match is None:
            raise WannError(
                f"--seeds {text!r}: must be whole numbers from 0 on, as 0-9 or 0,2,5 or 0-4,7"
            )
        first, last = int(match[1]), int(match[2] or match[1])
        if last < first:
            raise WannError(f"--seeds {text}: {part} is backward: give {last}-{first}")
        if last > LARGEST_SEED:
            raise WannError(f"--seeds {text}: must be at most {LARGEST_SEED}")
        if len(seeds) + last - first >= MOST_SEEDS:
            raise WannError(f"--seeds {text}: are more than {MOST_SEEDS}: give fewer")
        seeds += range(first, last + 1)
    if len(set(seeds)) < len(seeds):
        raise WannError(f"--seeds {text}: a seed is there twice: name each once")
    return seeds


def evolve_seeds(args: argparse.Namespace, shown_on: TextIO) -> None:
    """Evolve a run for each seed that has none yet, and print a table of all.

    Args:
        args: of the command line, with ``seeds``, or a folder of seeds to ``resume``.
        shown_on: where progress is shown.
    """
    given: dict[str, Any] = {}
    for assignment in args.set:
        override(given, assignment)
    if args.seed is not None or "seed" in given:
        what = f"--seed {args.seed}" if args.seed is not None else f"--set seed={given['seed']}"
        raise WannError(f"{what} beside several seeds: give --seeds alone, or --seed for one run")
    folder, asked, seeds = _resumed(args, shown_on) if args.resume else _taken(args, shown_on)
    resume = resume_command(args, folder.config, folder.path)
    warn_of_cluster(args, resume)
    try:
        stopped = not all(_is_made(folder, seed, asked, resume, shown_on) for seed in seeds)
    except KeyboardInterrupt:  # between two runs, or the second one
        stopped = True
    found = dict(_champions(folder, seeds))
    if args.json:
        runs = [
            {"seed": seed, "run": str(folder.path_of(seed)), "champion": champion.to_json()}
            for seed, champion in found.items()
        ]
        say_json({"folder": str(folder.path), "stopped": stopped, "runs": runs})
    elif found:
        say("\n".join(_table(found)))
        say(f"\n  {shell_command('compare', folder.path)}")
    if stopped:
        stop_early(resume)


def _resumed(args: argparse.Namespace, shown_on: TextIO) -> tuple[SeedsFolder, Asked, list[int]]:
    """Return the folder to go on with, what is asked of it, and the seeds."""
    folder = SeedsFolder.open(args.resume)
    asked = asked_of(args, folder.config, shown_on)
    old, new = flat(to_table(folder.config)), flat(asked.changes)
    changed = sorted(key for key, value in new.items() if old[key] != value)
    generations = new.get("generations", folder.config.generations)
    if set(changed) - {"generations"}:
        raise WannError(
            f"--resume with another {', '.join(changed)}: runs keep their configuration, only"
            " generations can change: start others by --seeds with another --out"
        )
    folder.check_data(digest_of(asked.task))
    folder.change_generations(generations)
    return folder, asked, folder.seeds


def _taken(args: argparse.Namespace, shown_on: TextIO) -> tuple[SeedsFolder, Asked, list[int]]:
    """Return the folder for seeds, a new one or one to add to, and likewise."""
    asked = asked_of(args, None, shown_on)
    start, config = starting_from(args.start, asked.config, asked.task)
    folder = SeedsFolder.take(args.out, config, args.seeds, digest_of(asked.task), start)
    return folder, asked, args.seeds


def _is_made(folder: SeedsFolder, seed: int, asked: Asked, resume: str, shown_on: TextIO) -> bool:
    """Evolve the run of a seed, or what is left of it; return whether it is whole."""
    path = folder.path_of(seed)
    if folder.is_finished(seed):
        say(f"{folder.config.task}: seed {seed} is finished, in {path}", shown_on)
        return True
    with _evolution(folder, seed, asked) as evolution:
        return not carry_out(evolution, resume, shown_on)


def _evolution(folder: SeedsFolder, seed: int, asked: Asked) -> Evolution:
    """Return the evolution of a seed, begun or not."""
    path = folder.path_of(seed)
    if folder.run(seed) is None:
        config = folder.config_of(seed)
        start = folder.start()
        return Evolution(config, task=asked.task, out=path, start=start, **asked.workers)
    generations = folder.config.generations
    return Evolution.resume(path, task=asked.task, generations=generations, **asked.workers)


def _champions(folder: SeedsFolder, seeds: Sequence[int]) -> Iterator[tuple[int, Champion]]:
    """Yield the champions that there are, by seed."""
    for seed in seeds:
        run = folder.run(seed)
        if run is not None and (run.path / "champion.json").exists():
            yield seed, run.champion()


def _table(champions: dict[int, Champion]) -> Iterator[str]:
    """Yield the lines of a table of champions, and the medians."""
    rows = {f"{seed}": champion_figures(champion) for seed, champion in champions.items()}
    names = [name for name in COLUMNS if all(name in row for row in rows.values())]
    heads = [*(COLUMNS[name] for name in names), "connections"]
    names.append("connections")
    wide = max(len("median"), *map(len, rows))
    yield ""
    yield f"{'seed':>{wide}s}" + "".join(f"{head:>13s}" for head in heads)
    medians = {name: float(np.median([row[name] for row in rows.values()])) for name in names}
    for title, row in (*rows.items(), ("median", medians)):
        cells = (MEASURES[name].text(row[name]) for name in names)
        yield f"{title:>{wide}s}" + "".join(f"{cell:>13s}" for cell in cells)
