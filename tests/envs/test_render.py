"""Pictures: size, type, and the right thing in the right place; the window."""

import math
import sys

import gymnasium
import numpy as np
import pytest
from PIL import ImageColor

import envs  # noqa: F401 - registers the environments
from envs import render
from envs.cartpole import CARTPOLE_FAR, CartPole
from envs.environment import ControlEnv
from envs.swingup import SwingUp
from wann.tasks import ControlTask

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
@pytest.mark.parametrize("size", [(600, 300), (480, 202), (420, 400)])
@pytest.mark.parametrize("x", [-2.4, -1.0, 0.0, 2.4])
def test_cart_is_at_its_place(physics, size, x):
    view = render.View.of(physics, size)
    _, columns = where_is(render.CART, render.draw_cart_pole((x, 0.0, 0.0, 0.0), physics, size))
    column, _ = view.axle(x, physics.limit)
    assert (columns.min() + columns.max() + 1) / 2 == pytest.approx(column, abs=1)
    wide = 2 * render.HALF_CART * view.scale
    assert columns.max() - columns.min() + 1 == pytest.approx(wide, abs=2)
    assert view.cart_at(column) == pytest.approx(x)
    assert column - wide / 2 > 0 and column + wide / 2 < size[0]


@pytest.mark.parametrize("physics", PHYSICS)
@pytest.mark.parametrize("theta", [0.0, 0.2, math.pi / 2, math.pi, -2.0])
def test_pole_is_to_scale_and_points_the_right_way(physics, theta):
    if physics is PHYSICS[1] and abs(theta) > 1:
        pytest.skip("this pole never hangs")
    view = render.View.of(physics, (600, 300))
    rows, columns = where_is(render.POLE, render.draw_cart_pole((0.5, 0.0, theta, 0.0), physics))
    x, y = view.axle(0.5, physics.limit)
    right, up = columns + 0.5 - x, y - (rows + 0.5)
    far = np.argmax(np.hypot(right, up))
    reach = physics.pole + render.POLE_WIDTH / 2
    assert np.hypot(right, up)[far] == pytest.approx(view.scale * reach, abs=2)
    assert math.atan2(right[far], up[far]) == pytest.approx(
        render.lean_of(physics) * math.remainder(theta, 2 * math.pi), abs=0.07
    ) or (theta == math.pi and abs(math.atan2(right[far], up[far])) > math.pi - 0.07)


@pytest.mark.parametrize(
    ("physics", "angle"),
    [(SwingUp(), math.pi), (CartPole(), 0.2), (CARTPOLE_FAR.physics, 1.0)],
)
@pytest.mark.parametrize("width", [320, 480, 720])
def test_the_pole_is_as_large_as_the_picture_allows(physics, angle, width):
    size = width, round(0.42 * width)
    for theta in (0.0, angle, -angle):
        picture = render.draw_cart_pole((0.0, 0.0, theta, 0.0), physics, size, physics.force)
        rows, columns = where_is(render.POLE, picture)
        assert rows.min() > 0 and rows.max() < size[1] - 1
        assert columns.min() > 0 and columns.max() < size[0] - 1
    assert render.View.of(physics, size).scale * physics.pole > 0.38 * size[1]


def test_stops_are_where_the_cart_touches_them():
    physics = SwingUp()
    picture = render.draw_cart_pole((physics.limit, 0.0, 0.0, 0.0), physics)
    cart, stop = where_is(render.CART, picture)[1].max(), where_is(render.STOP, picture)[1]
    assert 1 <= stop[stop > cart].min() - cart <= 3
    # in the middle neither stop is seen, only the mark of the centre
    middle = where_is(render.STOP, render.draw_cart_pole((0.0, 0.0, 0.0, 0.0), physics))[1]
    assert middle.min() > 270 and middle.max() < 330


def test_the_picture_follows_the_cart_steadily():
    physics = SwingUp()
    view = render.View.of(physics, (480, 202))
    columns = [view.axle(x, physics.limit)[0] for x in np.linspace(-2.4, 2.4, 9)]
    steps = np.diff(columns)
    assert 0 < view.follows < 1 and steps.min() > 5 and np.ptp(steps) < 1e-9
    whole = render.View.of(physics, (2000, 202))  # all of the rail: it stands still
    assert whole.follows == 0


@pytest.mark.parametrize(
    "physics", (SwingUp(friction=0.0, dt=1e-4), CartPole(force=0.0, dt=1e-4, angle=3.0))
)
def test_the_pole_leans_to_the_side_that_its_physics_means(physics):
    """Without a force cart and pole keep their common momentum, if the lean is drawn as it is."""
    half = physics.pole / 2
    total = physics.cart_mass + physics.pole_mass
    env = ControlEnv(ControlTask(physics, 10**6))
    env.reset(options={"state": (0.0, 0.0, 0.5, 0.0)})
    for _ in range(3000):
        env.step(1 if env.discrete else np.zeros(1))
    _, x_dot, theta, theta_dot = env.state[:4]
    cart, pole = total * x_dot, physics.pole_mass * half * math.cos(theta) * theta_dot
    lean = render.lean_of(physics)
    assert abs(cart + lean * pole) < 1e-3 < 0.01 < abs(cart - lean * pole)


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


def test_window_tells_what_was_done_in_it(pygame):
    window = render.Window("test", 200)
    window.show(np.zeros((20, 30, 3), np.uint8))
    window.events()
    for kind, facts in (
        (pygame.KEYDOWN, {"key": pygame.K_LEFT}),
        (pygame.MOUSEBUTTONDOWN, {"pos": (3, 4), "button": 1}),
        (pygame.MOUSEMOTION, {"pos": (5, 4), "rel": (2, 0), "buttons": (1, 0, 0)}),
        (pygame.MOUSEBUTTONUP, {"pos": (5, 4), "button": 1}),
        (pygame.MOUSEBUTTONDOWN, {"pos": (3, 4), "button": 3}),
    ):
        pygame.event.post(pygame.event.Event(kind, **facts))
    assert window.show(np.zeros((20, 30, 3), np.uint8))
    assert window.events() == [
        render.Event("key", key="left"),
        render.Event("press", (3, 4)),
        render.Event("move", (5, 4)),
        render.Event("release", (5, 4)),
    ]
    assert window.events() == []


def test_no_display_is_an_error_of_the_user(pygame, monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "nosuchdriver")
    with pytest.raises(render.NoWindow, match=r"--gif or --mp4, or render_mode='rgb_array'"):
        render.Window("test", 50).show(np.zeros((20, 30, 3), np.uint8))


def test_missing_pygame_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "pygame", None)
    with pytest.raises(render.NoWindow, match=r'pip install "wann\[window\]"'):
        render.Window("test", 50)
