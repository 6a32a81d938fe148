"""The velocities that the four joints of hull and wheels allow: float32, the operations of Box2D
2.3 in their order.
"""

from envs.carracing.physics.car import (
    ANCHORS,
    HULL,
    IX,
    IY,
    IZ,
    MOTOR,
    MOTOR_TORQUE,
    STEER_LIMIT,
    SUMS,
    VX,
    VY,
    WHEEL,
    A,
    C,
    S,
    W,
)
from envs.carracing.physics.numbers import f32, kernel
from wann.numeric.memory import load, store, zero_lanes

DT = f32(0.02)  # s
SWEEPS = 180  # velocity iterations
ORDER = (4, 3, 2, 1)  # of the wheels whose joints Box2D solves: what was made last comes first
ZERO, ONE = f32(0.0), f32(1.0)
MOST_IMPULSE = f32(DT * f32(MOTOR_TORQUE))
LOWER, UPPER = f32(-STEER_LIMIT), f32(STEER_LIMIT)

MH, IH, MW, IW = HULL.inverse, HULL.inertia, WHEEL.inverse, WHEEL.inertia
SPIN = f32(IH + IW)
MOTOR_MASS = f32(ONE / SPIN)
#: columns of ``Car.scratch``; what a sweep has done stands from DX on, and what the sweep before it
#: has done from OLD_DX on, in the same order
AX, AY, BX, BY, K00, K10, K11, K20, K21, DET, DX, DY, WANTED, GOT = range(14)
OLD_VX, OLD_VY, OLD_W, OLD_IZ, OLD_DX, OLD_DY, OLD_WANTED, OLD_GOT = range(14, 22)


@kernel
def arms(bodies, k):
    """Return the arms from the centres of hull and wheel k to their joint (x, y of each)."""
    ax, ay = ANCHORS[k - 1, 0] - HULL.x, ANCHORS[k - 1, 1] - HULL.y
    bx, by = ZERO - WHEEL.x, ZERO - WHEEL.y
    s, c, t, d = bodies[0, S], bodies[0, C], bodies[k, S], bodies[k, C]
    return c * ax - s * ay, s * ax + c * ay, d * bx - t * by, t * bx + d * by


@kernel
def start_joints(car):
    """Prepare what does not change in a step, and apply the impulses of the last one.

    Source: ``b2RevoluteJoint::InitVelocityConstraints``.
    """
    bodies, joints, scratch = car.bodies, car.joints, car.scratch
    for k in ORDER:
        hull, wheel, joint, work = bodies[0], bodies[k], joints[k], scratch[k]
        ax, ay, bx, by = arms(bodies, k)
        k00 = MH + MW + ay * ay * IH + by * by * IW
        k10 = -ay * ax * IH - by * bx * IW
        k11 = MH + MW + ax * ax * IH + bx * bx * IW
        work[AX], work[AY], work[BX], work[BY] = ax, ay, bx, by
        work[K00], work[K10], work[K11] = k00, k10, k11
        work[K20], work[K21] = -ay * IH - by * IW, ax * IH + bx * IW
        work[DET] = ONE / (k00 * k11 - k10 * k10)

        angle = wheel[A] - hull[A] - ZERO
        limit = -1 if angle <= LOWER else 1 if angle >= UPPER else 0
        if limit == 0 or limit != car.limits[k]:
            joint[IZ] = ZERO
        car.limits[k] = limit

        px, py = joint[IX], joint[IY]
        hull[VX] -= MH * px
        hull[VY] -= MH * py
        hull[W] -= IH * ((ax * py - ay * px) + joint[MOTOR] + joint[IZ])
        wheel[VX] += MW * px
        wheel[VY] += MW * py
        wheel[W] += IW * ((bx * py - by * px) + joint[MOTOR] + joint[IZ])


