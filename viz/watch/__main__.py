"""Watch networks at their task: `python -m viz.watch CHAMPION ... [--weight W ...] [--gif FILE |
--mp4 FILE]`.

A panel for each champion at each weight, all from the same start state. Under the scene are the
network with the values of its nodes (blue above 0, orange below) and its action. A green badge says
when the network has reached what counts as a success of the task, as "stays up". Without a file it
opens a window, which goes on with new start states until it is closed.
"""

import math
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from envs.render import Window
from viz.film import FPS, PAPER, film_file, write_film
from viz.scene.panel import Panel, Player, players
from viz.style import run_drawing
from wann.champion.champion import load, task_of
from wann.command.options import check_count, check_seed
from wann.errors import WannError, printable
from wann.output import Parser, say
from wann.tasks import Data, Task
from wann.tasks.classification.samples import has_samples
from wann.tasks.data import add_data_option, data_of_args

WEIGHTS = (-2.0, -1.0, -0.5, 0.5, 1.0, 2.0)
TUNED = "tuned"  # in place of a weight: the champion's own
MOST_PANELS = 12
HOLD = 1.0  # s that the last picture stays

GAP = 12  # pixels


def make_panels(
    players: Sequence[Player],
    task: Any,
    seed: int = 0,
    max_steps: int | None = None,
    network: bool = True,
) -> list[Panel]:
    """Return one episode for each player, all from the same start state."""
    width = {1: 600, 2: 480}.get(len(players), 320)
    return [Panel(player, task, seed, max_steps, width, network) for player in players]


def play(panels: Sequence[Panel], fps: float) -> Iterator[Image.Image]:
    """Yield the pictures of the panels side by side, ``fps`` for each second of the task, until all
    are over.
    """
    steps_per_frame = panels[0].env.metadata.get("render_fps", FPS) / fps
    for frame in count():
        for panel in panels:
            panel.advance(round(frame * steps_per_frame))
        picture = sheet([panel.picture() for panel in panels])
        yield picture
        if all(panel.over for panel in panels):
            break
    for _ in range(round(HOLD * fps)):
        yield picture


