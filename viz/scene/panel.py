"""One episode of a network, and its picture: the scene, and under it the network and its action."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import gymnasium
from PIL import Image, ImageDraw

from viz.film import CARD, FAINT, INK, TRACK, fitted, font
from viz.names import in_text
from viz.scene.environment import environment_of
from viz.scene.gauges import draw_gauges, gauges_of
from viz.scene.live import live
from viz.style import REACHED
from wann.champion.champion import Champion
from wann.errors import WannError
from wann.tasks.control.task import has_physics
from wann.tasks.gym.policy import flattener
from wann.tasks.task import capabilities_of, has_success

CAPTION = 34  # pixels
# height of the network, width of the action beside it; as shares of a panel's width
BOARD, ACTIONS = 0.34, 0.27
EDGE = 10  # pixels around these


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


class Panel:
    """One episode of a player, and its picture."""

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
        self.player, self.label = player, player.label
        self.policy = player.champion.policy(player.weight, self.env.action_space)
        self.flatten = flattener(self.env.observation_space)
        self.task, self.seed, self.max_steps = task, seed, max_steps
        self.observation, _ = self.env.reset(seed=seed)
        self.steps, self.score, self.failed, self.truncated = 0, 0.0, False, False
        self.info: Mapping[str, Any] = {}  # of the last step
        # what the last action answers to; at first, the next one
        self.seen = self.flatten(self.observation)
        self.action = self.policy(self.seen)
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
        return self.failed or self.truncated or self.steps == self.max_steps

    def advance(self, step: int) -> None:
        """Go on to a step, or to the end of the episode."""
        while self.steps < step and not self.over:
            self.seen = self.flatten(self.observation)
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

    @property
    def outcome(self) -> str:
        """What the network has reached, as "stays up"; at the end perhaps, what it has not.

        Nothing where the task does not say what success is, or where an episode that was cut short
        does not show it.
        """
        if not has_success(self.task):
            return ""
        if has_physics(self.task):
            reached, goal = self.info.get("is_success", False), self.task.goal
            failure = "" if goal is None else goal.otherwise
        else:
            threshold = getattr(self.task, "threshold", None)
            reached = self.over and threshold is not None and self.score >= threshold
            failure = "" if threshold is None else f"stays below {threshold:g}"
        if reached:
            return self.task.success
        return failure if self.over and self._ended else ""

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
                'this environment is drawn by pygame: pip install "wann[window]"'
            ) from None

    def picture(self) -> Image.Image:
        """Return the scene under its caption and above the network.

        An episode that ended early is pale.
        """
        width, height = self.size
        card = Image.new("RGB", (width, height + CAPTION + self.board), CARD)
        scene = self.scene()
        if scene.size != self.size:
            scene = scene.resize(self.size, Image.Resampling.BOX)
        if self.failed:
            scene = Image.blend(scene, Image.new("RGB", self.size, CARD), 0.65)
        card.paste(scene, (0, CAPTION))
        draw = ImageDraw.Draw(card)
        line, score = CAPTION - 11, f"return {self.score:.1f}"
        draw.text((width - 12, line), score, INK, font(14), anchor="rs")
        text, face = fitted(self.label, width - 36 - font(14).getlength(score), 14)
        draw.text((12, line), text, INK, face, anchor="ls")
        state = f"ended at step {self.steps}" if self.failed else f"step {self.steps}"
        draw.text(
            (12, height + CAPTION - 10),
            state,
            FAINT,
            font(12),
            anchor="ls",
            stroke_width=2,
            stroke_fill=CARD,
        )
        if self.outcome:
            self._draw_outcome(draw, height + CAPTION - 10)
        if self.board:
            self._draw_board(card, draw, CAPTION + height)
        return card

    def _draw_outcome(self, draw: ImageDraw.ImageDraw, line: int) -> None:
        """Draw a badge with the outcome at the right, on a line of text."""
        text, face = fitted(in_text(self.outcome), self.size[0] // 2, 12)
        right, wide = self.size[0] - 12, face.getlength(text)
        reached = self.outcome == self.task.success
        box = right - wide - 12, line - 14, right, line + 5
        draw.rounded_rectangle(box, 9, REACHED if reached else TRACK)
        draw.text((right - 6, line), text, CARD if reached else INK, face, anchor="rs")

    def _draw_board(self, card: Image.Image, draw: ImageDraw.ImageDraw, top: int) -> None:
        """Draw the network and the action below the scene."""
        champion, weight, _ = self.player
        card.paste(self.live.picture(champion.values(self.seen, weight)), (EDGE, top + EDGE))
        right = self.size[0] - 12
        box = right - round(ACTIONS * self.size[0]) + 24, top + EDGE, right, card.height - EDGE
        draw_gauges(draw, box, gauges_of(self.env.action_space, champion.outputs, self.action))