@kernel
def sweep(car):
    """Solve each joint once, and return whether all velocities and limits' impulses are as before.

    Source: ``b2RevoluteJoint::SolveVelocityConstraints``.
    """
    bodies, joints, scratch, limits, speeds = (
        car.bodies,
        car.joints,
        car.scratch,
        car.limits,
        car.speeds,
    )
    vx, vy, w = bodies[0, VX], bodies[0, VY], bodies[0, W]
    same = True
    for k in ORDER:
        ux, uy, o = bodies[k, VX], bodies[k, VY], bodies[k, W]
        ax, ay, bx, by = scratch[k, AX], scratch[k, AY], scratch[k, BX], scratch[k, BY]
        k00, k10, k11 = scratch[k, K00], scratch[k, K10], scratch[k, K11]
        det, old = scratch[k, DET], joints[k, MOTOR]
        u0, u1, o0 = ux, uy, o

        wanted = -MOTOR_MASS * (o - w - speeds[k])
        new = limited(old + wanted)
        impulse = new - old
        joints[k, MOTOR] = new
        scratch[k, WANTED], scratch[k, GOT] = wanted, impulse
        w, o = w - IH * impulse, o + IW * impulse

        cx = ux + -o * by - vx - -w * ay
        cy = uy + o * bx - vy - w * ax
        if limits[k] == 0:
            px, py = det * (k11 * -cx - k10 * -cy), det * (k00 * -cy - k10 * -cx)
            w = w - IH * (ax * py - ay * px)
            o = o + IW * (bx * py - by * px)
        else:
            iz = joints[k, IZ]
            px, py, pz = at_limit(scratch[k], iz, limits[k], cx, cy, o - w)
            joints[k, IZ] = iz + pz
            same = same and iz + pz == iz
            w = w - IH * ((ax * py - ay * px) + pz)
            o = o + IW * ((bx * py - by * px) + pz)
        joints[k, IX] += px
        joints[k, IY] += py
        scratch[k, DX], scratch[k, DY] = px, py
        vx, vy = vx - MH * px, vy - MH * py
        ux, uy = ux + MW * px, uy + MW * py
        same = same and u0 == ux and u1 == uy and o0 == o
        bodies[k, VX], bodies[k, VY], bodies[k, W] = ux, uy, o
    same = same and bodies[0, VX] == vx and bodies[0, VY] == vy and bodies[0, W] == w
    bodies[0, VX], bodies[0, VY], bodies[0, W] = vx, vy, w
    return same


@kernel
def at_limit(work, iz, limit, cx, cy, cz):
    """Return the impulse (x, y, z) of a joint at a limit."""
    k00, k10, k11, k20, k21, k22 = work[K00], work[K10], work[K11], work[K20], work[K21], SPIN
    # the columns of the matrix are (k00, k10, k20), (k10, k11, k21), (k20, k21, k22)
    yz0, yz1, yz2 = k11 * k22 - k21 * k21, k21 * k20 - k10 * k22, k10 * k21 - k11 * k20
    det = ONE / (k00 * yz0 + k10 * yz1 + k20 * yz2)
    px = -(det * (cx * yz0 + cy * yz1 + cz * yz2))
    b0, b1, b2 = cy * k22 - cz * k21, cz * k20 - cx * k22, cx * k21 - cy * k20
    py = -(det * (k00 * b0 + k10 * b1 + k20 * b2))
    b0, b1, b2 = k11 * cz - k21 * cy, k21 * cx - k10 * cz, k10 * cy - k11 * cx
    pz = -(det * (k00 * b0 + k10 * b1 + k20 * b2))
    new = iz + pz
    if (limit < 0 and new < ZERO) or (limit > 0 and new > ZERO):
        rx, ry = -cx + iz * k20, -cy + iz * k21
        px = work[DET] * (k11 * rx - k10 * ry)
        py = work[DET] * (k00 * ry - k10 * rx)
        pz = -iz
    return px, py, pz


@kernel
def limited(impulse):
    """Return the impulse of a motor that wants so much."""
    return min(max(impulse, -MOST_IMPULSE), MOST_IMPULSE)


