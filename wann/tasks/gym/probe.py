"""A few episodes of an environment that show what is left of one in the next."""

import time
from collections.abc import Callable

import gymnasium
import numpy as np

from wann.tasks.gym.env import check_interrupt, close, reward_of, start
from wann.tasks.gym.observations import flattener

PROBED_STEPS = 200  # of each episode
MOST_SECONDS = 3.0  # that they take


def probe(make_env: Callable[[], gymnasium.Env]) -> tuple[bool, bool]:
    """Return whether an episode may depend on the one before it in the same environment, and on
    more than its actions.

    The first is so in worlds of Box2D that outlive a reset, such as BipedalWalker's, though seldom
    so that a few episodes show it: where there is such a world the answer is yes. Else a few
    episodes tell. It is yes, too, where they take too long or fail: a new environment for each
    episode is never wrong.

    The second is so if the same seed and actions give another episode in another environment.
    """
    used, new, other = make_env(), make_env(), make_env()
    end, lucky = time.monotonic() + MOST_SECONDS, False
    try:
        trace(used, 1, end)
        expected = trace(new, 2, end)
        lucky = trace(other, 2, end) != expected
        of_box2d = (
            type(value).__module__.startswith("Box2D") for value in vars(used.unwrapped).values()
        )
        return any(of_box2d) or trace(used, 2, end) != expected, lucky
    except BaseException as error:
        # it is told when it happens in the search, where the seed is known
        check_interrupt(error)
        return True, lucky
    finally:
        for env in (used, new, other):
            close(env)


def trace(env: gymnasium.Env, seed: int, end: float) -> list[bytes]:
    """Return what an episode of random actions returns in each step.

    Raises:
        TimeoutError: the clock has passed the end.
        BaseException: what the environment raises.
    """
    space, flat = env.action_space, flattener(env.observation_space)
    space.seed(seed)
    observation = start(env, seed)
    result = [flat(observation).tobytes()]
    for _ in range(PROBED_STEPS):
        if time.monotonic() > end:
            raise TimeoutError
        observation, reward, terminated, truncated, _ = env.step(space.sample())
        result.append(flat(observation).tobytes() + np.float64(reward_of(reward)).tobytes())
        if terminated or truncated:
            break
    return result
