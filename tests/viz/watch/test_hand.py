"""Dragging and pushing what is in the window."""

import numpy as np
import pytest

from envs.render import Event, View
from viz.scene.panel import CAPTION, players
from viz.watch import hand, pictures, window
from viz.watch.hand import Stage
from wann.champion.champion import Champion
from wann.genome.genome import minimal_genome
from wann.tasks import find_task


def stage_of(champion, task="swingup", weights=(0.8,)):
    return Stage(pictures.make_panels(players(champion, weights), find_task(task), network=False))


def regulator():
    """Return a network for the swing-up that keeps a pole up which is nearly so."""
    task = find_task("swingup")
    genome = minimal_genome(5, 1, 1.0, np.random.default_rng(0))
    weights = np.array([0.0, 0.1, 0.2, 0.0, -3.0, -0.6])  # bias, x, x_dot, cos, sin, theta_dot
    return Champion(genome, None, task.inputs, task.outputs, weights=weights)


@pytest.fixture
def swing():
    """Return one panel of it."""
    return stage_of(regulator(), weights=(None,))


def at(stage, across, up, i=0):
    """Return the place on the sheet that is so many metres from the axle of a panel."""
    panel = stage.all[i].panel
    view = View.of(panel.physics, panel.size)
    x, y = view.axle(panel.env.state[0], panel.physics.limit)
    left, top = pictures.place_of(i, len(stage.all), panel.picture_size, stage.title)
    return round(left + x + across * view.scale), round(top + CAPTION + y - up * view.scale)


def drag(stage, start, end):
    for event in (Event("press", start), Event("move", end)):
        stage.take(event)


def test_the_pole_follows_the_mouse_and_the_network_goes_on_from_there(swing):
    [one] = swing.all
    swing.go_on(0.5)
    drag(swing, at(swing, 0.0, -0.5), at(swing, 0.06, 0.6))
    assert one.panel.env.state[2] == pytest.approx(-0.1, abs=0.02)  # to the right
    assert one.panel.env.state[3] == 0.0
    steps = one.panel.steps
    swing.go_on(0.5)
    assert one.panel.steps == steps  # it is held
    swing.take(Event("release", at(swing, 0.06, 0.6)))
    held = np.array(one.panel.observation)
    swing.go_on(0.02)
    assert one.panel.steps == steps + 2 and one.held == ""
    one.panel.place(one.panel.env.state[:4])
    assert (one.panel.observation != held).any()
    swing.go_on(12.0)
    assert one.panel.steps > 1200 and not one.panel.over  # without an end


def test_the_cart_is_dragged_along_its_rail_and_not_off_it(swing):
    [one] = swing.all
    for metres in (0.6, 90.0):
        start = at(swing, 0.0, 0.0)
        drag(swing, start, (start[0] + round(metres * 60), start[1]))
        swing.take(Event("release", start))
    assert one.panel.env.state[0] == pytest.approx(hand.WITHIN * 2.4)
    assert one.panel.env.state[1] == 0.0


def test_a_hand_cannot_end_an_episode_but_begins_it_anew():
    task = find_task("cartpole")
    genome = minimal_genome(4, 1, 1.0, np.random.default_rng(0))
    stage = stage_of(Champion(genome, None, task.inputs, task.outputs), "cartpole", (-1.0,))
    [one] = stage.all
    stage.go_on(1.0)
    assert one.panel.failed and not stage.done
    drag(stage, at(stage, 0.0, 0.8), at(stage, 0.9, 0.1))
    assert one.panel.env.state[2] == pytest.approx(hand.WITHIN * task.physics.angle)
    assert not one.panel.failed and one.panel.badge.text == "balances"


