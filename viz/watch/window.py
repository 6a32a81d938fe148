"""Watch episodes in a window."""

import time
from collections.abc import Sequence
from itertools import count
from typing import Any

import numpy as np

from envs.render import Window
from viz.film import FPS
from viz.scene.panel import Player
from viz.watch.hand import Stage
from viz.watch.pictures import in_turn, make_panels

LONGEST = 0.1  # s that a picture lets pass at most, however long drawing it takes


def watch(
    players: Sequence[Player],
    task: Any,
    seed: int = 0,
    max_steps: int | None = None,
    network: bool = True,
    turns: bool = False,
) -> None:
    """Show episodes in a window, each from the next seed, until it is closed.

    Carts and poles can be dragged and pushed: see ``viz.watch.hand``. With ``turns`` the players
    come one after another in one large scene.

    Raises:
        NoWindow: pygame or a display is missing.
        WannError: the task cannot be drawn.
    """
    window = Window("wann", FPS)
    try:
        for episode in count(seed):
            for group in [[player] for player in players] if turns else [players]:
                make = in_turn if turns else make_panels
                while True:
                    stage = Stage(make(group, task, episode, max_steps, network))
                    if not show(stage, window):
                        return
                    if not stage.again:
                        break
    finally:
        window.close()


def show(stage: Stage, window: Window) -> bool:
    """Show a stage until it is done, and return whether the window is open still."""
    before = time.perf_counter()
    while not stage.done:
        if not window.show(np.asarray(stage.picture())):
            return False
        for event in window.events():
            stage.take(event)
        now = time.perf_counter()
        stage.go_on(min(now - before, LONGEST))
        before = now
    return True
