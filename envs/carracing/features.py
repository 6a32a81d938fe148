"""Learn features of frames of random drives: ``python -m envs.carracing.features``.

Features are principal components of pictures, each scaled to a standard deviation of SPREAD: so a
few of them, at shared weights from -2 to 2, steer softly, where larger ones would steer all the way
to the left or right. Pictures are rounded to whole numbers, so that sums of their products are
exact: the same seed gives the same features.
"""

import argparse
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from envs.carracing.environment import RacingEnv
from envs.carracing.sight.encoder import Encoder
from envs.carracing.sight.exported import FORMATS
from envs.carracing.sight.picture import COLUMNS, PIXELS, ROWS, ZOOMED
from envs.carracing.sight.stored import LARGEST, read_encoder, write_encoder
from envs.carracing.task import MOST_SEEDS, own_encoder
from wann.command.options import check_count, check_output, check_seed
from wann.command.program import run_command
from wann.errors import WannError
from wann.files import write_file
from wann.output import Parser, say
from wann.streams import rng_for

FEATURES, TRACKS, HELD_OUT = 16, 400, 50
SPREAD = 0.1  # standard deviation of a feature
STEPS, EVERY = 300, 3  # of a drive, and how many steps lie between frames
KEEPS = 0.9  # share of a random control that is left a step later
MOST_FEATURES = LARGEST // (6 * PIXELS) - 1  # of a file


class Moments(NamedTuple):
    """Sums over frames.

    Attributes:
        frames: how many.
        total: ``(3 * PIXELS,)`` float64 sums of numbers.
        products: ``(3 * PIXELS, 3 * PIXELS)`` float64 sums of products.
    """

    frames: int
    total: np.ndarray
    products: np.ndarray


def drive(env: RacingEnv, seed: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Yield every third picture of a random drive on the track of a seed, ``(ROWS, COLUMNS, 3)``.

    Steering and gas are noise that changes within a fifth of a second, around a mean of the drive;
    there is no brake. Pictures begin when the view has zoomed in.
    """
    env.reset(seed=seed)
    mean = np.array([rng.normal(0.0, 0.05), rng.uniform(-0.8, -0.2), -1.0])
    spread = np.array([rng.uniform(0.0, 0.5), 0.5, 0.0])
    noise = np.zeros(3)
    for step in range(STEPS):
        noise = KEEPS * noise + np.sqrt(1 - KEEPS**2) * rng.normal(0.0, 1.0, 3)
        picture, _, over, _, _ = env.step(np.clip(mean + spread * noise, -1, 1))
        if over:
            break
        if step >= ZOOMED and step % EVERY == 0:
            yield picture


def drives(tracks: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Yield ``(F, 3 * PIXELS)`` float64 frames, whole numbers, of a random drive on each track.

    Each frame is also there mirrored, as of a drive the other way round: so a component is the same
    for left and right, or the opposite.
    """
    env = RacingEnv()
    for seed in rng.integers(MOST_SEEDS, size=tracks).tolist():
        frames = np.array(list(drive(env, seed, rng))).reshape(-1, ROWS, COLUMNS, 3)
        both = np.concatenate((frames, frames[:, :, ::-1]))
        yield both.reshape(-1, 3 * PIXELS).astype(np.float64)


def moments(parts: Iterable[np.ndarray]) -> Moments:
    """Return the sums over all frames; they are exact, in whatever order."""
    count, total = 0, np.zeros(3 * PIXELS)
    products = np.zeros((3 * PIXELS, 3 * PIXELS))
    for frames in parts:
        count += len(frames)
        total += frames.sum(axis=0)
        products += frames.T @ frames
    return Moments(count, total, products)


def principal(of: Moments, size: int) -> Encoder:
    """Return the encoder of as many principal components, largest first.

    A component's largest weight is positive.
    """
    mean = of.total / of.frames
    values, vectors = np.linalg.eigh(of.products / of.frames - np.outer(mean, mean))
    components = vectors[:, ::-1][:, :size].T
    signs = np.sign(np.take_along_axis(components, abs(components).argmax(1)[:, None], axis=1))
    return Encoder.of(mean, SPREAD * signs * components / np.sqrt(values[::-1][:size, None]))


def explained(encoder: Encoder, parts: Iterable[np.ndarray]) -> np.ndarray:
    """Return ``(K,)`` the share of the variance around the encoder's mean that the first one, two
    and more of its components explain.
    """
    components = encoder.components.astype(np.float64)
    directions = components / np.linalg.norm(components, axis=1, keepdims=True)
    whole, kept = 0.0, np.zeros(encoder.size)
    for frames in parts:
        off = frames - encoder.mean
        whole += (off**2).sum()
        kept += ((off @ directions.T) ** 2).sum(axis=0)
    return np.cumsum(kept) / whole


def parser() -> argparse.ArgumentParser:
    """Return the command line of ``python -m envs.carracing.features``."""
    p = Parser(
        prog="python -m envs.carracing.features",
        description="Learn what networks see in car racing: principal components of frames of"
        " random drives.",
        epilog="wann evolve carracing --data FILE takes the file.",
    )
    add = p.add_argument
    add("-o", "--output", type=Path, metavar="FILE",
        help="file to write (default: encoder.npz, or with the ending of --to)")  # fmt: skip
    add("--force", action="store_true", help="overwrite the file if it exists")
    add("--to", choices=FORMATS,
        help="learn nothing, but write the encoder of --data for use without wann")  # fmt: skip
    add("--data", type=Path, metavar="FILE",
        help="with --to: the encoder (default: the one that comes with wann)")  # fmt: skip
    add("--features", type=int, default=FEATURES, metavar="N",
        help=f"how many, which are a network's inputs (default: {FEATURES})")  # fmt: skip
    add("--tracks", type=int, default=TRACKS, metavar="N",
        help=f"to drive on (default: {TRACKS})")  # fmt: skip
    add("--seed", type=int, default=0, metavar="N",
        help="seed of tracks and drives (default: 0)")  # fmt: skip
    return p


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command."""
    args = parser().parse_args(argv)
    check_count("--features", args.features, 1, MOST_FEATURES)
    check_count("--tracks", args.tracks, 10, 10**5)
    check_seed("--seed", args.seed)
    ending, written = FORMATS[args.to] if args.to else (".npz", None)
    path = args.output or Path(f"encoder{ending}")
    check_output(path, args.force)
    if written:
        encoder = read_encoder(args.data) if args.data else own_encoder()
        write_file(path, written(encoder))
        say(f"{path}: SHA-256 of the encoder's numbers {encoder.digest}")
        return
    if args.data:
        raise WannError(f"--data {args.data}: features are learned of no encoder; add --to c, say")
    of = moments(drives(args.tracks, rng_for(args.seed, 0, "features")))
    say(f"{of.frames} frames of {args.tracks} tracks")
    write_encoder(path, principal(of, args.features))
    encoder = read_encoder(path)
    shares = explained(encoder, drives(HELD_OUT, rng_for(args.seed, 0, "held-out features")))
    say(
        f"{args.features} features explain {shares[-1]:.1%} of the variance of frames of {HELD_OUT}"
        f" other tracks, the first one {shares[0]:.1%}"
    )
    say(f"{path}: SHA-256 of its numbers {encoder.digest}")


def command() -> None:
    """Run the command as a program: mistakes become one line and exit code 2."""
    run_command(main)


if __name__ == "__main__":
    command()
