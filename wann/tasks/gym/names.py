"""What the observations and actions of Gymnasium's own environments are called, in networks and
figures.
"""

from itertools import islice
from typing import Any

from wann.names import is_name
from wann.tasks.gym.env import check_interrupt

_LANDER = ("x", "y", "vx", "vy", "angle", "spin", "left foot", "right foot")
_LEG = ("hip", "hip speed", "knee", "knee speed", "contact")
_LEGS = tuple(f"{part} {leg}" for leg in (1, 2) for part in _LEG)
_WALKER = ("angle", "spin", "vx", "vy", *_LEGS, *(f"lidar {i}" for i in range(1, 11)))
_JOINTS = ("hip 1", "knee 1", "hip 2", "knee 2")
_ACROBOT = ("cos 1", "sin 1", "cos 2", "sin 2", "speed 1", "speed 2")

#: id without version: names of observations, of actions
NAMES = {
    "CartPole": (("x", "speed", "angle", "spin"), ("left", "right")),
    "MountainCar": (("x", "speed"), ("left", "none", "right")),
    "MountainCarContinuous": (("x", "speed"), ("force",)),
    "Pendulum": (("cos", "sin", "spin"), ("torque",)),
    "Acrobot": (_ACROBOT, ("torque -1", "torque 0", "torque 1")),
    "LunarLander": (_LANDER, ("none", "left", "main", "right")),
    "LunarLanderContinuous": (_LANDER, ("main", "side")),
    "BipedalWalker": (_WALKER, _JOINTS),
    "BipedalWalkerHardcore": (_WALKER, _JOINTS),
}


def names_of(
    env_id: str, env: Any, n_inputs: int, n_outputs: int
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names of inputs and outputs.

    An environment may name its own: attributes ``observation_names`` and ``action_names``. What
    nobody names is numbered, and so is what fits no name, as with keyword arguments that change the
    spaces, and what has names that no champion file may have.
    """
    known = NAMES.get(env_id.rpartition("-v")[0], ((), ()))
    result = []
    for kind, own, n in zip(("observation", "action"), known, (n_inputs, n_outputs), strict=True):
        names: tuple[str, ...] = ()
        try:
            names = tuple(map(str, islice(getattr(env.unwrapped, f"{kind}_names", own), n + 1)))
        except BaseException as error:  # whatever a user's environment has there
            check_interrupt(error)
        fits = len(names) == n and len(set(names)) == n and all(map(is_name, names))
        result.append(names if fits else tuple(f"{kind} {i}" for i in range(1, n + 1)))
    return result[0], result[1]
