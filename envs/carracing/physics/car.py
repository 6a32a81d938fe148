"""The car of Gymnasium's ``car_dynamics``: its shapes, masses and state."""

import math
from typing import NamedTuple

import numpy as np

from envs.carracing.physics.numbers import f32, kernel, sine_cosine
from envs.carracing.physics.polygons import mass_of

SIZE = 0.02  # m in a unit of the shapes
WHEEL_RADIUS, WHEEL_HALF_WIDTH = 27 * SIZE, 14 * SIZE  # m
PLACES = ((-55, 80), (55, 80), (-55, -82), (55, -82))  # of the wheels: left, right; rear
HULL_SHAPES = (
    ((-60, 130), (60, 130), (60, 110), (-60, 110)),
    ((-15, 120), (15, 120), (20, 20), (-20, 20)),
    ((25, 20), (50, -10), (50, -40), (20, -90), (-20, -90), (-50, -40), (-50, -10), (-25, 20)),
    ((-50, -120), (50, -120), (50, -90), (-50, -90)),
)
WHEEL_SHAPE = ((-14, 27), (14, 27), (14, -27), (-14, -27))
STEER_LIMIT = 0.4  # rad
MOTOR_TORQUE = 180 * 900 * SIZE * SIZE  # N m


def _metres(shapes):
    return [[(x * SIZE, y * SIZE) for x, y in shape] for shape in shapes]


HULL = mass_of(_metres(HULL_SHAPES), 1.0)
WHEEL = mass_of(_metres([WHEEL_SHAPE]), 0.1)
ANCHORS = np.array([(x * SIZE, y * SIZE) for x, y in PLACES], f32)

#: columns of ``Car.bodies``
X, Y, A, VX, VY, W, S, C, REST = range(9)
#: columns of ``Car.joints``
IX, IY, IZ, MOTOR = range(4)
SUMS = 16  # as many as are added side by side; there are 8 of x and y
#: columns of ``Car.wheels``
STEER, GAS, BRAKE, OMEGA, PHASE = range(5)


class Car(NamedTuple):
    """The state of a car.

    Attributes:
        bodies: ``(5, 9)`` float32, of the hull and the four wheels: x and y of the centre of mass
            [m], angle [rad], velocities [m/s, rad/s], sine and cosine of the angle, and for how
            long it has been at rest [s].
        joints: ``(5, 4)`` float32, of the wheel's joint in each row but the first: the impulses
            with which the next step starts: x, y, of the limit, of the motor.
        limits: ``(5,)`` at which limit the joint of a wheel is: -1, 0 for none, 1.
        wheels: ``(5, 5)`` float64, in each row but the first: steer [rad], gas and brake (shares),
            spin [rad/s] and how far the wheel has turned [rad].
        on_road: ``(5,)`` whether a wheel touches a tile.
        forces: ``(5, 2)`` float32, what tyres push with [N].
        speeds: ``(5,)`` float32, what the joints' motors want [rad/s].
        scratch: ``(5, 22)`` float32, for the solver.
        sums: ``(3 * SUMS,)`` float32, likewise.
    """

    bodies: np.ndarray
    joints: np.ndarray
    limits: np.ndarray
    wheels: np.ndarray
    on_road: np.ndarray
    forces: np.ndarray
    speeds: np.ndarray
    scratch: np.ndarray
    sums: np.ndarray


def new_car() -> Car:
    """Return a car that is nowhere yet."""
    return Car(
        np.zeros((5, 9), f32),
        np.zeros((5, 4), f32),
        np.zeros(5, np.int64),
        np.zeros((5, 5)),
        np.zeros(5, np.bool_),
        np.zeros((5, 2), f32),
        np.zeros(5, f32),
        np.zeros((5, 22), f32),
        np.zeros(3 * SUMS, f32),
    )


