"""Pictures of links and of the car: size, the right thing in the right place, arrows."""

import math

import numpy as np
import pytest
from PIL import ImageColor

from envs.classic.drawing import ABOVE, draw_links
from envs.environment import ControlEnv
from envs.render import CART, POLE, PUSH
from viz.scene.environment import about
from wann.tasks import find_task

SIZE = (480, 202)
STARTS = {
    "acrobot": (0.3, 0.5, 0.0, 0.0),
    "pendulum": (0.4, 0.0),
    "mountaincar": (-0.9, 0.0),
    "mountaincar_discrete": (-0.9, 0.0),
}


def where_is(colour, picture):
    """Return the rows and columns of the pixels that have exactly this colour."""
    return np.nonzero((picture == ImageColor.getrgb(colour)).all(axis=2))


@pytest.mark.parametrize("name", STARTS)
def test_a_picture_has_its_size_and_an_arrow_where_something_acts(name):
    env = ControlEnv(name, "rgb_array", SIZE)
    env.reset(options={"state": STARTS[name]})
    still = env.render()
    assert still.shape == (SIZE[1], SIZE[0], 3) and still.dtype == np.uint8
    assert not where_is(PUSH, still)[0].size and where_is(POLE, still)[0].size
    env.step(2 if env.discrete else np.ones(1))
    assert where_is(PUSH, env.render())[0].size > 20


@pytest.mark.parametrize("angle", [0.0, 0.7, math.pi / 2, 3.0, -2.0])
def test_a_link_is_to_scale_and_hangs_where_its_angle_says(angle):
    rows, columns = where_is(POLE, draw_links((angle,), (1.0,), SIZE))
    across, down = columns + 0.5 - SIZE[0] / 2, rows + 0.5 - SIZE[1] / 2
    far = np.argmax(np.hypot(across, down))
    scale = SIZE[1] / (2 * (1 + ABOVE))
    assert np.hypot(across, down)[far] == pytest.approx(scale * 1.045, abs=2)
    assert math.atan2(across[far], down[far]) == pytest.approx(angle, abs=0.07)


@pytest.mark.parametrize("x", [-1.2, -0.5236, 0.2, 0.5])
def test_the_car_stands_on_the_ground_at_its_place(x):
    physics = find_task("mountaincar").physics
    columns = {at: where_is(CART, physics.draw((at, 0.0), None, SIZE))[1].mean() for at in (x, 0.0)}
    rows = where_is(CART, physics.draw((x, 0.0), None, SIZE))[0]
    lowest = where_is(CART, physics.draw((-0.5236, 0.0), None, SIZE))[0]
    assert (columns[x] - columns[0.0]) * x >= 0 and rows.max() <= lowest.max()
    assert rows.min() > 0


def test_what_there_is_to_do_is_said():
    assert about(find_task("acrobot")) == "swing the tip above the line, within 100 s"
    assert "“stays up”: upright through the last 2.5 s of 10 s" in about(find_task("pendulum"))
