"""Gymnasium's ``CarRacing-v3``: the same car, tiles, rewards and ends, bit for bit."""

import numpy as np
import pytest

pytest.importorskip("Box2D", reason='Box2D is not installed: pip install "wann[box2d]"')

from support.racing import bodies_of, drivers, gymnasiums

from envs.carracing.physics.car import HULL, OMEGA, PHASE, VX, WHEEL
from envs.carracing.physics.race import OFF_FIELD, VISITED, begin, drive, new_race
from envs.carracing.physics.track import track_of


class Both:
    """An episode in Gymnasium and here."""

    def __init__(self, seed):
        """Begin it."""
        self.env, self.track = gymnasiums(), track_of(seed)
        self.env.reset(seed=seed)
        self.race = new_race(self.track.size)
        begin(self.race, self.track)
        self.assert_equal()

    def step(self, action):
        """Make a step in both, and return its reward and whether it was the last."""
        _, reward, over, _, _ = self.env.step(np.asarray(action, float))
        own_reward, own_over = drive(self.race, self.track, *np.asarray(action, float).tolist())
        assert (own_reward, own_over) == (reward, over)
        self.assert_equal()
        return reward, over

    def assert_equal(self):
        """Check that all bits of the state are equal."""
        car = self.race.car
        assert np.array_equal(bodies_of(self.env), car.bodies[:, :6])
        for k, wheel in enumerate(self.env.car.wheels, start=1):
            assert (wheel.omega, wheel.phase) == tuple(car.wheels[k, [OMEGA, PHASE]])
            assert (len(wheel.tiles) > 0) == car.on_road[k]
        assert self.env.tile_visited_count == self.race.counts[VISITED]


def test_masses_are_those_of_box2d():
    car = Both(0).env.car
    for body, mass in ((car.hull, HULL), (car.wheels[0], WHEEL)):
        assert mass.inverse == np.float32(1.0) / np.float32(body.mass)
        assert (mass.x, mass.y) == tuple(np.float32(body.localCenter))
        # Box2D tells the inertia around the body's origin
        around = body.inertia - body.mass * (mass.x**2 + mass.y**2)
        assert 1 / mass.inertia == pytest.approx(around, rel=1e-6)


@pytest.mark.parametrize("kind", ["holds", "shakes", "follows"])
@pytest.mark.parametrize("seed", [3, 4])
def test_drives_have_the_bits_of_gymnasium(kind, seed):
    both, driver = Both(seed), drivers(seed)[kind]
    total = 0.0
    for _ in range(500):
        reward, over = both.step(driver(both.track, both.race.car.bodies[0]))
        total += reward
        if over:
            break
    assert total > 300 or kind != "follows"


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["holds", "shakes", "follows"])
def test_whole_episodes_have_the_bits_of_gymnasium(kind):
    for seed in range(100, 110):
        both, driver = Both(seed), drivers(seed)[kind]
        for _ in range(1000):
            if both.step(driver(both.track, both.race.car.bodies[0]))[1]:
                break


def test_a_car_at_rest_falls_asleep_and_wakes():
    both = Both(1)
    speeds = []
    for _ in range(120):
        both.step((0.0, 0.0, 0.0))
        speeds.append(abs(both.race.car.bodies[:, VX]).max())
    assert speeds[0] > 0 and 0.0 in speeds  # Box2D stops what has been slow for half a second
    for _ in range(50):
        both.step((0.3, 1.0, 0.0))
    assert abs(both.race.car.bodies[:, VX]).max() > 1


def test_an_episode_ends_off_the_field():
    both = Both(2)
    for _ in range(1000):
        reward, over = both.step((0.0, 0.5, 0.0))
        if over:
            break
    assert over and reward == OFF_FIELD


def test_an_episode_ends_with_the_last_tile():
    both = Both(3)
    left = range(4, 8)  # what the car comes to first
    for tile in both.env.road:
        if tile.idx not in left and not tile.road_visited:
            tile.road_visited = True
            both.env.tile_visited_count += 1
    both.race.visited[[k for k in range(both.track.size) if k not in left]] = True
    both.race.counts[VISITED] = both.env.tile_visited_count
    assert both.race.counts[VISITED] == both.track.size - len(left)
    rewards = []
    for _ in range(200):
        reward, over = both.step((0.0, 0.3, 0.0))
        rewards.append(reward)
        if over:
            break
    assert over and rewards[-1] == pytest.approx(1000 / both.track.size - 0.1)
