"""Environments of one's own, good and bad; importing this registers them."""

import gymnasium
import numpy as np
from gymnasium import spaces


class Walk(gymnasium.Env):
    """Walk to 3 on a line, from a random start; each step costs 1."""

    metadata = {"render_modes": []}  # noqa: RUF012 - Gymnasium's form
    observation_names, action_names = ("place",), ("left", "right")
    observation_space, action_space = (
        spaces.Box(-np.inf, np.inf, (1,), np.float64),
        spaces.Discrete(2),
    )

    def __init__(self, goal=3.0, trouble="", observation_space=None, action_space=None):
        """Walk to the goal; trouble at the place 1.5."""
        self.goal, self.trouble = goal, trouble
        self.observation_space = observation_space or self.observation_space
        self.action_space = action_space or self.action_space

    def reset(self, *, seed=None, options=None):
        """Start somewhere near 0."""
        super().reset(seed=seed)
        if self.trouble != "leak":
            self.place = 0.0
        self.place = getattr(self, "place", 0.0) + self.np_random.normal()
        if self.trouble == "luck":
            self.place = np.random.default_rng().normal()
        if self.trouble == "size":
            return np.zeros(3), {}
        return np.array([self.place]), {}

    def step(self, action):
        """Go left or right."""
        self.place += 0.5 if action else -0.5
        reward, seen = -1.0, self.place
        if self.place > 1.5:
            if self.trouble == "raise":
                raise ValueError("a stone in the way")
            reward = np.nan if self.trouble == "reward" else reward
            seen = np.nan if self.trouble == "observation" else seen
        return np.array([seen]), reward, bool(self.place > self.goal), False, {}


PARTS = {
    "a": spaces.Discrete(3),
    "b": spaces.Box(-1, 1, (2,)),
    "c": spaces.Tuple([spaces.MultiDiscrete([2, 3])]),
}


class Parts(gymnasium.Env):
    """Observations in parts, and an action of two numbers; guessing is rewarded."""

    observation_space, action_space = spaces.Dict(PARTS), spaces.MultiDiscrete([3, 2], start=[1, 0])

    def reset(self, *, seed=None, options=None):
        """Start with random parts."""
        super().reset(seed=seed)
        self.observation_space.seed(seed)
        return self.observation_space.sample(), {}

    def step(self, action):
        """Reward what fits the parts."""
        assert self.action_space.contains(action)
        return self.observation_space.sample(), float(action[0] - action[1]), False, False, {}


class Limbs(gymnasium.Env):
    """Observations and actions of many axes and parts; what fits the last picture is rewarded."""

    observation_space = spaces.Box(-1.0, 1.0, (2, 3), np.float32)
    action_space = spaces.Dict(
        {
            "arm": spaces.Box(-1.0, 1.0, (2, 2), np.float32),
            "bits": spaces.MultiBinary(2),
            "pair": spaces.Tuple([spaces.Discrete(2), spaces.Discrete(3)]),
        }
    )

    def reset(self, *, seed=None, options=None):
        """Start with a random picture."""
        super().reset(seed=seed)
        return self._seen(), {}

    def _seen(self):
        self.picture = self.np_random.uniform(-1, 1, (2, 3)).astype(np.float32)
        return self.picture

    def step(self, action):
        """Reward what fits the picture."""
        assert self.action_space.contains(action)
        fits = (action["arm"] * self.picture[:, :2]).sum() + action["bits"][0]
        reward = float(fits) - float(action["pair"][1])
        return self._seen(), reward, False, False, {}


gymnasium.register("Walk-v0", Walk, max_episode_steps=30)


def short_walk(limit=4):
    """Return a walk that has a limit of its own."""
    return gymnasium.wrappers.TimeLimit(Walk(), limit)


gymnasium.register("Short-v0", short_walk)
gymnasium.register("Shorter-v0", short_walk, max_episode_steps=50)
gymnasium.register("own/Parts-v0", Parts)
gymnasium.register("Limbs-v0", Limbs, max_episode_steps=20)
gymnasium.register(
    "Image-v0", Walk, kwargs={"observation_space": spaces.Box(0, 255, (96, 96, 3), np.uint8)}
)
gymnasium.register("Text-v0", Walk, kwargs={"action_space": spaces.Text(3)})
