"""Environments with one mistake each.

Importing this registers them as ``Bad-v0,mistake=NAME`` and others.
"""

import atexit
import ctypes
import decimal
import fractions
import inspect
import multiprocessing
import os
import sys
import time
import types
import warnings

import gymnasium
import numpy as np
from gymnasium import spaces

#: mistake -> what becomes of the reward; the first ones are none, but unusual
REWARDS = {
    "none": lambda reward: reward,
    "row": lambda reward: np.array([reward]),
    "table": lambda reward: np.array([[reward]]),
    "array": np.array,
    "list": lambda reward: [reward],
    "decimal": decimal.Decimal,
    "fraction": fractions.Fraction,
    "nothing": lambda reward: None,
    "text": str,
    "pair": lambda reward: np.array([reward, reward]),
    "complex": complex,
    "huge": lambda reward: 1e307 * reward,
    "long": lambda reward: 10**400,
    "masked": lambda reward: np.ma.masked,
    "imaginary": lambda reward: np.complex128(reward),
}

OBSERVATIONS = {
    "column": np.zeros((2, 1)),
    "scalar": 1.0,
    "one": np.ones(1),
    "missing": None,
    "parts": {"a": 1.0},
    "objects": np.array([1.0, None]),
    "words": np.array(["a", "b"]),
    "digits": np.array(["1.0", "2.0"]),
    "digit": [1.0, "2"],
    "letters": np.array([1.0, "2"], object),
    "imaginary_part": np.array([1.0, 2j]),
    "hidden": np.ma.array([1.0, 2.0], mask=[True, False]),
    "time": np.array([1, 2], "m8[s]"),
    "ragged": [[1.0], [1.0, 2.0]],
    "large": np.array([9e99, 1.0]),
    "vast": np.array([1e307, -1e200]),
}

ANSWERS = {"four": (np.zeros(2), -1.0, True, {}), "silent": None, "numbers": np.zeros(5)}

#: mistake -> what is said of the end
ENDS = {"end_text": "False", "end_dict": {"a": False}, "end_list": [], "end_masked": np.ma.masked}

RAISED = {
    "exit": SystemExit(1),
    "generator": GeneratorExit(),
    "memory": MemoryError("too much"),
    "recursion": RecursionError("too deep"),
}


class Bad(gymnasium.Env):
    """Stay near 0, where one starts."""

    observation_space, action_space = (
        spaces.Box(-np.inf, np.inf, (2,), np.float64),
        spaces.Discrete(2),
    )

    def __init__(self, mistake=""):
        """Make this mistake."""
        self.mistake = mistake
        if mistake == "init":
            sys.exit("not today")
        if mistake == "names":
            self.observation_names, self.action_names = ("a\x1b[2J", "b"), ("left", "r" * 1001)
        if mistake == "name":
            self.observation_names = self.action_names = 5
        if mistake == "old":
            self.observation_space = types.SimpleNamespace(shape=(2,))

    def reset(self, *, seed=None, options=None):
        """Start near 0."""
        super().reset(seed=seed)
        self.place, self.n = self.np_random.normal(), 0
        if self.mistake == "reset":
            sys.exit()
        if self.mistake == "start":
            return np.array([self.place, 0.0])
        return np.array([self.place, 0.0]), {}

    def step(self, action):
        """Go left or right."""
        assert type(action) is type(self.action_space.sample()), type(action)
        self.n += 1
        self.place += 0.125 if action.item() else -0.125
        seen, reward, over = np.array([self.place, self.n / 20]), -float(self.n), self.n == 5
        if self.mistake in RAISED:
            raise RAISED[self.mistake]
        if self.mistake in ANSWERS:
            return ANSWERS[self.mistake]
        if self.mistake in ENDS:
            return seen, reward, ENDS[self.mistake], over, {}
        if self.mistake == "flags":
            return seen, reward, np.array([over, over]), False, {}
        if self.mistake == "flag_list":
            return seen, reward, [over], None, None
        if self.mistake == "flag":
            return seen, reward, np.array([over]), np.bool_(False), None
        return (
            OBSERVATIONS.get(self.mistake, seen),
            REWARDS.get(self.mistake, float)(reward),
            over,
            False,
            {},
        )

    def close(self):
        """Close nothing."""
        if self.mistake == "close":
            sys.exit(1)


