"""What the explorer page shows of a task: physics to run in the browser, recorded episodes, or
samples to classify.
"""

import base64
import io
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image

from envs.cartpole import CartPole
from envs.swingup import UPRIGHT, SwingUp
from viz.explorer.given import Given
from viz.explorer.network import short
from viz.network.image import grid_of
from viz.scene.environment import can_draw, environment_of
from wann.champion.champion import Champion
from wann.errors import WannError
from wann.tasks import ControlTask, capabilities_of
from wann.tasks.classification.samples import SampleTask, has_samples
from wann.tasks.control.task import has_physics
from wann.tasks.gym.observations import flattener

MODELS = {CartPole: "cartpole", SwingUp: "swingup"}  # physics that viz/explorer/page/physics.js has
STARTS = 100  # start states, those of the seeds from 0 on
MOST_EPISODES = 6  # at shared weights
MOST_VALUES = 60_000  # of all recorded episodes: longer ones leave out steps
MOST_FRAMES, FRAME_WIDTH, JPEG_QUALITY = 40, 240, 60  # of an episode
MOST_BYTES = 900_000  # of all frames
MOST_SAMPLES, EACH = 60, 3  # samples to click, and how many of a class
#: How images are made of what is drawn, as their data was: strokes are scaled to ``height`` and to
#: a width between two bounds (None: in proportion) on a square of ``base`` pixels, with as wide a
#: pen as gives ``ink``,
#: within bounds.
SCANS: dict[str, dict[str, Any]] = {
    # each digit fills the 32 x 32 bitmap's height, and narrow ones were stretched; ink of a mean
    # digit (19.5 of 64)
    "digits": {
        "base": 32,
        "height": 32,
        "width": [14, 25],
        "ink": 312,
        "pen": [3.2, 8],
        "by_mass": False,
    },
    # in a box of 20 x 20, its centre of mass in the middle of 28 x 28
    "mnist": {
        "base": 28,
        "height": 20,
        "width": None,
        "ink": 100,
        "pen": [2.2, 3.4],
        "by_mass": True,
    },
}
SCANS["mnist_paper"] = SCANS["mnist28"] = SCANS["mnist"]


def task_view(given: Sequence[Given], name: str) -> dict[str, Any]:
    """Return what the page shows of the task of these networks; ``kind`` is "physics", "episodes",
    "samples" or "none".

    Raises:
        WannError: an environment fails while it is recorded.
    """
    task = given[0].task
    if has_samples(task):
        return samples_view(task, name)
    if has_physics(task) and type(task.physics) in MODELS:
        physics = task.physics
        return {
            "kind": "physics",
            "model": MODELS[type(physics)],
            "parameters": {**physics._asdict(), "pole": physics.pole},
            # the cosine of the angle up to which the pole is up
            "upright": UPRIGHT if isinstance(physics, SwingUp) else math.cos(physics.angle),
            "max_steps": task.max_steps,
            "starts": start_states(task),
        }
    if capabilities_of(task).episodes:
        return {"kind": "episodes", **recorded(given)}
    return {"kind": "none"}


def start_states(task: ControlTask) -> list[list[float]]:
    """Return start states, those of ``viz.watch --seed``: of a physics that has ``watch_states``
    those, which show more than the ones of the search.
    """
    draw = getattr(task.physics, "watch_states", task.physics.start_states)
    return [draw(1, np.random.default_rng(seed))[0].tolist() for seed in range(STARTS)]


