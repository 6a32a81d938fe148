"""Watch networks at their task: `python -m viz.watch CHAMPION ... [--weight W ...] [--gif FILE |
--mp4 FILE]`.

Panels of one champion show what it can do and what not: its best shared weight, a typical one, the
worst one of those it was evolved for, and its tuned weights, or random ones for comparison if it
has none; of several champions each one's own. All start from the same state. A badge says what has
come of it ("stays up", "swings", "fell") and a clock for how long all was well; below are the
network with the values of its nodes (blue above 0, orange below) and its action.

Without a file it opens a window, which goes on with new start states until it is closed, and in
which poles can be dragged and pushed; without pygame or a display, the explorer's page in a
browser. `cartpole` is watched from a start farther from upright than those of the search.
"""

import math
from argparse import ArgumentTypeError
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from envs.render import NoWindow
from viz.explorer.given import with_tuned
from viz.names import check_one_task, distinct
from viz.scene.panel import Player
from viz.style import run_drawing
from viz.watch.choice import BEST, TUNED, WORDS, acting
from viz.watch.page import NO_WINDOW, explore
from viz.watch.pictures import film
from viz.watch.window import watch
from wann.champion.champion import Champion, load
from wann.champion.task import task_of
from wann.command.options import add_subjects, check_count, check_seed, the_latest
from wann.command.program import has_window
from wann.errors import WannError, printable
from wann.output import Parser, say
from wann.runs.directory import RunDirectory
from wann.tasks import Data, Task
from wann.tasks.classification.samples import has_samples
from wann.tasks.data import add_data_option, data_of_args
from wann.tasks.task import capabilities_of

MOST_PANELS = 12


def subjects(
    paths: Sequence[Path], task_name: str | None = None, data: Data | None = None
) -> tuple[list[Champion], Task]:
    """Return the champions that a command line names, and the task that they play.

    Args:
        paths: of the champions.
        task_name: the task; default: the one that all were evolved for.
        data: of the task.

    Raises:
        WannError: a file is no champion, or they are for different tasks or one without moves.
    """
    champions = [load(path) for path in paths]
    tasks = [task_of(champion, task_name, data) for champion in champions]
    check_one_task(paths, [task_name or champion.task for champion in champions])
    if has_samples(tasks[0]):
        raise WannError(
            "a classifier makes no moves to watch: try it on samples in python -m viz.explorer, or"
            " see viz.accuracy, viz.confusion or viz.pixels"
        )
    return champions, tasks[0]


def cast(
    paths: Sequence[Path],
    champions: Sequence[Champion],
    task: Any,
    weights: Sequence[float | str] | None = None,
    seed: int = 0,
    story: bool = False,
) -> list[Player]:
    """Return who is watched: ``acting`` for each champion, at most MOST_PANELS.

    Args:
        paths: of the champions; a run may have tuned weights beside its champion.
        champions: what is there.
        task: that they play.
        weights: of each champion, as ``acting`` takes them; default: one champion's as it has them,
            several champions' own: individual ones, or the best shared one.
        seed: of random weights.
        story: as ``acting`` takes it.

    Raises:
        WannError: a champion has no such weight, or there are too many.
    """
    several = len(paths) > 1
    if weights is not None and len(paths) * len(weights) > MOST_PANELS:
        raise WannError(
            f"{len(paths)} champions at {len(weights)} weights: at most {MOST_PANELS} panels can be"
            " watched"
        )
    names, result = distinct(paths) if several else [""], []
    for path, name, champion in zip(paths, names, champions, strict=True):
        asked = weights
        if several and asked is None:
            asked = [BEST if champion.weights is None else TUNED]
        if (path / "config.toml").is_file():
            champion = with_tuned(champion, RunDirectory.open(path))
        result += acting(champion, task, asked, name, seed, story)
    return result


def weight_of(text: str) -> float | str:
    """Return the weight that a command line gives: a number or one of WORDS."""
    try:
        return text if text in WORDS else float(text)
    except ValueError:
        raise ArgumentTypeError(
            f"{printable(text)}: must be a number, or one of {', '.join(WORDS)}"
        ) from None


def parser() -> Parser:
    """Return the parser of the command."""
    parser = Parser(prog="python -m viz.watch", description="Watch networks at their task.")
    add_subjects(parser, "several are compared")
    parser.add_argument(
        "--task", metavar="NAME", help="task, where the file names none or for another one"
    )
    add_data_option(parser)
    several = (
        "shared weights of each champion, a panel for each: numbers, or best, typical, worst (by"
        " score); tuned for its individual ones, random for random ones (default: best typical"
        " worst, and tuned, or random if there are none; of several champions each one's own)"
    )
    parser.add_argument("--weight", type=weight_of, nargs="+", metavar="W", help=several)
    parser.add_argument(
        "--in-turn",
        action="store_true",
        help="one large scene, in which they come one after another (default: side by side)",
    )
    parser.add_argument(
        "--seed", type=int, default=0, metavar="N", help="seed of the start state (default 0)"
    )
    parser.add_argument(
        "--steps",
        type=int,
        metavar="N",
        help="length of an episode (default: the task's; in turn at most 8 s)",
    )
    parser.add_argument("--no-network", action="store_true", help="show the scenes alone")
    output = parser.add_mutually_exclusive_group()
    output.add_argument("--gif", type=Path, metavar="FILE", help="write a GIF; needs no display")
    output.add_argument("--mp4", type=Path, metavar="FILE", help="write an MP4; needs no display")
    return parser


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command."""
    given = parser().parse_args(arguments)
    for weight in given.weight or ():
        if not isinstance(weight, str) and not math.isfinite(weight):
            raise WannError(f"--weight {weight}: must be finite")
    check_seed("--seed", given.seed)
    if given.steps is not None:
        check_count("--steps", given.steps, 1)
    for option, suffix in (("gif", ".gif"), ("mp4", ".mp4")):
        path = getattr(given, option)
        if path is not None and path.suffix != suffix:
            raise WannError(f"--{option} {path}: the file's name must end in {suffix}")
    paths = given.champion or [the_latest()]
    champions, task = subjects(paths, given.task, data_of_args(given))
    path = given.gif or given.mp4
    if path is None and not capabilities_of(task).drawable:
        explore(paths, given.task, "the task cannot be drawn")
        return
    if path is None and not has_window():
        explore(paths, given.task, NO_WINDOW)
        return
    players = cast(paths, champions, task, given.weight, given.seed, given.in_turn)
    shown = players, task
    how = given.seed, given.steps, not given.no_network, given.in_turn
    if path is None:
        try:
            watch(*shown, *how)
        except NoWindow:
            explore(paths, given.task, NO_WINDOW)
        return
    for panel in film(*shown, path, *how):
        outcome = f", {panel.outcome}" if panel.outcome else ""
        say(f"{printable(panel.label)}: return {panel.score:.1f} in {panel.steps} steps{outcome}")
    say(f"wrote {printable(str(path))}")


def command() -> None:
    """Run the command as a program: mistakes become one line and exit code 2."""
    run_drawing(main)


if __name__ == "__main__":
    command()