def test_a_push_counts_once_it_is_survived(swing):
    [one] = swing.all
    one._place(0.0, 0.0, 0.0, 0.0)
    swing.go_on(1.5)
    swing.take(Event("key", key="right"))
    assert one.panel.env.state[3] < -1.0 and one.survived == 0
    swing.go_on(0.5)
    assert one.survived == 0 and one.panel.note == ""
    swing.go_on(3.0)
    assert one.survived == 1 and one.panel.note == "survived 1 push"
    start = at(swing, 0.3, 0.5)
    swing.take(Event("press", start))
    swing.take(Event("release", (start[0] + 2, start[1])))  # a click to the right of it
    assert one.panel.env.state[3] > 1.0
    swing.go_on(5.0)
    assert one.survived == 2 and one.panel.note == "survived 2 pushes"


def test_a_push_that_is_not_survived_does_not_count():
    task = find_task("cartpole")
    genome = minimal_genome(4, 1, 0.0, np.random.default_rng(0))  # always pushes to the left
    stage = stage_of(Champion(genome, None, task.inputs, task.outputs), "cartpole")
    [one] = stage.all
    one._place(0.0, 0.0, 0.0, 0.0)
    stage.go_on(0.04)
    stage.take(Event("key", key="left"))
    assert one.pending == 1
    stage.go_on(3.0)
    assert one.panel.failed and (one.survived, one.pending) == (0, 0)
    stage.take(Event("key", key="left"))  # there is nothing to push
    assert one.panel.failed and one.pending == 0


def test_a_push_of_a_hanging_pole_does_not_count(swing):
    [one] = swing.all
    swing.go_on(0.02)
    swing.take(Event("key", key="left"))
    assert one.panel.env.state[3] > 0.5 and one.pending == 0


def test_keys(swing):
    swing.take(Event("key", key="space"))
    swing.go_on(1.0)
    assert swing.all[0].panel.steps == 0 and swing.paused
    swing.take(Event("key", key="space"))
    swing.go_on(1.0)
    assert swing.all[0].panel.steps == 100 and not swing.done
    swing.take(Event("key", key="r"))
    assert swing.done and swing.again
    swing.take(Event("key", key="n"))
    swing.go_on(0.1)
    assert swing.done and not swing.again


def test_only_the_panel_under_the_mouse_is_moved():
    stage = stage_of(regulator(), weights=(None, 1.0))
    drag(stage, at(stage, 0.0, -0.5, 1), at(stage, 0.0, 0.5, 1))
    first, second = (one.panel.env.state[2] for one in stage.all)
    assert second == pytest.approx(0.0, abs=0.02) and abs(first) > 2
    stage.take(Event("press", (1, 1)))  # beside all panels
    assert stage.grasped is stage.all[1]


def test_what_has_no_cart_just_plays():
    pytest.importorskip("pygame", reason="Gymnasium draws by pygame")
    task = find_task("gym:Pendulum-v1")
    genome = minimal_genome(3, 1, 1.0, np.random.default_rng(0))
    stage = stage_of(Champion(genome, None, task.inputs, task.outputs), task.name)
    assert stage.hint == hand.HINT
    for event in (Event("press", (200, 200)), Event("move", (250, 90)), Event("key", key="left")):
        stage.take(event)
    stage.go_on(1.0)
    assert stage.all[0].panel.steps == 30 and stage.grasped is None


def test_the_window_hands_events_to_the_stage(swing, monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    pygame = pytest.importorskip("pygame", reason="a window needs pygame")
    screen, [one] = window.Window("test", 500), swing.all
    start, end = at(swing, 0.0, -0.5), at(swing, 0.0, 0.5)
    screen.show(np.asarray(swing.picture()))
    pygame.event.clear()
    for kind, facts in (
        (pygame.MOUSEBUTTONDOWN, {"pos": start, "button": 1}),
        (pygame.MOUSEMOTION, {"pos": end, "rel": (0, 9), "buttons": (1, 0, 0)}),
    ):
        pygame.event.post(pygame.event.Event(kind, **facts))
    pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=pygame.K_n))
    assert window.show(swing, screen)
    assert one.held == "pole" and one.panel.env.state[2] == pytest.approx(0.0, abs=0.02)
    screen.close()
