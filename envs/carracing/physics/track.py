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
        line = walk(checkpoints(rng))
        points = closed(line)
        if points is not None:
            return build(points)


def checkpoints(rng: np.random.Generator) -> list[tuple[float, float, float]]:
    """Return where a track shall come by: angle around the origin [rad], x and y [m]."""
    found = []
    for c in range(CHECKPOINTS):
        alpha = 2 * math.pi * c / CHECKPOINTS + rng.uniform(0, 2 * math.pi * 1 / CHECKPOINTS)
        radius = rng.uniform(RADIUS / 3, RADIUS)
        if c == 0:
            alpha, radius = 0, 1.5 * RADIUS
        if c == CHECKPOINTS - 1:
            alpha, radius = 2 * math.pi * c / CHECKPOINTS, 1.5 * RADIUS
        found.append((alpha, radius * math.cos(alpha), radius * math.sin(alpha)))
    return found


def walk(goals: list[tuple[float, float, float]]) -> list[tuple[float, float, float, float]]:
    """Return points of more than four laps from checkpoint to checkpoint.

    Each has its angle around the origin and the angle of the road [rad], x and y [m].
    """
    x, y, beta = 1.5 * RADIUS, 0.0, 0.0
    goal, laps, left, beyond = 0, 0, MOST_STEPS, False
    line = []
    while laps <= 4 and left > 0:
        alpha = math.atan2(y, x)
        if beyond and alpha > 0:
            laps, beyond = laps + 1, False
        if alpha < 0:
            beyond, alpha = True, alpha + 2 * math.pi
        while alpha > goals[goal % CHECKPOINTS][0]:  # the next checkpoint ahead
            goal += 1
            if goal % CHECKPOINTS == 0:
                alpha -= 2 * math.pi
        _, goal_x, goal_y = goals[goal % CHECKPOINTS]
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
        line.append((alpha, before * 0.5 + beta * 0.5, x, y))
        left -= 1
    return line


def closed(line: list[tuple[float, float, float, float]]) -> np.ndarray | None:
    """Return the last whole lap, ``(N, 3)`` points; None where its ends do not meet."""
    start = 2 * math.pi * (-0.5) / CHECKPOINTS
    passes = []
    for i in range(len(line) - 1, 0, -1):
        if line[i][0] > start and line[i - 1][0] <= start:
            passes.append(i)
            if len(passes) == 2:
                break
    if len(passes) < 2:
        return None
    points = np.array([point[1:] for point in line[passes[1] : passes[0] - 1]])
    (beta, x, y), (_, end_x, end_y) = points[0], points[-1]
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
    # Gymnasium spreads each mark over the tiles behind it in order, so some spread further
    for i in range(len(hard)):
        for k in range(KERB_TILES):
            hard[i - k] |= hard[i]
    return hard


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
    found: list[list[int]] = [[] for _ in range(CELLS * CELLS)]
    for i, ((x0, y0), (x1, y1)) in enumerate(zip(low.tolist(), high.tolist(), strict=True)):
        for row in range(y0, y1 + 1):
            for column in range(x0, x1 + 1):
                found[row * CELLS + column].append(i)
    starts = np.cumsum([0, *map(len, found)])
    return starts, np.array([i for some in found for i in some], np.int64)


def cell_of(at: np.ndarray) -> np.ndarray:
    """Return the cells of coordinates [m]: those beyond the field are the outermost."""
    cells = np.floor((np.asarray(at, float) + FIELD) / CELL).astype(np.int64) + 2
    return np.clip(cells, 0, CELLS - 1)
