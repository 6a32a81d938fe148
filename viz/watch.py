"""Watch a network at its task: `python -m viz.watch CHAMPION [--weight W ...] [--gif FILE | --mp4 FILE]`.

Without a file it opens a window, which goes on with new start states until it is closed.
"""

import argparse
import io
import math
import os
import tempfile
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from envs.environment import ControlEnv
from envs.render import Window
from wann.champion import Champion, load, task_of
from wann.classification import ClassificationTask
from wann.errors import WannError, run_command
from wann.files import write_file
from wann.gym_policy import flattener
from wann.gym_task import GymTask
from wann.tasks import add_data_option

WEIGHTS = (-2.0, -1.0, -0.5, 0.5, 1.0, 2.0)
GIF_FPS, FPS = 25, 50  # a GIF counts time in hundredths of a second
HOLD = 1.0  # s that the last picture stays

PAPER, CARD, INK, FAINT = "#e6e9ee", "#f6f7f9", "#2f3b52", "#6d7889"
GAP, CAPTION = 12, 34  # pixels


class Panel:
    """One episode of a network at one weight, and its picture."""

    def __init__(self, champion: Champion, task: Any, weight: float, seed: int, max_steps: int, width: int) -> None:
        """Start the episode; ``width`` is that of the picture."""
        self.env = scene_of(task, width)
        self.policy = champion.policy(weight, self.env.action_space)
        self.flatten = flattener(self.env.observation_space)
        self.task, self.seed, self.weight, self.max_steps = task, seed, weight, max_steps
        self.observation, _ = self.env.reset(seed=seed)
        self.steps, self.score, self.failed, self.truncated = 0, 0.0, False, False
        picture = self.scene()
        self.size = width, 2 * round(width * picture.height / picture.width / 2)  # even, as films need it

    @property
    def over(self) -> bool:
        """Whether the episode has ended."""
        return self.failed or self.truncated or self.steps == self.max_steps

    def advance(self, step: int) -> None:
        """Go on to a step, or to the end of the episode."""
        while self.steps < step and not self.over:
            action = self.policy(self.flatten(self.observation))
            try:
                self.observation, reward, self.failed, self.truncated, _ = self.env.step(action)
            except Exception as error:
                if not isinstance(self.task, GymTask):  # ours does not raise any
                    raise
                at = f"seed {self.seed} at weight {self.weight:g}, step {self.steps + 1}"
                raise WannError(f"{self.task.name} failed with {at}: {type(error).__name__}: {error}") from None
            self.score += float(reward)
            self.steps += 1

    def scene(self) -> Image.Image:
        """Return the scene as the environment draws it."""
        try:
            return Image.fromarray(self.env.render())
        except gymnasium.error.DependencyNotInstalled:
            raise WannError('this environment is drawn by pygame: pip install "wann[window]"') from None

    def picture(self) -> Image.Image:
        """Return the scene under its caption; an episode that ended early is pale."""
        width, height = self.size
        card = Image.new("RGB", (width, height + CAPTION), CARD)
        scene = self.scene()
        if scene.size != self.size:
            scene = scene.resize(self.size, Image.Resampling.BOX)
        if self.failed:
            scene = Image.blend(scene, Image.new("RGB", self.size, CARD), 0.65)
        card.paste(scene, (0, CAPTION))
        draw = ImageDraw.Draw(card)
        line = CAPTION - 10
        draw.text((12, line), f"weight {self.weight:g}", INK, _font(17), anchor="ls")
        draw.text((width - 12, line), f"return {self.score:.1f}", INK, _font(17), anchor="rs")
        state = f"ended at step {self.steps}" if self.failed else f"step {self.steps}"
        draw.text((12, height + CAPTION - 10), state, FAINT, _font(13), anchor="ls")
        return card


def _font(size: int) -> Any:
    return ImageFont.load_default(size)


def drawable(task: Any) -> bool:
    """Return whether a task can be drawn."""
    if isinstance(task, GymTask):
        return "rgb_array" in (task.make().metadata.get("render_modes") or ())
    return hasattr(getattr(task, "physics", None), "draw")


def scene_of(task: Any, width: int) -> Any:
    """Return the environment of a task, to be drawn about so wide, or raise WannError if it cannot be."""
    if not isinstance(task, GymTask):
        return ControlEnv(task, "rgb_array", (width, round(0.42 * width)))
    if not drawable(task):
        raise WannError(f"{task.name} cannot be drawn: it has no render mode rgb_array")
    return task.make("rgb_array")


def make_panels(
    champion: Champion, task: Any, weights: Sequence[float], seed: int = 0, max_steps: int | None = None
) -> list[Panel]:
    """Return one episode for each weight, all from the same start state."""
    width = {1: 600, 2: 480}.get(len(weights), 320)
    limit = getattr(task, "max_steps", 0) if max_steps is None else max_steps  # a task without is refused by ControlEnv
    return [Panel(champion, task, weight, seed, limit, width) for weight in weights]


