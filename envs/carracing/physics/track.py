"""Tracks of Gymnasium's racing: the same random numbers give the same track, bit for bit.

Both take sines and the like from Python's ``math``, so from the system's library: on another system
a last bit of a track may be another one.
"""

import math
from typing import NamedTuple

import numpy as np

from envs.carracing.physics.numbers import f32, kernel
from envs.carracing.physics.polygons import hull

SCALE = 6.0
RADIUS = 900 / SCALE  # m, of the circle that a track is a morph of
FIELD = 2000 / SCALE  # m: an episode ends where a coordinate goes beyond it
STEP = 21 / SCALE  # m from tile to tile
TURN = 0.31  # rad, the most from tile to tile
HALF_WIDTH = 40 / SCALE  # m, half the width of the road
KERB = 8 / SCALE  # m, its width
KERB_TILES = 4  # that turn the same way, at least, for a kerb
CHECKPOINTS = 12
MOST_STEPS = 2500

CELL = 8.0  # m, of the grid by which tiles are found
CELLS = math.ceil(2 * FIELD / CELL) + 4  # two cells more at each side: wheels are beyond the hull
REACH = 0.7  # m, of a wheel from its centre, and a little more


class Track(NamedTuple):
    """A closed track of N tiles.

    Attributes:
        points: ``(N, 3)`` angle of the road [rad] and its middle (x, y) [m], one a tile; the car
            starts at the first.
        quads: ``(N, 4, 2)`` corners of each tile [m], as Gymnasium draws them.
        tiles: ``(N, 4, 2)`` the same as Box2D has them: convex, counterclockwise, rounded to
            float32.
        edges: ``(N, 4, 3)`` of each edge of ``tiles`` the unit vector (x, y) that points outwards,
            and how far the edge is from the origin in its direction [m].
        kerbs: ``(K, 4, 2)`` corners of the kerbs [m].
        kerb_tiles: ``(K,)`` the tile of each: the even ones are white, the others red.
        cell_start: ``(CELLS * CELLS + 1,)`` where the tiles of each cell begin in ``near``.
        near: tiles that a wheel with its centre in a cell may touch.
    """

    points: np.ndarray
    quads: np.ndarray
    tiles: np.ndarray
    edges: np.ndarray
    kerbs: np.ndarray
    kerb_tiles: np.ndarray
    cell_start: np.ndarray
    near: np.ndarray

    @property
    def size(self) -> int:
        """Number of tiles."""
        return len(self.points)


def track_of(seed: int) -> Track:
    """Return the track that ``CarRacing-v3`` makes in ``reset(seed=seed)``."""
    return track_from(np.random.default_rng(seed))


def track_from(rng: np.random.Generator) -> Track:
    """Return the track that ``CarRacing-v3`` makes of the next random numbers."""
    while True:
        points = closed(walked(checkpoints(rng)))
        if points is not None:
            return build(points)


def checkpoints(rng: np.random.Generator) -> np.ndarray:
    """Return where a track shall come by, ``(12, 3)``: an angle [rad], x and y [m]."""
    found = []
    for c in range(CHECKPOINTS):
        alpha = 2 * math.pi * c / CHECKPOINTS + rng.uniform(0, 2 * math.pi * 1 / CHECKPOINTS)
        radius = rng.uniform(RADIUS / 3, RADIUS)
        if c == 0:
            alpha, radius = 0, 1.5 * RADIUS
        if c == CHECKPOINTS - 1:
            alpha, radius = 2 * math.pi * c / CHECKPOINTS, 1.5 * RADIUS
        found.append((alpha, radius * math.cos(alpha), radius * math.sin(alpha)))
    return np.array(found, float)


def walked(goals: np.ndarray) -> np.ndarray:
    """Return points of more than four laps from checkpoint to checkpoint, ``(M, 4)``.

    Each has its angle around the origin and the angle of the road [rad], x and y [m].
    """
    line = np.empty((MOST_STEPS, 4))
    return line[: walk(goals, line)]


@kernel
def walk(goals, line):
    """Fill the line that ``walked`` returns, and return how many points it has."""
    x, y, beta = 1.5 * RADIUS, 0.0, 0.0
    goal, laps, n, beyond = 0, 0, 0, False
    while laps <= 4 and n < len(line):
        alpha = math.atan2(y, x)
        if beyond and alpha > 0:
            laps, beyond = laps + 1, False
        if alpha < 0:
            beyond, alpha = True, alpha + 2 * math.pi
        while alpha > goals[goal % CHECKPOINTS, 0]:  # the next checkpoint ahead
            goal += 1
            if goal % CHECKPOINTS == 0:
                alpha -= 2 * math.pi
        goal_x, goal_y = goals[goal % CHECKPOINTS, 1], goals[goal % CHECKPOINTS, 2]
        across_x, across_y = math.cos(beta), math.sin(beta)
        ahead = across_x * (goal_x - x) + across_y * (goal_y - y)
        while beta - alpha > 1.5 * math.pi:
            beta -= 2 * math.pi
        while beta - alpha < -1.5 * math.pi:
            beta += 2 * math.pi
        before = beta
        ahead *= SCALE
        if ahead > 0.3:
            beta -= min(TURN, abs(0.001 * ahead))
        if ahead < -0.3:
            beta += min(TURN, abs(0.001 * ahead))
        x += -across_y * STEP
        y += across_x * STEP
        line[n, 0], line[n, 1], line[n, 2], line[n, 3] = alpha, before * 0.5 + beta * 0.5, x, y
        n += 1
    return n


