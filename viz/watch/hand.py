"""Episodes in a window, and the hand that drags and pushes what is in them."""

import math
from collections.abc import Sequence

from PIL import Image

from envs.render import Event, View, lean_of
from viz.scene.environment import about
from viz.scene.panel import CAPTION, Panel
from viz.watch.pictures import HOLD, place_of, rate_of, sheet

PUSH, LEAN = 1.5, 2.0  # rad/s that a push adds to the pole; at most so many per rad allowed
SURVIVED = 1.0  # s that all must be well after a push
WITHIN = 0.95  # share of the limits that a hand stays within
CLICK = 5  # pixels that the mouse moves at most in a click
NEAR = 0.35  # m from the middle of the cart, where it is dragged and not the pole
STATE = ("x", "x_dot", "theta", "theta_dot")  # of the physics that can be moved
HINT = "space pauses · R starts again · N the next start · Q closes"
MOVABLE_HINT = "drag the pole or the cart · a click or ← → pushes the pole · "


class Handled:
    """A panel whose cart and pole can be moved.

    Attributes:
        panel: the episode.
        survived: how many pushes were followed by a second in which all was well.
        held: what the hand holds: "pole", "cart" or nothing.
    """

    def __init__(self, panel: Panel) -> None:
        """Take a panel at the start of its episode."""
        self.panel, self.survived, self.held = panel, 0, ""
        self.pending = 0  # pushes of which it is not known yet whether they are survived
        self.streak = 0  # steps since the last push or since all was not well
        self.due = 0.0  # steps

    @property
    def movable(self) -> bool:
        """Whether its cart and pole can be moved."""
        physics = self.panel.physics
        return getattr(physics, "state_names", ()) == STATE and hasattr(physics, "limit")

    def go_on(self, seconds: float) -> None:
        """Play for so long, unless it is held."""
        if self.held:
            return
        self.due += seconds * rate_of(self.panel)
        while self.due >= 1:
            self.due -= 1
            self._step()

    def _step(self) -> None:
        panel = self.panel
        if panel.over:
            return
        well = panel.well
        panel.advance(panel.steps + 1)
        self.streak = self.streak + 1 if panel.well > well else 0
        if panel.failed:
            self.pending = 0
        elif self.pending and self.streak >= SURVIVED * rate_of(panel):
            self.survived, self.pending = self.survived + self.pending, 0
            pushes = "push" if self.survived == 1 else "pushes"
            panel.note = f"survived {self.survived} {pushes}"

    def push(self, side: int) -> None:
        """Push the pole to the right (1) or left (-1); it counts where all was well before."""
        if not self.movable or self.panel.failed:
            return
        if self.pending or self.panel.info.get("is_well", False):
            self.pending += 1
        most = LEAN * getattr(self.panel.physics, "angle", math.inf)
        x, x_dot, theta, theta_dot = self._state()
        kick = side * lean_of(self.panel.physics) * min(PUSH, most)
        self._place(x, x_dot, theta, theta_dot + kick)

    def push_from(self, at: tuple[float, float]) -> None:
        """Push the pole away from a place in the scene [pixels]."""
        self.push(-1 if self._from_axle(at)[0] > 0 else 1)

    def grasp(self, at: tuple[float, float]) -> None:
        """Take hold of what is there in the scene [pixels]."""
        across, down = self._from_axle(at)
        self.held = "cart" if math.hypot(across, down) < NEAR * self._view().scale else "pole"
        self.pending = 0

    def drag(self, at: tuple[float, float]) -> None:
        """Move what is held to there in the scene [pixels], within the limits; it is at rest."""
        physics = self.panel.physics
        angle, rail = WITHIN * getattr(physics, "angle", math.inf), WITHIN * physics.limit
        x, _, theta, _ = self._state()
        if self.held == "cart":
            x = self._view().cart_at(at[0])
        else:
            across, down = self._from_axle(at)
            theta = lean_of(physics) * math.atan2(across, -down)
        self._place(min(max(x, -rail), rail), 0.0, min(max(theta, -angle), angle), 0.0)

    def _place(self, *state: float) -> None:
        """Put cart and pole into a state, from which the episode goes on without an end."""
        self.panel.place(state)
        self.panel.max_steps, self.streak = math.inf, 0

    def _state(self) -> list[float]:
        """Return x, x_dot, theta and theta_dot."""
        return list(self.panel.env.state[: len(STATE)])

    def _view(self) -> View:
        return View.of(self.panel.physics, self.panel.size)

    def _from_axle(self, at: tuple[float, float]) -> tuple[float, float]:
        x, y = self._view().axle(self._state()[0], self.panel.physics.limit)
        return at[0] - x, at[1] - y


