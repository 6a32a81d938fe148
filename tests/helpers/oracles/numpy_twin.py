"""The NumPy twin of the engine: swing-up rollouts of one network, an array element per rollout,
nothing compiled.

Every operation is the IEEE one of the kernel in the same order, in float64 or float32, so the bits
must agree.
"""

import numpy as np

from envs.swingup import SwingUp
from wann.genome.genome import Genome, layers
from wann.numeric import mathfun


class Maths:
    """The functions of ``wann.numeric.mathfun`` on arrays of one precision."""

    def __init__(self, dtype):
        self.dtype, single = np.dtype(dtype).type, dtype == np.float32
        suffix = "_32" if single else ""
        for name in ("SIN_PI", "COS_PI", "SIN", "COS", "COS_WIDE", "EXP2", "PI_A", "PI_B", "PI_C"):
            setattr(self, name, np.array(getattr(mathfun, name + suffix), dtype))
        self.least, self.greatest = map(self.dtype, (-125, 126) if single else (-1020, 1020))

    def polynomial(self, u, c):
        def horner(v, part):
            total = part[-1]
            for value in part[-2::-1]:
                total = total * v + value
            return total

        return (horner(u * u, c[2::2]) * u + horner(u * u, c[1::2])) * u + c[0]

    def sign(self, n):
        """Return -1 for odd whole numbers, else 1; of huge ones what their lowest bit is."""
        integer, bits = (np.int32, 23) if self.dtype == np.float32 else (np.int64, 52)
        shifted = n + self.dtype(1.5 * 2.0**bits)
        return np.where(shifted.view(integer) & 1, -1, 1).astype(self.dtype)

    def sin_pi(self, x):
        n = np.rint(x)
        return self.sign(n) * ((x - n) * self.polynomial((x - n) ** 2, self.SIN_PI))

    def cos_pi(self, x):
        n = np.rint(x)
        return self.sign(n) * self.polynomial((x - n) ** 2, self.COS_PI)

    def sin_cos(self, x):
        n = np.rint(x * self.dtype(1 / np.pi))
        r = ((x - n * self.PI_A) - n * self.PI_B) - n * self.PI_C
        sign = self.sign(n)
        return sign * (r * self.polynomial(r * r, self.SIN)), sign * self.polynomial(
            r * r, self.COS
        )

    def exp2(self, y):
        n = np.rint(y)
        return np.ldexp(self.polynomial(y - n, self.EXP2), n.astype(np.int32))

    def activate(self, code, x):
        t, log2e = self.dtype, np.log2(np.e)
        if code == 2:
            return np.where(x > 0, 1, 0).astype(t)
        if code == 3:
            return self.sin_pi(x)
        if code == 4:
            return self.exp2(np.maximum(self.least, x * x * t(-0.5 * log2e)))
        if code == 5:
            e = self.exp2(np.maximum(self.least, np.abs(x) * t(-2 * log2e)))
            return np.copysign((1 - e) / (1 + e), x)
        if code == 6:
            y = np.minimum(self.greatest, np.maximum(self.least, x * t(-log2e)))
            return 1 / (1 + self.exp2(y))
        if code == 7:
            return -x
        if code == 8:
            return np.abs(x)
        if code == 9:
            return np.maximum(t(0), x)
        if code == 10:
            return self.cos_pi(x)
        return x * x if code == 11 else x


def twin_rollouts(genome: Genome, weights, starts, max_steps: int, dtype=np.float64):
    """Return the ``(W, T)`` returns of swing-up episodes and the number of steps."""
    maths, t, p = Maths(dtype), np.dtype(dtype).type, SwingUp()
    weight = np.repeat(np.asarray(weights, dtype), len(starts))
    x, x_dot, theta, theta_dot = np.tile(np.asarray(starts, dtype), (len(weights), 1)).T
    sin, cos = maths.sin_cos(theta)
    layer = dict(zip(genome.nodes["id"].tolist(), layers(genome).tolist(), strict=True))
    code = dict(genome.nodes.tolist())
    order = sorted((node for node in code if node > genome.n_inputs), key=layer.get)
    sources = {
        node: [s for s, to, enabled in genome.conns.tolist() if to == node and enabled]
        for node in order
    }
    total, alive, steps = np.zeros_like(x), np.ones(x.shape, bool), 0
    values = {node: np.zeros_like(x) for node in order}
    for _ in range(max_steps):
        memory = {-1 - node: values[node] for node in order}
        values = memory | dict(enumerate((np.ones_like(x), x, x_dot, cos, sin, theta_dot)))
        for node in order:
            summed = np.zeros_like(x)
            for source in sources[node]:
                summed = summed + values[source]
            values[node] = maths.activate(code[node], summed * weight)
        push = np.minimum(t(1), np.maximum(t(-1), values[1 + genome.n_inputs])) * t(p.force)
        mass, moment, m = p.cart_mass + p.pole_mass, p.pole_mass * p.length, p.pole_mass
        spin, sc = theta_dot * theta_dot * sin, sin * cos
        inv = 1 / (t(-3 * m) * (cos * cos) + t(4 * mass))
        x_acc = inv * (
            t(-2 * moment) * spin
            + (t(3 * m * p.gravity) * sc + (4 * push + t(-4 * p.friction) * x_dot))
        )
        theta_acc = (inv * t(1 / p.length)) * (
            t(-3 * moment) * (spin * cos)
            + (t(6 * mass * p.gravity) * sin + 6 * ((t(-p.friction) * x_dot + push) * cos))
        )
        x, theta = x_dot * t(p.dt) + x, theta_dot * t(p.dt) + theta
        x_dot, theta_dot = x_acc * t(p.dt) + x_dot, theta_acc * t(p.dt) + theta_dot
        sin, cos = maths.sin_cos(theta)
        bend = x * t(np.pi / 2 / p.limit)
        total = np.where(
            alive,
            total + ((cos + 1) * t(0.5)) * maths.polynomial(bend * bend, maths.COS_WIDE),
            total,
        )
        steps += alive.sum()
        alive &= np.abs(x) <= p.limit
    return total.reshape(len(weights), len(starts)), steps