@kernel
def repeat(car, n, first):
    """Make pairs of sweeps from the n-th on that are equal to the last two but for the motors'
    impulses, and return how many sweeps there were in all.

    The last two have led back to the same velocities. The next ones are equal as long as each
    motor, which wants to add as much as before, adds as much as before.

    Args:
        car: the car.
        n: sweeps until then.
        first: where in ``scratch`` is what the last but one has done: OLD_DX, or DX where the last
            alone has led nowhere.
    """
    joints, scratch, begun = car.joints, car.scratch, n
    # the four wheels side by side, since each sum waits for the one before
    a, b, c, d = joints[1, MOTOR], joints[2, MOTOR], joints[3, MOTOR], joints[4, MOTOR]
    wants, got = first + WANTED - DX, first + GOT - DX
    wa, wb, wc, wd = scratch[1, wants], scratch[2, wants], scratch[3, wants], scratch[4, wants]
    ga, gb, gc, gd = scratch[1, got], scratch[2, got], scratch[3, got], scratch[4, got]
    va, vb, vc, vd = scratch[1, WANTED], scratch[2, WANTED], scratch[3, WANTED], scratch[4, WANTED]
    ha, hb, hc, hd = scratch[1, GOT], scratch[2, GOT], scratch[3, GOT], scratch[4, GOT]
    while n + 2 <= SWEEPS:
        na, nb, nc, nd = limited(a + wa), limited(b + wb), limited(c + wc), limited(d + wd)
        if not (na - a == ga and nb - b == gb and nc - c == gc and nd - d == gd):
            break
        ma, mb, mc, md = limited(na + va), limited(nb + vb), limited(nc + vc), limited(nd + vd)
        if not (ma - na == ha and mb - nb == hb and mc - nc == hc and md - nd == hd):
            break
        n += 2
        if ma == a and mb == b and mc == c and md == d:  # and so for ever
            n = SWEEPS - (SWEEPS - n) % 2
        a, b, c, d = ma, mb, mc, md
    joints[1, MOTOR], joints[2, MOTOR], joints[3, MOTOR], joints[4, MOTOR] = a, b, c, d
    add_in_turns(car, first, DX, n - begun)
    return n


@kernel
def alternate(car, n):
    """Make two sweeps from the n-th on, and all pairs that follow if these have led nowhere.

    Returns how many sweeps there were in all. Rounding often ends in two states that take turns.
    """
    bodies, joints, scratch = car.bodies, car.joints, car.scratch
    for k in range(5):
        scratch[k, OLD_VX], scratch[k, OLD_VY], scratch[k, OLD_W] = (
            bodies[k, VX],
            bodies[k, VY],
            bodies[k, W],
        )
        scratch[k, OLD_IZ] = joints[k, IZ]
    sweep(car)
    for k in ORDER:
        for j in range(4):
            scratch[k, OLD_DX + j] = scratch[k, DX + j]
    sweep(car)
    for k in range(5):
        if not (
            scratch[k, OLD_VX] == bodies[k, VX]
            and scratch[k, OLD_VY] == bodies[k, VY]
            and scratch[k, OLD_W] == bodies[k, W]
            and scratch[k, OLD_IZ] == joints[k, IZ]
        ):
            return n + 2
    return repeat(car, n + 2, OLD_DX)


@kernel
def add_in_turns(car, first, second, times):
    """Add to the impulses of all joints what two sweeps have added, in turns, so many times.

    All are summed side by side, since each addition waits for the one before.

    Args:
        car: the car.
        first: column of what one sweep has added to x; the next one is that to y.
        second: likewise, of the other sweep.
        times: how many sweeps.
    """
    joints, scratch, sums = car.joints, car.scratch, car.sums
    for k in ORDER:
        for j in range(2):
            at = 2 * k - 2 + j
            sums[at] = joints[k, IX + j]
            sums[SUMS + at], sums[2 * SUMS + at] = scratch[k, first + j], scratch[k, second + j]
    proto = zero_lanes(sums, 1)
    total, one, other = load(sums, 0, proto), load(sums, SUMS, proto), load(sums, 2 * SUMS, proto)
    for _ in range(times // 2):
        total = total + one
        total = total + other
    if times % 2:
        total = total + one
    store(sums, 0, total)
    for k in ORDER:
        joints[k, IX], joints[k, IY] = sums[2 * k - 2], sums[2 * k - 1]


@kernel
def solve_velocities(car):
    """Make 180 sweeps over the joints, and return how many of them were computed in full.

    The others are known to be equal to those before.
    """
    bodies = car.bodies
    n = computed = 0
    before = (bodies[0, VX], bodies[0, VY], bodies[0, W])
    while n < SWEEPS:
        last = (bodies[0, VX], bodies[0, VY], bodies[0, W])
        n, computed = n + 1, computed + 1
        if sweep(car):
            n = repeat(car, n, DX)
        elif before == (bodies[0, VX], bodies[0, VY], bodies[0, W]) and n + 2 <= SWEEPS:
            n, computed = alternate(car, n), computed + 2
        before = last
    return computed