# ------------------------------------------------------------------------------------------ samples
def samples_view(task: SampleTask, name: str) -> dict[str, Any]:
    """Return samples of each class, and of images how one is made of what a person draws."""
    samples, classes = task.test, len(task.outputs)
    each = max(1, min(EACH, MOST_SAMPLES // classes))
    rows = [
        row for k in range(classes) for row in np.flatnonzero(samples.labels == k)[:each].tolist()
    ][:MOST_SAMPLES]
    view: dict[str, Any] = {
        "kind": "samples",
        "samples": short(samples.inputs[rows]),
        "labels": samples.labels[rows].tolist(),
    }
    grid = grid_of(task.inputs)
    if grid is not None:
        n_rows, n_columns = (1 + max(axis) for axis in zip(*grid.values(), strict=True))
        order = [row * n_columns + column for row, column in grid.values()]
        view["image"] = {"rows": n_rows, "columns": n_columns, "order": order}
        if name in SCANS:
            view["scan"] = {**SCANS[name], "deskew": name in ("mnist", "mnist_paper")}
    return view


# ----------------------------------------------------------------------------------------- episodes
def recorded(given: Sequence[Given]) -> dict[str, Any]:
    """Return episodes of each network: one at each of a few weights of its sweep, and one with its
    individual weights.

    Returns: ``fps``, steps of the environment in a second; ``episodes`` of each network, each with
    its ``weight`` (None: individual ones), ``observations``, ``actions`` and ``rewards`` of
    every ``stride``-th step, the ``memory`` of a recurrent network before each of these, how
    many ``steps`` it had and their ``score``, and ``frames``, pairs of a step and a picture
    (data URL), none where it cannot be drawn.
    """
    task = given[0].task
    draws, n = can_draw(task), len(task.inputs) + len(task.outputs) + 1
    recordings = [episodes_of(one.champion, one.task, draws) for one in given]
    episodes = [episode for recording in recordings for episode in recording]
    stride = -(-sum(episode["steps"] for episode in episodes) * n // MOST_VALUES)
    for episode in episodes:
        episode["stride"] = stride
        for key in ("observations", "actions", "rewards", *episode.keys() & {"memory"}):
            episode[key] = short(np.array(episode[key], float)[::stride])
    while bytes_of(episodes) > MOST_BYTES and max(len(e["frames"]) for e in episodes) > 1:
        for episode in episodes:
            episode["frames"] = episode["frames"][::2]
    rate = environment_of(task, 2 * FRAME_WIDTH if draws else None).metadata.get("render_fps")
    return {"fps": rate or 50, "episodes": recordings}


def episodes_of(champion: Champion, task: Any, draws: bool) -> list[dict[str, Any]]:
    """Return the episodes of a network as they were played."""
    sweep = sorted(champion.sweep)
    picked = np.unique(
        np.linspace(0, len(sweep) - 1, min(len(sweep), MOST_EPISODES)).round().astype(int)
    )
    weights: list[float | None] = [sweep[k] for k in picked]
    if champion.weights is not None:
        weights.append(None)
    return [play(champion, task, weight, draws) for weight in weights]


def bytes_of(episodes: Sequence[dict[str, Any]]) -> int:
    """Return how many bytes their pictures take."""
    return sum(len(picture) for episode in episodes for _, picture in episode["frames"])


def play(champion: Champion, task: Any, weight: float | None, draws: bool) -> dict[str, Any]:
    """Return the episode of seed 0 at a weight (None: individual ones) as lists, see ``recorded``.

    Raises:
        WannError: the environment raises an exception, or returns what is not finite.
    """
    env = environment_of(task, 2 * FRAME_WIDTH if draws else None)
    act, flatten = champion.policy(weight, env.action_space), flattener(env.observation_space)
    observations: list[np.ndarray] = []
    actions: list[np.ndarray] = []
    rewards: list[float] = []
    memories: list[np.ndarray] = []
    frames: list[tuple[int, str]] = []
    apart, over = 1, False
    try:
        observation, _ = env.reset(seed=0)
        while not over and len(rewards) < task.max_steps:
            if draws and len(rewards) % apart == 0:
                frames.append((len(rewards), jpeg(env.render())))
                if len(frames) == 2 * MOST_FRAMES:
                    frames, apart = frames[::2], 2 * apart
            observations.append(np.asarray(flatten(observation), float))
            memories.append(act.memory)
            action = act(observations[-1])
            actions.append(np.ravel(action).astype(float))
            observation, reward, terminated, truncated, _ = env.step(action)
            rewards.append(float(reward))
            over = terminated or truncated
            if not np.isfinite([*observations[-1], rewards[-1]]).all():
                raise FloatingPointError("an observation or a reward is not finite")
    except Exception as error:  # whatever a user's environment may raise
        at = "the individual weights" if weight is None else f"weight {weight:g}"
        raise WannError(
            f"the environment failed with seed 0 at {at}, step {len(rewards) + 1}: "
            f"{type(error).__name__}: {error}"
        ) from None
    finally:
        env.close()
    frames = frames if len(frames) <= MOST_FRAMES else frames[::2]
    return {
        "weight": weight,
        "observations": observations,
        "actions": actions,
        "rewards": rewards,
        **({"memory": memories} if act.memory.size else {}),
        "steps": len(rewards),
        "score": float(f"{sum(rewards):.6g}"),
        "frames": frames,
    }


def jpeg(picture: np.ndarray) -> str:
    """Return a picture as a small JPEG, a data URL."""
    image = Image.fromarray(picture)
    image = image.resize(
        (FRAME_WIDTH, round(FRAME_WIDTH * image.height / image.width)), Image.Resampling.BOX
    )
    file = io.BytesIO()
    image.save(file, "JPEG", quality=JPEG_QUALITY, optimize=True)
    return "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode()
