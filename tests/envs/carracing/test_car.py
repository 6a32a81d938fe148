"""The car without Box2D: what its solver leaves out changes nothing, and polygons that touch."""

import ctypes
import math
import platform

import numpy as np
import pytest
from support.racing import drivers

from envs.carracing.physics import joints, solver
from envs.carracing.physics.car import VX, VY, A, Car, W, control, new_car, push
from envs.carracing.physics.numbers import f32, kernel, sine_cosine
from envs.carracing.physics.polygons import hull, touch
from envs.carracing.physics.race import begin, drive, new_race
from envs.carracing.physics.track import track_of


@kernel
def all_sweeps(car):
    """Do what ``solve_velocities`` does, sweep by sweep."""
    for _ in range(joints.SWEEPS):
        joints.sweep(car)


@pytest.mark.parametrize("kind", ["holds", "shakes", "follows"])
def test_sweeps_that_are_left_out_change_no_bit(kind):
    track, driver = track_of(5), drivers(1)[kind]
    race = new_race(track.size)
    begin(race, track)
    car, computed = race.car, []
    for _ in range(300):
        control(car, *driver(track, car.bodies[0]))
        push(car, 0.02)
        one, other = (Car(*(array.copy() for array in car)) for _ in range(2))
        for each in (one, other):
            each.bodies[1:, VX : VY + 1] += joints.DT * (joints.MW * each.forces[1:])
            joints.start_joints(each)
        computed.append(joints.solve_velocities(one))
        all_sweeps(other)
        assert one.bodies.tobytes() == other.bodies.tobytes()
        assert one.joints.tobytes() == other.joints.tobytes()
        solver.step(car)
    # each way to leave out sweeps was taken, and steps in which there was none
    assert min(computed) < 10 and max(computed) > 100


def test_idle_sweeps_end_where_a_motor_gives_another_amount():
    """At its limit a motor cannot add as much as before: the next sweep is to be computed."""
    car, more = new_car(), f32(0.01)
    car.joints[1:, joints.MOTOR] = joints.MOST_IMPULSE - f32(0.505) * f32(100) * more
    car.joints[1:, joints.IX] = f32(1.0)
    car.scratch[1:, joints.WANTED] = more
    before = car.joints[1, joints.MOTOR]
    car.scratch[1:, joints.GOT] = f32(before + more) - before
    car.scratch[1:, joints.DX] = f32(2.0)
    made = joints.repeat(car, 10, joints.DX) - 10
    assert 0 < made < 52
    motor = before
    for _ in range(made):
        motor = f32(motor + more)
    assert (car.joints[1:, joints.MOTOR] == motor).all()
    assert (car.joints[1:, joints.IX] == 1 + 2 * made).all()
    free = new_car()  # nothing is wanted: all sweeps are idle
    assert joints.repeat(free, 10, joints.DX) == joints.SWEEPS
    assert joints.repeat(free, 11, joints.DX) == joints.SWEEPS - 1


@pytest.mark.parametrize("room", [0.505, 1.0, 2.0])
def test_sweeps_that_take_turns_are_repeated_as_long_as_motors_add_as_much(room):
    """Motors add 0.03 and -0.01 in turns: each pair of sweeps is as the last up to the limit."""
    car, wants = new_car(), (f32(0.03), f32(-0.01))
    start = joints.MOST_IMPULSE - f32(room)
    car.joints[1:, joints.MOTOR] = start
    columns = (
        (joints.OLD_DX, joints.OLD_WANTED, joints.OLD_GOT),
        (
            joints.DX,
            joints.WANTED,
            joints.GOT,
        ),
    )
    motor, amounts = start, []
    for want, (dx, wanted, got) in zip(wants, columns, strict=True):
        car.scratch[1:, dx], car.scratch[1:, wanted] = want, want
        amounts.append(f32(f32(motor + want) - motor))
        car.scratch[1:, got] = amounts[-1]
        motor = f32(motor + want)
    begun = 10
    made = joints.repeat(car, begun, joints.OLD_DX) - begun
    motor, added, pairs = start, f32(0.0), 0
    while pairs < (joints.SWEEPS - begun) // 2:
        first = min(f32(motor + wants[0]), joints.MOST_IMPULSE)
        second = f32(first + wants[1])
        if f32(first - motor) != amounts[0] or f32(second - first) != amounts[1]:
            break
        motor, added, pairs = second, f32(f32(added + wants[0]) + wants[1]), pairs + 1
    assert made == 2 * pairs and 0 < pairs < 160
    assert (car.joints[1:, joints.MOTOR] == motor).all()
    assert (car.joints[1:, joints.IX] == added).all()


