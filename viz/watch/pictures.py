"""Episodes side by side, or one after another, as pictures and as a film."""

from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from viz.film import FAINT, FPS, PAPER, film_file, fitted, write_film
from viz.scene.environment import about
from viz.scene.panel import Panel, Player
from wann.tasks.control.task import has_physics

HOLD = 2.5  # s that the last picture stays
BETWEEN = 1.2  # s that the last one of each of several episodes in turn stays
TURN = 8.0  # s of each of these, unless told otherwise
GAP, LINE = 12, 22  # pixels: around panels; of a line of text above or below them
#: pixels of a panel, by how many there are; of more, and of environments that draw themselves,
#: mostly squares
WIDTHS, NARROW, SQUARE = {1: 720, 2: 480, 3: 420, 4: 480}, 320, 480


def make_panels(
    players: Sequence[Player],
    task: Any,
    seed: int = 0,
    max_steps: int | None = None,
    network: bool = True,
) -> list[Panel]:
    """Return one episode for each player, all from the same start state."""
    width = WIDTHS.get(len(players), NARROW)
    if not has_physics(task):
        width = SQUARE if len(players) == 1 else NARROW
    return [Panel(player, task, seed, max_steps, width, network) for player in players]


def in_turn(
    players: Sequence[Player],
    task: Any,
    seed: int = 0,
    max_steps: int | None = None,
    network: bool = True,
) -> list[Panel]:
    """Return one large episode for each player, to be played one after another."""
    if max_steps is None:
        rate = Panel(players[0], task, seed, 1, NARROW, False).env.metadata.get("render_fps", FPS)
        max_steps = min(task.max_steps, round(TURN * rate))
    return [make_panels([player], task, seed, max_steps, network)[0] for player in players]


def play(panels: Sequence[Panel], fps: float, hold: float = HOLD) -> Iterator[Image.Image]:
    """Yield the pictures of the panels side by side, ``fps`` for each second of the task, until all
    are over.
    """
    title = about(panels[0].task)
    for frame in count():
        for panel in panels:
            panel.advance(round(frame * rate_of(panel) / fps))
        picture = sheet([panel.picture() for panel in panels], title)
        yield picture
        if all(panel.over for panel in panels):
            break
    for _ in range(round(hold * fps)):
        yield picture


def play_in_turn(panels: Sequence[Panel], fps: float) -> Iterator[Image.Image]:
    """Yield the pictures of the panels one after another, each until it is over."""
    for panel in panels:
        yield from play([panel], fps, HOLD if panel is panels[-1] else BETWEEN)


def rate_of(panel: Panel) -> float:
    """Return how many steps a panel's environment makes in a second."""
    return float(panel.env.metadata.get("render_fps", FPS))


def place_of(i: int, n: int, size: tuple[int, int], title: str = "") -> tuple[int, int]:
    """Return the left and top of the i-th of n pictures of one size on their sheet."""
    columns = columns_of(n)
    top = GAP + LINE * bool(title)
    return GAP + i % columns * (size[0] + GAP), top + i // columns * (size[1] + GAP)


def columns_of(n: int) -> int:
    """Return how many columns n pictures are shown in: at most three."""
    return 2 if n == 4 else min(n, 3)


def sheet(pictures: Sequence[Image.Image], title: str = "", foot: str = "") -> Image.Image:
    """Return pictures of one size in rows of at most three, between two lines of text."""
    size, n = pictures[0].size, len(pictures)
    top = place_of(n - 1, n, size, title)[1]
    width = GAP + columns_of(n) * (size[0] + GAP)
    page = Image.new("RGB", (width, top + size[1] + GAP + LINE * bool(foot)), PAPER)
    for i, picture in enumerate(pictures):
        page.paste(picture, place_of(i, n, size, title))
    draw = ImageDraw.Draw(page)
    for text, line in ((title, GAP + LINE - 9), (foot, page.height - GAP - 1)):
        words, face = fitted(text, width - 2 * GAP - 8, 14)
        draw.text((GAP + 4, line), words, FAINT, face, anchor="ls")
    return page


def film(
    players: Sequence[Player],
    task: Any,
    path: str | Path,
    seed: int = 0,
    max_steps: int | None = None,
    network: bool = True,
    turns: bool = False,
) -> list[Panel]:
    """Write a film of one episode for each player, from the same start state and in real time.

    Args:
        players: networks and weights, a panel for each.
        task: the ControlTask or GymTask that they play.
        path: file to write, ``.gif`` or ``.mp4``; whole or not at all.
        seed: of the start state.
        max_steps: length of an episode; default: the task's, in turn at most 8 s.
        network: whether to show networks and actions under the scenes.
        turns: whether to show them one after another, in one large scene.

    Returns: the panels at the end of their episodes, with ``label``, ``steps`` and ``score``.

    Raises:
        WannError: the file cannot be written there or as asked, or the task cannot be drawn.
    """
    path = film_file(Path(path))
    make, show = (in_turn, play_in_turn) if turns else (make_panels, play)

    def begin() -> list[Panel]:
        return make(players, task, seed, max_steps, network)

    panels = begin()
    write_film(
        path, lambda fps: show(panels, fps), show(begin(), 1) if path.suffix == ".gif" else ()
    )
    return panels
