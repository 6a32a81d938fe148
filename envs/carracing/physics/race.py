"""An episode of racing: the car on its track, what it is rewarded for, and when it ends."""

from typing import NamedTuple

import numpy as np

from envs.carracing.physics.car import (
    WHEEL_HALF_WIDTH,
    WHEEL_RADIUS,
    C,
    Car,
    S,
    X,
    Y,
    control,
    new_car,
    origin,
    place,
    push,
)
from envs.carracing.physics.numbers import f32, kernel
from envs.carracing.physics.polygons import SKIN, touch
from envs.carracing.physics.solver import step
from envs.carracing.physics.track import CELL, CELLS, FIELD

LAP = 0.95  # share of the tiles after which coming to the first one would end a lap
FRAME_COST = 0.1
TILES_WORTH = 1000.0  # all tiles together
OFF_FIELD = -100.0
DT = 1.0 / 50  # s
RADIUS = 0.61 + SKIN  # m, of a wheel around its centre, and a little more
HALF, LONG = f32(WHEEL_HALF_WIDTH), f32(WHEEL_RADIUS)

#: columns of ``Race.numbers``
REWARD, BEFORE = range(2)
#: columns of ``Race.counts``
FRAME, VISITED, LAPPED = range(3)


class Race(NamedTuple):
    """The state of an episode.

    Attributes:
        car: the car.
        visited: ``(tiles,)`` which tiles a wheel has touched; room for the longest track.
        numbers: ``(2,)`` float64: the reward so far, and that before the last step.
        counts: ``(3,)`` how many frames there were, how many tiles were visited, and whether a lap
            is complete.
        corners: ``(4, 2)`` float64, for the corners of a wheel.
    """

    car: Car
    visited: np.ndarray
    numbers: np.ndarray
    counts: np.ndarray
    corners: np.ndarray


def new_race(tiles: int) -> Race:
    """Return an episode that has not begun, on a track of at most so many tiles."""
    return Race(
        new_car(),
        np.zeros(tiles, np.bool_),
        np.zeros(2),
        np.zeros(3, np.int64),
        np.zeros((4, 2)),
    )


@kernel
def begin(race, track):
    """Begin an episode as ``reset`` of Gymnasium does, which makes a first step without action."""
    place(race.car, track.points[0, 0], track.points[0, 1], track.points[0, 2])
    race.visited[:] = False
    race.numbers[:] = 0.0
    race.counts[:] = 0
    advance(race, track)


@kernel
def advance(race, track):
    """Let tyres push, look what the wheels touch, and let the world move: a frame."""
    push(race.car, DT)
    feel(race, track)
    step(race.car)
    race.counts[FRAME] += 1


@kernel
def drive(race, track, steer, gas, brake):
    """Make a step with an action and return (reward, over).

    Args:
        race: where the episode is.
        track: of this episode.
        steer: from -1, left, to 1, right.
        gas: from 0 to 1.
        brake: from 0 to 1.
    """
    control(race.car, steer, gas, brake)
    advance(race, track)
    numbers, counts = race.numbers, race.counts
    numbers[REWARD] -= FRAME_COST
    reward = numbers[REWARD] - numbers[BEFORE]
    numbers[BEFORE] = numbers[REWARD]
    over = counts[VISITED] == len(track.points) or counts[LAPPED] == 1
    x, y = origin(race.car.bodies, 0)
    if abs(x) > FIELD or abs(y) > FIELD:
        reward, over = OFF_FIELD, True
    return reward, over


@kernel
def feel(race, track):
    """Find which wheels are on the road and which tiles are visited.

    Box2D does so before the bodies move, so what is felt is where the last frame shows the car.
    Where several tiles are new at once, the lowest number counts first.
    """
    car, tiles = race.car, track.tiles
    for k in range(1, 5):
        x, y = np.float64(car.bodies[k, X]), np.float64(car.bodies[k, Y])
        column = min(CELLS - 1, max(0, np.int64(np.floor((x + FIELD) / CELL)) + 2))
        row = min(CELLS - 1, max(0, np.int64(np.floor((y + FIELD) / CELL)) + 2))
        cell = row * CELLS + column
        on_road = ready = False
        for at in range(track.cell_start[cell], track.cell_start[cell + 1]):
            tile = track.near[at]
            if on_road and race.visited[tile]:
                continue
            # how far the centre is beyond the edges, at most
            off = -np.inf
            for i in range(4):
                edge = track.edges[tile, i]
                off = max(off, edge[0] * x + edge[1] * y - edge[2])
            if off > RADIUS:
                continue
            if off > 0.0:
                if not ready:
                    wheel_corners(car.bodies, k, race.corners)
                    ready = True
                if not touch(race.corners, tiles[tile]):
                    continue
            on_road = True
            if not race.visited[tile]:
                visit(race, tile, len(track.points))
        car.on_road[k] = on_road


@kernel
def visit(race, tile, size):
    """Count a tile that is touched for the first time."""
    race.visited[tile] = True
    race.numbers[REWARD] += TILES_WORTH / size
    race.counts[VISITED] += 1
    if tile == 0 and race.counts[VISITED] / size > LAP:
        race.counts[LAPPED] = 1


@kernel
def wheel_corners(bodies, k, corners):
    """Fill the corners of a wheel, counterclockwise, rounded to float32 as Box2D's are."""
    x, y = origin(bodies, k)
    s, c = bodies[k, S], bodies[k, C]
    for i in range(4):
        u = HALF if i == 0 or i == 3 else -HALF
        v = LONG if i < 2 else -LONG
        corners[i, 0] = (c * u - s * v) + x
        corners[i, 1] = (s * u + c * v) + y
