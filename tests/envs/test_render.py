"""Pictures: size, type, and the right thing in the right place; the window."""

import math
import sys

import gymnasium
import numpy as np
import pytest
from PIL import ImageColor

import envs  # noqa: F401 - registers the environments
from envs import render
from envs.cartpole import CartPole
from envs.environment import ControlEnv
from envs.swingup import SwingUp
from wann.errors import WannError

PHYSICS = (SwingUp(), CartPole())


def where_is(colour, picture):
    """Return the rows and columns of the pixels that have exactly this colour."""
    return np.nonzero((picture == ImageColor.getrgb(colour)).all(axis=2))


@pytest.mark.parametrize("physics", PHYSICS)
@pytest.mark.parametrize("size", [(600, 300), (321, 135), (200, 400)])
def test_picture_has_the_size(physics, size):
    picture = render.draw_cart_pole((0.0, 0.0, 0.3, 0.0), physics, size)
    assert picture.shape == (size[1], size[0], 3) and picture.dtype == np.uint8


@pytest.mark.parametrize("physics", PHYSICS)
@pytest.mark.parametrize("x", [-2.4, -1.0, 0.0, 2.4])
def test_cart_is_at_its_place(physics, x):
    _, columns = where_is(render.CART, render.draw_cart_pole((x, 0.0, 0.0, 0.0), physics))
    scale = render.pixels_per_metre((600, 300), physics.limit, physics.pole) / render.SHARP
    assert (columns.min() + columns.max() + 1) / 2 == pytest.approx(300 + scale * x, abs=1)
    assert columns.max() - columns.min() + 1 == pytest.approx(2 * render.HALF_CART * scale, abs=2)


@pytest.mark.parametrize("physics", PHYSICS)
@pytest.mark.parametrize("theta", [0.0, 0.2, math.pi / 2, math.pi, -2.0])
def test_pole_is_to_scale_and_points_the_right_way(physics, theta):
    rows, columns = where_is(render.POLE, render.draw_cart_pole((0.5, 0.0, theta, 0.0), physics))
    scale = render.pixels_per_metre((600, 300), physics.limit, physics.pole) / render.SHARP
    right, up = columns + 0.5 - (300 + 0.5 * scale), 150 - (rows + 0.5)
    far = np.argmax(np.hypot(right, up))
    reach = physics.pole + render.POLE_WIDTH / 2
    assert np.hypot(right, up)[far] == pytest.approx(scale * reach, abs=2)
    assert math.atan2(right[far], up[far]) == pytest.approx(
        math.remainder(theta, 2 * math.pi), abs=0.07
    ) or (theta == math.pi and abs(math.atan2(right[far], up[far])) > math.pi - 0.07)


def test_stops_are_where_the_cart_touches_them():
    physics = SwingUp()
    picture = render.draw_cart_pole((physics.limit, 0.0, 0.0, 0.0), physics)
    cart, stop = where_is(render.CART, picture)[1].max(), where_is(render.STOP, picture)[1]
    assert 1 <= stop[stop > 400].min() - cart <= 3
    assert stop.min() < 60


def test_arrow_shows_the_force():
    physics = SwingUp()
    none = render.draw_cart_pole((0.0, 0.0, 3.0, 0.0), physics)
    assert not where_is(render.PUSH, none)[1].size
    np.testing.assert_array_equal(
        none, render.draw_cart_pole((0.0, 0.0, 3.0, 0.0), physics, force=0.0)
    )
    widths = {}
    for force in (-10.0, 4.0, 10.0):
        columns = where_is(
            render.PUSH, render.draw_cart_pole((0.0, 0.0, 3.0, 0.0), physics, force=force)
        )[1]
        assert (columns > 300).all() if force > 0 else (columns < 300).all()
        widths[force] = columns.max() - columns.min()
    assert widths[4.0] < widths[10.0] and abs(widths[-10.0] - widths[10.0]) <= 1


def test_tasks_draw_what_their_action_does():
    right = ImageColor.getrgb(render.PUSH)
    for physics, action in ((CartPole(), (0.001,)), (SwingUp(), (5.0,))):
        full = render.draw_cart_pole((0.0, 0.0, 0.0, 0.0), physics, (600, 300), physics.force)
        np.testing.assert_array_equal(physics.draw((0.0, 0.0, 0.0, 0.0), action, (600, 300)), full)
        assert (full == right).all(axis=2).any()


def test_drawing_leaves_the_cached_rail_alone():
    first = render.draw_cart_pole((0.0, 0.0, 0.0, 0.0), SwingUp())
    render.draw_cart_pole((1.0, 0.0, 2.0, 0.0), SwingUp())
    np.testing.assert_array_equal(render.draw_cart_pole((0.0, 0.0, 0.0, 0.0), SwingUp()), first)


# ------------------------------------------------------------------------------- in the environment
def test_environment_renders_arrays():
    env = gymnasium.make("wann/CartPoleSwingUp-v0", render_mode="rgb_array")
    env.reset(seed=0)
    before = env.render()
    assert before.shape == (300, 600, 3) and before.dtype == np.uint8
    for _ in range(20):
        env.step(np.ones(1))
    assert (env.render() != before).any()
    small = ControlEnv("cartpole", "rgb_array", size=(320, 160))
    small.reset(seed=0)
    assert small.render().shape == (160, 320, 3)


def test_environment_without_render_mode_warns():
    env = ControlEnv("swingup")
    env.reset(seed=0)
    with pytest.warns(UserWarning, match="render_mode"):
        assert env.render() is None


@pytest.fixture
def pygame(monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    module = pytest.importorskip("pygame", reason="a window needs pygame")
    yield module
    module.display.quit()


def test_human_mode_shows_each_step(pygame):
    env = ControlEnv("cartpole", "human")
    env.reset(seed=0)
    shown = pygame.surfarray.array3d(pygame.display.get_surface()).swapaxes(0, 1)
    np.testing.assert_array_equal(shown, env.physics.draw(env.state, None, (600, 300)))
    env.step(1)
    shown = pygame.surfarray.array3d(pygame.display.get_surface()).swapaxes(0, 1)
    np.testing.assert_array_equal(shown, env.physics.draw(env.state, (1.0,), (600, 300)))
    env.close()
    env.close()
    assert not pygame.display.get_init()


@pytest.mark.parametrize("how", ["cross", "escape"])
def test_window_can_be_closed_by_hand(pygame, how):
    window = render.Window("test", 200)
    picture = np.zeros((20, 30, 3), np.uint8)
    assert window.show(picture)
    event = {
        "cross": pygame.event.Event(pygame.QUIT),
        "escape": pygame.event.Event(pygame.KEYDOWN, key=pygame.K_ESCAPE),
    }
    pygame.event.post(event[how])
    assert not window.show(picture) and not window.is_open
    assert not window.show(picture)  # it stays closed


def test_no_display_is_an_error_of_the_user(pygame, monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "nosuchdriver")
    with pytest.raises(WannError, match=r"--gif or --mp4, or render_mode='rgb_array'"):
        render.Window("test", 50).show(np.zeros((20, 30, 3), np.uint8))


def test_missing_pygame_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "pygame", None)
    with pytest.raises(WannError, match=r'pip install "wann\[window\]"'):
        render.Window("test", 50)
