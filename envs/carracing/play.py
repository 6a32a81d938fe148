"""Networks at the wheel: whole episodes in compiled code, one at a time in each thread."""

import numpy as np

from envs.carracing.physics.car import A, C, S, origin
from envs.carracing.physics.numbers import f32, kernel
from envs.carracing.physics.race import begin, drive
from envs.carracing.sight.encoder import encode
from envs.carracing.sight.picture import PIXELS, look
from wann.network.forward import forward, remember
from wann.network.network import most_rows, network_at


@kernel
def see(race, raster, view, picture):
    """Fill ``(3 * PIXELS,)`` float32 with what the encoder sees of an episode."""
    bodies = race.car.bodies
    x, y = origin(bodies, 0)
    look(
        raster,
        view,
        race.counts[0],
        np.float64(x),
        np.float64(y),
        np.float64(bodies[0, S]),
        np.float64(bodies[0, C]),
        np.float64(bodies[1, A] - bodies[0, A]),
        picture,
    )


@kernel
def controls(steer, gas, brake):
    """Return (steer, gas, brake) as the car takes them for three outputs of a network.

    Steering and gas are clipped to -1 and 1, and of the gas this is the range from none to full;
    the brake is clipped to 0 and 1: below 0 there is none.

    Source: Gaier & Ha 2019, their released ``domain/vae_racing.py``.
    """
    return (
        min(1.0, max(-1.0, steer)),
        (min(1.0, max(-1.0, gas)) + 1.0) / 2.0,
        min(1.0, max(0.0, brake)),
    )


@kernel
def play(race, track, raster, view, encoder, networks, weights, max_steps, returns):
    """Fill returns[i, w] for every network and weight on one track; return the steps made.

    Args:
        race: an episode of the caller's own, which is used up.
        track: of ``track_of``.
        raster: of this track.
        view: of ``view``.
        encoder: has as many features as the networks have inputs.
        networks: packed, with three outputs.
        weights: ``(W,)`` or ``(W, C)`` float64.
        max_steps: after which an episode ends.
        returns: ``(N, W)``, filled; NaN where a network's output is no number.
    """
    picture, features = np.empty(3 * PIXELS, f32), np.empty(encoder.offset.size, f32)
    values = np.empty(most_rows(networks))
    flat = weights.reshape(weights.size)
    n_weights = weights.size // weights.shape[0]
    steps = 0
    for i in range(networks.start.size - 1):
        net = network_at(networks, i)
        at = 1 + net.n_inputs + net.activation.size - net.n_outputs
        for w in range(weights.shape[0]):
            begin(race, track)
            total = 0.0
            values[at + net.n_outputs :] = 0.0  # the memory
            for _ in range(max_steps):
                see(race, raster, view, picture)
                encode(encoder, picture, features)
                values[0] = 1.0
                for k in range(net.n_inputs):
                    values[1 + k] = features[k]
                forward(net, weights, flat, w * n_weights, 1, values, 1, 0.0)
                remember(net, values, 1, 0.0)
                if not np.isfinite(values[at] + values[at + 1] + values[at + 2]):
                    total = np.nan
                    break
                steer, gas, brake = controls(values[at], values[at + 1], values[at + 2])
                reward, over = drive(race, track, steer, gas, brake)
                total += reward
                steps += 1
                if over:
                    break
            returns[i, w] = total
    return steps