@pytest.mark.parametrize("times", [0, 1, 40, 41])
def test_impulses_add_up_in_their_order(times):
    rng = np.random.default_rng(times)
    car, first, second = new_car(), joints.OLD_DX, joints.DX
    car.joints[1:, joints.IX : joints.IY + 1] = rng.uniform(0.5, 1, (4, 2))
    for at in (first, second):
        car.scratch[1:, at : at + 2] = rng.uniform(-1e-7, 1e-7, (4, 2))
    totals = {}
    for order in ((first, second), (second, first)):
        total = car.joints[1:, joints.IX : joints.IY + 1].copy()
        for turn in range(times):
            at = order[turn % 2]
            total += car.scratch[1:, at : at + 2]
        totals[order] = total
    joints.add_in_turns(car, first, second, times)
    assert np.array_equal(car.joints[1:, joints.IX : joints.IY + 1], totals[first, second])
    if times % 2:  # or the order would not matter here
        assert not np.array_equal(totals[first, second], totals[second, first])


@kernel
def sines(x, s, c):
    """Fill s and c with sines and cosines."""
    for i in range(x.size):
        s[i], c[i] = sine_cosine(x[i])


@pytest.mark.parametrize("reach", [1e-3, 1.0, 10.0, 100.0])
def test_sine_is_as_near_as_float32_allows(reach):
    x = np.random.default_rng(0).uniform(-reach, reach, 20000).astype(f32)
    s, c = np.empty_like(x), np.empty_like(x)
    sines(x, s, c)
    for found, exact in ((s, np.sin(x.astype(float))), (c, np.cos(x.astype(float)))):
        assert (abs(found - exact) <= 0.6 * np.spacing(abs(exact).astype(f32))).all()


@pytest.mark.skipif(
    (platform.libc_ver()[0], platform.machine()) != ("glibc", "x86_64"),
    reason="the bits are those of glibc on x86-64",
)
def test_sine_has_the_bits_of_the_library():
    library = ctypes.CDLL("libm.so.6")
    x = np.random.default_rng(1).uniform(-100, 100, 20000).astype(f32)
    s, c = np.empty_like(x), np.empty_like(x)
    sines(x, s, c)
    for found, function in ((s, library.sinf), (c, library.cosf)):
        function.restype, function.argtypes = ctypes.c_float, [ctypes.c_float]
        assert np.array_equal(found, np.array([function(float(each)) for each in x], f32))


def square(x, y, turn=0.0, half=1.0):
    """Return the corners of a square, counterclockwise."""
    angles = turn + math.pi / 4 + math.pi / 2 * np.arange(4)
    far = half * math.sqrt(2)
    return np.stack((x + far * np.cos(angles), y + far * np.sin(angles)), axis=1)


@pytest.mark.parametrize(
    ("other", "touches"),
    [
        (square(0.5, 0.5), True),
        (square(0.0, 0.0, half=0.1), True),  # within
        (square(2.019, 0.0), True),  # nearer than Box2D's skin
        (square(2.021, 0.0), False),
        (square(2.013, 2.013), True),  # corner to corner: 0.0184 apart
        (square(2.016, 2.016), False),  # 0.0226 apart
        (square(1 + math.sqrt(2) + 0.019, 0.3, math.pi / 4), True),  # corner to edge
        (square(1 + math.sqrt(2) + 0.021, 0.3, math.pi / 4), False),
        (np.array([(1.01, 0.0), (3.0, -1.0), (3.0, 1.0), (3.0, 1.0)]), True),  # three corners
        (np.array([(1.03, 0.0), (3.0, -1.0), (3.0, 1.0), (3.0, 1.0)]), False),
    ],
)
def test_polygons_touch(other, touches):
    assert touch(square(0.0, 0.0), other) == touches == touch(other, square(0.0, 0.0))


def test_hull_leaves_out_what_lies_within():
    points = np.array([(0, 0), (2, 0), (0.5, 0.5), (0, 2)], f32)
    corners = np.zeros((4, 2), f32)
    assert hull(points, corners) == 3
    assert corners[:3].tolist() == [[2, 0], [0, 2], [0, 0]]


def test_steering_turns_the_car():
    """Positive steering turns to the right: clockwise."""
    track = track_of(0)
    for steer in (-1.0, 0.0, 1.0):
        race = new_race(track.size)
        begin(race, track)
        before = float(race.car.bodies[0, A])
        for _ in range(100):
            drive(race, track, steer, 0.3, 0.0)
        turned = float(race.car.bodies[0, A]) - before
        assert abs(turned) < 0.02 if steer == 0 else np.sign(turned) == -steer
        assert abs(race.car.bodies[:, W]).max() < 20