@kernel
def place(car, angle, x, y):
    """Put a car at rest where Gymnasium puts it: its hull turned, the wheels in an unturned place.

    The first steps' corrections of positions turn them around the hull.
    """
    for array in (car.bodies, car.joints):
        array[:] = f32(0.0)
    car.limits[:] = 0
    car.wheels[:] = 0.0
    car.on_road[:] = False
    s, c = sine_cosine(f32(angle))
    for k in range(5):
        body = car.bodies[k]
        body[A], body[S], body[C] = f32(angle), s, c
        if k == 0:
            px, py, mx, my = f32(x), f32(y), HULL.x, HULL.y
        else:
            px, py = f32(x + PLACES[k - 1][0] * SIZE), f32(y + PLACES[k - 1][1] * SIZE)
            mx, my = WHEEL.x, WHEEL.y
        body[X] = (c * mx - s * my) + px
        body[Y] = (s * mx + c * my) + py


@kernel
def origin(bodies, k):
    """Return where the origin of a body is, (x, y) in float32: what Box2D calls its position."""
    body = bodies[k]
    s, c = body[S], body[C]
    if k == 0:
        return body[X] - (c * HULL.x - s * HULL.y), body[Y] - (s * HULL.x + c * HULL.y)
    return body[X] - (c * WHEEL.x - s * WHEEL.y), body[Y] - (s * WHEEL.x + c * WHEEL.y)


# --------------------------------------------------------------------------------------- the tyres
ENGINE_POWER = 100000000 * SIZE * SIZE
WHEEL_MOMENT = 4000 * SIZE * SIZE
FRICTION_LIMIT = 1000000 * SIZE * SIZE
GRASS = 0.6  # share of the road's friction
STIFFNESS = 205000 * SIZE * SIZE
BRAKE_SPIN = 15.0  # rad/s that a full brake takes from a wheel in a step


@kernel
def control(car, steer, gas, brake):
    """Set steering, gas and brake, in Gymnasium's units: steer positive to the right."""
    gas = min(1.0, max(0.0, gas))
    for k in range(1, 5):
        wheel = car.wheels[k]
        if k <= 2:
            wheel[STEER] = -steer
        else:
            wheel[GAS] += min(0.1, gas - wheel[GAS])
        wheel[BRAKE] = brake


@kernel
def push(car, dt):
    """Compute what motors and tyres do in a step of ``dt`` seconds: ``speeds`` and ``forces``.

    Source: ``Car.step`` of Gymnasium's ``car_dynamics``, the same operations in float64.
    """
    bodies = car.bodies
    for k in range(1, 5):
        body, wheel = bodies[k], car.wheels[k]
        off = wheel[STEER] - np.float64((body[A] - bodies[0, A]) - f32(0.0))
        car.speeds[k] = f32(np.sign(off) * min(50.0 * abs(off), 3.0))

        most = FRICTION_LIMIT if car.on_road[k] else FRICTION_LIMIT * GRASS
        fx, fy = np.float64(-body[S]), np.float64(body[C])  # forwards
        sx, sy = fy, -fx  # sideways
        vx, vy = np.float64(body[VX]), np.float64(body[VY])
        forward, side = fx * vx + fy * vy, sx * vx + sy * vy

        omega = wheel[OMEGA]
        omega += dt * ENGINE_POWER * wheel[GAS] / WHEEL_MOMENT / (abs(omega) + 5.0)
        if wheel[BRAKE] >= 0.9:
            omega = 0.0
        elif wheel[BRAKE] > 0.0:
            omega += -np.sign(omega) * min(BRAKE_SPIN * wheel[BRAKE], abs(omega))
        wheel[PHASE] += omega * dt

        f_force = (-forward + omega * WHEEL_RADIUS) * STIFFNESS
        p_force = -side * STIFFNESS
        force = math.sqrt(f_force * f_force + p_force * p_force)
        if force > most:
            f_force, p_force = f_force / force * most, p_force / force * most
        wheel[OMEGA] = omega - dt * f_force * WHEEL_RADIUS / WHEEL_MOMENT
        car.forces[k, 0] = f32(p_force * sx + f_force * fx)
        car.forces[k, 1] = f32(p_force * sy + f_force * fy)
