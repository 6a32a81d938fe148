"""What features of car racing tell of the road: principal components beside an autoencoder.

Frames are those of ``wann features``, of random drives, and mirrored. A linear readout of the
features, and one of these and all their products, is fitted to where the middle of the road lies,
to the left or right of the car, here and up to 40 m ahead; the table has the share of the variance
that it explains on other tracks (R²). An encoder that tells more could drive better; a network
that is trained to tell it from the picture is the bound. With PyTorch ten minutes of two cores,
without it one.

    python tests/benchmarks/encoders.py
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from envs.carracing.environment import RacingEnv
from envs.carracing.features import FEATURES, drive, moments, principal
from envs.carracing.physics.car import A, origin
from envs.carracing.sight.picture import PIXELS

TRACKS, HELD_OUT, SIZES = 260, 60, (8, 16, 32)
AHEAD = (0, 5, 10, 15, 20, 30, 40)  # m
NEAR = 12.0  # m from the middle of the road, at most: further off there is little to tell
RIDGE = 1e-6
EPOCHS, BATCH, RATE = 90, 128, 1e-3  # of the autoencoder and of the bound


def road_ahead(env: RacingEnv) -> tuple[float, np.ndarray]:
    """Return how far off the middle of the road the car is [m], and how far to its right the middle
    lies at each of AHEAD, in the direction along the road in which it looks.
    """
    assert env.track is not None and env._race is not None
    bodies = env._race.car.bodies
    place, angle = np.array(origin(bodies, 0), float), float(bodies[0, A])
    front, right = (-np.sin(angle), np.cos(angle)), (np.cos(angle), np.sin(angle))
    middle = env.track.points[:, 1:]
    off = np.linalg.norm(middle - place, axis=1)
    here, n = int(off.argmin()), len(middle)
    apart = np.linalg.norm(np.diff(middle, axis=0), axis=1).mean()
    way = 1 if (middle[(here + 1) % n] - middle[here]) @ front >= 0 else -1
    tiles = (here + way * np.rint(np.array(AHEAD) / apart).astype(int)) % n
    return float(off[here]), (middle[tiles] - place) @ right


def frames(tracks: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return ``(F, ROWS, COLUMNS, 3)`` pictures, and ``(F, len(AHEAD))`` where the road is."""
    env, pictures, places = RacingEnv(), [], []
    for seed in rng.integers(10**6, size=tracks).tolist():
        for picture in drive(env, seed, rng):
            off, at = road_ahead(env)
            if off < NEAR:
                pictures += [picture, picture[:, ::-1]]
                places += [at, -at]
    return np.array(pictures), np.array(places)


def squared(features: np.ndarray) -> np.ndarray:
    """Return features and all their products."""
    one, other = np.triu_indices(features.shape[1])
    return np.hstack((features, features[:, one] * features[:, other]))


def explained_by(
    of: tuple[np.ndarray, np.ndarray], truth: tuple[np.ndarray, np.ndarray]
) -> np.ndarray:
    """Return R² of a linear readout at each of AHEAD; pairs are those to fit and to judge."""
    fit, judge = (np.hstack((part, np.ones((len(part), 1)))) for part in of)
    gram = fit.T @ fit
    ridge = RIDGE * np.trace(gram) / len(gram) * np.eye(len(gram))
    return r2(judge @ np.linalg.solve(gram + ridge, fit.T @ truth[0]), truth[1])