def closed(line: np.ndarray) -> np.ndarray | None:
    """Return the last whole lap of a line, ``(N, 3)`` points; None where its ends do not meet."""
    start = 2 * math.pi * (-0.5) / CHECKPOINTS
    passes = 1 + np.flatnonzero((line[1:, 0] > start) & (line[:-1, 0] <= start))
    if len(passes) < 2:
        return None
    points = line[passes[-2] : passes[-1] - 1, 1:].copy()
    (beta, x, y), (_, end_x, end_y) = points[0].tolist(), points[-1].tolist()
    apart = math.hypot(math.cos(beta) * (x - end_x), math.sin(beta) * (y - end_y))
    return None if apart > STEP else points


def build(points: np.ndarray) -> Track:
    """Return the track through ``(N, 3)`` points."""
    ends = np.roll(points, 1, axis=0)  # a tile goes back to the point before
    quads = np.stack((side(points, -1), side(points, 1), side(ends, 1), side(ends, -1)), axis=1)
    kerbs = np.flatnonzero(has_kerb(points[:, 0]))
    out = np.sign(ends[kerbs, 0] - points[kerbs, 0])
    near, far = out, out * (HALF_WIDTH + KERB) / HALF_WIDTH
    tiles = np.zeros((len(points), 4, 2), f32)
    convex(quads.astype(f32), tiles)
    tiles = tiles.astype(np.float64)
    starts, near_tiles = grid(tiles)
    return Track(
        points,
        quads,
        tiles,
        edges_of(tiles),
        np.stack(
            (
                side(points[kerbs], near),
                side(points[kerbs], far),
                side(ends[kerbs], far),
                side(ends[kerbs], near),
            ),
            axis=1,
        ),
        kerbs,
        starts,
        near_tiles,
    )


def side(points: np.ndarray, halves: np.ndarray | float) -> np.ndarray:
    """Return the points moved to the right by so many half widths of the road, ``(N, 2)``."""
    beta, x, y = points.T
    return np.stack(
        (
            x + halves * HALF_WIDTH * np.array([math.cos(b) for b in beta]),
            y + halves * HALF_WIDTH * np.array([math.sin(b) for b in beta]),
        ),
        axis=1,
    )


def has_kerb(beta: np.ndarray) -> np.ndarray:
    """Return which tiles have a kerb: those in and before a hard turn."""
    turns = beta - np.roll(beta, 1)
    last = np.stack([np.roll(turns, k) for k in range(KERB_TILES)])
    hard = (abs(last) > TURN * 0.2).all(axis=0)
    hard &= abs(np.sign(last).sum(axis=0)) == KERB_TILES
    # Gymnasium spreads each mark over the tiles behind it, from the first tile on
    marks: list[bool] = hard.tolist()
    for i in range(len(marks)):
        if marks[i]:
            for k in range(KERB_TILES):
                marks[i - k] = True
    return np.array(marks)


@kernel
def convex(quads, tiles):
    """Fill tiles with the convex hulls of quads; one of three corners has the last one twice."""
    for i in range(len(quads)):
        n = hull(quads[i], tiles[i])
        for k in range(n, 4):
            tiles[i, k] = tiles[i, n - 1]


def edges_of(tiles: np.ndarray) -> np.ndarray:
    """Return ``edges`` of a track; an edge without a length keeps nothing off."""
    along = np.roll(tiles, -1, axis=1) - tiles
    out = np.stack((along[..., 1], -along[..., 0]), axis=-1)
    length = np.linalg.norm(out, axis=-1, keepdims=True)
    out = out / np.where(length == 0.0, 1.0, length)
    return np.concatenate((out, (out * tiles).sum(axis=-1, keepdims=True)), axis=-1)


def grid(tiles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return ``cell_start`` and ``near`` of a track."""
    low = cell_of(tiles.min(axis=1) - REACH)
    high = cell_of(tiles.max(axis=1) + REACH)
    sizes = high - low + 1
    near, cells = np.empty((2, sizes.prod(axis=1).sum()), np.int64)
    spread(low, high, near, cells)
    order = np.argsort(cells, kind="stable")
    starts = np.searchsorted(cells[order], np.arange(CELLS * CELLS + 1))
    return starts, near[order]


@kernel
def spread(low, high, near, cells):
    """List each tile with each of its cells."""
    n = 0
    for i in range(len(low)):
        for row in range(low[i, 1], high[i, 1] + 1):
            for column in range(low[i, 0], high[i, 0] + 1):
                near[n], cells[n] = i, row * CELLS + column
                n += 1


def cell_of(at: np.ndarray) -> np.ndarray:
    """Return the cells of coordinates [m]: those beyond the field are the outermost."""
    cells = np.floor((np.asarray(at, float) + FIELD) / CELL).astype(np.int64) + 2
    return np.clip(cells, 0, CELLS - 1)
