"""One step of Box2D for a hull and four wheels on revolute joints: float32, the operations of
Box2D 2.3 in their order.

Body 0 is the hull, 1 to 4 are the wheels. Nothing collides, since tiles are sensors.
"""

import math

from envs.carracing.physics.car import REST, VX, VY, A, C, S, W, X, Y
from envs.carracing.physics.joints import (
    DT,
    IH,
    IW,
    LOWER,
    MH,
    MOTOR_MASS,
    MW,
    ONE,
    ORDER,
    UPPER,
    ZERO,
    arms,
    solve_velocities,
    start_joints,
)
from envs.carracing.physics.numbers import f32, kernel, sine_cosine

CORRECTIONS = 60  # position iterations
PI = f32(3.14159265359)
LINEAR_SLOP = f32(0.005)  # m
ANGULAR_SLOP = f32(f32(2.0) / f32(180.0) * PI)  # rad
MOST_CORRECTION = f32(f32(8.0) / f32(180.0) * PI)  # rad
SLOW, SLOW_SPIN = f32(0.01), ANGULAR_SLOP  # m/s, rad/s, below which a body is at rest
TIME_TO_SLEEP = f32(0.5)  # s
MOST_MOVE, MOST_TURN = f32(2.0), f32(f32(0.5) * PI)  # m and rad in a step


@kernel
def move(car):
    """Let the bodies move for a step."""
    for k in range(5):
        body = car.bodies[k]
        x, y, turn = DT * body[VX], DT * body[VY], DT * body[W]
        if x * x + y * y > MOST_MOVE * MOST_MOVE:
            ratio = MOST_MOVE / f32(math.sqrt(x * x + y * y))
            body[VX], body[VY] = body[VX] * ratio, body[VY] * ratio
        if turn * turn > MOST_TURN * MOST_TURN:
            body[W] = body[W] * (MOST_TURN / abs(turn))
        body[X] += DT * body[VX]
        body[Y] += DT * body[VY]
        body[A] += DT * body[W]


@kernel
def turned(body):
    """Compute sine and cosine of the angle of a body."""
    body[S], body[C] = sine_cosine(body[A])


@kernel
def correct(car):
    """Push hull and wheels to where their joints are right, and return whether they nearly were.

    Source: ``b2RevoluteJoint::SolvePositionConstraints``.
    """
    bodies = car.bodies
    hull, right = bodies[0], True
    for k in ORDER:
        wheel = bodies[k]
        if car.limits[k] != 0:
            angle = wheel[A] - hull[A] - ZERO
            if car.limits[k] < 0:
                off = angle - LOWER
                error = -off
                off = max(-MOST_CORRECTION, min(off + ANGULAR_SLOP, ZERO))
            else:
                off = angle - UPPER
                error = off
                off = max(ZERO, min(off - ANGULAR_SLOP, MOST_CORRECTION))
            impulse = -MOTOR_MASS * off
            hull[A] -= IH * impulse
            wheel[A] += IW * impulse
            right = right and error <= ANGULAR_SLOP
        turned(hull)
        turned(wheel)
        ax, ay, bx, by = arms(bodies, k)
        cx = wheel[X] + bx - hull[X] - ax
        cy = wheel[Y] + by - hull[Y] - ay
        right = right and f32(math.sqrt(cx * cx + cy * cy)) <= LINEAR_SLOP
        k00 = MH + MW + IH * ay * ay + IW * by * by
        k10 = -IH * ax * ay - IW * bx * by
        k11 = MH + MW + IH * ax * ax + IW * bx * bx
        det = ONE / (k00 * k11 - k10 * k10)
        px, py = -(det * (k11 * cx - k10 * cy)), -(det * (k00 * cy - k10 * cx))
        hull[X] -= MH * px
        hull[Y] -= MH * py
        hull[A] -= IH * (ax * py - ay * px)
        wheel[X] += MW * px
        wheel[Y] += MW * py
        wheel[A] += IW * (bx * py - by * px)
    return right


@kernel
def sleep(car, solved):
    """Stop a car that has been at rest for half a second, if its joints are right."""
    least = TIME_TO_SLEEP
    for k in range(5):
        body = car.bodies[k]
        fast = body[VX] * body[VX] + body[VY] * body[VY] > SLOW * SLOW
        if fast or body[W] * body[W] > SLOW_SPIN * SLOW_SPIN:
            body[REST] = ZERO
        else:
            body[REST] += DT
        least = min(least, body[REST])
    if least >= TIME_TO_SLEEP and solved:
        for k in range(5):
            body = car.bodies[k]
            body[VX] = body[VY] = body[W] = body[REST] = ZERO


@kernel
def step(car):
    """Advance by a step, and return how many sweeps were computed.

    Source: ``b2Island::Solve``.
    """
    for k in range(1, 5):
        body = car.bodies[k]
        body[VX] += DT * (MW * car.forces[k, 0])
        body[VY] += DT * (MW * car.forces[k, 1])
    start_joints(car)
    n = solve_velocities(car)
    move(car)
    solved = False
    for _ in range(CORRECTIONS):
        solved = correct(car)
        if solved:
            break
    for k in range(5):
        turned(car.bodies[k])
    sleep(car, solved)
    return n