class Stage:
    """The panels of one window, until all their episodes are over.

    Attributes:
        again: whether the same start is asked for again.
    """

    def __init__(self, panels: Sequence[Panel]) -> None:
        """Take panels at the start of their episodes."""
        self.all = [Handled(panel) for panel in panels]
        self.title = about(panels[0].task)
        self.hint = MOVABLE_HINT + HINT if self.all[0].movable else HINT
        self.again, self.left, self.paused = False, False, False
        self.over_for = 0.0  # s
        self.grasped: Handled | None = None
        self.pressed: tuple[int, int] | None = None  # on the sheet, while it may become a click

    @property
    def done(self) -> bool:
        """Whether all episodes are over, and were so for a while, or another start is asked for."""
        return self.left or self.over_for >= HOLD

    def picture(self) -> Image.Image:
        """Return the panels between what there is to do and what a hand can do."""
        hint = f"paused · {self.hint}" if self.paused else self.hint
        return sheet([one.panel.picture() for one in self.all], self.title, hint)

    def go_on(self, seconds: float) -> None:
        """Play for so long, unless it is paused."""
        if self.paused:
            return
        for one in self.all:
            one.go_on(seconds)
        over = all(one.panel.over for one in self.all) and self.grasped is None
        self.over_for = self.over_for + seconds if over else 0.0

    def take(self, event: Event) -> None:
        """Do what somebody asks for."""
        if event.kind == "key":
            self._key(event.key)
        elif event.kind == "press":
            self._press(event.at)
        elif event.kind == "move" and self.grasped is not None:
            self._move(self.grasped, event.at)
        elif event.kind == "release" and self.grasped is not None:
            if self.pressed is not None:
                self.grasped.push_from(self._in_scene(self.grasped, event.at))
            self.grasped.held, self.grasped, self.pressed = "", None, None

    def _key(self, key: str) -> None:
        if key == "space":
            self.paused = not self.paused
        elif key in ("r", "n"):
            self.left, self.again = True, key == "r"
        elif key in ("left", "right"):
            for one in self.all:
                one.push(1 if key == "right" else -1)

    def _press(self, at: tuple[int, int]) -> None:
        """Take hold of what is under the mouse: a click, or the beginning of a drag."""
        for one in self.all:
            x, y = self._in_scene(one, at)
            if one.movable and 0 <= x < one.panel.size[0] and 0 <= y < one.panel.size[1]:
                self.grasped, self.pressed = one, at

    def _move(self, one: Handled, at: tuple[int, int]) -> None:
        if self.pressed is not None and math.dist(at, self.pressed) <= CLICK:
            return
        if self.pressed is not None:
            one.grasp(self._in_scene(one, self.pressed))
            self.pressed = None
        one.drag(self._in_scene(one, at))

    def _in_scene(self, one: Handled, at: tuple[int, int]) -> tuple[float, float]:
        """Return a place on the sheet as one in the scene of a panel."""
        width, height = one.panel.picture_size
        left, top = place_of(self.all.index(one), len(self.all), (width, height), self.title)
        return at[0] - left, at[1] - top - CAPTION