class Count(gymnasium.Env):
    """Observe a number of three, which is one too large once in a while."""

    observation_space, action_space = (
        spaces.Dict({"n": spaces.Discrete(3, start=1)}),
        spaces.Discrete(2),
    )

    def reset(self, *, seed=None, options=None):
        """Observe the first."""
        super().reset(seed=seed)
        self.n = 1
        return {"n": 1}, {}

    def step(self, action):
        """Observe the one before, down to 0."""
        self.n -= 1
        return {"n": self.n}, 1.0, self.n < 0, False, {}


class Unsayable(Exception):
    """Has no text."""

    def __str__(self):
        """Fail."""
        raise RuntimeError("no words")


class Rude(Bad):
    """Changes what belongs to the process, or fails where nobody expects it.

    From the second step on.
    """

    def __init__(self, mistake=""):
        """Make this mistake."""
        super().__init__(mistake)
        self.metadata = None if mistake == "metadata" else {"render_modes": 5}

    @property
    def observation_names(self):
        """End the program."""
        sys.exit(3)

    def step(self, action):
        """Go left or right."""
        answer = super().step(action)
        if self.mistake == "folder":
            os.chdir(os.path.sep)
        if self.mistake in ("errors", "ignore"):
            warnings.simplefilter(self.mistake.removesuffix("s"))
        if self.mistake == "numpy":
            np.seterr(all="raise")
        if self.mistake == "depth":
            sys.setrecursionlimit(len(inspect.stack(0)) + 10)
        if self.mistake == "unsayable":
            raise Unsayable
        if self.mistake in ("errors", "ignore") and self.n == 2:
            raise ValueError("after that")
        return answer


class Slow(Bad):
    """Takes its time."""

    steps = 0

    def step(self, action):
        """Go left or right."""
        Slow.steps += 1
        time.sleep(0.02)
        return super().step(action)


MEASURED = spaces.Dict(
    a=spaces.Box(-9, 9, (2,)), b=spaces.Box(0, 255, (2,), np.uint8), c=spaces.MultiBinary(2)
)
READINGS = {
    "none": {},
    "part_sizes": {"a": np.zeros(3), "b": np.zeros(1, np.uint8)},
    "part_range": {"b": np.array([300, 0])},
    "part_fraction": {"b": np.array([0.5, 0.0])},
    "part_text": {"a": ["1", "2"]},
    "part_imaginary": {"a": np.array([1j, 0.0])},
    "part_hidden": {"c": np.ma.array([0, 1], mask=[True, False])},
}


class Measure(Bad):
    """Observe in parts, of which one is wrong in the second step."""

    observation_space = MEASURED

    def reset(self, *, seed=None, options=None):
        """Observe zeros."""
        super().reset(seed=seed)
        return self.seen(), {}

    def step(self, action):
        """Observe zeros at first."""
        _, *rest = super().step(action)
        return self.seen() | (READINGS[self.mistake] if self.n == 2 else {}), *rest

    def seen(self):
        """Return zeros."""
        return {key: np.zeros(part.shape, part.dtype) for key, part in MEASURED.items()}


class Family(Bad):
    """Has a process do each step."""

    def step(self, action):
        """Go left or right."""
        process = multiprocessing.get_context("fork").Process(target=int)
        process.start()
        process.join()
        return super().step(action)


class Talker(Bad):
    """Prints to stdout in all ways, and when the program ends."""

    def __init__(self):
        """Stay near 0."""
        super().__init__()
        if "evolve" in sys.argv[0]:
            atexit.register(print, "said at the end")

    def step(self, action):
        """Go left or right."""
        print("said by Python")
        print("said behind its back", file=sys.__stdout__, flush=True)
        os.write(1, b"said by the system\n")
        ctypes.CDLL(None).puts(b"said by C")
        return super().step(action)


class Stuck(Bad):
    """Stays in C code that never returns to Python, but in a worker only, and with a process of its
    own.
    """

    def step(self, action):
        """Go nowhere."""
        if multiprocessing.current_process().name != "MainProcess":
            multiprocessing.get_context("fork").Process(
                target=ctypes.CDLL(None).sleep, args=(600,)
            ).start()
            ctypes.PyDLL(None).sleep(600)
        return super().step(action)


class Spaceless(gymnasium.Env):
    """Has one of two spaces."""

    action_space = spaces.Discrete(2)


for _cls in (Bad, Count, Measure, Rude, Slow, Family, Talker, Stuck, Spaceless):
    gymnasium.register(f"{_cls.__name__}-v0", _cls, max_episode_steps=20)
