"""One episode of a network, and its picture: the scene, what has come of it, the network and its
action.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import gymnasium
from PIL import Image, ImageDraw

from viz.film import CARD, FAINT, INK, TRACK, fitted, font
from viz.names import in_text
from viz.scene.environment import OTHERWISE, environment_of, watched_start
from viz.scene.gauges import draw_gauges, gauges_of
from viz.scene.live import SHARP, live
from viz.style import REACHED
from wann.champion.champion import Champion
from wann.errors import WannError
from wann.tasks.control.task import has_physics
from wann.tasks.gym.observations import flattener
from wann.tasks.task import capabilities_of, has_success

CAPTION, STRIP = 34, 30  # pixels: above the scene, below it
# height of the network, width of the action beside it; as shares of a panel's width
BOARD, ACTIONS = 0.34, 0.27
EDGE = 10  # pixels around these
LARGE = 600  # pixels of width from which text is larger, too
FELL = "#b3430f"  # of what ended badly: vermilion, darker for white text on it


class Player(NamedTuple):
    """A network at a weight.

    Attributes:
        champion: the network.
        weight: the value of all connections, or None for its own: individual ones, or the best that
            is known.
        label: what it is called.
    """

    champion: Champion
    weight: float | None
    label: str


def players(champion: Champion, weights: Iterable[float | None], name: str = "") -> list[Player]:
    """Return a player for each weight, called by ``name``, if there is one, and the weight."""
    result = []
    for weight in weights:
        own = weight is None and champion.weights is not None
        text = "tuned weights" if own else f"weight {champion.weights_at(weight)[0]:g}"
        result.append(Player(champion, weight, f"{name}, {text}" if name else text))
    return result


class Badge(NamedTuple):
    """What has come of an episode so far, in a word or two.

    Attributes:
        text: as "stays up", "swings" or "fell".
        colour: green for success, vermilion for an end before it, else grey.
    """

    text: str
    colour: str


class Panel:
    """One episode of a player, and its picture.

    Attributes:
        note: shown beside the badge.
    """

    def __init__(
        self,
        player: Player,
        task: Any,
        seed: int,
        max_steps: int | None,
        width: int,
        network: bool = True,
    ) -> None:
        """Start the episode; ``width`` is that of the picture, in which the network can be left
        out.
        """
        self.env = environment_of(task, width)
        max_steps = task.max_steps if max_steps is None else max_steps
        self.player, self.label, self.note = player, player.label, ""
        self.policy = player.champion.policy(player.weight, self.env.action_space)
        self.flatten = flattener(self.env.observation_space)
        self.task, self.seed = task, seed
        self.physics: Any = task.physics if has_physics(task) else None
        self.max_steps: float = max_steps
        self.observation, _ = self.env.reset(seed=seed, options=watched_start(task, seed))
        self.steps, self.score, self.failed, self.truncated = 0, 0.0, False, False
        self.well = 0  # steps after which all was well
        self.info: Mapping[str, Any] = {}  # of the last step
        # what the last action answers to; at first, the next one
        self.seen = self.flatten(self.observation)
        self.memory = self.policy.memory  # with which it answers
        self.action = self.policy(self.seen)
        self.policy.reset()
        picture = self.scene()
        # even, as films need it
        self.size = width, 2 * round(width * picture.height / picture.width / 2)
        self.board = 2 * round(BOARD * width / 2) if network else 0
        if network:
            self.live = live(
                player.champion, round((1 - ACTIONS) * width) - 2 * EDGE, self.board - 2 * EDGE
            )

    @property
    def over(self) -> bool:
        """Whether the episode has ended."""
        return self.failed or self.truncated or self.steps >= self.max_steps

    def advance(self, step: int) -> None:
        """Go on to a step, or to the end of the episode."""
        while self.steps < step and not self.over:
            self.seen = self.flatten(self.observation)
            self.memory = self.policy.memory
            self.action = self.policy(self.seen)
            try:
                self.observation, reward, self.failed, self.truncated, info = self.env.step(
                    self.action
                )
            except Exception as error:
                if capabilities_of(self.task).compiled:  # ours does not raise any
                    raise
                at = f"seed {self.seed} at {self.label}, step {self.steps + 1}"
                raise WannError(
                    f"{self.task.name} failed with {at}: {type(error).__name__}: {error}"
                ) from None
            self.score += float(reward)
            self.steps += 1
            self.info = info or {}
            self.well += self.info.get("is_well", False)

    def place(self, state: Sequence[float]) -> None:
        """Put physics of ours into a state, from which the episode goes on, even if it was over."""
        self.observation, _ = self.env.reset(options={"state": state})
        self.seen = self.flatten(self.observation)
        self.failed, self.truncated, self.info = False, False, {}

    @property
    def reached(self) -> bool:
        """Whether the network has reached what counts as a success of the task."""
        if not has_success(self.task):
            return False
        if has_physics(self.task):
            return bool(self.info.get("is_success", False))
        threshold = getattr(self.task, "threshold", None)
        return self.over and threshold is not None and self.score >= threshold

    @property
    def outcome(self) -> str:
        """What the network has reached, as "stays up"; at the end perhaps, what it has not.

        Nothing where the task does not say what success is, or where an episode that was cut short
        does not show it.
        """
        if not has_success(self.task):
            return ""
        if has_physics(self.task):
            failure = "" if self.task.goal is None else self.task.goal.otherwise
        else:
            threshold = getattr(self.task, "threshold", None)
            failure = "" if threshold is None else f"stays below {threshold:g}"
        if self.reached:
            return self.task.success
        return failure if self.over and self._ended else ""

    @property
    def badge(self) -> Badge | None:
        """What has come of the episode so far; None where that cannot be told."""
        if self.reached:
            return Badge(self.task.success, REACHED)
        text = self.outcome
        if has_success(self.task) and hasattr(self.physics, "status"):
            text = self.physics.status(self.env.state, not self.failed)
        return Badge(text, FELL if self.failed else TRACK) if text else None

    @property
    def clock(self) -> str:
        """For how long all was well, of how long; only the steps where that cannot be told."""
        dt = getattr(self.physics, "dt", None)
        if dt is None or not has_success(self.task):
            return f"ended at step {self.steps}" if self.failed else f"step {self.steps}"
        if getattr(self.physics, "ends_well", False):
            return f"{self.steps * dt:.1f} s"
        well = getattr(self.physics, "holding", "well")
        return f"{well} {self.well * dt:.1f} s of {self.steps * dt:.1f} s"

    @property
    def _ended(self) -> bool:
        """Whether the episode was played to its own end."""
        return self.failed or self.truncated or self.steps >= self.task.max_steps

    def scene(self) -> Image.Image:
        """Return the scene as the environment draws it."""
        try:
            return Image.fromarray(self.env.render())
        except gymnasium.error.DependencyNotInstalled:
            raise WannError(
                'this environment is drawn by pygame: pip install "wann[window]"; without it,'
                f" {OTHERWISE}"
            ) from None

    @property
    def picture_size(self) -> tuple[int, int]:
        """Width and height of its picture in pixels."""
        return self.size[0], CAPTION + self.size[1] + STRIP + self.board

    def picture(self) -> Image.Image:
        """Return the scene between its caption and what has come of it, above the network.

        An episode that ended early, and not by success, is pale.
        """
        width, height = self.size
        card = Image.new("RGB", self.picture_size, CARD)
        scene = self.scene()
        if scene.size != self.size:
            scene = scene.resize(self.size, Image.Resampling.BOX)
        if self.failed and not self.reached:
            scene = Image.blend(scene, Image.new("RGB", self.size, CARD), 0.65)
        card.paste(scene, (0, CAPTION))
        draw = ImageDraw.Draw(card)
        line, score = CAPTION - 10, f"return {self.score:.1f}"
        draw.text((width - 12, line), score, FAINT, font(14), anchor="rs")
        room = width - 36 - font(14).getlength(score)
        text, face = fitted(self.label, room, 14 if width < LARGE else 19)
        draw.text((12, line), text, INK, face, anchor="ls")
        self._draw_strip(card, draw, height + CAPTION + STRIP - 11)
        if self.board:
            self._draw_board(card, draw, height + CAPTION + STRIP)
        return card

    def _draw_strip(self, card: Image.Image, draw: ImageDraw.ImageDraw, line: int) -> None:
        """Write the clock, the note and the badge on a line of text."""
        left, right, badge = 12.0, self.size[0] - 12.0, self.badge
        small = 13 if self.size[0] < LARGE else 15
        if badge is not None:
            text, face = fitted(in_text(badge.text), self.size[0] // 2, small)
            wide = face.getlength(text) + 16
            size = round(wide), small + 9
            card.paste(_rounded(size, badge.colour), (round(right) - size[0], line - small - 3))
            ink = INK if badge.colour == TRACK else CARD
            draw.text((right - 8, line), text, ink, face, anchor="rs")
            right -= wide + 12
        text, face = fitted(self.clock, right - left, small)
        draw.text((left, line), text, INK, face, anchor="ls")
        left += face.getlength(text) + 14
        text, face = fitted(self.note, max(0.0, right - left), small)
        draw.text((right, line), text, INK, face, anchor="rs")

    def _draw_board(self, card: Image.Image, draw: ImageDraw.ImageDraw, top: int) -> None:
        """Draw the network and the action below the scene."""
        champion, weight, _ = self.player
        values = champion.values(self.seen, weight, self.memory)
        card.paste(self.live.picture(values), (EDGE, top + EDGE))
        right = self.size[0] - 12
        box = right - round(ACTIONS * self.size[0]) + 24, top + EDGE, right, card.height - EDGE
        draw_gauges(draw, box, gauges_of(self.env.action_space, champion.outputs, self.action))


@lru_cache
def _rounded(size: tuple[int, int], colour: str) -> Image.Image:
    """Return a rectangle of a colour with round ends."""
    width, height = (SHARP * side for side in size)
    image = Image.new("RGB", (width, height), CARD)
    box = 0, 0, width - 1, height - 1
    ImageDraw.Draw(image).rounded_rectangle(box, height // 2, colour)
    return image.reduce(SHARP)