def r2(found: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Return the share of the variance that is explained."""
    return 1 - ((truth - found) ** 2).sum(axis=0) / ((truth - truth.mean(axis=0)) ** 2).sum(axis=0)


def show(name: str, values: np.ndarray) -> None:
    """Print a line of the table."""
    print(f"{name:40s}" + "".join(f"{value:7.3f}" for value in values), flush=True)


def readouts(
    name: str, features: tuple[np.ndarray, np.ndarray], truth: tuple[np.ndarray, np.ndarray]
) -> None:
    """Print what both readouts tell."""
    spread = features[0].std(axis=0)
    show(f"{name}, linear", explained_by(features, truth))
    show(
        f"{name}, with products", explained_by(tuple(squared(f / spread) for f in features), truth)
    )


def learned(pictures: tuple[np.ndarray, np.ndarray], truth: tuple[np.ndarray, np.ndarray]) -> None:
    """Print what an autoencoder tells, and the bound; nothing without PyTorch."""
    try:
        import torch
        from torch import nn
    except ImportError:
        print("PyTorch is not installed: no autoencoder and no bound")
        return
    torch.manual_seed(0)
    parts = [torch.tensor(p.transpose(0, 3, 1, 2) / np.float32(255)) for p in pictures]
    mean = parts[0].mean(0, keepdim=True)
    fit, judge = (part - mean for part in parts)
    wide = 48 * 7 * 8  # numbers between the convolutions and the rest

    def encoder(size: int) -> nn.Module:
        return nn.Sequential(
            nn.Conv2d(3, 24, 4, 2, 1), nn.ReLU(), nn.Conv2d(24, 48, 4, 2, 1), nn.ReLU(),
            nn.Flatten(), nn.Linear(wide, 128), nn.ReLU(), nn.Linear(128, size),
        )  # fmt: skip

    def decoder(size: int) -> nn.Module:
        return nn.Sequential(
            nn.Linear(size, 128), nn.ReLU(), nn.Linear(128, wide), nn.ReLU(),
            nn.Unflatten(1, (48, 7, 8)), nn.ConvTranspose2d(48, 24, 4, 2, 1), nn.ReLU(),
            nn.ConvTranspose2d(24, 3, 4, 2, 1),
        )  # fmt: skip

    def train(model: nn.Module, loss: Callable[[Any], Any]) -> None:
        optimizer = torch.optim.Adam(model.parameters(), RATE)
        steps = EPOCHS * -(-len(fit) // BATCH)
        schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.05, steps)
        for _ in range(EPOCHS):
            for batch in torch.randperm(len(fit)).split(BATCH):
                optimizer.zero_grad()
                loss(batch).backward()
                optimizer.step()
                schedule.step()

    coder, back = encoder(FEATURES), decoder(FEATURES)
    train(nn.Sequential(coder, back), lambda b: (back(coder(fit[b])) - fit[b]).square().mean())
    bound, places = encoder(len(AHEAD)), torch.tensor(truth[0], dtype=torch.float32)
    train(bound, lambda b: ((bound(fit[b]) - places[b]) / places.std(0)).square().mean())
    with torch.no_grad():
        share = 1 - float((back(coder(judge)) - judge).square().sum() / judge.square().sum())
        seen = tuple(coder(part).double().numpy() for part in (fit, judge))
        found = bound(judge).double().numpy()
    readouts(f"autoencoder, {FEATURES} ({share:.1%})", seen, truth)
    show("trained to tell it", r2(found, truth[1]))


def main() -> None:
    """Print a table."""
    rng = np.random.default_rng(5)
    (fit, fit_road), (judge, judge_road) = frames(TRACKS, rng), frames(HELD_OUT, rng)
    truth = fit_road, judge_road
    print(f"{len(fit)} frames to fit, {len(judge)} to judge; in brackets: variance explained")
    show("R² of the middle of the road, m ahead:", np.array(AHEAD, float))
    flat = [part.reshape(-1, 3 * PIXELS).astype(float) for part in (fit, judge)]
    of = moments([flat[0]])
    for size in SIZES:
        made = principal(of, size)
        features = made.features(fit), made.features(judge)
        length = np.linalg.norm(made.components, axis=1)
        off = flat[1] - made.mean
        share = ((off @ (made.components / length[:, None]).T) ** 2).sum() / (off**2).sum()
        readouts(f"principal components, {size} ({share:.1%})", features, truth)
    learned((fit, judge), truth)


if __name__ == "__main__":
    main()
