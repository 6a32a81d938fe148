"""The Gymnasium environment of every control task: the physics of the search, one step at a
time.
"""

import math
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces

from envs.shown import Shown
from wann.errors import WannError
from wann.tasks import ControlTask, find_task
from wann.tasks.control.rollout import is_well, kernel, observation, reset_state, step_state


class ControlEnv(Shown):
    """A control task as a Gymnasium environment.

    It steps the compiled functions that the search runs, so an episode has the same bits as a
    rollout of ``ControlTask.score`` from the same start.  The class of the physics documents
    actions, observations, rewards, start and end; beyond what ``wann.tasks.control.rollout`` asks
    of it, it may have

        discrete = True      one output only counts by its sign: Discrete(2); of n the largest
                             counts, the first of equals: Discrete(n)
        observation_bounds   largest magnitude of each observation; default: unbounded
        dt                   seconds in a step, for the speed of display; default: 0.02
        draw(self, state, action, size)
                             uint8 (height, width, 3) picture; default: it cannot be rendered
        about, holding       what there is to do, and what it is while all is well, as "upright"
        ends_well = True     an episode ends once ``holds``, by success
        status(self, state, alive)
                             what is to be seen of a state, as "swings" or "fell"
        watch_states(self, n, rng)
                             start states for those who watch; default: those of the search

    ## Action Space
    ``Discrete(2)`` (0: negative output, 1: positive output) for discrete physics with one output,
    ``Discrete(n)`` with n; else ``Box(-1, 1, (n,))`` with one number per action. ``action`` turns a
    network's outputs into one; since the search hands raw outputs to the physics, its ``step`` must
    clip them to [-1, 1] itself.

    ## Observation Space
    ``Box`` of float64, one number per observation name.

    ## Starting State
    ``reset(seed=...)`` draws from the physics: the same start as
    ``task.trials(1, np.random.default_rng(seed))``. ``reset(options={"state": ...})`` starts from
    the given numbers, one per state name.

    ## Episode End
    Terminated when the physics says so; the step that ends it is still rewarded. Truncation is left
    to ``gymnasium.wrappers.TimeLimit``, which ``gymnasium.make`` adds for the registered ids.

    ## Information
    Of a task with a ``Goal`` the information of each step says whether all is well after it,
    ``is_well``, and whether the episode would be a success if that was its last one,
    ``is_success``.

    ## Arguments
    ``task``: a name for ``wann.tasks.find_task``, or a ControlTask. ``size``: width and height of a
    rendered picture in pixels.

    ```python
    import gymnasium, envs
    from wann.champion import load
    env, policy = gymnasium.make("wann/CartPoleSwingUp-v0"), load("runs/mine").policy()
    observation, _ = env.reset(seed=0)
    action = env.unwrapped.action(policy(observation))
    observation, reward, terminated, truncated, _ = env.step(action)
    ```
    """

    metadata = {  # noqa: RUF012 - Gymnasium's form
        "render_modes": ["human", "rgb_array"],
        "render_fps": 50,
    }

    def __init__(
        self,
        task: str | ControlTask,
        render_mode: str | None = None,
        size: tuple[int, int] = (600, 300),
    ) -> None:
        """Make the environment of a task.

        Raises:
            WannError: the task is unknown or no control task, or cannot be rendered as asked.
        """
        self.task = find_task(task) if isinstance(task, str) else task
        if not isinstance(self.task, ControlTask):
            raise WannError(
                f"task {task!r} is not a control task: it has no environment to step or watch"
            )
        self.physics: Any = self.task.physics
        self._goal = self.task.goal
        if render_mode not in (None, *self.metadata["render_modes"]):
            raise WannError(f"render_mode = {render_mode!r}: must be None, 'human' or 'rgb_array'")
        if render_mode is not None and not hasattr(self.physics, "draw"):
            name = type(self.physics).__name__
            raise WannError(f"{name} cannot be rendered: it has no draw(self, state, action, size)")
        self.render_mode = render_mode
        self.size = size
        self.metadata = self.metadata | {"render_fps": round(1 / getattr(self.physics, "dt", 0.02))}

        unbounded = (math.inf,) * len(self.task.inputs)
        high = np.array(getattr(self.physics, "observation_bounds", unbounded), np.float64)
        self.observation_space = spaces.Box(-high, high, dtype=np.float64)
        self.discrete = getattr(self.physics, "discrete", False)
        n = len(self.task.outputs)
        self.action_space: spaces.Space = (
            spaces.Discrete(max(2, n)) if self.discrete else spaces.Box(-1.0, 1.0, (n,), np.float64)
        )
        self.state: tuple[float, ...] | None = None  # whatever the physics derives comes last
        self._forces: tuple[float, ...] | None = None  # the last action, as the physics takes it
        self._terminated = False
        self._streak = 0  # of the last steps after which all was well

    def action(self, outputs: np.ndarray) -> Any:
        """Return the action that stands for a network's raw outputs."""
        if self.discrete:
            return int(outputs[0] > 0.0 if len(outputs) == 1 else np.argmax(outputs))
        return np.clip(np.asarray(outputs, np.float64), -1.0, 1.0)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.ndarray, dict[str, Any]]:
        """Start an episode and return (observation, info); see the class for ``options``."""
        super().reset(seed=seed)
        if options is not None and "state" in options:
            start = np.asarray(options["state"], np.float64)
            if start.shape != (len(self.physics.state_names),) or not np.isfinite(start).all():
                names = ", ".join(self.physics.state_names)
                raise ValueError(
                    f"options['state'] is {options['state']!r}: must be finite numbers ({names})"
                )
        else:
            start = self.physics.start_states(1, self.np_random)[0]
        self.state = kernel(reset_state, self.physics)(self.physics, tuple(start.tolist()))
        self._forces = None
        self._terminated, self._streak = False, 0
        if self.render_mode == "human":
            self.render()
        return self._observation(), {}

    def step(self, action: Any) -> tuple[np.ndarray, float, bool, bool, dict[str, Any]]:
        """Advance by one time step and return (observation, reward, terminated, truncated,
        info).
        """
        self._require_reset()
        n = len(self.task.outputs)
        if self.discrete:
            if not self.action_space.contains(action):
                allowed = " or ".join(str(k) for k in range(max(2, n)))
                raise ValueError(f"action is {action!r}: must be {allowed}")
            self._forces = (
                (2.0 * int(action) - 1.0,) if n == 1 else tuple(np.eye(n)[action].tolist())
            )
        else:
            numbers = np.asarray(action, np.float64)
            if numbers.shape != self.action_space.shape:
                raise ValueError(
                    f"action has shape {numbers.shape}: must be {self.action_space.shape}"
                )
            self._forces = tuple(numbers.tolist())
        self.state, reward, alive = kernel(step_state, self.physics)(
            self.physics, self.state, self._forces
        )
        info = self._information(alive)
        if self._terminated:
            gymnasium.logger.warn(
                "step() after the episode has terminated: call reset() first; the reward is 0"
            )
            reward = 0.0
        self._terminated = self._terminated or not alive
        if self.render_mode == "human":
            self.render()
        return self._observation(), float(reward), self._terminated, False, info

    def _drawn(self) -> np.ndarray:
        self._require_reset()
        picture: np.ndarray = self.physics.draw(self.state, self._forces, self.size)
        return picture

    @property
    def _title(self) -> str:
        return type(self.physics).__name__

    def _observation(self) -> np.ndarray:
        return np.array(kernel(observation, self.physics)(self.physics, self.state), np.float64)

    def _information(self, alive: bool) -> dict[str, Any]:
        """Return what is known of success after a step."""
        if self._goal is None:
            return {}
        goes_on = bool(alive) and not self._terminated
        well = kernel(is_well, self.physics)(self.physics, self.state, goes_on)
        self._streak = self._streak + 1 if well else 0
        return {"is_well": bool(well), "is_success": self._streak >= self._goal.steps}

    def _require_reset(self) -> None:
        if self.state is None:
            raise gymnasium.error.ResetNeeded("call reset() first")
