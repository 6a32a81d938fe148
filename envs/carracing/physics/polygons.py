"""Convex polygons as Box2D has them: their hull, mass and whether two of them touch."""

import math
from typing import NamedTuple

import numpy as np

from envs.carracing.physics.numbers import f32, kernel

SKIN = 0.02  # m: Box2D gives each polygon a radius of 0.01


@kernel
def hull(points, corners):
    """Put the convex hull of float32 ``(N, 2)`` points into corners and return how many it has.

    Counterclockwise from the rightmost, as gift wrapping in ``b2PolygonShape::Set`` finds it.
    """
    n, first = len(points), 0
    for i in range(1, n):
        if points[i, 0] > points[first, 0] or (
            points[i, 0] == points[first, 0] and points[i, 1] < points[first, 1]
        ):
            first = i
    size, at = 0, first
    while size < n:
        corners[size] = points[at]
        size += 1
        after = 0
        for j in range(1, n):
            if after == at:
                after = j
                continue
            rx, ry = points[after, 0] - points[at, 0], points[after, 1] - points[at, 1]
            vx, vy = points[j, 0] - points[at, 0], points[j, 1] - points[at, 1]
            side = rx * vy - ry * vx
            if side < 0.0 or (side == 0.0 and vx * vx + vy * vy > rx * rx + ry * ry):
                after = j
        at = after
        if at == first:
            break
    return size


class Mass(NamedTuple):
    """What Box2D has of a body: float32.

    Attributes:
        inverse: 1 / mass [1 / kg].
        inertia: 1 / moment of inertia around the centre [1 / (kg m^2)].
        x: of the centre in the body's own coordinates [m].
        y: of the centre.
    """

    inverse: np.float32
    inertia: np.float32
    x: np.float32
    y: np.float32


def mass_of(polygons: list[list[tuple[float, float]]], density: float) -> Mass:
    """Return the mass of a body of convex polygons [m] of one density [kg / m^2].

    Source: ``b2PolygonShape::ComputeMass`` and ``b2Body::ResetMassData``, the same operations in
    the same order.
    """
    mass = inertia = x = y = f32(0.0)
    for polygon in reversed(polygons):  # the last fixture comes first
        m, moment, cx, cy = _mass_of_one(np.array(polygon, f32), f32(density))
        mass, inertia = mass + m, inertia + moment
        x, y = x + m * cx, y + m * cy
    inverse = f32(1.0) / mass
    x, y = x * inverse, y * inverse
    inertia = inertia - mass * (x * x + y * y)
    return Mass(inverse, f32(1.0) / inertia, x, y)


def _mass_of_one(polygon: np.ndarray, density: np.float32) -> tuple[np.float32, ...]:
    """Return mass, moment of inertia around the body's origin, and the centre."""
    corners = np.empty_like(polygon)
    n = hull(polygon, corners)
    third, half, quarter = f32(1.0) / f32(3.0), f32(0.5), f32(0.25)
    area = moment = cx = cy = sx = sy = f32(0.0)
    for i in range(n):
        sx, sy = sx + corners[i, 0], sy + corners[i, 1]
    sx, sy = sx * (f32(1.0) / f32(n)), sy * (f32(1.0) / f32(n))
    for i in range(n):
        ax, ay = corners[i, 0] - sx, corners[i, 1] - sy
        bx, by = corners[(i + 1) % n, 0] - sx, corners[(i + 1) % n, 1] - sy
        d = ax * by - ay * bx
        area = area + half * d
        share = half * d * third
        cx, cy = cx + share * (ax + bx), cy + share * (ay + by)
        square = (ax * ax + bx * ax + bx * bx) + (ay * ay + by * ay + by * by)
        moment = moment + (quarter * third * d) * square
    mass = density * area
    cx, cy = cx * (f32(1.0) / area), cy * (f32(1.0) / area)
    x, y = cx + sx, cy + sy
    moment = density * moment + mass * ((x * x + y * y) - (cx * cx + cy * cy))
    return mass, moment, x, y


@kernel
def touch(a, b):
    """Return whether convex ``(N, 2)`` polygons, counterclockwise, come within SKIN of each other.

    That is what ``b2TestOverlap`` says of a sensor, but for rounding at the very distance.
    """
    apart = max(separation(a, b), separation(b, a))
    if apart <= 0.0 or apart > SKIN:
        return apart <= 0.0
    return min(distance(a, b), distance(b, a)) <= SKIN


@kernel
def separation(a, b):
    """Return the largest distance by which an edge of ``a`` keeps ``b`` off; negative if none does.

    It is the distance of the polygons at most.
    """
    most = -math.inf
    for i in range(len(a)):
        j = i + 1 if i + 1 < len(a) else 0
        nx, ny = a[j, 1] - a[i, 1], a[i, 0] - a[j, 0]  # outward
        least = math.inf
        for k in range(len(b)):
            least = min(least, nx * (b[k, 0] - a[i, 0]) + ny * (b[k, 1] - a[i, 1]))
        length = math.sqrt(nx * nx + ny * ny)
        if length > 0.0:
            most = max(most, least / length)
    return most


@kernel
def distance(a, b):
    """Return the least distance of corners of ``b`` from edges of ``a``."""
    least = math.inf
    for i in range(len(a)):
        j = i + 1 if i + 1 < len(a) else 0
        ex, ey = a[j, 0] - a[i, 0], a[j, 1] - a[i, 1]
        for k in range(len(b)):
            x, y = b[k, 0] - a[i, 0], b[k, 1] - a[i, 1]
            square = max(1e-30, ex * ex + ey * ey)
            along = min(1.0, max(0.0, (x * ex + y * ey) / square))
            least = min(least, math.hypot(x - along * ex, y - along * ey))
    return least