def sheet(pictures: Sequence[Image.Image]) -> Image.Image:
    """Return pictures of one size in rows of at most three."""
    columns = 2 if len(pictures) == 4 else min(len(pictures), 3)
    rows = -(-len(pictures) // columns)
    width, height = pictures[0].width + GAP, pictures[0].height + GAP
    page = Image.new("RGB", (columns * width + GAP, rows * height + GAP), PAPER)
    for i, picture in enumerate(pictures):
        page.paste(picture, (GAP + i % columns * width, GAP + i // columns * height))
    return page


def film(
    players: Sequence[Player],
    task: Any,
    path: str | Path,
    seed: int = 0,
    max_steps: int | None = None,
    network: bool = True,
) -> list[Panel]:
    """Write a film of one episode for each player, from the same start state and in real time.

    Args:
        players: networks and weights, a panel for each.
        task: the ControlTask or GymTask that they play.
        path: file to write, ``.gif`` or ``.mp4``; whole or not at all.
        seed: of the start state.
        max_steps: length of an episode; default: the task's.
        network: whether to show networks and actions under the scenes.

    Returns: the panels at the end of their episodes, with ``label``, ``steps`` and ``score``.

    Raises:
        WannError: the file cannot be written there or as asked, or the task cannot be drawn.
    """
    path = film_file(Path(path))

    def begin() -> list[Panel]:
        return make_panels(players, task, seed, max_steps, network)

    panels = begin()
    write_film(
        path, lambda fps: play(panels, fps), play(begin(), fps=1) if path.suffix == ".gif" else ()
    )
    return panels


def watch(
    players: Sequence[Player],
    task: Any,
    seed: int = 0,
    max_steps: int | None = None,
    network: bool = True,
) -> None:
    """Show episodes in a window, each from the next seed, until it is closed."""
    window = Window("wann", FPS)
    try:
        for episode in count(seed):
            for picture in play(make_panels(players, task, episode, max_steps, network), FPS):
                if not window.show(np.asarray(picture)):
                    return
    finally:
        window.close()


def cast(
    paths: Sequence[Path],
    weights: Sequence[float | None] | None,
    task_name: str | None = None,
    data: Data | None = None,
) -> tuple[list[Player], Task]:
    """Return the players that a command line names, and their task.

    Args:
        paths: of the champions.
        weights: that each plays with, None for its own; default: one without individual weights
            plays with several shared ones, several champions with their own.
        task_name: the task; default: the one that all were evolved for.
        data: of the task.

    Raises:
        WannError: a file is no champion, they are for different tasks or one without moves, or too
            many.
    """
    champions = [load(path) for path in paths]
    names = distinct(paths) if len(paths) > 1 else [""]
    tasks = [task_of(champion, task_name, data) for champion in champions]
    for path, champion in zip(paths, champions, strict=True):
        if task_name is None and champion.task != champions[0].task:
            both = f"{paths[0]} is for {champions[0].task} and {path} for {champion.task}"
            raise WannError(
                f"{both}: give champions for one task, or say with --task NAME what all of them"
                " play"
            )
        if weights is not None and None in weights and champion.weights is None:
            raise WannError(
                f"--weight {TUNED}: {path} has no individual weights; python -m wann.tune finds"
                " them"
            )
    if has_samples(tasks[0]):
        raise WannError(
            "a classifier makes no moves to watch: see python -m viz.accuracy, viz.confusion or"
            " viz.pixels"
        )
    if weights is None:
        weights = WEIGHTS if len(paths) == 1 and champions[0].weights is None else (None,)
    result = [
        player
        for name, champion in zip(names, champions, strict=True)
        for player in players(champion, weights, name)
    ]
    if len(result) > MOST_PANELS:
        raise WannError(
            f"{len(paths)} champions at {len(weights)} weights: at most {MOST_PANELS} panels can be"
            " watched"
        )
    return result, tasks[0]


def distinct(paths: Sequence[Path]) -> list[str]:
    """Return names for champions: of as many last parts of their paths as tell all of them
    apart.
    """
    parts = [path.absolute().with_suffix("").parts for path in paths]
    for depth in range(1, max(map(len, parts))):
        names = ["/".join(part[-depth:]) for part in parts]
        if len(set(names)) == len(set(parts)):
            break
    return names


def weight_of(text: str) -> float | None:
    """Return the weight that a command line gives, None for ``tuned``."""
    return None if text == TUNED else float(text)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command."""
    parser = Parser(prog="python -m viz.watch", description="Watch networks at their task.")
    parser.add_argument(
        "champion",
        type=Path,
        nargs="+",
        metavar="CHAMPION",
        help="run directory, champion file or published .out file; several are compared",
    )
    parser.add_argument(
        "--task", metavar="NAME", help="task, where the file names none or for another one"
    )
    add_data_option(parser)
    several = (
        f"shared weights of each champion, a panel for each; {TUNED} for its individual ones"
        " (default: six shared "
    )
    several += "weights, or of several champions and tuned ones each one's own)"
    parser.add_argument("--weight", type=weight_of, nargs="+", metavar="W", help=several)
    parser.add_argument(
        "--seed", type=int, default=0, metavar="N", help="seed of the start state (default 0)"
    )
    parser.add_argument(
        "--steps", type=int, metavar="N", help="length of an episode (default: the task's)"
    )
    parser.add_argument("--no-network", action="store_true", help="show the scenes alone")
    output = parser.add_mutually_exclusive_group()
    output.add_argument("--gif", type=Path, metavar="FILE", help="write a GIF; needs no display")
    output.add_argument("--mp4", type=Path, metavar="FILE", help="write an MP4; needs no display")
    given = parser.parse_args(arguments)
    for weight in given.weight or ():
        if weight is not None and not math.isfinite(weight):
            raise WannError(f"--weight {weight}: must be finite")
    check_seed("--seed", given.seed)
    if given.steps is not None:
        check_count("--steps", given.steps, 1)
    for option, suffix in (("gif", ".gif"), ("mp4", ".mp4")):
        path = getattr(given, option)
        if path is not None and path.suffix != suffix:
            raise WannError(f"--{option} {path}: the file's name must end in {suffix}")
    acting, task = cast(given.champion, given.weight, given.task, data_of_args(given))
    path = given.gif or given.mp4
    if path is None:
        watch(acting, task, given.seed, given.steps, not given.no_network)
        return
    for panel in film(acting, task, path, given.seed, given.steps, not given.no_network):
        outcome = f", {panel.outcome}" if panel.outcome else ""
        say(f"{printable(panel.label)}: return {panel.score:.1f} in {panel.steps} steps{outcome}")
    say(f"wrote {printable(str(path))}")


def command() -> None:
    """Run the command as a program: mistakes become one line and exit code 2."""
    run_drawing(main)


if __name__ == "__main__":
    command()