def play(panels: Sequence[Panel], fps: float) -> Iterator[Image.Image]:
    """Yield the pictures of the panels side by side, ``fps`` for each second of the task, until all are over."""
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
    columns = min(len(pictures), 3)
    rows = -(-len(pictures) // columns)
    width, height = pictures[0].width + GAP, pictures[0].height + GAP
    page = Image.new("RGB", (columns * width + GAP, rows * height + GAP), PAPER)
    for i, picture in enumerate(pictures):
        page.paste(picture, (GAP + i % columns * width, GAP + i // columns * height))
    return page


def film(
    champion: Champion,
    task: Any,
    weights: Sequence[float],
    path: str | Path,
    seed: int = 0,
    max_steps: int | None = None,
) -> list[Panel]:
    """Write a film of one episode for each weight, from the same start state and in real time.

    Args:
        champion: the network.
        task: the ControlTask or GymTask that it plays.
        weights: shared weights, a panel for each.
        path: file to write, ``.gif`` or ``.mp4``; whole or not at all.
        seed: of the start state.
        max_steps: length of an episode; default: the task's.

    Returns: the panels at the end of their episodes, with ``steps`` and ``score``.

    Raises:
        WannError: the file cannot be written there or as asked, or the task cannot be drawn.
    """
    path = Path(path)
    if path.suffix not in (".gif", ".mp4"):
        raise WannError(f"{path}: a film is a .gif or a .mp4 file")
    if path.is_dir() or not path.parent.is_dir() or not os.access(path.parent, os.W_OK):
        raise WannError(f"{path}: cannot be written: give a file in a folder that exists and is yours to write")
    panels = make_panels(champion, task, weights, seed, max_steps)
    if path.suffix == ".mp4":
        write_file(path, mp4(play(panels, FPS)))
    else:
        sample = list(play(make_panels(champion, task, weights, seed, max_steps), fps=1))
        write_file(path, gif(play(panels, GIF_FPS), sample))
    return panels


def gif(pictures: Iterator[Image.Image], sample: Sequence[Image.Image]) -> bytes:
    """Return a GIF that repeats forever; its one palette is that of a few sample pictures."""
    height = sample[0].height
    strip = Image.new("RGB", (sample[0].width, height * len(sample)))
    for i, picture in enumerate(sample):
        strip.paste(picture, (0, i * height))
    palette = strip.quantize(127, kmeans=1)
    frames = (picture.quantize(palette=palette, dither=Image.Dither.NONE) for picture in pictures)
    file = io.BytesIO()
    next(frames).save(
        file, "GIF", save_all=True, append_images=frames, duration=1000 // GIF_FPS, loop=0, optimize=False
    )
    return file.getvalue()


def mp4(pictures: Iterator[Image.Image]) -> bytes:
    """Return an MP4 (H.264) of pictures whose sides are even."""
    try:
        from imageio_ffmpeg import write_frames
    except ImportError:
        raise WannError("an MP4 needs imageio-ffmpeg: pip install imageio-ffmpeg") from None
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "film.mp4"
        writer: Any = None
        for picture in pictures:
            if writer is None:
                writer = write_frames(str(file), picture.size, fps=FPS, quality=8, macro_block_size=2)
                writer.send(None)
            writer.send(picture.tobytes())
        writer.close()
        return file.read_bytes()


def watch(champion: Champion, task: Any, weights: Sequence[float], seed: int = 0, max_steps: int | None = None) -> None:
    """Show episodes in a window, each from the next seed, until it is closed."""
    window = Window("wann", FPS)
    try:
        for episode in count(seed):
            for picture in play(make_panels(champion, task, weights, episode, max_steps), FPS):
                if not window.show(np.asarray(picture)):
                    return
    finally:
        window.close()


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m viz.watch", description="Watch a network at its task.")
    parser.add_argument("champion", help="run directory, champion file or published .out file")
    parser.add_argument("--task", metavar="NAME", help="task, where the file names none or for another one")
    add_data_option(parser)
    parser.add_argument(
        "--weight", type=float, nargs="+", default=WEIGHTS, metavar="W", help="shared weights, a panel for each"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="seed of the start state (default 0)")
    parser.add_argument("--steps", type=int, metavar="N", help="length of an episode (default: the task's)")
    output = parser.add_mutually_exclusive_group()
    output.add_argument("--gif", type=Path, metavar="FILE", help="write a GIF; needs no display")
    output.add_argument("--mp4", type=Path, metavar="FILE", help="write an MP4; needs no display")
    given = parser.parse_args(arguments)
    for weight in given.weight:
        if not math.isfinite(weight):
            raise WannError(f"--weight {weight}: must be finite")
    if given.seed < 0:
        raise WannError(f"--seed {given.seed}: must be at least 0")
    if given.steps is not None and given.steps < 1:
        raise WannError(f"--steps {given.steps}: must be at least 1")
    for option, suffix in (("gif", ".gif"), ("mp4", ".mp4")):
        path = getattr(given, option)
        if path is not None and path.suffix != suffix:
            raise WannError(f"--{option} {path}: the file's name must end in {suffix}")
    champion = load(given.champion)
    task = task_of(champion, given.task)
    if isinstance(task, ClassificationTask):
        raise WannError("a classifier makes no moves to watch: see python -m viz.accuracy, viz.confusion or viz.pixels")
    path = given.gif or given.mp4
    if path is None:
        watch(champion, task, given.weight, given.seed, given.steps)
        return
    for panel in film(champion, task, given.weight, path, given.seed, given.steps):
        print(f"weight {panel.weight:g}: return {panel.score:.1f} in {panel.steps} steps")
    print(f"wrote {path}")


if __name__ == "__main__":
    run_command(main)
